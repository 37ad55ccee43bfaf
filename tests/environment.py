"""The environment of the tests; a pytest plugin, because Django's settings are read very early."""

from __future__ import annotations

import os
from pathlib import Path

from hypothesis import HealthCheck, settings

os.environ.setdefault("CHAINWALK_STATE_DIR", str(Path(__file__).parent / ".state"))
os.environ["CHAINWALK_PLAIN_STATIC"] = "1"
os.environ["PATH"] = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
# pytest-playwright style tests run Django's ORM beside an event loop.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

# One profile for every property: a busy machine fails none of them, and each has an end.
settings.register_profile(
    "chainwalk",
    deadline=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("chainwalk")
