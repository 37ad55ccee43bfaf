"""Arguments for every match, drawn so that packets of the scenario hold them or just miss."""

from __future__ import annotations

from sim.model.rules import Hook
from sim.tools.generate.place import MakeArgs, RulePlace
from sim.tools.generate.world import GIDS, PAYLOADS, SETS, TOS, TTLS, UIDS

P, I, F, O, S = (  # noqa: E741 -- the five hooks, in order
    Hook.PREROUTING, Hook.INPUT, Hook.FORWARD, Hook.OUTPUT, Hook.POSTROUTING,
)  # fmt: skip
FLAGS = ("SYN", "ACK", "FIN", "RST", "URG", "PSH")


def _ports(place: RulePlace) -> str:
    return place.words(
        f"{place.negation()}--sport {place.port_range()}",
        f"{place.negation()}--dport {place.port_range()}",
        least=1,
    )


def _tcp(place: RulePlace) -> str | None:
    if place.protocol != "tcp":
        return None
    mask = place.words(*FLAGS, least=1).split()
    compared = place.random.sample(mask, place.random.randint(0, min(2, len(mask))))
    flags = place.world.pick((
        "--syn",
        f"--tcp-flags {','.join(mask)} {','.join(compared) or 'NONE'}",
        "--tcp-flags SYN,ACK SYN",
        "--tcp-flags ALL NONE",
    ))  # fmt: skip
    return place.words(
        f"{place.negation()}--sport {place.port_range()}",
        f"{place.negation()}--dport {place.port_range()}",
        f"{place.negation()}{flags}",
        f"{place.negation()}--tcp-option {place.world.pick((2, 3, 8))}",
    )


def _udp(place: RulePlace) -> str | None:
    return _ports(place) if place.protocol == "udp" else None


def _sctp(place: RulePlace) -> str | None:
    if place.protocol != "sctp":
        return None
    kind = place.world.pick(("all", "any", "only"))
    types = place.words("INIT", "DATA", "ABORT", "COOKIE_ECHO", least=1).replace(" ", ",")
    return f"{_ports(place)} " + place.words(f"{place.negation()}--chunk-types {kind} {types}")


def _dccp(place: RulePlace) -> str | None:
    if place.protocol != "dccp":
        return None
    return f"{_ports(place)} " + place.words(
        f"{place.negation()}--dccp-types REQUEST,RESPONSE", f"{place.negation()}--dccp-option 5"
    )


def _icmp(place: RulePlace) -> str | None:
    if place.protocol != "icmp":
        return None
    kind = place.world.pick(("8", "0", "3", "3/3", "echo-request", "any", "11/0", "time-exceeded"))
    return f"{place.negation()}--icmp-type {kind}"


def _icmp6(place: RulePlace) -> str | None:
    if place.protocol != "icmpv6":
        return None
    kind = place.world.pick(
        ("128", "129", "1", "1/4", "echo-request", "3", "135", "packet-too-big")
    )
    return f"{place.negation()}--icmpv6-type {kind}"


def _multiport(place: RulePlace) -> str | None:
    if place.protocol not in ("tcp", "udp", "sctp", "udplite", "dccp"):
        return None
    ports = [
        str(place.port()) if place.chance(0.7) else f"{place.port()}:65535"
        for _ in range(place.random.randint(1, 5))
    ]
    option = place.world.pick(("--sports", "--dports", "--dports", "--ports"))
    return f"{place.negation()}{option} {','.join(ports)}"


def _conntrack(place: RulePlace) -> str:
    states = place.words(
        "INVALID", "NEW", "ESTABLISHED", "RELATED", "UNTRACKED", "SNAT", "DNAT", least=1
    ).replace(" ", ",")
    status = place.words("NONE", "SEEN_REPLY", "ASSURED", "CONFIRMED", "EXPECTED", least=1)
    n = place.negation
    protocol = place.world.pick(("tcp", "udp", "icmp", "6"))
    kinds = (
        f"{n()}--ctstate {states}",
        f"{n()}--ctstate {place.world.pick(('NEW', 'ESTABLISHED', 'RELATED,ESTABLISHED'))}",
        f"{n()}--ctproto {protocol}",
        f"{n()}--ctorigsrc {place.network()}",
        f"{n()}--ctorigdst {place.network()}",
        f"{n()}--ctreplsrc {place.network()}",
        f"{n()}--ctrepldst {place.network()}",
        f"{n()}--ctorigsrcport {place.port_range()}",
        f"{n()}--ctorigdstport {place.port_range()}",
        f"{n()}--ctreplsrcport {place.port_range()}",
        f"{n()}--ctrepldstport {place.port_range()}",
        f"{n()}--ctstatus {status.replace(' ', ',')}",
        f"{n()}--ctexpire {place.world.pick(('0:0', '1:200', '1:1000000', '0:130'))}",
        f"--ctdir {place.world.pick(('ORIGINAL', 'REPLY'))}",
    )
    first = place.world.pick(kinds)
    second = place.world.pick(kinds)
    same = first.removeprefix("! ").split()[0] == second.removeprefix("! ").split()[0]
    return first if same or place.chance(0.6) else f"{first} {second}"


