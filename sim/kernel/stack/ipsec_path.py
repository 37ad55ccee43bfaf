"""What IPsec does to a packet on its way: looked up, worked on, undone, checked.

net/xfrm/{xfrm_policy,xfrm_output,xfrm_input}.c, net/ipv4/xfrm4_*.c, net/netfilter/nf_nat_proto.c.
``transmit`` and ``receive`` call this where the kernel does.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace

from sim.base.values import address_text
from sim.extensions.runtime import RouteResult
from sim.kernel.ipsec.esp import Unreadable, out_of_udp, unwrapped, without_ah
from sim.kernel.ipsec.work import IPPROTO_IPIP, IPPROTO_IPV6, hidden, joined, worked
from sim.kernel.ipsec.xfrm import rounds, route_worded, with_output_mark, worded
from sim.kernel.routing.core import either_setting
from sim.kernel.stack.core import Stack, Steps
from sim.kernel.stack.skb import Because, Skb, Transforms
from sim.model.ipsec import NAMES, State
from sim.packet.headers import IPPROTO_AH, IPPROTO_ESP
from sim.packet.packet import Packet
from sim.trace.steps import Step

IPPROTO_COMP = 108
DEEPEST = 6  # XFRM_MAX_DEPTH
# What the sender is told when the lookup fails before OUTPUT.
REFUSED = {"block": "EPERM", "unreachable": "EHOSTUNREACH"}
Outcome = Generator[Step, None, str]


# ---- out: which policy -------------------------------------------------------------------------


def choose(stack: Stack, skb: Skb, route: RouteResult, *, again: bool = False) -> Outcome:
    """xfrm_lookup behind a routing decision: the skb gets its bundle, or none.

    Gives the word for why the packet must not go on (``block``, ``acquire``, ``unreachable``),
    or nothing. What IPsec has worked on already is not looked up again.
    """
    before = skb.ipsec.bundle
    skb.ipsec = replace(skb.ipsec, bundle=None)
    skb.packet = replace(skb.packet, transforms=())
    if skb.ipsec.is_done or not stack.xfrm.is_used:
        return ""
    found = stack.xfrm.out(skb.packet, route)
    head = "Looked up again with its new addresses: " if again else ""
    if found.bundle is not None:
        skb.ipsec = replace(skb.ipsec, bundle=found.bundle)
        skb.packet = replace(skb.packet, transforms=found.bundle.transforms)
        skb.out_iface = found.bundle.routes[-1].dev
        text = f"{worded(found.bundle.policy)} asks for {route_worded(found.bundle)}."
        yield stack.note(skb, "ipsec", head + text[0].upper() * (not head) + text[not head :])
        return ""
    skb.out_iface = route.dev
    if found.policy is None:
        if before is not None:
            source, target = skb.packet.headers.src, skb.packet.headers.dst
            text = (
                f"no IPsec policy covers {source} -> {target}, so it leaves in the clear although "
                f"{worded(before.policy)} covered it before its source was rewritten."
            )
            yield stack.note(skb, "ipsec", head + text)
        return ""
    said = {
        "allow": "lets it go in the clear",
        "block": "blocks it",
        "acquire": f"asks for IPsec, but {found.text} (a key daemon would be asked for one)",
        "unreachable": f"asks for IPsec, but {found.text}",
    }[found.outcome]
    text = f"{worded(found.policy)} {said}."
    yield stack.note(skb, "ipsec", head + (text if head else text[0].upper() + text[1:]))
    return "" if found.outcome == "allow" else found.outcome


def refused(stack: Stack, skb: Skb, outcome: str) -> Steps:
    """The fate of what ``choose`` did not let go; never goes on."""
    sentence = {
        "block": "Dropped: an IPsec policy blocks it.",
        "acquire": "Dropped: its IPsec policy has no state to do the work.",
        "unreachable": "Dropped: the tunnel's end cannot be reached.",
    }[outcome]
    yield from stack.end(skb, "dropped", "ipsec", sentence)
    return False


def choose_again(stack: Stack, skb: Skb, route: RouteResult) -> Outcome:
    """The same for what was routed or rewritten again (``Ways.look_up``)."""
    return choose(stack, skb, route, again=True)


# ---- out: the work -----------------------------------------------------------------------------


def transform(stack: Stack, skb: Skb) -> Steps:
    """xfrm_output_resume: one round; conntrack's entry is let go, the mark stays."""
    bundle = skb.ipsec.bundle
    assert bundle is not None
    before = skb.packet
    count = rounds(bundle.states)
    packet = replace(before, flow=None, ct_state="INVALID", ct_reply=False, secpath=())
    for state in bundle.states[:count]:
        if state.protocol == IPPROTO_COMP or not _can(state, packet):
            need = _missing(state)
            yield from stack.end(
                skb, "undetermined", "ipsec", f"What IPsec makes of it cannot be told: {need}.",
                need=need,
            )  # fmt: skip
            return False
        sequence = stack.xfrm.next_sequence(state)
        ident = stack.runtime.random.getrandbits(16)
        data = worked(state, packet, sequence, ident)
        packet = replace(packet, data=data, unknown=hidden(state, packet, data))
        packet = with_output_mark(packet, state)
    rest = bundle.rest
    carried = skb.ipsec.carried or (before, bundle.states)
    skb.ipsec = Transforms(rest, is_done=True, carried=carried)
    skb.route, skb.out_iface = bundle.routes[count - 1], bundle.routes[-1].dev
    skb.packet = replace(packet, transforms=rest.transforms if rest is not None else ())
    done = " and ".join(str(state) for state in bundle.states[:count])
    rewrites = (*skb.because.rewrites, f"{worded(bundle.policy)} had it packed into IPsec")
    skb.because = replace(skb.because, rewrites=rewrites)
    text = f"It is packed into {done}; conntrack begins anew, the mark stays."
    if any(state.mode == "tunnel" for state in bundle.states[:count]):
        skb.kind = "unicast"
    yield stack.note(skb, "ipsec", text, before)
    return True


