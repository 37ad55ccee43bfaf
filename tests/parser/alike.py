"""``python -m tests.parser.alike [COUNT]``: texts read with templates and without, side by side.

Random dumps of few shapes with many values, aimed at where a template may go wrong: negations,
quotes, comments, counters, tabs and odd blanks, lists, other spellings of options, options given
twice, values that an option refuses or that begin like one, unknown names, chains that come
later, long names, and commands that change what dumps have made.
"""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import dataclass
from random import Random

from sim.base import budget
from sim.base.errors import Refused
from sim.model.rules import Chain, Rules
from sim.read.names import names_of
from sim.read.rules.ruleset import load_rules
from sim.read.rules.thrift import Thrift, ordinary_reader_alone, read_with

LONG = "a" * 28
CHAINS = ("A", "B", "web-in", "KUBE-SVC-01", "x:y", LONG)
CHAIN = (*CHAINS, "A", "B", "INPUT", "OUTPUT", "FORWARD", "missing", LONG + "b", "LOG", "ACCEPT")
SOURCE = {
    4: (
        "10.0.0.1",
        "10.0.0.2/32",
        "10.9.0.0/16",
        "0.0.0.0/0",
        "10.0.0.1/255.0.255.0",
        "010.0.0.1",
        "10.0.0.1,10.0.0.2",
        "10.1",
        "300.0.0.1",
        "host",
        "fd00::1",
        "any/0",
        "10.0.0.1/33",
        "1e3",
        "10.0.0.1/08",
        "-x",
        '"10.0.0.3"',
        "10.0.0.4/",
        "10.0.0.5\r",
        "١.0.0.1",
        "10.0.0.300/8",
    ),
    6: (
        "fd00::1",
        "2001:db8::/32",
        "::/0",
        "fd00::1,fd00::2",
        "fd00::1/ffff::",
        "10.0.0.1",
        "::g",
        "fd00::1/129",
        "fe80::1%eth0",
        '"fd00::3"',
        "fd00::7/64",
        "host6",
    ),
}
DEVICE = (
    "eth0",
    "eth1",
    "eth+",
    "+",
    "br-lan.7",
    "averylongdevice",
    "sixteen-letters0",
    "e/h",
    "é",
)
PORT = (
    "22",
    "80",
    "443",
    "8000:8010",
    "1024:",
    ":99",
    "ssh",
    "nope",
    "70000",
    "99:1",
    "0x50",
    "010",
    "8080",
    '"81"',
    "!",
    "80,81",
    "",
)
PORTS = (
    "22,80",
    "1:9,80",
    "22",
    "ssh,http",
    "22,nope",
    "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16",
    "9:1",
)
STATE = ("NEW", "ESTABLISHED,RELATED", "RELATED,ESTABLISHED", "INVALID", "new", "BOGUS", "NEW,")
COMMENT = (
    "plain",
    '"two words"',
    '"it is \\"so\\""',
    '"a:b/c"',
    '"- dash"',
    '"! no"',
    '""',
    "é",
    "'x y'",
    '"unclosed',
    "a" * 256,
    '"#"',
    '"default/service-1:http"',
    "-x",
    "a!b",
)
NUMBER = ("1", "0x10", "77", "010", "4294967295", "4294967296", "1/2", "0x1/0xff", "x", "-1", "+5")
RATE = ("3/min", "10/second", "5/hour", "0/sec", "3/fortnight", "100000/sec", "1/s")
FLAGS = ("SYN SYN", "FIN,SYN,RST,ACK SYN", "ALL NONE", "SYN", "SYN BOGUS", "NONE NONE")
TO = (
    "10.0.0.9",
    "10.0.0.9:80",
    "10.0.0.9-10.0.0.12",
    "10.0.0.9:99-80",
    "fd00::9",
    "[fd00::9]:80",
    ":80",
)
REJECTED = ("icmp-port-unreachable", "tcp-reset", "icmp6-port-unreachable", "bogus", "port-unreach")
SETS = ("s src", "s dst", "s src,dst", "t src", "missing dst", "s")
VALUES = {
    "CHAIN": CHAIN,
    "DEV": DEVICE,
    "PORT": PORT,
    "PORTS": PORTS,
    "STATE": STATE,
    "COMMENT": COMMENT,
    "NUMBER": NUMBER,
    "RATE": RATE,
    "FLAGS": FLAGS,
    "TO": TO,
    "REJECTED": REJECTED,
    "SETS": SETS,
    "MAC": ("00:11:22:33:44:55", "XX:XX:XX:XX:XX:XX", "00:11:22:33:44:5"),
    "TYPE": ("8", "echo-request", "8/0", "any", "bogus", "128"),
    "RANGE": ("10.0.0.1-10.0.0.9", "10.0.0.9-10.0.0.1", "fd00::1-fd00::9", "10.0.0.1"),
    "USER": ("root", "0", "nobody", "1000", "0-10", "noone"),
    "NAME": ("web", "ssh", "n" * 256, "a/b"),
    "COUNT": ("1 2", "0,0", "5", "x y"),
    "LOG": ('"drop: "', "x", '"' + "p" * 40 + '"', "-x"),
    "TYPES": ("LOCAL", "BROADCAST", "UNICAST,LOCAL", "X"),
}
CLAUSES = (
    "-s SRC",
    "-d SRC",
    "! -s SRC",
    "! -d SRC",
    "--source SRC",
    "--dst SRC",
    "-i DEV",
    "-o DEV",
    "! -i DEV",
    "--in-interface DEV",
    "-p tcp",
    "-p udp",
    "! -p tcp",
    "-p all",
    "-p icmp",
    "-p 6",
    "-p TCP",
    "-f",
    "! -f",
    "-c COUNT",
    "--sourc SRC",
    "-s SRC -s SRC",
    "-4",
    "-6",
    "--source=SRC",
)
MATCHES = (
    "-p tcp -m tcp --dport PORT",
    "-p udp -m udp --dport PORT --sport PORT",
    "-p tcp --dport PORT",
    "-p tcp -m tcp ! --dport PORT",
    "-p tcp -m tcp --destination-port PORT",
    "-p udp -m tcp --dport PORT",
    "-p tcp -m tcp --dpo PORT",
    "-p tcp -m tcp --dport PORT --dport PORT",
    "-p tcp -m tcp --tcp-flags FLAGS",
    "-p tcp -m tcp --dport=PORT",
    "-p tcp --syn -m tcp --dport PORT",
    "-p tcp -m multiport --dports PORTS",
    "-p tcp -m multiport ! --ports PORTS",
    "-m multiport --dports PORTS",
    "-m conntrack --ctstate STATE",
    "-m state --state STATE",
    "-m conntrack ! --ctstate STATE --ctproto NUMBER",
    "-m comment --comment COMMENT",
    "-m comment --comment COMMENT -p tcp -m comment --comment COMMENT",
    "-m mark --mark NUMBER",
    "-m mark ! --mark NUMBER",
    "-m limit --limit RATE",
    "-m limit --limit RATE --limit-burst NUMBER",
    "-m set --match-set SETS",
    "-m set ! --match-set SETS",
    "-m mac --mac-source MAC",
    "-p icmp -m icmp --icmp-type TYPE",
    "-p icmpv6 -m icmp6 --icmpv6-type TYPE",
    "-p ipv6-icmp -m icmpv6 --icmpv6-type TYPE",
    "-m iprange --src-range RANGE",
    "-m owner --uid-owner USER",
    "-m recent --name NAME --rcheck --seconds NUMBER --rsource",
    "-m recent --set --name NAME",
    "-m addrtype --dst-type TYPES",
    "-m physdev --physdev-in DEV",
    "-m statistic --mode nth --every NUMBER --packet NUMBER",
    "-m hashlimit --hashlimit-upto RATE --hashlimit-name NAME",
    "-m connlimit --connlimit-above NUMBER",
    "-m length --length PORT",
    "-m ttl --ttl-eq NUMBER",
    "-m string --string NAME --algo bm",
    "-m bogus --x NUMBER",
    "-m tcp --dport PORT",
    "-m frag --fragid NUMBER",
    "-m cgroup --cgroup NUMBER",
    "--bogus NUMBER",
    "-m pkttype --pkt-type unicast",
)
JUMPS = (
    "-j CHAIN",
    "-j CHAIN",
    "-g CHAIN",
    "--jump CHAIN",
    "-j ACCEPT",
    "-j DROP",
    "-j RETURN",
    "",
    "-j MARK --set-mark NUMBER",
    "-j MARK --set-xmark NUMBER",
    "-j LOG --log-prefix LOG",
    "-j LOG",
    "-j REJECT --reject-with REJECTED",
    "-j REJECT",
    "-j DNAT --to-destination TO",
    "-j TCPMSS --clamp-mss-to-pmtu",
    "-j SNAT --to-source TO",
    "-j MASQUERADE --to-ports PORT",
    "-j CT --notrack",
    "-j CONNMARK --save-mark",
    "-j NFLOG --nflog-group NUMBER",
    "-j SET --add-set SETS",
    "-j CT --zone NUMBER",
    "-j TCPMSS --set-mss NUMBER",
    "-j NOPE",
    "-jACCEPT",
    "-j CHAIN --bogus",
    "-j DSCP --set-dscp NUMBER",
    "-j TEE --gateway SRC",
    "-j RATEEST --rateest-name NAME --rateest-interval 250ms --rateest-ewmalog 500ms",
)
ADDS = ("-A CHAIN",) * 9 + (
    "-A INPUT",
    "-A OUTPUT",
    "-A FORWARD",
    "-A PREROUTING",
    "[NUM:NUM] -A CHAIN",
    "[NUM:NUM] -A INPUT",
    "--append CHAIN",
    "-I CHAIN",
    "-I CHAIN 1",
    "-D CHAIN",
    "-C CHAIN",
    "-R CHAIN 1",
    "[x:y] -A CHAIN",
    "-ACHAIN",
    '-A "A"',
)
TABLES = ("filter", "filter", "filter", "nat", "mangle", "raw", "security")
BETWEEN = (" ",) * 12 + ("  ", "\t", " \t ")
ODD = (
    "",
    " ",
    "# Not told by the listing: in",
    "# a remark",
    ":LATER - [0:0]",
    ":A - [0:0]",
    "-F A",
    "-X LATER",
    ":B -",
    "-E A A2",
    "-E A2 A",
    "-E B ACCEPT",
    "-N NEW",
    "-P INPUT DROP",
    "-Z",
    "*nat",
    "nonsense",
    "-A",
    "-A A -j",
    "!",
    ":INPUT DROP [9:9]",
    ": - [0:0]",
    ":ACCEPT - [0:0]",
    ":spaced  - [0:0]",
    f":{LONG}c - [0:0]",
    ":c\u00e9 - [0:0]",
    ":C - [7:8]",
    ":D DROP [0:0]",
    "-V",
    "-A A -j ACCEPT",
    "-A INPUT -j A",
    "-A A -j B",
    "-A B -j A",
    "-A A " + "-m comment --comment x " * 90,
)
COMMANDS = (
    "iptables -A INPUT -j ACCEPT",
    "iptables -E A RENAMED",
    "iptables -D A 1",
    "iptables -I INPUT -j A",
    "iptables -F B",
    "ip6tables -A INPUT -s fd00::1 -j DROP",
    "iptables -A FORWARD -m tcp -p tcp --dport 1 -j B",
    "iptables -D INPUT -j ACCEPT",
    "iptables -t nat -A POSTROUTING -j MASQUERADE",
    "iptables -P INPUT DROP",
)


