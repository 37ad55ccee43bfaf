"""A real server and a real browser."""

from tests.browsing import browser, page, server

__all__ = ["browser", "page", "server"]
