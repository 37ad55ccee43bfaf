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
from playground.links.models import Act, Claim, Document, Owner, Report, Share, Version
from playground.together.models import Member, Session

__all__ = [
    "Act",
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
    "Report",
    "Revision",
    "Session",
    "Share",
    "Version",
]
