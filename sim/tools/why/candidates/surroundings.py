"""What is outside the filter's rules: hops, the conntrack table, TPROXY's route, path MTU."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sim.base.errors import Span
from sim.base.values import address_text
from sim.model.rules import Target
from sim.packet.headers import IPPROTO_ICMP, IPPROTO_ICMPV6, IPPROTO_TCP, SYN
from sim.packet.kinds import CtState
from sim.tell.render import protocol_text
from sim.tools.advice.edits import command, host_line, sysctl, without
from sim.tools.advice.finding import Edit, Fix
from sim.tools.why.look import Candidate, Look
from sim.tools.why.story import Story, rule_at
from sim.tools.why.symptoms import UNTRANSLATED
from sim.trace.outcomes.arrival import Ipv6Off
from sim.trace.outcomes.decided import ByPart
from sim.trace.outcomes.routing import HopsUsedUp, OwnConnection
from sim.trace.steps import Conntrack, RuleTried, TargetRan

_ACK = 0x10
_FULL = "net.netfilter.nf_conntrack_max"
_LIBERAL = "net.netfilter.nf_conntrack_tcp_be_liberal"


def candidates(look: Look) -> Iterator[Candidate]:
    story = look.stopped
    if look.symptom.name == UNTRANSLATED:
        yield from _untranslated(look)
    if story is None or story.fate.packet.is_arp:
        return
    yield from _path_mtu(look, story)
    yield from _answer_without_question(look, story)
    yield from _no_proxy(look)
    if look.stopper is not None:
        return
    yield from _device_down(look, story)
    yield from _mss(look, story)
    cause = getattr(story.fate.why, "cause", None)
    if isinstance(cause, Ipv6Off):
        yield from _ipv6_off(look, cause)
    if isinstance(story.fate.why, OwnConnection):
        yield from _transparent(look, story)
    if isinstance(story.fate.why, HopsUsedUp):
        yield from _hops(look, story)
    elif story.fate.at is ByPart.CONNTRACK:
        yield from _table_full(look)
    elif story.fate.at is ByPart.ROUTING:
        yield from _given_away(look, story)


def _device_down(look: Look, story: Story) -> Iterator[Candidate]:
    """Nothing comes in by an interface that is down."""
    interface = look.stack.runtime.host.interface(story.in_iface)
    if interface is None or interface.up:
        return
    line = f"ip link set {interface.name} up"
    fix = Fix(f"Set {interface.name} up", (host_line(look.case, line),))
    yield Candidate("device-down", f"{interface.name} is down.", fix, 2)


def _mss(look: Look, story: Story) -> Iterator[Candidate]:
    """A full segment does not fit the way: the two ends agreed on too much in their SYNs."""
    headers, routed = story.fate.packet.headers, story.routed
    dev = routed.route.dev if routed is not None else ""
    interface = look.stack.runtime.host.interface(dev)
    statement = next((s for s in look.case.compiled.script if s.line == story.line), None)
    if headers.tcp is None or headers.tcp.flags & SYN or interface is None or statement is None:
        return
    size, mtu = len(story.fate.packet.data), interface.mtu
    said = re.search(rf"(?<!\S)length ({size})(?!\S)", statement.text)
    asked = next(
        (e for e in look.before if e.first.headers.tcp is not None
         and e.first.headers.tcp.flags & SYN and e.out == dev), None,
    )  # fmt: skip
    if size <= mtu or said is None or asked is None or story.is_local:
        return
    if any(isinstance(step, TargetRan) and step.name == "TCPMSS" for step in asked.steps):
        return
    text = (
        f"This segment has {size} bytes, and {dev} takes {mtu}. The MSS of its SYN (packet "
        f"{asked.line}) was not lowered to what {dev} takes, so both ends make full segments."
    )
    words = "-A FORWARD -p tcp --tcp-flags SYN,RST SYN -j TCPMSS --clamp-mss-to-pmtu"
    column = statement.span.column + said.start(1)
    shorter = Edit(
        "packets",
        Span(statement.span.line, column, statement.span.line, column + len(said[1])), str(mtu),
    )  # fmt: skip
    fix = Fix(
        f"Clamp the MSS to {dev}'s MTU, so that segments have {mtu} bytes",
        (command(look.case, look.family, "mangle", words), shorter),
    )
    yield Candidate("mss-not-clamped", text, fix, 3)


def _ipv6_off(look: Look, cause: Ipv6Off) -> Iterator[Candidate]:
    names = [f"net.ipv6.conf.{each}.disable_ipv6" for each in (cause.dev, "all")]
    on = [each for each in names if look.stack.runtime.host.sysctl(each, "0") not in ("", "0")]
    if on:
        text = f"IPv6 is switched off: {on[0]} is not 0, so {cause.dev} takes no IPv6."
        edits = tuple(sysctl(look.case, each, "0") for each in on)
        fix = Fix(f"Set {' and '.join(on)} to 0", edits)
        yield Candidate("ipv6-switched-off", text, fix, 2)


def _hops(look: Look, story: Story) -> Iterator[Candidate]:
    """A hop limit that a rule set, or that the sender chose so low."""
    word = "TTL" if look.family == 4 else "hop limit"
    for step in story.steps:
        if not isinstance(step, TargetRan) or step.name not in ("TTL", "HL"):
            continue
        where = step.where
        spot = look.spot(where.table_name, where.chain, where.rule)
        fix = without(look.case, spot, label=f"Remove rule {where.rule}") if spot else None
        if fix is not None:
            text = (
                f"{where.table_name} {where.chain} rule {where.rule} sets the {word} to "
                f"{step.packet.headers.ttl}. A router takes one off and forwards nothing at 0."
            )
            yield Candidate("ttl-expired", text, fix, 2)
    came = story.first.headers.ttl
    dev = story.in_iface
    if came > 1 or not dev:
        return
    text = (
        f"The packet came with {word} {came}: its sender means it for the local network alone, "
        f"and a router takes one off."
    )
    target = "TTL --ttl-inc 1" if look.family == 4 else "HL --hl-inc 1"
    body = f"-A PREROUTING -i {dev} -d {address_text(story.first.headers.dst)} -j {target}"
    edit = command(look.case, look.family, "mangle", body)
    yield Candidate(
        "ttl-expired", text, Fix(f"Raise the {word} by one", (edit,)), 4,
        "in a routing loop such packets go on for ever",
    )  # fmt: skip


def _table_full(look: Look) -> Iterator[Candidate]:
    host = look.stack.runtime.host
    names = (_FULL, "net.nf_conntrack_max")
    name = next((each for each in names if each in host.sysctls), "")
    if not name or not host.sysctls[name].isdigit():
        return
    most = int(host.sysctls[name])
    text = (
        f"conntrack's table is full: {name} allows {most} connections, and no new one fits until "
        f"an old one times out."
    )
    more = str(max(2 * most, 65_536))
    fix = Fix(f"Set {name} to {more}", (sysctl(look.case, name, more),))
    yield Candidate("conntrack-table-full", text, fix, 2)


def _given_away(look: Look, story: Story) -> Iterator[Candidate]:
    """TPROXY chose a socket, but routing sent the packet on: the mark finds no local route."""
    ran = [s for s in story.steps if isinstance(s, TargetRan) and s.name == "TPROXY"]
    if not ran or ran[-1].packet.given_to is None or not story.fate.packet.mark:
        return
    where, mark = ran[-1].where, story.fate.packet.mark
    place = f"{where.table_name} {where.chain} rule {where.rule}"
    text = (
        f"{place} gives the packet to the proxy's socket and marks it {mark:#x}. No ip rule "
        f"sends that mark to a local route, so the packet is forwarded instead, and dropped."
    )
    fix = Fix(f"Keep mark {mark:#x} on this host", (_kept_here(look, mark),))
    yield Candidate("tproxy-not-routed", text, fix, 2)


def _kept_here(look: Look, mark: int) -> Edit:
    """What leads packets with the mark to this host's own sockets."""
    tool, anywhere = ("ip", "0.0.0.0/0") if look.family == 4 else ("ip -6", "::/0")
    return host_line(
        look.case,
        f"{tool} rule add fwmark {mark:#x} lookup 100 priority 100\n"
        f"{tool} route add local {anywhere} dev lo table 100",
    )


