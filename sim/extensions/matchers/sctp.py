"""-m sctp: ports and chunks of an SCTP packet (net/netfilter/xt_sctp.c).

``any`` wants one of the chunks, ``all`` each of them, ``only`` no others. Flags in capitals
must be set, in small letters clear. The tool files the flags of a chunk under its place in its
own list, so those of chunks from I_DATA on are lost; so are they here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field

from sim.base.frozen import dataclass
from sim.extensions.comparison import WHOLE_PACKET, compares
from sim.extensions.drawing import DrawPlace
from sim.extensions.extension import Context, Judgement, MatchType, Option, RuleContext, in_order
from sim.extensions.listing import ListingPart, ports
from sim.extensions.matchers.clauses import told, unreadable
from sim.extensions.matchers.ports import PLAIN_PORT, drawn_ports, own_range, port_clauses
from sim.extensions.traits import Opaque, Steady
from sim.model.rules import Arg, Args
from sim.packet.headers import IPPROTO_SCTP

CHUNKS = {
    "DATA": 0, "INIT": 1, "INIT_ACK": 2, "SACK": 3, "HEARTBEAT": 4, "HEARTBEAT_ACK": 5,
    "ABORT": 6, "SHUTDOWN": 7, "SHUTDOWN_ACK": 8, "ERROR": 9, "COOKIE_ECHO": 10,
    "COOKIE_ACK": 11, "ECN_ECNE": 12, "ECN_CWR": 13, "SHUTDOWN_COMPLETE": 14, "I_DATA": 64,
    "RE_CONFIG": 130, "PAD": 132, "ASCONF": 193, "ASCONF_ACK": 128, "FORWARD_TSN": 192,
    "I_FORWARD_TSN": 194,
}  # fmt: skip
_NUMBERS = {number: name for name, number in CHUNKS.items()}
# Letters of the flag bits 7 to 0.
_LETTERS = {"DATA": "----IUBE", "I_DATA": "----IUBE", "ABORT": "-------T",
            "SHUTDOWN_COMPLETE": "-------T"}  # fmt: skip
_MAX_FLAGGED = 4
EVERY = frozenset(range(256))


@dataclass(frozen=True, slots=True)
class ChunkTest:
    """``how`` is any, all or only. ``flags``: (chunk, mask, wanted bits)."""

    how: str
    kinds: frozenset[int]
    flags: tuple[tuple[int, int, int], ...] = field(default=())

    def flags_fit(self, kind: int, flags: int) -> bool:
        for number, mask, want in self.flags:
            if number == kind:
                return flags & mask == want
        return True

    def __str__(self) -> str:
        if not self.kinds:
            return f"{self.how} NONE"
        if self.kinds == EVERY:
            return f"{self.how} ALL"
        return f"{self.how} " + ",".join(self._name(kind) for kind in sorted(self.kinds))

    def _name(self, kind: int) -> str:
        name = _NUMBERS.get(kind, str(kind))
        for number, mask, want in self.flags:
            if number == kind:
                letters = _letters(name)
                name += ":" + "".join(
                    letters[7 - bit] if want >> bit & 1 else letters[7 - bit].lower()
                    for bit in range(7, -1, -1)
                    if mask >> bit & 1
                )
                break
        return name


def _letters(name: str) -> str:
    return _LETTERS.get(name, "--------")


def _chunk_test(text: str, rule: RuleContext) -> ChunkTest:
    how, _, chunks = text.partition(" ")
    if how.lower() not in ("any", "all", "only"):
        raise ValueError(f'"{how}" is not any, all or only')
    how = how.lower()
    if chunks.upper() == "ALL":
        return ChunkTest(how, EVERY)
    if chunks.upper() in ("NONE", ""):
        return ChunkTest(how, frozenset())
    kinds: set[int] = set()
    flagged: dict[int, tuple[int, int]] = {}
    for word in filter(None, chunks.split(",")):
        name, _, letters = word.partition(":")
        if name.upper() not in CHUNKS:
            raise ValueError(f'"{name}" is no SCTP chunk: {", ".join(CHUNKS)}, ALL or NONE')
        kinds.add(CHUNKS[name.upper()])
        place = list(CHUNKS).index(name.upper())
        for letter in letters:
            at = _letters(name.upper()).find(letter.upper())
            if at < 0:
                raise ValueError(f'chunk {name} has no flag "{letter}"')
            if place not in flagged and len(flagged) == _MAX_FLAGGED:
                raise ValueError(f"at most {_MAX_FLAGGED} chunks can have flags")
            mask, want = flagged.get(place, (0, 0))
            bit = 1 << 7 - at
            flagged[place] = (mask | bit, want | (bit if letter.isupper() else 0))
    return ChunkTest(how, frozenset(kinds), tuple((n, *bits) for n, bits in flagged.items()))


def chunks_of(part: bytes) -> Iterator[tuple[int, int] | None]:
    """(type, flags) of each chunk behind the 12 bytes of common header; ``None``: malformed.

    The kernel looks for a chunk even when nothing is left, so an empty packet is malformed.
    """
    at = 12
    while at == 12 or at < len(part):
        length = int.from_bytes(part[at + 2 : at + 4], "big")
        if at + 4 > len(part) or not length:
            yield None
            return
        yield part[at], part[at + 1]
        at += length + 3 & ~3


def _tested(test: ChunkTest, part: bytes) -> tuple[bool | None, list[int]]:
    """Does it hold (``None``: malformed), and the chunks looked at; the rest is not read."""
    missing, seen = set(test.kinds), list[int]()
    for chunk in chunks_of(part):
        if chunk is None:
            return None, seen
        kind, flags = chunk
        seen.append(kind)
        fits = kind in test.kinds and test.flags_fit(kind, flags)
        if test.how == "any" and fits:
            return True, seen
        if test.how == "only" and not fits:
            return False, seen
        if fits:
            missing.discard(kind)
    return {"any": False, "only": True, "all": not missing}[test.how], seen


def _judge(args: Args, ctx: Context) -> Judgement:
    blind = unreadable("sctp", ctx, 12, "SCTP")
    if blind is not None:
        return blind
    headers = ctx.packet.headers
    assert headers.sport is not None
    assert headers.dport is not None
    judged = in_order(port_clauses("sctp", args, headers.sport, headers.dport))
    arg = args.get("--chunk-types")
    if arg is None or not judged.held:
        return judged
    return _judge_chunks(arg, judged, ctx.packet.payload)


def _judge_chunks(arg: Arg, judged: Judgement, part: bytes) -> Judgement:
    held, kinds = _tested(arg.value, part)
    if held is None:  # an inverted option holds then, and the packet is dropped all the same
        clause = told("sctp", arg, str(arg.value), "a chunk that does not fit", False)
        return Judgement((*judged.clauses, clause), hotdrop=True)
    seen = ",".join(_NUMBERS.get(kind, str(kind)) for kind in kinds)
    return Judgement((*judged.clauses, told("sctp", arg, str(arg.value), seen, held)))


def _listed(text: str) -> str:
    """Chunks by number, with -n; their flags as they are saved."""
    how, _, chunks = text.partition(" ")
    if chunks in ("ALL", "NONE"):
        return text
    shown = []
    for chunk in chunks.split(","):
        name, colon, letters = chunk.partition(":")
        shown.append(f"0x{CHUNKS[name]:04X}{colon}{letters}")
    return f"{how} {','.join(shown)}"


def _draw(place: DrawPlace) -> str | None:
    if place.protocol != "sctp":
        return None
    kind = place.world.pick(("all", "any", "only"))
    types = place.words("INIT", "DATA", "ABORT", "COOKIE_ECHO", least=1).replace(" ", ",")
    return f"{drawn_ports(place)} " + place.words(f"{place.negation()}--chunk-types {kind} {types}")


MATCH = MatchType(
    "sctp",
    options=(
        Option("--sport", own_range(IPPROTO_SCTP), aliases=("--source-port",), invert=True,
               plain=PLAIN_PORT, metavar="PORT[:PORT]", help="source port or range of ports",
               compares=compares("sport")),
        Option("--dport", own_range(IPPROTO_SCTP), aliases=("--destination-port",), invert=True,
               plain=PLAIN_PORT, metavar="PORT[:PORT]", help="destination port or range of ports",
               compares=compares("dport")),
        Option("--chunk-types", _chunk_test, invert=True, words=2,
               metavar="any|all|only CHUNK[:FLAGS],...", help="the chunks that the packet holds"),
    ),
    protocols=frozenset({IPPROTO_SCTP}),
    judge=_judge,
    help="ports and chunks of SCTP",
    steady=Steady.ALWAYS,
    presumes=WHOLE_PACKET,
    listing=ports("sctp", {"--chunk-types": ListingPart("{N}{}", _listed)}),
    opaque=Opaque.HEADERS,
    draw=_draw,
    examples=("--sport 5", "--chunk-types any DATA", "--sport 1 --dport 2 --chunk-types any DATA"),
)  # fmt: skip
