"""The models of every room, where Django looks for them. The rooms import each other's own."""

from __future__ import annotations

from playground.collections.models import (
    Collection,
    Entry,
    Event,
    Invite,
    Membership,
    Page,
    Revision,
)
from playground.links.models import Claim, Document, Owner, Share, Version
from playground.together.models import Member, Session

__all__ = [
    "Claim",
    "Collection",
    "Document",
    "Entry",
    "Event",
    "Invite",
    "Member",
    "Membership",
    "Owner",
    "Page",
    "Revision",
    "Session",
    "Share",
    "Version",
]
