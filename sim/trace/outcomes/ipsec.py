"""What IPsec does to a packet, and why it must not go on."""

from __future__ import annotations

from enum import StrEnum

from sim.base.frozen import dataclass
from sim.model.ipsec import Policy, State, XfrmDirection
from sim.packet.packet import Address
from sim.trace.outcomes.base import Cause, Note, Topic, Why


class LookUp(StrEnum):
    """What xfrm_lookup says of a packet that is to leave."""

    NONE = "none"  # no policy
    ALLOW = "allow"
    BLOCK = "block"
    ACQUIRE = "acquire"  # a policy without a state
    UNREACHABLE = "unreachable"  # no way to the tunnel's end
    BUNDLE = "bundle"  # states that will work


@dataclass(frozen=True, slots=True)
class PolicyAsks(Note):
    """A policy, and the states that will work."""

    topic = Topic.IPSEC
    policy: Policy
    states: tuple[State, ...]
    is_again: bool = False


@dataclass(frozen=True, slots=True)
class LeavesClear(Note):
    """Rewritten, it fits no policy any more."""

    topic = Topic.IPSEC
    source: Address
    target: Address
    covered_by: Policy
    is_again: bool = False


@dataclass(frozen=True, slots=True)
class PolicySays(Note):
    """A policy without work to do. ``cause``: what is missing for it."""

    topic = Topic.IPSEC
    policy: Policy
    outcome: LookUp
    cause: Cause | None = None
    is_again: bool = False


@dataclass(frozen=True, slots=True)
class Packed(Note):
    """The states' work is done."""

    topic = Topic.IPSEC
    states: tuple[State, ...]


@dataclass(frozen=True, slots=True)
class Unpacked(Note):
    """Their work is undone."""

    topic = Topic.IPSEC
    state: State
    iface: str


@dataclass(frozen=True, slots=True)
class WayAsked(Note):
    """xfrm_policy_check is content."""

    topic = Topic.IPSEC
    direction: XfrmDirection


@dataclass(frozen=True, slots=True)
class PolicyRefuses(Why):
    """The lookup behind routing does not let it go on."""

    outcome: LookUp


@dataclass(frozen=True, slots=True)
class NewAddressesRefused(Why):
    """The lookup after a change does not."""

    outcome: LookUp


@dataclass(frozen=True, slots=True)
class WorkUnknown(Why):
    """A state's work that is not modelled."""

    need: Cause


@dataclass(frozen=True, slots=True)
class ContentUnknown(Why):
    """What comes out of a packet packed elsewhere."""

    need: Cause


@dataclass(frozen=True, slots=True)
class IpsecDropped(Why):
    """xfrm_input throws it away."""

    cause: Cause


@dataclass(frozen=True, slots=True)
class PolicyCheckFailed(Why):
    """xfrm_policy_check."""

    direction: XfrmDirection
    cause: Cause


@dataclass(frozen=True, slots=True)
class NoStateFits(Cause):
    """No state for a policy's template."""

    source: Address
    target: Address


@dataclass(frozen=True, slots=True)
class NoWayToEnd(Cause):
    """The tunnel's end has no route."""

    end: Address


@dataclass(frozen=True, slots=True)
class NoState(Cause):
    """Nothing known by that SPI."""

    protocol: int
    to: Address
    spi: int


@dataclass(frozen=True, slots=True)
class WrongEncap(Cause):
    """In UDP, or not, against what the state says."""

    state: State


@dataclass(frozen=True, slots=True)
class TooDeep(Cause):
    """XFRM_MAX_DEPTH."""


@dataclass(frozen=True, slots=True)
class Replayed(Cause):
    """The anti-replay window."""

    state: State
    sequence: int


@dataclass(frozen=True, slots=True)
class NoIpInside(Cause):
    """A tunnel holds IPv4 or IPv6."""


@dataclass(frozen=True, slots=True)
class CannotRead(Cause):
    """A part that the engine cannot decrypt."""

    state: State
    cause: Cause


@dataclass(frozen=True, slots=True)
class EncryptedElsewhere(Cause):
    """The keys are the far end's."""


@dataclass(frozen=True, slots=True)
class EspShort(Cause):
    """No room for what every ESP packet has."""


@dataclass(frozen=True, slots=True)
class CheckValueWrong(Cause):
    """Its ICV."""


@dataclass(frozen=True, slots=True)
class PaddingLong(Cause):
    """RFC 4303, 2.4."""


@dataclass(frozen=True, slots=True)
class AhCut(Cause):
    """Fewer bytes than AH says."""


@dataclass(frozen=True, slots=True)
class CompUnknown(Cause):
    """Not modelled."""


@dataclass(frozen=True, slots=True)
class AhPlainOnly(Cause):
    """Not modelled: options, IPv6."""


@dataclass(frozen=True, slots=True)
class EspBehindExtensions(Cause):
    """Not modelled."""


@dataclass(frozen=True, slots=True)
class StateForOther(Cause):
    """A state's own selector."""

    state: State


@dataclass(frozen=True, slots=True)
class NotAsked(Cause):
    """A tunnel's packet without a policy."""

    direction: XfrmDirection


@dataclass(frozen=True, slots=True)
class PolicyBlocks(Cause):
    """Action block."""

    policy: Policy


@dataclass(frozen=True, slots=True)
class CameClear(Cause):
    """A template that nothing did."""

    policy: Policy


@dataclass(frozen=True, slots=True)
class OtherIpsec(Cause):
    """Another state did it."""

    policy: Policy


@dataclass(frozen=True, slots=True)
class LessIpsec(Cause):
    """A tunnel more than the policy knows."""

    policy: Policy
