"""What net-tools print, and devices that take over what their ports receive."""

from __future__ import annotations

import pytest

from playground.walks.pasted import mended
from sim.kernel.traversal import run
from sim.model.scenario import Scenario
from sim.read.expect import parse_expect
from sim.read.host.text import parse_host
from sim.read.scenario import compile_scenario
from sim.tell.expected import check
from sim.tell.wording.words import word
from sim.trace.steps import Arrived, Fate, Step
from tests.paste.corpus import CASES, read_paste

OLD = """eth0      Link encap:Ethernet  HWaddr 02:00:00:00:00:01
          inet addr:203.0.113.10  Bcast:203.0.113.255  Mask:255.255.255.0
          inet6 addr: 2001:db8::10/64 Scope:Global
          UP BROADCAST RUNNING MULTICAST  MTU:1400  Metric:1
          RX packets:25 errors:0 dropped:0 overruns:0 frame:0

eth0:1    Link encap:Ethernet  HWaddr 02:00:00:00:00:01
          inet addr:203.0.113.11  Bcast:203.0.113.255  Mask:255.255.255.0
          UP BROADCAST RUNNING MULTICAST  MTU:1400  Metric:1

lo        Link encap:Local Loopback
          inet addr:127.0.0.1  Mask:255.0.0.0
          UP LOOPBACK RUNNING  MTU:65536  Metric:1
"""
NEW = """eth0: flags=4163<UP,BROADCAST,RUNNING,MULTICAST>  mtu 1400
        inet 203.0.113.10  netmask 255.255.255.0  broadcast 203.0.113.255
        inet6 2001:db8::10  prefixlen 64  scopeid 0x0<global>
        ether 02:00:00:00:00:01  txqueuelen 1000  (Ethernet)
        RX packets 25  bytes 2126 (2.0 KiB)

eth0:1: flags=4163<UP,BROADCAST,RUNNING,MULTICAST>  mtu 1400
        inet 203.0.113.11  netmask 255.255.255.0  broadcast 203.0.113.255
"""
ROUTES = """Kernel IP routing table
Destination     Gateway         Genmask         Flags Metric Ref    Use Iface
0.0.0.0         203.0.113.1     0.0.0.0         UG    100    0        0 eth0
203.0.113.0     0.0.0.0         255.255.255.0   U     0      0        0 eth0
192.0.2.0       203.0.113.2     255.255.255.0   UG    0      0        0 eth0
198.51.100.0    -               255.255.255.0   !     0      -        0 -
"""


@pytest.mark.parametrize("text", [OLD, NEW])
def test_ifconfig_tells_interfaces(text: str) -> None:
    """Both generations: addresses with their masks, aliases at their device, MAC and MTU."""
    host = parse_host(read_paste(text).host)
    eth0 = host.interfaces["eth0"]
    told = {str(one.address) for one in eth0.addresses}
    assert {"203.0.113.10/24", "203.0.113.11/24", "2001:db8::10/64"} <= told
    assert (eth0.mac, eth0.mtu, eth0.up) == ("02:00:00:00:00:01", 1400, True)


def test_a_masked_mac_is_not_known() -> None:
    """It refuses nothing, and the receipt says so."""
    reading = read_paste(NEW.replace("02:00:00:00:00:01", "02:xx:xx:xx:xx:xx"))
    assert "203.0.113.10/24" in reading.host
    assert "mac" not in reading.host
    assert "MAC" in reading.receipt[0].note


def test_a_switched_off_interface_is_down() -> None:
    """No UP among the flags."""
    off = NEW.replace("UP,BROADCAST,RUNNING,", "BROADCAST,")
    assert not parse_host(read_paste(off).host).interfaces["eth0"].up


@pytest.mark.parametrize("command", ["route -n", "netstat -rn"])
def test_route_tells_the_table(command: str) -> None:
    """What an address gives is not said twice; netstat's MSS is no metric."""
    table = (
        ROUTES if command == "route -n" else ROUTES.replace("Metric Ref    Use", "MSS Window  irtt")
    )
    host = parse_host(read_paste(NEW + f"\n# {command}\n" + table).host)
    routes = [(str(one.prefix), str(one.via or "")) for one in host.routes]
    assert ("0.0.0.0/0", "203.0.113.1") in routes
    assert ("192.0.2.0/24", "203.0.113.2") in routes
    assert ("203.0.113.0/24", "") not in routes
    default = next(one for one in host.routes if one.prefix.prefixlen == 0)
    assert default.metric == (100 if command == "route -n" else 0)


