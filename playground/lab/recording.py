"""A kernel's account of a statement as JSON, and back."""

from __future__ import annotations

from typing import Any

from playground.lab.account import Account, Line, Wire


def written(account: Account) -> dict[str, Any]:
    """Plain values; packets as hexadecimal."""
    return {
        "line": account.line,
        "trace": [
            [line.label, line.in_iface, line.out_iface, line.mark, line.packet.hex()]
            for line in account.trace
        ],
        "wires": [[wire.iface, wire.packet.hex()] for wire in account.wires],
    }


def read(said: dict[str, Any]) -> Account:
    """The inverse of ``written``."""
    account = Account(said["line"])
    for label, in_iface, out_iface, mark, packet in said["trace"]:
        account.trace.append(Line(label, in_iface, out_iface, mark, bytes.fromhex(packet)))
    account.wires = [Wire(iface, bytes.fromhex(packet)) for iface, packet in said["wires"]]
    return account
