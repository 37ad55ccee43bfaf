"""SCTP as conntrack sees it: a table over chunks, and the verification tags.

Theory. A packet carries chunks; each moves the state by its type, so a packet may move it more
than once. The states are those of the connection in the middle: COOKIE_WAIT after the answer
to INIT, COOKIE_ECHOED, ESTABLISHED after COOKIE ACK, SHUTDOWN_SENT or SHUTDOWN_RECD by the
direction of the SHUTDOWN, SHUTDOWN_ACK_SENT, CLOSED; HEARTBEAT_SENT is a second path of a
multihomed association. Each direction has a tag, learnt from INIT (for the answers) and
INIT ACK; a packet with the wrong tag is refused, with exceptions for the chunks that open,
abort and probe (RFC 9260, section 8.5).

net/netfilter/nf_conntrack_proto_sctp.c.
"""

from __future__ import annotations

from dataclasses import field
from enum import Enum, auto

from sim.base.frozen import dataclass
from sim.kernel.conntrack.protocol import Ruling, Sight, invalid
from sim.model.flow import SctpState
from sim.packet.packet import crc32c
from sim.trace.outcomes.base import Cause
from sim.trace.outcomes.conntrack import BadChecksum, HeaderCutOff
from sim.trace.outcomes.conntrack_others import (
    ChunkBeginsNothing,
    ChunkCannotCome,
    ChunkOrder,
    ChunkTag,
    InitOther,
    InitWrong,
    NoChunk,
    NotRenewed,
    VerificationTag,
)
from sim.trace.outcomes.conntrack_tcp import StateMoves

STATES = tuple(SctpState)[:9]
_SHORT = dict(zip(("NO", "CL", "CW", "CE", "ES", "SS", "SR", "SA", "HS"), STATES, strict=True))
_SHORT["IV"] = SctpState.INVALID

DATA, INIT, INIT_ACK, HEARTBEAT, HEARTBEAT_ACK, ABORT = 0, 1, 2, 4, 5, 6
SHUTDOWN, SHUTDOWN_ACK, ERROR, COOKIE_ECHO, COOKIE_ACK, SHUTDOWN_COMPLETE = 7, 8, 9, 10, 11, 14

_ROWS: dict[tuple[bool, int], str] = {
    # original direction            NO CL CW CE ES SS SR SA HS
    (False, INIT):                 "CL CL CW CE ES CL CL SA CW",
    (False, INIT_ACK):             "CL CL CW CE ES SS SR SA CL",
    (False, ABORT):                "CL CL CL CL CL CL CL CL CL",
    (False, SHUTDOWN):             "CL CL CW CE SS SS SR SA CL",
    (False, SHUTDOWN_ACK):         "SA CL CW CE ES SA SA SA SA",
    (False, ERROR):                "CL CL CW CE ES SS SR SA CL",
    (False, COOKIE_ECHO):          "CL CL CE CE ES SS SR SA CL",
    (False, COOKIE_ACK):           "CL CL CW ES ES SS SR SA CL",
    (False, SHUTDOWN_COMPLETE):    "CL CL CW CE ES SS SR CL CL",
    (False, HEARTBEAT):            "HS CL CW CE ES SS SR SA HS",
    (False, HEARTBEAT_ACK):        "CL CL CW CE ES SS SR SA HS",
    # reply direction               NO CL CW CE ES SS SR SA HS
    (True, INIT):                  "IV CL CW CE ES SS SR SA IV",
    (True, INIT_ACK):              "IV CW CW CE ES SS SR SA IV",
    (True, ABORT):                 "IV CL CL CL CL CL CL CL IV",
    (True, SHUTDOWN):              "IV CL CW CE SR SS SR SA IV",
    (True, SHUTDOWN_ACK):          "IV CL CW CE ES SA SA SA IV",
    (True, ERROR):                 "IV CL CW CL ES SS SR SA IV",
    (True, COOKIE_ECHO):           "IV CL CE CE ES SS SR SA IV",
    (True, COOKIE_ACK):            "IV CL CW ES ES SS SR SA IV",
    (True, SHUTDOWN_COMPLETE):     "IV CL CW CE ES SS SR CL IV",
    (True, HEARTBEAT):             "IV CL CW CE ES SS SR SA HS",
    (True, HEARTBEAT_ACK):         "IV CL CW CE ES SS SR SA ES",
}  # fmt: skip

