"""Every lesson runs: its scenarios come to the fates that its words promise, on the kernel too."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from django.test import Client

from playground.lessons.shelf import FOLDER, ORDER, Lesson, lessons
from playground.lessons.told import Told
from playground.lessons.walked import parts_of, walk
from playground.walks import runs

ROOT = Path(__file__).resolve().parents[2]
SCENARIOS = [(one, name) for one in lessons() for name in one.scenarios]
# IPsec is not built into every kernel; its recordings are under tests/cases/ipsec.
ELSEWHERE = ("strongswan-clients",)
CHANCE = "kube-proxy-service/service.toml"  # the kernel draws which pod it is
OLD_KERNEL = "owner-match/cmd-owner.toml"  # what it shows is gone since 2.6.14
SECTIONS = ("## What to look at", "## On your own box", "## Sources")


@pytest.mark.parametrize(("found", "name"), SCENARIOS, ids=[f"{a.slug}/{b}" for a, b in SCENARIOS])
def test_a_scenario_comes_to_what_the_lesson_says(found: Lesson, name: str) -> None:
    """It has expectations and each of them holds."""
    walked = walk(name, found.scenarios[name])
    assert walked.outcomes
    assert [one for one in walked.outcomes if one.failures] == []


@pytest.mark.parametrize("found", lessons(), ids=lambda found: found.slug)
def test_a_lesson_is_whole(found: Lesson) -> None:
    """Question, answer, what to look at, how to check, sources; and no scenario unused."""
    text = "".join(piece.text for piece in found.pieces)
    for section in SECTIONS:
        assert section in text, section
    assert found.question.endswith("?")
    assert {name for piece in found.pieces for name in piece.names} == set(found.scenarios)


def test_every_folder_is_on_the_shelf() -> None:
    """None is forgotten, none is missing."""
    folders = {path.parent.name for path in FOLDER.glob("*/lesson.md")}
    assert folders == set(ORDER)


@pytest.mark.parametrize("found", lessons(), ids=lambda found: found.slug)
def test_a_page_shows_its_fates_without_script(client: Client, found: Lesson) -> None:
    """And each scenario opens in the playground."""
    page = client.get(f"/lessons/{found.slug}/").content.decode()
    assert found.title in page.replace("&#x27;", "'")
    for name in found.scenarios:
        assert f"/lessons/{found.slug}/{name}" in page
    assert client.get(f"/lessons/{found.slug}/{next(iter(found.scenarios))}").status_code == 200


def told_of(slug: str, name: str) -> tuple[Told, ...]:
    walks = [walk for part in parts_of(slug) for walk in part.walks if walk.name == name]
    return walks[0].told


def test_a_packet_that_leaves_and_dies_all_the_same_is_shown_as_lost() -> None:
    """Renumbered under SNAT the third packet leaves with an address that nobody answers for;
    under MASQUERADE it does not. What happens to the host stands between the packets."""
    kept, lost = (told_of("snat-or-masquerade", f"change-{way}") for way in ("masquerade", "snat"))
    assert [one.verdict for one in kept] == ["forwarded", "event", "forwarded", "forwarded"]
    assert [one.verdict for one in lost] == ["forwarded", "event", "lost"]
    assert "203.0.113.77" in lost[1].sentence
    assert "nobody answers for it" in lost[2].trouble


@pytest.mark.parametrize(
    ("slug", "dead", "alive"),
    [
        ("hairpin-nat", "without", "with"),
        ("answer-takes-another-way", "lost", "kept"),
        ("notrack-and-nat", "untracked", "tracked"),
    ],
)
def test_of_a_pair_the_one_that_dies_visibly_dies(slug: str, dead: str, alive: str) -> None:
    """A packet of the one is lost, none of the other."""
    assert "lost" in {one.verdict for one in told_of(slug, dead)}
    assert "lost" not in {one.verdict for one in told_of(slug, alive)}


def test_what_is_not_there_is_not_found(client: Client) -> None:
    """404 for a lesson, and for a scenario of one."""
    assert client.get("/lessons/nothing/").status_code == 404
    assert client.get("/lessons/traversal/nothing").status_code == 404


def test_limits_leave_room_for_every_lesson() -> None:
    """A scenario of ours runs on the page as it stands."""
    for found, name in SCENARIOS:
        runs.within_limits(found.scenarios[name])


@pytest.mark.kernel
def test_the_kernel_says_the_same() -> None:
    """Every TRACE line and every packet on a wire, for all lessons that this kernel can run."""
    paths = [path for one in lessons() if one.slug not in ELSEWHERE for path in one.files]
    files = [str(path) for path in paths if not str(path).endswith(CHANCE)]
    done = subprocess.run(
        [sys.executable, "manage.py", "verify", *files],
        cwd=ROOT, capture_output=True, text=True, timeout=600, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    partly = [line for line in done.stdout.splitlines() if "not comparable" in line]
    assert [line for line in partly if OLD_KERNEL not in line] == []
