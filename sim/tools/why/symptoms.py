"""Symptoms: what of a run went wrong for the person who sent a packet.

A packet did not arrive; its answer was dropped, could not come back, went out by another
device, or comes from another address than was asked. Where the text holds no ``reply``, the
answer is tried: the far end of whatever left answers, and the engine walks it (``probe``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from ipaddress import IPv4Address, ip_network
from itertools import islice

from sim.base.values import address_text
from sim.kernel.routing.policy_rules import query_of, rule_matches, rule_text
from sim.kernel.stack.core import Stack
from sim.model.host import NO_WAY, TUNNELS, Host, Network, PolicyRule, RuleAction
from sim.model.replies import ReplyKind
from sim.model.routing import Query
from sim.model.rules import Hook, Target
from sim.packet.headers import IPPROTO_ESP, IPPROTO_ICMP, IPPROTO_ICMPV6, IPPROTO_TCP, SYN
from sim.packet.kinds import CtState
from sim.packet.packet import Address, Packet
from sim.packet.script import Reply
from sim.tell.render import protocol_text, sentence
from sim.tools.why.doors import doors
from sim.tools.why.report import Symptom
from sim.tools.why.story import Story, asked_by, rule_at
from sim.trace.outcomes.base import Cause
from sim.trace.outcomes.sockets import AnswerNoWay, AnswerOff, Delivered
from sim.trace.steps import Conntrack, RuleTried

NOT_ARRIVED = "did-not-arrive"
ANSWER_DROPPED = "answer-dropped"
NOT_ANSWERED = "not-answered"
NO_WAY_BACK = "no-way-back"
NOBODY_ANSWERS = "nobody-answers"
OTHER_WAY = "answer-other-way"
WRONG_SOURCE = "wrong-source"
IMPOSSIBLE = "reply-impossible"
UNTRANSLATED = "untranslated"
OTHER_SOURCE = "other-source"
DIVERTED = "diverted"
KEPT_HERE = "kept-on-this-host"  # meant of a transparent proxy alone: nobody knows whether it works
PAST_THIS_HOST = "answer-past-this-host"
WRONG_WAY = "wrong-way"
FAR_END = "far-end-must-know"  # nobody here knows whether it does
SOURCE_HIDDEN = "source-hidden"  # it works, and the server's log is of no use
OPEN_DOOR = "open-door"  # nobody is hindered: it says nothing of whether the connection works
REMEMBERED = "remembered"  # the new rules are not for it: nobody is hindered either
LOOP = "redirect-loop"
UNPROTECTED = "not-encrypted"
PASSES = "passes"  # of a packet that the asker wants stopped
UNANSWERABLE = (NO_WAY_BACK, NOBODY_ANSWERS)

_ANSWERS = (ReplyKind.SYN_ACK, ReplyKind.ECHO_REPLY)
AWAITED_ERRORS = (
    ReplyKind.TIME_EXCEEDED, ReplyKind.ICMP_FRAGMENTATION_NEEDED, ReplyKind.PACKET_TOO_BIG
)  # fmt: skip
_TRANSLATING = ("SNAT", "MASQUERADE", "DNAT", "REDIRECT", "NETMAP")

# RFC 1918, RFC 6598, RFC 3927; RFC 4193, RFC 4291: the internet routes none of them.
_PRIVATE = tuple(
    ip_network(text)
    for text in (
        "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16",
        "fc00::/7", "fe80::/10",
    )
)  # fmt: skip
# What looks global in an example: the documentation's own networks are the internet there.
_SPECIAL = tuple(ip_network(text) for text in ("127.0.0.0/8", "224.0.0.0/4", "::1/128", "ff00::/8"))


def is_private(address: Address) -> bool:
    """Would no router of the internet have a route to it?"""
    return any(address in each for each in _PRIVATE if each.version == address.version)


def is_public(address: Address) -> bool:
    special = any(address in each for each in _SPECIAL if each.version == address.version)
    return not special and not is_private(address) and int(address) != 0


def begins(packet: Packet) -> bool:
    """Does the packet ask for something that an answer must come back to?"""
    if packet.is_arp:
        return False
    headers = packet.headers
    if headers.fragment_offset or headers.dst.is_multicast:
        return False
    if isinstance(headers.dst, IPv4Address) and int(headers.dst) == 0xFFFFFFFF:
        return False
    if headers.protocol == IPPROTO_TCP:
        return headers.tcp is not None and headers.tcp.flags & 0x17 == SYN
    if headers.protocol in (IPPROTO_ICMP, IPPROTO_ICMPV6):
        return packet.payload[:1] in (b"\x08", b"\x80")
    return headers.sport is not None and headers.dport is not None


def of_story(stack: Stack, story: Story, statement: object) -> Iterator[Symptom]:
    """The symptoms that a packet's own walk shows."""
    line = story.line
    if story.stopped:
        if isinstance(statement, Reply) or story.ct_state in (CtState.ESTABLISHED, CtState.RELATED):
            looked = next((s for s in reversed(story.steps) if isinstance(s, Conntrack)), None)
            is_on = looked is not None and story.ct_state is CtState.ESTABLISHED
            is_more = is_on and looked is not None and not looked.packet.ct_reply
            what = (
                f"Packet {line}" if is_more and not isinstance(statement, Reply) else "The answer"
            )
            yield Symptom(ANSWER_DROPPED, line, f"{what} didn't arrive. {sentence(story.fate)}")
        else:
            yield from _error_unheard(story)
            if is_traceroute(story):
                return
            yield Symptom(NOT_ARRIVED, line, f"Packet {line} didn't arrive. {sentence(story.fate)}")
    elif story.passed and begins(story.first):
        yield from _diverted(stack, story)
        yield from _on_the_wire(stack, story)
        yield from _own_answer(stack, story)
        yield from _straight_back(stack.runtime.host, story)
        yield from _first_routes_source(stack, story)
        yield from _loop(stack, story)
        yield from _past_ipsec(stack, story)
        yield from _hidden_source(stack, story)
        yield from _wrong_way(stack, story)
        for text in doors(stack, story):
            yield Symptom(OPEN_DOOR, line, text)
    elif story.passed:
        yield from _invalid(stack, story)


