"""Settings of the kernel that are not modelled."""

from __future__ import annotations

from sim.base.frozen import dataclass
from sim.trace.outcomes.base import Cause, Why


@dataclass(frozen=True, slots=True)
class SettingCounts(Why):
    """One decides what happens next."""

    need: Cause


@dataclass(frozen=True, slots=True)
class SettingUnknown(Cause):
    """It has another value than those that are modelled."""

    name: str
    value: str
