"""The shell's variables and arguments, and which of them nobody has set."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from sim.base.frozen import dataclass
from sim.read.paste.shell.arithmetic import BadSum, NotKnown, Sum
from sim.read.paste.shell.unknown import unknown


class Ends(Exception):
    """The shell ends here. ``status`` is what it exits with."""

    def __init__(self, status: int, why: str = "") -> None:
        super().__init__(why)
        self.status = status
        self.why = why


@dataclass(slots=True)
class Parameters:
    """Variables of all functions that run; ``arguments`` are those of the innermost."""

    variables: dict[str, str | list[str]] = field(default_factory=dict)
    arguments: list[str] = field(default_factory=list)
    scopes: list[dict[str, str | list[str] | None]] = field(default_factory=list)
    script: str = "script.sh"
    status: int = 0
    strict: bool = False  # set -u
    unset: list[str] = field(default_factory=list)  # names that were read and nobody has set
    asked_arguments: bool = False  # the script has looked at its own arguments
    in_function: int = 0
    keys: dict[str, list[str]] = field(default_factory=dict)  # of associative arrays

    @property
    def separators(self) -> str:
        value = self.variables.get("IFS", " \t\n")
        return value if isinstance(value, str) else " \t\n"

    # ---- reading

    def peek(self, name: str) -> tuple[str, bool]:
        """The value, and whether there is any."""
        if name.isdigit():
            self._looked(name)
            if name == "0":
                return self.script, True
            at = int(name) - 1
            return (self.arguments[at], True) if at < len(self.arguments) else ("", False)
        if name in ("@", "*"):
            self._looked(name)
            return " ".join(self.arguments), bool(self.arguments)
        if name == "#":
            self._looked(name)
            return str(len(self.arguments)), True
        if name == "?":
            return str(self.status), True
        if name in ("$", "!"):
            return "4711", True
        if name == "-":
            return "", True
        value = self.variables.get(name)
        if isinstance(value, list):
            return (value[0], True) if value else ("", False)
        return ("", False) if value is None else (value, True)

    def _looked(self, name: str) -> None:
        if not self.in_function and name != "0":
            self.asked_arguments = True

    def get(self, name: str) -> str:
        """The value of a variable; one that nobody has set is empty, and remembered."""
        value, is_set = self.peek(name)
        if not is_set:
            if self.strict and name not in ("@", "*"):
                raise Ends(1, f"{name}: unbound variable")
            if not name.isdigit() and name not in ("@", "*"):
                self.unset.append(name)
        return value

    def required(self, name: str, message: str) -> None:
        """``${X:?}`` of what is not set: the shell ends."""
        self.unset.append(name)
        raise Ends(1, f"{name}: {message or 'parameter null or not set'}")

    def items(self, name: str) -> list[str]:
        value = self.variables.get(name)
        if isinstance(value, list):
            return list(value)
        return [] if value is None else [value]

    def item(self, name: str, index: str) -> tuple[str, bool]:
        values = self.items(name)
        try:
            if name in self.keys:
                return values[self.keys[name].index(index)], True
            return values[int(self.sum(index))], True
        except (IndexError, ValueError):
            return "", False

    def indices(self, name: str) -> list[str]:
        """``${!NAME[@]}``: the keys, or the numbers of the items."""
        return list(self.keys.get(name) or map(str, range(len(self.items(name)))))

    def length(self, name: str) -> int:
        base, bracket, index = name.partition("[")
        if base in ("@", "*") or index in ("@]", "*]"):
            return len(self.arguments if base in ("@", "*") else self.items(base))
        if bracket:
            return len(self.item(base, index.rstrip("]"))[0])
        return len(self.get(base))

    # ---- writing

    def set(self, name: str, value: str | list[str]) -> None:
        self.variables[name] = value

    def put_item(self, name: str, index: str, value: str) -> None:
        values = self.items(name)
        keys = self.keys.get(name)
        if keys is not None and index not in keys:
            keys.append(index)
            values.append("")
        at = keys.index(index) if keys is not None else int(self.sum(index))
        if 0 <= at < 1000:
            values += [""] * (at + 1 - len(values))
            values[at] = value
        self.variables[name] = values

    def local(self, name: str, value: str | list[str] | None) -> None:
        """``local``: what it was before comes back when the function returns."""
        if self.scopes:
            self.scopes[-1].setdefault(name, self.variables.get(name))
        if value is not None:
            self.variables[name] = value
        else:
            self.variables.pop(name, None)

    def enter(self, arguments: list[str]) -> list[str]:
        """A function begins: the arguments of the caller, to give back to ``leave``."""
        before, self.arguments = self.arguments, arguments
        self.scopes.append({})
        self.in_function += 1
        return before

    def leave(self, arguments: list[str]) -> None:
        self.put_back(self.scopes.pop())
        self.arguments = arguments
        self.in_function -= 1

    def put_back(self, before: Mapping[str, str | list[str] | None]) -> None:
        """Variables as they were; ``None``: not set."""
        for name, value in before.items():
            if value is None:
                self.variables.pop(name, None)
            else:
                self.variables[name] = value

    # ---- arithmetic

    def sum(self, text: str) -> str:
        """The value of an arithmetic text. Raises ``BadSum``."""
        try:
            return str(Sum(text, self._number, self.set).value())
        except NotKnown:
            return unknown("sum")

    def _number(self, name: str) -> str:
        base, bracket, index = name.partition("[")
        if bracket:
            return self.item(base, index.rstrip("]"))[0]
        return self.peek(base)[0]


__all__ = ["BadSum", "Ends", "Parameters"]