def _transparent(look: Look, story: Story) -> Iterator[Candidate]:
    """A proxy asks with its client's address; the server's answer is for this host all the same."""
    headers, dev = story.first.headers, story.in_dev
    if headers.sport is None or not dev or look.stack.routing.is_own(headers.dst):
        return
    client, server = address_text(headers.dst), address_text(headers.src)
    text = (
        f"A program of this host asked {server} as {client}, which is not this host's address. The "
        f"answer to {client} is routed on, unless a mark and a local route keep it here."
    )
    body = (
        f"-A PREROUTING -i {dev} -s {server} -p {protocol_text(headers.protocol)} "
        f"--sport {headers.sport} -j MARK --set-mark 0x1"
    )
    edits = command(look.case, look.family, "mangle", body), _kept_here(look, 0x1)
    fix = Fix(f"Mark answers of {server}, and keep marked packets here", edits)
    yield Candidate("transparent-answer-routed-on", text, fix, 2)


def _no_proxy(look: Look) -> Iterator[Candidate]:
    """TPROXY drops what no transparent socket takes."""
    stopper = look.stopper
    rule = rule_at(look.stack.rules, stopper) if isinstance(stopper, RuleTried) else None
    target = rule.target if rule is not None else None
    if stopper is None or not isinstance(target, Target) or target.name != "TPROXY":
        return
    headers = stopper.packet.headers
    port = target.args.value("--on-port") or headers.dport
    name = protocol_text(headers.protocol)
    sockets = look.stack.runtime.host.sockets
    there = next((s for s in sockets if (s.protocol, s.port) == (name, port)), None)
    place = f"{stopper.where.table_name} {stopper.where.chain} rule {stopper.where.rule}"
    if there is not None and not there.transparent and there.span is not None:
        end = Span(there.span.line, there.span.end_column, there.span.line, there.span.end_column)
        fix = Fix("Let the socket be transparent", (Edit("host", end, " transparent"),))
        text = (
            f"{place} looks for a transparent socket on {name.upper()} port {port}. The one there "
            f"has no IP_TRANSPARENT, so TPROXY drops the packet."
        )
    else:
        line = f"listen {name} {'0.0.0.0' if look.family == 4 else '[::]'}:{port} transparent"
        fix = Fix(f"Start a listener: `{line}`", (host_line(look.case, line),))
        text = f"{place} finds no socket on {name.upper()} port {port}, so TPROXY drops the packet."
    yield Candidate("tproxy-no-socket", text, fix, 1)


