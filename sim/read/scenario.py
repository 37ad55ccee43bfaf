"""From a scenario's texts to its compiled form, with the errors of all of them together."""

from __future__ import annotations

from functools import lru_cache

from sim.base.errors import Refused, SourceError
from sim.model.host import Host
from sim.model.rules import Rules
from sim.model.scenario import Compiled, Scenario
from sim.packet.script import Script
from sim.read.host.text import parse_host
from sim.read.names import names_of
from sim.read.packets.text import parse_packets
from sim.read.rules.nft_checks import refused_by_nft
from sim.read.rules.ruleset import load_rules


def compile_scenario(scenario: Scenario) -> Compiled:
    """Parse all texts. Raises ``Refused`` with the errors of all of them together."""
    errors: list[SourceError] = []
    host, rules = Host(), Rules()
    script: Script = ()
    # A host that cannot be read still gives the other texts an (empty) host to be read against.
    try:
        host = _host(scenario.host)
    except Refused as refused:
        errors += refused.errors
    try:
        rules = _rules(scenario.rules, "" if errors else scenario.host)
    except Refused as refused:
        errors += refused.errors
    try:
        script = parse_packets(scenario.packets, host)
    except Refused as refused:
        errors += refused.errors
    compiled = Compiled(scenario, rules, host, script)
    errors += refused_by_nft(rules, loads_all=compiled.backend == "nft")
    if errors:
        raise Refused(errors)
    return compiled


# What is compiled is immutable, so a text that was compiled just now (a person edits the packets
# and runs again, many read one link) is not compiled anew. Texts with errors are not kept.
@lru_cache(maxsize=32)
def _host(text: str) -> Host:
    return parse_host(text)


@lru_cache(maxsize=16)
def _rules(text: str, host: str) -> Rules:
    # No host text, or one that cannot be read: then nothing is known of its sets.
    known = _host(host) if host.strip() else None
    return load_rules(text, names_of(known), host_family=_only_family(known))


def _only_family(host: Host | None) -> int:
    """The family of all addresses of the host but ``lo``'s; 0: it has both, or none."""
    families = {
        entry.address.version
        for interface in (host.interfaces.values() if host is not None else ())
        if interface.kind != "loopback"
        for entry in interface.addresses
        if not entry.address.ip.is_link_local
    }
    return families.pop() if len(families) == 1 else 0
