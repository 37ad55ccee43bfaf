"""No text whatsoever crashes the host and packets parsers, or takes long."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim.base.errors import Refused, draw
from sim.kernel.far.conversation import Conversation
from sim.model.host import Host
from sim.packet.script import Inject, Originate, Reply
from sim.read.host.text import parse_host
from sim.read.packets.text import parse_packets
from tests.environment import draws

CAPTURES = Path(__file__).parent / "captures"
HOST = parse_host(
    "interface eth0 203.0.113.1/24\ninterface eth1 10.0.0.1/8 2001:db8::1/64\nuser b 5"
)
LINES = sorted(
    {line for path in CAPTURES.glob("*.txt") for line in path.read_text().split("\n")[:40]}
)
WORDS_TEXT = r"""
interface eth0 eth1 lo 10.0.0.1/24 10.0.0.1 2001:db8::1/64 [::1]:5 1.1.1.1:80 -> > mac
mtu 5 1500 0x1/0xff neighbour dev via route default blackhole rule fwmark lookup 100
main sysctl net.ipv4.ip_forward = 1 net.a=2 listen tcp udp icmp icmpv6 proto 89 *:80 uid
user group name kernel 2.4 sudo ip addr add del link set up down echo tee
/proc/sys/net/ipv4/ip_forward | create hash:ip hash:net a timeout comment " ( ) ' # \ $
in local reply wait 3s syn,ack ack echo-request port-unreachable quoting last type code
seq id payload "x" hex 4500 length 40 ttl offset 8 df fragment 0-7 IP Flags [S.], seq
1:5, ack 1, win 5, length 0 0: from all inet scope global <UP> nexthop weight flush tos
checksum bad ext hbh mark kind
"""
WORDS = st.sampled_from(WORDS_TEXT.split())
HOST_TEXT = st.lists(
    st.one_of(st.lists(WORDS, max_size=9).map(" ".join), st.sampled_from(LINES), st.text()),
    max_size=8,
).map("\n".join)


def reads(text: str, host: Host | None) -> None:
    """Read a text; whatever is refused has places that can be drawn."""
    started = time.process_time()
    try:
        if host is None:
            parse_host(text)
        else:
            talk(text, host)
    except Refused as refused:
        told = [draw(error, text) for error in refused.errors if error.message]
        assert told
    assert time.process_time() - started < 5


def talk(text: str, host: Host) -> None:
    """Make every packet of a text, letting each leave again at once."""
    conversation = Conversation(host)
    for statement in parse_packets(text, host):
        try:
            if isinstance(statement, Reply):
                iface, packet = conversation.reply(statement)
            elif isinstance(statement, (Inject, Originate)):
                packet = conversation.make(statement)
                iface = statement.iface if isinstance(statement, Inject) else "eth0"
            else:
                continue
        except ValueError:
            continue
        assert packet.headers is not None
        conversation.note_arrived(iface, packet)
        conversation.note_sent("eth1" if iface == "eth0" else "eth0", packet)


@settings(max_examples=draws(300, 60), suppress_health_check=list(HealthCheck))
@given(HOST_TEXT)
def test_any_host_text(text: str) -> None:
    """A host, or errors."""
    reads(text, None)


@settings(max_examples=draws(300, 60), suppress_health_check=list(HealthCheck))
@given(HOST_TEXT)
def test_any_packets_text(text: str) -> None:
    """Statements whose packets can be made, or errors."""
    reads(text, HOST)


FRONTS = st.sampled_from(
    ["in eth0 tcp 1.1.1.1:5 -> 2.2.2.2:6 ", "in eth1 icmp 1.1.1.1 -> 2.2.2.2 ", "reply ",
     "in eth1 udp [2001:db8::2]:5 -> [2001:db8::1]:6 ", "in eth0 sctp 1.1.1.1:5 -> 2.2.2.2:6 ",
     "local uid b icmpv6 2001:db8::1 -> 2001:db8::2 ", "in eth0 proto 4 1.1.1.1 -> 2.2.2.2 "]
)  # fmt: skip
ATTRIBUTES_TEXT = """\
syn,ack|ack ack 7|rst|none|ttl 3|tos 0x10|dscp ef|ecn 1|length 500|length 30|id 9|df|mf|
offset 8|payload "hello"|payload-hex 0011|mss 1460|wscale 3|sackok|timestamp 1/2|
options-hex 0101|checksum bad|checksum 0|ip-checksum 7|type 3|code 1|port-unreachable|
echo-request|seq 5|quoting last|quoting 1|quoting (udp 2.2.2.2:6 -> 1.1.1.1:5)|
fragment 0-7|fragment 8-|ext hbh|ext dst=0102|flowlabel 5|init|cookie-echo|data|vtag 7|
mark 5|packet-too-big|mtu 1280|src-mac 02:00:00:00:00:09|gateway 1.2.3.4|
target 2001:db8::9|ttl-exceeded|from 9.9.9.9"""
ATTRIBUTES = st.sampled_from(ATTRIBUTES_TEXT.replace("\n", "").split("|"))
STATEMENTS = st.tuples(FRONTS, st.lists(ATTRIBUTES, max_size=4).map(" ".join)).map("".join)


@settings(max_examples=draws(400, 80), suppress_health_check=list(HealthCheck))
@given(st.lists(STATEMENTS, min_size=1, max_size=6))
def test_any_conversation(lines: list[str]) -> None:
    """Whatever attributes meet, what is accepted makes packets with readable headers."""
    for line in lines:
        reads(line, HOST)
    good = []
    for line in lines:
        try:
            parse_packets(line, HOST)
        except Refused:
            continue
        good.append(line)
    talk("\n".join(good), HOST)


@pytest.mark.parametrize(
    "text",
    ["x" * 90_000, "[{" * 50_000, "ip addr add " + "a " * 40_000, '"' * 90_000, "a\\\n" * 20_000,
     "a." * 45_000 + "=", "a@" * 40_000 + "# ip", "1" * 50_000 + ": from", "[{}\n" * 20_000,
     "foo bar\n" * 5_000, "ip a;" * 18_000, "1.1.1.1 " * 10_000, "(" * 50_000,
     "interface " + "1.2.3.4/24 " * 3_000, "in eth0 icmp 1.1.1.1 -> 2.2.2.2 quoting (" * 2_000,
     "IP 1.1.1.1.1 > 2.2.2.2.2: " + "length 5 " * 9_000, "IP (" + "tos " * 20_000,
     "12:00:00 " * 9_000, " " * 90_000 + "x", "-" * 90_000],
    ids=lambda text: text[:12],
)  # fmt: skip
def test_long_texts(text: str) -> None:
    """Long and repetitive texts are read or refused in time."""
    reads(text, None)
    reads(text, HOST)


def test_a_large_set() -> None:
    """An ``ipset save`` of sixty thousand entries is read in seconds, even on a busy machine."""
    lines = [f"add b 10.{i >> 16}.{i >> 8 & 255}.{i & 255}" for i in range(60_000)]
    text = "\n".join(["create b hash:ip family inet maxelem 100000", *lines])
    started = time.process_time()
    assert len(parse_host(text).sets["b"].entries) == 60_000
    assert time.process_time() - started < 6