def _path_mtu(look: Look, story: Story) -> Iterator[Candidate]:
    """The error that tells a sender how long its packets may be."""
    stopper = look.stopper
    packet = story.fate.packet
    kind = packet.payload[:2]
    if stopper is None or stopper.where.table_name != "filter":
        return
    if packet.headers.protocol == IPPROTO_ICMP and kind == b"\x03\x04":
        name, body = "fragmentation-needed", "-p icmp --icmp-type fragmentation-needed"
    elif packet.headers.protocol == IPPROTO_ICMPV6 and kind[:1] == b"\x02":
        name, body = "packet-too-big", "-p ipv6-icmp --icmpv6-type packet-too-big"
    else:
        return
    reached = look.reached("filter", stopper.where.hook or stopper.where.chain)
    if reached is None:
        return
    text = (
        f"This ICMP {name} tells the sender how long its packets may be. Dropped, the sender "
        f"goes on with long ones: connections open, and hang with the first full segment."
    )
    edit = command(look.case, look.family, "filter", f"-I {reached.chain.name} {body} -j ACCEPT")
    yield Candidate("path-mtu-dropped", text, Fix(f"Accept ICMP {name}", (edit,)), 1)


def _answer_without_question(look: Look, story: Story) -> Iterator[Candidate]:
    """A SYN+ACK whose SYN never came by: the two directions take different ways."""
    tcp = story.first.headers.tcp
    if (
        tcp is None
        or tcp.flags & (SYN | _ACK) != SYN | _ACK
        or story.ct_state is not CtState.INVALID
    ):
        return
    last = next((s for s in reversed(story.steps) if isinstance(s, Conntrack)), None)
    if last is None or last.flow is not None or not story.in_iface:
        return
    headers = story.first.headers
    assert headers.protocol == IPPROTO_TCP
    source = address_text(headers.src)
    text = (
        "This SYN+ACK answers a SYN that did not pass this host before, so conntrack calls it "
        "INVALID. The question took another way than the answer."
    )
    body = (
        f"-A PREROUTING -i {story.in_iface} -s {source} -p tcp --sport {headers.sport} "
        f"-j CT --notrack"
    )
    fix = Fix(f"Don't track answers of {source}", (command(look.case, look.family, "raw", body),))
    yield Candidate("answer-without-question", text, fix, 1, "NAT leaves them alone, too")


def _untranslated(look: Look) -> Iterator[Candidate]:
    text = (
        "conntrack calls this segment INVALID: it is outside the window of its connection. NAT "
        "translates only what belongs to a connection, so it leaves with its own source."
    )
    fix = Fix("Let conntrack take segments out of window", (sysctl(look.case, _LIBERAL, "1"),))
    yield Candidate("invalid-untranslated", text, fix, 2)
