"""From a scenario's texts to its compiled form, with the errors of all of them together."""

from __future__ import annotations

from functools import lru_cache

from sim.base.errors import Refused, SourceError
from sim.model.host import Host
from sim.model.rules import Rules
from sim.model.scenario import Compiled, Scenario
from sim.packet.script import Script, TypedCommand
from sim.read.commands import Session
from sim.read.host.text import parse_host
from sim.read.names import names_of, only_family
from sim.read.packets.text import parse_packets
from sim.read.rules.edited import EditedText, load_to_edit
from sim.read.rules.known import KnownRules
from sim.read.rules.nft_checks import refused_by_nft
from sim.read.rules.ruleset import load_rules


def compile_scenario(scenario: Scenario) -> Compiled:
    """Parse all texts. Raises ``Refused`` with the errors of all of them together."""
    return _compiled(scenario)


def host_of(text: str) -> Host:
    """The host that a host text describes. Raises ``Refused``."""
    return _host(text)


# What is compiled is immutable, so what was compiled just now (a page looks whether its texts can
# be read, then runs them) is not compiled anew. Texts with errors are not kept.
@lru_cache(maxsize=16)
def _compiled(scenario: Scenario) -> Compiled:
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
        session = None if errors else Session(scenario.rules, scenario.host, host)
        script = parse_packets(scenario.packets, host, session)
    except Refused as refused:
        errors += refused.errors
    compiled = Compiled(scenario, rules, host, script)
    errors += refused_by_nft(rules, loads_all=compiled.backend == "nft")
    if errors:
        raise Refused(errors)
    return compiled


class Nearby:
    """Compiles texts that differ little from those of a compiled scenario, for what tries many.

    Host and rules that are the same are taken over, and of changed rules the changed lines alone
    are read. Places in the rules are then those of the first text, where a line is as it was.
    """

    def __init__(self, compiled: Compiled) -> None:
        self._base = compiled
        self._known: KnownRules | None = None  # made when the rules first differ

    def compile(self, scenario: Scenario) -> Compiled:
        """The scenario, as ``compile_scenario`` makes it but for places. Raises ``Refused``."""
        base = self._base
        was = base.scenario
        host = base.host if scenario.host == was.host else _host(scenario.host)
        if not self._has_same_names(scenario, host):
            return compile_scenario(scenario)
        rules = base.rules
        if scenario.rules != was.rules:
            self._known = self._known or KnownRules(was.rules, base.rules)
            known = host if scenario.host.strip() else None
            rules = load_rules(
                scenario.rules, names_of(known), host_family=only_family(known), known=self._known
            )
        script = base.script
        is_same = scenario.packets == was.packets and host is base.host
        if not is_same or (rules is not base.rules and _has_commands(script)):
            session = Session(scenario.rules, scenario.host, host)
            script = parse_packets(scenario.packets, host, session)
        made = Compiled(scenario, rules, host, script)
        errors = list(refused_by_nft(rules, loads_all=made.backend == "nft"))
        if errors:
            raise Refused(errors)
        return made

    def _has_same_names(self, scenario: Scenario, host: Host) -> bool:
        """Do the rules mean the same on both hosts?"""
        was = self._base
        if host is was.host:
            return True
        is_told = bool(scenario.host.strip()), bool(was.scenario.host.strip())
        return (
            is_told == (True, True)
            and names_of(host) == names_of(was.host)
            and only_family(host) == only_family(was.host)
        )


def _has_commands(script: Script) -> bool:
    return any(isinstance(statement, TypedCommand) for statement in script)


# The same of each text: a person edits the packets and runs again.
@lru_cache(maxsize=32)
def _host(text: str) -> Host:
    return parse_host(text)


@lru_cache(maxsize=16)
def _rules(text: str, host: str) -> Rules:
    # No host text, or one that cannot be read: then nothing is known of its sets.
    known = _host(host) if host.strip() else None
    before = after = _lately.pop(host, None)
    try:
        rules, after = load_to_edit(text, names_of(known), only_family(known), before)
    finally:
        _lately.clear()
        if after is not None:
            _lately[host] = after
    return rules


# The rules text that was loaded last, by the host text: who edits it has a few of its lines read.
# Taken out while it is used, so that two threads never share it.
_lately: dict[str, EditedText] = {}
