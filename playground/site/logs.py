"""Log lines as JSON objects, without anything that a person typed or where they came from.

Our own lines say what they mean to say. Of other libraries' lines only the template is kept:
their arguments are paths, hosts and addresses. Of an exception its type and its places are
kept, not its message, which may quote a ruleset.
"""

from __future__ import annotations

import json
import logging
import traceback
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any

from playground.site import request_ids

OURS = ("playground", "sim")
_ROOT = Path(__file__).resolve().parents[2]
_MOST_PLACES = 40  # of one traceback, the last ones


class JsonLines(logging.Formatter):
    """One object a line: ``time level logger event``, then what belongs to the event."""

    def format(self, record: logging.LogRecord) -> str:
        is_ours = record.name.split(".")[0] in OURS
        said: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage() if is_ours else str(record.msg),
        }
        if request_ids.current():
            said["request"] = request_ids.current()
        said.update(getattr(record, "told", {}))
        if record.exc_info and record.exc_info[0] is not None:
            said["event"] = said["event"] if is_ours else "unhandled exception"
            said["exception"] = record.exc_info[0].__qualname__
            said["at"] = places(record.exc_info[2])
        return json.dumps(said, ensure_ascii=False, default=str)


def places(where: TracebackType | None) -> list[str]:
    """``file:line function`` of each frame, the innermost last."""
    frames = traceback.extract_tb(where)[-_MOST_PLACES:]
    return [f"{_short(frame.filename)}:{frame.lineno} {frame.name}" for frame in frames]


def _short(filename: str) -> str:
    path = Path(filename)
    if path.is_relative_to(_ROOT) and ".venv" not in path.parts:
        return str(path.relative_to(_ROOT))
    return "/".join(path.parts[-3:])
