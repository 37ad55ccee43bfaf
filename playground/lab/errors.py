"""What can go wrong before a comparison is possible."""

from __future__ import annotations


class LabError(Exception):
    """The laboratory could not do what it was asked; the message says what and why."""


class RulesRefused(LabError):
    """The kernel's tools do not load the rules; the message is theirs."""


class NotComparable(Exception):
    """This scenario holds something that cannot be replayed here; the message says what."""