TABLE: dict[tuple[bool, int, SctpState], SctpState] = {
    (reply, chunk, state): _SHORT[cell]
    for (reply, chunk), row in _ROWS.items()
    for state, cell in zip(STATES, row.split(), strict=True)
}

# A packet with one of these is not held to its direction's tag as a whole.
_TAG_EXEMPT = frozenset(
    {INIT, SHUTDOWN_COMPLETE, COOKIE_ECHO, ABORT, SHUTDOWN_ACK, HEARTBEAT, HEARTBEAT_ACK}
)


@dataclass(slots=True)
class SctpTrack:
    """Lists are by direction: original, reply. ``vtag`` is the tag that packets of it carry."""

    state: SctpState = SctpState.NONE
    vtag: list[int] = field(default_factory=lambda: [0, 0])
    init: list[bool] = field(default_factory=lambda: [False, False])
    heartbeat_failed: bool = False
    last_reply: bool = False


class Tag(Enum):
    """What a chunk's verification tag makes of it."""

    RIGHT = auto()
    WRONG = auto()  # the packet is refused
    PASSED_OVER = auto()  # the chunk moves no state


@dataclass(frozen=True, slots=True)
class Chunk:
    type: int
    flags: int
    length: int
    value: bytes


def sctp(track: SctpTrack, sight: Sight) -> Ruling:
    data = sight.part.data
    if len(data) < 12:
        return invalid(HeaderCutOff("SCTP"))
    if sight.checks and int.from_bytes(data[8:12], "little") != crc32c(
        data[:8] + b"\0\0\0\0" + data[12:]
    ):
        return invalid(BadChecksum("SCTP"))
    tag = int.from_bytes(data[4:8], "big")
    chunks, refusal = _chunks(data)
    if refusal is not None:
        return invalid(refusal)
    types = {chunk.type for chunk in chunks}
    if not sight.confirmed:
        if types & {ABORT, SHUTDOWN_COMPLETE, COOKIE_ACK}:
            return invalid(ChunkBeginsNothing())
        if not _begin(track, tag, chunks):
            return invalid(InitWrong())
    if not types & _TAG_EXEMPT and tag != track.vtag[sight.reply]:
        return invalid(VerificationTag(tag, track.vtag[sight.reply]))
    return _walk(track, tag, chunks, types, sight)


def _chunks(data: bytes) -> tuple[list[Chunk], Cause | None]:
    """The chunks, or why they cannot be right: order, number, a length of zero."""
    chunks: list[Chunk] = []
    at, alone = 12, False
    while at + 4 <= len(data):
        kind, length = data[at], int.from_bytes(data[at + 2 : at + 4], "big")
        alone |= kind in (INIT, INIT_ACK, SHUTDOWN_COMPLETE)
        if length == 0 or (chunks and (alone or kind in (COOKIE_ACK, COOKIE_ECHO))):
            return [], ChunkOrder()
        chunks.append(Chunk(kind, data[at + 1], length, data[at + 4 :]))
        at += length + 3 & ~3
    return chunks, None if chunks else NoChunk()


