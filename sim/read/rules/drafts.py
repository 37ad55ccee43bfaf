"""A command's clauses to rules: addresses multiplied out, matches and target made, text printed."""

from __future__ import annotations

from sim.base import budget
from sim.base.errors import UnknownHost
from sim.extensions.extension import Names
from sim.extensions.protocol_names import protocol_name
from sim.model.rules import (
    STANDARD,
    AddressMask,
    IpPart,
    Jump,
    Match,
    Protocol,
    Standard,
    Target,
    Verdict,
)
from sim.read.addresses import address_list, saved_address, saved_device, saved_part
from sim.read.command import Command, Fault
from sim.read.rules.draft import RuleDraft
from sim.read.rules.objects import has_objects
from sim.read.rules.tables import WorkTable
from sim.read.rules.unknown import unknown_target
from sim.read.rules.uses import Uses


class Drafts:
    """Makes the rules of one family during one load."""

    def __init__(self, family: int, names: Names) -> None:
        self.family = family
        self.names = names
        self.uses = Uses(family, names)
        self.addresses: dict[str, tuple[AddressMask, ...] | None] = {}

    def made(self, command: Command, table: WorkTable) -> list[RuleDraft]:
        """The rules that a command's clauses stand for, one for each pair of addresses."""
        sources = self.address_parts(command, command.source, "s")
        destinations = self.address_parts(command, command.destination, "d")
        if command.negated & {"s", "d"} and (len(sources) > 1 or len(destinations) > 1):
            at = command.at["s" if "s" in command.negated else "d"]
            raise Fault("a list of addresses cannot go with a negated address", at - 1, at + 1,
                        "make a chain that returns for each address")  # fmt: skip
        budget.make(len(sources) * len(destinations), "rules")
        protocol = None
        if command.protocol:
            protocol = Protocol(command.protocol, "p" in command.negated)
        matches, match_text = self._matches(command)
        target, target_text = self._target(command, table)
        target_use = command.target if isinstance(target, Target) else None
        uses = [*command.matches, target_use] if target_use else command.matches
        objects = any(has_objects(use) for use in uses)
        span = command.words.span(0, len(command.words.texts) - 1)
        any_protocol = self.family == 6 and command.protocol == 0
        made = []
        for source in sources:
            for destination in destinations:
                ip = IpPart(
                    source,
                    destination,
                    command.in_iface,
                    command.out_iface,
                    protocol,
                    command.fragment,
                    any_protocol,
                )
                draft = RuleDraft(ip, matches, target, ip_text(ip), match_text, target_text, span)
                draft.packets, draft.bytes = command.counters
                draft.match_uses, draft.target_use = command.matches, target_use
                draft.objects, draft.untold = objects, command.untold
                made.append(draft)
        return made

    def address_parts(
        self, command: Command, text: str | None, letter: str
    ) -> tuple[AddressMask | None, ...]:
        """What an address list stands for; ``None``: any address. Raises ``Fault``."""
        if text is None:
            return (None,)
        parts = self.addresses.get(text)
        if parts is None and text in self.addresses:
            parts = self.addresses[text] = (saved_part(text),)
        elif parts is None:
            try:
                parts = address_list(text, self.family, self.names.hostnames)
            except ValueError as error:
                at = command.at[letter]
                value = at if "=" in command.words.texts[at] else at + 1
                hint = lacks = ""
                if text.startswith("!"):
                    hint = f"`!` stands before the option: ! -{letter} {text[1:]}"
                elif isinstance(error, UnknownHost):
                    lacks, hint = error.name, error.hint
                raise Fault(f"-{letter}: {error}", value, hint=hint, lacks=lacks) from None
            self.addresses[text] = parts
        if letter in command.negated:
            return tuple(AddressMask(p.family, p.address, p.mask, True) for p in parts)
        if all(part.mask for part in parts):
            return parts
        return tuple(part if part.mask else None for part in parts)

    def meet(self, text: str) -> None:
        """An address as iptables-save prints it: it counts from now on, and is read when somebody
        looks."""
        if text not in self.addresses:
            budget.make(1, "addresses")
            self.addresses[text] = None

    def _matches(self, command: Command) -> tuple[tuple[Match, ...], str]:
        made = [self.uses.match(use, command) for use in command.matches]
        return tuple(match for match, _ in made), "".join(text for _, text in made)

    def _target(
        self, command: Command, table: WorkTable
    ) -> tuple[Standard | Jump | Target | None, str]:
        name = command.jump
        if not name:
            return None, ""
        at = command.at["j"] + 1 if command.target is None else command.target.at
        chain = table.chains.get(name)
        if chain is not None:
            if chain.policy is not None:
                raise Fault(f"{name} is a built-in chain: only the kernel enters it", at,
                            hint="jump to a chain of your own")  # fmt: skip
            return (
                Jump(name, command.goto, command.words.span(at)),
                f" -{'g' if command.goto else 'j'} {name}",
            )
        if name in STANDARD and not command.goto:
            return Standard(Verdict(name), command.words.span(at)), f" -j {name}"
        if command.target is None:
            message, hint = unknown_target(
                name, self.family, [n for n, c in table.chains.items() if c.policy is None],
                goto=command.goto,
            )  # fmt: skip
            raise Fault(message, at, hint=hint)
        removed = command.target.extension.removed
        if removed:
            raise Fault(f"-j {name}: {removed}", at)
        return self.uses.target(command.target, command)


def ip_text(ip: IpPart) -> str:
    """The built-in clauses as iptables-save prints them."""
    text = saved_address("s", ip.source) + saved_address("d", ip.destination)
    text += saved_device("i", ip.in_iface) + saved_device("o", ip.out_iface)
    if ip.protocol is not None:
        text += f"{' !' * ip.protocol.negated} -p {protocol_name(ip.protocol.number)}"
    if ip.fragment is not None:
        text += " -f" if ip.fragment else " ! -f"
    return text


def counters(text: str) -> tuple[int, int]:
    """``[packets:bytes]``; anything else counts nothing, as without --counters."""
    packets, _, octets = text.strip("[]").partition(":")
    if packets.isdecimal() and octets.isdecimal():
        return int(packets), int(octets)
    return 0, 0
