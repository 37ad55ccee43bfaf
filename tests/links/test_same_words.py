"""Every step of everything that is shipped has the same words wherever it is read."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Iterator

import pytest
from django.test import Client

from playground.lessons.shelf import lessons
from playground.links import store
from playground.page import gallery
from playground.page.questions import opened_fold
from playground.page.stream import fragments_of
from sim.kernel.traversal import run
from sim.model.scenario import Scenario
from sim.read.scenario import compile_scenario
from sim.tell.render import line, sentence
from tests.environment import some

pytestmark = pytest.mark.django_db

SHIPPED = {
    **{example.name: example.scenario for example in gallery.everything()},
    **{
        f"{lesson.slug}/{name}": scenario
        for lesson in lessons()
        for name, scenario in lesson.scenarios.items()
    },
}
ROW = re.compile(
    r'<li id="step-(\d+)" class="[^"]*of-(\w+)[^>]*>.*?<span class="place">([^<]*)</span> '
    r'<span class="text">(?:<details class="flows"><summary>|<span class="says">)?([^<]*)'
)
BESIDE = {"hook", "policy"}  # their sentence begins with the row's place, which stands once
FOLD = re.compile(r'data-from="(\d+)" data-to="(\d+)"')


def words_in(page: str) -> dict[int, str]:
    """The words of each step of some HTML, by its number, as they are read."""
    return {
        int(number): html.unescape(f"{place} {text}" if kind in BESIDE else text)
        for number, kind, place, text in ROW.findall(page)
    }


def over_the_socket(scenario: Scenario) -> dict[int, str]:
    """What the frames of a run hold, and what comes when every long fold is opened."""
    values = {key: str(value) for key, value in scenario.as_json().items()}
    frames = "".join(fragments_of({**values, "action": "run", "after": "0"}))
    found = words_in(frames)
    for first, last in FOLD.findall(frames):
        if int(first) not in found:
            found |= words_in(opened_fold({**values, "line": f"{first}-{last}"}))
    return found


def numbered(texts: Iterable[str]) -> Iterator[tuple[int, str]]:
    return enumerate(texts, 1)


@pytest.mark.parametrize("name", some(tuple(SHIPPED)))
def test_page_socket_json_and_text_say_the_same(name: str) -> None:
    """Byte for byte, step for step, none left out."""
    scenario = SHIPPED[name]
    steps = list(run(compile_scenario(scenario), flows=True))
    words = dict(numbered(sentence(step) for step in steps))
    pk = store.save(scenario).share.pk
    client = Client()

    def got(path: str) -> str:
        return client.get(path).content.decode()

    assert words_in(got(f"/s/{pk}")) == words
    assert over_the_socket(scenario) == words
    for path in (f"/s/{pk}.json", f"/api/scenarios/{pk}"):
        assert dict(numbered(step["text"] for step in json.loads(got(path))["steps"])) == words
    assert got(f"/s/{pk}.txt") == "".join(f"{line(step)}\n" for step in steps)
    assert all(sentence(step) in line(step) for step in steps)
    framed = words_in(got(f"/e/{pk}"))
    assert framed.items() <= words.items()
    assert framed
