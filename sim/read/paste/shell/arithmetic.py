"""``$(( … ))``: whole numbers, as POSIX and bash count them."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable

from sim.read.paste.shell.unknown import unknowns

_TOKEN = re.compile(
    r"\s*(\d+#\w+|\d\w*|[A-Za-z_]\w*(?:\[[^\]]*\])?|\*\*|<<=?|>>=?|<=|>=|==|!=|&&|\|\||\+\+|--|[-+*/%]="
    r"|[-+*/%<>=!~&|^?:(),])"
)
_LEVELS: tuple[tuple[str, ...], ...] = (
    ("||",), ("&&",), ("|",), ("^",), ("&",), ("==", "!="), ("<", ">", "<=", ">="),
    ("<<", ">>"), ("+", "-"), ("*", "/", "%"), ("**",),
)  # fmt: skip
LONGEST = 2_000
DEEPEST = 50
_LARGEST = 1 << 63


class BadSum(ValueError):
    """No arithmetic, or a division by zero."""


class NotKnown(ValueError):
    """A value in it is not known."""


class Sum:
    """One expression. ``get`` and ``put`` are the shell's variables."""

    def __init__(
        self, text: str, get: Callable[[str], str], put: Callable[[str, str], None]
    ) -> None:
        if unknowns(text):
            raise NotKnown
        if len(text) > LONGEST:
            raise BadSum("too long")
        self._tokens = self._split(text)
        self._at, self._depth = 0, 0
        self._get, self._put = get, put

    @staticmethod
    def _split(text: str) -> list[str]:
        tokens, at = [], 0
        text = text.rstrip()
        while at < len(text):
            found = _TOKEN.match(text, at)
            if found is None:
                raise BadSum(f"no arithmetic: {text[at : at + 20]}")
            tokens.append(found[1])
            at = found.end()
        return tokens

    def value(self) -> int:
        if not self._tokens:
            return 0
        result = self._comma()
        if self._at < len(self._tokens):
            raise BadSum(f"no arithmetic: {self._tokens[self._at]}")
        return result

    def _peek(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _next(self) -> str:
        self._at += 1
        return self._tokens[self._at - 1] if self._at <= len(self._tokens) else ""

    def _comma(self) -> int:
        result = self._assigned()
        while self._peek() == ",":
            self._next()
            result = self._assigned()
        return result

    def _assigned(self) -> int:
        name = self._peek()
        op = self._tokens[self._at + 1] if self._at + 1 < len(self._tokens) else ""
        if re.match(r"[A-Za-z_]", name) and op in ("=", "+=", "-=", "*=", "/=", "%="):
            self._at += 2
            right = self._assigned()
            value = right if op == "=" else _apply(op[0], self._number(name), right)
            self._put(name, str(value))
            return value
        return self._choice()

    def _choice(self) -> int:
        test = self._level(0)
        if self._peek() != "?":
            return test
        self._next()
        one = self._assigned()
        if self._next() != ":":
            raise BadSum("`:` is missing")
        other = self._assigned()
        return one if test else other

    def _level(self, level: int) -> int:
        if level == len(_LEVELS):
            return self._unary()
        left = self._level(level + 1)
        while self._peek() in _LEVELS[level]:
            op = self._next()
            left = _apply(op, left, self._level(level + 1))
        return left

    def _unary(self) -> int:
        self._depth += 1
        if self._depth > DEEPEST:
            raise BadSum("nested too deeply")
        try:
            token = self._next()
            if token in ("++", "--"):
                return self._step(self._next(), 1 if token == "++" else -1, after=True)
            if token in ("-", "+", "!", "~"):
                value = self._unary()
                return {"-": -value, "+": value, "!": int(not value), "~": ~value}[token]
            if token == "(":
                value = self._comma()
                if self._next() != ")":
                    raise BadSum("`)` is missing")
                return value
            if self._peek() in ("++", "--") and re.match(r"[A-Za-z_]", token):
                return self._step(token, 1 if self._next() == "++" else -1, after=False)
            return self._number(token)
        finally:
            self._depth -= 1

    def _step(self, name: str, by: int, *, after: bool) -> int:
        before = self._number(name)
        self._put(name, str(before + by))
        return before + by if after else before

    def _number(self, token: str) -> int:
        text = self._get(token) if re.match(r"[A-Za-z_]", token) else token
        if unknowns(text):
            raise NotKnown
        text = text.strip() or "0"
        try:
            if re.fullmatch(r"-?0[xX][0-9a-fA-F]+", text):
                return int(text, 16)
            base, mark, digits = text.partition("#")
            if mark and 2 <= int(base) <= 36:
                return int(digits, int(base))
            return int(text, 8 if re.fullmatch(r"-?0\d+", text) else 10)
        except ValueError:
            raise BadSum(f"no number: {text[:20]}") from None


def _apply(op: str, left: int, right: int) -> int:
    if op in ("/", "%"):
        if right == 0:
            raise BadSum("division by 0")
        quotient = abs(left) // abs(right) * (1 if (left < 0) == (right < 0) else -1)
        return quotient if op == "/" else left - right * quotient
    if (op == "**" and not 0 <= right <= 64) or (op in ("<<", ">>") and not 0 <= right < 64):
        raise BadSum("out of range")
    made = int(_OPERATORS[op](left, right))
    return (made + _LARGEST) % (2 * _LARGEST) - _LARGEST


_OPERATORS: dict[str, Callable[[int, int], int]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "**": operator.pow,
    "<<": operator.lshift, ">>": operator.rshift, "&": operator.and_, "|": operator.or_,
    "^": operator.xor, "==": operator.eq, "!=": operator.ne, "<": operator.lt,
    ">": operator.gt, "<=": operator.le, ">=": operator.ge,
    "&&": lambda a, b: bool(a and b), "||": lambda a, b: bool(a or b),
}  # fmt: skip
