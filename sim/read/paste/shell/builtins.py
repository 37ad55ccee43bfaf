"""What the shell does itself, and small programs that only print or only test."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable

from sim.read.paste.shell import filters, regular
from sim.read.paste.shell.expand import ansi
from sim.read.paste.shell.parameters import Ends
from sim.read.paste.shell.run import Program, Return, Shell
from sim.read.paste.shell.running import NotTold
from sim.read.paste.shell.sed import sed
from sim.read.paste.shell.syntax import parse
from sim.read.paste.shell.unknown import unknown, unknowns
from sim.read.paste.shell.words import assignment

_ASSIGNED = re.compile(r"[A-Za-z_]\w*(\[[^\]]*\])?\+?=")


def _echo(shell: Shell, words: list[str]) -> int:
    rest, ends, escapes = words[1:], "\n", False
    while rest and re.fullmatch(r"-[neE]+", rest[0]):
        letters = rest.pop(0)
        ends = "" if "n" in letters else ends
        escapes = "e" in letters or escapes
    text = " ".join(rest)
    shell.print((ansi(text) if escapes else text) + ends)
    return 0


_FORMAT = re.compile(r"%(%|[-+ 0#]*\d*(?:\.\d+)?[sdiuxXobqc])")


def _printf(shell: Shell, words: list[str]) -> int:
    rest = words[1:]
    name = ""
    if rest[:1] == ["-v"]:
        name, rest = rest[1] if len(rest) > 1 else "", rest[2:]
    if rest[:1] == ["--"]:
        rest = rest[1:]
    if not rest:
        return 2
    form, values, out = ansi(rest[0]), rest[1:], []
    while True:
        used = len(values)
        out.append(_FORMAT.sub(lambda found: _formatted(found[1], values), form))
        if not values or len(values) == used:
            break
    if name:
        shell.parameters.set(name, "".join(out))
    else:
        shell.print("".join(out))
    return 0


def _formatted(said: str, values: list[str]) -> str:
    if said == "%":
        return "%"
    value = values.pop(0) if values else ""
    kind = said[-1]
    if unknowns(value):
        return value
    if kind == "q":
        return shlex.quote(value)
    if kind == "b":
        return ansi(value)
    if kind == "c":
        return value[:1]
    width = re.fullmatch(r"[-+ 0#]*(\d*)(?:\.(\d+))?.", said)
    if width is None or int(width[1] or 0) > 1000:
        return value
    if kind == "s":
        return f"%{said}" % value
    try:
        return f"%{said[:-1]}{'d' if kind in 'iu' else kind}" % int(value or "0", 0)
    except ValueError:
        return "0"


def _colon(shell: Shell, words: list[str]) -> int:
    return 0


def _false(shell: Shell, words: list[str]) -> int:
    return 1


def _exit(shell: Shell, words: list[str]) -> int:
    status = words[1] if len(words) > 1 else str(shell.parameters.status)
    raise Ends(int(status) & 255 if status.isdigit() else 2)


def _return(shell: Shell, words: list[str]) -> int:
    status = words[1] if len(words) > 1 else str(shell.parameters.status)
    raise Return(int(status) & 255 if status.isdigit() else 1)


def _levels(words: list[str]) -> int:
    return int(words[1]) if len(words) > 1 and words[1].isdigit() and words[1] != "0" else 1


def _break(shell: Shell, words: list[str]) -> int:
    if shell.loops:
        shell.leave_loops(_levels(words), goes_on=False)
    return 0


def _continue(shell: Shell, words: list[str]) -> int:
    if shell.loops:
        shell.leave_loops(_levels(words), goes_on=True)
    return 0


def _shift(shell: Shell, words: list[str]) -> int:
    count = int(words[1]) if len(words) > 1 and words[1].isdigit() else 1
    if not shell.parameters.in_function:
        shell.parameters.asked_arguments = True
    if count > len(shell.parameters.arguments):
        return 1
    del shell.parameters.arguments[:count]
    return 0


def _set(shell: Shell, words: list[str]) -> int:
    at = 1
    while at < len(words) and re.match(r"[-+][A-Za-z]", words[at]):
        on, letters = words[at][0] == "-", words[at][1:]
        at += 1
        if letters.endswith("o") and at < len(words):
            option = words[at]
            at += 1
            letters = letters[:-1] + {"errexit": "e", "nounset": "u"}.get(option, "")
        if "e" in letters:
            shell.exits = on
        if "u" in letters:
            shell.parameters.strict = on
    if at < len(words) and words[at] == "--":
        shell.parameters.arguments = words[at + 1 :]
    elif at < len(words) and not words[at].startswith(("-", "+")):
        shell.parameters.arguments = words[at:]
    return 0


def _assign(shell: Shell, words: list[str], put: Callable[[str, str | list[str]], None]) -> int:
    """``NAME=value`` words of export and its like, which were expanded already."""
    for word in words:
        if _ASSIGNED.match(word):
            made = assignment(word)
            if made.items is not None:
                put(made.name, [v for item in made.items for v in shell.fields(item)])
            else:
                put(made.name, made.word)
    return 0


def _export(shell: Shell, words: list[str]) -> int:
    return _assign(shell, words[1:], shell.parameters.set)


_KEYED = re.compile(r"\[(?P<key>[^\]]*)\]=(?P<value>.*)", re.DOTALL)


def _declare_keyed(shell: Shell, words: list[str]) -> int:
    """``declare -A NAME=([KEY]=value …)``."""
    for word in words:
        name = re.split(r"\+?=", word, maxsplit=1)[0]
        keys, values = [], []
        items = assignment(word).items if _ASSIGNED.match(word) else None
        for item in items or ():
            found = _KEYED.fullmatch(item)
            if found is not None:
                keys.append(shell.one(found["key"]))
                values.append(shell.one(found["value"]))
        shell.parameters.keys[name] = keys
        shell.parameters.set(name, values)
    return 0


def _declare(shell: Shell, words: list[str]) -> int:
    if any(re.match(r"-\w*A", word) for word in words[1:3]):
        return _declare_keyed(shell, [word for word in words[1:] if word[:1] not in "-+"])
    rest = [word for word in words[1:] if not re.match(r"[-+]\w", word)]
    put = shell.parameters.local if shell.parameters.scopes else shell.parameters.set
    _assign(shell, rest, put)
    for word in rest:
        if not _ASSIGNED.match(word) and word.isidentifier() and shell.parameters.scopes:
            shell.parameters.local(word, None)
    return 0


def _unset(shell: Shell, words: list[str]) -> int:
    for word in words[1:]:
        shell.parameters.variables.pop(word, None)
        shell.functions.pop(word, None)
    return 0


def _test(shell: Shell, words: list[str]) -> int:
    rest = words[1:]
    if words[0] == "[" and rest and rest[-1] == "]":
        rest = rest[:-1]
    return shell.test(rest)


def _let(shell: Shell, words: list[str]) -> int:
    value = "0"
    for word in words[1:]:
        value = shell.parameters.sum(word)
    return int(value == "0")


def _source(shell: Shell, words: list[str]) -> int:
    if len(words) < 2:
        return 2
    text = shell.files.read(words[1])
    if text is None:
        return 1
    return _run_other(shell, text)


def _run_other(shell: Shell, text: str) -> int:
    """Other text in this very shell; line numbers stay those of the line that runs it."""
    with shell.deeper():
        return shell.run(parse(text.replace("\r", ""), shell.line))


def _eval(shell: Shell, words: list[str]) -> int:
    text = " ".join(words[1:])
    if unknowns(text):
        shell.note(f"eval of what is not known: {text}")
        return 0
    return _run_other(shell, text)


def _inner(shell: Shell, words: list[str]) -> int:
    """``sh -c TEXT``, ``bash FILE``, ``bash`` reading its input."""
    rest = words[1:]
    while rest and rest[0].startswith("-"):
        option = rest.pop(0)
        if option.endswith("c") and rest:
            kept = shell.parameters.arguments
            shell.parameters.arguments = rest[2:]
            try:
                return _run_other(shell, rest[0])
            finally:
                shell.parameters.arguments = kept
    text = shell.files.read(rest[0]) if rest else shell.input.rest()
    return 127 if text is None else _run_other(shell, text)


def _read(shell: Shell, words: list[str]) -> int:
    rest, array, prompt = words[1:], "", ""
    while rest and rest[0].startswith("-") and len(rest[0]) > 1:
        option = rest.pop(0)
        if option[-1] in "ptnNdui" and rest:
            prompt = rest.pop(0) if option[-1] == "p" else (rest.pop(0), prompt)[1]
        elif option.endswith("a") and rest:
            array = rest.pop(0)
    names = rest or ["REPLY"]
    if shell.input.text is None:
        return _typed_in(shell, names, prompt)
    line = shell.input.line()
    if line is None:
        for name in names:
            shell.parameters.set(name, "")
        return 1
    separators = shell.parameters.separators
    if array:
        shell.parameters.set(array, _split(line, separators, None))
        return 0
    parts = _split(line, separators, len(names))
    for number, name in enumerate(names):
        shell.parameters.set(name, parts[number] if number < len(parts) else "")
    return 0


def _readarray(shell: Shell, words: list[str]) -> int:
    """``readarray -t NAME``: the lines of the input as an array."""
    rest, keeps = words[1:], True
    while rest and rest[0].startswith("-") and len(rest[0]) > 1:
        option = rest.pop(0)
        keeps = keeps and "t" not in option
        if option[-1] in "dnOsuCc" and rest:
            rest.pop(0)
    if shell.input.text is None:
        raise NotTold
    text = shell.input.rest()
    lines = text.removesuffix("\n").split("\n") if text else []
    ends = "\n" if keeps else ""
    shell.parameters.set(rest[0] if rest else "MAPFILE", [f"{line}{ends}" for line in lines])
    return 0


def _alias(shell: Shell, words: list[str]) -> int:
    """Aliases count in a terminal and where the script's shell is not bash."""
    for word in words[1:]:
        name, equals, value = word.partition("=")
        if equals and name:
            shell.aliases[name] = value
    return 0


