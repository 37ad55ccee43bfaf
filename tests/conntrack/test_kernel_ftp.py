"""FTP through a real router and through the simulator: every byte of every rewritten line."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

import pytest

from sim.extensions.extension import UseTemplate
from sim.packet.packet import Packet
from tests.conntrack.compare import Oracle, key_of, low_of, table_differences
from tests.conntrack.ftp_talks import FtpTalk
from tests.conntrack.nat_cases import Wish, out, span, to
from tests.conntrack.router import Router
from tests.conntrack.twin import Twin, nothing

pytestmark = pytest.mark.kernel

SNAT = "-A POSTROUTING -o eth1 -j SNAT --to-source {}\n"
DNAT = "-A PREROUTING -d 10.0.1.77 -j DNAT --to-destination 10.0.1.2\n"
V6 = {"client": "fd00::2", "server": "fd00:1::2", "real_server": "fd00:1::2"}


@dataclass(frozen=True, slots=True)
class Setting:
    name: str
    nat: str = ""
    dst: Wish = nothing
    src: Wish = nothing
    ends: dict[str, str] = field(default_factory=dict)

    @property
    def rules(self) -> tuple[str, str]:
        text = "*raw\n-A PREROUTING -p tcp --dport 21 -j CT --helper ftp\nCOMMIT\n"
        text += f"*nat\n{self.nat}COMMIT\n" if self.nat else ""
        text += "*filter\n:INPUT DROP [0:0]\nCOMMIT\n"
        return ("", text) if self.ends == V6 else (text, "")


BEHIND = {"server": "10.0.1.77"}
SETTINGS = (
    Setting("without NAT"),
    Setting("SNAT", SNAT.format("10.0.1.1"), src=out("eth1", span("10.0.1.1"))),
    Setting(
        "SNAT to a longer address", SNAT.format("10.0.1.201"), src=out("eth1", span("10.0.1.201"))
    ),
    Setting("DNAT", DNAT, dst=to("10.0.1.77/32", span("10.0.1.2")), ends=BEHIND),
    Setting(
        "DNAT and SNAT",
        DNAT + SNAT.format("10.0.1.1"),
        to("10.0.1.77/32", span("10.0.1.2")),
        out("eth1", span("10.0.1.1")),
        BEHIND,
    ),
    Setting("IPv6", ends=V6),
    Setting(
        "IPv6 and SNAT",
        SNAT.format("fd00:1::1234:5678"),
        src=out("eth1", span("fd00:1::1234:5678")),
        ends=V6,
    ),
)


def template(packet: Packet, iface: str) -> UseTemplate | None:
    return UseTemplate(helper="ftp") if packet.headers.dport == 21 else None


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_talks(setting: Setting) -> None:
    """Active and passive, extended or not, cut, foreign, and the data connections after them."""
    with Router(*setting.rules) as router:
        for seed in range(12):
            router.flush()
            twin = Twin({}, setting.dst, setting.src, bool(setting.nat), template)
            talk = FtpTalk(Random(f"{setting.name}/{seed}"), 1200, **setting.ends)
            for wire, packet in talk.steps():
                real = router.pass_through(wire, packet)
                twin.runtime.now = router.now
                if real.out and (key := key_of(real.out[0][1])) is not None:
                    twin.runtime.random = Oracle(key, low_of(packet, None))
                state, reply, after = twin.pass_through(wire, packet)
                made = ((twin.out, after.data),) if after is not None else ()
                assert (state, reply, made) == (real.state, real.reply, real.out)
                if real.out:
                    talk.arrived(1 - wire, real.out[0][1])
            assert list(table_differences(router.table(), twin.table)) == []
