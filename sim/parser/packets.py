"""The packets text: one statement a line, in order. Bytes come later (``conversation``)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lark import Token
from lark.tree import Tree

from sim.errors import Refused, SourceError
from sim.host import Host
from sim.packet import Owner
from sim.parser.host_values import device, interface_address
from sim.parser.lines import (
    LONGEST_LINE,
    MOST_ERRORS,
    Line,
    Shape,
    did_you_mean,
    grammar,
    logical_lines,
    token_error,
)
from sim.parser.packet_spec import Described, read_attributes, read_packet
from sim.parser.packet_values import WANTED, duration
from sim.script import Answer, Event, Inject, Originate, Script, Statement, Wait

WHERE = "packets"


def parse_packets(text: str, host: Host) -> Script:
    """The statements of a packets text. Raises ``Refused`` with every error of the text.

    Interfaces, users and host names are looked up in ``host``; a host without any interface
    (its text was refused) leaves the interfaces unchecked.
    """
    statements: list[Statement] = []
    errors: list[SourceError] = []
    count = 0
    for raw in logical_lines(text):
        line = raw.without_comment()
        if not line.text.strip():
            continue
        count += 1
        try:
            statements.append(read_statement(line, count, host))
        except SourceError as error:
            errors.append(error)
            if len(errors) >= MOST_ERRORS:
                break
    if errors:
        raise Refused(errors)
    return tuple(statements)


def shape() -> Shape:
    return Shape(grammar("packets", "statement"), WHERE, WANTED)


def read_statement(line: Line, number: int, host: Host) -> Statement:
    """One statement. Raises ``SourceError``."""
    if len(line.text) > LONGEST_LINE:
        raise SourceError("this line is too long", line.span(0, 1), where=WHERE)
    tree = shape().parse(line, "statement", unclosed(line))
    return STATEMENTS[str(tree.data)](Said(line, number, host, tree))


def unclosed(line: Line) -> str:
    return "a quote is not closed" if line.text.replace('\\"', "").count('"') % 2 else ""


class Said:
    """One parsed line with what is needed to make a statement of it."""

    __slots__ = ("host", "line", "number", "tree")

    def __init__(self, line: Line, number: int, host: Host, tree: Tree[Token]) -> None:
        self.line, self.number, self.host, self.tree = line, number, host, tree

    def common(self) -> dict[str, Any]:
        span = self.line.span()
        return {"line": self.number, "span": span, "text": self.line.text.strip()}

    def trees(self, name: str = "") -> list[Tree[Token]]:
        found = [child for child in self.tree.children if isinstance(child, Tree)]
        return [child for child in found if not name or child.data == name]

    def word(self, index: int = 0) -> Token:
        return [child for child in self.tree.children if isinstance(child, Token)][index]

    def value(self, parse: Callable[[str], Any], index: int = 0) -> Any:
        try:
            return parse(str(self.word(index)))
        except ValueError as error:
            raise token_error(self.line, self.word(index), str(error), WHERE) from None

    def device(self) -> str:
        """The interface that the line names; the host must have it."""
        name: str = self.value(device)
        if self.host.interfaces and name not in self.host.interfaces:
            names = ", ".join(list(self.host.interfaces)[:20])
            raise token_error(
                self.line,
                self.word(),
                f'there is no interface "{name}"; the host has {names}',
                WHERE,
                did_you_mean(name, self.host.interfaces),
            )
        return name

    def packet(self) -> Described:
        tree = next(child for child in self.trees() if child.data in ("packet", "raw"))
        return read_packet(self.line, tree, self.host)


def inject(said: Said) -> Statement:
    """``in IFACE PACKET``"""
    name = said.device()
    if name == "lo":
        raise token_error(
            said.line, said.word(), "nothing arrives on lo from outside", WHERE,
            'a packet of the host to itself is "local ..."',
        )  # fmt: skip
    packet = said.packet()
    if packet.owner:
        message = "only a local packet has an owner (uid, gid, pid, sid, cmd)"
        raise SourceError(message, said.line.span(), where=WHERE)
    return Inject(
        **said.common(),
        iface=name,
        spec=packet.spec,
        src_mac=packet.src_mac,
        dst_mac=packet.dst_mac,
        mark=packet.mark,
    )


def originate(said: Said) -> Statement:
    """``local [uid U] [gid G] [pid N] [sid N] [cmd NAME] PACKET``"""
    packet = said.packet()
    before = read_attributes(said.line, said.trees("owner"), said.host)
    owner = {**before.owner, **packet.owner}
    if packet.src_mac or packet.dst_mac:
        message = "a local packet has no MAC addresses yet: its route decides them"
        raise SourceError(message, said.line.span(), where=WHERE)
    uid = owner.get("uid", 0)
    return Originate(
        **said.common(),
        spec=packet.spec,
        owner=Owner(
            uid,
            owner.get("gid", said.host.primary_groups.get(uid, 0)),
            groups=said.host.user_groups.get(uid, ()),
            pid=owner.get("pid"),
            sid=owner.get("sid"),
            command=owner.get("cmd"),
        ),
        mark=packet.mark,
    )


def answer(said: Said) -> Statement:
    """``reply [ATTRIBUTES]``"""
    described = read_attributes(said.line, said.trees(), said.host)
    extra = (("mark", described.mark),) if described.mark else ()
    return Answer(**said.common(), fields=described.fields + extra)


def wait(said: Said) -> Statement:
    return Wait(**said.common(), nanoseconds=said.value(duration))


def event(said: Said) -> Statement:
    """``down IFACE``, ``up IFACE``, ``address IFACE ADDRESS/LENGTH``"""
    action = str(said.tree.data)
    address = said.value(interface_address, 1) if action == "address" else None
    return Event(**said.common(), action=action, iface=said.device(), address=address)


STATEMENTS: dict[str, Callable[[Said], Statement]] = {
    "inject": inject,
    "originate": originate,
    "answer": answer,
    "wait": wait,
    "down": event,
    "up": event,
    "address": event,
}
