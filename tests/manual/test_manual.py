"""The manual is one source for the page and the repository, and what it shows is so."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from django.test import Client

from playground.page.manual import FOLDER, ORDER
from playground.walks import runs
from sim.extensions.matchers import MATCHES
from sim.extensions.targets import TARGETS
from sim.kernel.traversal import run
from sim.model.scenario import Scenario
from sim.read.expect import parse_expect
from sim.read.host.text import parse_host
from sim.tell.expected import check
from sim.trace.steps import Fate
from tests.manage import manage

README = Path("README.md").read_text()
COMMANDS = Path("playground/management/commands")


def fenced(chapter: str, section: str, language: str = "") -> str:
    """The first block of code below a heading; below the title where it has none."""
    text = (FOLDER / f"{chapter}.md").read_text()
    below = text.partition(f"## {section}\n")[2] if section else text
    found = re.search(rf"^```{language}\n(.*?)^```$", below, re.M | re.S)
    assert found
    return found[1]


@pytest.mark.parametrize("slug", ORDER)
def test_every_chapter_is_a_page_and_a_file_that_the_readme_leads_to(
    client: Client, slug: str
) -> None:
    """With each of its headings as a place that a link can lead to."""
    page = client.get(f"/help/{slug}").content.decode()
    assert f"({FOLDER.relative_to(Path.cwd())}/{slug}.md)" in README
    for title in re.findall(r"^## (.+)$", (FOLDER / f"{slug}.md").read_text(), re.M):
        assert f">{title}</h2>" in page
        anchor = re.search(rf'<h2 id="([a-z-]+)">{title}', page)
        assert anchor
        assert f'href="#{anchor[1]}"' in page


def test_no_file_of_the_manual_is_left_out() -> None:
    """A chapter that stands in no list is not read by anybody."""
    assert {path.stem for path in FOLDER.glob("*.md")} == set(ORDER)


@pytest.mark.django_db
def test_the_contents_lead_everywhere(client: Client) -> None:
    """Each link of /help answers; what the manual lacks is a 404."""
    page = client.get("/help").content.decode()
    own = [to for to in re.findall(r'href="(/[^"#]*)"', page) if not to.startswith("/static")]
    assert {f"/help/{slug}" for slug in ORDER} | {"/help/extensions"} <= set(own)
    for to in own:
        assert client.get(to).status_code == 200, to
    assert client.get("/help/nothing").status_code == 404


def test_every_command_is_told_of() -> None:
    """A command that neither manual nor README names cannot be found by anybody."""
    text = README + "".join((FOLDER / f"{slug}.md").read_text() for slug in ORDER)
    for path in COMMANDS.glob("[a-z]*.py"):
        assert f"manage.py {path.stem}" in text, path.stem


def test_every_option_of_every_extension_is_in_the_list(client: Client) -> None:
    """From the declarations themselves: none is forgotten when one is added."""
    page = client.get("/help/extensions").content.decode()
    for (name, _), kind in [*MATCHES.items(), *TARGETS.items()]:
        if kind.removed or name != kind.name:  # another name of one that is there
            continue
        assert f" {name}</code></h3>" in page
        for option in kind.options:
            assert f"<code>{option.flag}" in page, (name, option.flag)


def test_the_first_scenario_of_the_manual_does_what_it_expects() -> None:
    """The TOML that people copy."""
    scenario = Scenario.from_toml(fenced("scenario", "", "toml"))
    prepared = runs.prepare(scenario)
    fates = [step for step in run(prepared.compiled) if isinstance(step, Fate)]
    outcomes = check(prepared.expectations, fates)
    assert [outcome.failures for outcome in outcomes] == [(), ()]


def test_every_line_that_the_manual_shows_is_read() -> None:
    """Host, packets and expectations."""
    parse_host(fenced("scenario", "Host"))
    expected = parse_expect(fenced("scenario", "Expectations"))
    assert len(expected) == 6
    host = tomllib.loads(fenced("scenario", "", "toml"))["host"] + "user worker 1000\n"
    scenario = Scenario(host=host, packets=fenced("scenario", "Packets"))
    assert len(runs.prepare(scenario).compiled.script) == 5


def test_the_section_one_is_in_is_marked(client: Client) -> None:
    """Once, in the header of every page."""
    for path, name in [("/help/answers", "Help"), ("/lessons/traversal/", "Lessons"),
                       ("/examples/", "Examples"), ("/builder", "Builder")]:  # fmt: skip
        page = client.get(path).content.decode()
        nav = page.partition('aria-label="Site">')[2].partition("</nav>")[0]
        marked = re.findall(r'aria-current="[a-z]+">([^<]+)<', nav)
        assert marked == [name]


def test_the_readmes_picture_is_what_the_command_draws() -> None:
    """Anew after a change: manage.py poster SCENARIO > static/site/poster.svg."""
    scenario = "playground/lessons/docker-user-and-dnat/by-original-port.toml"
    drawn = manage("poster", scenario)
    assert drawn.stdout.strip() == Path("static/site/poster.svg").read_text().strip()