def _state(place: RulePlace) -> str:
    states = place.words("INVALID", "NEW", "ESTABLISHED", "RELATED", "UNTRACKED", least=1)
    return f"{place.negation()}--state {states.replace(' ', ',')}"


def _mark(place: RulePlace) -> str:
    return f"{place.negation()}--mark {place.mark()}"


def _comment(place: RulePlace) -> str:
    return "--comment " + place.world.pick(
        ("plain", '"two words"', '"it\'s \\"quoted\\""', "a-b_c")
    )


def _limit(place: RulePlace) -> str:
    rate = place.world.pick(("1/min", "3/hour", "5/min", "10/day", "1/sec"))
    return f"--limit {rate} " + place.words(f"--limit-burst {place.world.pick((1, 2, 3, 5))}")


def _hashlimit(place: RulePlace) -> str:
    name = f"h{place.random.randrange(4)}{place.family}{place.table[0]}"
    kind = place.world.pick(("upto", "above"))
    rate = place.world.pick(("1/min", "5/hour", "10/day"))
    burst = f"--hashlimit-burst {place.world.pick((1, 2, 5))}"
    modes = place.words("srcip", "dstip", "srcport", "dstport").replace(" ", ",")
    words = [f"--hashlimit-{kind} {rate}", burst]
    if modes:
        words.append(f"--hashlimit-mode {modes}")
        if "srcip" in modes and place.chance(0.3):
            words.append(f"--hashlimit-srcmask {24 if place.family == 4 else 64}")
    return " ".join([*words, f"--hashlimit-name {name}"])


def _recent(place: RulePlace) -> str:
    name = f"r{place.random.randrange(2)}"
    side = place.words(place.world.pick(("--rsource", "--rdest")))
    n = place.negation(0.1)
    kind = place.random.random()
    if kind < 0.4:
        return f"{n}--set --name {name} {side}"
    if kind < 0.5:
        return f"{n}--remove --name {name} {side}"
    check = place.world.pick(("--rcheck", "--update"))
    extra = place.words(
        f"--seconds {place.world.pick((60, 300))}",
        f"--hitcount {place.world.pick((1, 2, 3))}",
        "--rttl",
    )
    mask = place.words("--mask 255.255.255.0" if place.family == 4 else "--mask ffff:ffff::")
    return f"{n}{check} {extra} --name {name} {mask} {side}"


def _connlimit(place: RulePlace) -> str:
    kind = place.world.pick(("--connlimit-above", "--connlimit-upto"))
    mask = f"--connlimit-mask {place.world.pick((0, 8, 24, 32))}"
    return f"{kind} {place.world.pick((0, 1, 2))} " + place.words(
        mask, place.world.pick(("--connlimit-saddr", "--connlimit-daddr"))
    )


def _connbytes(place: RulePlace) -> str:
    low = place.world.pick((0, 1, 2, 60))
    amount = place.world.pick((f"{low}:", f"{low}:{low + place.random.randrange(200)}", str(low)))
    direction = place.world.pick(("original", "reply", "both"))
    mode = place.world.pick(("packets", "bytes", "avgpkt"))
    return (
        f"{place.negation()}--connbytes {amount} --connbytes-dir {direction} "
        f"--connbytes-mode {mode}"
    )


def _connlabel(place: RulePlace) -> str:
    return f"{place.negation()}--label {place.random.randrange(4)} " + place.words("--set")


def _cluster(place: RulePlace) -> str:
    total = place.world.pick((2, 3))
    return (
        f"--cluster-total-nodes {total} {place.negation()}--cluster-local-node "
        f"{place.random.randint(1, total)} --cluster-hash-seed {place.random.randrange(1, 99):#x}"
    )


