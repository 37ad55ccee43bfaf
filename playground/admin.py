"""Where Django looks for the admin's pages: each room's own."""

from __future__ import annotations

from playground.collections import admin as collections
from playground.links import admin as links
from playground.together import admin as together

__all__ = ["collections", "links", "together"]
