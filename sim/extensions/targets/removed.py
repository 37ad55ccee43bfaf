"""Targets that kernels once had, or that never were in the kernel: why they do not load."""

from __future__ import annotations

from sim.extensions.extension import BOTH, TargetType

_ADDONS = "never part of the kernel (xtables-addons)"
_PATCHES = "never part of the kernel (patch-o-matic)"

# Name -> (families, since when, and what to use instead).
_GONE: dict[str, tuple[frozenset[int], str]] = {
    "ACCOUNT": (BOTH, f"{_ADDONS}; use -m nfacct"),
    "BALANCE": (
        frozenset({4}),
        "removed in Linux 2.6; use -j DNAT --to-destination FIRST-LAST",
    ),
    "CHAOS": (BOTH, f"{_ADDONS}; use -j REJECT and -j DROP with -m statistic"),
    "CLUSTERIP": (
        frozenset({4}),
        "removed in Linux 6.2; use -m cluster with an arptables rule",
    ),
    "DELUDE": (BOTH, f"{_ADDONS}; use -j REJECT --reject-with tcp-reset"),
    "DHCPMAC": (BOTH, f"{_ADDONS}; use ebtables"),
    "DNETMAP": (BOTH, f"{_ADDONS}; use -j NETMAP"),
    "ECHO": (BOTH, f"{_ADDONS}; run an echo service"),
    "FTOS": (BOTH, f"{_PATCHES}; use -j TOS --set-tos"),
    "IMQ": (BOTH, "never part of the kernel; use the ifb device of tc"),
    "IPMARK": (BOTH, f"{_ADDONS}; use -j HMARK, or -j MARK with -m set"),
    "IPV4OPTSSTRIP": (frozenset({4}), f"{_PATCHES}; use -m u32 to drop packets with options"),
    "LOGMARK": (BOTH, f"{_ADDONS}; use -j LOG"),
    "MIRROR": (
        frozenset({4}),
        "removed in Linux 2.6: it sent packets back to forged senders; use -j REJECT or -j DROP",
    ),
    "PROTO": (BOTH, f"{_ADDONS}; nothing replaces it"),
    "ROUTE": (BOTH, f"{_PATCHES}; use -j MARK with ip rule, or -j TEE"),
    "SAME": (
        frozenset({4}),
        "removed in Linux 2.6.25; use -j SNAT --to-source FIRST-LAST --persistent",
    ),
    "STEAL": (BOTH, f"{_ADDONS}; use -j DROP"),
    "SYSRQ": (BOTH, f"{_ADDONS}; use a console"),
    "TARPIT": (BOTH, f"{_ADDONS}; use -j DROP"),
    "TCPLAG": (BOTH, f"{_PATCHES}; use -j LOG --log-tcp-sequence"),
    "TTL": (frozenset({6}), "an IPv4 target; use -j HL"),
    "HL": (frozenset({4}), "an IPv6 target; use -j TTL"),
    "ULOG": (frozenset({4}), "removed in Linux 3.17; use -j NFLOG"),
    "XOR": (BOTH, f"{_PATCHES}; use IPsec or WireGuard"),
}

TARGETS = tuple(
    TargetType(name, families=families, removed=why, help=f"gone: {why}")
    for name, (families, why) in _GONE.items()
)
