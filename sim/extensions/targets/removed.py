"""Targets that kernels once had, or that never were in the kernel: why they do not load."""

from __future__ import annotations

from sim.extensions.extension import BOTH, TargetType

_ADDONS = "never part of the kernel (xtables-addons)"
_PATCHES = "never part of the kernel (patch-o-matic)"


def _gone(name: str, why: str, families: frozenset[int] = BOTH, until: str = "") -> TargetType:
    return TargetType(name, families=families, removed=why, until=until, help=f"gone: {why}")


def _removed(name: str, until: str, more: str, families: frozenset[int] = BOTH) -> TargetType:
    """Of those that the kernel had: the first that has it no more, and what to use instead."""
    return _gone(name, f"removed in Linux {until}{more}", families, until)


TARGETS = (
    _gone("ACCOUNT", f"{_ADDONS}; use -m nfacct"),
    _removed(
        "BALANCE", "2.6", "; use -j DNAT --to-destination FIRST-LAST", families=frozenset({4})
    ),
    _gone("CHAOS", f"{_ADDONS}; use -j REJECT and -j DROP with -m statistic"),
    _removed(
        "CLUSTERIP", "6.2", "; use -m cluster with an arptables rule", families=frozenset({4})
    ),
    _gone("DELUDE", f"{_ADDONS}; use -j REJECT --reject-with tcp-reset"),
    _gone("DHCPMAC", f"{_ADDONS}; use ebtables"),
    _gone("DNETMAP", f"{_ADDONS}; use -j NETMAP"),
    _gone("ECHO", f"{_ADDONS}; run an echo service"),
    _gone("FTOS", f"{_PATCHES}; use -j TOS --set-tos"),
    _gone("IMQ", "never part of the kernel; use the ifb device of tc"),
    _gone("IPMARK", f"{_ADDONS}; use -j HMARK, or -j MARK with -m set"),
    _gone(
        "IPV4OPTSSTRIP",
        f"{_PATCHES}; use -m u32 to drop packets with options",
        families=frozenset({4}),
    ),
    _gone("LOGMARK", f"{_ADDONS}; use -j LOG"),
    _removed(
        "MIRROR",
        "2.6",
        ": it sent packets back to forged senders; use -j REJECT or -j DROP",
        families=frozenset({4}),
    ),
    _gone("PROTO", f"{_ADDONS}; nothing replaces it"),
    _gone("ROUTE", f"{_PATCHES}; use -j MARK with ip rule, or -j TEE"),
    _removed(
        "SAME",
        "2.6.25",
        "; use -j SNAT --to-source FIRST-LAST --persistent",
        families=frozenset({4}),
    ),
    _gone("STEAL", f"{_ADDONS}; use -j DROP"),
    _gone("SYSRQ", f"{_ADDONS}; use a console"),
    _gone("TARPIT", f"{_ADDONS}; use -j DROP"),
    _gone("TCPLAG", f"{_PATCHES}; use -j LOG --log-tcp-sequence"),
    _gone("TTL", "an IPv4 target; use -j HL", families=frozenset({6})),
    _gone("HL", "an IPv6 target; use -j TTL", families=frozenset({4})),
    _removed("ULOG", "3.17", "; use -j NFLOG", families=frozenset({4})),
    _gone("XOR", f"{_PATCHES}; use IPsec or WireGuard"),
)
