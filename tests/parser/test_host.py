"""The host text: our short form, the output of tools, and commands."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Address, IPv4Interface, IPv4Network, IPv6Address, IPv6Interface
from pathlib import Path

import pytest

from sim.base.errors import Refused
from sim.model.host import Host, Interface, Neighbour, NftChain
from sim.read.host.text import parse_host

CAPTURES = Path(__file__).parent / "captures"  # printed by the tools in a namespace of our own


def capture(*names: str) -> Host:
    """The host that the captured outputs of these tools describe together."""
    return parse_host("\n".join((CAPTURES / f"{name}.txt").read_text() for name in names))


def interfaces(host: Host) -> dict[str, Interface]:
    return {name: replace(found, span=None) for name, found in host.interfaces.items()}


def texts(host: Host, name: str) -> list[str]:
    return [str(entry.address) for entry in host.interfaces[name].addresses]


# ---- the short form -------------------------------------------------------------------------


def test_loopback_is_always_there() -> None:
    """An empty text is a host with lo and its two addresses."""
    host = parse_host("")
    assert texts(host, "lo") == ["127.0.0.1/8", "::1/128"]
    assert (host.interfaces["lo"].index, host.interfaces["lo"].mtu) == (1, 65536)


def test_interface_line() -> None:
    """Addresses keep their order, and what is not said is what the kernel starts with."""
    host = parse_host(
        "interface eth0 203.0.113.1/24 203.0.113.7/24   # the first is the primary\n"
        "interface eth1 192.168.100.1/24 mac 02:00:00:00:01:01 mtu 1400 down"
    )
    eth0, eth1 = host.interfaces["eth0"], host.interfaces["eth1"]
    assert [entry.secondary for entry in eth0.addresses] == [False, True]
    assert (eth0.index, eth0.mtu, eth0.up, eth0.mac) == (2, 1500, True, "02:00:00:00:00:02")
    assert (eth1.index, eth1.mtu, eth1.up, eth1.mac) == (3, 1400, False, "02:00:00:00:01:01")


def test_secondary_needs_the_same_mask() -> None:
    """An address of another prefix length inside the subnet is a primary of its own."""
    host = parse_host("interface eth0 10.0.0.1/24 10.0.0.2/25 10.0.0.3/24 10.0.0.4/32")
    found = [entry.secondary for entry in host.interfaces["eth0"].addresses]
    assert found == [False, False, True, False]


def test_peer_address() -> None:
    """The prefix length of a point-to-point address is its peer's."""
    host = parse_host("interface ppp0 10.0.0.1 peer 10.0.0.2/32")
    entry = host.interfaces["ppp0"].addresses[0]
    assert entry.address == IPv4Interface("10.0.0.1/32")
    assert entry.peer == IPv4Interface("10.0.0.2/32")


def test_link_local_is_made_where_ipv6_is_used() -> None:
    """An up Ethernet device with an IPv6 address also has the one made from its MAC."""
    host = parse_host(
        "interface eth0 2001:db8::1/64 mac 02:00:00:00:01:01\ninterface eth1 10.0.0.1/24"
    )
    assert texts(host, "eth0") == ["2001:db8::1/64", "fe80::ff:fe00:101/64"]
    assert texts(host, "eth1") == ["10.0.0.1/24"]


@pytest.mark.parametrize(
    "line",
    [
        "interface eth0 2001:db8::1/64 fe80::1/64",
        "interface eth0 2001:db8::1/64 down",
        "interface eth0 2001:db8::1/64 type tun",
        "interface eth0 2001:db8::1/64\nsysctl net.ipv6.conf.eth0.disable_ipv6 = 1",
    ],
)
def test_link_local_is_not_made(line: str) -> None:
    """Not beside one that is given, not on what is down, has no MAC, or has IPv6 switched off."""
    made = IPv6Interface("fe80::ff:fe00:2/64")
    found = parse_host(line).interfaces["eth0"].addresses
    assert made not in [entry.address for entry in found]


