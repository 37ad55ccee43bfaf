"""-m cluster: is the connection this node's share (net/netfilter/xt_cluster.c).

The source address of the connection's first direction (of its master's, if it was expected) is
hashed onto the nodes. Without a connection nothing matches, inverted or not.
"""

from __future__ import annotations

from sim.base.frozen import replace
from sim.base.jhash import jhash2
from sim.extensions.args import number
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
from sim.extensions.matchers.clauses import fails
from sim.extensions.traits import Opaque
from sim.model.rules import Arg, Args
from sim.packet.kinds import PacketType
from sim.packet.packet import Address, Packet

MOST_NODES = 32


def node_of(address: Address, nodes: int, seed: int) -> int:
    """The node, from 0, that a source address belongs to.

    The word is hashed as it lies in memory on a little-endian machine. Of an IPv6 address the
    kernel hashes the first word only (xt_cluster_hash_ipv6 counts words where it means bytes).
    """
    return jhash2([int.from_bytes(address.packed[:4], "little")], seed) * nodes >> 32


def _local(args: Args) -> Arg:
    arg = args.get("--cluster-local-node") or args.get("--cluster-local-nodemask")
    if arg is None:
        raise Refusal("cluster needs --cluster-local-node or --cluster-local-nodemask")
    return arg


def _mask(args: Args) -> int:
    arg = _local(args)
    return 1 << arg.value - 1 if arg.flag == "--cluster-local-node" else int(arg.value)


def _as_if_for_us(packet: Packet) -> Packet:
    """A frame to a multicast MAC whose packet is for one host counts as sent to this host.

    That is how every node of a cluster sees the same packets; the kernel's match does it even
    where it does not hold.
    """
    link = packet.link
    if link is None or link.kind is not PacketType.MULTICAST or packet.headers.dst.is_multicast:
        return packet
    return replace(packet, link=replace(link, kind=PacketType.HOST))


def _judge(args: Args, ctx: Context) -> Judgement:
    return replace(_shared(args, ctx), packet=_as_if_for_us(ctx.packet))


def _shared(args: Args, ctx: Context) -> Judgement:
    arg, nodes = _local(args), args.value("--cluster-total-nodes")
    mine = ",".join(str(node + 1) for node in range(nodes) if _mask(args) >> node & 1)
    want = f"node {mine} of {nodes}"
    flow = ctx.flow
    if flow is None:
        return fails("cluster", want, "no connection")
    master = ctx.runtime.flows.get(flow.master) if flow.master is not None else None
    source = (master or flow).original.src
    node = node_of(source, nodes, args.value("--cluster-hash-seed"))
    held = bool(_mask(args) >> node & 1) != arg.negated
    seen = f"{source}, which is for node {node + 1}"
    return Judgement((Clause("cluster", arg.flag, want, seen, arg.negated, held),))


def _check(args: Args, rule: RuleContext) -> None:
    nodes = args.value("--cluster-total-nodes")
    if _mask(args) >= 1 << nodes:
        raise Refusal(f"there are only {nodes} nodes", _local(args).flag)


def _save(args: Args, family: int) -> str:
    return (
        f"{'! ' * _local(args).negated}--cluster-local-nodemask {_mask(args):#010x}"
        f" --cluster-total-nodes {args.value('--cluster-total-nodes')}"
        f" --cluster-hash-seed {args.value('--cluster-hash-seed'):#010x}"
    )


def _draw(place: DrawPlace) -> str:
    total = place.world.pick((2, 3))
    return (
        f"--cluster-total-nodes {total} {place.negation()}--cluster-local-node "
        f"{place.random.randint(1, total)} --cluster-hash-seed {place.random.randrange(1, 99):#x}"
    )


MATCH = MatchType(
    "cluster",
    options=(
        Option("--cluster-total-nodes", number(1, MOST_NODES), required=True, metavar="NUMBER",
               help="how many nodes share the load"),
        Option("--cluster-local-node", number(1, MOST_NODES), invert=True,
               excludes=("--cluster-local-nodemask",), metavar="NUMBER",
               help="this node's number, from 1"),
        Option("--cluster-local-nodemask", number(1, MOST_NODES), invert=True,
               excludes=("--cluster-local-node",), metavar="MASK",
               help="one bit for each node this one stands in for"),
        Option("--cluster-hash-seed", number(), required=True, metavar="NUMBER",
               help="the same number on all nodes"),
    ),
    check=_check,
    save=_save,
    judge=_judge,
    needs_conntrack=True,
    help="is the connection this node's share",
    listing=Listing("cluster", {"--cluster-local-nodemask": "{n}node_mask={}",
        "--cluster-total-nodes": "total_nodes={}", "--cluster-hash-seed": "hash_seed={}"}),
    opaque=Opaque.TOGETHER,
    draw=_draw,
    examples=(
        "--cluster-total-nodes 2 --cluster-local-node 1 --cluster-hash-seed 0xfeedcafe",
        "--cluster-total-nodes 3 ! --cluster-local-nodemask 0x3 --cluster-hash-seed 1",
    ),
)  # fmt: skip
