"""-m bpf: a classic BPF program says yes or no (net/netfilter/xt_bpf.c, net/core/filter.c).

The program sees the packet from its IP header on; any result but 0 matches. It is checked at
load as the kernel does. What it may ask besides the packet's bytes is known only in part.
"""

from __future__ import annotations

import re

from sim.extensions.drawing import DrawPlace
from sim.extensions.extension import (
    Clause,
    Context,
    Judgement,
    MatchType,
    Option,
    Refusal,
    RuleContext,
)
from sim.extensions.listing import Listing, ListingPart
from sim.extensions.matchers.bpf_machine import BpfUnknown, Instruction, Wrong, run, verify
from sim.extensions.matchers.parsing import cut_text
from sim.extensions.traits import Opaque, Steady
from sim.model.rules import Args

MOST = 64  # XT_BPF_MAX_NUM_INSTR
_LENGTH = re.compile(r"\s*([+-]?\d+)(.)", re.ASCII | re.DOTALL)
_INSTRUCTION = re.compile(r"\s*([+-]?\d+)\s+([+-]?\d+)\s+([+-]?\d+)\s+([+-]?\d+)", re.ASCII)


class Program(tuple[Instruction, ...]):
    __slots__ = ()

    def __str__(self) -> str:
        code = ",".join(f"{i.code} {i.jt} {i.jf} {i.k}" for i in self)
        return f'"{len(self)},{code}"'


def _bytecode(text: str, rule: RuleContext) -> Program:
    """``4,48 0 0 9,21 0 1 6,6 0 0 1,6 0 0 0``: how many, then code, jt, jf, k of each."""
    found = _LENGTH.match(text)
    if not found or found[2] != ",":
        raise ValueError("a program begins with its number of instructions and a comma")
    length = int(found[1]) & 0xFFFF
    if not 1 <= length <= MOST:
        raise ValueError(f"a program has 1 to {MOST} instructions, not {length}")
    program: list[Instruction] = []
    place = text.find(",")
    while place >= 0 and place + 1 < len(text):
        if len(program) >= length:
            raise ValueError(f"there are more than the {length} instructions announced")
        numbers = _INSTRUCTION.match(text, place + 1)
        if not numbers:
            raise ValueError(f"instruction {len(program)} is not four numbers")
        code, jt, jf, k = (int(number) for number in numbers.groups())
        program.append(Instruction(code & 0xFFFF, jt & 0xFF, jf & 0xFF, k & 0xFFFFFFFF))
        place = text.find(",", place + 1)
    if len(program) != length:
        raise ValueError(f"{length} instructions are announced, {len(program)} are there")
    return Program(program)


def _judge(args: Args, ctx: Context) -> Judgement:
    if "--object-pinned" in args:
        path = args.value("--object-pinned")
        need = f"the eBPF program pinned at {path}"
        return Judgement((Clause("bpf", "--object-pinned", path, "", False, None, need),))
    program: Program = args.value("--bytecode")
    want = f"a program of {len(program)} instructions says yes"
    try:
        result = run(program, ctx)
    except BpfUnknown as unknown:
        need = str(unknown)
        return Judgement((Clause("bpf", "--bytecode", want, "", False, None, need),))
    return Judgement((Clause("bpf", "--bytecode", want, f"result {result}", held=result != 0),))


def _check(args: Args, rule: RuleContext) -> None:
    if ("--bytecode" in args) == ("--object-pinned" in args):
        raise Refusal("bpf needs one of --bytecode and --object-pinned")


def _load(args: Args, rule: RuleContext) -> None:
    program = args.value("--bytecode")
    if program is not None:
        try:
            verify(program)
        except Wrong as wrong:
            raise Refusal(f"the kernel refuses the program: {wrong}", "--bytecode") from None


def _draw(place: DrawPlace) -> str:
    protocol = place.world.pick((6, 17, 1, 58))
    at = 9 if place.family == 4 else 6
    return place.world.pick((
        f'--bytecode "4,48 0 0 {at},21 0 1 {protocol},6 0 0 1,6 0 0 0"',
        '--bytecode "5,32 0 0 12,84 0 0 255,21 0 1 5,6 0 0 65535,6 0 0 0"',
        '--bytecode "2,128 0 0 0,22 0 0 0"',
    ))  # fmt: skip


MATCH = MatchType(
    "bpf",
    options=(
        Option("--bytecode", _bytecode, metavar="PROGRAM",
               help="classic BPF, as nfbpf_compile RAW prints it"),
        Option("--object-pinned", cut_text(511), metavar="PATH",
               help="an eBPF program in the bpf file system"),
    ),
    check=_check,
    load=_load,
    judge=_judge,
    help="a BPF program decides",
    steady=Steady.UNTIL_CHANGED,
    listing=Listing("match bpf", {
        "--bytecode": ListingPart("{}", lambda text: text.partition(",")[2]),
        "--object-pinned": "pinned {}"}),
    opaque=Opaque.BYTES,
    draw=_draw,
    examples=('--bytecode "4,48 0 0 9,21 0 1 6,6 0 0 1,6 0 0 0"',),
)  # fmt: skip
