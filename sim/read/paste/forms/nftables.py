"""What ``nft list ruleset`` prints: tables of nf_tables itself, which decide as well.

Their rules are not read. One message for the block names the base chains and what is needed; the
walk says *undetermined* behind such a hook.
"""

from __future__ import annotations

import re

from sim.base.frozen import dataclass
from sim.read.paste.desk import Desk
from sim.read.paste.form import Form
from sim.read.paste.model import Became, Block
from sim.read.paste.place import PastePlace

_TABLE = re.compile(
    r"\s*(?:add\s+)?table\s+(?P<family>ip6?|inet|arp|bridge|netdev)\s+(?P<name>[\w.-]+)\s*\{"
)
_WARNING = re.compile(r"# Warning: table (ip6?|inet|arp|bridge) \S+ is managed by iptables-nft")
_CHAIN = re.compile(r"\s*chain\s+([\w.-]+)\s*\{")
_BASE = re.compile(
    r"type\s+(\w+)\s+hook\s+(\w+)(?:\s+devices?\s+[^;]*?)?\s+priority\s+([^;]+?)\s*;"
    r"(?:\s*policy\s+(\w+))?"
)
# The tables and chains that iptables-nft makes (iptables/nft.c).
_OF_IPTABLES = {"filter", "nat", "mangle", "raw", "security"}
_BUILT_IN = {"INPUT", "FORWARD", "OUTPUT", "PREROUTING", "POSTROUTING"}


@dataclass(frozen=True, slots=True)
class BaseChain:
    """A chain that nf_tables has registered at a hook."""

    family: str
    table: str
    chain: str
    hook: str
    priority: str
    policy: str

    @property
    def is_of_iptables(self) -> bool:
        return (
            self.family in ("ip", "ip6") and self.table in _OF_IPTABLES and self.chain in _BUILT_IN
        )

    def __str__(self) -> str:
        policy = f", policy {self.policy}" if self.policy else ""
        return (
            f"{self.family} {self.table} {self.chain} "
            f"(hook {self.hook}, priority {self.priority}{policy})"
        )


class Nftables(Form):
    """``table FAMILY NAME { … }`` blocks, one behind the other."""

    name = "nft list ruleset"

    def takes(self, place: PastePlace) -> int:
        if not (_TABLE.match(place.line) or _WARNING.match(place.line)):
            return 0
        depth, last = 0, 0
        for number, line in enumerate(place.rest(), 1):
            if (
                not depth
                and line.strip()
                and not (
                    _TABLE.match(line) or _WARNING.match(line) or line.lstrip().startswith("#")
                )
            ):
                break
            plain = re.sub(r'"[^"]*"', "", line)
            depth = max(0, depth + plain.count("{") - plain.count("}"))
            last = number if line.strip() else last
        return last

    def read(self, block: Block, desk: Desk) -> Became:
        found = base_chains(block.lines)
        managed = any(_WARNING.match(line) for line in block.lines)
        of_iptables = [one for one in found if one.is_of_iptables]
        native = [one for one in found if not one.is_of_iptables]
        for one in native:
            desk.native.append(f"{one.family} {one.table}")
            desk.put_host(
                f"nftables {one.family} {one.table} {one.chain} hook {one.hook}", block.first
            )
        notes = ["nft's own language is not read here"]
        if of_iptables or managed:
            tools = sorted({"ip6tables" if one.family == "ip6" else "iptables"
                            for one in of_iptables} or {"iptables"})  # fmt: skip
            cures = " and ".join(f"`sudo {tool}-save`" for tool in tools)
            tables = ", ".join(sorted({f"{one.family} {one.table}" for one in of_iptables}))
            notes.append(f"{tables or 'these tables'} look made by iptables-nft: paste {cures}")
        if native:
            shown = "; ".join(str(one) for one in native)
            notes.append(f"these tables decide as well: {shown}")
        if not found:
            notes.append("no chain of it is registered at a hook")
        desk.aside += 1
        return Became("host" if native else "", ". ".join(notes))


def base_chains(lines: tuple[str, ...]) -> list[BaseChain]:
    family = table = chain = ""
    found = []
    for line in lines:
        opened = _TABLE.match(line)
        if opened:
            family, table = opened["family"], opened["name"]
        named = _CHAIN.match(line)
        if named:
            chain = named[1]
        base = _BASE.search(line)
        if base:
            found.append(BaseChain(family, table, chain, base[2], base[3], base[4] or ""))
    return found