def test_other_facts() -> None:
    """Neighbours, routes, rules, settings, sockets, names: each line is one fact."""
    host = parse_host(
        """
        interface eth0 203.0.113.1/24
        neighbour 203.0.113.254 dev eth0 failed
        route default via 203.0.113.254
        route unreachable 10.0.0.0/8
        rule fwmark 0x1/0xff lookup 100
        sysctl net.ipv4.ip_forward = 1
        sysctl net/ipv4/conf/eth0/rp_filter=2
        listen tcp 0.0.0.0:22 uid 0
        listen tcp *:80 uid nginx
        listen udp [::1]:53 v6only
        user nginx 33 groups adm,500
        group adm 4
        name www.example.org 198.51.100.80 2001:db8::80
        kernel 2.4
        """
    )
    assert host.neighbours == (Neighbour(IPv4Address("203.0.113.254"), "eth0", "", True),)
    default, unreachable = host.routes
    assert (default.dev, default.via, default.table) == ("eth0", IPv4Address("203.0.113.254"), 254)
    assert (unreachable.kind, unreachable.dev) == ("unreachable", "")
    rule = host.rules[0]
    assert (rule.priority, rule.fwmark, rule.fwmask, rule.table) == (32765, 1, 0xFF, 100)
    assert host.sysctls["net.ipv4.conf.eth0.rp_filter"] == "2"
    ssh, web, dns = host.sockets
    assert (ssh.family, ssh.address, ssh.port, ssh.uid) == (4, None, 22, 0)
    assert (web.family, web.address, web.uid, web.v6only) == (6, None, 33, False)
    assert (dns.address, dns.v6only) == (IPv6Address("::1"), True)
    assert host.user_groups == {33: (4, 500)}
    assert len(host.hostnames["www.example.org"]) == 2
    assert host.kernel == "2.4"


def test_a_base_chain_of_nf_tables() -> None:
    """Its hook is spelt as the kernel's hooks are here; twice the same is one."""
    line = "nftables inet firewalld filter_INPUT hook input\n"
    chain = NftChain("inet", "firewalld", "filter_INPUT", "INPUT")
    assert parse_host(line + line).nft_chains == (chain,)


def test_legacy_tables_that_nobody_showed() -> None:
    """Of each family by its tool."""
    host = parse_host("legacy iptables\nlegacy ip6tables\nlegacy iptables\n")
    assert host.legacy_untold == {4, 6}


def test_priorities_of_added_rules() -> None:
    """A rule without a priority goes one before the second of the list, as in the kernel."""
    host = parse_host("rule fwmark 1 lookup 1\nrule fwmark 2 lookup 2\nrule to 10.0.0.0/8 lookup 3")
    assert [rule.priority for rule in host.rules] == [32765, 32764, 32763]


def test_ip_forward_has_two_names() -> None:
    """Writing ip_forward sets it for all devices; a device's own later line stands."""
    host = parse_host(
        "sysctl net.ipv4.conf.eth0.forwarding = 0\n"
        "sysctl net.ipv4.ip_forward = 1\n"
        "sysctl net.ipv4.conf.eth1.forwarding = 0\n"
        "sysctl net.ipv4.ip_forward = 1"
    )
    assert host.sysctls["net.ipv4.conf.all.forwarding"] == "1"
    assert "net.ipv4.conf.eth0.forwarding" not in host.sysctls
    assert host.sysctls["net.ipv4.conf.eth1.forwarding"] == "0"  # the second write was no change


def test_misspelt_setting_is_noted() -> None:
    """A setting that looks like another one is kept, with a note."""
    host = parse_host("sysctl net.ipv4.ip_forwad = 1")
    assert "net.ipv4.ip_forward" in host.notes[0]


def test_all_errors_of_a_text_are_told() -> None:
    """One wrong line does not hide the next."""
    with pytest.raises(Refused) as caught:
        parse_host("interfce a\ninterface eth0 1.2.3.4/24\nroute default vai 1\nfoo\n")
    assert [error.span.line for error in caught.value.errors] == [1, 3, 4]


