"""The classic BPF machine: what the kernel accepts as a program, and running it.

Two registers of 32 bits, 16 cells of memory, jumps only forwards. Facts: net/core/filter.c
(bpf_check_classic, bpf_convert_filter), include/uapi/linux/filter.h.
"""

from __future__ import annotations

from collections.abc import Sequence

from sim.base.frozen import dataclass
from sim.extensions.extension import Context
from sim.packet.chance import WHAT, bits
from sim.packet.kinds import PacketType
from sim.packet.packet import Packet

CELLS = 16
MASK = 0xFFFFFFFF
# Instruction classes and what is added to them.
LD, LDX, ST, STX, ALU, JMP, RET, MISC = range(8)
SIZES = {0x00: 4, 0x08: 2, 0x10: 1}
IMM, ABS, IND, MEM, LEN, MSH = 0x00, 0x20, 0x40, 0x60, 0x80, 0xA0
ADD, SUB, MUL, DIV, OR, AND, LSH, RSH, NEG, MOD, XOR = range(0x00, 0xB0, 0x10)
JA, JEQ, JGT, JGE, JSET = range(0x00, 0x50, 0x10)
X = 0x08  # the operand is the index register, else the instruction's number
# Offsets that are not in the packet: from these on (as signed numbers).
ANCILLARY, NETWORK, LINK = -0x1000, -0x100000, -0x200000
ANCILLARY_NAMES = {
    0: "protocol", 4: "packet type", 8: "ifindex", 12: "netlink attributes",
    16: "nested netlink attributes", 20: "mark", 24: "queue", 28: "device type", 32: "hash",
    36: "CPU", 40: "xor", 44: "VLAN tag", 48: "VLAN tag present", 52: "payload offset",
    56: "random number", 60: "VLAN protocol",
}  # fmt: skip
PACKET_TYPES = {"host": 0, "broadcast": 1, "multicast": 2, "otherhost": 3, "loopback": 5}
DEVICE_TYPES = {"loopback": 772, "tun": 65534, "wireguard": 65534}


class Wrong(ValueError):
    """The kernel refuses the program, for this reason."""


class BpfUnknown(ValueError):
    """The program asks for something that a scenario does not say."""


class _Outside(Exception):
    """A load outside the packet: the program ends with 0."""


@dataclass(frozen=True, slots=True)
class Instruction:
    code: int
    jt: int
    jf: int
    k: int

    @property
    def signed(self) -> int:
        return self.k - (1 << 32) if self.k > 0x7FFFFFFF else self.k


def _allowed() -> frozenset[int]:
    loads = {LD | mode | size for mode in (ABS, IND) for size in SIZES}
    loads |= {LD | LEN, LD | IMM, LD | MEM, LDX | LEN, LDX | IMM, LDX | MEM, LDX | MSH | 0x10}
    sums = {ALU | kind | x for kind in range(0x00, 0xB0, 0x10) if kind != NEG for x in (0, X)}
    jumps = {JMP | kind | x for kind in (JEQ, JGT, JGE, JSET) for x in (0, X)}
    rest = {ALU | NEG, JMP | JA, ST, STX, RET, RET | 0x10, MISC, MISC | 0x80}
    return frozenset(loads | sums | jumps | rest)


ALLOWED = _allowed()


def verify(program: Sequence[Instruction]) -> None:
    """Raises ``Wrong`` where the kernel would refuse."""
    size = len(program)
    for place, step in enumerate(program):
        if step.code not in ALLOWED:
            raise Wrong(f"instruction {place} has the unknown code {step.code}")
        _verify_operand(place, step)
        if step.code == JMP | JA:
            if step.k >= size - place - 1:
                raise Wrong(f"instruction {place} jumps behind the end")
        elif step.code & 7 == JMP and place + max(step.jt, step.jf) + 1 >= size:
            raise Wrong(f"instruction {place} jumps behind the end")
    if program[-1].code & 7 != RET:
        raise Wrong("the last instruction is not a return")
    _verify_memory(program)


def _verify_operand(place: int, step: Instruction) -> None:
    kind = step.code & 0xF0
    if step.code & 7 == ALU and not step.code & X:
        if kind in (DIV, MOD) and step.k == 0:
            raise Wrong(f"instruction {place} divides by 0")
        if kind in (LSH, RSH) and step.k >= 32:
            raise Wrong(f"instruction {place} shifts by {step.k}")
    if step.code in (LD | MEM, LDX | MEM, ST, STX) and step.k >= CELLS:
        raise Wrong(f"instruction {place} uses memory cell {step.k} of {CELLS}")
    absolute = step.code & 7 == LD and step.code & 0xE0 == ABS
    special = absolute and step.k >= ANCILLARY & MASK
    if special and step.signed - ANCILLARY not in ANCILLARY_NAMES:
        raise Wrong(f"instruction {place} loads from the unknown place {step.signed}")


