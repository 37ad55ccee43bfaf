"""The card is laid out once; SVG and PNG draw those shapes."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from playground.embedding.cards import Card, Verdict, card_of
from playground.embedding.layout import CHAT, README, Disc, Form, Stroke, Text, laid_out
from playground.embedding.svg import svg_of
from playground.page import gallery
from playground.walks import runs

CARDS = [card_of(one.scenario.title, runs.walk_of(one.scenario)) for one in gallery.everything()]
FORMS = [pytest.param(README, id="readme"), pytest.param(CHAT, id="chat")]
SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.title[:20])
def test_all_of_it_is_inside_the_picture(card: Card, form: Form) -> None:
    """Every shape of every shipped scenario, the ends of its words as far as they begin."""
    picture = laid_out(card, form)
    for shape in picture.shapes:
        points = [p for part in shape.parts for p in part] if isinstance(shape, Stroke) else []
        reach = shape.radius if isinstance(shape, Disc) else 0
        for x, y in points or ([] if isinstance(shape, Stroke) else [shape.at]):
            assert reach <= x <= picture.width - reach, shape
            assert reach <= y <= picture.height - reach, shape


def test_the_svg_has_an_element_for_each_shape_and_no_other() -> None:
    """Words, strokes and discs in their order; what it says is what was laid out."""
    card = CARDS[0]
    shapes = laid_out(card, README).shapes
    group = ElementTree.fromstring(svg_of(card, "dark")).find(f"{SVG}g")
    assert group is not None
    names = {Text: "text", Stroke: "path", Disc: "circle"}
    assert [one.tag for one in group] == [f"{SVG}{names[type(shape)]}" for shape in shapes]
    assert [one.text for one in group.iter(f"{SVG}text")] == [
        shape.words for shape in shapes if isinstance(shape, Text)
    ]


def test_what_does_not_fit_is_counted_where_fewer_fit() -> None:
    """A card for chats shows three fates, one for READMEs four: each says how many are left."""
    card = Card("t", tuple(Verdict(n, "goes", "sent") for n in range(4)), 2, None)
    words = {
        form: [shape.words for shape in laid_out(card, form).shapes if isinstance(shape, Text)]
        for form in (README, CHAT)
    }
    assert "and 2 more packets" in words[README]
    assert "and 3 more packets" in words[CHAT]
