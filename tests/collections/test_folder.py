"""A collection as a folder, and back; zip files that are not what they seem."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from playground.collections import folder, pages, zipped
from playground.collections.folder import Folder, files_of, read
from playground.collections.pages import Problem, draft_of
from playground.links import store
from playground.models import Collection
from playground.page import gallery
from playground.site.limits import LIMITS
from tests.collections.conftest import Person

SCENARIOS = [one.scenario for one in gallery.everything()]
lines = st.text(st.characters(exclude_categories=("C",)), max_size=30)
texts = st.lists(lines, max_size=5).map("\n".join)
slugs = st.from_regex(r"[a-z0-9]{1,8}(-[a-z0-9]{1,5})?", fullmatch=True)


@st.composite
def folders(draw: st.DrawFn) -> Folder:
    """What a collection may hold, as it is stored."""
    titles = lines.map(lambda text: " ".join(text.split())).filter(bool)
    names = draw(st.lists(slugs, max_size=3, unique=True))
    scenarios = {name: draw(st.sampled_from(SCENARIOS)) for name in names}
    made = {}
    for slug in draw(st.lists(slugs, max_size=3, unique=True)):
        shown = "".join(f"\n{{{{ {name} }}}}\n" for name in names[:1])
        body = draw(texts).replace("{{", "") + shown
        tags = ",".join(draw(st.lists(slugs, max_size=3)))
        made[slug] = draft_of(draw(titles), body, tags)
    about = draw(texts).strip()
    return Folder(draw(titles), about, "link", "one\n\n# Two\n", made, scenarios)


@given(folders())
def test_files_say_everything(made: Folder) -> None:
    """Read again it is the same, and so are the bytes."""
    files = files_of(made)
    found = read(files)
    assert found == made
    assert files_of(found) == files


@given(made=folders())
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_collection_comes_back_from_its_folder(person: Person, made: Folder) -> None:
    """Taken in and given out: the same bytes; taken in again: nothing changes."""
    collection = pages.create(person.owner, made.title, "", "link")
    folder.take(collection, made, person.owner)
    assert files_of(folder.exported(collection)) == files_of(made)
    assert folder.take(collection, read(files_of(made)), person.owner) == []
    collection.delete()


def test_zip_files_are_the_same_each_time() -> None:
    """So that a build that makes one is reproducible."""
    files = {"collection.toml": b"title = 'x'\n", "pages/a.md": b"---\ntitle: A\n---\n"}
    assert zipped.packed(files) == zipped.packed(files)
    assert zipped.unpacked(zipped.packed(files)) == files
    around = {f"repo-main/{path}": data for path, data in files.items()}
    assert zipped.unpacked(zipped.packed(around)) == files


def made_zip(*files: tuple[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files:
            archive.writestr(name, data)
    return made.getvalue()


BOMB = made_zip(("pages/a.md", bytes(LIMITS.unzipped_bytes + 1)))


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"no zip", "no zip file"),
        (b"", "no zip file"),
        (BOMB, "more than"),
        (made_zip(("pages/a.md", b"x")), "collection.toml"),
        (made_zip(("collection.toml", b"title = ")), "collection.toml"),
        (made_zip(("collection.toml", b"title = 1")), "a text"),
        (made_zip(("collection.toml", b"about = 'x'")), "needs a title"),
        (made_zip(("collection.toml", b"title = 'x'"), ("pages/a.md", b"no head")), "pages/a.md"),
        (made_zip(("collection.toml", b"title='x'"), ("pages/a.md", b"\xff")), "UTF-8"),
        (made_zip(("collection.toml", b"title='x'"), ("scenarios/a.toml", b"x")), "scenarios/a"),
    ],
)
def test_what_is_no_folder_is_refused(
    person: Person, collection: Collection, data: bytes, why: str
) -> None:
    """With the file's name and the reason; nothing is changed."""
    with pytest.raises(Problem, match=why):
        read(zipped.unpacked(data))
    given: dict[str, Any] = {"zip": SimpleUploadedFile("a.zip", data, "application/zip")}
    answer = person.client.post(f"/k/{collection.pk}/take", given)
    assert answer.status_code == 400
    collection.refresh_from_db()
    assert collection.title == "Our network"


def test_a_path_that_leads_outside_is_only_a_name() -> None:
    """Nothing is written; such files are left alone and told."""
    data = made_zip(
        ("collection.toml", b"title='x'"), ("../../etc/passwd", b"x"), ("README.md", b"")
    )
    assert read(zipped.unpacked(data)).ignored == ["../../etc/passwd", "README.md"]


def test_the_commands_keep_a_folder_in_step(
    person: Person, collection: Collection, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Out, changed with an editor, and in again; a file that is not ours stays."""
    found = store.save(gallery.first().scenario, person.owner)
    pages.save_page(collection, draft_of("A page", f"/s/{found.share.pk}\n", "x"), person.owner)
    pages.save_page(collection, draft_of("Old", "y\n", ""), person.owner)
    (tmp_path / "README.md").write_text("ours")
    with pytest.raises(SystemExit, match="0"):
        call_command("collection", "export", collection.pk, str(tmp_path))
    assert {path.name for path in tmp_path.rglob("*.*")} == {
        "README.md", "collection.toml", "a-page.md", "old.md",
        "a-home-router-shares-one-address.toml",
    }  # fmt: skip
    (tmp_path / "pages" / "old.md").unlink()
    page = tmp_path / "pages" / "a-page.md"
    page.write_text(page.read_text() + "\nMore.\n")
    with pytest.raises(SystemExit, match="0"):
        call_command("collection", "import", str(tmp_path), "--into", collection.pk)
    assert "page a-page\n" in capsys.readouterr().out
    assert [(one.slug, one.number) for one in collection.pages.all()] == [("a-page", 2)]
    with pytest.raises(SystemExit, match="0"):
        call_command("collection", "import", str(tmp_path))
    assert Collection.objects.count() == 2
    with pytest.raises(SystemExit, match="2"):
        call_command("collection", "export", "nothing", str(tmp_path))


def test_who_may_read_it_is_not_the_file_s_to_say(person: Person) -> None:
    """A public folder taken in as a members' collection stays theirs."""
    data = made_zip(("collection.toml", b"title='x'\nvisibility='public'\nabout='of the file'"))
    values = {"title": "", "about": "", "visibility": "members",
              "zip": SimpleUploadedFile("a.zip", data, "application/zip")}  # fmt: skip
    assert person.client.post("/k/new", values).status_code == 302
    made = Collection.objects.get()
    assert (made.title, made.about, made.visibility) == ("x", "of the file", "members")
