"""TCP as conntrack sees it: a table of states, and what the table cannot say.

Theory. conntrack stands in the middle. It sees segments that may still be lost behind it, and
none that went another way, so its states are guesses about both ends together: NONE (no entry
yet), SYN_SENT (a SYN in original direction), SYN_SENT2 (then a SYN from the other side: both
open at once), SYN_RECV (a SYN+ACK), ESTABLISHED (the ACK of it), FIN_WAIT (one FIN),
CLOSE_WAIT (that FIN was acknowledged), LAST_ACK (FINs from both), TIME_WAIT (the last ACK),
CLOSE (a reset).

A segment is one *event*: RST before SYN before FIN before ACK, ``none`` if it has none of
them. The table maps (direction, event, state) to the next state, or to

* INVALID: the segment cannot belong here, it gets no entry;
* IGNORE: it may be right and conntrack wrong (an old entry, a half-open connection). It passes
  as part of the connection and changes no state, but is remembered: the other end's answer
  tells who was right.

A segment whose next state is known must then lie in the window (``conntrack_tcp_window``)
before it moves the state. The rest of this file is the cases where the last remembered
segment, or a reset's exact number, decides.

The cells are those measured on a 6.18 kernel; net/netfilter/nf_conntrack_proto_tcp.c.
"""

from __future__ import annotations

from sim.kernel.conntrack.protocol import SECOND, CtSettings, Ruling, Sight, checksum_holds, invalid
from sim.kernel.conntrack.tcp_window import (
    BE_LIBERAL,
    CHALLENGE_ACK,
    CLOSE_INIT,
    DATA_UNACKNOWLEDGED,
    MAXACK_SET,
    SACK_PERM,
    SIMULTANEOUS_OPEN,
    WINDOW_SCALE,
    Segment,
    Side,
    TcpTrack,
    before,
    in_window,
    read_options,
)
from sim.model.flow import TcpEvent, TcpState
from sim.packet.headers import ACK, FIN, IPPROTO_TCP, RST, SYN, URG
from sim.trace.outcomes.base import Cause
from sim.trace.outcomes.conntrack import BadChecksum, HeaderCutOff
from sim.trace.outcomes.conntrack_tcp import (
    BeginsNothing,
    CannotCome,
    ChallengeAck,
    Ignored,
    NotLoose,
    OldReset,
    OutOfStep,
    Reopens,
    ResetOnly,
    StateMoves,
    SynRepeated,
    TcpFlagsWrong,
    TcpOffsetWrong,
)

# The columns below.
STATES = tuple(TcpState)[:10]
ORIGINAL, REPLY = False, True

_SHORT = dict(
    zip(("NO", "SS", "SR", "ES", "FW", "CW", "LA", "TW", "CL", "S2"), STATES, strict=True)
)
_SHORT |= {"IG": TcpState.IGNORE, "IV": TcpState.INVALID}

# One row per (direction, event); columns are the states in the order of STATES.
_ROWS: dict[tuple[bool, TcpEvent], str] = {
    #                     NO SS SR ES FW CW LA TW CL S2
    (ORIGINAL, TcpEvent.SYN):    "SS SS IG IG IG IG IG SS SS S2",
    (ORIGINAL, TcpEvent.SYNACK): "IV IV SR IV IV IV IV IV IV SR",
    (ORIGINAL, TcpEvent.FIN):    "IV IV FW FW LA LA LA TW CL IV",
    (ORIGINAL, TcpEvent.ACK):    "ES IV ES ES CW CW TW TW CL IV",
    (ORIGINAL, TcpEvent.RST):    "IV CL CL CL CL CL CL CL CL CL",
    (ORIGINAL, TcpEvent.NONE):   "IV IV IV IV IV IV IV IV IV IV",
    #                     NO SS SR ES FW CW LA TW CL S2
    (REPLY, TcpEvent.SYN):       "IV S2 IV IV IV IV IV SS IV S2",
    (REPLY, TcpEvent.SYNACK):    "IV SR IG IG IG IG IG IG IG SR",
    (REPLY, TcpEvent.FIN):       "IV IV FW FW LA LA LA TW CL IV",
    (REPLY, TcpEvent.ACK):       "IV IG SR ES CW CW TW TW CL IG",
    (REPLY, TcpEvent.RST):       "IV CL CL CL CL CL CL CL CL CL",
    (REPLY, TcpEvent.NONE):      "IV IV IV IV IV IV IV IV IV IV",
}  # fmt: skip

