"""Words as typed to the fields that a command gets (POSIX 2.6): quotes, variables, splitting."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import field

from sim.base.frozen import dataclass
from sim.read.paste.shell import patterns
from sim.read.paste.shell.parameters import Parameters
from sim.read.paste.shell.patterns import ExpandsTooLong
from sim.read.paste.shell.words import split_words

MOST_FIELDS = 4_000  # of one word
LONGEST = 200_000  # characters of one field

_NAME = re.compile(r"[A-Za-z_]\w*|[0-9]|[@*#?$!-]")
_BRACES = re.compile(r"(?<!\$)\{([^{}\s\"'$`]*(?:,[^{}\s\"'$`]*)+|-?\w+\.\.-?\w+(?:\.\.\d+)?)\}")
_ANSI = re.compile(r"\\(n|t|r|e|a|b|f|v|\\|'|\"|0?[0-7]{1,3}|x[0-9a-fA-F]{1,2})")
_ANSI_CHARS = {"n": "\n", "t": "\t", "r": "\r", "e": "\x1b", "a": "\a", "b": "\b", "f": "\f",
               "v": "\v", "\\": "\\", "'": "'", '"': '"'}  # fmt: skip


@dataclass(slots=True)
class Fields:
    """Fields while they are made. ``open`` is the one being written; ``None``: none is."""

    separators: str
    done: list[str] = field(default_factory=list)
    open: list[str] | None = None

    def add(self, text: str) -> None:
        """Text that is not split."""
        if self.open is None:
            self.open = []
        self.open.append(text)

    def close(self) -> None:
        if self.open is not None:
            text = "".join(self.open)
            if len(text) > LONGEST or len(self.done) >= MOST_FIELDS:
                raise ExpandsTooLong
            self.done.append(text)
            self.open = None

    def split(self, text: str) -> None:
        """Text of an expansion outside quotes: IFS divides it."""
        blanks = [char for char in self.separators if char in " \t\n"]
        start = 0
        for at, char in enumerate(text):
            if char not in self.separators:
                continue
            if start < at:
                self.add(text[start:at])
            if char not in blanks and self.open is None:
                self.add("")
            self.close()
            start = at + 1
        if start < len(text):
            self.add(text[start:])


class Expander:
    """Expands words with the shell's parameters. ``output`` runs what stands in ``$( )``."""

    def __init__(self, parameters: Parameters, output: Callable[[str], str]) -> None:
        self.parameters = parameters
        self.output = output
        self.lacks: Callable[[str], bool] = lambda what: False  # is it a shell that knows less?

    def fields(self, word: str) -> list[str]:
        """The fields that a word becomes: none, one, or more."""
        out: list[str] = []
        for one in self._without_braces(word):
            fields = Fields(self.parameters.separators)
            self._scan(one, fields)
            fields.close()
            out += fields.done
            if len(out) > MOST_FIELDS:
                raise ExpandsTooLong
        return out

    def _without_braces(self, word: str) -> list[str]:
        made = _braced(word)
        return [word] if made != [word] and self.lacks("{…}") else made

    def one(self, word: str) -> str:
        """The word as one text, as behind ``=`` and ``case``: nothing splits it."""
        fields = Fields("")
        self._scan(word, fields)
        fields.close()
        return " ".join(fields.done)

    def pattern(self, word: str) -> str:
        """The word as a pattern: what is quoted matches only itself."""
        fields = Fields("")
        self._scan(word, fields, patterns.quoted)
        fields.close()
        return " ".join(fields.done)

    def document(self, text: str) -> str:
        """A here-document: as in double quotes, but quotes are plain characters."""
        fields = Fields("")
        self._double(text, fields, lambda part: part, "$`\\\n")
        fields.close()
        return " ".join(fields.done)

    # ---- scanning

    def _scan(
        self, word: str, fields: Fields, quote: Callable[[str], str] = lambda text: text
    ) -> None:
        at = 0
        while at < len(word):
            char = word[at]
            if char == "\\":
                if word[at + 1 : at + 2] != "\n":
                    fields.add(quote(word[at + 1 : at + 2]))
                at += 2
            elif char == "'":
                end = _until(word, at + 1, "'")
                fields.add(quote(word[at + 1 : end]))
                at = end + 1
            elif char == '"':
                end = closing_quote(word, at)
                self._quoted(word[at + 1 : end], fields, quote)
                at = end + 1
            elif word.startswith("$'", at) and not self.lacks("$'…'"):
                end = _until_ansi(word, at + 2)
                fields.add(quote(_ansi(word[at + 2 : end])))
                at = end + 1
            elif char in "$`":
                at = self._dollar(word, at, fields, quoted=False)
            elif char == "~" and at == 0 and word[1:2] in ("", "/"):
                fields.add("/root")
                at += 1
            else:
                found = re.compile(r"[^\\'\"$`]+").match(word, at)
                assert found is not None
                fields.add(found[0])
                at = found.end()

    def _quoted(self, text: str, fields: Fields, quote: Callable[[str], str]) -> None:
        if text not in ("$@", "${@}") and not re.fullmatch(r"\$\{\w+\[@\]\}", text):
            fields.add("")
        self._double(text, fields, quote, '$`"\\\n')

    def _double(self, text: str, fields: Fields, quote: Callable[[str], str], escaped: str) -> None:
        at = 0
        while at < len(text):
            char = text[at]
            if char == "\\" and text[at + 1 : at + 2] and text[at + 1] in escaped:
                if text[at + 1] != "\n":
                    fields.add(quote(text[at + 1]))
                at += 2
            elif char in "$`":
                inner = Fields("")
                at = self._dollar(text, at, inner, quoted=True)
                pieces = list(inner.done)
                if inner.open is not None:
                    pieces.append("".join(inner.open))
                for number, piece in enumerate(pieces):
                    if number:
                        fields.close()
                    fields.add(quote(piece))
            else:
                fields.add(quote(char))
                at += 1

    def _dollar(self, text: str, at: int, fields: Fields, *, quoted: bool) -> int:
        """Expand what begins with ``$`` or a backquote; where it ends."""
        if text[at] == "`":
            end = _until_backquote(text, at + 1)
            inside = re.sub(r"\\([`$\\])", r"\1", text[at + 1 : end])
            self._put(self.output(inside), fields, quoted)
            return end + 1
        if text.startswith("$((", at):
            end = closing(text, at + 1)
            if text[end - 1 : end] == ")":
                self._put(self.parameters.sum(self._sum_text(text[at + 3 : end - 1])), fields,
                          quoted)  # fmt: skip
                return end + 1
        if text.startswith("$(", at):
            end = closing(text, at + 1)
            self._put(self.output(text[at + 2 : end]), fields, quoted)
            return end + 1
        if text.startswith("${", at):
            end = closing_brace(text, at + 1)
            self._braces(text[at + 2 : end], fields, quoted)
            return end + 1
        found = _NAME.match(text, at + 1)
        if found is None:
            fields.add("$")
            return at + 1
        if found[0] in "@*":
            self._arguments(found[0], self.parameters.arguments, fields, quoted)
        else:
            self._put(self.parameters.get(found[0]), fields, quoted)
        return found.end()

    def _sum_text(self, text: str) -> str:
        """An arithmetic text with its ``$x`` and ``$( )`` put in."""
        return self.document(text.replace('"', "")) if "$" in text or "`" in text else text

    def sum_text(self, text: str) -> str:
        return self._sum_text(text)

    @staticmethod
    def _put(text: str, fields: Fields, quoted: bool) -> None:
        if quoted:
            fields.add(text)
        else:
            fields.split(text)

    def _arguments(self, sign: str, values: list[str], fields: Fields, quoted: bool) -> None:
        if quoted and sign == "*":
            first = self.parameters.separators[:1]
            fields.add(first.join(values))
            return
        for number, value in enumerate(values):
            if number:
                fields.close()
            self._put(value, fields, quoted)

    # ---- ${ }

    def _braces(self, text: str, fields: Fields, quoted: bool) -> None:
        parameters = self.parameters
        if text[:1] == "#" and len(text) > 1:
            self._put(str(parameters.length(text[1:])), fields, quoted)
            return
        found = re.match(r"!?(?:[A-Za-z_]\w*|\d+|[@*#?$!-])(?:\[(?P<index>[^\]]*)\])?", text)
        if found is None:
            raise BadWord(f"${{{text}}}: bad substitution")
        name, rest, index = found[0], text[found.end() :], found["index"]
        base = name.partition("[")[0]
        if base.startswith("!") and index in ("@", "*"):
            self._many(index, parameters.indices(base[1:]), rest, fields, quoted)
            return
        if base.startswith("!"):
            base = parameters.get(base[1:])
            index = None
        if base in "@*" or index in ("@", "*"):
            values = parameters.arguments if base in "@*" else parameters.items(base)
            self._many(base if base in "@*" else index or "@", values, rest, fields, quoted)
            return
        if index is not None:
            value, is_set = parameters.item(base, self.one(index))
        else:
            value, is_set = parameters.peek(base)
        self._modified(base, value, is_set, rest, fields, quoted)

    def _many(self, sign: str, values: list[str], rest: str, fields: Fields, quoted: bool) -> None:
        if rest[:2] == ":+" or rest[:1] == "+":
            if values:
                self._word(rest.lstrip(":")[1:], fields, quoted)
            return
        if rest[:2] == ":-" and not values:
            self._word(rest[2:], fields, quoted)
            return
        sliced = re.fullmatch(r":(\d+)(?::(\d+))?", rest)
        if sliced:
            start = max(0, int(sliced[1]) - (1 if sign in "@*" else 0))
            values = values[start : start + int(sliced[2]) if sliced[2] else None]
        elif rest:
            values = [self._changed(value, rest) for value in values]
        self._arguments(sign, values, fields, quoted)

    def _modified(
        self, name: str, value: str, is_set: bool, rest: str, fields: Fields, quoted: bool
    ) -> None:
        found = re.match(r"(:?)([-=?+])", rest)
        if found is None:
            if not is_set:
                value = self.parameters.get(name)  # says that nobody has set it
            self._put(self._changed(value, rest) if rest else value, fields, quoted)
            return
        word = rest[found.end() :]
        has_value = bool(value) if found[1] else is_set
        if found[2] == "+":
            if has_value:
                self._word(word, fields, quoted)
        elif has_value:
            self._put(value, fields, quoted)
        elif found[2] == "-":
            self._word(word, fields, quoted)
        elif found[2] == "=":
            value = self.one(word)
            self.parameters.set(name, value)
            self._put(value, fields, quoted)
        else:
            self.parameters.required(name, self.one(word))

    def _word(self, word: str, fields: Fields, quoted: bool) -> None:
        if quoted:
            self._double(word.replace('"', ""), fields, lambda text: text, '$`"\\\n')
            return
        parts = [one for part in split_words(word) for one in self.fields(part)]
        for number, one in enumerate(parts):
            if number:
                fields.close()
            fields.add(one)

    def _changed(self, value: str, rest: str) -> str:
        """What ``#``, ``%``, ``/``, ``^``, ``,`` and ``:`` make of a value."""
        if rest[:1] in ("/", "^", ",", ":") and self.lacks(f"${{…{rest[0]}…}}"):
            raise BadWord(f"bad substitution: {rest[:20]}")
        if rest[:1] in "#%":
            longest = rest[:2] in ("##", "%%")
            pattern = self.pattern(rest[2 if longest else 1 :])
            cut = patterns.without_prefix if rest[0] == "#" else patterns.without_suffix
            return cut(value, pattern, longest)
        if rest[:1] == "/":
            every = rest[:2] == "//"
            old, new = _halves(rest[2 if every else 1 :])
            return patterns.replaced(value, self.pattern(old), self.one(new), every)
        if rest[:2] in ("^^", ",,"):
            return value.upper() if rest[0] == "^" else value.lower()
        if rest[:1] in "^,":
            head = value[:1].upper() if rest[0] == "^" else value[:1].lower()
            return head + value[1:]
        sliced = re.fullmatch(r":\s*(\(?-?\w+\)?)\s*(?::\s*(-?\w+))?", rest)
        if sliced:
            start = int(self.parameters.sum(sliced[1]))
            length = int(self.parameters.sum(sliced[2])) if sliced[2] else len(value)
            start = max(0, len(value) + start) if start < 0 else start
            end = len(value) + length if length < 0 else start + length
            return value[start:end]
        raise BadWord(f"bad substitution: {rest[:20]}")


