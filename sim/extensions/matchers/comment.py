"""-m comment: a note on a rule; always true (net/netfilter/xt_comment.c).

The kernel keeps 255 bytes; the tool cuts what is longer without a word.
"""

from __future__ import annotations

from sim.extensions.drawing import DrawPlace
from sim.extensions.extension import (
    EVERY_TEXT,
    Context,
    Judgement,
    MatchType,
    Option,
    RuleContext,
    saved_string,
)
from sim.extensions.listing import Listing
from sim.extensions.traits import Opaque
from sim.model.rules import Args


def _cut(text: str, rule: RuleContext) -> str:
    return text.encode()[:255].decode(errors="ignore")


def _judge(args: Args, ctx: Context) -> Judgement:
    return Judgement(())


def _draw(place: DrawPlace) -> str:
    return "--comment " + place.world.pick(
        ("plain", '"two words"', '"it\'s \\"quoted\\""', "a-b_c")
    )


MATCH = MatchType(
    "comment",
    options=(
        Option("--comment", _cut, required=True, save=saved_string, metavar="TEXT",
               plain=EVERY_TEXT, help="a note for people, up to 255 bytes"),
    ),
    judge=_judge,
    always_holds=True,
    help="a note on the rule",
    listing=Listing(parts={"--comment": "/* {} */"}),
    opaque=Opaque.NOTHING,
    draw=_draw,
    examples=('--comment "a b"',),
)  # fmt: skip
