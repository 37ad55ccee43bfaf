"""Programs that only turn text into text: cut, grep, sed, awk and so on, the parts people use.

What is not modelled raises ``NotModelled``: then nobody says what such a pipe prints.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from sim.read.paste.shell import regular

MOST_LINES = 20_000


class NotModelled(Exception):
    """What this program prints is not known here."""


Result = tuple[str, int]  # what it prints, and its exit status


def lines_of(text: str) -> list[str]:
    lines = text.split("\n")
    if lines and not lines[-1]:
        lines.pop()
    return lines[:MOST_LINES]


def _text(lines: Sequence[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def options(words: Sequence[str], flags: str, valued: str) -> tuple[dict[str, str], list[str]]:
    """Short options of a program, and what stands behind them. Raises ``NotModelled``."""
    found: dict[str, str] = {}
    at = 0
    while at < len(words):
        word = words[at]
        if word == "--":
            at += 1
            break
        if not word.startswith("-") or word == "-":
            break
        at += 1
        letters = word[1:]
        while letters:
            letter, letters = letters[0], letters[1:]
            if letter in valued:
                if not letters and at >= len(words):
                    raise NotModelled
                found[letter] = letters or words[at]
                at += 0 if letters else 1
                letters = ""
            elif letter in flags:
                found[letter] = ""
            else:
                raise NotModelled
    return found, list(words[at:])


def cut(words: Sequence[str], text: str) -> Result:
    given, _ = options(words, "s", "dfc")
    if "c" in given:
        picked = _ranges(given["c"])
        return _text(["".join(c for n, c in enumerate(line, 1) if picked(n))
                      for line in lines_of(text)]), 0  # fmt: skip
    divider, picked = given.get("d", "\t"), _ranges(given.get("f", ""))
    out = []
    for line in lines_of(text):
        if divider not in line:
            if "s" not in given:
                out.append(line)
            continue
        parts = line.split(divider)
        out.append(divider.join(p for n, p in enumerate(parts, 1) if picked(n)))
    return _text(out), 0


def _ranges(text: str) -> Callable[[int], bool]:
    wanted: list[tuple[int, int]] = []
    for part in text.split(","):
        found = re.fullmatch(r"(\d*)(-?)(\d*)", part)
        if found is None or not (found[1] or found[3]):
            raise NotModelled
        low = int(found[1] or 1)
        high = int(found[3]) if found[3] else (10**9 if found[2] else low)
        wanted.append((low, high))
    return lambda number: any(low <= number <= high for low, high in wanted)


def grep(words: Sequence[str], text: str) -> Result:
    given, rest = options(words, "viEFGPqochwsx", "emAB")
    pattern = given.get("e") or (rest[0] if rest else "")
    if "F" in given:
        made = regular.literal(pattern, ignore="i" in given)
    elif "P" in given:
        made = regular.perl(pattern, ignore="i" in given)
    else:
        made = regular.compiled(pattern, extended="E" in given, ignore="i" in given)
    if "w" in given:
        made = re.compile(rf"(?<!\w)(?:{made.pattern})(?!\w)", made.flags)
    if "x" in given:
        made = re.compile(rf"^(?:{made.pattern})$", made.flags)
    lines = lines_of(text)
    places = [at for at, line in enumerate(lines) if bool(made.search(line)) != ("v" in given)]
    if not {"A", "B"}.isdisjoint(given):
        return _around(lines, places, given), 0 if places else 1
    hits = [lines[at] for at in places]
    if "m" in given and given["m"].isdigit():
        hits = hits[: int(given["m"])]
    status = 0 if hits else 1
    if "q" in given:
        return "", status
    if "c" in given:
        return f"{len(hits)}\n", status
    if "o" in given:
        kept = "kept" if "kept" in made.groupindex else 0
        found = (one[kept] for line in hits for one in made.finditer(line))
        return _text([one for one in found if one]), status
    return _text(hits), status


def _around(lines: Sequence[str], places: Sequence[int], given: dict[str, str]) -> str:
    """The lines with those before (-B) and behind (-A) them; ``--`` between what is apart."""
    if {"c", "o", "q", "m"} & given.keys():
        raise NotModelled
    before, behind = (
        int(value) if (value := given.get(flag, "0")).isdigit() else 0 for flag in ("B", "A")
    )
    shown = sorted(
        {at for place in places for at in range(place - before, place + behind + 1)}
        & set(range(len(lines)))
    )
    out: list[str] = []
    for last, at in zip([-1, *shown], shown, strict=False):
        if out and at != last + 1:
            out.append("--")
        out.append(lines[at])
    return _text(out)


def head(words: Sequence[str], text: str) -> Result:
    count = _count(words)
    lines = lines_of(text)
    return _text(lines[:count] if count >= 0 else lines[: len(lines) + count]), 0


def tail(words: Sequence[str], text: str) -> Result:
    lines = lines_of(text)
    plus = next((word for word in words if re.fullmatch(r"(-n)?\s*\+\d+", word)), "")
    if plus:
        return _text(lines[max(0, int(plus.rpartition("+")[2]) - 1) :]), 0
    count = abs(_count(words))
    return _text(lines[-count:] if count else []), 0


def _count(words: Sequence[str]) -> int:
    words = [f"-n{word[1:]}" if re.fullmatch(r"-\d+", word) else word for word in words]
    given, _ = options(words, "q", "n")
    try:
        return int(given.get("n", "10"))
    except ValueError:
        raise NotModelled from None


def wc(words: Sequence[str], text: str) -> Result:
    given, _ = options(words, "lwc", "")
    counts = {"l": text.count("\n"), "w": len(text.split()), "c": len(text)}
    return " ".join(str(counts[letter]) for letter in given or "lwc") + "\n", 0


def sort(words: Sequence[str], text: str) -> Result:
    given, _ = options(words, "urnVf", "")
    lines = lines_of(text)
    if "n" in given or "V" in given:
        lines.sort(key=lambda line: [int(part) for part in re.findall(r"\d+", line)[:8]])
    else:
        lines.sort()
    if "u" in given:
        lines = list(dict.fromkeys(lines))
    return _text(lines[::-1] if "r" in given else lines), 0


def uniq(words: Sequence[str], text: str) -> Result:
    if words:
        raise NotModelled
    lines = lines_of(text)
    return _text([one for at, one in enumerate(lines) if not at or lines[at - 1] != one]), 0


_SETS = {"[:upper:]": "A-Z", "[:lower:]": "a-z", "[:digit:]": "0-9", "[:space:]": " \t\n\r",
         "[:blank:]": " \t"}  # fmt: skip


def tr(words: Sequence[str], text: str) -> Result:
    given, rest = options(words, "dsc", "")
    if "c" in given or not rest:
        raise NotModelled
    first = _spelled(rest[0])
    if "d" in given:
        return "".join(char for char in text if char not in first), 0
    second = _spelled(rest[1]) if len(rest) > 1 else first
    if not second:
        raise NotModelled
    second += second[-1] * (len(first) - len(second))
    text = text.translate({ord(a): b for a, b in zip(first, second, strict=False)})
    if "s" in given:
        squeezed = second if len(rest) > 1 else first
        text = re.sub(r"(.)\1+", lambda m: m[1] if m[1] in squeezed else m[0], text, flags=re.S)
    return text, 0


def _spelled(text: str) -> str:
    for name, written in _SETS.items():
        text = text.replace(name, written)
    text = text.replace("\\n", "\n").replace("\\t", "\t").replace("\\r", "\r")
    return re.sub(
        r"(.)-(.)",
        lambda m: "".join(chr(n) for n in range(ord(m[1]), min(ord(m[2]), ord(m[1]) + 300) + 1)),
        text,
    )


_PRINT = re.compile(
    r"""\s*(?:(?P<nf>NF(?=\s*\{))|(?P<re>/(?:\\.|[^/])+/)|NR\s*==\s*(?P<nr>\d+)|\$(?P<col>\d+)\s*(?P<op>==|~)\s*
    (?:"(?P<val>[^"]*)"|(?P<valre>/(?:\\.|[^/])+/)))?\s*
    \{\s*print\s*(?P<what>(?:\$?\w+|"[^"]*"|\s|,|\$NF|\$\(NF-\d\))*?)\s*(?P<exit>;\s*exit\s*;?)?\s*\}\s*""",
    re.VERBOSE,
)
_ITEM = re.compile(r'"([^"]*)"|\$(\d+)|\$(NF)|(NF|NR)|(,)')


def awk(words: Sequence[str], text: str) -> Result:
    given, rest = options(words, "", "Fv")
    found = _PRINT.fullmatch(rest[0]) if rest and "v" not in given else None
    if found is None:
        raise NotModelled
    divider = given.get("F")
    out = []
    for number, line in enumerate(lines_of(text), 1):
        fields = _awk_fields(line, divider)
        if not _awk_test(found, line, fields, number):
            continue
        out.append(_awk_print(found["what"], line, fields, number))
        if found["exit"]:
            break
    return _text(out), 0


def _awk_fields(line: str, divider: str | None) -> list[str]:
    if divider is None or divider == " ":
        return line.split()
    if len(divider) == 1 or divider == "\\t":
        return line.split(divider.replace("\\t", "\t"))
    return regular.compiled(divider, extended=True).split(line)


def _awk_test(found: re.Match[str], line: str, fields: list[str], number: int) -> bool:
    if found["nf"]:
        return bool(fields)
    if found["re"]:
        return regular.compiled(found["re"][1:-1], extended=True).search(line) is not None
    if found["nr"]:
        return number == int(found["nr"])
    if found["col"]:
        value = _awk_field(line, fields, int(found["col"]))
        if found["valre"]:
            return regular.compiled(found["valre"][1:-1], extended=True).search(value) is not None
        return value == found["val"]
    return True


def _awk_field(line: str, fields: list[str], number: int) -> str:
    if number == 0:
        return line
    return fields[number - 1] if number <= len(fields) else ""


def _awk_print(what: str, line: str, fields: list[str], number: int) -> str:
    if not what.strip():
        return line
    out = ""
    for text, column, last, count, comma in _ITEM.findall(what):
        if comma:
            out += " "
        elif column:
            out += _awk_field(line, fields, int(column))
        elif last:
            out += fields[-1] if fields else ""
        elif count:
            out += str(len(fields) if count == "NF" else number)
        else:
            out += text
    return out


FILTERS: dict[str, Callable[[Sequence[str], str], Result]] = {
    "cut": cut, "grep": grep, "head": head, "tail": tail, "wc": wc, "sort": sort, "uniq": uniq,
    "tr": tr, "awk": awk, "gawk": awk, "mawk": awk,
    "egrep": lambda words, text: grep(["-E", *words], text),
    "fgrep": lambda words, text: grep(["-F", *words], text),
}  # fmt: skip