def _error_unheard(story: Story) -> Iterator[Symptom]:
    """The host says that a packet is too old or too long: traceroute and path MTU live by it."""
    for answer in story.emitted:
        if answer.reason in AWAITED_ERRORS and answer.stopped:
            yield Symptom(
                ANSWER_DROPPED, story.line,
                f"The host's {answer.reason} for packet {story.line} doesn't leave. "
                f"{sentence(answer.fate)}",
            )  # fmt: skip


# Where traceroute(8) begins to count, and the usual 30 hops with three packets each.
_TRACED = range(33434, 33434 + 90)


def is_traceroute(story: Story) -> bool:
    """Did the host say that the packet is too old, to a sender who asks for just that?"""
    if not begins(story.first):
        return False
    headers = story.first.headers
    by_port = headers.dport in _TRACED
    is_echo = headers.protocol in (IPPROTO_ICMP, IPPROTO_ICMPV6)
    return (
        (by_port or is_echo)
        and headers.ttl == 1
        and any(
            answer.reason == ReplyKind.TIME_EXCEEDED and not answer.stopped
            for answer in story.emitted
        )
    )


def _diverted(stack: Stack, story: Story) -> Iterator[Symptom]:
    """DNAT without a word on where packets come from or go to takes what only passes through."""
    rule = taken_in_passing(stack, story)
    if rule is None:
        return
    headers, asked = story.fate.packet.headers, story.first.headers.dst
    what = f"Packet {story.line} asks {asked}, and nat {rule.where.chain} rule {rule.where.rule}"
    if story.fate.verdict == "forwarded":
        yield Symptom(DIVERTED, story.line, f"{what} sends it to {headers.dst}.")
    elif story.fate.verdict == "delivered" and headers.dport is not None:
        yield Symptom(
            KEPT_HERE, story.line,
            f"{what} keeps it on this host, for port {headers.dport}. Is a transparent proxy "
            f"there?",
        )  # fmt: skip