def make_text(seed: int) -> str:
    """A rules text of a seed: dumps, now and then with commands behind."""
    random = Random(seed)
    family = random.choice((4, 4, 6))
    lines = []
    if random.random() < 0.7:
        tool = "ip6tables" if family == 6 else "iptables"
        lines.append(f"# Generated by {tool}-save v1.8.9{random.choice(('', ' (nf_tables)'))}")
    for _ in range(random.choice((1, 1, 2))):
        lines += _dump(random, family)
    if random.random() < 0.4:
        lines += random.choices(COMMANDS, k=4)
    return "\n".join(lines) + "\n"


def _dump(random: Random, family: int) -> list[str]:
    lines = [f"*{random.choice(TABLES)}"]
    lines += [f":{name} - [0:0]" for name in CHAINS if random.random() < 0.95]
    shapes = [_shape(random) for _ in range(random.randint(1, 4))]
    odd = random.choice((0.0, 0.0, 0.1))
    spoiled = random.choice((0.0, 0.05, 0.3))
    for _ in range(random.randint(10, 60)):
        if random.random() < odd:
            lines.append(random.choice(ODD))
        else:
            lines.append(_line(random, random.choice(shapes), family, spoiled))
    if random.random() < 0.97:
        lines.append("COMMIT")
    return lines