# ---- what tools print -----------------------------------------------------------------------


def test_ip_addr() -> None:
    """``ip addr``: MAC, MTU, flags, master, group; IPv6 in the order of being added."""
    host = capture("addr")
    eth0, eth1, tun0 = (host.interfaces[name] for name in ("eth0", "eth1", "tun0"))
    assert (eth0.mac, eth0.index, eth0.kind) == ("02:00:00:00:10:01", 2, "ethernet")
    assert [entry.secondary for entry in eth0.addresses if entry.address.version == 4] == [
        False, False, False, True,
    ]  # fmt: skip
    assert (eth1.mtu, eth1.group) == (1400, 7)
    assert texts(host, "eth1")[-2:] == ["2001:db8:1::1/64", "2001:db8:1::2/64"]
    assert eth1.addresses[-1].deprecated
    assert (tun0.up, tun0.kind, tun0.noarp, tun0.point_to_point) == (False, "tun", True, True)
    assert (host.interfaces["vx"].master, host.interfaces["br0"].kind) == ("br0", "bridge")


@pytest.mark.parametrize("others", [("j",), ("jp",), ("d",), ("o", "link"), ("link", "o")])
def test_every_form_of_ip_addr_says_the_same(others: tuple[str, ...]) -> None:
    """JSON, ``-d``, and ``-o`` with ``ip link`` describe the host that ``ip addr`` does."""
    assert interfaces(capture(*others)) == interfaces(capture("addr"))


def test_ip_brief() -> None:
    """``ip -br addr`` tells the addresses, peers included."""
    host = capture("br")
    assert "10.9.9.1/32" in texts(host, "eth0")
    assert texts(host, "eth0") == texts(capture("addr"), "eth0")


def test_ip_route() -> None:
    """``ip route``: kinds, metrics, on-link gateways; IPv6 by ``pref`` or addresses."""
    host = capture("addr", "route", "route6")
    by_prefix = {str(route.prefix): route for route in host.routes}
    assert by_prefix["10.0.0.0/8"].metric == 50
    assert by_prefix["10.66.0.0/16"].kind == "blackhole"
    assert by_prefix["172.20.0.1/32"].onlink
    assert by_prefix["239.0.0.0/8"].kind == "multicast"
    assert by_prefix["::/0"].metric == 100
    assert [hop.dev for hop in by_prefix["2001:db8:8::/48"].nexthops] == ["eth1", "eth1"]


def test_ip_route_of_all_tables() -> None:
    """``show table all``: what the kernel makes of addresses in the local table is left out."""
    host = capture("addr", "all")
    assert {route.table for route in host.routes} == {7, 100, 254}
    several = next(route for route in host.routes if route.table == 100 and route.nexthops)
    assert [(str(hop.via), hop.weight) for hop in several.nexthops] == [
        ("203.0.113.254", 1),
        ("192.168.100.254", 2),
    ]
    static = next(route for route in host.routes if route.table == 7)
    assert (static.tos, static.mtu, static.realm) == (0x10, 1300, 5)


def test_ip_rule() -> None:
    """Whole listings replace the kernel's own rules, each for its family."""
    host = capture("addr", "rule", "rule6")
    assert host.rules_given == {4, 6}
    assert [rule.priority for rule in host.rules if rule.family == 6] == [0, 32765, 32766]
    by_priority = {rule.priority: rule for rule in host.rules if rule.family == 4}
    assert by_priority[98].negated
    assert by_priority[98].suppress_prefix_length == 0
    assert by_priority[97].uids == (1000, 1005)
    assert (by_priority[200].action, by_priority[200].goto) == ("goto", 32766)
    assert by_priority[96].action == "prohibit"


def test_ip_neigh() -> None:
    """``ip neigh``: MACs, and who does not answer."""
    first, second = capture("addr", "neigh").neighbours
    assert (first.mac, first.failed) == ("02:00:00:00:99:01", False)
    assert second.failed


