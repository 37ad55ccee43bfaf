"""-m recent: lists of addresses seen lately (net/netfilter/xt_recent.c).

One list per name, shared by every rule that names it, IPv4 and IPv6 alike; its mask is that of
the first rule. Time is counted in jiffies. A list holds 100 addresses (the least recently
stamped makes room) and per address as many stamps as the largest --hitcount needs, at least 32.
"""

from __future__ import annotations

from dataclasses import field
from ipaddress import IPv4Address, IPv6Address

from sim.base.frozen import dataclass
from sim.base.jiffies import HZ, jiffies
from sim.base.values import address_text
from sim.extensions.args import host, number
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
from sim.extensions.listing import Listing
from sim.extensions.matchers.parsing import UINT32, cut_text, refuse_proc_name, signed32
from sim.extensions.runtime import Runtime
from sim.extensions.traits import Opaque
from sim.model.rules import Args

OPERATIONS = ("--set", "--rcheck", "--update", "--remove")
ADDRESSES = 100  # module parameter ip_list_tot
STAMPS = 32  # least number of stamps kept for an address
MOST_HITS = 65536  # XT_RECENT_MAX_NSTAMPS


@dataclass(slots=True)
class RecentEntry:
    """An address in a list: a ring of stamps, ``index`` is where the next one goes."""

    ttl: int
    stamps: list[int]
    index: int = 1

    def stamp(self, now: int, room: int) -> None:
        self.index %= room
        self.stamps[self.index : self.index + 1] = [now]
        self.index += 1


@dataclass(slots=True)
class RecentList:
    """``entries`` is ordered: the least recently stamped comes first."""

    mask: int
    room: int
    entries: dict[tuple[int, int], RecentEntry] = field(default_factory=dict)

    def stamp(self, key: tuple[int, int], now: int) -> None:
        entry = self.entries.pop(key)
        entry.stamp(now, self.room)
        self.entries[key] = entry

    def add(self, key: tuple[int, int], ttl: int, now: int) -> None:
        if len(self.entries) >= ADDRESSES:
            del self.entries[next(iter(self.entries))]
        self.entries[key] = RecentEntry(ttl, [now])

    def reap(self, before: int, spare: tuple[int, int] | None) -> None:
        """Remove the oldest entry if its last stamp is older than ``before``."""
        oldest = next(iter(self.entries))
        entry = self.entries[oldest]
        if oldest != spare and entry.stamps[entry.index - 1] < before:
            del self.entries[oldest]


def name_of(args: Args) -> str:
    return str(args.value("--name", "DEFAULT"))


def mask_of(args: Args) -> int:
    """The mask laid over 128 bits as the kernel's union does: IPv4 comes first."""
    mask: IPv4Address | IPv6Address | None = args.value("--mask")
    if mask is None:
        return (1 << 128) - 1
    return int(mask) << 96 if mask.version == 4 else int(mask)


def room_for(hits: int) -> int:
    """The number of stamps kept so that ``hits`` can be counted: a power of two."""
    return 1 << (hits - 1).bit_length() if hits else STAMPS


def list_of(args: Args, runtime: Runtime) -> RecentList:
    """The live list of this name, made as the loaded rules (first of them first) have it."""
    name = name_of(args)
    found: RecentList | None = runtime.state.get(("recent", name))
    if found is None:
        rules = runtime.rules
        users = [
            use
            for use in (*rules.ipv4.uses("recent"), *rules.ipv6.uses("recent"))
            if name_of(use) == name
        ] or [args]
        room = max(room_for(use.value("--hitcount", 0)) for use in users)
        found = runtime.state[("recent", name)] = RecentList(mask_of(users[0]), room)
    return found


def _judge(args: Args, ctx: Context) -> Judgement:
    recent = list_of(args, ctx.runtime)
    headers = ctx.packet.headers
    address = headers.dst if _side(args) == "--rdest" else headers.src
    wide = int(address) << 96 if address.version == 4 else int(address)
    key = (address.version, wide & recent.mask)
    # The TTL as it was before forwarding took one off.
    ttl = headers.ttl + (1 if ctx.out_iface and ctx.packet.owner is None else 0) & 255
    now = jiffies(ctx.runtime.now)
    operation = next(arg for arg in args if arg.flag in OPERATIONS)
    entry = recent.entries.get(key)
    if entry and "--rttl" in args and ttl and entry.ttl and ttl != entry.ttl:
        entry = None

    seen = f"{address}, {'not ' if entry is None else ''}listed"
    held = operation.flag == "--set"
    if entry is None:
        if held:
            recent.add(key, ttl, now)
    elif operation.flag == "--remove":
        del recent.entries[key]
        held = True
    else:
        before = now - (args.value("--seconds", 0) * HZ & UINT32)
        if not held:
            fresh = entry.stamps
            if "--seconds" in args:
                fresh = [stamp for stamp in entry.stamps if stamp >= before]
            held = len(fresh) >= max(1, args.value("--hitcount", 0))
            seen = f"{address}, listed {_times(len(fresh))}{_within(args)}"
        stamps = operation.flag == "--set" or (
            operation.flag == "--update" and held != operation.negated
        )
        if "--reap" in args:
            recent.reap(before, key if stamps else None)
        if stamps:
            recent.stamp(key, now)
            entry.ttl = ttl
    want = _want(operation.flag, args)
    result = held != operation.negated
    return Judgement((Clause("recent", operation.flag, want, seen, operation.negated, result),))


