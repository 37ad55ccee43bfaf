"""Imported by the fork server last: one run, so that every worker begins with what runs need.

Grammars, templates and the engine's tables are made once and shared by all that are forked.
"""

from __future__ import annotations

import logging

from django.db import connections

from playground.page import gallery
from playground.page.questions import advised, checked
from playground.page.stream import fragments_of
from playground.site import collector
from playground.walks.offload import warm

_VALUES = gallery.first().scenario.as_json()

try:
    for _ in fragments_of({**_VALUES, "after": "0"}):
        pass
    checked(_VALUES)
    advised(_VALUES)
    warm("/")
except Exception:  # whoever asks for the same meets it again, and is told
    logging.getLogger(__name__).exception("the workers begin cold")
connections.close_all()  # what is forked must not share one
collector.hold_back()
