"""-m string: a pattern anywhere in the packet (net/netfilter/xt_string.c).

The search begins at the IP header, so addresses can be found too. The whole pattern must lie
between --from and --to. Both algorithms find the same; --icase folds as the kernel's toupper
does, Latin-1 letters included.
"""

from __future__ import annotations

from sim.extensions.args import number
from sim.extensions.drawing import PAYLOADS, DrawPlace
from sim.extensions.extension import (
    Clause,
    Context,
    Judgement,
    MatchType,
    Option,
    Refusal,
    RuleContext,
)
from sim.extensions.listing import Listing
from sim.extensions.matchers.parsing import cut_text
from sim.extensions.traits import Opaque, Steady
from sim.model.rules import Arg, Args
from sim.packet.chance import WHAT

LONGEST = 128
END = 65535
TOKEN = 4  # sizeof(struct ts_fsm_token): a type of two bytes, how often it recurs, a value
LAST_TYPE, LAST_RECURRENCE = 13, 3
_LOWER = {*range(97, 123), *range(224, 247), *range(248, 256)}
UPPER = bytes(byte - 32 if byte in _LOWER else byte for byte in range(256))


def _parse_text(text: str, rule: RuleContext) -> bytes:
    pattern = text.encode("utf-8", "surrogateescape")
    if len(pattern) > LONGEST:
        raise ValueError(f"a pattern has at most {LONGEST} bytes, here are {len(pattern)}")
    return pattern


def _parse_hex(text: str, rule: RuleContext) -> bytes:
    r"""``GET |0d 0a| \|``: hex between bars, a backslash makes the next character plain."""
    source = text.encode("utf-8", "surrogateescape")
    if not source:
        raise ValueError("a pattern has at least one byte")
    pattern = bytearray()
    at, in_hex, size = 0, False, len(source)
    while at < size:
        if len(pattern) >= LONGEST:
            raise ValueError(f"a pattern has at most {LONGEST} bytes")
        byte = source[at : at + 1]
        if byte == b"\\":
            if in_hex:
                raise ValueError("no backslash between the bars, only hex digits")
            if at + 1 >= size:
                raise ValueError("a backslash needs a character behind it")
            pattern.append(source[at + 1])
            at += 2
            continue
        if byte == b"|":
            in_hex = not in_hex
            while in_hex and source[at + 1 : at + 2] == b" ":
                at += 1
            if at + 1 >= size:
                break
            at += 1
        if in_hex:
            at = _hex_byte(source, at, pattern)
        else:
            pattern.append(source[at])
            at += 1
    return bytes(pattern)


def _hex_byte(source: bytes, at: int, pattern: bytearray) -> int:
    if at + 2 >= len(source):
        raise ValueError("hex digits come in pairs and end with a bar")
    try:
        digits = source[at : at + 2].decode("ascii")
        if not all(digit in "0123456789abcdefABCDEF" for digit in digits):
            raise ValueError
        pattern.append(int(digits, 16))
    except ValueError:
        raise ValueError(f"{source[at : at + 2]!r} are not two hex digits") from None
    return at + 3 if source[at + 2 : at + 3] == b" " else at + 2


def _pattern(args: Args) -> Arg:
    return next(arg for arg in args if arg.flag in ("--string", "--hex-string"))


def _judge(args: Args, ctx: Context) -> Judgement:
    pattern = _pattern(args)
    start, end = args.value("--from", 0), args.value("--to", END)
    if args.value("--algo") == "fsm":
        need = "the search by a finite state machine, which is not modelled"
        want = shown(pattern.value)
        return Judgement((Clause("string", pattern.flag, want, "", pattern.negated, None, need),))
    text, wanted, mask = ctx.packet.data[start:end], pattern.value, ctx.packet.unknown[start:end]
    if "--icase" in args:
        text, wanted = text.translate(UPPER), wanted.translate(UPPER)
        mask = bytes(0xFF if bits else 0 for bits in mask)  # a letter's case is several bits
    place = _found(text, wanted, mask)
    if place is None:
        want = shown(pattern.value)
        return Judgement((Clause("string", pattern.flag, want, "", pattern.negated, None, WHAT),))
    seen = f"it at offset {start + place}" if place >= 0 else "no such bytes"
    where = f" between {start} and {end}" if start or end != END else ""
    want = f"{shown(pattern.value)}{', any case' if '--icase' in args else ''}{where}"
    held = (place >= 0) != pattern.negated
    return Judgement((Clause("string", pattern.flag, want, seen, pattern.negated, held),))


def _found(text: bytes, wanted: bytes, mask: bytes) -> int | None:
    """Where the pattern is, -1: nowhere, ``None``: bytes that nobody knows decide.

    Only places before the mask's end can hang on those.
    """
    if not any(mask):
        return text.find(wanted)
    known = text.find(wanted, len(mask))
    may_be = False
    for at in range(min(len(mask), len(text) - len(wanted) + 1)):
        hidden = mask[at : at + len(wanted)].ljust(len(wanted), b"\0")
        if all(
            (byte ^ want) & ~blurred & 0xFF == 0
            for byte, want, blurred in zip(text[at:], wanted, hidden, strict=False)
        ):
            if not any(hidden):
                return at
            may_be = True
    return None if may_be and known < 0 else known


