"""The host while a scenario runs: its state, and a packet's way through one hook.

The order of hooks and what is between them is in ``receive``, ``deliver`` and ``transmit``.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any

from sim.base.backends import SECURITY
from sim.base.frozen import dataclass, replace
from sim.extensions import ct_template
from sim.extensions.extension import (
    CloseFlow,
    Emit,
    PutTogether,
    Request,
    SetFlow,
    SetNat,
    UseTemplate,
)
from sim.extensions.frames.arptables import ARPTABLES
from sim.extensions.frames.catalogue import EBTABLES
from sim.extensions.hooks import NFT_SECURITY, Services, orders_of, services_of
from sim.extensions.ipset import from_host
from sim.extensions.runtime import RouteResult, Runtime
from sim.kernel.bridge.ports import Bridges
from sim.kernel.conntrack.core import CtEvent, Tracker
from sim.kernel.conntrack.stated import state_flow
from sim.kernel.conntrack.summing import summed
from sim.kernel.far.conversation import Conversation
from sim.kernel.frames import FrameWalker
from sim.kernel.ipsec.xfrm import Xfrm
from sim.kernel.nat.core import Nat
from sim.kernel.routing.core import Routing
from sim.kernel.routing.output import Way, reroute
from sim.kernel.stack import synproxy_hook
from sim.kernel.stack.defrag import Defragmenter, DefragUser, Gathered
from sim.kernel.stack.skb import Fragments, Skb
from sim.kernel.stack.sockets import Sockets
from sim.kernel.stack.unmodelled import unmodelled_of
from sim.kernel.xtables import Walked, Walker
from sim.model.kernel_settings import Met
from sim.model.replies import ReplyKind
from sim.model.rules import Hook, Registered, Rules, Table, Verdict
from sim.model.scenario import Compiled
from sim.packet.fragment_header import fragment_header
from sim.packet.headers import IPPROTO_TCP
from sim.packet.kinds import CtState
from sim.packet.packet import Packet
from sim.trace.outcomes.backends import BackendDiffers, LegacyUntold
from sim.trace.outcomes.base import Note, Why
from sim.trace.outcomes.conntrack import Lost
from sim.trace.outcomes.decided import ByChain, ByPart, Decided, FateVerdict, NatRewrite
from sim.trace.outcomes.filtering import (
    DroppedBy,
    HeaderCut,
    NftRules,
    NftUnknown,
    NoQueue,
    RejectedBy,
    RejectedUnheard,
    RuleUnknown,
    TakenBy,
)
from sim.trace.outcomes.fragments import (
    AllHere,
    FragmentDropped,
    FragmentGoesOn,
    FragmentKept,
    OnlyFragment,
)
from sim.trace.outcomes.ipsec import LookUp, NewAddressesRefused
from sim.trace.outcomes.nat import NatDropped, NatNotConcerned, NatOff
from sim.trace.outcomes.routing import NoWayAfterChange
from sim.trace.outcomes.settings import SettingCounts
from sim.trace.outcomes.synproxy import SynproxyDropped, SynproxyTook
from sim.trace.recorder import Place, Recorder
from sim.trace.steps import Conntrack, Fate, HookEntered, NatApplied, Noted, Routed, Step, Where

# nat before security, as iptables-nft has them at INPUT.
SECURITY_LATE = {Registered(100, "nat"), Registered(NFT_SECURITY, "security")}
Steps = Generator[Step, None, bool]  # what a part of the way yields; false: the packet ended


class Busy:
    """How deep the kernel is in packets that it handles with bottom halves off.

    While it is, what goes out through ``lo`` waits for its turn. Raised by ``with``, so that a
    run that is abandoned leaves nothing raised.
    """

    __slots__ = ("depth",)

    def __init__(self) -> None:
        self.depth = 0

    def __bool__(self) -> bool:
        return self.depth > 0

    def __enter__(self) -> None:
        self.depth += 1

    def __exit__(self, *raised: object) -> None:
        self.depth -= 1


@dataclass(frozen=True, slots=True)
class Ways:
    """The ways out of a hook and back in, which need the hooks themselves.

    ``emit`` sends a packet of the host's own because of another, ``drain`` handles what came
    back through ``lo``, ``look_up`` is IPsec's lookup for what was routed or rewritten again; it
    gives why the packet must not go on, if it must not.
    """

    emit: Callable[[Stack, Skb, Place, Emit], Iterator[Step]]
    drain: Callable[[Stack], Iterator[Step]]
    look_up: Callable[[Stack, Skb, RouteResult], Generator[Step, None, LookUp | None]]


class Stack:
    """One host, one run."""

    def __init__(
        self, compiled: Compiled, ways: Ways, *, folded: bool = False,
        only: type[Step] | None = None,
    ) -> None:  # fmt: skip
        host, seed = compiled.host, compiled.scenario.seed
        self.backend = compiled.backend
        self._ways = ways
        self.rules = compiled.rules
        self.sockets = Sockets(host)
        self.routing = Routing(host, seed)
        self.runtime = Runtime(
            host, self.routing, self.sockets, seed=seed, rules=compiled.rules, epoch=host.clock,
            backend=self.backend,
        )  # fmt: skip
        self.runtime.sets = from_host(host)
        self.recorder = Recorder(self.runtime, only)
        self._folded = folded
        self.tracker = Tracker(self.runtime, frozenset())
        self.nat = Nat(self.runtime, self.tracker)
        self._compiled = compiled
        self.conversation = Conversation(host)
        self.xfrm = Xfrm(host, self.routing)
        self.defragmenter = Defragmenter()
        self.bridges = Bridges(self.runtime)
        self.unmodelled = unmodelled_of(host)
        self.backlog: deque[Skb] = deque()
        self.unanswered: list[Skb] = []  # they wait for a neighbour that will not answer
        self.emitted = 0  # packets of the host's own because of the current line
        self.sending_icmp: set[int] = set()  # families whose ICMP socket is in use
        self.busy = Busy()
        self.use(compiled.rules)
        for stated in host.flows:
            entry = state_flow(self.tracker.table, stated)
            if entry is not None:
                self.nat.remember(entry)

    def use(self, rules: Rules) -> None:
        """These tables are loaded now, and what they need is switched on."""
        self.rules = self.runtime.rules = rules
        self.services = {family: self._services(family) for family in (4, 6)}
        self.runtime.accounting = any(services.accounting for services in self.services.values())
        self.tracker.families = frozenset(
            family for family, services in self.services.items() if services.conntrack
        )
        self._walkers: dict[tuple[int, bool], Walker] = {}
        self.orders = {
            family: orders_of(rules.of(family), self.services[family], self.backend)
            for family in (4, 6)
        }

    @cached_property
    def frames_backend(self) -> str:
        return self._compiled.frames_backend

    @cached_property
    def frame_walker(self) -> FrameWalker:
        return FrameWalker(EBTABLES, self.runtime, self.recorder)

    @cached_property
    def arp_walker(self) -> FrameWalker:
        return FrameWalker(ARPTABLES, self.runtime, self.recorder)

    def walker(self, family: int, *, of_nft: bool = False) -> Walker:
        """``of_nft``: of tables that iptables-nft loaded beside those of the other."""
        found = self._walkers.get((family, of_nft))
        if found is None:
            backend = "nft" if of_nft else ""
            found = Walker(family, self.runtime, self.recorder, backend, folded=self._folded)
            self._walkers[family, of_nft] = found
        return found

    def _services(self, family: int) -> Services:
        """What the rules switch on. A table with entries tells that conntrack runs."""
        services = services_of(self.rules.of(family))
        if any(flow.original.src.version == family for flow in self.runtime.host.flows):
            return services._replace(conntrack=True, defrag=True)
        return services

    @property
    def tracks(self) -> bool:
        """Does conntrack run at all?"""
        return any(services.conntrack for services in self.services.values())

    def emit(self, skb: Skb, place: Place, request: Emit) -> Iterator[Step]:
        """The host sends a packet because of ``skb``, which waits meanwhile."""
        return self._ways.emit(self, skb, place, request)

    def drain(self) -> Iterator[Step]:
        """What came back through ``lo`` meanwhile is handled now, unless the kernel is busy."""
        return self._ways.drain(self)

    @contextmanager
    def icmp_socket(self, family: int) -> Iterator[None]:
        """icmp_xmit_lock: the family's ICMP socket is in use, with bottom halves off."""
        self.sending_icmp.add(family)
        try:
            with self.busy:
                yield
        finally:
            self.sending_icmp.discard(family)

    # ---- steps ---------------------------------------------------------------------------

    def place(self, skb: Skb, hook: Hook | None = None) -> Place:
        return Place(
            hook, skb.in_iface, skb.out_iface, skb.physin, skb.physout, skb.depth, skb.route,
        )  # fmt: skip

    def where(self, skb: Skb) -> Where:
        """Between hooks."""
        in_iface, out_iface = skb.in_iface, skb.out_iface
        return Where(
            in_iface=in_iface, out_iface=out_iface, physin=skb.physin if in_iface else "",
            physout=skb.physout if out_iface else "", depth=skb.depth,
        )  # fmt: skip

    def note(self, skb: Skb, note: Note, before: Packet | None = None) -> Noted:
        return self.recorder.step(Noted, skb.packet, self.where(skb), note=note, before=before)

    def _noted(self, skb: Skb, place: Place, note: Note) -> Noted:
        return self.recorder.step(Noted, skb.packet, place, note=note)

    def routed(self, skb: Skb, route: RouteResult, *, again: bool = False) -> Routed:
        return self.recorder.step(Routed, skb.packet, self.where(skb), route=route, again=again)

    def tracked(
        self, packet: Packet, where: Where | Place, events: Iterable[CtEvent]
    ) -> Iterator[Step]:
        for event in events:
            yield self.recorder.step(
                Conntrack, packet, where, event=event.did, state=event.state, flow=event.flow,
                cause=event.cause,
            )  # fmt: skip

    def end(
        self, skb: Skb, verdict: FateVerdict, at: Decided, why: Why,
        where: Where | Place | None = None, **fields: Any,
    ) -> Iterator[Step]:  # fmt: skip
        """The one fate of a packet, after conntrack has let go of it."""
        where = where or self.where(skb)
        if not skb.is_shared:
            yield from self.tracked(skb.packet, where, self.tracker.discard(skb.packet))
        if skb.packet.family in self.runtime.host.legacy_untold:
            note = LegacyUntold("ip6tables" if skb.packet.family == 6 else "iptables")
            yield self.recorder.step(Noted, skb.packet, where, note=note)
        yield self.recorder.step(
            Fate, skb.packet, where, verdict=verdict, at=at, why=why,
            main=skb.is_main, **fields,
        )  # fmt: skip

    def meets(self, skb: Skb, met: Met, at: Decided) -> Steps:
        """Go on past what settings decide; false: one that is not modelled ended it."""
        need = self.unmodelled.at(met, skb)
        if need is None:
            return True
        why = SettingCounts(need)
        yield from self.end(skb, FateVerdict.UNDETERMINED, at, why, need=need)
        return False

    # ---- a hook --------------------------------------------------------------------------

    def hook(self, skb: Skb, hook: Hook, in_iface: str = "", out_iface: str = "") -> Steps:
        """Run everything that is registered at a hook; false: the packet ended there."""
        place = Place(hook, in_iface, out_iface, skb.physin, skb.physout, skb.depth, skb.route)
        order = self.orders[skb.packet.family][hook]
        yield self.recorder.step(HookEntered, skb.packet, place, order=order)
        if hook is Hook.INPUT and set(order) >= SECURITY_LATE:
            yield self._noted(skb, place, BackendDiffers(SECURITY))
        for _, what in order:
            part = _PARTS.get(what, Stack._table)
            if place.route is not skb.route:  # the devices stay as they were, the route does not
                place = replace(place, route=skb.route)
            with self.busy:
                goes_on = yield from part(self, skb, place, what)
            if not self.busy:
                yield from self.drain()
            if not goes_on:
                return False
        for chain in self.runtime.host.nft_chains:
            if chain.sees(skb.packet.family, hook):
                table = f"{chain.family} {chain.table}"
                yield from self.end(
                    skb, FateVerdict.UNDETERMINED, ByPart.NFTABLES, NftUnknown(table, chain.chain),
                    place, need=NftRules(table),
                )  # fmt: skip
                return False
        return True

    def _walk(
        self, skb: Skb, place: Place, what: str
    ) -> Generator[Step, None, tuple[Walked, SetNat | None]]:
        """Walk a table; how it let go of the packet, and the NAT that a target asked for."""
        wanted: SetNat | None = None
        family = skb.packet.family
        table = self.rules.of(family).tables[what]

        def perform(
            packet: Packet, place: Place, request: Request
        ) -> Generator[Step, None, Packet]:
            nonlocal wanted
            skb.packet = packet
            if isinstance(request, SetNat):
                wanted = request
            else:
                yield from self._perform(skb, place, request)
            return skb.packet

        walker = self.walker(family, of_nft=table.of_nft)
        walked = yield from walker.walk(table, skb.packet, place, perform)
        skb.packet = walked.packet
        return walked, wanted

    def _perform(self, skb: Skb, place: Place, request: Request) -> Iterator[Step]:
        if isinstance(request, Emit):
            yield from self.emit(skb, place, request)
        elif isinstance(request, SetFlow):
            if skb.packet.flow is not None:
                self.tracker.change(skb.packet.flow, **dict(request.changes))
            else:
                ct_template.change(self.runtime, skb.packet, request.changes)
        elif isinstance(request, CloseFlow):
            if skb.packet.flow is not None:
                self.tracker.close(skb.packet.flow)
        elif isinstance(request, UseTemplate):
            skb.template = skb.template or request
        elif isinstance(request, PutTogether):
            skb.put_together()

    def _table(self, skb: Skb, place: Place, what: str) -> Steps:
        before = skb.packet
        walked, _ = yield from self._walk(skb, place, what)
        if walked.verdict is not Verdict.ACCEPT or walked.need:
            yield from self.stopped(skb, place, walked)
            return False
        table = self.rules.of(skb.packet.family).tables[what]
        if table.base == "filter":
            note_accepted(skb, table, place, walked)
        if table.base == "mangle" and place.hook is Hook.OUTPUT and _steers(before, skb.packet):
            return (yield from self._reroute(skb, place))
        return True

    def stopped(self, skb: Skb, place: Place, walked: Walked) -> Iterator[Step]:
        """The fate of a packet that a table did not let pass."""
        by = walked.by
        said: ReplyKind | None = None
        verdict, why = FateVerdict.DROPPED, _why_dropped(walked)
        if walked.need:
            verdict = FateVerdict.UNDETERMINED
        elif isinstance(why, RejectedUnheard) and skb.said.last is why.reason:
            verdict, said, why = FateVerdict.REJECTED, why.reason, RejectedBy(by, why.reason)
        elif isinstance(why, TakenBy):
            verdict = FateVerdict.STOLEN
        elif isinstance(why, DroppedBy) and self._tells_sender(skb, place):
            why = DroppedBy(by, "EPERM")
        yield from self.end(skb, verdict, by, why, place, reason=said, need=walked.need)

    def _tells_sender(self, skb: Skb, place: Place) -> bool:
        """A drop on the way out fails the call that sent; TCP does not pass that on."""
        if place.hook not in (Hook.OUTPUT, Hook.POSTROUTING) or not skb.is_main:
            return False
        return not skb.in_iface and skb.packet.headers.protocol != IPPROTO_TCP

    def _reroute(self, skb: Skb, place: Place) -> Steps:
        """Route again in OUTPUT. The tables after this one still see the old device."""
        way: Way = reroute(self.routing, skb.packet, skb.out_iface)
        yield self.routed(skb, way.route, again=True)
        if way.errno:
            why = NoWayAfterChange(skb.packet.headers.dst, way.errno)
            yield from self.end(skb, FateVerdict.DROPPED, ByPart.ROUTING, why, place)
            return False
        skb.take(way.route)
        return (yield from self._follows_policy(skb, place, way.route))

    def _follows_policy(self, skb: Skb, place: Place, route: RouteResult) -> Steps:
        """IPsec's lookup for what goes another way, or has other addresses, than before."""
        if skb.ipsec.is_done or not self.xfrm.is_used:
            skb.ipsec = replace(skb.ipsec, bundle=None)
            return True
        outcome = yield from self._ways.look_up(self, skb, route)
        if outcome is None:
            return True
        why = NewAddressesRefused(outcome)
        yield from self.end(skb, FateVerdict.DROPPED, ByPart.IPSEC, why, place)
        return False

    # ---- conntrack and NAT ---------------------------------------------------------------

    def _defrag(self, skb: Skb, place: Place, what: str) -> Steps:
        packet = skb.packet
        if (
            packet.flow is not None
            or packet.ct_state is CtState.UNTRACKED
            or not _is_gathered(packet)
        ):
            return True
        return (yield from self.gather(skb, DefragUser(place.hook), place))

    def gather(self, skb: Skb, user: DefragUser, where: Where | Place) -> Steps:
        """Keep a fragment until all are here; the last one to come goes on as the whole."""
        if not (yield from self.meets(skb, Met.FRAGMENT, ByPart.DEFRAG)):
            return False
        gathered = self.gathered(skb, user)
        mislaid = gathered.mislaid if user.is_conntrack else None
        return (yield from self.take_gathered(skb, replace(gathered, mislaid=mislaid), where))

    def take_gathered(self, skb: Skb, gathered: Gathered, where: Where | Place) -> Steps:
        """Go on with what became of a fragment; false: it does not go on now."""
        before = skb.packet
        if gathered.passes:
            assert gathered.cause is not None
            goes_on = FragmentGoesOn(gathered.cause)
            yield self.recorder.step(Noted, before, where, note=goes_on)
            return True
        if gathered.cause is not None:
            why = FragmentDropped(gathered.cause)
            yield from self.end(skb, FateVerdict.DROPPED, ByPart.DEFRAG, why, where)
            return False
        if gathered.packet is None:
            yield from self.end(skb, FateVerdict.STOLEN, ByPart.DEFRAG, FragmentKept(), where)
            return False
        skb.packet, skb.bridge = gathered.packet, gathered.bridge
        had_df, skb.has_options = skb.packet.headers.dont_fragment, gathered.has_options
        skb.fragments = Fragments(
            gathered.largest, gathered.sizes, gathered.rooms, had_df, True, gathered.together,
            gathered.mislaid,
        )  # fmt: skip
        note = AllHere() if before.headers.is_fragment else OnlyFragment()
        yield self.recorder.step(Noted, skb.packet, where, note=note, before=before)
        return True

    def gathered(self, skb: Skb, user: DefragUser) -> Gathered:
        """What the defragmenter makes of it; nothing has been done to the packet yet."""
        family = skb.packet.family
        return self.defragmenter.gather(
            skb.packet, user, self.runtime.now, skb.in_iface, self._patience(family, user),
            skb.bridge,
        )  # fmt: skip

    def _patience(self, family: int, user: DefragUser) -> int:
        """How long fragments wait for each other, in nanoseconds; 0: nothing was set."""
        name = "net.ipv4.ipfrag_time"
        if family == 6:
            is_tracked = user.is_conntrack
            name = (
                "net.netfilter.nf_conntrack_frag6_timeout"
                if is_tracked
                else "net.ipv6.ip6frag_time"
            )
        return int(self.runtime.host.sysctl(name, "0")) * 1_000_000_000

    def _conntrack(self, skb: Skb, place: Place, what: str) -> Steps:
        assert isinstance(place.hook, Hook)
        before, template = skb.packet, skb.template
        packet, events = self.tracker.enter(before, place.hook, template, in_iface=place.in_iface)
        skb.template = None
        yield from self.tracked(packet or skb.packet, place, events)
        if packet is None:
            yield from self._lost(skb, place, events)
            return False
        is_seen = before.flow is not None or before.ct_state is CtState.UNTRACKED
        is_seen = is_seen or (template is not None and template.notrack)
        if place.hook is Hook.PREROUTING and not is_seen and self.tracker.settings["checksum"]:
            packet = summed(packet)
        skb.packet = packet
        return True

    def _synproxy(self, skb: Skb, place: Place, what: str) -> Steps:
        """SYNPROXY's hook: what it sends goes out before the packet goes on, or ends."""
        entry = self.tracker.entry_of(skb.packet)
        done = synproxy_hook.hook(self.runtime, skb.packet, entry)
        if done.first is not None:
            yield from self.emit(skb, place, done.first)
        if done.then is not None and entry is not None:
            synproxy_hook.shift_numbers(entry, done.shift)
            yield from self.emit(skb, place, done.then)
        if done.verdict is Verdict.ACCEPT and done.packet is not None:
            skb.packet = done.packet
            return True
        assert done.cause is not None
        verdict = FateVerdict.DROPPED
        why: Why = SynproxyDropped(done.cause)
        if done.verdict is Verdict.STOLEN:
            verdict, why = FateVerdict.STOLEN, SynproxyTook(done.cause)
        yield from self.end(skb, verdict, ByPart.SYNPROXY, why, place)
        return False

    def _confirm(self, skb: Skb, place: Place, what: str) -> Steps:
        assert isinstance(place.hook, Hook)
        packet, events = self.tracker.confirm(skb.packet, place.hook)
        yield from self.tracked(packet or skb.packet, place, events)
        if packet is None:
            yield from self._lost(skb, place, events)
            return False
        skb.packet = packet
        return True

    def _lost(self, skb: Skb, place: Place, events: tuple[CtEvent, ...]) -> Iterator[Step]:
        why = Lost(events[-1].cause if events else None)
        yield from self.end(skb, FateVerdict.DROPPED, ByPart.CONNTRACK, why, place)

    def _nat(self, skb: Skb, place: Place, what: str) -> Steps:
        assert isinstance(place.hook, Hook)
        if not self.services[skb.packet.family].conntrack:
            if place.hook in (Hook.PREROUTING, Hook.OUTPUT):
                yield self._noted(skb, place, NatOff())
            return True
        if skb.packet.flow is None:
            yield self._noted(skb, place, NatNotConcerned(skb.packet.ct_state))
            return True
        by: ByChain | None = None  # no rule: the connection has its rewrite already
        if self.nat.wants_rules(skb.packet, place.hook):
            request: SetNat | None = None
            for table in self.rules.of(skb.packet.family).named(what):
                walked, request = yield from self._walk(skb, place, table.name)
                if walked.verdict is not Verdict.ACCEPT or walked.need:
                    yield from self.stopped(skb, place, walked)
                    return False
                if walked.is_bypass:  # to nf_nat_inet_fn that is no ACCEPT: nothing is bound
                    return True
                if request is not None:  # bound: the other backend's table is not asked
                    break
            self.nat.bind(skb.packet, place.hook, request, out_iface=place.out_iface)
            if request is not None:
                by = walked.by
        return (yield from self._translate(skb, place, by))

    def _translate(self, skb: Skb, place: Place, by: ByChain | None) -> Steps:
        assert isinstance(place.hook, Hook)
        before = skb.packet
        done = self.nat.translate(before, place.hook, place.out_iface)
        if done.packet is None:
            assert done.cause is not None
            why = NatDropped(done.cause)
            yield from self.end(skb, FateVerdict.DROPPED, ByPart.NAT, why, place)
            return False
        skb.packet = done.packet
        if done.of_error:
            skb.pull_quote(bool(done.changes))
        elif done.changes:
            skb.pull_headers()
        if done.changes:
            rewrites = (*skb.because.rewrites, NatRewrite(by, done.manip, done.undo))
            skb.because = replace(skb.because, rewrites=rewrites)
            yield self.recorder.step(
                NatApplied, skb.packet, replace(place.where(), table="nat"), manip=done.manip,
                undo=done.undo, before=before, changes=done.changes, at_random=done.at_random,
            )  # fmt: skip
        if place.hook is Hook.PREROUTING and done.packet.headers.dst != before.headers.dst:
            skb.is_looped = False  # NAT alone makes the kernel forget the route it came with
        if place.hook is Hook.OUTPUT and self._has_other_destination(skb.packet):
            return (yield from self._reroute(skb, place))
        if self.xfrm.is_used and not skb.ipsec.is_done and self._has_other_end(skb, place):
            # nf_xfrm_me_harder; a bundle keeps the route it was made of.
            plain = skb.ipsec.bundle.plain if skb.ipsec.bundle is not None else skb.route
            if plain is not None:
                return (yield from self._follows_policy(skb, place, plain))
        return True

    def _has_other_end(self, skb: Skb, place: Place) -> bool:
        """nf_nat_ipv4_out, nf_nat_ipv4_local_fn: is there NAT that IPsec's lookup could notice?"""
        packet = skb.packet
        flow = self.runtime.flows.get(packet.flow) if packet.flow is not None else None
        if flow is None or place.hook not in (Hook.POSTROUTING, Hook.OUTPUT):
            return False
        this, other = flow.original, flow.reply
        if packet.ct_reply:
            this, other = other, this
        has_ports = this.protocol not in (1, 58)
        if place.hook is Hook.OUTPUT:
            return has_ports and this.dport != other.sport
        return this.src != other.dst or (has_ports and this.sport != other.dport)

    def _has_other_destination(self, packet: Packet) -> bool:
        """nf_nat_ipv4_local_fn: does NAT change where packets of this direction go?"""
        flow = self.runtime.flows.get(packet.flow) if packet.flow is not None else None
        if flow is None:
            return False
        if packet.ct_reply:
            return flow.reply.dst != flow.original.src
        return flow.original.dst != flow.reply.src


