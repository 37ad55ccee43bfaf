"""What went wrong behind a packet that got through, in the few words that a list has room for."""

from __future__ import annotations

from sim.tools.why import PacketReport
from sim.tools.why import symptoms as s

PASSING = ("forwarded", "delivered", "sent")
# Of a packet that is stopped the verdict says it: NOT_ARRIVED has no words here.
WORDS = {
    s.ANSWER_DROPPED: "answer dropped",
    s.NOT_ANSWERED: "not answered",
    s.NO_WAY_BACK: "no way back",
    s.NOBODY_ANSWERS: "nobody answers",
    s.OTHER_WAY: "answer by another way",
    s.WRONG_SOURCE: "answer from elsewhere",
    s.IMPOSSIBLE: "no such reply",
    s.UNTRANSLATED: "not translated",
    s.OTHER_SOURCE: "unexpected source",
    s.DIVERTED: "diverted",
    s.PAST_THIS_HOST: "answer past this host",
    s.WRONG_WAY: "out the wrong way",
    s.KEPT_HERE: "kept on this host",
    s.FAR_END: "answer unsure",
    s.SOURCE_HIDDEN: "client's address hidden",
    s.OPEN_DOOR: "past other rules",
    s.REMEMBERED: "by the old rules",
    s.LOOP: "back to its sender",
    s.UNPROTECTED: "not encrypted",
}


def trouble_of(report: PacketReport) -> str:
    """``forwarded, no way back``; empty where the verdict alone tells it."""
    if report.outcome not in PASSING:
        return ""
    found = (WORDS[one.name] for one in report.symptoms if one.name in WORDS)
    return next((f"{report.outcome}, {words}" for words in found), "")
