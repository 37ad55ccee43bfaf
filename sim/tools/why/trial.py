"""One packet of a scenario walked again, with its answer tried where the text has none."""

from __future__ import annotations

from collections.abc import Callable

from sim.base.errors import Span
from sim.base.frozen import dataclass
from sim.kernel.far.frames import CrossedAs
from sim.kernel.stack.core import Stack
from sim.kernel.traversal import WAYS, perform
from sim.model.replies import ReplyKind
from sim.model.scenario import Compiled
from sim.packet.script import Reply, Statement
from sim.tell.render import sentence
from sim.tools.why.remembered import still_as_before
from sim.tools.why.report import Symptom
from sim.tools.why.story import Story, stories
from sim.tools.why.symptoms import (
    ANSWER_DROPPED,
    IMPOSSIBLE,
    OPEN_DOOR,
    OTHER_WAY,
    PASSES,
    REMEMBERED,
    UNANSWERABLE,
    begins,
    by_another_router,
    into_a_tunnel,
    of_answer,
    of_story,
    through_tunnel,
)
from sim.tools.why.twins import closed_in_ipv4
from sim.trace.steps import Step

MOST_STEPS = 60_000
# What the host sends because of a packet, and what nobody waits for.
_BESIDE = frozenset(
    {ReplyKind.ICMP_HOST_REDIRECT, ReplyKind.ICMP6_REDIRECT, ReplyKind.TEE, ReplyKind.FLOOD,
     ReplyKind.LOCAL_COPY}
)  # fmt: skip
_NOWHERE = Span(1, 1, 1, 2)


class TooLong(Exception):
    """The walk has more steps than a trial may take, or the time is over."""


@dataclass(frozen=True, slots=True)
class Trial:
    """``story`` is the packet's own; ``answer`` what became of the answer that was tried, or of
    the host's own; ``stopped`` the one of them that ended badly."""

    stack: Stack
    story: Story
    symptoms: tuple[Symptom, ...]
    answer: Story | None = None
    before: tuple[Story, ...] = ()

    @property
    def is_open(self) -> bool:
        """Is it unknown what became of the packet, or of its answer?"""
        both = (self.story, self.answer)
        return any(each.fate.verdict == "undetermined" for each in both if each is not None)

    @property
    def stopped(self) -> Story | None:
        if self.story.stopped:
            return self.story
        if self.answer is not None and self.answer.stopped:
            return self.answer
        sent = (each for each in self.story.emitted if each.reason not in _BESIDE)
        return next((each for each in sent if each.stopped), None)

    def stopped_for(self, symptom: Symptom) -> Story | None:
        """The story that a symptom is about: of an answer the answer's, where the packet itself was
        stopped as well."""
        if symptom.name == ANSWER_DROPPED and self.story.stopped:
            stopped = (each for each in self.story.emitted if each.stopped)
            return next(stopped, self.story)
        return self.stopped

    @property
    def back(self) -> Story | None:
        """The answer: the far end's that was tried, or the host's own."""
        return self.answer or next((each for each in self.story.emitted if each.sent), None)

    @property
    def asked_line(self) -> int:
        """The statement whose packet left last before this one."""
        return next((each.line for each in reversed(self.before) if each.sent is not None), 0)

    def has(self, symptom: Symptom) -> bool:
        return any(each.name == symptom.name for each in self.symptoms)


def tried(
    compiled: Compiled,
    line: int,
    is_late: Callable[[], bool] = lambda: False,
    *,
    never: bool = False,
) -> Trial | None:
    """The trial of a statement's packet; ``None`` when it makes no packet. Raises ``TooLong``.

    ``never``: the packet must not get through. That it does is the only symptom.
    """
    stack = Stack(compiled, WAYS, folded=True)
    steps: list[Step] = []
    statement = next(each for each in compiled.script if each.line == line)
    for each in compiled.script:
        if each.line > line:
            break
        _walk(stack, each, steps, is_late)
    told = stories(steps)
    story = next((each for each in told if each.line == line), None)
    if story is None:
        return None
    before = tuple(each for each in told if each.line < line)
    if never:
        text = f"Packet {line} gets through. {sentence(story.fate)}"
        passes = (Symptom(PASSES, line, text),) if story.passed else ()
        return Trial(stack, story, passes, None, before)
    found = list(of_story(stack, story, statement))
    closed = closed_in_ipv4(compiled, stack, story)
    if closed:
        text = f"Packet {line} gets in by IPv6. By IPv4, {closed} would stop it."
        found.append(Symptom(OPEN_DOOR, line, text))
    old = still_as_before(compiled, story)
    if old:
        found.append(Symptom(REMEMBERED, line, old))
    answer = None
    if isinstance(statement, Reply):
        found += _impossible(stack, story, before)
    elif _asks_elsewhere(story):
        is_told = _is_answered(compiled, statement)  # then the reply's own report says what it met
        if not is_told:
            found += through_tunnel(stack, story)
            found += by_another_router(stack, story)
            found += into_a_tunnel(stack, story)
        answer = _answered(stack, line, is_late)
        if answer is not None and not any(each.name in UNANSWERABLE
                                          for each in found):  # fmt: skip
            found += [each for each in of_answer(story, answer)
                      if not is_told or each.name == OTHER_WAY]  # fmt: skip
        if is_told and not any(each.name == OTHER_WAY for each in found):
            answer = None
    return Trial(stack, story, _once(found), answer, before)


def _asks_elsewhere(story: Story) -> bool:
    """Did it leave, to somebody who would answer? What is delivered here has its answer."""
    return story.fate.verdict in ("forwarded", "sent") and begins(story.first)


def _once(symptoms: list[Symptom]) -> tuple[Symptom, ...]:
    """One of a name: the walk's own word before that of the answer that was tried."""
    return tuple({each.name: each for each in reversed(symptoms)}.values())[::-1]


def _walk(
    stack: Stack, statement: Statement, steps: list[Step], is_late: Callable[[], bool]
) -> None:
    told = sum(step.count for step in steps)
    for step in perform(stack, statement):
        steps.append(step)
        told += step.count
        if told > MOST_STEPS or (len(steps) % 256 == 0 and is_late()):
            raise TooLong


def _is_answered(compiled: Compiled, statement: Statement) -> bool:
    """Does the text itself hold the answer, as the next statement?"""
    following = (each for each in compiled.script if each.line > statement.line)
    return isinstance(next(following, None), Reply)


def _answered(stack: Stack, line: int, is_late: Callable[[], bool]) -> Story | None:
    """The far end's answer to what left last, walked; ``None`` when there is none."""
    if not any(
        each.way is CrossedAs.SENT and each.line == line for each in stack.conversation.crossings
    ):
        return None
    if stack.conversation.crossings[-1].place == "lo":
        return None
    steps: list[Step] = []
    _walk(stack, Reply(line=line + 1, span=_NOWHERE, text="reply"), steps, is_late)
    return next(iter(stories(steps)), None)


def _impossible(stack: Stack, story: Story, before: tuple[Story, ...]) -> list[Symptom]:
    """A reply in the text that no real far end could have sent."""
    asked = next((each for each in reversed(before) if each.sent is not None), None)
    if asked is None or not story.in_iface:
        return []
    why = [each for each in of_story(stack, asked, None) if each.name in UNANSWERABLE]
    return [
        Symptom(IMPOSSIBLE, story.line, f"This reply could not really arrive. {each.text}")
        for each in why
    ]