def _addrtype(place: RulePlace) -> str:
    types: tuple[str, ...] = ("UNICAST", "LOCAL", "MULTICAST", "ANYCAST", "UNREACHABLE")
    if place.family == 4:
        types = ("UNICAST", "LOCAL", "BROADCAST", "MULTICAST", "UNREACHABLE", "ANYCAST", "PROHIBIT")
    words = place.words(
        f"{place.negation()}--src-type {place.world.pick(types)}",
        f"{place.negation()}--dst-type {place.words(*types[:-1], least=1).replace(' ', ',')}",
        least=1,
    )
    if place.within(P, I, F) and place.chance(0.2):
        words += " --limit-iface-in"
    elif place.within(F, O, S) and place.chance(0.2):
        words += " --limit-iface-out"
    return words


def _owner(place: RulePlace) -> str | None:
    if not place.within(O, S):
        return None
    uid, gid = place.world.pick(UIDS), place.world.pick(GIDS)
    found = [item for item in place.world.facts if item.uid is not None]
    if found and place.chance(0.6):
        fact = place.world.pick(found)
        uid, gid = fact.uid or 0, fact.gid
    return place.words(
        f"{place.negation()}--uid-owner {uid if place.chance(0.7) else f'{uid}-{uid + 500}'}",
        f"{place.negation()}--gid-owner {gid}",
        f"{place.negation()}--socket-exists",
        least=1,
    )


def _set(place: RulePlace) -> str | None:
    names = place.world.sets.get(place.family, ())
    if not names:
        return None
    name = place.world.pick(names)
    sides = ("src", "dst")
    direction = ",".join(place.world.pick(sides) for _ in range(SETS[name]))
    return f"{place.negation()}--match-set {name} {direction} " + place.words(
        "--return-nomatch" if name.startswith("nets") else "",
        place.world.pick(("--packets-gt 0", "! --packets-eq 1")) if name == "hosts" else "",
    )


def _physdev(place: RulePlace) -> str | None:
    kinds = [f"{place.negation()}--physdev-in {place.device()}", "! --physdev-is-in"]
    kinds.append(f"{place.negation()}--physdev-is-bridged")
    if place.world.bridges and place.within(F, S):
        kinds += [
            f"{place.negation()}--physdev-out {place.device()} --physdev-is-bridged",
            f"{place.negation()}--physdev-out {place.device()}",
            f"{place.negation()}--physdev-is-out",
            f"--physdev-in {place.device()} ! --physdev-out {place.device()} --physdev-is-bridged",
        ]
    return place.world.pick(kinds)


def _mac(place: RulePlace) -> str | None:
    if not place.within(P, I, F):
        return None
    mac = place.world.pick(("02:00:00:01:00:02", "02:00:00:01:00:03", "02:00:00:00:00:99"))
    return f"{place.negation()}--mac-source {mac}"


def _pkttype(place: RulePlace) -> str:
    kind = place.world.pick(("unicast", "unicast", "broadcast", "multicast"))
    return f"{place.negation()}--pkt-type {kind}"


def _length(place: RulePlace) -> str:
    low = place.world.pick((28, 40, 44, 48, 60, 84, 100))
    return f"{place.negation()}--length " + place.world.pick(
        (f"{low}:", f":{low}", f"{low}:{low + 9}")
    )


def _ttl(place: RulePlace) -> str:
    value = place.world.pick((*TTLS, 63, 63, 127, 1))
    return place.world.pick(
        (f"{place.negation()}--ttl-eq {value}", f"--ttl-gt {value}", f"--ttl-lt {value}")
    )


def _hl(place: RulePlace) -> str:
    return _ttl(place).replace("--ttl-", "--hl-")


def _tos(place: RulePlace) -> str:
    value = place.world.pick(TOS)
    return f"{place.negation()}--tos " + place.world.pick((
        f"{value:#x}", f"{value:#x}/{place.world.pick((0xFC, 0x1E, 0x3)):#x}", "Minimize-Delay",
    ))  # fmt: skip


def _dscp(place: RulePlace) -> str:
    value = place.world.pick(TOS) >> 2
    kind = place.world.pick((f"--dscp {value:#x}", "--dscp-class EF", "--dscp-class CS1"))
    return f"{place.negation()}{kind}"


def _ecn(place: RulePlace) -> str:
    kinds = [f"{place.negation()}--ecn-ip-ect {place.random.randrange(4)}"]
    if place.protocol == "tcp":
        kinds += [f"{place.negation()}--ecn-tcp-cwr", f"{place.negation()}--ecn-tcp-ece"]
    return place.world.pick(kinds)


def _iprange(place: RulePlace) -> str:
    option = place.world.pick(("--src-range", "--dst-range"))
    low, high = sorted((place.address(), place.address()), key=lambda text: _number(text))
    return f"{place.negation()}{option} {low}-{high}"


