"""Steps as JSON objects: the stable contract of ``simulate --format ndjson``.

Every object has ``seq packet kind hook table chain rule in out mark hex trace text``; what a
kind adds is below. Absent things are ``null``, never missing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypedDict

from sim.model.flow import Flow, FlowTuple
from sim.model.rules import table_name
from sim.tell.render import need_text, sentence
from sim.trace import steps as t

# What every step has. ``in`` is a word of Python's, so the type is written as a call.
Step = TypedDict(
    "Step",
    {
        "seq": int,
        "packet": int,
        "skb": int,
        "kind": str,
        "hook": str | None,
        "table": str | None,
        "chain": str | None,
        "rule": int | None,
        "in": str | None,
        "out": str | None,
        "physin": str | None,
        "physout": str | None,
        "mark": int,
        "hex": str,
        "trace": str | None,
        "depth": int,
        "time": float,
        "text": str,
    },
)


def as_json(step: t.Step) -> dict[str, Any]:
    """One step as a JSON-ready object."""
    where = step.where
    common: Step = {
        "seq": step.seq,
        "packet": step.line,
        "skb": step.packet.id,
        "kind": step.kind,
        "hook": where.hook or None,
        "table": where.table_name or None,
        "chain": where.chain or None,
        "rule": where.rule or None,
        "in": where.in_iface or None,
        "out": where.out_iface or None,
        "physin": where.physin or None,
        "physout": where.physout or None,
        "mark": step.packet.mark,
        "hex": step.packet.data.hex(),
        "trace": step.trace,
        "depth": where.depth,
        "time": step.now / 1e9,
        "text": sentence(step),
    }
    extra = _EXTRA.get(step.kind)
    return {**common, **(extra(step) if extra else {})}


def _rule(step: t.RuleTried) -> dict[str, Any]:
    return {
        "held": step.held,
        "hotdrop": step.hotdrop,
        "rule_text": step.text,
        "source_line": step.source_line or None,
        "clauses": [
            {
                "match": clause.match,
                "option": clause.flag,
                "negated": clause.negated,
                "wanted": clause.want,
                "seen": clause.seen,
                "held": clause.held,
                "need": clause.need or None,
            }
            for clause in step.clauses
        ],
        "need": step.need or None,
    }


def _tuple(value: FlowTuple) -> dict[str, Any]:
    return {
        "protocol": value.protocol,
        "src": str(value.src),
        "dst": str(value.dst),
        "sport": value.sport,
        "dport": value.dport,
    }


def flow_json(flow: Flow | None) -> dict[str, Any] | None:
    """A conntrack entry."""
    if flow is None:
        return None
    return {
        "id": flow.id,
        "original": _tuple(flow.original),
        "reply": _tuple(flow.reply),
        "status": sorted(flow.status),
        "tcp_state": flow.tcp_state or None,
        "mark": flow.mark,
        "zone": flow.zone,
        "helper": flow.helper or None,
        "expires": flow.expires / 1e9,
        "port_is_random": flow.port_is_random,
    }


_EXTRA: dict[str, Callable[[Any], dict[str, Any]]] = {
    "emitted": lambda s: {"parent": s.parent, "reason": s.reason},
    "waited": lambda s: {"seconds": s.nanoseconds / 1e9},
    "hook": lambda s: {
        "order": [[priority, table_name(s.where.family, name)] for priority, name in s.order],
    },
    "rule": _rule,
    "missed": lambda s: {"last_rule": s.last},
    "jump": lambda s: {"to_chain": s.chain, "goto": s.goto},
    "return": lambda s: {
        "to_chain": s.chain or None, "to_rule": s.rule or None, "implicit": s.implicit,
    },
    "policy": lambda s: {"verdict": s.verdict},
    "target": lambda s: {
        "target": s.name, "verdict": s.verdict or None, "before": s.before.data.hex(),
    },
    "conntrack": lambda s: {"event": s.event, "state": s.state or "", "flow": flow_json(s.flow)},
    "nat": lambda s: {
        "manip": s.manip,
        "undo": s.undo,
        "changes": [{"field": f, "before": a, "after": b} for f, a, b in s.changes],
        "at_random": s.at_random,
    },
    "route": lambda s: {
        "result": s.route.kind, "dev": s.route.dev or None,
        "via": str(s.route.via) if s.route.via is not None else None,
        "route": s.route.route, "again": s.again,
    },
    "note": lambda s: {"topic": s.topic},
    "sent": lambda s: {"iface": s.iface, "next_hop": s.next_hop or None},
    "flows": lambda s: {"lines": list(s.lines)},
    "fate": lambda s: {
        "verdict": s.verdict,
        "where": str(s.at),
        "reason": s.reason or None,
        "out_iface": s.out or None,
        "main": s.main,
        "need": need_text(s.need) or None,
    },
}  # fmt: skip