def _is_gathered(packet: Packet) -> bool:
    """ipv4_conntrack_defrag, ipv6_defrag: IPv6's atomic fragments are gathered too."""
    if packet.family == 4:
        return packet.headers.is_fragment
    return packet.headers.length > 40 and fragment_header(packet.data) is not None


def note_accepted(skb: Skb, table: Table, place: Place, walked: Walked) -> None:
    """Keep what let the packet pass. Where no rule is, nothing was decided."""
    assert place.hook is not None
    if table.chains[place.hook.chain].rules:
        skb.because = replace(skb.because, accepted=walked.by)


def _why_dropped(walked: Walked) -> Why:
    """Why a table does not let a packet pass, before anybody asks whether the sender learns it."""
    by = walked.by
    if walked.need:
        return RuleUnknown(by, walked.need)
    if walked.hotdrop:
        return HeaderCut(by)
    if walked.reason:
        return RejectedUnheard(by, walked.reason)
    if walked.verdict is Verdict.STOLEN:
        return TakenBy(by)
    return NoQueue(by) if walked.verdict is Verdict.QUEUE else DroppedBy(by)


def _steers(before: Packet, after: Packet) -> bool:
    """Did mangle OUTPUT change what routing looks at (ipt_mangle_out, ip6t_mangle_out)?"""
    if before.mark != after.mark:
        return True
    if before.data == after.data:
        return False
    old, new = before.headers, after.headers
    if (old.src, old.dst) != (new.src, new.dst):
        return True
    if old.family == 4:
        return old.tos != new.tos
    return (old.ttl, old.tos, old.flow_label) != (new.ttl, new.tos, new.flow_label)


_PARTS: dict[str, Callable[[Stack, Skb, Place, str], Steps]] = {
    "defrag": Stack._defrag,
    "conntrack": Stack._conntrack,
    "nat": Stack._nat,
    "synproxy": Stack._synproxy,
    "confirm": Stack._confirm,
}