def test_ss() -> None:
    """``ss -lntup``: ``*`` serves both families, ``[::]`` IPv6 alone."""
    host = capture("addr", "ss")
    found = {(s.protocol, s.port): s for s in host.sockets}
    assert found["tcp", 80].family == 6
    assert not found["tcp", 80].v6only
    assert found["tcp", 443].v6only
    assert found["udp", 68].dev == "eth0"
    assert found["tcp", 3306].address == IPv4Address("127.0.0.1")


def test_ss_without_its_first_column() -> None:
    """``ss -lnt`` is about TCP."""
    assert {socket.protocol for socket in capture("sst").sockets} == {"tcp"}


def test_netstat() -> None:
    """``netstat -lntu`` gives the same sockets, as far as it tells them."""
    found = {(socket.protocol, socket.port) for socket in capture("netstat").sockets}
    assert found == {(socket.protocol, socket.port) for socket in capture("addr", "ss").sockets}


def test_sysctl_listing() -> None:
    """``sysctl -a`` lines: the order in which they are printed changes nothing."""
    host = capture("sysctl")
    assert host.sysctls["net.ipv4.ip_forward"] == "1"
    assert host.sysctls["net.ipv4.conf.eth0.forwarding"] == "1"
    assert host.sysctls["net.ipv6.conf.eth0.forwarding"] == "0"


def test_ipset_save_and_list_say_the_same() -> None:
    """Both print types, options, elements, exceptions and comments."""
    save, listed = capture("ipset").sets, capture("ipsetlist").sets
    for name, found in save.items():
        assert (listed[name].kind, listed[name].options) == (found.kind, found.options)
        entries = [(entry.element, entry.options, entry.nomatch) for entry in found.entries]
        other = [(entry.element, entry.options, entry.nomatch) for entry in listed[name].entries]
        assert entries == other
    assert dict(save["a"].entries[0].options)["comment"] == "hi there"
    assert save["n"].entries[1].nomatch


def test_passwd_and_group() -> None:
    """Names, primary groups, members."""
    host = parse_host(
        "www-data:x:33:33:www-data:/var/www:/usr/sbin/nologin\n"
        "bob:x:1000:1000:Bob #1,,,:/home/bob:/bin/bash\n"
        "docker:x:999:bob,gone\n"
    )
    assert (host.users["bob"], host.groups["docker"]) == (1000, 999)
    assert host.primary_groups[33] == 33
    assert host.user_groups == {1000: (999,)}


# ---- commands -------------------------------------------------------------------------------


def test_prompts() -> None:
    """Prompts in front of commands do not matter; ``#`` begins a comment, and that is noted."""
    host = parse_host(
        "interface eth0\n"
        "$ ip addr add 10.0.0.1/24 dev eth0\n"
        "root@box:~# ip addr add 10.0.0.2/24 dev eth0\n"
        "[root@box ~]# ip addr add 10.0.0.3/24 dev eth0\n"
        "box# ip addr add 10.0.0.4/24 dev eth0\n"
        "# ip addr add 10.0.0.5/24 dev eth0\n"
    )
    assert texts(host, "eth0") == [f"10.0.0.{n}/24" for n in (1, 2, 3, 4)]
    assert "line 6" in host.notes[0]


def test_addresses_by_command() -> None:
    """Add, delete and flush; a deleted primary takes its secondaries along."""
    host = parse_host(
        "interface eth0\ninterface eth1 10.1.0.1/24 2001:db8::1/64\n"
        "ip a a 10.0.0.1/24 brd + dev eth0\nip a a 10.0.0.2/24 dev eth0\n"
        "ip addr add 10.9.0.1/24 dev eth0\nip addr del 10.0.0.1/24 dev eth0\n"
        "ip -4 addr flush dev eth1"
    )
    assert texts(host, "eth0") == ["10.9.0.1/24"]
    assert texts(host, "eth1")[0] == "2001:db8::1/64"