TABLE: dict[tuple[bool, TcpEvent, TcpState], TcpState] = {
    (direction, event, state): _SHORT[cell]
    for (direction, event), row in _ROWS.items()
    for state, cell in zip(STATES, row.split(), strict=True)
}

# States in which the end is near: a reset need not be exact (tcp_can_early_drop).
CLOSING = frozenset(STATES[STATES.index(TcpState.FIN_WAIT) : STATES.index(TcpState.CLOSE) + 1])

# With PSH, ECE and CWR left out. Everything else is no segment a stack would send.
VALID_FLAGS = frozenset(
    {SYN, SYN | URG, SYN | ACK, RST, RST | ACK, FIN | ACK, FIN | ACK | URG, ACK, ACK | URG}
)


def event_of(flags: int) -> TcpEvent:
    if flags & RST:
        return TcpEvent.RST
    if flags & SYN:
        return TcpEvent.SYNACK if flags & ACK else TcpEvent.SYN
    if flags & FIN:
        return TcpEvent.FIN
    return TcpEvent.ACK if flags & ACK else TcpEvent.NONE


def timeout_of(state: TcpState, settings: CtSettings) -> int:
    """Seconds that an entry lasts in a state. SYN_SENT2 has no sysctl of its own."""
    if state is TcpState.SYN_SENT2:
        return 120
    return settings["tcp_timeout_" + ("syn_sent" if state is TcpState.NONE else state.lower())]


def tcp(track: TcpTrack, sight: Sight) -> Ruling:
    """Judge one segment and move the track on."""
    refusal = _malformed(sight)
    if refusal is not None:
        return invalid(refusal)
    segment = Segment.of(sight.part)
    event = event_of(segment.flags)
    if not sight.confirmed:
        refusal = _begin(track, segment, event, sight.settings)
        if refusal is not None:
            return invalid(refusal)
    return _judge(track, segment, event, sight)


def _malformed(sight: Sight) -> Cause | None:
    data = sight.part.data
    if len(data) < 20:
        return HeaderCutOff("TCP")
    offset = (data[12] >> 4) * 4
    if offset < 20 or offset > len(data):
        return TcpOffsetWrong(offset)
    if sight.checks and not checksum_holds(sight.part, IPPROTO_TCP):
        return BadChecksum("TCP")
    if data[13] & (FIN | SYN | RST | ACK | URG) not in VALID_FLAGS:
        return TcpFlagsWrong()
    return None


def _begin(
    track: TcpTrack, segment: Segment, event: TcpEvent, settings: CtSettings
) -> Cause | None:
    """The first segment of an entry: start both sides' windows. Gives a reason to refuse."""
    state = TABLE[ORIGINAL, event, TcpState.NONE]
    if state is TcpState.INVALID:
        return BeginsNothing(event)
    if state is TcpState.ESTABLISHED and not settings["tcp_loose"]:
        return NotLoose()
    track.restart()
    side = track.seen[0]
    side.end, side.maxwin = segment.end, segment.window or 1
    if state is TcpState.SYN_SENT:
        side.maxend = side.end
        read_options(segment, side)
    else:
        side.maxend = side.end + side.maxwin & 0xFFFFFFFF
        # Its SYN went unseen, so nobody knows the scale: check liberally.
        for each in track.seen:
            each.flags = SACK_PERM | BE_LIBERAL
    return None


