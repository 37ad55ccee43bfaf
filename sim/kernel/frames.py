"""The rule walk of ebtables (ebt_do_table in net/bridge/netfilter/ebtables.c).

Like iptables' but for this: a user chain may end in a verdict of its own, a rule may have
watchers, a target may say RETURN. Nothing of it is in the kernel's TRACE.
"""

from __future__ import annotations

from collections.abc import Iterator

from sim.extensions.extension import TargetType
from sim.extensions.frames.tool import Tool
from sim.extensions.ip_match import View, tests_of
from sim.extensions.runtime import Runtime
from sim.kernel.xtables import Matched, Progress, ReadyRule, Walker
from sim.model.rules import Rule
from sim.packet.packet import Packet
from sim.trace.recorder import Place, Recorder
from sim.trace.steps import Step


class FrameView(View):
    """A frame need not hold an IP packet; its rules have no part that asks for one."""

    def __post_init__(self) -> None:
        pass


class FrameWalker(Walker):
    """Walks the tables of ebtables, or of arptables, which has no watchers and no policies."""

    def __init__(self, tool: Tool, runtime: Runtime, recorder: Recorder) -> None:
        super().__init__(tool.family, runtime, recorder)
        self.tool = tool

    def _ready_rule(self, table: str, chain: str, rule: Rule, is_user: bool) -> ReadyRule:
        key = (self.family, table, chain, rule.number)
        matches = tuple(
            (match, self.tool.matches[match.name], (*key, at))
            for at, match in enumerate(rule.matches)
            if match.name not in self.tool.watchers
        )
        watchers = tuple(match for match in rule.matches if match.name in self.tool.watchers)
        return ReadyRule(rule, tests_of(rule.ip), matches, "", rule.line, watchers)

    def _view(self, packet: Packet, place: Place) -> View:
        return FrameView(packet, place.in_iface, place.out_iface)

    def _target_type(self, name: str) -> TargetType | None:
        return self.tool.targets.get(name)

    def _watch(self, walk: Progress, matched: Matched) -> Iterator[Step]:
        by = matched.by
        for watcher in matched.ready.watchers:
            kind = self.tool.watchers[watcher.name]
            assert kind.apply is not None
            key = (self.family, by.table, by.chain, by.number, watcher.name)
            ctx = self._context(walk, walk.packet, by.number, key)
            answer = kind.apply(watcher.args, ctx)
            yield self._target_ran(watcher, answer, walk.packet, matched.where)
