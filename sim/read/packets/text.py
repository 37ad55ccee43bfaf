"""The packets text: one statement a line, in order. Bytes come later (``conversation``)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import islice
from typing import Any, Protocol

from lark import Token
from lark.tree import Tree

from sim.base import budget
from sim.base.errors import Refused, SourceError
from sim.base.frozen import replace
from sim.extensions.args import integer, ipv4
from sim.model.host import Host, default_mac
from sim.packet.assemble import assemble
from sim.packet.packet import Owner
from sim.packet.script import (
    DeviceChange,
    Event,
    Inject,
    InjectArp,
    Originate,
    Reply,
    Script,
    Statement,
    TypedCommand,
    Wait,
)
from sim.read.host.values import device, duration, interface_address, mac
from sim.read.lacking import no_interface
from sim.read.lines import (
    LONGEST_LINE,
    MOST_ERRORS,
    Line,
    Shape,
    grammar,
    logical_lines,
    token_error,
)
from sim.read.packets.habits import meant
from sim.read.packets.language import ARP_OPERATIONS, SPOKEN, grammar_text
from sim.read.packets.spec import Described, read_attributes, read_packet
from sim.read.packets.tcpdump import Dump, Dumped, is_chatter, is_dump
from sim.read.packets.values import WANTED

WHERE = "packets"
MOST_READ = 10_000  # statements that are looked at before a run
SOMEBODY_ELSE = "02:00:00:ff:ff:ff"  # whom a frame was for that tcpdump marks with P


class Done(Protocol):
    """What a line of commands does."""

    @property
    def changes(self) -> tuple[Any, ...]: ...

    @property
    def notes(self) -> tuple[str, ...]: ...


class Commands(Protocol):
    """Who runs the commands between packets: ``sim.read.commands.Session``."""

    host: Host

    def run(self, line: Line) -> Done: ...

    def happened(self, event: Event) -> None: ...


def parse_packets(text: str, host: Host, commands: Commands | None = None) -> Script:
    """The statements of a packets text. Raises ``Refused`` with every error of the text.

    Interfaces, users and host names are looked up in ``host``; a host without any interface
    (its text was refused) leaves the interfaces unchecked. ``commands`` runs those that stand
    between packets, whose host is then looked at; without it they are known by their names alone.
    """
    with budget.refusing(WHERE):
        return _parsed(text, host, commands)


def _parsed(text: str, host: Host, commands: Commands | None) -> Script:
    statements: list[Statement] = []
    errors: list[SourceError] = []
    dump = Dump(host)
    for line, below in grouped(text):
        budget.at_line(line.number)
        count = len(statements) + len(errors) + 1
        try:
            if is_dump(line.text):
                statements.append(dumped(line, below, count, dump))
                continue
            statement = read_statement(line, count, host)
            if commands is not None and isinstance(statement, Event):
                commands.happened(statement)
            if commands is not None and isinstance(statement, TypedCommand):
                done = commands.run(line)
                budget.at_line(line.number)
                statement = replace(statement, changes=done.changes, notes=done.notes)
                if commands.host is not host:
                    dump.host = host = commands.host
            statements.append(statement)
        except SourceError as error:
            errors.append(error)
            if len(errors) >= MOST_ERRORS:
                break
    if errors:
        raise Refused(errors)
    return tuple(statements)


def readable(text: str, host: Host | None = None, *, most: int = MOST_READ) -> Iterator[Statement]:
    """The statements that can be read, at most the first ``most`` of the text; others are left out.

    For a proposal before anything has run: without a host its interfaces and users are unchecked.
    """
    host = host or Host()
    dump = Dump(host)
    for count, (line, below) in enumerate(islice(grouped(text), most), 1):
        with suppress(SourceError):
            if is_dump(line.text):
                yield dumped(line, below, count, dump)
            else:
                yield read_statement(line, count, host)


def grouped(text: str) -> Iterator[tuple[Line, list[Line]]]:
    """Each statement's line; one of tcpdump's comes with the indented lines below it."""
    head: Line | None = None
    below: list[Line] = []
    for raw in logical_lines(text):
        if head is not None and raw.text[:1].isspace() and raw.text.strip():
            below.append(raw)
            continue
        if head is not None:
            yield head, below
            head, below = None, []
        if is_chatter(raw.text):
            continue
        line = raw if is_dump(raw.text) else raw.without_comment()
        if not line.text.strip():
            continue
        if is_dump(line.text):
            head = line
        else:
            yield line, []
    if head is not None:
        yield head, below


def shape() -> Shape:
    return Shape(grammar("packets", "statement", "owners", more=grammar_text()), WHERE, WANTED)


def read_statement(line: Line, number: int, host: Host) -> Statement:
    """One statement. Raises ``SourceError``."""
    if len(line.text) > LONGEST_LINE:
        raise SourceError("this line is too long", line.span(0, 1), where=WHERE)
    hint = unclosed(line) or _way_in(line, host)
    try:
        return _read(line, number, host, hint)
    except SourceError as error:
        ours = meant(line.text, host)
        with suppress(SourceError):
            if ours and _read(Line(line.number, ours), number, host):
                error.hint = f"write `{ours}`"
        raise


def _read(line: Line, number: int, host: Host, hint: str = "") -> Statement:
    tree = shape().parse(line, "statement", hint)
    return STATEMENTS[str(tree.data)](Said(line, number, host, tree))


def _way_in(line: Line, host: Host) -> str:
    """What to put in front of a packet that does not say where it begins."""
    words = line.text.split(None, 1)
    if not words or words[0].lower() not in _SPOKEN or len(words) < 2:
        return ""
    names = [name for name in host.interfaces if name != "lo"]
    name = names[0] if names else "eth0"
    return f'put "in {name}" in front where it comes in on {name}, "local" where this host sends it'


_SPOKEN = frozenset(word for one in SPOKEN for word in (one.name, *one.aliases))


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
            span = token_error(self.line, self.word(), "", WHERE).span
            raise no_interface(name, self.host.interfaces, span, WHERE)
        return name

    def packet(self) -> Described:
        tree = next(child for child in self.trees() if child.data in ("packet", "raw"))
        return read_packet(self.line, tree, self.host)


def dumped(line: Line, below: list[Line], number: int, dump: Dump) -> Statement:
    """A packet that tcpdump printed: ``in`` or ``local`` by what is said or can be told."""
    if len(line.text) > LONGEST_LINE:
        raise SourceError("this line is too long", line.span(0, 1), where=WHERE)
    packet = dump.read(line, below)
    place = dump.place(line, packet)
    common: dict[str, Any] = {"line": number, "span": line.span(), "text": line.text.strip()}
    try:
        assemble(packet.spec)
    except ValueError as error:
        raise SourceError(str(error), line.span(), where=WHERE) from None
    if not place:
        prefix = packet.prefix or "local"
        said = Said(line, number, dump.host, shape().parse(Line(line.number, prefix), "owners"))
        owner = read_attributes(line, said.trees("owner"), dump.host).owner
        return Originate(**common, spec=packet.spec, owner=owner_of(owner, dump.host))
    if dump.host.interfaces and place not in dump.host.interfaces:
        raise no_interface(place, dump.host.interfaces, line.span(), WHERE)
    return Inject(
        **common,
        iface=place,
        spec=packet.spec,
        src_mac=packet.src_mac,
        dst_mac=_dumped_mac(dump.host, place, packet),
    )


def _dumped_mac(host: Host, iface: str, packet: Dumped) -> str:
    """Whom the frame was for. An interface whose MAC nobody told is not measured by it."""
    interface = host.interfaces.get(iface)
    if packet.way == "P":
        return packet.dst_mac or SOMEBODY_ELSE
    is_unicast = not int(packet.dst_mac[:2] or "0", 16) & 1
    if interface is None or (is_unicast and interface.mac == default_mac(interface.index)):
        return ""
    return packet.dst_mac


def owner_of(said: dict[str, Any], host: Host) -> Owner:
    """The sender's owner: without a uid root, without a gid the user's own group."""
    uid = said.get("uid", 0)
    return Owner(
        uid,
        said.get("gid", host.primary_groups.get(uid, 0)),
        groups=host.user_groups.get(uid, ()),
        pid=said.get("pid"),
        sid=said.get("sid"),
        command=said.get("cmd"),
        cgroup=said.get("cgroup"),
    )


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
        message = "only a local packet has an owner (uid, gid, pid, sid, cmd, cgroup)"
        raise SourceError(message, said.line.span(), where=WHERE)
    return Inject(
        **said.common(),
        iface=name,
        spec=packet.spec,
        src_mac=packet.src_mac,
        dst_mac=packet.dst_mac,
        mark=packet.mark,
    )


def arp(said: Said) -> Statement:
    """``in IFACE arp request|reply A -> B``, with ``src-mac`` and so on."""
    name = said.device()
    operation = said.value(arp_operation, 1)
    ends = [said.value(ipv4, 2), said.value(ipv4, 3)]
    macs: dict[str, Any] = {}
    for tree in said.trees("arp_mac"):
        key, value = [child for child in tree.children if isinstance(child, Token)]
        field = str(key).replace("-", "_")
        if field in macs:
            raise token_error(said.line, key, f"{key} is said twice", WHERE)
        try:
            macs[field] = mac(str(value))
        except ValueError as error:
            raise token_error(said.line, value, str(error), WHERE) from None
    return InjectArp(
        **said.common(), iface=name, operation=operation, sender=ends[0], target=ends[1], **macs
    )


def arp_operation(text: str) -> int:
    """``request``, ``reply``, or the number of another operation."""
    return ARP_OPERATIONS[text] if text in ARP_OPERATIONS else integer(text, 0, 65535)


def originate(said: Said) -> Statement:
    """``local [uid U] [gid G] [pid N] [sid N] [cmd NAME] [cgroup PATH] PACKET``"""
    packet = said.packet()
    before = read_attributes(said.line, said.trees("owner"), said.host)
    owner = {**before.owner, **packet.owner}
    if packet.src_mac or packet.dst_mac:
        message = "a local packet has no MAC addresses yet: its route decides them"
        raise SourceError(message, said.line.span(), where=WHERE)
    return Originate(
        **said.common(),
        spec=packet.spec,
        owner=owner_of(owner, said.host),
        mark=packet.mark,
    )


def answer(said: Said) -> Statement:
    """``reply [ATTRIBUTES]``"""
    described = read_attributes(said.line, said.trees(), said.host)
    extra = (("mark", described.mark),) if described.mark else ()
    return Reply(**said.common(), fields=described.fields + extra)


def wait(said: Said) -> Statement:
    return Wait(**said.common(), nanoseconds=said.value(duration))


def command(said: Said) -> Statement:
    """``iptables ...``, ``ip ...``: it is run by whoever reads the rules and the host."""
    return TypedCommand(**said.common())


def event(said: Said) -> Statement:
    """``down IFACE``, ``up IFACE``, ``address IFACE ADDRESS/LENGTH``"""
    action = DeviceChange(str(said.tree.data))
    address = said.value(interface_address, 1) if action is DeviceChange.ADDRESS else None
    return Event(**said.common(), action=action, iface=said.device(), address=address)


STATEMENTS: dict[str, Callable[[Said], Statement]] = {
    "inject": inject,
    "arp": arp,
    "originate": originate,
    "answer": answer,
    "wait": wait,
    "down": event,
    "up": event,
    "address": event,
    "command": command,
}
