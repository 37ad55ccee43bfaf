"""What ``-j CT`` attaches to a packet until conntrack looks: a template, one for each such rule.

It is an entry of zeros but for its zone (nf_ct_tmpl_alloc). It is the rule's, not the packet's:
a mark that CONNMARK puts there stays for those that meet the rule next.
"""

from __future__ import annotations

from sim.base.frozen import replace
from sim.extensions.extension import Context
from sim.extensions.runtime import Runtime
from sim.model.flow import Flow, FlowTuple
from sim.packet.kinds import CtState
from sim.packet.packet import Address, Packet


def with_template(ctx: Context, original: int, reply: int) -> Packet:
    """The packet with the rule's template; it reads NEW until conntrack replaces that.

    ``original``, ``reply``: the zones of the two directions.
    """
    nothing: Address = ctx.packet.headers.src.__class__(0)
    there, back = (FlowTuple(nothing, nothing, 0, zone=zone) for zone in (original, reply))
    status = frozenset({"TEMPLATE", "CONFIRMED"})
    template = Flow(0, there, back, status, zone=original or reply)
    ctx.runtime.state.setdefault(_of(ctx.key), template)
    return replace(ctx.packet, ct_state=CtState.NEW, template=ctx.key)


def entry(ctx: Context) -> Flow | None:
    """What the packet is attached to (nf_ct_get): its entry, or a template."""
    if ctx.flow is not None or ctx.packet.template is None:
        return ctx.flow
    found: Flow = ctx.runtime.state[_of(ctx.packet.template)]
    return found


def change(runtime: Runtime, packet: Packet, fields: tuple[tuple[str, object], ...]) -> None:
    """Change the template that the packet has, if it has one."""
    if packet.template is not None:
        state, key = runtime.state, _of(packet.template)
        state[key] = replace(state[key], **dict(fields))


def _of(key: object) -> tuple[object, str]:
    return key, "template"
