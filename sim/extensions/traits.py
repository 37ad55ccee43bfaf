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


class Opaque(Enum):
    """Why options of a match have no ``compares``: what an index or a solver cannot look through.

    Such a match is asked rule after rule.
    """

    MEMORY = "its answer depends on packets before this one, or on a clock"
    HOST = "it asks the host: its routes, sets, sockets, processes"
    HEADERS = "it reads a header of which no field is made yet"
    BYTES = "it runs a program or a pattern over the packet"
    TOGETHER = "its options are judged together"
    NOTHING = "they compare nothing"