def _judge(track: TcpTrack, segment: Segment, event: TcpEvent, sight: Sight) -> Ruling:
    old = track.state
    new = TABLE[sight.reply, event, old]
    exempt = False  # from the window check
    if (
        new is TcpState.SYN_SENT
        and old in (TcpState.TIME_WAIT, TcpState.CLOSE)
        and _may_reopen(track, sight.reply)
    ):
        return Ruling(False, Reopens(old), again=True)
    if new is TcpState.IGNORE or (
        new is TcpState.SYN_SENT and old in (TcpState.TIME_WAIT, TcpState.CLOSE)
    ):
        if not _answers_ignored_syn(track, segment, event, sight.reply):
            _remember_ignored(track, segment, event, sight.reply, old)
            return Ruling(True, OutOfStep(old))
        _resynchronise(track, sight.reply)
        old, new = TcpState.SYN_SENT, TcpState.SYN_RECV
    elif new is TcpState.INVALID:
        return invalid(CannotCome(event, old))
    elif new is TcpState.TIME_WAIT and _is_challenge_ack(track, event, old, sight.reply):
        track.last_flags &= ~CHALLENGE_ACK
        return Ruling(True, ChallengeAck())
    elif new is TcpState.SYN_SENT2:
        track.last_flags |= SIMULTANEOUS_OPEN
    elif new is TcpState.SYN_RECV and sight.reply and event is TcpEvent.ACK:
        if track.last_flags & SIMULTANEOUS_OPEN:
            new = TcpState.ESTABLISHED
    elif event is TcpEvent.RST:
        reset = _judge_reset(track, segment, old, sight)
        if isinstance(reset, Ruling):
            return reset
        new, exempt = reset
    if not exempt:
        refused = _outside(track, segment, event, old, sight)
        if refused:
            return refused
    return _advance(track, segment, event, old, new, sight)


def _may_reopen(track: TcpTrack, reply: bool) -> bool:
    """A FIN was seen, or the segment before was a reset from the same side."""
    closing = (track.seen[0].flags | track.seen[1].flags) & CLOSE_INIT
    return bool(closing) or (track.last_reply is reply and track.last_event is TcpEvent.RST)


def _answers_ignored_syn(track: TcpTrack, segment: Segment, event: TcpEvent, reply: bool) -> bool:
    return (
        event is TcpEvent.SYNACK
        and track.last_event is TcpEvent.SYN
        and track.last_reply is not reply
        and segment.ack == track.last_end
    )


def _resynchronise(track: TcpTrack, reply: bool) -> None:
    """The SYN that was ignored was right: take its numbers, forget the answering side's."""
    other = track.seen[track.last_reply]
    other.end = other.maxend = track.last_end
    other.maxwin = track.last_win or 1
    other.scale = track.last_scale
    track.last_flags &= ~CHALLENGE_ACK
    other.flags = track.last_flags
    answering = track.seen[reply]
    liberal = answering.flags & BE_LIBERAL
    answering.forget()
    answering.flags = liberal


def _remember_ignored(
    track: TcpTrack, segment: Segment, event: TcpEvent, reply: bool, old: TcpState
) -> None:
    track.last_event, track.last_reply = event, reply
    track.last_seq, track.last_end = segment.seq, segment.end
    track.last_win = segment.window
    if event is TcpEvent.SYN and not reply:
        seen = Side()
        read_options(segment, seen)
        track.last_flags = seen.flags & (WINDOW_SCALE | SACK_PERM)
        track.last_scale = seen.scale if seen.flags & WINDOW_SCALE else 0
        if old is TcpState.LAST_ACK:
            track.last_flags |= CHALLENGE_ACK
    if old is TcpState.SYN_SENT and event is TcpEvent.ACK and reply:
        track.last_ack = segment.ack  # may be a challenge ACK; a reset will quote it


def _is_challenge_ack(track: TcpTrack, event: TcpEvent, old: TcpState, reply: bool) -> bool:
    """In LAST_ACK an ACK may answer a stray SYN (RFC 5961) and not the other side's FIN."""
    return (
        old is TcpState.LAST_ACK
        and event is TcpEvent.ACK
        and track.last_reply is not reply
        and track.last_event is TcpEvent.SYN
        and bool(track.last_flags & CHALLENGE_ACK)
    )