def _split(line: str, separators: str, most: int | None) -> list[str]:
    """Fields of a line as ``read`` makes them; the last takes what is left."""
    blanks = "".join(char for char in separators if char in " \t\n")
    line = line.strip(blanks) if blanks else line
    parts: list[str] = []
    while line and (most is None or len(parts) < most - 1):
        at = next((n for n, char in enumerate(line) if char in separators), len(line))
        parts.append(line[:at])
        rest = line[at:]
        line = rest[1:].lstrip(blanks) if rest and rest[0] not in blanks else rest.lstrip(blanks)
        if (
            blanks
            and line[:1]
            and line[0] in separators
            and line[0] not in blanks
            and rest[0] in blanks
        ):
            line = line[1:].lstrip(blanks)
    if line and most is not None:
        parts.append(line)
    return parts


def _typed_in(shell: Shell, names: list[str], prompt: str) -> int:
    """Somebody would type it: a question."""
    for name in names:
        what = f" ({prompt.strip()})" if prompt else ""
        said = f"What is typed for {name}{what} (line {shell.line})?"
        answer = shell.desk.ask(name, said, ("",))
        value = unknown(name) if answer is None else "" if answer == "false" else answer
        shell.parameters.set(name, value)
    return 0


def _getopts(shell: Shell, words: list[str]) -> int:
    """POSIX getopts: OPTIND is the next word; where in a word of several letters: ``_OPT``."""
    if len(words) < 3:
        return 2
    wanted, name = words[1], words[2]
    values = words[3:] or shell.parameters.arguments
    if not shell.parameters.in_function:
        shell.parameters.asked_arguments = True
    get = shell.parameters.peek
    index, inside = int(get("OPTIND")[0] or "1"), int(get("_OPTAT")[0] or "1")
    word = values[index - 1] if index <= len(values) else ""
    if not word.startswith("-") or word in ("-", ""):
        return _opted(shell, name, "?", "", index, 1) or 1
    if word == "--":
        return _opted(shell, name, "?", "", index + 1, 1) or 1
    letter = word[inside : inside + 1]
    at = wanted.lstrip(":").find(letter)
    ends = inside + 1 >= len(word)
    following = (index + 1, 1) if ends else (index, inside + 1)
    if at < 0 or letter == ":":
        silent = wanted.startswith(":")
        return _opted(shell, name, "?", letter if silent else "", *following)
    if wanted.lstrip(":")[at + 1 : at + 2] != ":":
        return _opted(shell, name, letter, "", *following)
    if not ends:
        return _opted(shell, name, letter, word[inside + 1 :], index + 1, 1)
    if index < len(values):
        return _opted(shell, name, letter, values[index], index + 2, 1)
    missing = ":" if wanted.startswith(":") else "?"
    return _opted(shell, name, missing, letter, index + 1, 1)


