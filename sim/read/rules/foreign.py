"""Blocks in a rules text that are no rules to load: what they are, and what to paste instead.

One error for a block: each of its lines would be wrong by itself, and none is a mistake of its own.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from sim.base.errors import SourceError
from sim.read.lines import Line

_LISTED = re.compile(r"\s*Chain \S+ \((?:policy [A-Z]+|\d+ references)")
_NFT = re.compile(
    r"\s*(?:table\s+(?:(?:ip6?|inet|arp|bridge|netdev)\s+)?[\w.-]+\s*\{"
    r"|(?:chain|set|map|flowtable)\s+[\w.-]+\s*\{|type\s+(?:filter|nat|route)\s+hook\s)"
)
_NFT_RULE = re.compile(
    r"\s*(?:ip6?\s+(?:protocol|nexthdr|[sd]addr|ttl|hoplimit|dscp|length)|(?:tcp|udp|th)\s+"
    r"(?:[sd]port|flags)|ct\s+(?:state|mark|status)|meta\s+\w+|[io]if(?:name)?\s|icmp(?:v6)?\s+type)\b"
)
_OURS = re.compile(r"\s*(?:[*#:-]|COMMIT|(?:sudo\s+)?(?:\S*/)?(?:ip6?|eb|arp)tables)")


def foreign_block(lines: Sequence[str], at: int, number: int) -> tuple[SourceError, int] | None:
    """The error of the block that begins at ``lines[at]``, and where the text goes on behind it."""
    text = lines[at]
    if _LISTED.match(text):
        end = at + 1
        while end < len(lines) and not _OURS.match(lines[end]):
            end += 1
        return _error(number, text, "this is what `iptables -L` prints, which leaves out details",
                      "paste what `sudo iptables-save` prints"), end  # fmt: skip
    if _NFT.match(text):
        depth, end = text.count("{") - text.count("}"), at + 1
        while end < len(lines) and depth > 0:
            depth += lines[end].count("{") - lines[end].count("}")
            end += 1
    elif _NFT_RULE.match(text):
        end = at + 1
        while end < len(lines) and _NFT_RULE.match(lines[end]):
            end += 1
    else:
        return None
    return _error(number, text, "this is nft's own language, and rules are iptables' here",
                  "paste what `sudo iptables-save` prints"), end  # fmt: skip


def _error(number: int, text: str, message: str, hint: str) -> SourceError:
    return SourceError(message, Line(number, text).span(), hint=hint)