class BadWord(ValueError):
    """A word that the shell itself refuses."""


# ---- where things end


def closing(text: str, at: int) -> int:
    """The place of the ``)`` for the ``(`` at ``at``; the end where there is none."""
    depth = 0
    while at < len(text):
        char = text[at]
        if char == "\\":
            at += 1
        elif char == "'":
            at = _until(text, at + 1, "'")
        elif char == '"':
            at = closing_quote(text, at)
        elif char == "(":
            depth += 1
        elif char == ")":
            depth -= 1
            if not depth:
                return at
        at += 1
    return len(text)


def closing_brace(text: str, at: int) -> int:
    """The place of the ``}`` for the ``{`` at ``at``."""
    depth = 0
    while at < len(text):
        char = text[at]
        if char == "\\":
            at += 1
        elif char == "'":
            at = _until(text, at + 1, "'")
        elif char == '"':
            at = closing_quote(text, at)
        elif text.startswith("$(", at):
            at = closing(text, at + 1)
        elif char == "{":
            depth += 1
        elif char == "}":
            depth -= 1
            if not depth:
                return at
        at += 1
    return len(text)


def closing_quote(text: str, at: int) -> int:
    """The place of the ``"`` for the one at ``at``."""
    at += 1
    while at < len(text) and text[at] != '"':
        if text[at] == "\\":
            at += 1
        elif text.startswith("$(", at):
            at = closing(text, at + 1)
        elif text.startswith("${", at):
            at = closing_brace(text, at + 1)
        elif text[at] == "`":
            at = _until_backquote(text, at + 1)
        at += 1
    return at


