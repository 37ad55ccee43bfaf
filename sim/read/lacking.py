"""The error about an interface that the host text does not have: one wording for all texts."""

from __future__ import annotations

from collections.abc import Mapping

from sim.base.errors import SourceError, Span
from sim.read.lines import did_you_mean

MOST_NAMED = 20


def no_interface(
    name: str, known: Mapping[str, object], span: Span, where: str, hint: str = ""
) -> SourceError:
    """``hint``: what to do where no interface is called alike."""
    names = ", ".join(list(known)[:MOST_NAMED])
    return SourceError(
        f'there is no interface "{name}"; the host has {names}',
        span, where=where, hint=did_you_mean(name, known) or hint, lacks=name,
    )  # fmt: skip
