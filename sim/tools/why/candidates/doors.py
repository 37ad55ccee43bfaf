"""A door is open that others look closed: the rule belongs where the packet comes by."""

from __future__ import annotations

from collections.abc import Iterator

from sim.tell.render import protocol_text
from sim.tools.advice.edits import at_end, command
from sim.tools.advice.finding import Fix
from sim.tools.why.candidates.filtering import edited
from sim.tools.why.doors import before_nat, open_door, same_in
from sim.tools.why.look import Candidate, Look
from sim.tools.why.misses import told
from sim.tools.why.symptoms import OPEN_DOOR

_CLOSED = (
    "ip6tables -A INPUT -i lo -j ACCEPT\n"
    "ip6tables -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT\n"
    "ip6tables -A INPUT -p ipv6-icmp -j ACCEPT\n"
    "ip6tables -P INPUT DROP"
)


def candidates(look: Look) -> Iterator[Candidate]:
    if look.symptom.name != OPEN_DOOR:
        return
    if look.family == 6 and look.story.fate.verdict == "delivered":
        yield from _in_ipv6(look)
    door = open_door(look.stack, look.story)
    if door is None:
        yield from _before_nat(look)
        return
    if door.other == "INPUT":
        user = look.reached("filter", "DOCKER-USER")
        chain = "DOCKER-USER" if user is not None and user.hooks else "FORWARD"
        why = "DNAT gives the packet another destination before routing, so it is forwarded."
    else:
        chain = "INPUT"
        why = "The packet is for this host itself, so it is not forwarded."
    text = f"{door.place} guards {door.other}. {why} {chain} is where it comes by."
    edit = command(look.case, look.family, "filter", f"-I {chain} {same_in(look.story, door)}")
    yield Candidate("door-in-other-chain", text, Fix(f"Add the rule to {chain}", (edit,)), 2)


def _in_ipv6(look: Look) -> Iterator[Candidate]:
    """ip6tables lacks what iptables has."""
    headers = look.story.first.headers
    reached = look.reached("filter", "INPUT")
    name, port = protocol_text(headers.protocol), headers.dport
    text = (
        f"iptables filters IPv4 alone. No rule of ip6tables stops {name.upper()} port {port}, so "
        f"IPv6 reaches it."
    )
    if reached is None or not reached.spots:
        edit = at_end("rules", look.case.rules_text, _CLOSED)
        yield Candidate("ipv6-open", text, Fix("Close IPv6 like IPv4", (edit,)), 2)
    body = f"-I INPUT -i {look.story.in_dev} -p {name} --dport {port} -j DROP"
    edit = command(look.case, 6, "filter", body)
    fix = Fix(f"Drop {name.upper()} port {port} in IPv6 too", (edit,))
    yield Candidate("ipv6-open", text, fix, 3)


def _before_nat(look: Look) -> Iterator[Candidate]:
    """The rule is in the right chain, but wants the port or address from before DNAT."""
    missed = before_nat(look.stack, look.story)
    if missed is None:
        return
    miss = told(look.story, missed)
    differing = miss.differing[0]
    text = f"{miss.place} {differing}. NAT rewrites the packet before {miss.chain} sees it."
    edit = edited(look, missed)
    if edit is not None:
        label = f"Change {differing.flag} {differing.wanted} to {differing.seen}"
        yield Candidate("match-after-nat", text, Fix(label, (edit,)), 2)