def taken_in_passing(stack: Stack, story: Story) -> RuleTried | None:
    """The rule of nat without a word on where packets come from or go to, by which a packet went
    elsewhere that was on its way to another host's public address."""
    if story.in_iface in ("", "lo") or story.is_bridged or story.first.is_arp:
        return None
    asked = story.first.headers.dst
    if not is_public(asked):
        return None
    nat = next((n for n in story.rewrites() if n.manip == "DST"), None)
    if nat is None or nat.undo or stack.routing.is_local(asked):
        return None
    way = stack.routing.lookup(Query(asked, story.first.headers.src, story.in_dev))
    if way.dev in ("", story.in_dev) or _names_an_end(stack, story):
        return None
    return asked_by(story, nat)


def _hidden_source(stack: Stack, story: Story) -> Iterator[Symptom]:
    """MASQUERADE without a word on devices or addresses translates what comes in, too."""
    sent, nat = story.sent, next((n for n in story.rewrites() if n.manip == "SRC"), None)
    rule = asked_by(story, nat) if nat is not None else None
    if sent is None or rule is None or story.fate.verdict != "forwarded" or story.is_bridged:
        return
    asked, got = story.first.headers, sent.packet.headers
    spoken = rule_at(stack.rules, rule)
    if asked.dst == got.dst or not is_public(asked.src) or story.in_dev == story.out:
        return
    if spoken is None or any(word in spoken.text for word in (*_ENDS, " -o ", "--ctstat")):
        return
    yield Symptom(
        SOURCE_HIDDEN, story.line,
        f"{got.dst} sees {got.src} in place of {asked.src}, because nat {rule.where.chain} "
        f"rule {rule.where.rule} translates what comes in, too.",
    )  # fmt: skip


_ENDS = (" -i ", " -s ", " -d ", "--match-set", "addrtype", "iprange", "--mac-source", "--mark")


def _names_an_end(stack: Stack, story: Story) -> bool:
    """Does a rule of nat that matched say where from or where to?"""
    held = (s for s in story.steps
            if isinstance(s, RuleTried) and s.held and s.where.table_name == "nat"
            and s.where.hook == Hook.PREROUTING)  # fmt: skip
    texts = (rule.text for rule in (rule_at(stack.rules, step) for step in held) if rule)
    return any(word in text for text in texts for word in _ENDS)


def through_tunnel(stack: Stack, story: Story) -> Iterator[Symptom]:
    """A port forwarded into a tunnel: the far end's default route is its own, most likely."""
    sent = story.sent
    if sent is None or not story.in_iface or story.fate.verdict != "forwarded":
        return
    asked, got = story.first.headers, sent.packet.headers
    if asked.dst == got.dst or asked.src != got.src or not is_public(asked.src):
        return
    interface = stack.runtime.host.interface(story.out)
    near = _networks(stack.runtime.host, story.out, got.dst.version)
    is_tunnel = interface is not None and (
        interface.kind in TUNNELS or interface.kind in _TUNNELLING or is_tunnel_name(story.out)
    )
    if not is_tunnel or not stack.routing.is_own(asked.dst) or any(asked.src in n for n in near):
        return
    yield Symptom(
        WRONG_SOURCE, story.line,
        f"{got.dst} answers {asked.src} by its own default route. Unless that leads into the "
        f"tunnel to this host, the answer goes past this host and comes from another address than "
        f"the client asked.",
    )  # fmt: skip


