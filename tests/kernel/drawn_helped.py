"""Conversations that a conntrack helper reads: FTP and TFTP, drawn at random by a number.

The commands name an address and a port, through NAT or not, whole, cut in two or foreign; then
comes the connection that they announce, from the side that would open it, and sometimes another.
"""

from __future__ import annotations

import random
from ipaddress import ip_address

from sim.model.scenario import Scenario
from tests.kernel.drawn_talks import ACK, ENDS, HOST, OWN, PSH, QUIET, STATES, SYN, Talker, _segment
from tests.kernel.siblings import restored, udp

FTP, TFTP = 21, 69
DATA = 20  # the port that an FTP server opens data connections from


class Talk(Talker):
    """``numbers``: the next sequence number of the client and of the server."""

    numbers: list[int]

    def say(self, back: bool, data: bytes, flags: int = ACK | PSH) -> None:
        """One segment of the control connection; the other side's numbers are as it has them."""
        me, other = self.numbers if not back else self.numbers[::-1]
        ports = self.ports[::-1] if back else self.ports
        ack = other if flags & ACK else 0
        part = _segment(ports, flags, me, ack, 64240, b"", data)
        (self.reply if back else self.ask)(6, part)
        self.numbers[back] += len(data) + bool(flags & SYN)

    def open_data(self, back: bool, ports: tuple[int, int]) -> None:
        """The first segments of a data connection, from the server if ``back``."""
        send = self.reply if back else self.ask
        send(6, _segment(ports, SYN, 70000, 0, 64240))
        if self.chance(0.3):
            (self.ask if back else self.reply)(
                6, _segment(ports[::-1], SYN | ACK, 90000, 70001, 64240)
            )


def _comma(address: str, port: int) -> bytes:
    return f"{address.replace('.', ',')},{port >> 8},{port & 255}".encode()


def _ftp(talk: Talk) -> None:
    talk.numbers = [talk.pick((1000, 0xFFFFFFE0)), talk.pick((5000, 0xFFFFFFF0))]
    talk.say(False, b"", SYN)
    talk.say(True, b"", SYN | ACK)
    talk.say(False, b"", ACK)
    for back, line in ((True, b"220 ready\r\n"), (False, b"USER q\r\n"), (True, b"331 ?\r\n")):
        if talk.chance(0.9):
            talk.say(back, line)
    for _ in range(talk.pick((1, 1, 2))):
        _announced(talk)
    if talk.chance(0.4):
        talk.say(False, b"QUIT\r\n")
        talk.say(True, b"221 bye\r\n")


def _announced(talk: Talk) -> None:
    port = talk.pick((1025, 5000, 40100, 40101))
    here, there = talk.here, talk.answers[0]
    named = talk.pick((here, here, here, "192.0.2.77" if talk.family == 4 else "2001:db8:b::77"))
    kind = talk.pick(("port", "eprt", "pasv", "epsv") if talk.family == 4 else ("eprt", "epsv"))
    active = kind in ("port", "eprt")
    number = 1 if talk.family == 4 else 2
    line = {
        "port": b"PORT " + (_comma(named, port) if talk.family == 4 else b""),
        "eprt": f"EPRT |{number}|{named}|{port}|".encode(),
        "pasv": b"227 Entering Passive Mode ("
        + (_comma(there, port) if talk.family == 4 else b"") + b").",
        "epsv": f"229 Extended Passive Mode (|||{port}|)".encode(),
    }[kind]  # fmt: skip
    line += talk.pick((b"\r\n", b"\r\n", b"\r\n", b"\n", b""))
    if talk.chance(0.15):
        line = talk.pick((line.lower(), line.replace(b",", b";", 1), b" " + line, line[:-4]))
    if not active:
        talk.say(False, b"PASV\r\n" if kind == "pasv" else b"EPSV\r\n")
    if talk.chance(0.12):
        cut = talk.random.randrange(1, len(line))
        talk.say(not active, line[:cut])
        talk.say(not active, line[cut:])
    else:
        talk.say(not active, line)
    if talk.chance(0.15):  # the same again
        talk.numbers[not active] -= len(line)
        talk.say(not active, line)
    if talk.chance(0.2):
        port += 1
    for _ in range(talk.pick((1, 1, 2))):
        ports = (DATA, port) if active else (talk.pick((40200, 40201)), port)
        talk.open_data(active, ports)


