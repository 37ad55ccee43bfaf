"""One extension in the spotlight: packets that it is about, rules that hold of them or just miss.

Most random packets are TCP, UDP and pings, so what looks at SCTP, at ESP or at an extension header
would hardly ever be asked, and hold even less.
"""

from __future__ import annotations

from sim.base.frozen import dataclass
from sim.extensions.matchers import MATCHES
from sim.model.rules import TABLE_HOOKS, Hook
from sim.tools.generate.packets import way
from sim.tools.generate.world import World

BOTH = (4, 6)
SIX = (6,)
_MAC = "02:00:00:01:00:03"
_SEGMENT = "20010db8000200000000000000000005"
_LONG = f'payload "{"0123456789abcdef" * 4}"'


@dataclass(frozen=True, slots=True)
class Focus:
    """``packets`` are what stands behind ``in DEVICE``, with ``{src}`` and ``{dst}``; ``options``
    what may stand behind ``-m name``, ``also`` in front of it."""

    name: str
    families: tuple[int, ...]
    packets: tuple[str, ...]
    options: tuple[str, ...]
    also: str = ""


_UDP = "udp {src}:1000 -> {dst}:53"
_SYN = "tcp {src}:1000 -> {dst}:80 syn"
_SCTP, _DCCP = "proto sctp {src}:1000 -> {dst}:443", "proto dccp {src}:1000 -> {dst}:443"
SPOTS = (
    Focus("ah", BOTH, ("proto ah {src_} -> {dst_} spi 100",),
         ("--ahspi 100", "--ahspi 0:300", "! --ahspi 0:99", "--ahspi 101:300"), "-p ah"),
    Focus("ah", SIX, ("proto ah {src_} -> {dst_} spi 100",),
         ("--ahspi 100 --ahlen 12", "--ahlen 24", "--ahspi 100 --ahres", "! --ahlen 24")),
    Focus("esp", BOTH, ("proto esp {src_} -> {dst_} spi 100",),
         ("--espspi 100", "! --espspi 0:99", "--espspi 0:99"), "-p esp"),
    Focus("ipcomp", BOTH, ("proto ipcomp {src_} -> {dst_} payload-hex 0400006400112233",),
         ("--ipcompspi 100", "--ipcompspi 0:99", "! --ipcompspi 7"), "-p ipcomp"),
    Focus("sctp", BOTH, (f"{_SCTP} init", f"{_SCTP} data", f"{_SCTP} abort"),
         ("--chunk-types any INIT", "--chunk-types only INIT", "--chunk-types all DATA",
          "--dport 443", "! --sport 1000", "--chunk-types any DATA:Be",
          "--chunk-types all INIT,DATA", "--dport 400:500 ! --chunk-types any ABORT"), "-p sctp"),
    Focus("dccp", BOTH, (f"{_DCCP} request", f"{_DCCP} data", f"{_DCCP} reset"),
         ("--dccp-types REQUEST", "--dccp-types DATA,ACK", "--dport 443", "! --dccp-types RESET",
          "--dccp-option 5", "! --dccp-option 5", "--sport 1000 --dccp-types REQUEST,RESPONSE"),
         "-p dccp"),
    Focus("multiport", BOTH, ("proto udplite {src}:1000 -> {dst}:443",),
         ("--dports 443", "--ports 80,1000", "! --sports 1:999"), "-p udplite"),
    Focus("mh", SIX, ("proto mobility-header {src_} -> {dst_} payload-hex 3b00050000000000",),
         ("--mh-type 5", "--mh-type 1:6", "--mh-type 0", "! --mh-type 0"), "-p mobility-header"),
    Focus("hbh", SIX, (f"{_UDP} ext hop=010400000000", f"{_UDP} ext hop=050200000100"),
         ("--hbh-len 8", "--hbh-opts 1:4", "--hbh-opts 5:2", "--hbh-opts 5:2,1:0",
          "! --hbh-len 8", "")),
    Focus("dst", SIX, (f"{_UDP} ext dst=010400000000",
                      f"{_UDP} ext dst=0502000001000000000000000000"),
         ("--dst-len 8", "--dst-opts 1:4", "--dst-opts 5:2", "! --dst-len 8", "--dst-len 16", "")),
    Focus("rt", SIX, (f"{_UDP} ext rt=000000000000", f"{_UDP} ext rt=020000000000{_SEGMENT}"),
         ("--rt-type 0", "--rt-segsleft 0", "--rt-len 8", "--rt-type 2 --rt-len 24",
          "! --rt-type 0", "--rt-type 0 --rt-segsleft 0:2 --rt-0-res", "")),
    Focus("srh", SIX, (f"{_UDP} ext rt=040000000000{_SEGMENT}",
                      f"{_UDP} ext rt=040000000007{_SEGMENT}"),
         ("--srh-next-hdr 17", "--srh-segs-left-eq 0", "--srh-last-entry-eq 0", "--srh-tag 7",
          "--srh-hdr-len-eq 2", "--srh-hdr-len-gt 1", "! --srh-next-hdr 17",
          "--srh-psid 2001:db8:2::5/128", "--srh-segs-left-lt 1", "")),
    Focus("frag", SIX, (f"{_UDP} {_LONG} id 77 mf",
                       f"udp {{src_}} -> {{dst_}} {_LONG} id 77 offset 72"),
         ("--fragid 77", "--fragid 77 --fragfirst", "--fragmore", "--fraglast",
          "--fragid 78:99", "! --fragid 77", "--fragres")),
    Focus("ipv6header", SIX, (f"{_UDP} ext hop=010400000000", f"{_UDP} ext dst=010400000000"),
         ("--header hop", "--header hop,prot", "--header dst --soft", "! --header hop --soft")),
    Focus("eui64", SIX, (f"udp {{eui}}:1000 -> {{dst}}:53 src-mac {_MAC}",
                        f"{_UDP} src-mac {_MAC}"), ("",)),
    Focus("mac", BOTH, (f"{_UDP} src-mac {_MAC}",),
         (f"--mac-source {_MAC}", f"! --mac-source {_MAC}")),
    Focus("ecn", BOTH, (f"{_SYN},ece,cwr", _SYN),
         ("--ecn-tcp-cwr", "--ecn-tcp-ece", "! --ecn-tcp-cwr",
          "--ecn-tcp-ece ! --ecn-ip-ect 1"), "-p tcp"),
    Focus("tcpmss", BOTH, (f"{_SYN} mss 1300", _SYN),
         ("--mss 1300", "--mss 500:1299", "! --mss 1300"), "-p tcp"),
    Focus("rateest", BOTH, (_UDP,),
         ("--rateest spot --rateest-lt --rateest-bps 1kbit",
          "--rateest spot --rateest-gt --rateest-bps 1kbit",
          "--rateest spot ! --rateest-lt --rateest-pps 5")),
)  # fmt: skip
# Slow: what it says must not hang on how long the laboratory takes.
_RATE = "-j RATEEST --rateest-name spot --rateest-interval 8s --rateest-ewmalog 16s"
_WHERE = (("mangle", Hook.PREROUTING),) * 3 + (
    ("raw", Hook.PREROUTING), ("mangle", Hook.FORWARD), ("mangle", Hook.POSTROUTING),
)  # fmt: skip


