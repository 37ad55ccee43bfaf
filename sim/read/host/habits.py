"""What people write for a fact of the host before they know our words for it.

Each pattern is a whole line, and what stands for it is a line that is read. It is offered where the
line itself was refused: nothing is taken for something else without a word.
"""

from __future__ import annotations

import re

_ADDRESS = r"(?:\d{1,3}\.){3}\d{1,3}|[\da-fA-F]*:[\da-fA-F:.]+"
_DEVICE = r"[a-z][\w.@-]*"
_ON, _OFF = r"(?:on|1|yes|true|enabled?)", r"(?:off|0|no|false|disabled?)"

_HABITS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(rf"\s*{pattern}\s*", re.IGNORECASE), line)
    for pattern, line in (
        (rf"(?:ip[ _])?forward(?:ing)?[ =]*{_ON}", "sysctl net.ipv4.ip_forward = 1"),
        (rf"(?:ip[ _])?forward(?:ing)?[ =]*{_OFF}", "sysctl net.ipv4.ip_forward = 0"),
        (r"rp_filter[ =]*([012])", r"sysctl net.ipv4.conf.all.rp_filter = \1"),
        (r"rule (\d+):? (?:from all )?(.+)", r"rule priority \1 \2"),
        (r"clock (\d{4}-\d\d-\d\d) (\d\d:\d\d\S*)", r"clock \1T\2"),
        (rf"(?:default )?(?:gateway|gw)[ =]*({_ADDRESS})", r"route default via \1"),
        (rf"(?:route )?(?:add )?default (?:gateway|gw) ({_ADDRESS})", r"route default via \1"),
        (rf"route (\S+/\d+|default) (?:gw )?({_ADDRESS})", r"route \1 via \2"),
        (rf"(?:address|addr|vlan|dev|device|if|nic) ({_DEVICE}) (\S+/\d+)", r"interface \1 \2"),
        (rf"({_DEVICE}):? ((?:{_ADDRESS})/\d+)", r"interface \1 \2"),
        (rf"port ({_DEVICE}) ({_DEVICE})", r"bridge \2 \1"),
        (r"(?:listen|listens|open|port) (\d+)", r"listen tcp 0.0.0.0:\1"),
        (r"(?:listen|listens|open|port) (tcp|udp)[ /](\d+)", r"listen \1 0.0.0.0:\2"),
        (r"(?:listen|listens|open|port) (\d+)/(tcp|udp)", r"listen \2 0.0.0.0:\1"),
        (r"uid (\d+) ([a-z_][\w-]*)", r"user \2 \1"),
        (r"gid (\d+) ([a-z_][\w-]*)", r"group \2 \1"),
        (r"kernel (\d+\.\d+)[.-]\S*", r"kernel \1"),
        (r"(?:ip)?set (\S+) ((?:hash|bitmap|list):\S+)", r"create \1 \2"),
        (rf"interface ({_DEVICE}) dhcp", r"interface \1 192.0.2.10/24 dynamic"),
    )
)


def meant(line: str) -> str:
    """The line that says in our words what this one seems to say; empty: it is no known habit."""
    plain = " ".join(line.split())
    for pattern, ours in _HABITS:
        found = pattern.fullmatch(plain)
        if found:
            return found.expand(ours)
    return ""
