"""The same packet by IPv4: would it be stopped, where IPv6 lets it in?

ip6tables has rules of its own. Whoever closed a port with iptables alone left it open in IPv6.
"""

from __future__ import annotations

from ipaddress import IPv4Address

from sim.base.errors import Refused
from sim.base.frozen import replace
from sim.kernel.stack.core import Stack
from sim.kernel.traversal import WAYS, perform
from sim.model.host import Host
from sim.model.scenario import Compiled
from sim.read.packets.text import parse_packets
from sim.tell.render import protocol_text
from sim.tools.why.story import Story, accepted_by, stories
from sim.tools.why.symptoms import begins
from sim.trace.outcomes.decided import ByPolicy, ByRule
from sim.trace.steps import PolicyApplied

_OUTSIDE = IPv4Address("198.51.100.77")  # RFC 5737


def closed_in_ipv4(compiled: Compiled, stack: Stack, story: Story) -> str:
    """What of IPv4 would stop the packet that IPv6's policy let in; empty: nothing would.

    Only for a packet from the wire to a port of this host that no rule of ip6tables names.
    """
    if story.first.is_arp:
        return ""
    headers = story.first.headers
    if headers.family != 6 or story.fate.verdict != "delivered" or headers.dport is None:
        return ""
    if story.in_iface in ("", "lo") or not begins(story.first):
        return ""
    accepted = accepted_by(compiled.rules, story)
    if accepted is not None and not isinstance(accepted, PolicyApplied):
        return ""
    ends = _ends(stack.runtime.host, story)
    if ends is None:
        return ""
    source, own = ends
    flag = " syn" if headers.tcp is not None else ""
    text = (
        f"in {story.in_iface} {protocol_text(headers.protocol)} {source}:{headers.sport} -> "
        f"{own}:{headers.dport}{flag}"
    )
    try:
        script = parse_packets(text, compiled.host)
    except Refused:
        return ""
    twin = Stack(replace(compiled, script=script), WAYS, folded=True)
    told = stories(perform(twin, script[0]))
    if not told or not told[0].stopped:
        return ""
    at = told[0].fate.at
    if not isinstance(at, (ByRule, ByPolicy)) or at.family != 4 or at.table != "filter":
        return ""
    number = f" rule {at.number}" if isinstance(at, ByRule) else "'s policy"
    return f"{at.table} {at.chain}{number}"


def _ends(host: Host, story: Story) -> tuple[IPv4Address, IPv4Address] | None:
    """A sender as near or as far as the packet's own, and the address of that interface."""
    interface = host.interface(story.in_dev)
    source = story.first.headers.src
    for entry in interface.addresses if interface is not None else ():
        address = entry.address
        if not isinstance(address.ip, IPv4Address):
            continue
        is_near = any(source in e.address.network for e in interface.addresses
                      if e.address.version == 6) if interface is not None else False  # fmt: skip
        near = address.network
        if not is_near:
            return _OUTSIDE, address.ip
        if near.num_addresses > 3:
            found = next((each for each in (near[-2], near[-3]) if each != address.ip), None)
            return (IPv4Address(int(found)), address.ip) if found is not None else None
    return None
