"""Routing said no: forwarding, reverse path filter, martians, routes, MTU, neighbours."""

from __future__ import annotations

from collections.abc import Iterator

from sim.base.values import address_text
from sim.kernel.routing.core import either_setting, setting, setting_everywhere
from sim.kernel.routing.input import reverse_path_mode
from sim.model.routing import Query
from sim.tell.render import sentence
from sim.tools.advice.edits import host_line, sysctl, target_replaced
from sim.tools.advice.finding import Fix
from sim.tools.whatif.hosts import host_lines
from sim.tools.why.look import Candidate, Look
from sim.tools.why.story import Story, asked_by
from sim.tools.why.symptoms import network_of
from sim.trace.outcomes.routing import Martian, NotForwardingTo, SourceRoutedHere


def candidates(look: Look) -> Iterator[Candidate]:
    story = look.stopped
    if story is None or look.stopper is not None:
        return
    dev = _arrival(story)
    if dev and not story.fate.packet.is_arp:
        yield from _loopback_target(look, story, dev)
        yield from _address_not_here(look, story, dev)
        yield from _forwarding(look, story, dev)
        yield from _reverse_path(look, story, dev)
        yield from _routed_here(look, story, dev)
    for kind, line in host_lines(list(story.steps), story.fate, look.stack.runtime.host):
        name = _named(line)
        if not name:
            continue  # other makers know more of these
        advice = kind.partition(", ")[2]
        label = f"Add `{line}`" + (f" ({advice})" if advice else "")
        fix = Fix(label, (host_line(look.case, line),))
        yield Candidate(name, _reason(look, story, name, line), fix, 15)


def _arrival(story: Story) -> str:
    """The device by which the stopped packet came in; for a bridged one the bridge."""
    for step in reversed(story.steps):
        if step.where.in_iface:
            return step.where.in_iface
    return ""


def _named(line: str) -> str:
    """The cause that a line of the host mends; empty: not one of these."""
    if line.startswith("listen ") or ".rp_filter" in line or "forward" in line:
        return ""
    if line.startswith(("ip route", "route")):
        return "no-route"
    if line.startswith("sysctl"):
        return "setting"
    if line.startswith("neighbour"):
        return "no-neighbour"
    return "mtu-too-small" if " mtu " in line else "device-down"


def _reason(look: Look, story: Story, name: str, line: str) -> str:
    """Why the packet ended, as a person says it."""
    headers, routed = story.fate.packet.headers, story.routed
    dst, src = address_text(headers.dst), address_text(headers.src)
    dev = routed.route.dev if routed is not None else ""
    if name == "no-route":
        said = routed.route.route if routed is not None and routed.route.kind != "none" else ""
        return f"The route {said} refuses {dst}." if said else f"No route leads to {dst}."
    if name == "device-down":
        return f"{line.split()[3]} is down, so no route through it counts."
    if name == "mtu-too-small":
        interface = look.stack.runtime.host.interface(dev)
        why = "its DF bit forbids fragments" if look.family == 4 else "routers don't fragment IPv6"
        return (
            f"The packet has {len(story.fate.packet.data)} bytes, {dev} takes "
            f"{interface.mtu if interface is not None else 'fewer'}, and {why}."
        )
    if name == "no-neighbour":
        hop = routed.route.via if routed is not None and routed.route.via is not None else dst
        return f"Nobody on {dev} answers for {hop}. Is it on, and is that its address?"
    if "accept_local" in line:
        cause = story.fate.why.cause if isinstance(story.fate.why, Martian) else None
        if isinstance(cause, SourceRoutedHere):
            return (
                f"A local route holds the source {src} (ip rule {cause.rule}), as if it were this "
                f"host's own address. Nothing with it can come from outside."
            )
        return f"The source {src} is this host's own address, so it can't come from outside."
    if "route_localnet" in line:
        return f"{dst} belongs to lo: the kernel takes no packet for it from another interface."
    return sentence(story.fate)


def _address_not_here(look: Look, story: Story, dev: str) -> Iterator[Candidate]:
    """A host that is no router gets what is for an address that it lacks: a virtual address that
    another node holds, an outer address that a cloud translates."""
    host, headers = look.stack.runtime.host, story.fate.packet.headers
    if not isinstance(story.fate.why, NotForwardingTo) or story.is_local:
        return
    others = [each for each in host.interfaces.values() if each.name not in ("lo", dev)]
    near = network_of(host, dev, headers.dst)
    if near is None and others:
        return
    address = address_text(headers.dst)
    has = ", ".join(
        address_text(each.address.ip) for each in host.interfaces[dev].addresses
        if each.address.version == look.family
    )  # fmt: skip
    text = f"{address} is no address of this host: {dev} has {has or 'none'}. Who should have it?"
    line = (
        f"ip addr add {address}/{near.prefixlen if near else headers.dst.max_prefixlen} dev {dev}"
    )
    fix = Fix(f"Give {dev} the address {address}", (host_line(look.case, line),))
    yield Candidate("address-not-here", text, fix, 2)