def is_hex(pattern: bytes) -> bool:
    """Must it be printed in hex: a byte is not printable, or a backslash comes last."""
    return pattern.endswith(b"\\") or not all(32 <= byte < 127 for byte in pattern)


def shown(pattern: bytes) -> str:
    r"""As iptables-save prints it: ``"text"`` or ``"|0d0a|"``."""
    if is_hex(pattern):
        return f'"|{pattern.hex()}|"'
    text = pattern.decode("ascii")
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _check(args: Args, rule: RuleContext) -> None:
    if "--string" not in args and "--hex-string" not in args:
        raise Refusal("string needs --string or --hex-string")


def _load(args: Args, rule: RuleContext) -> None:
    if args.value("--from", 0) > args.value("--to", END):
        raise Refusal("--from is behind --to", "--from")
    pattern = _pattern(args)
    if not pattern.value:
        raise Refusal("the kernel does not search for nothing", pattern.flag)
    algorithm = args.value("--algo")
    if algorithm == "fsm":
        if not _are_tokens(pattern.value) or "--icase" in args:
            raise Refusal("fsm takes tokens, not text; use bm or kmp", pattern.flag)
    elif algorithm not in ("bm", "kmp"):
        raise Refusal(f'no search algorithm "{algorithm}"', "--algo", "bm and kmp are there")


def _are_tokens(pattern: bytes) -> bool:
    """Is it an array of the finite state machine's tokens (``fsm_init``)?"""
    tokens = [pattern[at : at + TOKEN] for at in range(0, len(pattern), TOKEN)]
    return len(pattern) % TOKEN == 0 and all(
        int.from_bytes(token[:2], "little") <= LAST_TYPE and token[2] <= LAST_RECURRENCE
        for token in tokens
    )


def _save(args: Args, family: int) -> str:
    pattern = _pattern(args)
    flag = "--hex-string" if is_hex(pattern.value) else "--string"
    text = shown(pattern.value)
    words = [f"{'! ' * pattern.negated}{flag} {text} --algo {args.value('--algo')}"]
    if args.value("--from", 0):
        words.append(f"--from {args.value('--from')}")
    if args.value("--to", END) != END:
        words.append(f"--to {args.value('--to')}")
    if "--icase" in args:
        words.append("--icase")
    return " ".join(words)


def _draw(place: DrawPlace) -> str:
    text = place.world.pick(PAYLOADS)
    start = place.random.randrange(max(1, len(text) - 3))
    piece = text[start : start + place.random.randint(1, 6)].strip() or "a"
    algorithm = place.world.pick(("bm", "kmp"))
    case = ""
    if place.chance(0.3):
        piece, case = piece.swapcase(), " --icase"
    pattern = f'--string "{piece}"'
    if place.chance(0.3):
        pattern = f'--hex-string "|{piece.encode().hex()}|"'
    limits = place.words(
        f"--from {place.world.pick((0, 28, 40))}", f"--to {place.world.pick((60, 100, 1500))}"
    )
    return f"{place.negation()}{pattern} --algo {algorithm}{case} {limits}"


MATCH = MatchType(
    "string",
    options=(
        Option("--from", number(0, 65535), metavar="OFFSET", help="first byte looked at (0)"),
        Option("--to", number(0, 65535), metavar="OFFSET",
               help="the pattern ends before this byte"),
        Option("--algo", cut_text(15), required=True, metavar="bm|kmp",
               help="Boyer-Moore or Knuth-Morris-Pratt; they find the same"),
        Option("--string", _parse_text, invert=True, excludes=("--hex-string",), metavar="TEXT",
               help="the text to look for"),
        Option("--hex-string", _parse_hex, invert=True, excludes=("--string",),
               metavar="TEXT|HEX|", help="bytes to look for, hex between bars"),
        Option("--icase", help="capitals and small letters are the same"),
    ),
    check=_check,
    load=_load,
    save=_save,
    judge=_judge,
    help="text or bytes inside the packet",
    steady=Steady.UNTIL_CHANGED,
    listing=Listing("STRING match", {"--string": "{N}{raw}", "--hex-string": "{N}{raw}",
        "--algo": "ALGO name {}", "--from": "FROM {}", "--to": "TO {}", "--icase": "ICASE"}),
    opaque=Opaque.BYTES,
    draw=_draw,
    examples=(
        '--string "GET /" --algo bm',
        '! --string "abc" --algo kmp --from 20 --to 100 --icase',
        '--hex-string "|656e64732077697468205c|" --algo bm',
    ),
)  # fmt: skip