def _begin(track: SctpTrack, tag: int, chunks: list[Chunk]) -> bool:
    track.state, track.vtag, track.init = SctpState.NONE, [0, 0], [False, False]
    track.heartbeat_failed = track.last_reply = False
    for chunk in chunks:
        if TABLE.get((False, chunk.type, SctpState.NONE), SctpState.NONE) in (
            SctpState.NONE,
            SctpState.INVALID,
        ):
            return False
        if chunk.type == INIT:
            if tag or len(chunk.value) < 16:
                return False
            track.vtag[1], track.init[0] = int.from_bytes(chunk.value[:4], "big"), True
        elif chunk.type == HEARTBEAT:
            track.vtag[0] = tag
        elif chunk.type == SHUTDOWN_ACK:
            track.vtag[1] = tag  # a SHUTDOWN COMPLETE, or an ABORT, will come back
    return True


def _walk(track: SctpTrack, tag: int, chunks: list[Chunk], types: set[int], sight: Sight) -> Ruling:
    reply = sight.reply
    first = track.state
    new = SctpState.NONE
    ignored = assured = False
    for chunk in chunks:
        said = _tag_of_chunk(track, tag, chunk, types, reply, ignored)
        if said is Tag.WRONG:
            return invalid(ChunkTag(), assured=assured)
        if said is Tag.PASSED_OVER:
            ignored = True
            continue
        old = track.state
        new = TABLE.get((reply, chunk.type, old), old)
        if new is SctpState.INVALID:
            return invalid(ChunkCannotCome(chunk.type, old), assured=assured)
        if chunk.type in (INIT, INIT_ACK):
            if not _note_init(track, chunk, reply):
                return invalid(InitOther(), assured=assured)
            if chunk.type == INIT and new == old is SctpState.CLOSED and sight.confirmed:
                ignored = True
        track.state = new
        assured |= old != new and new is SctpState.ESTABLISHED
    if ignored:
        return Ruling(True, NotRenewed(), assured=assured)
    moved = StateMoves(first, track.state) if first not in (track.state, SctpState.NONE) else None
    timeout = sight.settings["sctp_timeout_" + ("closed" if new is SctpState.NONE else new.lower())]
    return Ruling(True, moved, timeout=timeout, assured=assured)


def _tag_of_chunk(
    track: SctpTrack, tag: int, chunk: Chunk, types: set[int], reply: bool, ignored: bool
) -> Tag:
    """The rules of each kind of chunk for the verification tag."""
    own, peers = track.vtag[reply], track.vtag[not reply]
    if chunk.type == INIT:
        return Tag.WRONG if tag else Tag.RIGHT
    if chunk.type in (ABORT, SHUTDOWN_COMPLETE):
        return Tag.WRONG if tag != (peers if chunk.flags & 1 else own) else Tag.RIGHT
    if chunk.type == COOKIE_ECHO:
        return Tag.WRONG if tag != own else Tag.RIGHT
    if chunk.type == COOKIE_ACK:
        track.init = [False, False]
        return Tag.RIGHT
    if chunk.type not in (HEARTBEAT, HEARTBEAT_ACK):
        return Tag.RIGHT
    if own == 0:
        track.vtag[reply] = tag
    elif tag != own:
        if DATA in types or ignored:
            return Tag.WRONG
        if chunk.type == HEARTBEAT:
            track.heartbeat_failed, track.last_reply = True, reply
            return Tag.PASSED_OVER
        if not track.heartbeat_failed or track.last_reply is reply:
            return Tag.WRONG
        track.heartbeat_failed = False
        track.vtag[reply], track.vtag[not reply] = tag, 0
    else:
        track.heartbeat_failed = False
    return Tag.RIGHT


def _note_init(track: SctpTrack, chunk: Chunk, reply: bool) -> bool:
    if len(chunk.value) < 16:
        return False
    tag = int.from_bytes(chunk.value[:4], "big")
    known = track.vtag[not reply]
    if chunk.type == INIT:
        if known == tag:
            return True  # sent again: nothing new (measured)
        if track.init[reply] and track.init[not reply]:
            track.init[not reply] = False
        track.init[reply] = True
    else:
        if not track.init[not reply] and known and known != tag:
            return False
        if track.init[reply] and track.init[not reply] and known != tag:
            return False
    track.vtag[not reply] = tag
    return True