def by_another_router(stack: Stack, story: Story) -> Iterator[Symptom]:
    """From a network behind this host to a neighbour, untranslated: the neighbour's gateway is the
    router of its own network, most likely, as it is this host's."""
    sent, host = story.sent, stack.runtime.host
    if sent is None or not story.in_iface or story.fate.verdict != "forwarded" or story.is_bridged:
        return
    source, server = sent.packet.headers.src, sent.packet.headers.dst
    if story.rewrites() or not is_private(source) or not is_private(server):
        return
    near = network_of(host, story.out, server)
    behind = network_of(host, story.in_dev, source)
    gateway = next((r.via for r in host.routes if r.dev == story.out and r.via is not None
                    and r.family == server.version and r.prefix.prefixlen == 0), None)  # fmt: skip
    if near is None or behind is None or gateway in (None, server) or source in near:
        return
    yield Symptom(
        PAST_THIS_HOST, story.line,
        f"{server} answers {source} through its own gateway. If that is {gateway}, as it is this "
        f"host's, {gateway} must know that {behind} is behind this host.",
    )  # fmt: skip


def into_a_tunnel(stack: Stack, story: Story) -> Iterator[Symptom]:
    """From a network behind this host into a tunnel, untranslated: the other end must route it
    back."""
    sent, host = story.sent, stack.runtime.host
    if sent is None or not story.in_iface or story.fate.verdict != "forwarded" or story.is_bridged:
        return
    source, server = sent.packet.headers.src, sent.packet.headers.dst
    behind, end = network_of(host, story.in_dev, source), network_of(host, story.out, source)
    is_tunnel = is_tunnel_name(story.out) and not is_tunnel_name(story.in_dev)
    if not is_tunnel or behind is None or end is not None or story.rewrites():
        return
    if is_private(source) and is_private(server):
        yield Symptom(
            FAR_END, story.line,
            f"{server} can answer {source} only if the other end of {story.out} routes {behind} "
            f"back into the tunnel (of WireGuard: has it among its AllowedIPs).",
        )  # fmt: skip


_TUNNELLING = ("wireguard", "tun")


def is_tunnel_name(dev: str) -> bool:
    """Is it called as tunnels are by habit, where the text tells no kind?"""
    return re.fullmatch(r"(?:wg|tun|tap|tailscale|nebula|zt)[\w-]*", dev) is not None


def _invalid(stack: Stack, story: Story) -> Iterator[Symptom]:
    """A segment that NAT passed by: it shows an inner address outside."""
    sent = story.sent
    if (
        sent is None
        or story.ct_state is not CtState.INVALID
        or not _translates(stack, sent.packet.family)
    ):
        return
    source = sent.packet.headers.src
    if is_private(source) and is_public(sent.packet.headers.dst):
        yield Symptom(
            UNTRANSLATED, story.line,
            f"Packet {story.line} is INVALID and leaves {story.out} with its own source {source}.",
        )  # fmt: skip


def _translates(stack: Stack, family: int) -> bool:
    """Does a rule of nat rewrite anything? Then what belongs to no connection passes it by."""
    table = stack.rules.of(family).tables.get("nat")
    rules = (rule for chain in table.chains.values() for rule in chain.rules) if table else iter(())
    return any(
        isinstance(rule.target, Target) and rule.target.name in _TRANSLATING
        for rule in islice(rules, 2_000)
    )


def _loop(stack: Stack, story: Story) -> Iterator[Symptom]:
    """A proxy's own connection is sent back to the proxy."""
    owner = story.first.owner
    if not story.is_local or owner is None or not owner.uid or story.fate.verdict != "delivered":
        return
    headers = story.fate.packet.headers
    rewritten = any(n.manip == "DST" and not n.undo for n in story.rewrites())
    name = protocol_text(headers.protocol)
    if rewritten and any(
        (s.protocol, s.port, s.uid) == (name, headers.dport, owner.uid)
        for s in stack.runtime.host.sockets
    ):
        yield Symptom(
            LOOP, story.line,
            f"Packet {story.line} comes back to who sent it: user {owner.uid} listens on "
            f"{name.upper()} port {headers.dport}, where NAT sends its own connections.",
        )  # fmt: skip