def _can(state: State, packet: Packet) -> bool:
    inner = packet.headers
    if state.mode not in ("tunnel", "transport"):
        return False
    if state.protocol == IPPROTO_AH:
        ends = 4 if state.mode == "tunnel" else inner.family
        return state.source.version == ends == 4 and (state.mode == "tunnel" or not inner.options)
    return not (state.mode == "transport" and inner.family == 6 and inner.extensions)


def _missing(state: State) -> str:
    if state.protocol == IPPROTO_COMP:
        return "IPComp is not modelled yet"
    if state.mode not in ("tunnel", "transport"):
        return f"IPsec mode {state.mode} is not modelled yet"
    if state.protocol == IPPROTO_AH:
        return "AH is modelled for plain IPv4 headers only"
    return "ESP in transport mode behind IPv6 extension headers is not modelled yet"


# ---- in ----------------------------------------------------------------------------------------


def undo(stack: Stack, skb: Skb) -> Outcome:
    """xfrm_input: what INPUT let pass and IPsec is responsible for.

    Gives ``none`` (not IPsec's), ``ended``, ``tunnel`` or ``transport`` (undone: goes back to
    PREROUTING).
    """
    before = skb.packet
    found = _part(stack, before)
    if found is None:
        return "none"
    result = "transport"
    while found is not None:
        protocol, part, is_in_udp = found
        spi = int.from_bytes(part[4:8] if protocol == IPPROTO_AH else part[:4], "big")
        sequence = int.from_bytes(part[8:12] if protocol == IPPROTO_AH else part[4:8], "big")
        state = stack.xfrm.state_in(protocol, skb.packet, spi)
        name = NAMES.get(protocol, str(protocol))
        why = ""
        if state is None:
            to = address_text(skb.packet.headers.dst)
            why = f"there is no {name} state to {to} with spi {spi:#x}"
        elif (state.encap is not None) != is_in_udp:
            why = f"{state} is {'' if state.encap else 'not '}meant to come in UDP"
        elif len(skb.ipsec.path) >= DEEPEST:
            why = "it is packed too deep"
        elif stack.xfrm.is_replayed(state, sequence):
            why = f"{state} has seen sequence number {sequence} already"
        if state is None or why:
            yield from stack.end(skb, "dropped", "ipsec", f"Dropped by IPsec: {why}.")
            return "ended"
        try:
            following, content = _content(state, skb.packet, part)
        except Unreadable as unreadable:
            need = f"what is inside {state} cannot be read: {unreadable}"
            yield from stack.end(
                skb, "undetermined", "ipsec", f"It cannot be told what comes out: {need}.",
                need=need,
            )  # fmt: skip
            return "ended"
        except ValueError as damage:
            yield from stack.end(skb, "dropped", "ipsec", f"Dropped by IPsec: {damage}.")
            return "ended"
        skb.ipsec = replace(skb.ipsec, path=(*skb.ipsec.path, state))
        if state.mode == "tunnel":
            if (following, content[:1].hex()[:1]) not in ((IPPROTO_IPIP, "4"), (IPPROTO_IPV6, "6")):
                sentence = "Dropped by IPsec: the tunnel does not hold an IP packet."
                yield from stack.end(skb, "dropped", "ipsec", sentence)
                return "ended"
            skb.packet = _with_ecn(
                state, skb.packet, replace(skb.packet, data=content, unknown=b"")
            )
            result = "tunnel"
            break
        size = skb.packet.headers.payload_offset
        data = joined(skb.packet.data[:size], following, content)
        skb.packet = replace(skb.packet, data=data, unknown=b"")
        found = _part(stack, skb.packet)
    skb.packet = replace(
        skb.packet, flow=None, ct_state="INVALID", ct_reply=False,
        secpath=tuple(state.transform for state in skb.ipsec.path),
    )  # fmt: skip
    skb.because = Because()  # of the packet outside
    text = f"{skb.ipsec.path[-1]} unpacks it; it begins again at PREROUTING on {skb.in_iface}."
    yield stack.note(skb, "ipsec", text, before)
    return result


