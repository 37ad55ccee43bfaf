"""The chains that programs make: of which table they are, by their names."""

from __future__ import annotations

import re
from collections.abc import Iterable

# ufw(8), fail2ban's actions, Docker's and Tailscale's drivers, kube-proxy's proxier.go
_OF_PROGRAM = (
    (r"ufw6?-|f2b-|fail2ban-|sshguard$|LIBVIRT_(?:INP|OUT|FW)", "filter"),
    (r"DOCKER-(?:USER|ISOLATION|FORWARD|CT|BRIDGE)|ts-(?:input|forward)$", "filter"),
    (r"KUBE-(?:FORWARD|FIREWALL|EXTERNAL-SERVICES|PROXY-FIREWALL)$", "filter"),
    (r"zone_\w+_(?:input|output|forward|src_\w+|dest_\w+)$", "filter"),
    (r"(?:input|output|forwarding)_\w*rule$", "filter"),
    (r"KUBE-(?:SEP|SVC|SVL|FW|XLB|EXT)-|KUBE-(?:MARK-MASQ|POSTROUTING|NODEPORTS)$", "nat"),
    (r"CNI-(?:DN|HOSTPORT)|LIBVIRT_PRT$|ts-postrouting$", "nat"),
    (r"zone_\w+_(?:pre|post)routing$|(?:pre|post)routing_\w+_rule$", "nat"),
)


def table_of_chains(chains: Iterable[str]) -> str:
    """The table that has chains of these names; empty: they tell none, or more than one."""
    found = {table for name in chains for pattern, table in _OF_PROGRAM if re.match(pattern, name)}
    return found.pop() if len(found) == 1 else ""
