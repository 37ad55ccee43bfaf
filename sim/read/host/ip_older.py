"""``ip tunnel`` and ``ip tuntap``: what was there before ``ip link add ... type``."""

from __future__ import annotations

from sim.read.host.draft import HostDraft
from sim.read.host.words import Word, word_error
from sim.read.lines import Line

_MODES = {"ipip": "ipip", "ip/ip": "ipip", "gre": "gre", "gre/ip": "gre", "sit": "sit",
          "ipv6/ip": "sit", "isatap": "sit", "vti": "vti", "ip6ip6": "ip6tnl", "ipip6": "ip6tnl",
          "ip/ipv6": "ip6tnl", "ipv6/ipv6": "ip6tnl", "any": "ip6tnl", "ip6gre": "ip6gre",
          "gre/ipv6": "ip6gre", "vti6": "vti6"}  # fmt: skip
_KINDS = {"tun": "tun", "tap": "ethernet"}
_VALUED = frozenset({"local", "remote", "ttl", "tos", "key", "ikey", "okey", "dev", "mode", "name",
                     "encaplimit", "hoplimit", "tclass", "flowlabel", "user", "group"})  # fmt: skip


def older_device(draft: HostDraft, line: Line, words: list[str], called: Word) -> None:
    """``add NAME mode MODE ...`` and ``del NAME``. Raises ``SourceError``."""
    if not words or words[0][:1] in ("s", "l"):
        return  # it lists
    name, mode = "", ""
    at = 1
    while at < len(words):
        if words[at] in _VALUED and at + 1 < len(words):
            if words[at] == "mode":
                mode = words[at + 1]
            elif words[at] == "name" or (words[at] == "dev" and called.text.startswith("tunt")):
                name = words[at + 1]
            at += 2
            continue
        if not name and words[at].isprintable() and not words[at].startswith("-"):
            name = words[at]
        at += 1
    kinds = _KINDS if called.text.startswith("tunt") else _MODES
    if words[0].startswith("d"):
        draft.interfaces.pop(name, None)
        return
    if words[0][:1] not in ("a", "c") or not name or mode not in kinds:
        known = ", ".join(kinds)
        raise word_error(line, called, f"a tunnel needs its name and its mode ({known})",
                         f"ip {called.text} add NAME mode {next(iter(kinds))}")  # fmt: skip
    if name not in draft.interfaces:
        draft.mention(name, line.span())
        draft.change(name, kind=kinds[mode], up=False)