def _number(text: str) -> int:
    from ipaddress import ip_address

    return int(ip_address(text))


def _string(place: RulePlace) -> str:
    text = place.world.pick(PAYLOADS)
    start = place.random.randrange(max(1, len(text) - 3))
    piece = text[start : start + place.random.randint(1, 6)].strip() or "a"
    algorithm = place.world.pick(("bm", "kmp"))
    case = ""
    if place.chance(0.3):
        piece, case = piece.swapcase(), " --icase"
    pattern = f'--string "{piece}"'
    if place.chance(0.3):
        pattern = f'--hex-string "|{piece.encode().hex()}|"'
    limits = place.words(
        f"--from {place.world.pick((0, 28, 40))}", f"--to {place.world.pick((60, 100, 1500))}"
    )
    return f"{place.negation()}{pattern} --algo {algorithm}{case} {limits}"


def _u32(place: RulePlace) -> str:
    programs: tuple[str, ...]
    if place.family == 4:
        programs = (
            "6&0xFF=6", "6&0xFF=17", "4&0x3FFF=0", "8>>24=60:64", "12=0xC0A86400:0xC0A864FF",
            "0>>22&0x3C@0>>16=0:1024", "0>>22&0x3C@12>>26&0x3C@0=0x48454C4C",
            "2&0xFFFF=0x1C:0x40&&6&0xFF=17", "400=1",
        )  # fmt: skip
    else:
        programs = ("4&0xFF=64", "3&0xFF=6,17", "0>>28=6", "36&0xFFFF=7", "400=1")
    return f'{place.negation()}--u32 "{place.world.pick(programs)}"'


def _bpf(place: RulePlace) -> str:
    protocol = place.world.pick((6, 17, 1, 58))
    at = 9 if place.family == 4 else 6
    return place.world.pick((
        f'--bytecode "4,48 0 0 {at},21 0 1 {protocol},6 0 0 1,6 0 0 0"',
        '--bytecode "5,32 0 0 12,84 0 0 255,21 0 1 5,6 0 0 65535,6 0 0 0"',
        '--bytecode "2,128 0 0 0,22 0 0 0"',
    ))  # fmt: skip


def _time(place: RulePlace) -> str:
    return place.world.pick((
        "--weekdays Mon,Tue,Wed,Thu,Fri,Sat,Sun",
        "--timestart 00:00:00 --timestop 23:59:59",
        "--datestop 2036-12-31",
        "--datestart 2036-12-31",
        f"! --monthdays {','.join(map(str, range(1, 32)))}",
    ))  # fmt: skip


def _statistic(place: RulePlace) -> str:
    if place.chance(0.2):
        return f"--mode random {place.negation()}--probability {place.world.pick((0, 1))}"
    every = place.random.randint(1, 4)
    return f"--mode nth {place.negation()}--every {every} --packet {place.random.randrange(every)}"


def _quota(place: RulePlace) -> str:
    return f"{place.negation()}--quota {place.world.pick((0, 60, 100, 200, 1000))}"


def _rpfilter(place: RulePlace) -> str | None:
    if not place.within(P) or place.table not in ("raw", "mangle"):
        return None
    return place.words("--loose", "--validmark", "--accept-local", "--invert")


def _socket(place: RulePlace) -> str | None:
    if not place.within(P, I):
        return None
    return place.words("--transparent", "--nowildcard")


def _helper(place: RulePlace) -> str:
    return f"{place.negation()}--helper ftp"


def _tcpmss(place: RulePlace) -> str | None:
    if place.protocol != "tcp":
        return None
    low = place.world.pick((500, 536, 1200, 1400))
    return f"{place.negation()}--mss {low}:{low + place.world.pick((0, 100, 300))}"


def _spi(option: str, protocol: str) -> MakeArgs:
    def make(place: RulePlace) -> str | None:
        if place.protocol != protocol:
            return None
        low = place.random.randrange(3) * 100
        return f"{place.negation()}--{option} {low}:{low + 200}"

    return make


def _ah(place: RulePlace) -> str | None:
    if place.family == 6:
        return f"{place.negation()}--ahspi 0:300 " + place.words(
            f"{place.negation()}--ahlen 16", "--ahres"
        )
    return _spi("ahspi", "ah")(place)


def _frag(place: RulePlace) -> str:
    return place.words(
        f"{place.negation()}--fragid 77",
        place.world.pick(("--fragfirst", "--fragmore", "--fraglast")),
    )


