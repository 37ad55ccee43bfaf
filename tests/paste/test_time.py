"""A session has an order: what is typed behind a packet changes the host for those that follow."""

from __future__ import annotations

from sim.kernel.traversal import run
from sim.model.scenario import Scenario
from sim.read.paste.reading import read_paste
from sim.read.scenario import compile_scenario
from sim.trace.steps import Fate

HOST = """\
root@gw:~# ip -4 -br addr
eth0             UP             203.0.113.10/24
eth1             UP             192.168.1.1/24
root@gw:~# sysctl -w net.ipv4.ip_forward=1
root@gw:~# iptables -t nat -A PREROUTING -i eth0 -p tcp --dport 80 -j DNAT --to 192.168.1.5
"""
ASKED = "alice@laptop:~$ curl http://203.0.113.10/\n"
MOVED = (
    "root@gw:~# iptables -t nat -R PREROUTING 1 -i eth0 -p tcp --dport 80 -j DNAT "
    "--to 192.168.1.6\n"
)
LAPTOP = {"laptop": "203.0.113.77"}
ENTRY = (
    "udp      17 29 src=192.0.2.10 dst=203.0.113.10 sport=60000 dport=53 [UNREPLIED] "
    "src=203.0.113.10 dst=192.0.2.10 sport=53 dport=60000 mark=0 use=1\n"
)


def test_a_command_behind_a_packet_stands_between_packets() -> None:
    """The one before it stays a rule; the two curls reach two machines."""
    reading = read_paste(HOST + ASKED + MOVED + ASKED, LAPTOP)
    assert reading.rules.count("\n") == 1
    assert [line.split()[0] for line in reading.packets.splitlines()] == ["in", "iptables", "in"]
    compiled = compile_scenario(Scenario("", "", reading.rules, reading.host, reading.packets))
    fates = [step for step in run(compiled) if isinstance(step, Fate)]
    assert [str(fate.packet.headers.dst) for fate in fates] == ["192.168.1.5", "192.168.1.6"]


def test_what_another_machine_sends_is_asked_for_its_address() -> None:
    """Its prompt has another name than the one that shows the rules."""
    reading = read_paste(HOST + ASKED)
    assert [one.name for one in reading.questions] == ["laptop"]
    assert reading.packets == ""
    assert "in eth0 tcp 203.0.113.77" in read_paste(HOST + ASKED, LAPTOP).packets


def test_this_host_asks_with_the_address_of_its_route() -> None:
    """As its kernel would choose."""
    text = HOST + "root@gw:~# ip route add 10.0.0.0/8 via 192.168.1.254\nroot@gw:~# ping 10.1.1.1\n"
    assert "local icmp 192.168.1.1 -> 10.1.1.1" in read_paste(text).packets


def test_a_table_is_begun_with_unless_packets_stand_above_it() -> None:
    """What conntrack lists behind a packet is what the packet made."""
    shown = "root@gw:~# conntrack -L\n" + ENTRY
    assert ENTRY.strip() in read_paste(HOST + shown).host
    later = read_paste(HOST + ASKED + shown, LAPTOP)
    assert "src=192.0.2.10" not in later.host
    assert "after the packets above" in later.receipt[-1].note


def test_connections_that_are_deleted_are_deleted_there() -> None:
    """``conntrack -D`` is a statement once there is something to delete."""
    shown = f"root@gw:~# conntrack -L\n{ENTRY}root@gw:~# conntrack -D -p udp\n"
    assert read_paste(HOST + shown).packets == "conntrack -D -p udp\n"
    assert read_paste(HOST + "root@gw:~# conntrack -F\n").packets == ""


def test_new_connections_of_an_event_log_are_packets() -> None:
    """Each with its first packet; what is updated or ends has begun before."""
    text = (
        HOST + "root@gw:~# conntrack -E\n"
        "    [NEW] tcp      6 120 SYN_SENT src=203.0.113.77 dst=203.0.113.10 sport=5 dport=80 "
        "[UNREPLIED] src=192.168.1.5 dst=203.0.113.77 sport=80 dport=5\n"
        " [UPDATE] tcp      6 60 SYN_RECV src=203.0.113.77 dst=203.0.113.10 sport=5 dport=80 "
        "src=192.168.1.5 dst=203.0.113.77 sport=80 dport=5\n"
        "    [NEW] icmp     1 30 src=192.168.1.5 dst=203.0.113.10 type=8 code=0 id=9 [UNREPLIED] "
        "src=203.0.113.10 dst=192.168.1.5 type=0 code=0 id=9\n"
    )
    assert read_paste(text).packets == (
        "in eth0 tcp 203.0.113.77:5 -> 203.0.113.10:80 syn\n"
        "in eth1 icmp 192.168.1.5 -> 203.0.113.10 type 8 code 0 id 9\n"
    )
