"""One process at a time changes the shape of the database; the others wait, and find it done.

On PostgreSQL the database itself holds the lock, so it counts between machines. SQLite's file is
one machine's, and so is the lock file in the state directory.
"""

from __future__ import annotations

import fcntl
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import connection

# Any number that nobody else takes: "chainwlk" as the eight bytes of a bigint.
ADVISORY = int.from_bytes(b"chainwlk", "big")
FILE = "set-up.lock"

_held = threading.local()


@contextmanager
def set_up_alone() -> Iterator[None]:
    """Hold the lock, after waiting for it as long as it takes. Entered again, it is held already.

    Raises ``OperationalError`` where the database cannot be reached.
    """
    if getattr(_held, "is_held", False):
        yield
        return
    with _in_the_database() if connection.vendor == "postgresql" else _beside_the_file():
        _held.is_held = True
        try:
            yield
        finally:
            _held.is_held = False


@contextmanager
def _in_the_database() -> Iterator[None]:
    """A lock of the session: when the process dies, the database lets go of it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [ADVISORY])
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [ADVISORY])


@contextmanager
def _beside_the_file() -> Iterator[None]:
    settings.STATE_DIR.mkdir(parents=True, exist_ok=True)
    with open(settings.STATE_DIR / FILE, "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # closing the file lets go of it
        yield
