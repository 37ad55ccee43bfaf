"""The host got the packet and keeps silent; or what came is not quite the answer that was due."""

from __future__ import annotations

from collections.abc import Iterator

from sim.base.values import address_text
from sim.packet.headers import PORT_PROTOCOLS
from sim.packet.kinds import CtState
from sim.tell.render import protocol_text
from sim.tools.advice.edits import sysctl
from sim.tools.advice.finding import Fix
from sim.tools.why.candidates.filtering import accepting
from sim.tools.why.look import Candidate, Look
from sim.tools.why.story import Story
from sim.tools.why.symptoms import NOT_ANSWERED, silence
from sim.trace.outcomes.sockets import AnswerOff, IcmpToMany, NotTaken

_BROADCASTS = "net.ipv4.icmp_echo_ignore_broadcasts"


def candidates(look: Look) -> Iterator[Candidate]:
    if look.symptom.name == NOT_ANSWERED:
        yield from _switched_off(look)
    story = look.stopped
    if story is None or story.fate.packet.is_arp:
        return
    yield from _to_many(look, story)
    yield from _nearly_the_answer(look, story)


def _switched_off(look: Look) -> Iterator[Candidate]:
    cause = silence(look.story)
    if isinstance(cause, AnswerOff):
        text = f"{cause.name} is on, so this host answers no such echo request."
        fix = Fix(f"Set {cause.name} to 0", (sysctl(look.case, cause.name, "0"),))
        yield Candidate("echo-ignored", text, fix, 1)


def _to_many(look: Look, story: Story) -> Iterator[Candidate]:
    why = story.fate.why
    if isinstance(why, NotTaken) and isinstance(why.cause, IcmpToMany):
        text = f"{_BROADCASTS} is 1: this host answers no echo request to a broadcast address."
        fix = Fix(f"Set {_BROADCASTS} to 0", (sysctl(look.case, _BROADCASTS, "0"),))
        yield Candidate("echo-ignored", text, fix, 2)


def _nearly_the_answer(look: Look, story: Story) -> Iterator[Candidate]:
    """conntrack takes for an answer only what has both addresses and both ports turned round."""
    stopper, headers = look.stopper, story.first.headers
    if stopper is None or story.ct_state is not CtState.NEW or story.is_local:
        return
    if headers.protocol not in PORT_PROTOCOLS or headers.fragment_offset:
        return
    for asked in reversed(look.before):
        flow = asked.flow
        if flow is None or asked.first.is_arp:
            continue
        due = flow.reply
        to_same_port = (headers.protocol, headers.dst, headers.dport) == (
            due.protocol, due.dst, due.dport,
        )  # fmt: skip
        ends = ((due.src, headers.src), (due.sport, headers.sport))
        wrong = [end for end in ends if end[0] != end[1]]
        if not to_same_port or len(wrong) != 1:
            continue
        of_port = wrong[0] is ends[1]
        name = protocol_text(headers.protocol).upper()
        wanted, came = (
            (f"{name} port {due.sport}", f"port {headers.sport}")
            if of_port
            else (address_text(due.src), address_text(headers.src))
        )
        text = (
            f"This would be the answer to packet {asked.line}, but it comes from {came}, and "
            f"packet {asked.line} went to {wanted}. conntrack takes it for a new connection."
        )
        body = f"-s {address_text(headers.src)} -p {name.lower()} --sport {headers.sport}"
        fix = Fix(f"Accept what {address_text(headers.src)} sends from port {headers.sport}",
                  accepting(look, stopper, body))  # fmt: skip
        more = "also when nobody asked"
        yield Candidate("answer-from-elsewhere", text, fix, 3, more)
        return
