"""Which program a typed command line calls, and what to say of one that is not iptables."""

from __future__ import annotations

import re
from difflib import get_close_matches

from sim.base.errors import SourceError
from sim.model.rules import ARP, BRIDGE
from sim.read.statements import HOST_PROGRAMS, StatementWords
from sim.read.wording import listed

_PROGRAM = re.compile(r"(ip|ip6|eb|arp)tables(?:-legacy|-nft)?\Z")
_CHANGE_RULES = ("iptables", "ip6tables", "ebtables", "arptables")
_FAMILIES = {"ip": 4, "ip6": 6, "eb": BRIDGE, "arp": ARP}
_SAVE = re.compile(r"(?:ip6?|eb|arp)tables(?:-legacy|-nft)?-save\Z")
_RESTORE = re.compile(r"(?:ip6?|eb|arp)tables(?:-legacy|-nft)?-restore\Z")
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*\+?=")
_KEYWORDS = frozenset(
    {"if", "then", "else", "elif", "fi", "for", "do", "done", "while", "until", "case", "esac",
     "in", "function", "select", "time", "{", "}", "[", "[[", "!", "test", "export", "local",
     "declare", "readonly", "set", "unset", "source", ".", "exit", "return", "eval", "exec",
     "trap", "shift"}
)  # fmt: skip


def split_program(words: StatementWords) -> tuple[int, int] | None:
    """The family of the command and the number of its first argument.

    ``None``: a command that changes no rules (iptables-save). Raises ``SourceError`` for what
    is not iptables.
    """
    at, texts = _behind_sudo(words), words.texts
    if at >= len(texts):
        raise SourceError("sudo runs nothing here", words.span(0))
    name = texts[at].rpartition("/")[2]
    found = None if _ASSIGNMENT.match(texts[at]) else _PROGRAM.match(name)
    if found:
        return _FAMILIES[found[1]], at + 1
    if _SAVE.match(name):
        return None
    message, hint = _refused(words, at, name)
    raise SourceError(message, words.span(at), hint=hint)


def _behind_sudo(words: StatementWords) -> int:
    texts = words.texts
    if texts[0].rpartition("/")[2] not in ("sudo", "doas"):
        return 0
    at = 1
    while at < len(texts) and texts[at].startswith("-"):
        at += 2 if texts[at] in ("-u", "-g", "-U", "-h", "-p", "-C") else 1
    return at


def _refused(words: StatementWords, at: int, name: str) -> tuple[str, str]:
    """Message and hint for a line that calls something else."""
    word = words.texts[at]
    if _ASSIGNMENT.match(word):
        return "a shell variable is set: no shell runs this", "write its value into the commands"
    if word in _KEYWORDS or word.startswith("(("):
        return (
            f"`{word}` is for a shell, and only plain commands can be read here",
            "write out the commands that the shell would run, or paste what iptables-save prints",
        )
    if _RESTORE.match(name):
        return f"{name} reads a dump that is not here", "paste the dump in the place of this line"
    if word.startswith("-"):
        return (
            f"this rule isn't inside a table: {word}",
            "put `iptables` before it, or `*filter` above and `COMMIT` below",
        )
    if word.startswith(("*", ":", "[")):
        if words.places[at][0]:
            return f"`{word}` must stand at the line's very start", "delete the blanks before it"
        return f"`{word}` stands outside a table", "a table begins with *filter or so"
    if word.upper() == "COMMIT":
        return "COMMIT without a table before it", "a table begins with *filter or so"
    if name in HOST_PROGRAMS:
        return f"{name} says something about the host", "put this line into the host text"
    alike = get_close_matches(name, _CHANGE_RULES, 1, 0.75)
    hint = f"did you mean {alike[0]}?" if alike else f"only {listed(_CHANGE_RULES)} change rules"
    return f"the command {word} is not known here", hint
