"""What ufw and firewalld print of themselves: it does not hold the rules that the kernel has."""

from __future__ import annotations

import re

from sim.read.paste.desk import Desk
from sim.read.paste.form import Form
from sim.read.paste.model import Became, Block
from sim.read.paste.place import PastePlace

_UFW = re.compile(r"Status: (?:active|inactive)\s*$|To\s+Action\s+From\s*$")
_UFW_LINE = re.compile(
    r"Status:|Logging:|Default:|New profiles:|To\s+Action|--\s+-+|.*\s(?:ALLOW|DENY|REJECT|LIMIT)\b"
    r"|\s*$"
)
_ZONE = re.compile(r"[\w-]+(?:\s+\((?:active|default|default, active)\))?\s*$")
_ZONE_LINE = re.compile(
    r"\s+(?:target|icmp-block-inversion|interfaces|sources|services|ports|protocols|forward"
    r"|masquerade|forward-ports|source-ports|icmp-blocks|rich rules|ingress-priority"
    r"|egress-priority)\s*:|\t+\S|\s*$"
)


class Ufw(Form):
    """``ufw status``, with ``verbose`` or ``numbered``."""

    name = "ufw status"

    def takes(self, place: PastePlace) -> int:
        return place.stretch(_UFW_LINE.match) if _UFW.match(place.line) else 0

    def read(self, block: Block, desk: Desk) -> Became:
        desk.aside += 1
        return Became(
            "", "ufw status does not hold the rules: it leaves out ufw's own chains (loopback, "
            "RELATED,ESTABLISHED, ICMP and more). Paste what `sudo iptables-save` prints, and "
            "`sudo ip6tables-save` for IPv6",
        )  # fmt: skip


class Firewalld(Form):
    """``firewall-cmd --list-all`` and ``--list-all-zones``."""

    name = "firewall-cmd"

    def takes(self, place: PastePlace) -> int:
        below = place.lines[place.at + 1 : place.end][:1]
        if not (_ZONE.match(place.line) and below and re.match(r"\s+target:", below[0])):
            return 0
        return 1 + PastePlace(place.lines, place.at + 1, place.end).stretch(_ZONE_LINE.match)

    def read(self, block: Block, desk: Desk) -> Became:
        desk.aside += 1
        return Became(
            "", "firewall-cmd prints zones, not the rules. firewalld keeps them in nftables since "
            "0.6: paste what `sudo nft list ruleset` prints, or `sudo iptables-save` where "
            "FirewallBackend is iptables",
        )  # fmt: skip