def _past_ipsec(stack: Stack, story: Story) -> Iterator[Symptom]:
    """NAT gave it another source before IPsec looked, so no policy protects it any more."""
    sent = story.sent
    rewritten = any(n.manip == "SRC" and not n.undo for n in story.rewrites())
    if sent is None or not rewritten or sent.packet.headers.protocol == IPPROTO_ESP:
        return
    asked = story.first.headers
    for policy in stack.runtime.host.policies:
        selector = policy.selector
        if policy.direction != "out" or policy.action != "allow" or not policy.templates:
            continue
        if asked.family == policy.family and (
            asked.src in selector.source and asked.dst in selector.destination
        ):
            yield Symptom(
                UNPROTECTED, story.line,
                f"Packet {story.line} leaves {story.out} unencrypted: the IPsec policy is for "
                f"source {selector.source}, and NAT made it {sent.packet.headers.src}.",
            )  # fmt: skip
            return


def _first_routes_source(stack: Stack, story: Story) -> Iterator[Symptom]:
    """DNAT in OUTPUT changes the way, but the source is that of the first route."""
    sent = story.sent
    if sent is None or not story.is_local or story.out == "lo" or sent.packet.is_arp:
        return
    source = sent.packet.headers.src
    was, now = story.first.headers.dst, sent.packet.headers.dst
    if was == now or source != story.first.headers.src:
        return
    owner = next((each.name for each in stack.runtime.host.interfaces.values()
                  if any(entry.address.ip == source for entry in each.addresses)), "")  # fmt: skip
    if owner in ("", story.out):
        return
    yield Symptom(
        OTHER_SOURCE, story.line,
        f"Packet {story.line} leaves {story.out} with {source}, the address of {owner}: the "
        f"source was chosen by the route to {was}, before DNAT. {now} answers to {source} by its "
        f"own route, if it has one.",
    )  # fmt: skip


def _on_the_wire(stack: Stack, story: Story) -> Iterator[Symptom]:
    """Who could answer the source with which it left?"""
    sent = story.sent
    host = stack.runtime.host
    if sent is None or story.out == "lo" or story.is_switched(host) or sent.packet.is_arp:
        return
    headers = sent.packet.headers
    near = _networks(host, story.out, headers.src.version)
    is_near = any(headers.dst in each for each in near)
    source = headers.src
    from_near = any(source in each for each in near)
    if is_private(source) and is_public(headers.dst) and not is_near and not from_near:
        unless = "" if _has_public(host, story.out) else ", unless a router behind it translates"
        yield Symptom(
            NO_WAY_BACK, story.line,
            f"Packet {story.line} leaves {story.out} with the private source {source}. "
            f"Nobody on the internet can answer that{unless}.",
        )  # fmt: skip
    elif (
        from_near
        and not stack.routing.is_own(source)
        and story.in_dev != story.out
        and source != story.first.headers.src
    ):
        yield Symptom(
            NOBODY_ANSWERS, story.line,
            f"Packet {story.line} leaves {story.out} as {source}, an address of the network "
            f"there that this host does not have: nobody answers for it.",
        )  # fmt: skip


def rules_without_a_route(stack: Stack, story: Story) -> Iterator[PolicyRule]:
    """The policy rules that pick some packets, this one too, and whose tables have no route: those
    asked before the rule that gave the packet's route."""
    routed = story.routed
    if routed is None or routed.packet.is_arp:
        return
    family = routed.packet.family
    filled = {route.table for route in stack.runtime.host.routes if route.family == family}
    query = query_of(routed.packet, "lo" if story.is_local else story.in_dev)
    for rule in stack.routing.rules[family]:
        if rule.action is not RuleAction.LOOKUP or not rule_matches(rule, query):
            continue
        if rule_text(rule) == routed.route.rule:
            return
        picks = rule.fwmark is not None or rule.source or rule.destination or rule.iif or rule.uids
        if picks and rule.table not in filled | _STANDARD:
            yield rule


_STANDARD = frozenset({253, 254, 255})  # the tables default, main, local


