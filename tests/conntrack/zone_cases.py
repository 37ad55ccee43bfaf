"""What ``-j CT`` in the raw table asks for: as rules, and as the template they make."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sim.extensions.extension import UseTemplate
from sim.packet.packet import Packet

Numbers = tuple[int | None, int | None]


@dataclass(frozen=True, slots=True)
class Zoned:
    name: str
    raw: str
    template: Callable[[Packet, str], UseTemplate | None]
    matches_ports: bool = False  # the rule drops packets that have none

    def rules(self, with_nat: bool) -> str:
        nat = "*nat\n-A POSTROUTING -o eth1 -j SNAT --to-source 10.0.1.1\nCOMMIT\n"
        return (
            f"*raw\n{self.raw}COMMIT\n{nat if with_nat else ''}*filter\n:INPUT DROP [0:0]\nCOMMIT\n"
        )


def zone(
    eth0: Numbers, eth1: Numbers = (None, None)
) -> Callable[[Packet, str], UseTemplate | None]:
    def template(packet: Packet, iface: str) -> UseTemplate | None:
        original, reply = eth0 if iface == "eth0" else eth1
        if original is None and reply is None:
            return None
        return UseTemplate(zone_original=original, zone_reply=reply)

    return template


def untracked(packet: Packet, iface: str) -> UseTemplate | None:
    return UseTemplate(notrack=True) if packet.headers.protocol == 17 else None


def helped(packet: Packet, iface: str) -> UseTemplate | None:
    headers = packet.headers
    is_ftp = headers.protocol == 6 and headers.dport == 5000
    return UseTemplate(helper="ftp") if is_ftp else None


ZONES = (
    Zoned("a zone on one side", "-A PREROUTING -i eth0 -j CT --zone 3\n", zone((3, 3))),
    Zoned("a zone on both sides", "-A PREROUTING -j CT --zone 3\n", zone((3, 3), (3, 3))),
    Zoned(
        "another zone on each side",
        "-A PREROUTING -i eth0 -j CT --zone 3\n-A PREROUTING -i eth1 -j CT --zone 4\n",
        zone((3, 3), (4, 4)),
    ),
    Zoned("original only", "-A PREROUTING -i eth0 -j CT --zone-orig 3\n", zone((3, None))),
    Zoned("reply only", "-A PREROUTING -i eth0 -j CT --zone-reply 3\n", zone((None, 3))),
    Zoned(
        "original, both sides", "-A PREROUTING -j CT --zone-orig 3\n", zone((3, None), (3, None))
    ),
    Zoned(
        "original here, reply there",
        "-A PREROUTING -i eth0 -j CT --zone-orig 3\n-A PREROUTING -i eth1 -j CT --zone-reply 3\n",
        zone((3, None), (None, 3)),
    ),
    Zoned("udp untracked", "-A PREROUTING -p udp -j CT --notrack\n", untracked),
    Zoned("a helper", "-A PREROUTING -p tcp --dport 5000 -j CT --helper ftp\n", helped, True),
)