def _until(text: str, at: int, char: str) -> int:
    found = text.find(char, at)
    return len(text) if found < 0 else found


def _until_backquote(text: str, at: int) -> int:
    while at < len(text) and text[at] != "`":
        at += 2 if text[at] == "\\" else 1
    return at


def _until_ansi(text: str, at: int) -> int:
    while at < len(text) and text[at] != "'":
        at += 2 if text[at] == "\\" else 1
    return at


def _ansi(text: str) -> str:
    """``$'…'`` and what ``printf`` and ``echo -e`` make of backslashes."""

    def char(found: re.Match[str]) -> str:
        said = found[1]
        if said in _ANSI_CHARS:
            return _ANSI_CHARS[said]
        return chr(int(said[1:], 16) if said[0] == "x" else int(said, 8) & 0xFF)

    return _ANSI.sub(char, text)


ansi = _ansi


def _halves(text: str) -> tuple[str, str]:
    """``pattern`` and ``by`` of ``pattern/by``; a backslash hides a slash."""
    at = 1 if text[:1] == "/" else 0
    while at < len(text) and text[at] != "/":
        at += 2 if text[at] == "\\" else 1
    return text[:at], text[at + 1 :]


def _braced(word: str) -> list[str]:
    """``{a,b}`` and ``{1..5}`` outside quotes written out."""
    if "{" not in word or "'" in word or '"' in word:
        return [word]
    out, waiting = [], [word]
    while waiting:
        one = waiting.pop(0)
        found = _BRACES.search(one)
        if found is None:
            out.append(one)
            continue
        before, after = one[: found.start()], one[found.end() :]
        waiting = [f"{before}{choice}{after}" for choice in _choices(found[1])] + waiting
        if len(waiting) + len(out) > MOST_FIELDS:
            raise ExpandsTooLong
    return out


def _choices(inside: str) -> list[str]:
    if "," in inside:
        return inside.split(",")
    first, last, *step = inside.split("..")
    try:
        low, high, by = int(first), int(last), int(step[0]) if step else 1
    except ValueError:
        if len(first) == len(last) == 1:
            low, high = ord(first), ord(last)
            return [chr(n) for n in range(low, high + 1)] if low <= high else [
                chr(n) for n in range(low, high - 1, -1)]  # fmt: skip
        return [f"{{{inside}}}".replace("{", "\\{")]
    if abs(high - low) > MOST_FIELDS:
        raise ExpandsTooLong
    width = max(len(first), len(last)) if "0" in (first[:1], last[:1]) and len(first) > 1 else 0
    numbers = range(low, high + 1, by or 1) if low <= high else range(low, high - 1, -(by or 1))
    return [str(n).zfill(width) for n in numbers]
