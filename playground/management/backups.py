"""Everything that is stored, as files that are read with any tool and by any database.

One file of JSON lines for each kind of row, and ``manifest.json`` with their counts and hashes.
Rows are in the order of their keys and keys in theirs, so that the same content gives the same
files, whichever database it comes from. Left out: logins that are open now, and the secret key.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from django.apps import apps
from django.core import serializers
from django.core.management.color import no_style
from django.core.serializers.base import DeserializationError
from django.db import IntegrityError, connection, transaction
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Model

from playground.collections.models import Page
from playground.collections.pages import reindex
from playground.management.files import file_problem
from sim import ENGINE_VERSION

FORMAT = 1
MANIFEST = "manifest.json"
# Made anew by every database (permissions, content types), or of no use in another (sessions).
_LEFT_OUT = {"contenttypes.contenttype", "auth.permission", "sessions.session"}
_CHUNK = 500  # rows in memory


class Unrestorable(Exception):
    """The folder is no backup, is damaged, or does not fit. Nothing was changed."""


@dataclass(frozen=True, slots=True)
class File:
    """What a file of a backup must hold."""

    model: str
    rows: int
    sha256: str


def kinds() -> list[type[Model]]:
    """Every kind of row that is kept, those first that others refer to."""
    grouped = [(config, list(config.get_models())) for config in apps.get_app_configs()]
    found = serializers.sort_dependencies(grouped, allow_cycles=True)
    return [model for model in found if model._meta.label_lower not in _LEFT_OUT]


# ---- writing -------------------------------------------------------------------------------


def write(folder: Path) -> dict[str, int]:
    """Back up into a folder that is new or empty; how many rows of each kind. Raises ``OSError``.

    All files are of one moment, and nobody who saves has to wait. The manifest comes last: a
    folder without one is no backup.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise FileExistsError(f"{folder} is not empty")
    with _one_moment():
        files = {_name(model): _written(model, folder / _name(model)) for model in kinds()}
        migrations = sorted(f"{app}.{name}" for app, name in _applied())
    manifest = {
        "format": FORMAT,
        "engine": ENGINE_VERSION,
        "migrations": migrations,
        "files": {name: asdict(file) for name, file in files.items()},
    }
    with _opened(folder / MANIFEST) as file:
        file.write(json.dumps(manifest, indent=1, sort_keys=True).encode() + b"\n")
    return {file.model: file.rows for file in files.values()}


def _name(model: type[Model]) -> str:
    return f"{model._meta.label_lower}.jsonl"


def _applied() -> set[tuple[str, str]]:
    return set(MigrationRecorder(connection).applied_migrations())


@contextmanager
def _one_moment() -> Iterator[None]:
    """All reads inside see the database as it is at the first one."""
    if connection.vendor == "postgresql":
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            yield
        return
    with connection.cursor() as cursor:
        cursor.execute("BEGIN DEFERRED")  # Django's own would lock out who saves
        try:
            yield
        finally:
            cursor.execute("ROLLBACK")


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    """A new file for its owner's eyes, on the disk when it is closed."""
    with open(path, "xb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        yield file
        file.flush()
        os.fsync(file.fileno())


def _written(model: type[Model], path: Path) -> File:
    digest, rows = hashlib.sha256(), 0
    found = model._base_manager.order_by("pk").iterator(chunk_size=_CHUNK)
    with _opened(path) as file:
        for row in found:
            line = serializers.serialize(
                "jsonl", [row], use_natural_foreign_keys=True, sort_keys=True
            ).encode()
            digest.update(line)
            file.write(line)
            rows += 1
    return File(model._meta.label_lower, rows, digest.hexdigest())


# ---- reading -------------------------------------------------------------------------------


def read(folder: Path, *, replacing: bool = False) -> dict[str, int]:
    """Restore into a database that is migrated; how many rows of each kind.

    It must hold nothing, unless ``replacing``: then what it holds goes. Raises ``Unrestorable``;
    everything is one transaction.
    """
    files = _checked(folder)
    with transaction.atomic():
        _emptied(replacing)
        for name, file in files.items():
            _restored(folder / name, file)
        try:
            connection.check_constraints()
        except IntegrityError as error:
            raise Unrestorable(f"a row refers to one that is not there: {error}") from None
        with connection.cursor() as cursor:  # the next row gets a key that is free
            for statement in connection.ops.sequence_reset_sql(no_style(), kinds()):
                cursor.execute(statement)
        for page in Page.objects.select_related("collection").iterator(chunk_size=_CHUNK):
            reindex(page)
    return {file.model: file.rows for file in files.values()}


def _checked(folder: Path) -> dict[str, File]:
    """The files of a backup in the order to restore them, each as it was written."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text())
        said = {str(name): File(**about) for name, about in manifest["files"].items()}
        form, migrations = manifest["format"], set(manifest["migrations"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise Unrestorable(f"{folder} is no backup: {file_problem(error, MANIFEST)}") from None
    unknown = sorted(migrations - {f"{app}.{name}" for app, name in _applied()})
    if form != FORMAT or [name for name in unknown if name.startswith("playground.")]:
        raise Unrestorable("a newer Chainwalk made this backup: update this one first")
    names = {_name(model): model for model in kinds()}
    strange = sorted(name for name, file in said.items() if name not in names and file.rows)
    if strange:
        raise Unrestorable(f"{strange[0]} has no place here: set CHAINWALK_ACCOUNTS=1, as there")
    for name, file in said.items():
        if name in names and _digest(folder / name) != file.sha256:
            raise Unrestorable(f"{folder / name} is damaged: its SHA-256 is another one")
    return {name: said[name] for name in names if name in said}


def _digest(path: Path) -> str:
    try:
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise Unrestorable(file_problem(error, str(path))) from None


def _emptied(replacing: bool) -> None:
    """Nothing is in the way."""
    for model in reversed(kinds()):
        rows = model._base_manager.all()
        if not replacing and rows.exists():
            raise Unrestorable("the database is not empty: --replace drops what it holds")
        rows._raw_delete(rows.db)  # no cascade: all of it goes
        for field in model._meta.local_many_to_many:
            between = field.m2m_db_table()
            with connection.cursor() as cursor:
                cursor.execute(f"DELETE FROM {connection.ops.quote_name(between)}")
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM playground_search")


def _restored(path: Path, about: File) -> None:
    """Rows as they were written: no field is worked out anew, not even times."""
    rows = 0
    with open(path, encoding="utf-8") as file:
        try:
            for found in serializers.deserialize("jsonl", file):
                found.save(force_insert=True)
                rows += 1
        except (DeserializationError, IntegrityError) as error:
            raise Unrestorable(f"{path}, row {rows + 1}: {error}") from None
    if rows != about.rows:
        raise Unrestorable(f"{path} has {rows} rows; {about.rows} were written")