def test_promoted_secondaries_stay() -> None:
    """With promote_secondaries the next address takes the primary's place."""
    host = parse_host(
        "interface eth0 10.0.0.1/24 10.0.0.2/24\nsysctl net.ipv4.conf.all.promote_secondaries = 1\n"
        "ip addr del 10.0.0.1/24 dev eth0"
    )
    entry = host.interfaces["eth0"].addresses[0]
    assert (str(entry.address), entry.secondary) == ("10.0.0.2/24", False)


def test_links_by_command() -> None:
    """New devices are down; a device that goes down loses its routes and IPv6 addresses."""
    host = parse_host(
        "interface eth0 10.0.0.1/24 2001:db8::1/64\nroute 10.5.0.0/16 via 10.0.0.2\n"
        "ip link add d0 type dummy\nip link add va type veth peer name vb\n"
        "ip link set eth0 down\nip link set dev va up mtu 1280 address 02:00:00:00:00:aa"
    )
    assert not host.interfaces["d0"].up
    assert host.interfaces["va"].up
    assert (host.interfaces["va"].mtu, host.interfaces["va"].mac) == (1280, "02:00:00:00:00:aa")
    assert not host.interfaces["vb"].up
    assert host.routes == ()
    assert texts(host, "eth0") == ["10.0.0.1/24"]


def test_routes_by_command() -> None:
    """Add, replace, append, delete, flush; what the real command refuses changes nothing."""
    host = parse_host(
        "interface eth0 10.0.0.1/24\n"
        "ip route add default via 10.0.0.2\nip r replace default via 10.0.0.3 dev eth0\n"
        "ip route add 10.8.0.0/16 via 10.0.0.4\nip route add 10.8.0.0/16 via 10.0.0.5\n"
        "ip route add 10.9.0.0/16 via 10.0.0.4 metric 5\nip route del 10.9.0.0/16\n"
        "ip route add blackhole 10.7.0.0/16 table 9\nip route flush table 9\n"
    )
    assert [(str(r.prefix), str(r.via)) for r in host.routes] == [
        ("0.0.0.0/0", "10.0.0.3"),
        ("10.8.0.0/16", "10.0.0.4"),
    ]
    assert "File exists" in host.notes[0]


def test_rules_by_command() -> None:
    """Deleting makes the kernel's own rules explicit, because they may be what goes."""
    host = parse_host("ip rule add fwmark 1 lookup 100\nip rule del lookup main")
    assert host.rules_given == {4}
    assert [(rule.priority, rule.table) for rule in host.rules] == [
        (32765, 100), (0, 255), (32767, 253),
    ]  # fmt: skip


def test_settings_by_command() -> None:
    """sysctl -w, echo into /proc, tee, and sh -c."""
    host = parse_host(
        "interface eth0\n"
        "sudo sysctl -w net.ipv4.ip_forward=1 net.ipv4.conf.all.rp_filter=2\n"
        "echo 1 > /proc/sys/net/ipv4/conf/eth0/accept_local\n"
        "echo 1 | sudo tee /proc/sys/net/ipv4/conf/eth0/route_localnet > /dev/null\n"
        "sudo sh -c 'echo 1 > /proc/sys/net/ipv4/conf/eth0/src_valid_mark'\n"
    )
    prefix = "net.ipv4.conf"
    assert host.sysctls["net.ipv4.ip_forward"] == "1"
    assert host.sysctls[f"{prefix}.all.rp_filter"] == "2"
    assert host.sysctls[f"{prefix}.eth0.accept_local"] == "1"
    assert host.sysctls[f"{prefix}.eth0.route_localnet"] == "1"
    assert host.sysctls[f"{prefix}.eth0.src_valid_mark"] == "1"


