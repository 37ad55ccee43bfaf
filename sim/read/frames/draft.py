"""A command's options made into a rule: checked as the kernel would, and worded as it is saved."""

from __future__ import annotations

from collections.abc import Iterator

from sim.base.errors import Span
from sim.base.frozen import dataclass
from sim.extensions.extension import Names, Refusal, RuleContext
from sim.extensions.frames.base import NAME as BASE_NAME
from sim.extensions.frames.tool import Tool
from sim.extensions.frames.values import FrameDevice
from sim.model.rules import ARP, Arg, Args, IpPart, Jump, Match, Rule, Standard, Target, Verdict
from sim.read.command import Fault
from sim.read.frames.command import FrameCommand, FrameUse

EVERY_DEVICE = FrameDevice("", True)


@dataclass(frozen=True, slots=True)
class FrameRuleDraft:
    """A rule not yet numbered; ``text`` is as saved, from behind the chain's name."""

    matches: tuple[Match, ...]
    target: Standard | Jump | Target | None
    text: str
    span: Span
    target_span: Span

    def numbered(self, number: int, chain: str) -> Rule:
        text = f"-A {chain} {self.text}".rstrip()
        return Rule(number, IpPart(), self.matches, self.target, self.span, text)


def drafted(tool: Tool, command: FrameCommand, names: Names) -> FrameRuleDraft:
    """The rule that a command describes. Raises ``Fault``."""
    protocol, negated = command.protocol
    context = RuleContext(tool.family, command.table, command.chain, names, protocol, negated)
    uses = sorted(command.uses, key=lambda use: use.kind.name != BASE_NAME)
    matches = tuple(_match(use, context, command) for use in uses)
    target, name, said = _target(tool, command, context)
    words = [_saved(tool, use, match.args) for use, match in zip(uses, matches, strict=True)]
    if tool.family == ARP:  # -j comes first, its options last
        words = [f"-j {name}" if command.jump else "", *words, said]
    else:
        words += [f"-j {name} {said}".rstrip()]
    whole = command.words.span(0, len(command.words.texts) - 1)
    at = command.at.get("j")
    return FrameRuleDraft(
        tuple(match for match in matches if match.args),
        target,
        " ".join(word for word in words if word),
        whole,
        whole if at is None else command.words.span(at),
    )


def _match(use: FrameUse, context: RuleContext, command: FrameCommand) -> Match:
    args = Args(tuple(arg for arg in _ordered(use) if not _is_every_device(arg, use)))
    return Match(use.kind.name, _loaded(use, args, context), command.words.span(use.first))


def _is_every_device(arg: Arg, use: FrameUse) -> bool:
    """``-i +`` asks nothing and is forgotten."""
    if arg.value != EVERY_DEVICE:
        return False
    if arg.negated:
        raise Fault(f"{arg.flag} ! + is no device at all", use.first, hint="delete it")
    return True


def _ordered(use: FrameUse) -> Iterator[Arg]:
    for option in use.kind.options:
        yield from (arg for arg in use.args if arg.flag == option.flag)


def _loaded(use: FrameUse, args: Args, context: RuleContext) -> Args:
    for option in use.kind.options:
        if option.required and option.flag not in args:
            hint = f"write {option.flag} {option.metavar}"
            raise Fault(f"{option.flag} is missing", use.first, hint=hint)
    if use.kind.load is None:
        return args
    try:
        kept = use.kind.load(args, context)
        return args if kept is None else kept
    except Refusal as refusal:
        raise Fault(refusal.message, use.first, hint=refusal.hint) from None


def _saved(tool: Tool, use: FrameUse, args: Args) -> str:
    """``flag ! value``: ebtables has its ``!`` behind the option, arptables before it."""
    options = {option.flag: option for option in use.kind.options}
    words = []
    for arg in sorted(args, key=lambda arg: list(options).index(arg.flag)):
        option = options[arg.flag]
        if option.parse is None:
            words.append(f"{'! ' * arg.negated}{arg.flag}")
        elif tool.family == ARP:
            words.append(f"{'! ' * arg.negated}{arg.flag} {option.save(arg.value)}")
        else:
            words.append(f"{arg.flag} {'! ' * arg.negated}{option.save(arg.value)}")
    return " ".join(words)


def _target(
    tool: Tool, command: FrameCommand, context: RuleContext
) -> tuple[Standard | Jump | Target | None, str, str]:
    """The target, its name, and its options as saved."""
    name = command.jump or "CONTINUE"
    if command.target is not None:
        use = command.target
        args = _loaded(use, Args(tuple(_ordered(use))), context)
        return Target(name, args), name, _saved(tool, use, args)
    if name == "CONTINUE" and (not command.jump or name in tool.standard):
        return None, name, ""
    if name in tool.standard:
        return Standard(Verdict(name)), name, ""
    return Jump(name), name, ""
