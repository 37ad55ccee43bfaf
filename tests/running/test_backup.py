"""``backup`` and ``restore``: everything there and back, between both databases."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.apps import apps

from playground.management import backups
from tests.floorplan import ROOT
from tests.running.services import environment, manage
from tests.web.test_postgres import database

__all__ = ["database"]

pytestmark = pytest.mark.slow

# One row at least of every kind, with what goes wrong easily: a parent whose key sorts after its
# child's, text of every alphabet, bytes, times, what is empty, what is deleted.
FILLED = """
import django; django.setup()
from django.contrib.auth.models import Group, Permission, User
from playground import models
from playground.collections import pages, people
from playground.links import keys, store, takedown
from playground.together import sessions
from sim.model.scenario import Scenario

ada = User.objects.create_superuser("ada", "ada@example.org", "difference-engine")
ben = User.objects.create_user("ben", password="analytical-engine")
group = Group.objects.create(name="hosts")
group.permissions.set(Permission.objects.filter(codename__contains="share"))
ben.groups.add(group)
ben.user_permissions.set(Permission.objects.filter(codename="view_owner"))
owner, key = keys.new_owner()
models.Owner.objects.create(key_hash="0" * 64, user=ben)
odd = Scenario(title="\\u00fcber \\u4e2d\\u6587 \\U0001f600", rules="# \\u2028 a\\n")
parent = store.save(odd, owner)
for at in range(20):
    text = f"iptables -A INPUT -p tcp --dport {at} -j DROP\\n"
    child = store.save(Scenario(rules=text, packets="local udp 1.2.3.4:1 -> 5.6.7.8:2"), owner,
                       is_listed=at % 2 == 0, parent=parent)
    parent = child if at % 5 == 0 else parent
store.add_version(child.share, owner, Scenario(rules="# second\\n"))
store.edit(child.share, owner, title="T", description="*d*", tags=["b", "a"])
gone = store.save(Scenario(rules="# gone\\n"), owner).share
store.let_go(gone, owner)
bad = store.save(Scenario(rules="# bad\\n")).share
takedown.report(bad, "other", "see\\nhere", "me@example.org")
takedown.take_down(bad.pk, "ada", "why", 451)
made = pages.create(owner, "Ours", "about", "public", "me")
draft = pages.draft_of("First findable page", f"/s/{child.share.pk}\\n\\ntext", "one, two")
page = pages.save_page(made, draft, owner)
again = pages.draft_of("First findable page", "rewritten words", "", 1)
pages.save_page(made, again, None, page.slug)
people.invite(made, "editor")
walk = sessions.start(child, "a" * 32, 9)
sessions.join(walk.pk, "b" * 32)
print(key)
"""
USED = """
import django, sys; django.setup()
from django.contrib.auth import authenticate
from playground.collections import search
from playground.links import keys, store
from sim.model.scenario import Scenario
owner = keys.with_key(sys.argv[1])
assert owner is not None and owner.claims.count() > 10
assert authenticate(username="ada", password="difference-engine") is not None
ben = authenticate(username="ben", password="analytical-engine")
assert ben.has_perm("playground.view_share")
(hit,) = search.search("findable rewritten", None)
assert hit.page.title == "First findable page"
new = store.save(Scenario(rules="# after the restore\\n"), keys.new_owner()[0])
print("works")
"""


def _ran(code: str, state: Path, *words: str, **more: str) -> str:
    told = {**environment(state, **more), "DJANGO_SETTINGS_MODULE": "playground.settings"}
    done = subprocess.run(
        [sys.executable, "-c", code, *words],
        cwd=ROOT, env=told, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def _well(state: Path, *words: str, **more: str) -> str:
    done = manage(state, *words, **more)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return done.stdout


def _files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A state directory whose SQLite holds all of it, and the key of an owner."""
    state = tmp_path_factory.mktemp("filled")
    _well(state, "migrate", "--verbosity", "0")
    return state, _ran(FILLED, state)


@pytest.mark.postgres
def test_everything_goes_to_postgresql_and_back(
    filled: tuple[Path, str], database: str, tmp_path: Path
) -> None:
    """Three backups on the way are the same files; the databases work like the first one."""
    state, key = filled
    _well(state, "backup", str(tmp_path / "first"))
    _well(tmp_path, "restore", str(tmp_path / "first"), DATABASE_URL=database)
    _well(tmp_path, "backup", str(tmp_path / "second"), DATABASE_URL=database)
    back = tmp_path / "back"
    back.mkdir()
    _well(back, "restore", str(tmp_path / "second"))
    _well(back, "backup", str(tmp_path / "third"))
    first = _files(tmp_path / "first")
    assert _files(tmp_path / "second") == first
    assert _files(tmp_path / "third") == first
    assert _ran(USED, tmp_path, key, DATABASE_URL=database) == "works"
    assert _ran(USED, back, key) == "works"