def _verify_memory(program: Sequence[Instruction]) -> None:
    """No cell is read that may not have been written, on whatever way one gets there."""
    masks = [0xFFFF] * len(program)
    valid = 0
    for place, step in enumerate(program):
        valid &= masks[place]
        if step.code in (ST, STX):
            valid |= 1 << step.k
        elif step.code in (LD | MEM, LDX | MEM):
            if not valid >> step.k & 1:
                raise Wrong(f"instruction {place} reads memory cell {step.k} before it is set")
        elif step.code & 7 == JMP:
            ways = (step.k,) if step.code == JMP | JA else (step.jt, step.jf)
            for way in ways:
                masks[place + 1 + way] &= valid
            valid = 0xFFFF


def run(program: Sequence[Instruction], ctx: Context) -> int:
    """The program's result for this packet. Raises ``BpfUnknown``."""
    a = x = place = 0
    cells = [0] * CELLS
    try:
        while True:
            step = program[place]
            place += 1
            kind, operand = step.code & 7, x if step.code & X else step.k
            if kind == RET:
                return a if step.code & 0x10 else step.k
            if kind == LD:
                a = _load(step, a, x, cells, ctx, _kept(program[place]))
            elif kind == LDX:
                x = _load_index(step, cells, ctx)
            elif kind == ST:
                cells[step.k] = a
            elif kind == STX:
                cells[step.k] = x
            elif kind == ALU:
                result = _calculate(step.code & 0xF0, a, operand)
                if result is None:
                    return 0
                a = result
            elif kind == JMP:
                if step.code & 0xF0 == JA:
                    place += step.k
                else:
                    place += step.jt if _compare(step.code & 0xF0, a, operand) else step.jf
            elif step.code & 0x80:
                a = x
            else:
                x = a
    except _Outside:
        return 0


def _kept(step: Instruction) -> int:
    """The bits of what was just loaded that this instruction, the next one, lets pass."""
    return step.k if step.code == ALU | AND else MASK


def _load(step: Instruction, a: int, x: int, cells: list[int], ctx: Context, kept: int) -> int:
    mode = step.code & 0xE0
    if mode == IMM:
        return step.k
    if mode == MEM:
        return cells[step.k]
    if mode == LEN:
        return len(ctx.packet.data)
    if mode == ABS and step.k >= ANCILLARY & MASK:
        return _ancillary(step.signed - ANCILLARY, a, x, ctx)
    at = step.signed if mode == ABS else _signed(x + step.k)
    return _read(ctx.packet, at, SIZES[step.code & 0x18], kept)


def _load_index(step: Instruction, cells: list[int], ctx: Context) -> int:
    mode = step.code & 0xE0
    if mode == MSH:
        return (_read(ctx.packet, step.signed, 1, 15) & 15) << 2
    if mode == LEN:
        return len(ctx.packet.data)
    return cells[step.k] if mode == MEM else step.k


def _signed(value: int) -> int:
    value &= MASK
    return value - (1 << 32) if value > 0x7FFFFFFF else value


def _read(packet: Packet, at: int, size: int, kept: int) -> int:
    """A number in network order; negative places are relative to the IP or link header.

    ``kept``: the bits of it that count.
    """
    data = packet.data
    if at < 0:
        if at >= NETWORK:
            at -= NETWORK
        elif at >= LINK:
            raise BpfUnknown("the packet's link layer header")
        else:
            raise _Outside
    if at + size > len(data):
        raise _Outside
    if bits(packet.unknown, at, size) & kept:
        raise BpfUnknown(WHAT)
    return int.from_bytes(data[at : at + size], "big")


def _ancillary(which: int, a: int, x: int, ctx: Context) -> int:
    name = ANCILLARY_NAMES[which]
    if name == "protocol":
        return 0x800 if ctx.family == 4 else 0x86DD
    if name == "mark":
        return ctx.packet.mark
    if name == "xor":
        return a ^ x
    if name in ("VLAN tag", "VLAN tag present", "VLAN protocol"):
        return 0
    if name == "packet type":
        return PACKET_TYPES[
            ctx.packet.link.kind if ctx.packet.link is not None else PacketType.HOST
        ]
    device = ctx.host.interface(ctx.in_iface) if ctx.in_iface else None
    if device is not None and name == "ifindex" and device.index:
        return device.index
    if device is not None and name == "device type":
        return DEVICE_TYPES.get(device.kind, 1)
    raise BpfUnknown(f"the {name} that the BPF program asks for")


def _calculate(kind: int, a: int, operand: int) -> int | None:
    """``None``: a division by 0, which ends the program with 0."""
    if kind in (DIV, MOD):
        if not operand:
            return None
        return a // operand if kind == DIV else a % operand
    results = {
        ADD: a + operand,
        SUB: a - operand,
        MUL: a * operand,
        OR: a | operand,
        AND: a & operand,
        XOR: a ^ operand,
        LSH: a << (operand & 31),
        RSH: a >> (operand & 31),
        NEG: -a,
    }
    return results[kind] & MASK


def _compare(kind: int, a: int, operand: int) -> bool:
    if kind == JEQ:
        return a == operand
    if kind == JSET:
        return bool(a & operand)
    return a > operand if kind == JGT else a >= operand
