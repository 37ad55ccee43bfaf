"""What an extension makes of its options: values, its own checks, and how it prints.

Most rules of a big ruleset use few different option texts, so what comes out is remembered for
the length of one load; only the places differ from line to line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from sim.base.errors import UnknownHost
from sim.extensions.extension import Names, Refusal, RuleContext, default_save
from sim.model.rules import Arg, Args, Match, Target
from sim.read.command import Command, Fault, Typed, Use
from sim.read.statements import StatementWords

# What is remembered of one use: (flag, value, negated, number of the typed option or -1).
Values = tuple[tuple[str, Any, bool, int], ...]


class Uses:
    """Makes matches and targets for one family and one load."""

    def __init__(self, family: int, names: Names) -> None:
        self.family = family
        self.names = names
        self._made: dict[object, tuple[Values, str]] = {}
        self._contexts: dict[object, RuleContext] = {}

    def context(self, command: Command, protocol: int | None, negated: bool) -> RuleContext:
        key = (command.table, command.chain, protocol, negated)
        made = self._contexts.get(key)
        if made is None:
            made = self._contexts[key] = RuleContext(
                self.family, command.table, command.chain or "", self.names, protocol, negated
            )
        return made

    def match(self, use: Use, command: Command) -> tuple[Match, str]:
        """The match and how iptables-save prints it, from `` -m``. Raises ``Fault``."""
        values, text = self.values_of(use, command)
        name, words = use.extension.name, command.words
        match = Match(name, args_of(values, use.typed, words), words.span(use.at))
        return match, f" -m {name} {text}" if text else f" -m {name}"

    def target(self, use: Use, command: Command) -> tuple[Target, str]:
        """The target and how iptables-save prints it, from `` -j``. Raises ``Fault``."""
        values, text = self.values_of(use, command)
        name, words = use.extension.name, command.words
        target = Target(name, args_of(values, use.typed, words), words.span(use.at))
        return target, f" -j {name} {text}" if text else f" -j {name}"

    def again(
        self, use: Use, command: Command, read: Values, numbers: Iterable[int]
    ) -> Values | None:
        """The values of a use that differs from one that was ``read`` only in these typed
        options; ``None``: the ordinary reader must say what is wrong with it."""
        try:
            if use.extension.check is not None:
                return self.values_of(use, command)[0]
            values = list(read)
            for number in numbers:
                typed = use.typed[number]
                assert typed.option.parse is not None
                context = self.context(command, typed.protocol, typed.protocol_negated)
                value = typed.option.parse(typed.text, context)
                values[number] = typed.option.flag, value, typed.negated, number
        except (Fault, ValueError):
            return None
        return tuple(values)

    def values_of(self, use: Use, command: Command) -> tuple[Values, str]:
        """The values of a use's options, and how iptables-save prints them. Raises ``Fault``."""
        key = (
            id(use.extension),
            use.name,
            command.table,
            command.protocol,
            "p" in command.negated,
            tuple(
                (id(t.option), t.negated, t.text, t.protocol, t.protocol_negated) for t in use.typed
            ),
        )
        made = self._made.get(key)
        if made is None:
            made = self._made[key] = self._make(use, command)
        return made

    def _make(self, use: Use, command: Command) -> tuple[Values, str]:
        extension = use.extension
        args: list[Arg] = []
        for typed in use.typed:
            option = typed.option
            shown = command.words.texts[typed.first].partition("=")[0]
            if typed.negated and not option.invert:
                raise Fault(f"{shown} cannot be negated", typed.first - 1, typed.first)
            if not option.multi and any(arg.flag == option.flag for arg in args):
                raise Fault(f"{shown} can be given only once to {use.shown}", typed.first,
                            typed.last)  # fmt: skip
            args.append(Arg(option.flag, self._value(typed, command, shown), typed.negated))
        _check_together(use, command)
        final = Args(tuple(args))
        check = extension.check
        if check is not None:
            context = self.context(command, command.protocol or None, "p" in command.negated)
            final = checked(lambda: check(final, context), use) or final
        save = extension.save
        if save is not None:
            text = save(final, self.family)
        else:
            text = default_save(extension.options, final)
        origins = _origins(final, use)
        return tuple(
            (arg.flag, arg.value, arg.negated, origin)
            for arg, origin in zip(final, origins, strict=True)
        ), text

    def _value(self, typed: Typed, command: Command, shown: str) -> Any:
        parse = typed.option.parse
        if parse is None:
            return True
        try:
            return parse(typed.text, self.context(command, typed.protocol, typed.protocol_negated))
        except Refusal as refusal:
            raise Fault(refusal.message, typed.last, hint=refusal.hint) from None
        except ValueError as error:
            first = typed.first if typed.first == typed.last else typed.first + 1
            message = f"{shown}: {error}"
            if isinstance(error, UnknownHost):
                raise Fault(message, first, typed.last, error.hint, error.name) from None
            raise Fault(message, first, typed.last) from None


def args_of(values: Values, typed: Sequence[Typed], words: StatementWords) -> Args:
    """Values with the places of the words that they come from."""
    return Args(
        tuple(
            [
                Arg(
                    flag,
                    value,
                    negated,
                    words.span(typed[n].first, typed[n].last) if n >= 0 else None,
                )
                for flag, value, negated, n in values
            ]
        )
    )


def checked(run: Callable[[], Args | None], use: Use) -> Args | None:
    """Run an extension's check; what it refuses is pointed at the option that it names."""
    try:
        return run()
    except Refusal as refusal:
        about = next((t for t in use.typed if t.option.flag == refusal.flag), None)
        if about is None:
            raise Fault(f"{use.shown}: {refusal.message}", use.at, hint=refusal.hint) from None
        raise Fault(refusal.message, about.first, about.last, refusal.hint) from None
    except ValueError as error:
        raise Fault(f"{use.shown}: {error}", use.at) from None


def _origins(args: Args, use: Use) -> list[int]:
    """For each argument the typed option it comes from, -1 if the extension added it."""
    left: dict[str, list[int]] = {}
    for number, typed in enumerate(use.typed):
        left.setdefault(typed.option.flag, []).append(number)
    return [(left.get(arg.flag) or [-1]).pop(0) for arg in args]


def _check_together(use: Use, command: Command) -> None:
    """Options that must be there, and those that need or exclude each other."""
    given = {typed.option.flag: typed for typed in use.typed}
    for option in use.extension.options:
        typed = given.get(option.flag)
        if typed is None:
            if option.required:
                shown = f" {option.metavar}" if option.metavar else ""
                raise Fault(f"{use.shown} needs {option.flag}{shown}", use.at)
            continue
        for other in option.also:
            if other not in given:
                raise Fault(f"{option.flag} needs {other} beside it", typed.first, typed.last)
        for other in option.excludes:
            if other != option.flag and other in given:
                later = max(typed, given[other], key=lambda t: t.first)
                raise Fault(
                    f"{option.flag} cannot be used together with {other}", later.first, later.last
                )
    if use.extension.at_least_one and not given:
        flags = ", ".join(option.flag for option in use.extension.options)
        raise Fault(f"{use.shown} needs at least one option", use.at, hint=f"one of {flags}")