def test_a_backup_is_whole_readable_and_private(filled: tuple[Path, str], tmp_path: Path) -> None:
    """Every model of ours has rows in it; texts are text; nobody else on the machine reads it."""
    state, key = filled
    folder = tmp_path / "kept"
    _well(state, "backup", str(folder))
    for model in apps.get_app_config("playground").get_models():
        lines = (folder / f"{model._meta.label_lower}.jsonl").read_text().split("\n")
        assert json.loads(lines[0])["model"] == model._meta.label_lower
    assert "--dport 7 -j DROP" in (folder / "playground.document.jsonl").read_text()
    everything = b"".join(_files(folder).values())
    assert key.encode() not in everything
    assert b"difference-engine" not in everything
    assert folder.stat().st_mode & 0o077 == 0
    assert not [path for path in folder.iterdir() if path.stat().st_mode & 0o077]


def test_a_database_that_holds_something_is_left(filled: tuple[Path, str], tmp_path: Path) -> None:
    """Unless one says to replace it, as a start has filled it with examples already."""
    state, _ = filled
    other = tmp_path / "other"
    shutil.copytree(state, other)
    _well(state, "backup", str(tmp_path / "kept"))
    before = _files(tmp_path / "kept")
    done = manage(other, "restore", str(tmp_path / "kept"))
    assert done.returncode == 2
    assert "--replace" in done.stderr
    _well(other, "restore", "--replace", str(tmp_path / "kept"))
    _well(other, "backup", str(tmp_path / "again"))
    assert _files(tmp_path / "again") == before
    done = manage(other, "backup", str(tmp_path / "again"))
    assert (done.returncode, "is not empty" in done.stderr) == (2, True)


def _unmanifested(folder: Path) -> None:
    (folder / backups.MANIFEST).unlink()


def _flipped(folder: Path) -> None:
    file = folder / "playground.document.jsonl"
    file.write_bytes(file.read_bytes().replace(b"DROP", b"DR0P", 1))


def _missing(folder: Path) -> None:
    (folder / "playground.share.jsonl").unlink()


def _newer(folder: Path) -> None:
    manifest = json.loads((folder / backups.MANIFEST).read_text())
    manifest["migrations"].append("playground.9999_later")
    (folder / backups.MANIFEST).write_text(json.dumps(manifest))


def _nonsense(folder: Path) -> None:
    (folder / backups.MANIFEST).write_text('{"files": []}')


def test_what_is_no_whole_backup_changes_nothing(filled: tuple[Path, str], tmp_path: Path) -> None:
    """One sentence, exit 2, and the database as it was, though it was to be replaced."""
    state, _ = filled
    _well(state, "backup", str(tmp_path / "kept"))
    for spoil in (_unmanifested, _flipped, _missing, _newer, _nonsense):
        bad = tmp_path / spoil.__name__
        shutil.copytree(tmp_path / "kept", bad)
        spoil(bad)
        done = manage(state, "restore", "--replace", str(bad))
        assert done.returncode == 2, spoil.__name__
        assert "Traceback" not in done.stderr
        assert done.stderr.startswith("CommandError: ")
    _well(state, "backup", str(tmp_path / "after"))
    assert _files(tmp_path / "after") == _files(tmp_path / "kept")


def test_people_save_while_a_backup_runs(filled: tuple[Path, str], tmp_path: Path) -> None:
    """It holds no lock on SQLite, and what they save meanwhile is not half in it."""
    state, _ = filled
    code = (
        "import django, sys; django.setup()\n"
        "from pathlib import Path\n"
        "from playground.links import store\n"
        "from playground.management import backups\n"
        "from sim.model.scenario import Scenario\n"
        "import threading\n"
        "written = backups._written\n"
        "def slowly(model, path):\n"
        "    if model.__name__ == 'Version':\n"
        "        one = threading.Thread(target=store.save, args=(Scenario(rules='# meanwhile'),))\n"
        "        one.start(); one.join()\n"
        "    return written(model, path)\n"
        "backups._written = slowly\n"
        "backups.write(Path(sys.argv[1]))\n"
        "print(store.save(Scenario(rules='# meanwhile')).share.versions.count())\n"
    )
    assert _ran(code, state, str(tmp_path / "kept"), CHAINWALK_BUSY_SECONDS="5") == "1"
    assert not [name for name, data in _files(tmp_path / "kept").items() if b"meanwhile" in data]
