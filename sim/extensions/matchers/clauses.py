"""What several matches share: judging clause by clause, and reading a transport header.

No extension here. A match hands its clauses over in the kernel's evaluation order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from sim.extensions.extension import Clause, Context, Judgement
from sim.model.rules import Arg, Args


def compared(
    match: str, arg: Arg, seen: Any, *, want: str = "", show: Callable[[Any], str] = str
) -> Clause:
    """``seen in arg.value``, negated if the option is; ``want`` is worded by the value itself."""
    held = (seen in arg.value) != arg.negated
    return Clause(match, arg.flag, want or str(arg.value), show(seen), arg.negated, held)


def told(match: str, arg: Arg, want: str, seen: str, held: bool) -> Clause:
    """A clause whose truth was found elsewhere; ``held`` is before the negation."""
    return Clause(match, arg.flag, want, seen, arg.negated, held != arg.negated)


def each(args: Args, *flags: str) -> Iterable[Arg]:
    """The options used among ``flags``, in the order of ``flags``."""
    for flag in flags:
        arg = args.get(flag)
        if arg is not None:
            yield arg


def fails(match: str, want: str, seen: str, *, hotdrop: bool = False) -> Judgement:
    """One failing clause that belongs to no option; ``hotdrop``: the packet dies here."""
    return Judgement((Clause(match, "", want, seen, False, False),), hotdrop)


def header_bytes(ctx: Context) -> bytes:
    """Where a match that does not mind fragments looks for the transport header.

    In a later IPv6 fragment the kernel never learns that place (ipv6_find_hdr returns before it
    sets it), so such a match reads the IPv6 header itself as if it were the transport's.
    """
    headers = ctx.packet.headers
    if headers.family == 6 and headers.fragment_offset:
        return ctx.packet.data
    return ctx.packet.payload


def unreadable(match: str, ctx: Context, size: int, name: str) -> Judgement | None:
    """Why ``size`` bytes of the transport header cannot be read, ``None`` if they can.

    A later fragment never matches. A packet that ends too early is dropped on the spot
    (``skb_header_pointer`` gives NULL and the match sets hotdrop).
    """
    headers = ctx.packet.headers
    want = f"a {name} header"
    if headers.fragment_offset:
        # xt_tcpudp.c: nobody normal sends a fragment that overwrites the TCP flags.
        evil = name == "TCP" and headers.family == 4 and headers.fragment_offset == 8
        return fails(match, want, f"a fragment at {headers.fragment_offset}", hotdrop=evil)
    there = len(ctx.packet.payload)
    if there < size:
        return fails(match, f"{want} of {size} bytes", f"{there} bytes", hotdrop=True)
    return None