def own_network_elsewhere(stack: Stack, story: Story) -> tuple[str, Network] | None:
    """Another interface of this host, and its network, in which the packet's destination is;
    ``None``: there is none, or a route of the main table was asked, which people write on purpose.
    """
    sent, routed = story.sent, story.routed
    if sent is None or routed is None or story.out == "lo" or sent.packet.is_arp:
        return None
    rule, dst, host = routed.route.rule, sent.packet.headers.dst, stack.runtime.host
    if not rule or "lookup main" in rule or network_of(host, story.out, dst) is not None:
        return None
    near = ((each.name, network_of(host, each.name, dst)) for each in host.interfaces.values()
            if each.up and each.name != "lo" and not is_tunnel_name(each.name))  # fmt: skip
    return next(
        ((dev, net) for dev, net in near if net is not None and net.num_addresses > 2), None
    )


def _wrong_way(stack: Stack, story: Story) -> Iterator[Symptom]:
    """It leaves, and where it leaves nobody has the destination."""
    sent, routed, host = story.sent, story.routed, stack.runtime.host
    if sent is None or routed is None or story.is_switched(host):
        return
    if any(True for _ in _past_ipsec(stack, story)):
        return  # that says more
    home = own_network_elsewhere(stack, story)
    dst = sent.packet.headers.dst if not sent.packet.is_arp else None
    if home is not None:
        yield Symptom(
            WRONG_WAY, story.line,
            f"Packet {story.line} leaves {story.out}, but {dst} is in {home[0]}'s own network "
            f"{home[1]}.",
        )  # fmt: skip
        return
    found = routed.route
    idle = next((r for r in rules_without_a_route(stack, story) if not r.negated), None)
    if idle is not None and (idle.fwmark is not None or idle.source is not None):
        yield Symptom(
            WRONG_WAY, story.line,
            f"Packet {story.line} leaves {story.out}, though `ip rule` {rule_text(idle)} applies "
            f"to it: table {idle.table} has no route.",
        )  # fmt: skip
        return
    if dst is None or not found.route.startswith("default ") or found.via is None:
        return
    if is_private(dst) and _has_public(host, story.out):
        yield Symptom(
            WRONG_WAY, story.line,
            f"Packet {story.line} leaves {story.out} by the default route, to the private address "
            f"{dst}. The internet has no way there, unless {found.via} itself has one.",
        )  # fmt: skip


def _has_public(host: Host, dev: str) -> bool:
    interface = host.interface(dev)
    addresses = interface.addresses if interface is not None else ()
    return any(is_public(each.address.ip) for each in addresses)


def _own_answer(stack: Stack, story: Story) -> Iterator[Symptom]:
    """The host's own answer: is there one, and does it leave where the question came in?"""
    silent = silence(story)
    if silent is None and _has_no_way_back(stack, story):
        source = address_text(story.first.headers.src)
        yield Symptom(
            NOT_ANSWERED, story.line,
            f"Packet {story.line} arrives, but no answer can leave: there is no way to {source}.",
        )  # fmt: skip
    if silent is not None:
        yield Symptom(
            NOT_ANSWERED, story.line,
            f"Packet {story.line} arrives and gets no answer. {sentence(story.fate)}",
        )  # fmt: skip
    for answer in story.emitted:
        if answer.reason not in _ANSWERS:
            continue
        if answer.stopped:
            text = (
                f"The host's answer to packet {story.line} doesn't leave. {sentence(answer.fate)}"
            )
            yield Symptom(ANSWER_DROPPED, story.line, text)
        elif answer.sent is not None and story.in_iface not in ("", "lo", answer.sent.iface):
            yield Symptom(
                OTHER_WAY, story.line,
                f"Packet {story.line} came in by {story.in_iface}, its answer leaves by "
                f"{answer.sent.iface}.",
            )  # fmt: skip


def _has_no_way_back(stack: Stack, story: Story) -> bool:
    """Would the answer of whoever got the packet find no route?"""
    if story.fate.verdict != "delivered" or story.in_iface in ("", "lo"):
        return False
    if any(each.reason in _ANSWERS for each in story.emitted):
        return False
    return stack.routing.lookup(way_back(story)).kind in NO_WAY