def _opted(shell: Shell, name: str, letter: str, value: str, index: int, inside: int) -> int:
    for key, text in ((name, letter), ("OPTARG", value), ("OPTIND", str(index)),
                      ("_OPTAT", str(inside))):  # fmt: skip
        shell.parameters.set(key, text)
    return 0


def _cat(shell: Shell, words: list[str]) -> int:
    paths = [word for word in words[1:] if not word.startswith("-") or word == "-"]
    if not paths:
        shell.print(shell.input.rest() if shell.input.text is not None else "")
        return 0
    status = 0
    for path in paths:
        text = shell.input.rest() if path == "-" else shell.files.read(path)
        if text is None:
            status = 1
        else:
            shell.print(text)
    return status


def _tee(shell: Shell, words: list[str]) -> int:
    text = shell.input.rest()
    status = 0
    for path in words[1:]:
        if not path.startswith("-"):
            status = shell.files.write(path, text, adds="-a" in words) or status
    shell.print(text)
    return status


def filtered(shell: Shell, words: list[str]) -> int:
    """A program that turns text into text; its input is a pipe or the files it names."""
    name = words[0].rpartition("/")[2]
    rest = words[1:]
    if any(unknowns(word) for word in rest):
        raise NotTold
    text: str | None = None
    paths = _paths(name, rest)
    if name == "sed" and any(re.match(r"-[nEr]*i|--in-place", word) for word in rest):
        if not any(path in shell.desk.files for path in paths):
            return 0  # what it changes is nowhere read
        raise NotTold
    if paths:
        texts = [shell.files.read(path) for path in paths]
        if all(one is None for one in texts):
            return 2
        text = "".join(one or "" for one in texts)
        rest = rest[: len(rest) - len(paths)]
    elif shell.input.text is not None:
        text = shell.input.rest()
    if text is None:
        raise NotTold
    asked = unknowns(text)
    if asked:  # what is cut out of it is known when it is
        shell.print("".join(map(unknown, dict.fromkeys(asked))))
        return 0
    try:
        made = sed(rest, text) if name == "sed" else filters.FILTERS[name](rest, text)
    except (filters.NotModelled, regular.BadExpression):
        raise NotTold from None
    shell.print(made[0])
    return made[1]


