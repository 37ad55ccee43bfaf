"""What an extension says of itself beside its options, for everyone who asks before a walk."""

from __future__ import annotations

from enum import Enum, auto


class Steady(Enum):
    """May a match be asked twice about one packet in one chain and answer differently?

    ``ALWAYS`` the same: it looks at what nothing changes there. ``UNTIL_CHANGED``: unless a
    target between the two changes what it looks at (marks, states, header bits). ``NEVER``
    promised: it counts, draws by chance, or keeps a list.
    """

    ALWAYS = auto()
    UNTIL_CHANGED = auto()
    NEVER = auto()


class Changes(Enum):
    """What is other about a packet that goes on in the chain behind a target.

    ``NOTHING`` (or none goes on), ``SOMETHING``: marks, states or header bits, ``ADDRESSES``.
    """

    NOTHING = auto()
    SOMETHING = auto()
    ADDRESSES = auto()
