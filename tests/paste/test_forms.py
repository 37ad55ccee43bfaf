"""Configuration files and outputs that tell something of a host, as somebody would paste them."""

from __future__ import annotations

import pytest

from sim.model.host import Host
from sim.read.host.text import parse_host
from sim.read.paste.reading import read_paste

NETPLAN = """\
# /etc/netplan/01.yaml
network:
  version: 2
  ethernets:
    eno1:
      addresses:
        - 203.0.113.10/24
        - "2001:db8::10/64"
      routes:
        - to: default   # the provider
          via: 203.0.113.1
        - {to: 10.0.0.0/8, via: 203.0.113.9}
      routing-policy:
      - from: 10.9.0.0/16
        table: 100
    eno2: {dhcp4: true}
  vlans:
    eno1.20: {id: 20, link: eno1, addresses: [192.168.20.1/24]}
  bridges:
    br0:
      interfaces: [eno2]
      addresses: [10.0.0.1/24]
  tunnels:
    gre1:
      mode: gre
      local: 203.0.113.10
      remote: 198.51.100.1
      addresses: [10.9.9.1/30]
"""
NETWORK_MANAGER = """\
[connection]
id=Wired
type=ethernet
interface-name=eth0

[ipv4]
address1=203.0.113.10/24,203.0.113.1
method=manual
route1=10.0.0.0/8,203.0.113.254,50

[ipv6]
addresses=2001:db8::10/64;
method=manual
"""
NETWORKD = """\
[Match]
Name=eth0

[Network]
Address=203.0.113.10/24
Gateway=203.0.113.1
DNS=9.9.9.9

[Route]
Destination=10.0.0.0/8
Gateway=203.0.113.254
"""
IFCFG = """\
DEVICE=eth0
BOOTPROTO=none
ONBOOT=yes
IPADDR=203.0.113.10
NETMASK=255.255.255.0
GATEWAY=203.0.113.1
"""


def host_of(text: str) -> Host:
    return parse_host(read_paste(text).host)


def addresses(host: Host, name: str) -> set[str]:
    found = {str(entry.address) for entry in host.interfaces[name].addresses}
    return {one for one in found if not one.startswith("fe80:")}


def ways(host: Host) -> set[tuple[str, str, str]]:
    return {(str(route.prefix), str(route.via), route.dev) for route in host.routes}


DEFAULT = ("0.0.0.0/0", "203.0.113.1", "eth0")


def test_netplan_tells_devices_addresses_routes_and_rules() -> None:
    """Block and flow style, quotes, comments; a leased address is said to be unknown."""
    host = host_of(NETPLAN)
    assert addresses(host, "eno1") == {"203.0.113.10/24", "2001:db8::10/64"}
    assert addresses(host, "eno1.20") == {"192.168.20.1/24"}
    assert addresses(host, "gre1") == {"10.9.9.1/30"}
    assert (host.interfaces["br0"].kind, host.interfaces["eno2"].master) == ("bridge", "br0")
    assert host.interfaces["gre1"].kind == "gre"
    assert ("0.0.0.0/0", "203.0.113.1", "eno1") in ways(host)
    assert ("10.0.0.0/8", "203.0.113.9", "eno1") in ways(host)
    assert [(str(rule.source), rule.table) for rule in host.rules] == [("10.9.0.0/16", 100)]
    assert "eno2 is leased" in " ".join(entry.note for entry in read_paste(NETPLAN).receipt)


@pytest.mark.parametrize(("text", "has_v6", "has_route"), [
    (NETWORK_MANAGER, True, True), (NETWORKD, False, True), (IFCFG, False, False)])  # fmt: skip
def test_files_of_settings_tell_the_same_host(text: str, *, has_v6: bool, has_route: bool) -> None:
    """Each in its own words."""
    host = host_of(text)
    more = {"2001:db8::10/64"} if has_v6 else set()
    assert addresses(host, "eth0") == {"203.0.113.10/24", *more}
    wanted = {DEFAULT} | ({("10.0.0.0/8", "203.0.113.254", "eth0")} if has_route else set())
    assert ways(host) == wanted