def _judge_reset(
    track: TcpTrack, segment: Segment, old: TcpState, sight: Sight
) -> tuple[TcpState, bool] | Ruling:
    """Next state, and whether the window check is skipped; or a refusal.

    A connection that is closing anyway is closed by any reset. An established one takes one
    with exactly the number that the other side acknowledged last, or one right behind its own
    last segment; for any other the state stays, so that a challenge ACK can pass (RFC 5961),
    and the timer is cut.
    """
    new = TcpState.CLOSE
    other = track.seen[not sight.reply]
    if old in CLOSING:
        return new, True
    if other.flags & MAXACK_SET and track.last_event is not TcpEvent.SYN:
        established = old is TcpState.ESTABLISHED and sight.assured
        if segment.seq == 0 and not established:
            return new, False  # it answers a SYN that was let through
        if before(segment.seq, other.maxack) and not sight.settings["tcp_ignore_invalid_rst"]:
            return invalid(OldReset())
        if not established or segment.seq == other.maxack:
            return new, False
        if (
            track.last_event is TcpEvent.ACK
            and track.last_reply is sight.reply
            and segment.seq == track.last_end
        ):
            return new, False
        new = old
    answers_syn = (
        sight.seen_reply
        and track.last_event is TcpEvent.SYN
        and track.last_reply is not sight.reply
    )
    answers_ack = not sight.assured and track.last_event is TcpEvent.ACK
    if (answers_syn or answers_ack) and segment.ack == track.last_end:
        return new, True
    answers_challenge = (
        old is TcpState.SYN_SENT
        and track.last_event is TcpEvent.ACK
        and track.last_reply
        and segment.seq == track.last_ack
    )
    return new, answers_challenge


def _outside(
    track: TcpTrack, segment: Segment, event: TcpEvent, old: TcpState, sight: Sight
) -> Ruling | None:
    """The window's objection, if it has one."""
    objection = in_window(track, segment, event, sight)
    if objection is None:
        return None
    if not objection.is_invalid:
        return Ruling(True, Ignored(objection.cause))
    return invalid(objection.cause, shorten=_shortened(track, event, sight))


def _shortened(track: TcpTrack, event: TcpEvent, sight: Sight) -> int | None:
    """A FIN or RST out of the window, answered by another: the entry should not last for days."""
    if not sight.assured or event not in (TcpEvent.RST, TcpEvent.FIN):
        return None
    if track.last_reply is not sight.reply and track.last_event in (TcpEvent.FIN, TcpEvent.RST):
        left = sight.expires - sight.now
        limit = sight.settings["tcp_timeout_unacknowledged"]
        return limit if left >= 120 * SECOND and left > limit * SECOND else None
    track.last_event, track.last_reply = event, sight.reply
    return None


def _advance(
    track: TcpTrack, segment: Segment, event: TcpEvent, old: TcpState, new: TcpState, sight: Sight
) -> Ruling:
    track.last_event, track.last_reply = event, sight.reply
    track.state = new
    if old != new and new is TcpState.FIN_WAIT:
        track.seen[sight.reply].flags |= CLOSE_INIT
    timeout = _timeout(track, event, new, sight.settings)
    moved = StateMoves(old, new) if old not in (new, TcpState.NONE) else None
    assured = False
    if not sight.seen_reply:
        if segment.flags & RST:
            return Ruling(True, ResetOnly(), destroyed=True)
        if event is TcpEvent.SYN and old is TcpState.SYN_SENT:
            return Ruling(True, SynRepeated())
        if new is TcpState.ESTABLISHED:
            timeout = min(timeout, sight.settings["tcp_timeout_unacknowledged"])
    elif (
        not sight.assured
        and old in (TcpState.SYN_RECV, TcpState.ESTABLISHED)
        and new is TcpState.ESTABLISHED
    ):
        assured = True
    return Ruling(True, moved, timeout=timeout, assured=assured)


def _timeout(track: TcpTrack, event: TcpEvent, new: TcpState, settings: CtSettings) -> int:
    usual = timeout_of(new, settings)
    retransmitting = settings["tcp_timeout_max_retrans"]
    unacknowledged = settings["tcp_timeout_unacknowledged"]
    if track.retrans >= settings["tcp_max_retrans"] and usual > retransmitting:
        return retransmitting
    if event is TcpEvent.RST:
        return settings["tcp_timeout_close"]
    flags = track.seen[0].flags | track.seen[1].flags
    if flags & DATA_UNACKNOWLEDGED and usual > unacknowledged:
        return unacknowledged
    if track.last_win == 0 and usual > retransmitting:
        return retransmitting
    return usual
