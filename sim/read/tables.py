"""Grammars, and the tables that lark makes of them: a tenth of a second that one process may
leave to the next."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any

import lark

_folder: Path | None = None


class _FileName(str):
    """Of a file that is made under another name: lark compares all options as text."""

    __slots__ = ()

    def __str__(self) -> str:
        return ""


def keep_in(folder: Path) -> None:
    """From here on tables are kept there, for this user alone: lark unpickles what it finds."""
    global _folder
    _folder = folder


def parser(text: str, **options: Any) -> lark.Lark:
    """A parser of this grammar, from tables that were kept, if there are some."""
    if _folder is None:
        return lark.Lark(text, **options)
    file = _folder / _name(text, options)
    if _is_ours(file):
        return lark.Lark(text, cache=_FileName(file), **options)
    if file.exists():
        return lark.Lark(text, **options)
    new = file.with_suffix(f".{os.getpid()}")
    with suppress(OSError):
        _folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    made = lark.Lark(
        text, cache=_FileName(new), **options
    )  # a folder that is not there is no matter
    with suppress(OSError):
        new.replace(file)  # whole, or not there
    return made


def _is_ours(file: Path) -> bool:
    try:
        return file.stat().st_uid == os.geteuid() == file.parent.stat().st_uid
    except OSError:
        return False


def _name(text: str, options: dict[str, Any]) -> str:
    """Of other contents, another lark or Python, it is another."""
    told = {name: value for name, value in options.items() if name not in ("postlex", "lexer")}
    said = (text, sorted(told.items()), lark.__version__, sys.version_info[:2])
    return sha256(repr(said).encode()).hexdigest()[:32]