def test_sudo_echo_changes_nothing() -> None:
    """The redirection runs without sudo: it fails for a normal user, and a note says so."""
    host = parse_host("sudo echo 1 > /proc/sys/net/ipv4/ip_forward")
    assert "net.ipv4.ip_forward" not in host.sysctls
    assert "sudo tee" in host.notes[0]
    as_root = parse_host("root@box:~# sudo echo 1 > /proc/sys/net/ipv4/ip_forward")
    assert as_root.sysctls["net.ipv4.ip_forward"] == "1"


def test_ipset_by_command() -> None:
    """Create, add, del, flush, rename, swap, destroy; old spellings too."""
    host = parse_host(
        "ipset create a hash:ip\nipset -A a 10.0.0.1\nsudo ipset add a 10.0.0.2 -exist\n"
        "ipset del a 10.0.0.1/32\nipset create b hash:ip\nipset add b 10.0.0.9\n"
        "ipset swap a b\nipset rename b c\nipset create d hash:net\nipset destroy d\n"
        "ipset create e hash:ip timeout 5\nipset add e 10.0.0.1\nipset flush e"
    )
    found = {name: [entry.element for entry in made.entries] for name, made in host.sets.items()}
    assert found == {"a": ["10.0.0.9"], "c": ["10.0.0.2"], "e": []}


def test_continuation_lines() -> None:
    """A backslash joins lines, and errors still point at the right one."""
    host = parse_host(
        "interface eth0 10.0.0.1/24\nip route add \\\n  10.8.0.0/16 \\\n  via 10.0.0.2"
    )
    assert host.routes[0].prefix == IPv4Network("10.8.0.0/16")
    with pytest.raises(Refused) as caught:
        parse_host("interface eth0 10.0.0.1/24\nip route add \\\n  10.8.0.0/16 \\\n  vai 10.0.0.2")
    span = caught.value.errors[0].span
    assert (span.line, span.column, span.end_column) == (4, 3, 6)


@pytest.mark.parametrize(
    ("write", "load"),
    [
        ("echo 'net.ipv4.ip_forward = 1' | sudo tee /etc/sysctl.d/9.conf", "sudo sysctl --system"),
        ("echo net.ipv4.ip_forward=1 >> /etc/sysctl.conf", "sysctl -p"),
        ("echo 'net.ipv4.ip_forward = 1' > /etc/sysctl.d/9.conf", "sysctl -p /etc/sysctl.d/9.conf"),
    ],
)
def test_sysctl_reads_the_files_that_were_written_above(write: str, load: str) -> None:
    """A setting that is written into a file holds once sysctl reads it, and not before."""
    assert parse_host(f"{write}\n").sysctl("net.ipv4.ip_forward", "0") == "0"
    host = parse_host(f"{write}\n{load}\n")
    assert host.sysctl("net.ipv4.ip_forward", "0") == "1"
    assert host.notes == ()


def test_a_later_file_of_sysctl_d_wins_and_sysctl_conf_is_last() -> None:
    """The order of sysctl(8): names in sysctl.d, then sysctl.conf, whatever was written first."""
    text = (
        "echo net.ipv4.ip_forward=0 > /etc/sysctl.d/90.conf\n"
        "echo net.ipv4.ip_forward=1 > /etc/sysctl.d/10.conf\n"
        "sysctl --system\n"
    )
    assert parse_host(text).sysctl("net.ipv4.ip_forward", "") == "0"
    last = f"echo net.ipv4.ip_forward=1 > /etc/sysctl.conf\n{text}"
    assert parse_host(last).sysctl("net.ipv4.ip_forward", "") == "1"


def test_flags_of_a_state_are_read_from_both_their_words() -> None:
    """iproute2 prints the newer ones behind ``extra-flag``."""
    lines = (
        "ip xfrm state add src 198.51.100.1 dst 203.0.113.1 proto esp spi 0x101 mode tunnel"
        " flag decap-dscp extra-flag dont-encap-dscp enc 'ecb(cipher_null)' 0x"
    )
    (state,) = parse_host(lines).states
    assert state.flags == {"decap-dscp", "dont-encap-dscp"}
