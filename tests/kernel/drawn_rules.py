"""Rules of every kind drawn at random by a number, IPv4's above all, and local senders.

Every table and chain, most matches and targets, NAT that clashes, time that passes between packets
while short timeouts run; hosts with addresses and routes that people have and some that they have
not; packets as bytes with options, in fragments, damaged; what comes back is made of what the host
has sent.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from sim.model.scenario import Scenario
from tests.kernel.drawn_answers import answered, sent
from tests.kernel.siblings import cut, echo, into, ip, restored, tcp, udp

T = TypeVar("T")
DEVICES = ("eth0", "eth1", "eth2")
CHAINS = {
    "raw": ("PREROUTING", "PREROUTING", "OUTPUT"),
    "mangle": ("PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"),
    "nat": ("PREROUTING", "PREROUTING", "PREROUTING", "INPUT", "OUTPUT", "POSTROUTING",
            "POSTROUTING", "POSTROUTING"),
    "filter": ("INPUT", "FORWARD", "FORWARD", "OUTPUT"),
}  # fmt: skip
OWN = {
    4: ("203.0.113.1", "203.0.113.8", "10.1.1.1", "198.51.100.1"),
    6: ("2001:db8:9::1", "2001:db8:9::8", "2001:db8:1::1", "2001:db8:5::1"),
}
NEAR = {
    4: {"eth0": ("203.0.113.9", "203.0.113.10"), "eth1": ("10.1.1.10", "10.1.1.20"),
        "eth2": ("198.51.100.254", "198.51.100.9")},
    6: {"eth0": ("2001:db8:9::9", "2001:db8:9::10"), "eth1": ("2001:db8:1::10", "2001:db8:1::20"),
        "eth2": ("2001:db8:5::254", "2001:db8:5::9")},
}  # fmt: skip
ODD = {
    4: ("203.0.113.255", "10.1.1.255", "10.1.1.0", "255.255.255.255", "224.0.0.1", "239.1.2.3",
        "172.16.1.9", "172.16.2.9", "172.16.3.9", "172.16.4.9", "127.0.0.1", "0.0.0.0", "8.8.8.8",
        "192.0.2.7", "240.0.0.1", "192.168.7.7", "169.254.7.7"),
    6: ("ff02::1", "ff02::2", "ff0e::7", "2001:db8:a1::9", "2001:db8:a2::9", "2001:db8:a3::9",
        "2001:db8:a4::9", "::1", "::", "2001:db8:f::8", "2001:db8:b::7", "2001:db8:9::",
        "fe80::77", "2001:db8:c::7"),
}  # fmt: skip
HOST = """
interface eth0 203.0.113.1/24 203.0.113.8/24 2001:db8:9::1/64 2001:db8:9::8/64 mac 02:00:00:00:01:00{mtu}
interface eth1 10.1.1.1/24 2001:db8:1::1/64 mac 02:00:00:00:01:01
interface eth2 198.51.100.1/24 2001:db8:5::1/64 mac 02:00:00:00:01:02
neighbour 203.0.113.9 dev eth0 lladdr 02:00:00:00:02:00
neighbour 203.0.113.10 dev eth0 lladdr 02:00:00:00:02:10
neighbour 203.0.113.77 dev eth0 lladdr 02:00:00:00:02:77
neighbour 10.1.1.10 dev eth1 lladdr 02:00:00:00:02:01
neighbour 10.1.1.20 dev eth1 lladdr 02:00:00:00:02:05
neighbour 198.51.100.254 dev eth2 lladdr 02:00:00:00:02:02
neighbour 198.51.100.9 dev eth2 lladdr 02:00:00:00:02:09
neighbour 2001:db8:9::9 dev eth0 lladdr 02:00:00:00:02:00
neighbour 2001:db8:9::10 dev eth0 lladdr 02:00:00:00:02:10
neighbour 2001:db8:9::77 dev eth0 lladdr 02:00:00:00:02:77
neighbour 2001:db8:1::10 dev eth1 lladdr 02:00:00:00:02:01
neighbour 2001:db8:1::20 dev eth1 lladdr 02:00:00:00:02:05
neighbour 2001:db8:5::254 dev eth2 lladdr 02:00:00:00:02:02
neighbour 2001:db8:5::9 dev eth2 lladdr 02:00:00:00:02:09
neighbour fe80::77 dev eth0 lladdr 02:00:00:00:02:0c
neighbour fe80::77 dev eth1 lladdr 02:00:00:00:02:0c
neighbour fe80::77 dev eth2 lladdr 02:00:00:00:02:0c
sysctl net.ipv6.auto_flowlabels = 0
sysctl net.ipv4.icmp_ratemask = 0
sysctl net.ipv6.icmp.ratelimit = 0
sysctl net.ipv4.conf.all.send_redirects = 0
sysctl net.ipv4.conf.default.send_redirects = 0
sysctl net.ipv4.conf.eth0.send_redirects = 0
sysctl net.ipv4.conf.eth1.send_redirects = 0
sysctl net.ipv4.conf.eth2.send_redirects = 0
"""  # noqa: E501
SETS = """create here hash:ip{family} timeout 3
create pairs hash:ip,port{family} counters
create nets hash:net{family}
add nets {net} nomatch
add nets {wide}
"""
ROUTES = (
    (0.8, {4: "ip route add default via 198.51.100.254 dev eth2",
           6: "ip -6 route add default via 2001:db8:5::254 dev eth2"}),
    (0.3, {4: "ip route add prohibit 172.16.1.0/24",
           6: "ip -6 route add prohibit 2001:db8:a1::/48"}),
    (0.3, {4: "ip route add unreachable 172.16.2.0/24",
           6: "ip -6 route add unreachable 2001:db8:a2::/48"}),
    (0.3, {4: "ip route add blackhole 172.16.3.0/24",
           6: "ip -6 route add blackhole 2001:db8:a3::/48"}),
    (0.2, {4: "ip route add throw 172.16.4.0/24", 6: "ip -6 route add throw 2001:db8:a4::/48"}),
    (0.2, {4: "ip route add local 192.0.2.0/24 dev lo",
           6: "ip -6 route add local 2001:db8:b::/48 dev lo"}),
    (0.2, {4: "ip route add 192.168.7.0/24 via 10.1.1.20 dev eth1 mtu 1000",
           6: "ip -6 route add 2001:db8:c::/48 via 2001:db8:1::20 dev eth1 mtu 1290"}),
    (0.3, {4: "ip rule add fwmark 5 lookup 100\n"
              "ip route add default via 10.1.1.20 dev eth1 table 100",
           6: "ip -6 rule add fwmark 5 lookup 100\n"
              "ip -6 route add default via 2001:db8:1::20 dev eth1 table 100"}),
    (0.08, {4: "ip rule add fwmark 6 prohibit", 6: "ip -6 rule add fwmark 6 prohibit"}),
    (0.08, {4: "ip rule add from 10.1.1.20 unreachable",
            6: "ip -6 rule add from 2001:db8:1::20 unreachable"}),
    (0.08, {4: "ip route add 8.8.8.0/24 via 203.0.113.9 dev eth0 src 10.1.1.1",
            6: "ip -6 route add 2001:db8:f::/48 via 2001:db8:9::9 dev eth0 src 2001:db8:1::1"}),
)  # fmt: skip
SETTINGS = (
    "net.ipv4.conf.{dev}.rp_filter = 1", "net.ipv4.conf.{dev}.rp_filter = 2",
    "net.ipv4.conf.all.accept_local = 1", "net.ipv4.conf.{dev}.route_localnet = 1",
    "net.ipv4.icmp_echo_ignore_all = 1", "net.ipv4.icmp_echo_ignore_broadcasts = 0",
    "net.ipv4.icmp_errors_use_inbound_ifaddr = 1", "net.ipv4.ip_default_ttl = 9",
    "net.ipv4.conf.{dev}.forwarding = 0", "net.ipv4.ip_forward = 0",
    "net.ipv6.conf.all.forwarding = 0", "net.ipv4.fwmark_reflect = 1",
    "net.ipv6.fwmark_reflect = 1", "net.ipv4.conf.all.src_valid_mark = 1",
    "net.ipv4.conf.{dev}.bc_forwarding = 1", "net.ipv4.conf.{dev}.accept_source_route = 0",
    "net.ipv4.conf.{dev}.log_martians = 1", "net.ipv4.ip_forward_use_pmtu = 1",
    "net.ipv4.ip_no_pmtu_disc = 1", "net.ipv4.ip_forward_update_priority = 0",
    "net.ipv4.conf.{dev}.drop_unicast_in_l2_multicast = 1", "net.ipv4.tcp_ecn = 1",
    "net.ipv4.icmp_ignore_bogus_error_responses = 0", "net.ipv4.ip_early_demux = 0",
    "net.netfilter.nf_conntrack_acct = 1", "net.netfilter.nf_conntrack_checksum = 0",
    "net.netfilter.nf_conntrack_tcp_loose = 0", "net.netfilter.nf_conntrack_tcp_be_liberal = 1",
)  # fmt: skip
SHORT = (
    "udp_timeout = 2", "udp_timeout_stream = 3", "icmp_timeout = 2", "icmpv6_timeout = 2",
    "tcp_timeout_syn_sent = 2", "tcp_timeout_syn_recv = 2", "tcp_timeout_established = 3",
    "tcp_timeout_fin_wait = 2", "tcp_timeout_close_wait = 2", "tcp_timeout_last_ack = 1",
    "tcp_timeout_time_wait = 2", "tcp_timeout_close = 1", "tcp_timeout_max_retrans = 1",
    "generic_timeout = 2",
)  # fmt: skip
TOS, MODES = ("0", "0x10", "0x10/0x3f"), ("srcip", "dstip", "srcip,dstport")
KINDS4 = ("BROADCAST", "PROHIBIT", "UNREACHABLE", "BLACKHOLE")
MARKS = ("--set-mark 5", "--set-xmark 0x6/0xf", "--or-mark 4", "--set-mark 6")
RECENT = ("--set", "--update --seconds 2", "--rcheck", "--remove",
          "--rcheck --seconds 2 --hitcount 2")  # fmt: skip
OPTIONS = (
    b"\x94\4\0\0", b"\7\7\4\0\0\0\0\0", b"\1\1\1\0", b"\x83\7\4\x0a\1\1\x14\0",
    b"\x44\x0c\5\0\0\0\0\0\0\0\0\0", b"\x82\3\0\0", b"\x88\4\0\1",
)  # fmt: skip
STATES = ("NEW", "ESTABLISHED", "RELATED", "INVALID", "UNTRACKED", "SNAT", "DNAT", "NEW,RELATED")
REJECTS = {
    4: ("icmp-net-unreachable", "icmp-host-unreachable", "icmp-port-unreachable",
        "icmp-proto-unreachable", "icmp-net-prohibited", "icmp-host-prohibited",
        "icmp-admin-prohibited"),
    6: ("icmp6-no-route", "icmp6-adm-prohibited", "icmp6-addr-unreachable",
        "icmp6-port-unreachable", "icmp6-policy-fail", "icmp6-reject-route"),
}  # fmt: skip


@dataclass
class Drawer:
    """One scenario in the making."""

    random: random.Random
    family: int
    host: str = ""
    rules: str = ""
    mtu: int = 1500
    lines: list[str] = field(default_factory=list)

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def pick(self, things: Sequence[T]) -> T:
        return self.random.choice(things)

    # ---- the host ----------------------------------------------------------------------------

    def make_host(self, short: bool = False) -> None:
        self.mtu = 1300 if self.chance(0.25) else 1500
        host = HOST.replace("{mtu}", " mtu 1300" if self.mtu == 1300 else "")
        if self.chance(0.9):
            host += "sysctl net.ipv4.ip_forward = 1\nsysctl net.ipv6.conf.all.forwarding = 1\n"
        if self.chance(0.85):
            host += "sysctl net.ipv4.conf.all.rp_filter = 0\n"
        for share, line in ROUTES:
            if self.chance(share):
                host += line[self.family] + "\n"
        for _ in range(self.pick((0, 0, 0, 1, 1, 2))):
            host += f"sysctl {self.pick(SETTINGS).format(dev=self.pick(DEVICES))}\n"
        if short:
            for setting in self.random.sample(SHORT, 5):
                host += f"sysctl net.netfilter.nf_conntrack_{setting}\n"
        far, wide = self.net("eth1"), "10.0.0.0/8" if self.family == 4 else "2001:db8::/32"
        host += SETS.format(family="" if self.family == 4 else " family inet6", net=far, wide=wide)
        self.host = host

    def net(self, device: str) -> str:
        near = NEAR[self.family][device][0]
        if self.family == 4:
            return near.rpartition(".")[0] + ".0/24"
        return near.rpartition("::")[0] + "::/64"

    # ---- the rules ---------------------------------------------------------------------------

    def make_rules(self, shares: dict[str, float]) -> None:
        tables: dict[str, list[str]] = {}
        for table, share in shares.items():
            if self.chance(share):
                tables[table] = [
                    self.rule(table) for _ in range(self.pick((1, 1, 2, 3, 5)))
                ]  # fmt: skip
        tables.setdefault("filter", [])
        self.rules = restored(self.family, tables)

    def rule(self, table: str) -> str:
        chain = self.pick(CHAINS[table])
        protocol = self.pick(("", "", "udp", "tcp", self.icmp))
        words = [f"-A {chain}"]
        if protocol:
            words.append(f"-p {protocol}")
        seen: set[str] = set()
        for _ in range(self.pick((0, 1, 1, 1, 2))):
            match = self.match(table, chain, protocol)
            part = match.removeprefix("! ").replace("-m ", "").replace("--syn", "--tcp-flags")
            if part.split()[0] not in seen:  # a match is not repeated
                words.append(match)
                seen.add(part.split()[0])
        words.append(self.target(table, chain, protocol))
        return " ".join(word for word in words if word)

    @property
    def icmp(self) -> str:
        return "icmp" if self.family == 4 else "icmpv6"

    def match(self, table: str, chain: str, protocol: str) -> str:
        own, near = OWN[self.family], NEAR[self.family]
        device = self.pick(DEVICES)
        no = self.pick(("", "", "", "! "))
        port = self.pick((53, 80, 40000, 40001))
        of = self.pick
        found = [
            f"{no}-s {of(near[device])}", f"{no}-d {of(near[device])}", f"{no}-d {of(own)}",
            f"{no}-s {self.net(device)}", f"-m mark {no}--mark 5", "-m mark --mark 0x4/0x4",
            f"-m addrtype {no}--src-type {of(('LOCAL', 'UNICAST', 'MULTICAST'))}",
            f"-m addrtype {no}--dst-type {of(('LOCAL', 'UNICAST', 'MULTICAST'))}",
            f"-m length {no}--length {of(('0:60', '60', '100:', '28:1300'))}",
            f"-m pkttype {no}--pkt-type {of(('unicast', 'broadcast', 'multicast'))}",
            f"-m dscp {no}--dscp {of((0, 10))}", f"-m tos {no}--tos {of(TOS)}",
            f"-m statistic --mode nth {no}--every 2 --packet {of((0, 1))}",
            f"-m limit --limit {of(('1/s', '3/min', '2/s'))} --limit-burst {of((1, 2))}",
            "-m quota --quota 100", f"-m comment --comment c{port}",
            f"-m recent --name r{of((1, 2))} {of(RECENT)} {of(('--rsource', '--rdest'))}",
            f"-m set {no}--match-set here {of(('src', 'dst'))}",
            f"-m set {no}--match-set nets {of(('src', 'dst'))}",
            f"-m set --match-set pairs {of(('src,dst', 'dst,dst'))} --packets-gt 1",
            f"-m iprange {no}--src-range {near['eth1'][0]}-{near['eth1'][1]}",
            f"-m hashlimit --hashlimit-{of(('upto', 'above'))} {of(('1/s', '2/min'))} "
            f"--hashlimit-burst {of((1, 2))} --hashlimit-mode {of(MODES)} "
            f"--hashlimit-name h{self.random.randrange(1000)}",
            f'-m string {no}--string {of(("qqq", "zz"))} --algo {of(("bm", "kmp"))}',
            f'-m u32 {no}--u32 "{of(("0&0xf=0:9", "6&0xff=1,6,17", "8>>24=64"))}"',
        ]  # fmt: skip
        if self.family == 4:
            found += [f"-m ttl {of(('--ttl-eq 64', '--ttl-lt 3', '--ttl-gt 1'))}", "-f", "! -f"]
            found += [f"-m addrtype --dst-type {of(KINDS4)}"]
        else:
            found += [
                f"-m hl {of(('--hl-eq 64', '--hl-lt 3', '--hl-gt 1'))}",
                "-m frag --fragfirst",
            ]
            found += ["-m addrtype --dst-type ANYCAST", "-m ipv6header --header frag --soft"]
        if table != "raw":
            found += [
                *(f"-m conntrack {no}--ctstate {of(STATES)}" for _ in range(8)),
                f"-m conntrack --ctdir {of(('ORIGINAL', 'REPLY'))}",
                f"-m conntrack {no}--ctstatus {of(('ASSURED', 'SEEN_REPLY', 'CONFIRMED', 'NONE'))}",
                f"-m conntrack {no}--ctorigsrc {of(near[device])}",
                f"-m conntrack {no}--ctrepldst {of(own)}", "-m conntrack --ctexpire 0:20",
                f"-m conntrack --ctproto {of(('udp', 'tcp', self.icmp))}",
                f"-m connmark {no}--mark {of(('5', '0x4/0x4', '0'))}",
                f"-m connlimit --connlimit-{of(('above', 'upto'))} {of((0, 1, 2))} "
                f"--connlimit-mask {of((0, 24, 32))} --connlimit-{of(('saddr', 'daddr'))}",
                f"-m connbytes --connbytes {of(('1:', '2:', ':1'))} --connbytes-dir "
                f"{of(('original', 'reply', 'both'))} --connbytes-mode packets",
                f"-m connlabel --label 3{of(('', ' --set'))}",
            ]  # fmt: skip
        if chain in ("PREROUTING", "INPUT", "FORWARD"):
            found += [f"{no}-i {device}", f"{no}-i {device}"]
            found.append("-m mac --mac-source 02:00:00:00:02:01")
        if chain in ("FORWARD", "OUTPUT", "POSTROUTING"):
            found += [f"{no}-o {device}", f"{no}-o {device}"]
        if chain == "PREROUTING" and table in ("raw", "mangle"):
            found.append(f"-m rpfilter {of(('', '--loose', '--invert', '--accept-local'))}")
        if chain in ("PREROUTING", "INPUT") and table == "mangle":
            found.append("-m socket --nowildcard")
        if chain in ("OUTPUT", "POSTROUTING"):
            found += [f"-m owner {no}--socket-exists", f"-m owner {no}--uid-owner 0"]
        if protocol in ("udp", "tcp"):
            found += [f"{no}--{of(('sport', 'dport'))} {port}"] * 4
            found.append(f"-m multiport {no}--{of(('ports', 'dports', 'sports'))} 53,79:81")
        if protocol == "tcp":
            found += [
                "--syn", "! --syn", "--tcp-flags SYN,RST RST", "--tcp-option 2",
                "-m tcpmss --mss 500:1500",
            ]  # fmt: skip
        if protocol == "icmp":
            found += ["--icmp-type 8", "--icmp-type 3", "--icmp-type 3/3", "--icmp-type any"]
        if protocol == "icmpv6":
            found += ["--icmpv6-type 128", "--icmpv6-type 1", "--icmpv6-type 1/4"]
        return of(found)

    def target(self, table: str, chain: str, protocol: str) -> str:
        of, own, near = self.pick, OWN[self.family], NEAR[self.family]
        far = {"eth0": "203.0.113.77", "eth1": "10.1.1.20"} if self.family == 4 else {
            "eth0": "2001:db8:9::77", "eth1": "2001:db8:1::20"}  # fmt: skip
        sets = (
            f"-j SET --add-set here {of(('src', 'dst'))}{of(('', ' --exist', ' --timeout 1'))}",
            "-j SET --add-set pairs src,dst", "-j SET --del-set here src",
        )  # fmt: skip
        common = ["", "", "-j ACCEPT", "-j RETURN", "-j LOG", of(sets)]
        if table == "raw":
            zone = of(("--zone 3", "--zone-orig 3", "--zone-reply 3", "--notrack"))
            return of((*common[:4], "-j NOTRACK", f"-j CT {zone}", f"-j CT {zone}"))
        if table == "nat":
            return self._nat(chain, protocol, far)
        if table == "mangle":
            hop = "HL --hl" if self.family == 6 else "TTL --ttl"
            more = [
                f"-j MARK {of(MARKS)}",
                f"-j {hop}-{of(('set 1', 'dec 1', 'inc 5', 'set 64', 'dec 63'))}", "-j DROP",
                "-j TOS --set-tos 0x10", "-j DSCP --set-dscp 10", "-j CONNMARK --set-mark 5",
                "-j CONNMARK --save-mark", "-j CONNMARK --restore-mark",
                "-j CHECKSUM --checksum-fill",
                f"-j TEE --gateway {of(near[of(DEVICES)])}",
            ]  # fmt: skip
            if chain not in ("PREROUTING", "INPUT"):
                more.append("-j CLASSIFY --set-class 1:5")
            if protocol == "tcp":
                more += ["-j TCPOPTSTRIP --strip-options mss,timestamp", "-j ECN --ecn-tcp-remove"]
                more[-1:] = [] if self.family == 6 else ["-j ECN --ecn-tcp-remove"]
            return of((*common, *more, *more))
        more = ["-j DROP", "-j REJECT", f"-j REJECT --reject-with {of(REJECTS[self.family])}"]
        if protocol == "tcp":
            more += ["-j REJECT --reject-with tcp-reset"] * 3
        del own
        return of((*common, *more, *more))

    def _nat(self, chain: str, protocol: str, far: dict[str, str]) -> str:
        of, own, near = self.pick, OWN[self.family], NEAR[self.family]
        bracket = "[{}]" if self.family == 6 else "{}"
        has_ports = protocol in ("udp", "tcp")
        spread = near["eth1"][0] + "-" + near["eth1"][1]
        if chain in ("PREROUTING", "OUTPUT"):
            to = of((*near["eth0"], far["eth0"], own[2], *near["eth1"], spread, "127.0.0.1"))
            if self.family == 6 and to == "127.0.0.1":
                to = "::1"
            if has_ports and self.chance(0.5) and "-" not in to:
                to = bracket.format(to) + of((":8080", ":8080-8082", ":53", ":40000"))
            more = "--to-ports 8080" if has_ports and self.chance(0.6) else ""
            return of((
                f"-j DNAT --to-destination {to}", f"-j DNAT --to-destination {to}",
                f"-j REDIRECT {more}", f"-j NETMAP --to {self.net(of(DEVICES))}", "-j ACCEPT",
                f"-j DNAT --to-destination {of(near['eth0'])} --persistent",
            ))  # fmt: skip
        source = of((own[0], own[1], far["eth0"], own[3], spread, f"{own[0]}-{own[0]}"))
        if has_ports and self.chance(0.3) and "-" not in source:
            source = bracket.format(source) + of((":5000", ":40000"))
        choices = [f"-j SNAT --to-source {source}"] * 2 + [f"-j NETMAP --to {self.net('eth0')}"]
        if chain == "POSTROUTING":
            choices += ["-j MASQUERADE"] * 3
            if has_ports:
                choices.append("-j MASQUERADE --to-ports 5000")
        return of((*choices, "-j ACCEPT"))

    # ---- the packets -------------------------------------------------------------------------

    def make_packets(self, steps: int, local: float = 0.12, waits: float = 0.04) -> None:
        for _ in range(steps):
            if self.lines and self.chance(waits):
                self.lines.append(f"wait {self.pick((500, 1500, 2500, 3500))}ms")
            if self.lines and self.chance(0.42):
                frames = sent(self.host, self.rules, self.lines)
                if frames:
                    frame = self.pick(frames[-4:])
                    self.lines.append(answered(self.random, frame, DEVICES))
                    continue
            self.lines += self.local() if self.chance(local) else self.arriving()

    def part(self, length: int, is_local: bool = False) -> tuple[int, bytes]:
        ports = self.pick((40000, 40000, 40001)), self.pick((53, 80, 80))
        kind = self.pick(("udp", "udp", "tcp", "tcp", "echo", "other"))
        if kind == "udp":
            return 17, udp(length, *ports)
        if kind == "tcp":
            flags = self.pick((2, 2, 2, 2, 16, 24, 17, 4, 20, 0, 18))
            part = tcp(max(length, 20), flags, *ports)
            if flags == 2 and self.chance(0.4):
                part = part[:12] + b"\x80" + part[13:20] + b"\2\4\5\xb4\1\1\1\1\1\1\1\1"
            return 6, part
        if kind == "echo":
            types = (8, 8, 8, 13, 0, 17, 40) if self.family == 4 else (128, 128, 128, 129, 200)
            return 1 if self.family == 4 else 58, echo(
                max(length, 8), self.family, self.pick(types)
            )
        # No SCTP for a process: what takes it in would be a raw socket, which sees all its ports.
        others = (2, 41, 47, 50, 99, 136, *(() if is_local else (132,)))
        return self.pick(others), bytes(range(max(length % 200, 12)))

    def ends(self, device: str) -> tuple[str, str]:
        near, own, odd = NEAR[self.family], OWN[self.family], ODD[self.family]
        other = self.pick([d for d in DEVICES if d != device])
        source = self.pick(
            (*near[device] * 5, self.pick(near[other]), self.pick(odd), self.pick(own))
        )
        target = self.pick((*near[other] * 3, self.pick(near[device]), *own, self.pick(odd),
                            self.pick(odd)))  # fmt: skip
        return source, target

    def arriving(self) -> list[str]:
        device = self.pick(("eth1", "eth1", "eth0", "eth2"))
        source, target = self.ends(device)
        long = self.chance(0.15)
        kind, part = self.part(
            self.pick((1180, 1260, 1280, 1400)) if long else self.pick((20, 40, 8))
        )
        options = b""
        if self.family == 4 and self.chance(0.06):
            options = self.pick(OPTIONS)
        tos, ttl = self.pick((0, 0, 0, 0x10, 3)), self.pick((64, 64, 64, 64, 1, 2))
        df = self.chance(0.4)
        packet = ip(source, target, kind, part, df=df, options=options, tos=tos, ttl=ttl)
        most = self.mtu if device == "eth0" else 1500
        macs = ""
        if self.chance(0.03):
            macs = "dst-mac ff:ff:ff:ff:ff:ff"
        if self.chance(0.04):
            packet = packet[:-1] + bytes((packet[-1] ^ 5,))
        if self.chance(0.13) and len(part) >= 24:
            sizes = self.pick(((8,), (16,), (8, 8), (24,), (640,), (1208,)))
            pieces = cut(packet, *sizes, ident=self.pick((77, 78)))
            if self.chance(0.2):
                pieces.reverse()
            if self.chance(0.1):
                pieces.pop()
            return [into(device, piece, macs) for piece in pieces]
        return [into(device, packet[:most], macs)]

    def local(self) -> list[str]:
        own, near, odd = OWN[self.family], NEAR[self.family], ODD[self.family]
        loopback = "127.0.0.1" if self.family == 4 else "::1"
        source = self.pick((*own, loopback))
        target = self.pick((*(self.pick(near[d]) for d in DEVICES), self.pick(own), loopback,
                            self.pick(odd)))  # fmt: skip
        kind, part = self.part(self.pick((20, 40, 40, 1220)), is_local=True)
        packet = ip(source, target, kind, part, ttl=self.pick((64, 64, 64, 1)),
                    tos=self.pick((0, 0, 0x10)))  # fmt: skip
        return [f'local hex "{packet.hex()}"']


SHARES = {"raw": 0.3, "mangle": 0.5, "nat": 0.55, "filter": 0.85}


def _drawn(name: str, seed: int, family: int, shares: dict[str, float], **more: float) -> Scenario:
    drawer = Drawer(random.Random(f"{name} {seed}"), family)
    drawer.make_host(short=bool(more.get("waits")))
    drawer.make_rules(shares)
    drawer.make_packets(drawer.pick((3, 4, 6, 8)), **more)
    packets = "\n".join(drawer.lines) + "\n"
    return Scenario(title=f"{name} {seed}", host=drawer.host, rules=drawer.rules, packets=packets)


def rules4(seed: int) -> Scenario:
    """IPv4 and rules of all kinds."""
    return _drawn("rules4", seed, 4, SHARES)


def rules6(seed: int) -> Scenario:
    """IPv6 and rules of all kinds."""
    return _drawn("rules6", seed, 6, SHARES)


def late(seed: int) -> Scenario:
    """Time passes between packets, more than some timeouts."""
    return _drawn("late", seed, 4 if seed % 3 else 6, SHARES | {"raw": 0.1}, waits=0.35)


def local(seed: int) -> Scenario:
    """What processes of the host send."""
    return _drawn("local", seed, 4 if seed % 2 else 6, SHARES, local=0.75)