def _want(operation: str, args: Args) -> str:
    end = "destination" if _side(args) == "--rdest" else "source"
    name = name_of(args)
    if operation == "--set":
        return f"{end} is put on list {name}"
    if operation == "--remove":
        return f"{end} is on list {name}, taken off it"
    hits = args.value("--hitcount", 0)
    times = f", {_times(hits)} or more" if hits > 1 else ""
    ttl = ", with the same TTL" if "--rttl" in args else ""
    return f"{end} is on list {name}{times}{_within(args)}{ttl}"


def _within(args: Args) -> str:
    return f" in the last {args.value('--seconds')} s" if "--seconds" in args else ""


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _side(args: Args) -> str:
    """The last of --rsource and --rdest counts."""
    sides = [arg.flag for arg in args if arg.flag in ("--rsource", "--rdest")]
    return sides[-1] if sides else "--rsource"


def _check(args: Args, rule: RuleContext) -> None:
    if not any(flag in args for flag in OPERATIONS):
        raise Refusal("recent needs one of --set, --rcheck, --update or --remove")


def _load(args: Args, rule: RuleContext) -> None:
    hits = args.value("--hitcount", 0)
    for operation in ("--set", "--remove"):
        if operation in args:
            for flag in ("--seconds", "--hitcount", "--rttl", "--reap"):
                if flag in args and (flag != "--hitcount" or hits):
                    raise Refusal(
                        f"{operation} goes without {flag}",
                        flag,
                        "put it on the rule with --rcheck or --update",
                    )
    if hits >= MOST_HITS:
        raise Refusal(f"--hitcount is at most {MOST_HITS - 1}", "--hitcount")
    refuse_proc_name(name_of(args), "--name")


def _save(args: Args, family: int) -> str:
    words = [f"! {flag}" if args.negated(flag) else flag for flag in OPERATIONS if flag in args]
    if "--seconds" in args:
        words.append(f"--seconds {signed32(args.value('--seconds'))}")
    if "--reap" in args:
        words.append("--reap")
    if args.value("--hitcount", 0):
        words.append(f"--hitcount {signed32(args.value('--hitcount'))}")
    if "--rttl" in args:
        words.append("--rttl")
    whole = IPv4Address(UINT32) if family == 4 else IPv6Address((1 << 128) - 1)
    mask = address_text(args.value("--mask", whole))
    words.append(f"--name {name_of(args)} --mask {mask} {_side(args)}")
    return " ".join(words)


def _operation(flag: str, help_text: str) -> Option:
    others = tuple(other for other in OPERATIONS if other != flag)
    return Option(flag, invert=True, excludes=others, help=help_text)


_LISTED = dict(zip(OPERATIONS, ("SET", "CHECK", "UPDATE", "REMOVE"), strict=True))


def _draw(place: DrawPlace) -> str:
    name = f"r{place.random.randrange(2)}"
    side = place.words(place.world.pick(("--rsource", "--rdest")))
    n = place.negation(0.1)
    kind = place.random.random()
    if kind < 0.4:
        return f"{n}--set --name {name} {side}"
    if kind < 0.5:
        return f"{n}--remove --name {name} {side}"
    check = place.world.pick(("--rcheck", "--update"))
    extra = place.words(
        f"--seconds {place.world.pick((60, 300))}",
        f"--hitcount {place.world.pick((1, 2, 3))}",
        "--rttl",
    )
    mask = place.words("--mask 255.255.255.0" if place.family == 4 else "--mask ffff:ffff::")
    return f"{n}{check} {extra} --name {name} {mask} {side}"


MATCH = MatchType(
    "recent",
    options=(
        _operation("--set", "put the address on the list or stamp it again; always true"),
        _operation("--rcheck", "the address is on the list"),
        _operation("--update", "the address is on the list; stamp it again"),
        _operation("--remove", "the address is on the list; take it off"),
        Option("--seconds", number(1), metavar="SECONDS", help="count only stamps this young"),
        Option("--reap", also=("--seconds",), help="remove the oldest address if it is stale"),
        Option("--hitcount", number(), metavar="HITS", help="at least this many stamps"),
        Option("--rttl", excludes=("--set", "--remove"), help="the TTL is the stamped one too"),
        Option("--name", cut_text(199), metavar="NAME", help="which list (DEFAULT)"),
        Option("--rsource", help="the source address counts (this is the default)"),
        Option("--rdest", help="the destination address counts"),
        Option("--mask", host, metavar="MASK", help="mask laid over the address"),
    ),
    check=_check,
    load=_load,
    save=_save,
    judge=_judge,
    help="addresses seen lately, kept in lists",
    listing=Listing(parts={**{flag: f"{{N}}recent: {word}" for flag, word in _LISTED.items()},
        "--seconds": "seconds: {}", "--reap": "reap", "--hitcount": "hit_count: {}",
        "--rttl": "TTL-Match", "--name": "name: {}", "--rsource": "side: source",
        "--rdest": "side: dest", "--mask": "mask: {}"}),
    opaque=Opaque.MEMORY,
    draw=_draw,
    examples=(
        "--set --name DEFAULT --mask 255.255.255.255 --rsource",
        "! --remove --name a.b:c --mask 255.255.255.255 --rsource",
        "--rcheck --name DEFAULT --mask 255.255.255.255 --rsource",
        "--rcheck --seconds 60 --name DEFAULT --mask 255.255.255.255 --rsource",
    ),
)  # fmt: skip