@pytest.mark.parametrize(
    "text",
    ["$ cat /proc/sys/net/ipv4/ip_forward\n1\n",
     "# cat /proc/sys/net/ipv4/conf/all/rp_filter /proc/sys/net/ipv4/ip_forward\n2\n1\n",
     "$ grep . /proc/sys/net/ipv4/ip_*\n/proc/sys/net/ipv4/ip_forward:1\n"],
)  # fmt: skip
def test_a_file_of_proc_sys_is_its_setting(text: str) -> None:
    """The value stands below the command that printed it."""
    assert host_of(text).sysctls["net.ipv4.ip_forward"] == "1"


def test_a_setting_of_a_device_with_a_dot_keeps_it() -> None:
    """A VLAN's name has a dot, which sysctl writes as a slash."""
    text = "$ cat /proc/sys/net/ipv4/conf/eth0.5/rp_filter\n2\n"
    assert read_paste(text).host == "sysctl net.ipv4.conf.eth0/5.rp_filter = 2\n"


def test_etc_hosts_tells_names() -> None:
    """All but those that every machine has."""
    text = "127.0.0.1 localhost\n::1 localhost\n192.0.2.80 www.example.com www # ours\n"
    assert {str(one) for one in host_of(text).hostnames["www"]} == {"192.0.2.80"}


def test_one_way_is_a_route_unless_routes_are_told() -> None:
    """``ip route get`` tells the way of one address."""
    got = "8.8.8.8 via 203.0.113.1 dev eth0 src 203.0.113.10 uid 0 \n    cache \n"
    alone = host_of(f"$ ip route get 8.8.8.8\n{got}")
    assert ways(alone) == {("8.8.8.8/32", "203.0.113.1", "eth0")}
    told = "interface eth0 203.0.113.10/24\nroute default via 203.0.113.254\n"
    assert {via for _, via, _ in ways(host_of(f"{told}$ ip route get 8.8.8.8\n{got}"))} == {
        "203.0.113.254"
    }
    own = "local 203.0.113.10 dev lo src 203.0.113.10 uid 0 \n    cache <local> \n"
    assert read_paste(f"$ ip route get 203.0.113.10\n{own}").host == ""


def test_a_whole_lsmod_without_br_netfilter_says_that_bridges_pass() -> None:
    """A part of it, or one without a bridge, says nothing."""
    modules = ["bridge", "stp", "llc", "nf_nat", "nf_tables", "x_tables"]
    text = "Module                  Size  Used by\n" + "".join(f"{m}  4096  0\n" for m in modules)
    assert host_of(text).sysctls["net.bridge.bridge-nf-call-iptables"] == "0"
    assert read_paste(text + "br_netfilter  4096  0\n").host == ""
    assert read_paste("$ lsmod | grep nf\nnf_nat  4096  1\n").host == ""


def test_counters_between_addresses_are_passed_over() -> None:
    """``ip -s`` prints them below each device."""
    text = (
        "2: eth0: <BROADCAST,UP,LOWER_UP> mtu 1500 state UP\n"
        "    inet 203.0.113.10/24 scope global eth0\n"
        "    RX:  bytes packets errors dropped  missed   mcast\n"
        "     123456789  123456      0       0       0       0\n"
        "3: eth1: <BROADCAST,UP,LOWER_UP> mtu 1500 state UP\n"
        "    inet 192.168.1.1/24 scope global eth1\n"
    )
    reading = read_paste(text)
    assert len(reading.receipt) == 1
    assert addresses(parse_host(reading.host), "eth1") == {"192.168.1.1/24"}


def test_sockets_of_other_families_are_passed_over() -> None:
    """``ss`` lists Unix sockets among those of TCP and UDP; ``%if`` binds to a device."""
    text = (
        "tcp    LISTEN  0  128  127.0.0.1%lo:22   0.0.0.0:*\n"
        "u_str  LISTEN  0  128  /run/dbus/system_bus_socket 1234  * 0\n"
        "icmp6  UNCONN  0  0    *%eth0:58  *:*\n"
    )
    reading = read_paste("interface eth0 203.0.113.10/24\n" + text)
    assert "left aside" not in " ".join(entry.note for entry in reading.receipt)
    (socket,) = parse_host(reading.host).sockets
    assert (socket.port, socket.dev) == (22, "lo")


