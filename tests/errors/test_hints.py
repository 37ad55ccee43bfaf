"""No cure that is printed may fail: hints of all cases are followed to the letter."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sim.base.errors import Refused, SourceError
from sim.read.host.text import parse_host
from sim.read.packets.text import parse_packets
from sim.read.rules.ruleset import load_rules
from tests.errors.test_host_and_packets import DIVIDER, HOST

HERE = Path(__file__).parent
MEANT = re.compile(r'did you mean "?([^"?]+)"?\?')
PUT = re.compile(r'put "([^"]+)" in front')
WRITTEN = re.compile(r'write "([^"]+)"')


def of_rules(text: str) -> None:
    load_rules(text)


def of_host(text: str) -> None:
    parse_host(text)


def of_packets(text: str) -> None:
    parse_packets(text, parse_host(HOST))


READ: dict[str, Callable[[str], None]] = {
    "rules": of_rules, "host": of_host, "packets": of_packets,
}  # fmt: skip


def errors_of(kind: str, text: str) -> list[SourceError]:
    try:
        READ[kind](text)
    except Refused as refused:
        return list(refused.errors)
    return []


def cured(text: str, error: SourceError) -> str | None:
    """The text with the hint followed to the letter; ``None``: the hint is advice in words."""
    said = f"{error.message} ({error.hint})"
    lines = text.split("\n")
    line = lines[error.span.line - 1]
    start, end = error.span.column - 1, error.span.end_column - 1
    if (meant := MEANT.search(said)) is not None:
        seen = line[start:end]
        word = re.search(r'"([^"]+)"', error.message)
        if word is not None and word[1] in seen:
            seen = word[1]
        at = line.index(seen, start)
        line = line[:at] + meant[1] + line[at + len(seen) :]
    elif (put := PUT.search(said)) is not None:
        line = f"{put[1]} {line.lstrip()}"
    elif (written := WRITTEN.search(said)) is not None:
        line = line[:start] + written[1] + line[end:]
    else:
        return None
    lines[error.span.line - 1] = line
    return "\n".join(lines)


def hints() -> Iterator[object]:
    for kind in READ:
        for path in sorted((HERE / kind).glob("*.case")):
            text = path.read_text().partition(DIVIDER)[0]
            for number, error in enumerate(errors_of(kind, text)):
                if error.span.line == error.span.end_line and cured(text, error) is not None:
                    yield pytest.param(kind, text, error, id=f"{kind}-{path.stem}-{number}")


@pytest.mark.parametrize(("kind", "text", "error"), list(hints()))
def test_a_hint_that_is_followed_cures_its_error(kind: str, text: str, error: SourceError) -> None:
    """The error that it stood beside is gone, whatever else is wrong with the text."""
    again = cured(text, error)
    assert again is not None
    left = {(one.span.line, one.message) for one in errors_of(kind, again)}
    assert (error.span.line, error.message) not in left
    wrong = [one for one in errors_of(kind, again) if one.span.line == error.span.line]
    before = [one for one in errors_of(kind, text) if one.span.line == error.span.line]
    assert len(wrong) <= len(before)


def test_there_are_hints_to_follow() -> None:
    """The catalogue holds some for every text."""
    kinds = [one.values[0] for one in hints()]  # type: ignore[attr-defined]
    assert min(kinds.count(kind) for kind in READ) > 3


@pytest.mark.parametrize(
    ("first", "follows"),
    [
        ("iptables -A INPUT -s !192.0.2.0/24 -j DROP",
         "iptables -A INPUT ! -s 192.0.2.0/24 -j DROP"),
        ("iptables -A INPUT --dport 22 -j ACCEPT", "iptables -A INPUT -p tcp --dport 22 -j ACCEPT"),
        ("iptables -A INPUT -p tcp --dport 80,443 -j ACCEPT",
         "iptables -A INPUT -p tcp -m multiport --dports 80,443 -j ACCEPT"),
        ("iptables -A INPUT -p tcp --dports 80 -j ACCEPT",
         "iptables -A INPUT -p tcp -m multiport --dports 80 -j ACCEPT"),
        ("iptables -A INPUT -j MASQUERADE", "iptables -t nat -A POSTROUTING -j MASQUERADE"),
        ("-A INPUT -j DROP", "iptables -A INPUT -j DROP"),
        ("-A INPUT -j DROP", "*filter\n-A INPUT -j DROP\nCOMMIT"),
        ("iptables -A MINE -j DROP", "iptables -N MINE\niptables -A MINE -j DROP"),
    ],
)  # fmt: skip
def test_advice_in_words_works_as_well(first: str, follows: str) -> None:
    """What a person makes of it who does exactly that."""
    (error,) = errors_of("rules", first)
    assert error.hint or "multiport" in error.message
    assert errors_of("rules", follows) == []


@pytest.mark.parametrize(
    ("block", "is_about"),
    [("Chain INPUT (policy DROP)\ntarget prot opt source destination\nACCEPT tcp -- x y\n", "-L"),
     ("table ip x {\n chain y {\n ip saddr 1.2.3.4 drop\n }\n}\n", "nft"),
     ("ip protocol tcp accept\ntcp dport 22 accept\n", "nft")],
)  # fmt: skip
def test_a_foreign_block_is_one_message(block: str, is_about: str) -> None:
    """Not one a line; what stands behind it is read."""
    (error,) = errors_of("rules", f"iptables -A INPUT -j DROP\n{block}iptables -A INPUT -j DROP\n")
    assert is_about in error.message
    assert "sudo iptables-save" in error.hint
    assert len(errors_of("rules", f"{block}iptables -A INPUT -j ACEPT\n")) == 2