def _shape(random: Random) -> tuple[str, ...]:
    """The words of a line, with the blank that stands before each."""
    clauses = random.sample(CLAUSES, random.randint(0, 2)) if random.random() < 0.7 else []
    matches = random.sample(MATCHES, random.choice((0, 1, 1, 2)))
    parts = [random.choice(ADDS), *clauses, *matches, random.choice(JUMPS)]
    if random.random() < 0.1:
        random.shuffle(parts)
    words = " ".join(part for part in parts if part).split(" ")
    plain = random.random() < 0.85
    return tuple(word + (" " if plain else random.choice(BETWEEN)) for word in words)


def _line(random: Random, shape: tuple[str, ...], family: int, spoiled: float) -> str:
    """Mostly with values of the front half of each list, where the good ones are."""
    made = ""
    for word in shape:
        for name in ("SRC", *VALUES):
            if name in word:
                values = SOURCE[family] if name == "SRC" else VALUES[name]
                if random.random() >= spoiled:
                    values = values[: max(2, len(values) // 3)]
                word = word.replace(name, random.choice(values), 1)
                break
        while "NUM" in word and word.startswith("["):
            word = word.replace("NUM", str(random.choice((0, 7, 123456))), 1)
        made += word
    return made.rstrip(" ") if random.random() < 0.95 else made


@dataclass(frozen=True, slots=True)
class Read:
    """What came of a text: rules or errors, and what reading it has cost."""

    rules: Rules | None
    errors: tuple[tuple[object, ...], ...]
    cost: tuple[int, int]


def read(text: str) -> Read:
    """Read a text with a budget that counts."""
    counted = budget.Budget(objects=10**9, looks=10**12)
    try:
        with budget.spent_from(counted):
            rules = load_rules(text, names_of())
    except Refused as refused:
        told = tuple((str(e), e.span, e.hint, e.lacks, e.kind) for e in refused.errors)
        return Read(None, told, (counted.made, counted.looked))
    return Read(rules, (), (counted.made, counted.looked))


def by_templates(text: str) -> Read:
    """With as many templates as can be learnt."""
    with read_with(Thrift(shortest=0, learnt_at=1)):
        return read(text)


def difference(text: str) -> str:
    """How the two readings differ, if they do."""
    with ordinary_reader_alone():
        plain = read(text)
    found = by_templates(text)
    if found == plain:
        return ""
    if found.rules is None or plain.rules is None:
        wrong = set(found.errors) ^ set(plain.errors)
        return f"errors differ: {sorted(map(str, wrong))[:3]}"
    for chain, other in zip(_chains(found.rules), _chains(plain.rules), strict=True):
        for rule, wanted in zip(chain.rules, other.rules, strict=True):
            if rule != wanted:
                return f"{chain.name}: {rule} is {wanted}"
        if chain != other:
            return f"{chain.name} differs"
    return f"cost {found.cost} is {plain.cost}" if found.cost != plain.cost else "order differs"


def _chains(rules: Rules) -> list[Chain]:
    return [
        chain
        for family in (4, 6)
        for table in rules.of(family).tables.values()
        for chain in table.chains.values()
    ]


def mended(text: str) -> str:
    """The text without the lines in which anything is wrong, as far as that makes it load."""
    for _ in range(6):
        try:
            load_rules(text)
        except Refused as refused:
            lines = text.split("\n")
            for error in refused.errors:
                lines[error.span.line - 1] = ""
            if lines[0] == "":
                lines[0] = "# begins here"
            text = "\n".join(lines)
        else:
            break
    return text


def main(count: int) -> int:
    met: Counter[str] = Counter()
    for seed in range(count):
        whole = make_text(seed)
        with ordinary_reader_alone():
            better = mended(whole)
        for text in (whole, better):
            wrong = difference(text)
            if wrong:
                print(f"seed {seed}: {wrong}", flush=True)
                met["differ"] += 1
            found = by_templates(text)
            met["refused" if found.rules is None else "loaded"] += 1
    print(dict(met))
    return met["differ"]


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 2000) > 0)