@pytest.mark.parametrize(
    ("command", "packet"),
    [
        ("curl -4 -H 'Host: x' https://198.51.100.7/x", "tcp 203.0.113.10 -> 198.51.100.7:443 syn"),
        ("curl --interface 192.168.1.1 http://198.51.100.7:81/",
         "tcp 192.168.1.1 -> 198.51.100.7:81 syn"),
        ("ping -c 3 -I 192.168.1.1 198.51.100.7", "icmp 192.168.1.1 -> 198.51.100.7 echo-request"),
        ("ssh -v -p 2222 root@198.51.100.7", "tcp 203.0.113.10 -> 198.51.100.7:2222 syn"),
        ("scp -P 2200 a b@198.51.100.7:/tmp", "tcp 203.0.113.10 -> 198.51.100.7:2200 syn"),
        ("nc -vzu 198.51.100.7 1194", "udp 203.0.113.10 -> 198.51.100.7:1194"),
        ("dig +tcp example.com @198.51.100.7", "tcp 203.0.113.10 -> 198.51.100.7:53 syn"),
        ("dig -x 192.0.2.1 @198.51.100.7", "udp 203.0.113.10 -> 198.51.100.7:53"),
        ("traceroute -T -p 443 198.51.100.7", "tcp 203.0.113.10 -> 198.51.100.7:443 syn ttl 1"),
        ("mtr 198.51.100.7", "icmp 203.0.113.10 -> 198.51.100.7 echo-request ttl 1"),
        ("nmap -sU -p 53,123 198.51.100.7", "udp 203.0.113.10 -> 198.51.100.7:53"),
        ("iperf3 -c 198.51.100.7 -p 5202", "tcp 203.0.113.10 -> 198.51.100.7:5202 syn"),
        ("psql -h 198.51.100.7", "tcp 203.0.113.10 -> 198.51.100.7:5432 syn"),
        ("sudo ping6 2001:db8::7", "icmpv6 2001:db8::10 -> 2001:db8::7 echo-request"),
    ],
)  # fmt: skip
def test_a_command_at_a_prompt_is_its_first_packet(command: str, packet: str) -> None:
    """Sent by this host, from the address that its route or an option of the command names."""
    host = ("interface eth0 203.0.113.10/24 2001:db8::10/64\ninterface eth1 192.168.1.1/24\n"
            "route default via 203.0.113.1\n")  # fmt: skip
    assert read_paste(f"{host}$ {command}\n").packets == f"local {packet}\n"


@pytest.mark.parametrize("command", ["nc -l 0.0.0.0 8080", "iperf3 -s -B 192.0.2.1", "curl x.org"])
def test_what_sends_nothing_to_an_address_is_no_packet(command: str) -> None:
    """A listener, and a name that nobody knows."""
    assert read_paste(f"interface eth0 192.0.2.1/24\n$ {command}\n").packets == ""


def test_older_commands_make_tunnels() -> None:
    """``ip tunnel add`` and ``ip tuntap add``, as before ``ip link add ... type``."""
    host = parse_host(
        "interface eth0 203.0.113.10/24\n"
        "ip tunnel add sit1 mode sit remote 198.51.100.9 local 203.0.113.10\n"
        "ip -6 tunnel add t6 mode ip6ip6 local 2001:db8::1 remote 2001:db8::2\n"
        "ip tuntap add dev tap0 mode tap user 1000\nip tunnel show\n"
        "ip tunnel add gre1 mode gre remote 198.51.100.9\nip tunnel del gre1\n"
    )
    kinds = {name: one.kind for name, one in host.interfaces.items() if name not in ("lo", "eth0")}
    assert kinds == {"sit1": "sit", "t6": "ip6tnl", "tap0": "ethernet"}