def _options(prefix: str) -> MakeArgs:
    def make(place: RulePlace) -> str | None:
        return place.words(f"{place.negation()}--{prefix}-len 8", f"--{prefix}-opts 1,5:2")

    return make


def _rt(place: RulePlace) -> str:
    return place.words(
        f"{place.negation()}--rt-type {place.world.pick((0, 2))}",
        f"{place.negation()}--rt-segsleft 0:2",
        f"{place.negation()}--rt-len {place.world.pick((8, 24))}",
    )


def _ipv6header(place: RulePlace) -> str:
    names = place.words("hop", "dst", "route", "frag", "none", "prot", "esp", least=1)
    return f"{place.negation()}--header {names.replace(' ', ',')} " + place.words("--soft")


def _nfacct(place: RulePlace) -> str | None:
    accounts = place.world.accounts
    return f"--nfacct-name {place.world.pick(accounts)}" if accounts else None


def _mh(place: RulePlace) -> str | None:
    if place.protocol != "mobility-header":
        return None
    return f"{place.negation()}--mh-type {place.world.pick(('0', '5', '1:6'))}"


def _eui64(place: RulePlace) -> str | None:
    return "" if place.within(P, I, F) else None


def _srh(place: RulePlace) -> str:
    return place.words(
        f"{place.negation()}--srh-next-hdr 17", f"{place.negation()}--srh-last-entry-eq 0"
    )


def _realm(place: RulePlace) -> str | None:
    if not place.within(I, F, O, S):
        return None
    return f"{place.negation()}--realm {place.world.pick((0, 3, 5))}"


def _devgroup(place: RulePlace) -> str | None:
    group = place.world.pick((0, 1, 7))
    if place.within(P, I, F):
        return f"{place.negation()}--src-group {group:#x}"
    if place.within(F, O, S):
        return f"{place.negation()}--dst-group {group:#x}"
    return None


def _cgroup(place: RulePlace) -> str | None:
    return (
        f"{place.negation()}--cgroup {place.world.pick((0, 5))}" if place.within(I, O, S) else None
    )


def _policy(place: RulePlace) -> str | None:
    pol = place.world.pick(("none", "ipsec"))
    if place.within(P, I, F):
        return f"--dir in --pol {pol}"
    if place.within(F, O, S):
        return f"--dir out --pol {pol}"
    return None


def _osf(place: RulePlace) -> str | None:
    if place.protocol != "tcp" or not place.within(P, I, F) or place.family != 4:
        return None
    return f"{place.negation()}--genre Linux"


def _rateest(place: RulePlace) -> str | None:
    return None  # needs an estimator that another rule keeps


def _cpu(place: RulePlace) -> str:
    return f"{place.negation()}--cpu {place.world.pick((0, 1))}"


def _ipcomp(place: RulePlace) -> str | None:
    if place.protocol != "ipcomp":
        return None
    return f"{place.negation()}--ipcompspi 0:200"


MATCH_ARGS: dict[str, MakeArgs] = {
    "addrtype": _addrtype, "ah": _ah, "bpf": _bpf, "cgroup": _cgroup, "cluster": _cluster,
    "comment": _comment, "connbytes": _connbytes, "connlabel": _connlabel,
    "connlimit": _connlimit, "connmark": _mark, "conntrack": _conntrack, "cpu": _cpu,
    "dccp": _dccp, "devgroup": _devgroup, "dscp": _dscp, "dst": _options("dst"), "ecn": _ecn,
    "esp": _spi("espspi", "esp"), "eui64": _eui64, "frag": _frag, "hashlimit": _hashlimit,
    "hbh": _options("hbh"), "helper": _helper, "hl": _hl, "icmp": _icmp, "icmp6": _icmp6,
    "ipcomp": _ipcomp, "iprange": _iprange, "ipv6header": _ipv6header, "length": _length,
    "limit": _limit, "mac": _mac, "mark": _mark, "mh": _mh, "multiport": _multiport,
    "nfacct": _nfacct,
    "osf": _osf, "owner": _owner, "physdev": _physdev, "pkttype": _pkttype, "policy": _policy,
    "quota": _quota, "rateest": _rateest, "realm": _realm, "recent": _recent,
    "rpfilter": _rpfilter, "rt": _rt, "sctp": _sctp, "set": _set, "socket": _socket,
    "srh": _srh, "state": _state, "statistic": _statistic, "string": _string, "tcp": _tcp,
    "tcpmss": _tcpmss, "time": _time, "tos": _tos, "ttl": _ttl, "u32": _u32, "udp": _udp,
}  # fmt: skip
