"""One packet on its way, and what the kernel keeps beside it (struct sk_buff).

What belongs together is one frozen noun: a copy of the packet may share it, for a change puts
another in its place.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sim.base.frozen import dataclass, replace
from sim.extensions.extension import UseTemplate
from sim.extensions.runtime import RouteResult
from sim.kernel.bridge.info import BridgeInfo
from sim.kernel.ipsec.xfrm import Bundle
from sim.kernel.stack.cutting import pulled_to, quote_end
from sim.model.host import RouteKind
from sim.model.ipsec import State
from sim.model.replies import ReplyKind
from sim.packet.packet import Address, Packet
from sim.trace.outcomes.decided import Because

NOTHING_YET = Because()


@dataclass(frozen=True, slots=True)
class Fragments:
    """What a packet was gathered from; ``largest`` 0: from nothing, it came whole.

    ``sizes`` is what each fragment brought, in bytes, and ``rooms`` how long the headers can be
    that are put in front of it again: as long as its own were, and what was taken from it.
    ``had_df``: they forbade cutting;
    ``ignores_df``: it may be cut again all the same (skb->ignore_df).
    ``together``: so many of its bytes stand together (skb_headlen), the rest is apart; 0: all.
    ``mislaid``: an IPv6 header of this number in front of them, and where conntrack's reassembly
    left the packet's mark of its transport header: what stands there is taken for that header.
    """

    largest: int = 0
    sizes: tuple[int, ...] = ()
    rooms: tuple[int, ...] = ()
    had_df: bool = False
    ignores_df: bool = False
    together: int = 0
    mislaid: tuple[int, int] | None = None

    def pulled(self, end: int) -> Fragments:
        """All bytes up to ``end`` stand together now, taken from the pieces (__pskb_pull_tail)."""
        taken = end - self.together
        if not self.sizes:
            return replace(self, together=end)
        sizes, rooms = [self.sizes[0] + taken], [self.rooms[0]]
        for size, room in zip(self.sizes[1:], self.rooms[1:], strict=True):
            eaten = min(size, taken)
            taken -= eaten
            if size > eaten:
                sizes.append(size - eaten)
                rooms.append(room + eaten)
        return replace(self, sizes=tuple(sizes), rooms=tuple(rooms), together=end)

    def kept(self, header: int) -> tuple[int, ...]:
        """The sizes in which it may go on as it came, behind headers of this length: none where
        one of the pieces has no room for them (ip_do_fragment, ip6_fragment)."""
        return self.sizes if all(room >= header for room in self.rooms[1:]) else ()


@dataclass(frozen=True, slots=True)
class Replies:
    """What the host sent because of a packet.

    ``last`` is the last that set out at all, ``answer`` the last that tells the sender.
    """

    answer: ReplyKind | None = None
    last: ReplyKind | None = None


@dataclass(frozen=True, slots=True)
class Transforms:
    """IPsec's part. ``bundle`` is what it has still to do to the packet on the way out.

    ``is_done``: it has worked on it (IPSKB_XFRM_TRANSFORMED). ``path`` are the states that undid
    their work on the way in, outermost first; ``carried`` what is inside, and who packed it.
    """

    bundle: Bundle | None = None
    is_done: bool = False
    path: tuple[State, ...] = ()
    carried: tuple[Packet, tuple[State, ...]] | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """For a next hop that does not answer: the first piece, and which ``neighbour`` is asked."""

    piece: Packet
    neighbour: tuple[str, Address] | None = None


@dataclass(slots=True)
class Skb:
    """``dev`` is skb->dev when POSTROUTING begins: its "in" device. ``came_by`` is what IPv6
    takes for the incoming device (IP6CB(skb)->iif), if another than ``in_iface``.

    ``is_main``: the packet of the line itself, not one that the host sent because of it.
    ``is_shared``: more copies of a flooded frame follow, which hold its flow too.
    ``has_options``: a hop-by-hop header was the first when it came in.
    ``is_looped``: it came back through ``lo`` with its route, and is not routed again.
    """

    packet: Packet
    in_iface: str = ""
    out_iface: str = ""
    dev: str = ""
    came_by: str = ""
    is_main: bool = True
    depth: int = 0
    route: RouteResult | None = None
    kind: RouteKind = RouteKind.UNICAST  # BROADCAST or MULTICAST: how it was routed
    is_forwarded: bool = False
    is_kept_whole: bool = False  # an IPv6 copy of what came from elsewhere: no ignore_df
    is_looped: bool = False
    has_options: bool = False
    is_shared: bool = False
    bridge: BridgeInfo | None = None  # if br_netfilter has seen it; shared with its copies
    template: UseTemplate | None = None
    fragments: Fragments = Fragments()
    ipsec: Transforms = Transforms()
    said: Replies = Replies()
    because: Because = NOTHING_YET
    waiting: Waiting | None = None

    def take(self, route: RouteResult) -> None:
        """Go by this route from now on."""
        self.route, self.out_iface = route, route.dev
        self.kind = (
            route.kind
            if route.kind in (RouteKind.BROADCAST, RouteKind.MULTICAST)
            else RouteKind.UNICAST
        )

    def pull_headers(self) -> None:
        """The kernel writes the transport header, or reads it as one (pskb_may_pull)."""
        self._pull(pulled_to(self.packet, self.fragments.together))

    def pull_quote(self, is_rewritten: bool) -> None:
        """NAT reads what an ICMP error quotes, and may write to it."""
        self._pull(quote_end(self.packet, is_rewritten))

    def _pull(self, end: int) -> None:
        if 0 < self.fragments.together < end <= len(self.packet.data):
            self.fragments = self.fragments.pulled(end)

    def put_together(self) -> None:
        """The kernel makes one piece of what was gathered (skb_linearize)."""
        if self.fragments.together:
            self.fragments = self.fragments.pulled(len(self.packet.data))

    @contextmanager
    def aside(self) -> Iterator[None]:
        """What the host says meanwhile is no answer to the sender."""
        answer = self.said.answer
        try:
            yield
        finally:
            self.said = replace(self.said, answer=answer)

    @property
    def physin(self) -> str:
        """The bridge port it came in by, if br_netfilter has seen it there."""
        return self.bridge.physin if self.bridge is not None else ""

    @property
    def physout(self) -> str:
        """The bridge port it is bridged out of."""
        return self.bridge.physout if self.bridge is not None else ""

    @property
    def next_hop(self) -> Address | None:
        return self.route.via if self.route is not None else None