def _forwarding(look: Look, story: Story, dev: str) -> Iterator[Candidate]:
    host, family = look.stack.runtime.host, look.family
    if family == 4:
        everywhere = "net.ipv4.ip_forward"
        is_on = host.sysctl(everywhere, "0") != "0"
        here = f"net.ipv4.conf.{dev}.forwarding"
    else:
        everywhere = "net.ipv6.conf.all.forwarding"
        is_on = setting_everywhere(host, "forwarding", "0", 6) != 0
        here = f"net.ipv6.conf.{dev}.forwarding"
    if not is_on:
        text = f"{everywhere} is 0, so this host forwards nothing."
        fix = Fix(f"Set {everywhere} to 1", (sysctl(look.case, everywhere, "1"),))
        yield Candidate("forwarding-off", text, fix, 3)
    elif not setting(host, dev, "forwarding", "1", family):
        text = f"{here} is 0, so this host forwards nothing that comes in by {dev}."
        fix = Fix(f"Set {here} to 1", (sysctl(look.case, here, "1"),))
        yield Candidate("forwarding-off", text, fix, 3)


def _reverse_path(look: Look, story: Story, dev: str) -> Iterator[Candidate]:
    """fib_validate_source: the way back to the source is asked for before the packet goes on."""
    host = look.stack.runtime.host
    if look.family != 4 or not reverse_path_mode(host, dev):
        return
    packet = story.fate.packet
    headers = packet.headers
    back = look.stack.routing.lookup(Query(headers.src, headers.dst, tos=headers.tos))
    by = f" (ip rule {back.rule})" if back.rule and "lookup main" not in back.rule else ""
    out = f"goes out {back.dev}{by}" if back.dev else "is missing"
    text = (
        f"rp_filter is strict on {dev}: a packet must come in by the interface that its sender is "
        f"routed to. The route from {headers.dst} to {headers.src} {out}."
    )
    rewritten = [nat for nat in story.rewrites() if nat.manip == "DST"]
    if rewritten:
        text += f" {headers.dst} is the address after DNAT."
    if packet.mark and not either_setting(host, dev, "src_valid_mark"):
        name = f"net.ipv4.conf.{dev}.src_valid_mark"
        marked = (
            f"{text} The packet's mark {packet.mark:#x} would choose another route, but "
            f"rp_filter ignores marks while src_valid_mark is 0."
        )
        fix = Fix(f"Set {name} to 1", (sysctl(look.case, name, "1"),))
        yield Candidate("rp-filter-ignores-mark", marked, fix, 2)
    name = f"net.ipv4.conf.{dev}.rp_filter"
    fix = Fix(f"Make rp_filter loose on {dev}", (sysctl(look.case, name, "2"),))
    yield Candidate("rp-filter", text, fix, 4, f"{dev} takes packets from any known source")


def _routed_here(look: Look, story: Story, dev: str) -> Iterator[Candidate]:
    """The mark that keeps a packet here, as TPROXY's does, must not count for its source."""
    why = story.fate.why
    cause = why.cause if isinstance(why, Martian) else None
    if not isinstance(cause, SourceRoutedHere) or not cause.mark:
        return
    names = [f"net.ipv4.conf.{each}.src_valid_mark" for each in ("all", dev)]
    on = [each for each in names if look.stack.runtime.host.sysctl(each, "0") not in ("", "0")]
    text = (
        f"{on[0]} is 1, so the packet's mark {cause.mark:#x} counts when routing looks up the way "
        f"back to {cause.source}. It leads to a local route (ip rule {cause.rule}), as if "
        f"{cause.source} were this host."
    )
    fix = Fix(f"Set {' and '.join(on)} to 0", tuple(sysctl(look.case, each, "0") for each in on))
    yield Candidate("mark-counts-for-the-source", text, fix, 2)


def _loopback_target(look: Look, story: Story, dev: str) -> Iterator[Candidate]:
    """DNAT to 127.0.0.0/8 makes a martian unless route_localnet is on."""
    headers = story.fate.packet.headers
    nat = next((n for n in story.rewrites() if n.manip == "DST" and not n.undo), None)
    if look.family != 4 or not headers.dst.is_loopback or nat is None:
        return
    rule = asked_by(story, nat)
    place = f"nat {rule.where.chain} rule {rule.where.rule}" if rule else "DNAT"
    name = f"net.ipv4.conf.{dev}.route_localnet"
    text = (
        f"{place} sends a packet from {dev} to {headers.dst}. The kernel takes no packet for "
        f"127.0.0.0/8 from another interface than lo, unless route_localnet is 1 there."
    )
    fix = Fix(f"Set {name} to 1", (sysctl(look.case, name, "1"),))
    yield Candidate(
        "dnat-to-loopback", text, fix, 2,
        f"who is on {dev}'s wire can reach services that listen on 127.0.0.1 alone",
    )  # fmt: skip
    spot = look.spot("nat", rule.where.chain, rule.where.rule) if rule else None
    edit = target_replaced(spot, f"REDIRECT --to-ports {headers.dport}") if spot else None
    if edit is not None and headers.dport is not None:
        listen = host_line(look.case, f"listen tcp 0.0.0.0:{headers.dport}")
        label = "Redirect, and let the service listen on every address"
        yield Candidate("dnat-to-loopback", text, Fix(label, (edit, listen)), 3)