def way_back(story: Story) -> Query:
    """The question that an answer to the packet would ask of the routing tables."""
    headers = story.fate.packet.headers
    return Query(headers.src, headers.dst, tos=headers.tos)


def silence(story: Story) -> Cause | None:
    """Why the kernel answers no echo request that it got; ``None``: it does, or need not."""
    why = story.fate.why
    aside = why.aside if isinstance(why, Delivered) else None
    return aside if isinstance(aside, AnswerOff | AnswerNoWay) else None


def _straight_back(host: Host, story: Story) -> Iterator[Symptom]:
    """Hairpin: client and server are on one link, so the server answers the client directly."""
    sent = story.sent
    if sent is None or not story.in_iface or story.is_bridged:
        return
    asked, got = story.first.headers, sent.packet.headers
    if asked.dst == got.dst or asked.src != got.src or story.out != story.in_dev:
        return
    if asked.src == got.dst:
        yield Symptom(
            LOOP, story.line,
            f"Packet {story.line} comes back to who sent it: {got.dst} asked {asked.dst}, and NAT "
            f"sends it to {got.dst}.",
        )  # fmt: skip
        return
    yield from _past_this_host(host, story)
    if any(asked.src in net and got.dst in net
           for net in _networks(host, story.out, asked.src.version)):  # fmt: skip
        yield Symptom(
            WRONG_SOURCE,
            story.line,
            f"{got.dst} and the client {asked.src} are on one network, so {got.dst} answers it "
            f"directly. The client asked {asked.dst} and takes no answer from {got.dst}.",
        )


def _past_this_host(host: Host, story: Story) -> Iterator[Symptom]:
    """One interface, and DNAT to a neighbour: whose gateway is this host's own, most likely."""
    sent = story.sent
    assert sent is not None
    asked, got = story.first.headers, sent.packet.headers
    near = _networks(host, story.out, got.dst.version)
    gateway = next((r.via for r in host.routes if r.dev == story.out and r.via is not None
                    and r.family == got.dst.version), None)  # fmt: skip
    if gateway is None or any(asked.src in net for net in near):
        return
    if any(got.dst in net for net in near) and gateway != got.dst:
        yield Symptom(
            WRONG_SOURCE, story.line,
            f"{got.dst} answers {asked.src} through its own gateway. If that is {gateway}, as it "
            f"is this host's, the answer goes past this host and comes from {got.dst}, but the "
            f"client asked {asked.dst}.",
        )  # fmt: skip


def network_of(host: Host, dev: str, address: Address) -> Network | None:
    """The network of an interface that holds an address."""
    found = (net for net in _networks(host, dev, address.version) if address in net)
    return next(found, None)


def _networks(host: Host, dev: str, family: int) -> list[Network]:
    interface = host.interface(dev)
    if interface is None:
        return []
    return [each.address.network for each in interface.addresses if each.address.version == family]


def of_answer(story: Story, answer: Story) -> Iterator[Symptom]:
    """What happens to the far end's answer that was tried."""
    if answer.stopped:
        yield Symptom(
            ANSWER_DROPPED, story.line,
            f"The answer to packet {story.line} would not come back. {sentence(answer.fate)}",
        )  # fmt: skip
        return
    sent = answer.sent
    last = sent.packet if sent is not None else answer.steps[-1].packet
    # Two ways are no fault in themselves; what NAT has translated must come back to be undone.
    if sent is not None and story.in_iface and sent.iface != story.in_iface and story.rewrites():
        yield Symptom(
            OTHER_WAY, story.line,
            f"Packet {story.line} came in by {story.in_iface}, its answer leaves by {sent.iface}.",
        )  # fmt: skip
    elif answer.passed and last.headers.src != story.first.headers.dst and not story.is_bridged:
        yield Symptom(
            WRONG_SOURCE, story.line,
            f"The answer to packet {story.line} comes from {last.headers.src}, but the client "
            f"asked {story.first.headers.dst}.",
        )  # fmt: skip