@pytest.mark.skipif(not CASES.is_dir(), reason="../shared/cases is not here")
@pytest.mark.parametrize("name", ["a08", "b02", "b12", "b22"])
def test_a_case_of_hosts_has_its_fate(name: str) -> None:
    """Refused or walked wrongly once."""
    path = next(CASES.glob(f"{name}-*.toml"))
    scenario = mended(Scenario.from_toml(path.read_text()))
    fates = [step for step in run(compile_scenario(scenario)) if isinstance(step, Fate)]
    outcomes = check(parse_expect(scenario.expect), fates)
    assert outcomes
    assert not [outcome.failures for outcome in outcomes if outcome.failures]


BOND = """ip link add bond0 type bond mode active-backup
interface p1
ip link set p1 master bond0
ip addr add 192.0.2.1/24 dev bond0
ip link set bond0 up
"""


def steps(host: str, packets: str) -> list[Step]:
    return list(run(compile_scenario(Scenario(host=host, packets=packets))))


def test_a_bond_receives_for_its_ports() -> None:
    """The hooks never see the port; one that is down receives nothing."""
    packet = "in p1 udp 192.0.2.9:1 -> 192.0.2.1:9\n"
    arrived = next(step for step in steps(BOND, packet) if isinstance(step, Arrived))
    assert arrived.where.in_iface == "bond0"
    off = steps(BOND, "down p1\n" + packet)
    assert [step.verdict.value for step in off if isinstance(step, Fate)] == ["dropped"]


def test_a_vrf_decides_what_is_not_known() -> None:
    """Its device has the largest MTU of all; what arrives on a port is undetermined by name."""
    listing = (
        "2: eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc mq master vrf1 state UP\n"
        "    link/ether 02:00:00:00:00:01 brd ff:ff:ff:ff:ff:ff\n"
        "    inet 192.0.2.1/24 brd 192.0.2.255 scope global eth0\n"
        "3: vrf1: <NOARP,MASTER,UP,LOWER_UP> mtu 65575 qdisc noqueue state UP\n"
        "    link/ether 02:00:00:00:00:03 brd ff:ff:ff:ff:ff:ff\n"
    )
    assert parse_host(listing).interfaces["vrf1"].mtu == 65575
    fate = steps(listing, "in eth0 udp 192.0.2.9:1 -> 192.0.2.1:2\n")[-1]
    assert isinstance(fate, Fate)
    assert fate.verdict.value == "undetermined"
    assert "vrf1" in str(fate.why)


@pytest.mark.parametrize("kind", ["gre", "ipip", "sit", "vti", "xfrm", "gretap", "ip6gre"])
def test_a_tunnel_says_that_its_outer_packet_is_not_made(kind: str) -> None:
    """At the step where the packet leaves on it."""
    host = (
        "interface eth0 192.0.2.1/24\n"
        f"ip link add t0 type {kind} remote 192.0.2.2\nip addr add 10.0.0.1/24 dev t0\n"
        "ip link set t0 up\n"
    )
    walk = steps(host, "local icmp 10.0.0.1 -> 10.0.0.2 echo-request\n")
    said = [word(step.note) for step in walk if hasattr(step, "note")]
    assert any(kind in text and "wraps" in text for text in said)


@pytest.mark.parametrize("kind", ["solicitation", "advertisement"])
def test_neighbour_discovery_has_hop_limit_255(kind: str) -> None:
    """Unless the line says another one."""
    packet = f"in eth0 icmpv6 fe80::2 -> 2001:db8::1 neighbour-{kind} target 2001:db8::1"
    for said, limit in (("", 255), (" hoplimit 9", 9)):
        made = steps("interface eth0 2001:db8::1/64\n", packet + said + "\n")[0]
        assert made.packet.headers.ttl == limit
