"""The environment of the tests; a pytest plugin, because Django's settings are read very early."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

from hypothesis import HealthCheck, settings

T = TypeVar("T")
STATE = Path(__file__).parent / ".state"
os.environ.setdefault("CHAINWALK_STATE_DIR", str(STATE))
# Tests start our commands a hundred times: compiled once, read from then on. The files are kept
# apart from the sources, so a machine that wants no compiled files beside them gets none.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
os.environ.setdefault("PYTHONPYCACHEPREFIX", str(STATE / "bytecode"))
sys.dont_write_bytecode = False
sys.pycache_prefix = os.environ["PYTHONPYCACHEPREFIX"]
os.environ["CHAINWALK_PLAIN_STATIC"] = "1"
os.environ["PATH"] = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
# pytest-playwright style tests run Django's ORM beside an event loop.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

# ``manage.py test --quick`` says so. What is drawn is drawn less often then, and what asks whether
# two readers of the same case agree asks of every third case; all else is as in the whole run.
QUICK = os.environ.get("CHAINWALK_QUICK") == "1"


def draws(whole: int, quick: int) -> int:
    """How many a test draws (scenarios, texts, examples): in the whole run, in the quick one."""
    return quick if QUICK else whole


def some(cases: Sequence[T]) -> Sequence[T]:
    """All cases, and in the quick run every third."""
    return cases[:: draws(1, 3)]


# One profile for every property: a busy machine fails none of them, and each has an end.
settings.register_profile(
    "chainwalk",
    deadline=None,
    max_examples=draws(60, 20),
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("chainwalk")