def _part(stack: Stack, packet: Packet) -> tuple[int, bytes, bool] | None:
    """Protocol and bytes from the ESP or AH header on, and whether it came in UDP."""
    headers = packet.headers
    if headers.fragment_offset or not stack.xfrm.is_used:
        return None
    if headers.protocol in (IPPROTO_ESP, IPPROTO_AH) and stack.xfrm.handles(headers.protocol):
        return (headers.protocol, packet.payload, False) if len(packet.payload) >= 12 else None
    if headers.udp is not None and any(
        state.encap is not None and headers.dport in state.encap for state in stack.xfrm.host.states
    ):
        inner = out_of_udp(packet.payload)
        return (IPPROTO_ESP, inner, True) if inner is not None else None
    return None


def _content(state: State, packet: Packet, part: bytes) -> tuple[int, bytes]:
    if state.protocol == IPPROTO_AH:
        return without_ah(state, packet.data[: packet.headers.length])
    return unwrapped(state, part)


def _with_ecn(state: State, outer: Packet, inner: Packet) -> Packet:
    """Congestion that the outer header met is passed on (ipip_ecn_decapsulate)."""
    tos = inner.headers.tos
    if "decap-dscp" in state.flags:
        tos = outer.headers.tos & 0xFC | tos & 3
    if "noecn" not in state.flags and outer.headers.tos & 3 == 3 and tos & 3:
        tos |= 3
    return inner.with_tos(tos) if tos != inner.headers.tos else inner


def check(stack: Stack, skb: Skb, direction: str) -> Steps:
    """xfrm_policy_check: may it pass as it came? ``direction`` is in or fwd."""
    if not stack.xfrm.is_used or (skb.is_looped and skb.in_iface == "lo"):
        return True
    if either_setting(stack.runtime.host, skb.in_iface, "disable_policy"):
        return True
    why = stack.xfrm.refusal(
        direction, _untranslated(stack, skb.packet), skb.in_iface, skb.ipsec.path
    )
    if not why:
        if skb.ipsec.path:
            text = f"Its way through IPsec is what the {direction} policy asks for."
            yield stack.note(skb, "ipsec", text)
        return True
    yield from stack.end(skb, "dropped", "ipsec", f"Dropped by IPsec's {direction} check: {why}.")
    return False


def _untranslated(stack: Stack, packet: Packet) -> Packet:
    """With the ends that came in: policies do not see NAT (nf_nat_decode_session)."""
    flow = stack.runtime.flows.get(packet.flow) if packet.flow is not None else None
    if flow is None:
        return packet
    came = flow.reply if packet.ct_reply else flow.original
    own, others = ("SRC_NAT", "DST_NAT") if packet.ct_reply else ("DST_NAT", "SRC_NAT")
    if flow.has(own):
        packet = packet.with_destination(came.dst, came.dport)
    if flow.has(others):
        packet = packet.with_source(came.src, came.sport)
    return packet
