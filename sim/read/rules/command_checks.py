"""What can only be said of a command when all its words are read (xshared.c, do_parse's end)."""

from __future__ import annotations

from sim.read.command import LONGEST_NAME, Command, Fault
from sim.read.rules.options import LONG_NAME

# Options that a command may have beside it (xshared.c, commands_v_options).
_SPEC = frozenset("sdpjviocf")
_LEGAL: dict[str, frozenset[str]] = {
    "A": _SPEC, "I": _SPEC, "R": _SPEC, "D": _SPEC - {"c"}, "C": _SPEC - {"c"},
    "L": frozenset("nvx0"), "P": frozenset("vc"),
}  # fmt: skip
_ONLY_VERBOSE = frozenset("v")
_CHECKED = "nsdpjvxio0cf"


def check_command(command: Command, *, dangling: bool) -> None:
    """Raise ``Fault`` for what does not go together; ``dangling``: a `!` came last."""
    words = len(command.words.texts)
    if command.table == "nat" and "DROP" in (command.policy, command.jump):
        at = command.at.get("second", command.at.get("j", 0) + 1)
        raise Fault(
            "the nat table is not for filtering, so DROP is refused in it",
            at,
            hint="drop in the filter table, or in raw if it must be early",
        )
    if "W" in command.at and "w" not in command.at:
        raise Fault("-W does something only beside -w", command.at["W"])
    if not command.letters:
        if not words:
            raise Fault("the line has only blanks, which is refused inside a dump", 0,
                        hint="delete them")  # fmt: skip
        raise Fault("the line has no command such as -A or -D", 0, words - 1)
    if dangling:
        raise Fault("nothing follows this `!`", words - 1)
    _check_options(command)
    chain = command.chain
    if chain is not None and len(chain.encode()) > LONGEST_NAME:
        raise Fault(f"a chain's name has at most {LONGEST_NAME} bytes", command.at["chain"])
    if command.letters in ("A", "D", "C", "I", "R"):
        _check_interfaces(command)


def _check_interfaces(command: Command) -> None:
    for letter, chains, why in (
        ("o", ("PREROUTING", "INPUT"), "a packet has no way out there"),
        ("i", ("OUTPUT", "POSTROUTING"), "the tool knows no way in there"),
    ):
        if letter in command.at and command.chain in chains:
            at = command.at[letter]
            raise Fault(f"-{letter} cannot be used in {command.chain}: {why}", at, at + 1)


def _check_options(command: Command) -> None:
    """An option that no command of the line can have. Z beside L or S forbids nothing."""
    names = [command.letters]
    if command.letters[0] in "LS" or command.letters[-1] in "LS":
        names = [letter for letter in command.letters if letter in "LSZ"]
    legal: frozenset[str] = frozenset().union(*(_LEGAL.get(n, _ONLY_VERBOSE) for n in names))
    for letter in _CHECKED:
        if letter in command.at and letter not in legal:
            raise Fault(
                f"{option_name(letter)} cannot be used with -{command.letters[0]}",
                command.at[letter],
            )


def option_name(letter: str) -> str:
    """How to call a core option in a message."""
    return LONG_NAME[letter] if letter == "0" else f"-{letter}"
