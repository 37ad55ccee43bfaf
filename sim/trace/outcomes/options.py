"""IP options and extension headers that end a packet."""

from __future__ import annotations

from sim.base.frozen import dataclass
from sim.model.replies import ReplyKind
from sim.trace.outcomes.base import Cause, Why


@dataclass(frozen=True, slots=True)
class OptionsUnknown(Why):
    """A rewriting that is not modelled."""

    need: Cause


@dataclass(frozen=True, slots=True)
class OptionsTold(Why):
    """The sender is told with ``reason``."""

    reason: ReplyKind
    cause: Cause


@dataclass(frozen=True, slots=True)
class OptionsDropped(Why):
    """In silence."""

    cause: Cause


@dataclass(frozen=True, slots=True)
class SourceRoute(Cause):
    """Not modelled."""


@dataclass(frozen=True, slots=True)
class SourceRouteOff(Cause):
    """accept_source_route."""


@dataclass(frozen=True, slots=True)
class HopByHopCut(Cause):
    """Fewer bytes than the header has."""


@dataclass(frozen=True, slots=True)
class HeaderTooLong(Cause):
    """More bytes than a setting allows."""

    setting: str


@dataclass(frozen=True, slots=True)
class HeaderNotTaken(Cause):
    """No handler for the extension header."""

    number: int


@dataclass(frozen=True, slots=True)
class RoutingHeaderToMany(Cause):
    """A multicast, or another host's frame."""


@dataclass(frozen=True, slots=True)
class SegmentRoutingOff(Cause):
    """seg6_enabled."""


@dataclass(frozen=True, slots=True)
class RoutingHeaderType(Cause):
    """A type that has segments left and no handler."""

    type: int


@dataclass(frozen=True, slots=True)
class Ipv4Option(Cause):
    """Not modelled: it would be rewritten."""

    name: str


@dataclass(frozen=True, slots=True)
class OptionsEndNotZero(Cause):
    """Not modelled."""


@dataclass(frozen=True, slots=True)
class Ipv6Option(Cause):
    """Not modelled."""

    type: int


@dataclass(frozen=True, slots=True)
class NoLength(Cause):
    """Not modelled: the kernel lets it in, and each part of it reads that in its own way."""


@dataclass(frozen=True, slots=True)
class JumboMisplaced(Cause):
    """Not four bytes at a place for them."""


@dataclass(frozen=True, slots=True)
class JumboNotNeeded(Cause):
    """The IPv6 header's own field could say it."""

    length: int


@dataclass(frozen=True, slots=True)
class JumboBesideLength(Cause):
    """The IPv6 header's own field says a length, too."""


@dataclass(frozen=True, slots=True)
class JumboTooLong(Cause):
    """More than there is."""

    length: int


@dataclass(frozen=True, slots=True)
class OptionsMalformed(Cause):
    """ip_options_compile."""


@dataclass(frozen=True, slots=True)
class OptionsHeaderCut(Cause):
    """Fewer bytes than the header says."""


@dataclass(frozen=True, slots=True)
class OptionCut(Cause):
    """Fewer bytes than the option says."""


@dataclass(frozen=True, slots=True)
class PaddingNotZero(Cause):
    """PadN."""


@dataclass(frozen=True, slots=True)
class TooMuchPadding(Cause):
    """More than seven bytes."""


@dataclass(frozen=True, slots=True)
class TooManyOptions(Cause):
    """max_hbh_opts_number, max_dst_opts_number."""


@dataclass(frozen=True, slots=True)
class AlertLength(Cause):
    """RFC 2711."""


@dataclass(frozen=True, slots=True)
class OptionUnknown(Cause):
    """Its two highest bits say what to do then."""

    type: int


@dataclass(frozen=True, slots=True)
class HeaderMislaid(Cause):
    """What stands behind it was taken for it, and is too short for that."""

    number: int


@dataclass(frozen=True, slots=True)
class HeaderMislaidUnknown(Cause):
    """Not modelled: what stands behind it is read as that header."""

    number: int
