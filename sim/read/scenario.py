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
    if errors:
        raise Refused(errors)
    return Compiled(scenario, rules, host, script)


# What is compiled is immutable, so a text that was compiled just now (a person edits the packets
# and runs again, many read one link) is not compiled anew. Texts with errors are not kept.
@lru_cache(maxsize=32)
def _host(text: str) -> Host:
    return parse_host(text)


@lru_cache(maxsize=16)
def _rules(text: str, host: str) -> Rules:
    # No host text, or one that cannot be read: then nothing is known of its sets.
    return load_rules(text, names_of(_host(host) if host.strip() else None))
