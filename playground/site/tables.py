"""Where what one process has worked out waits for the next."""

from __future__ import annotations

from django.conf import settings

from sim.read import tables


def keep() -> None:
    """The tables of grammars, which a command needs before it reads the first line."""
    tables.keep_in(settings.STATE_DIR / "grammars")