def _tftp(talk: Talk) -> None:
    opcode = talk.pick((1, 1, 2, 2, 3, 0))
    request = udp(8 + 12, *talk.ports)[:8] + opcode.to_bytes(2, "big") + b"a\0octet\0\0\0"
    talk.ask(17, request)
    if talk.chance(0.2):
        talk.ask(17, request)
    server = talk.pick((69, 3000, 3001))
    for back in talk.pick(((True,), (True, False), (True, False, True), (False, True))):
        ports = (server, talk.ports[0]) if back else (talk.ports[0], server)
        (talk.reply if back else talk.ask)(17, udp(20, *ports))
    if talk.chance(0.3):
        talk.reply(17, udp(20, server + 1, talk.ports[0]))


def _nat(talk: Talk) -> list[str]:
    """Rules that change addresses; the ends as the far side then sees them."""
    own, far = OWN[talk.family], talk.there
    seen, rules = talk.here, []
    choice = talk.pick(("", "", "masquerade", "snat", "dnat", "both"))
    if choice in ("masquerade", "both"):
        rules.append("-A POSTROUTING -o eth0 -j MASQUERADE")
        seen = own[1]
    elif choice == "snat":
        seen = "203.0.113.77" if talk.family == 4 else "2001:db8:9::77"
        rules.append(f"-A POSTROUTING -o eth0 -j SNAT --to-source {seen}")
    if choice in ("dnat", "both"):
        asked = talk.pick((own[0], "192.0.2.5" if talk.family == 4 else "2001:db8:b::5"))
        rules.append(f"-A PREROUTING -i eth1 -d {asked} -j DNAT --to-destination {far}")
        talk.there = asked
    talk.answers = (far, str(ip_address(seen)))
    return rules


def helped(seed: int) -> Scenario:
    """One conversation of FTP or TFTP; the same for the same number."""
    rng = random.Random(f"helped {seed}")
    talk = Talk(rng, rng.choice((4, 4, 6)))
    talk.here, talk.there = ENDS[talk.family]
    is_ftp = talk.chance(0.75)
    talk.ports = (40000, FTP if is_ftp else TFTP)
    words = f"-p {'tcp' if is_ftp else 'udp'} -m {'tcp' if is_ftp else 'udp'}"
    helper = "ftp" if is_ftp else "tftp"
    zone = talk.pick(("", "", "", " --zone 3"))
    match = "" if zone else f" --dport {talk.ports[1]}"
    tables = {"raw": [f"-A PREROUTING {words}{match} -j CT --helper {helper}{zone}"]}
    nat = _nat(talk)
    if nat:
        tables["nat"] = nat
    tables["filter"] = [
        f"-A FORWARD -m helper --helper {helper}",
        f"-A FORWARD -m conntrack --ctstate {talk.pick(STATES)}",
        talk.pick((
            "-A FORWARD -m conntrack --ctstatus EXPECTED",
            "-A FORWARD -m conntrack --ctstate RELATED -j ACCEPT",
            "-A FORWARD -m conntrack --ctstate INVALID -j DROP",
        )),
    ]  # fmt: skip
    (_ftp if is_ftp else _tftp)(talk)
    host = HOST + QUIET.replace("sysctl net.ipv4.conf.br0.send_redirects = 0\n", "")
    packets = "\n".join(talk.lines[:22]) + "\n"
    rules = restored(talk.family, tables)
    return Scenario(title=f"helped {seed}", host=host, rules=rules, packets=packets)
