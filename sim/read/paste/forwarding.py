"""Whether the host forwards, where a person showed its addresses and rules and not this setting.

A kernel starts with forwarding off. Who asks why a packet is not passed on shows a router, and
seldom its sysctls: taken as off, each such packet would end at routing, and the rules that were
shown would never be met. So rules that only a router has turn it on, in a line of the host text
that says why and in the receipt. What a script or a configuration sets is run, and not guessed.
"""

from __future__ import annotations

import re

from sim.base.errors import Refused
from sim.model.rules import Chain, Table, Target
from sim.read.names import names_of
from sim.read.paste.desk import Desk
from sim.read.rules.ruleset import load_rules

_TOLD = {
    4: re.compile(r"\bip_forward\b|ipv4\W+conf\W+\S+\W+forwarding\b"),
    6: re.compile(r"ipv6\W+conf\W+\S+\W+(?:force_)?forwarding\b"),
}
_SETTING = {4: "net.ipv4.ip_forward", 6: "net.ipv6.conf.all.forwarding"}
_SHOWN = re.compile(r"^\d+: [\w.@-]+: <", re.MULTILINE)
_SHOWS = frozenset({"ip", "ifconfig", "route", "netstat"})
_REWRITES = frozenset({"DNAT", "SNAT", "MASQUERADE", "NETMAP"})


def with_forwarding(host: str, rules: str, desk: Desk) -> tuple[str, list[str]]:
    """The host text with the settings that its rules speak for, and what is to be said of each."""
    if not _is_shown(host, desk):
        return host, []
    said = []
    try:
        loaded = load_rules(rules, names_of())
    except Refused:
        return host, []
    for family in (4, 6):
        if _TOLD[family].search(host):
            continue
        where = next(
            (
                f"{table.name} {chain.name}"
                for table in loaded.of(family).tables.values()
                for chain in table.chains.values()
                if _is_of_router(table, chain)
            ),
            "",
        )
        if where:
            setting = _SETTING[family]
            host += f"sysctl {setting} = 1  # not shown: taken as on, for the rules of {where}\n"
            said.append(f"{setting} is not shown: taken as 1, for the rules of {where}; "
                        f"`sysctl {setting}` prints it")  # fmt: skip
    return host, said


def _is_shown(host: str, desk: Desk) -> bool:
    """Are there addresses that a tool printed, and no configuration that would tell the rest?"""
    return _SHOWN.search(host) is not None or any(
        command.split()[0] in _SHOWS for command in desk.outputs
    )


def _is_of_router(table: Table, chain: Chain) -> bool:
    """Would the chain have such rules on a host that forwards nothing?"""
    if chain.name == "FORWARD" or table.base != "nat" or chain.name == "OUTPUT":
        return chain.name == "FORWARD" and bool(chain.rules)
    targets = (rule.target for rule in chain.rules)
    return any(isinstance(one, Target) and one.name in _REWRITES for one in targets)