def _paths(name: str, rest: list[str]) -> list[str]:
    """The files that a filter's words end in."""
    program = {"grep": 1, "egrep": 1, "fgrep": 1, "sed": 1, "awk": 1, "gawk": 1, "mawk": 1,
               "tr": 9}.get(name, 0)  # fmt: skip
    if "-e" in rest:
        program = 0
    valued = {"cut": "dfc", "head": "n", "tail": "n", "grep": "em", "sed": "e", "awk": "Fv",
              "sort": "kt"}.get(name, "")  # fmt: skip
    plain, at = [], 0
    while at < len(rest):
        word = rest[at]
        if word.startswith("-") and len(word) > 1:
            at += 2 if len(word) == 2 and word[1] in valued else 1
            continue
        plain.append(word)
        at += 1
    return plain[program:]


def _xargs(shell: Shell, words: list[str]) -> int:
    """``xargs COMMAND``: with all of the input, or ``-n 1``/``-I X`` a line at a time."""
    rest, one, mark = words[1:], False, ""
    while rest and rest[0].startswith("-"):
        option = rest.pop(0)
        if option in ("-n", "-I", "-L") and rest:
            value = rest.pop(0)
            one, mark = True, value if option == "-I" else mark
        elif option.startswith("-I"):
            one, mark = True, option[2:]
        elif option not in ("-r", "-t"):
            one = one or option == "-n1"
    items = shell.input.rest().split("\n" if mark else None)
    items = [item.strip() for item in items if item.strip()]
    groups = [[item] for item in items] if one else [items]
    status = 0
    for group in groups if items else []:
        call = [word.replace(mark, group[0]) for word in rest] if mark else [*rest, *group]
        status = shell.call(call) or status
    return status


BUILTINS: dict[str, Program] = {
    "echo": _echo, "printf": _printf, ":": _colon, "true": _colon, "false": _false,
    "exit": _exit, "return": _return, "break": _break, "continue": _continue, "shift": _shift,
    "set": _set, "export": _export, "readonly": _export, "local": _declare, "declare": _declare,
    "typeset": _declare, "unset": _unset, "test": _test, "[": _test, "let": _let,
    ".": _source, "source": _source, "eval": _eval, "sh": _inner, "bash": _inner,
    "dash": _inner, "ash": _inner, "read": _read, "getopts": _getopts, "cat": _cat, "tee": _tee,
    "trap": _colon, "shopt": _colon, "alias": _alias, "umask": _colon, "ulimit": _colon,
    "wait": _colon, "readarray": _readarray, "mapfile": _readarray,
    "hash": _colon, "xargs": _xargs, "sed": filtered,
    **dict.fromkeys(filters.FILTERS, filtered),
}  # fmt: skip
