"""What to say about a name that the tools do not know: what it may have been meant as."""

from __future__ import annotations

import re

from sim.extensions.matchers import MATCHES
from sim.extensions.targets import TARGETS
from sim.model.rules import STANDARD
from sim.read.wording import alike

_PORTS = ("--dport", "--sport", "--destination-port", "--source-port")


def unknown_match(name: str, family: int) -> tuple[str, str]:
    """Message and hint for a match that is not there."""
    other = 10 - family
    if (name, other) in MATCHES:
        return f"the match {name} exists only for IPv{other}", ""
    if (name, family) in TARGETS:
        return f"{name} is a target, not a match", f"use -j {name}"
    known = [n for (n, f), match in MATCHES.items() if f == family and not match.removed]
    return f"there is no match {name}", alike(name, known)


def unknown_target(name: str, family: int, chains: list[str], *, goto: bool) -> tuple[str, str]:
    """Message and hint for ``-j`` or ``-g`` something that is neither chain nor target."""
    if goto:
        known = name in STANDARD or (name, family) in TARGETS
        what = "a target" if known else "not a chain of this table"
        return f"-g goes to a chain, and {name} is {what}", f"use -j {name}" if known else ""
    other = 10 - family
    if (name, other) in TARGETS:
        return f"the target {name} exists only for IPv{other}", ""
    if (name, family) in MATCHES:
        return f"{name} is a match, not a target", f"use -m {name}"
    targets = [n for (n, f), target in TARGETS.items() if f == family and not target.removed]
    hint = alike(name, [*chains, *targets, *STANDARD])
    if not hint:
        hint = f"make the chain before the first jump to it: `:{name} - [0:0]` or `-N {name}`"
    return f"there is no chain and no target {name}", hint


def unknown_option(
    name: str, family: int, loaded: tuple[str, ...], protocol: str, candidates: tuple[str, ...]
) -> tuple[str, str]:
    """Message and hint for an option that nothing on the line has."""
    begun = [candidate for candidate in candidates if candidate.startswith(name)]
    if len(begun) > 1 and name.startswith("--"):
        return f"{name} can mean {' or '.join(begun)}", "write it out"
    owners = _owners(name, family)
    message = f"nothing on this line has the option {name}"
    if name in _PORTS and not protocol:
        return message, "ports need a protocol before them on the line: -p tcp or -p udp"
    if owners and not set(owners) & set(loaded):
        shown = " or ".join(owners[:4])
        return message, f"it belongs to {shown}, which must be named before it"
    foreign = _owners(name, 10 - family)
    if foreign and not owners:
        return message, f"it belongs to {foreign[0]}, which exists only for IPv{10 - family}"
    if candidates:
        return message, f"did you mean {' or '.join(candidates)}?"
    return message, ""


def _owners(name: str, family: int) -> list[str]:
    matches = [
        f"-m {match.name}"
        for (shown, version), match in MATCHES.items()
        if version == family and shown == match.name
        and any(name in (option.flag, *option.aliases) for option in match.options)
    ]  # fmt: skip
    targets = [
        f"-j {target.name}"
        for (shown, version), target in TARGETS.items()
        if version == family and shown == target.name
        and any(name in (option.flag, *option.aliases) for option in target.options)
    ]  # fmt: skip
    return matches + targets


_TYPOGRAPHY = re.compile("[\u00a0\u2007\u2010-\u201f\u202f\u2212\u200b]")


def stray_word(texts: list[str], at: int) -> tuple[str, str]:
    """Message and hint for a word that is no option and no option's value."""
    word = texts[at]
    message = f'"{word.strip()}" belongs to no option'
    if _TYPOGRAPHY.search(word):
        return message, "a long dash, a curly quote or a fixed blank from a web page: retype it"
    if word.endswith("\r"):
        return message, "the line ends in a carriage return: save the text with Unix line ends"
    if at and texts[at - 1] == "!":
        return message, "`!` stands before the option: `! -s 10.0.0.1`"
    if word[:1] == "#":
        return message, "a remark needs a line of its own"
    if word == "\\":
        return message, "lines of a dump cannot be continued: join them"
    if word.upper() == "COMMIT":
        return message, "COMMIT stands alone and in capitals at the line's very start"
    if word.startswith(("*", ":")):
        return message, f"`{word[0]}` must stand at the line's very start"
    if word.rpartition("/")[2] in ("iptables", "ip6tables", "sudo"):
        return message, "inside a dump a line begins with the command: -A ..."
    if any(text.startswith(("'", "`")) for text in texts[: at + 1]):
        return message, "only double quotes group words in a dump"
    return message, ""