def spotlight(world: World, texts: dict[int, str], packets: list[str]) -> list[str]:
    """Put a spot's rules into ``texts``, and its packets in front of the others."""
    spot = world.pick(SPOTS)
    family = world.pick(spot.families)
    device, source, target = way(world, family)
    network = source.rsplit("::", 1)[0]
    ends = {"src": _bracketed(source), "dst": _bracketed(target), "src_": source, "dst_": target,
            "eui": f"[{network}::ff:fe01:3]"}  # fmt: skip
    lines = [f"in {device.name} {packet.format(**ends)}" for packet in spot.packets]
    hooks = MATCHES[spot.name, family].hooks
    table, hook = world.pick([place for place in _WHERE if place[1] in hooks])
    count = min(len(spot.options), world.pick((1, 2, 3)))
    rules = [f"-A {hook} {_RATE}"] if spot.name == "rateest" else []
    for options in world.random.sample(spot.options, count):
        words = f"-A {hook} {spot.also} -m {spot.name} {options} {_target(world, table)}"
        rules.append(" ".join(words.split()))
    texts[family] = _with_rules(texts.get(family, ""), table, rules)
    return [*lines[: world.pick((1, 2, 3))], *packets][:12]


def _bracketed(address: str) -> str:
    return f"[{address}]" if ":" in address else address


def _target(world: World, table: str) -> str:
    choices = ["", "-j ACCEPT", "-j LOG", "-j RETURN"]
    if table == "mangle":
        choices += ["-j MARK --set-xmark 0x40/0x40", "-j DSCP --set-dscp 0x0a"]
    return world.pick(choices)


def _with_rules(text: str, table: str, rules: list[str]) -> str:
    """A restore text with rules before all others of a table; it is made if it is not there."""
    head = f"*{table}\n"
    if head not in text:
        chains = "".join(f":{hook} ACCEPT [0:0]\n" for hook in TABLE_HOOKS[table])
        return f"{text}{head}{chains}" + "".join(f"{rule}\n" for rule in rules) + "COMMIT\n"
    before, _, rest = text.partition(head)
    lines = rest.split("\n")
    at = next(number for number, line in enumerate(lines) if not line.startswith(":"))
    return before + head + "\n".join([*lines[:at], *rules, *lines[at:]])
