"""Texts as nobody types them: real ones, bent. The same seed bends the same way."""

from __future__ import annotations

import random
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

CASES = Path(__file__).parents[1] / "cases"
EXTENSIONS = Path(__file__).parents[1] / "extensions"

# What has broken parsers: digits that are no ASCII digits, numbers past every width, characters
# that no text should hold, openings without an end.
WORDS = (
    "", "0", "-1", "²", "٣", "١٢", "Ⅷ", "9" * 25, "9" * 5000, "0x" + "f" * 40, "1e9", "0b1", "1_0",
    "/", "//", ":", "::", "-", "--", "!", "! !", ",", ",,", "*", "+", "~", "@", "%", "%eth0", "\\",
    "'", '"', "`", "$(x)", "${x}", "|", ";", "&&", "<", ">", "\0", "\x0b", "\x1b[31m", "\x85",
    "\u2028", "\u202e", "\ufeff", "\ud800", "\U0010ffff", "é", "e\u0301", "日本語",
    "[", "]", "{", "}", "[" * 300, "{" * 300, "(" * 300, "((((", "1.2.3", "1.2.3.4.5", "256.0.0.1",
    "0/0", "1.2.3.4/33", "1.2.3.4/-1", "1.2.3.4/1.2.3.4", ":::", "1::2::3", "fe80::1%", "[::1]:",
    "[::1]:99999", "::ffff:1.2.3.4", "-j", "-g", "-m", "-p", "-s", "-A", "--dport", "-", "=", "-c",
    "a" * 5000, "a," * 2000, "0-", "-0", "5-3", "0:0:0", "1/0", "0/0/0", "1/second/", "NaN", "inf",
    "quoting", "quoting last", "fragment 0-", "payload", "payload-hex f", "hex", "reply", "wait",
    "wait -1s", "wait 99999999999999999999d", "\t", "\r", "\r\n", "\n", "#", "# x", "COMMIT",
    "*filter", "*nat",
)  # fmt: skip

CHARACTERS = "\0\t\n \"'\\\x7f\xa0\u2028\uff11"
PACKET = "in eth0 udp 10.0.0.1:1 -> 10.0.0.2:2\n"


def seeds() -> Iterator[dict[str, str]]:
    """Scenarios to bend: the golden cases, and every line of the extensions' own cases."""
    for path in sorted(CASES.rglob("*.toml")):
        table = tomllib.loads(path.read_text())
        yield {name: str(table.get(name, "")) for name in ("rules", "host", "packets", "expect")}
    for path in sorted(EXTENSIONS.glob("*.t")):
        lines = [line.split(";")[0] for line in path.read_text().splitlines()]
        rules = "".join(f"iptables -A INPUT {line}\n" for line in lines if line[:1] in "-!")
        yield {
            "rules": rules,
            "host": "",
            "packets": "in eth0 udp 10.0.0.1:1 -> 10.0.0.2:2\n",
            "expect": "",
        }


def bent(text: str, chance: random.Random) -> str:
    """One to four changes: a word exchanged, put in, doubled, cut, moved, or spliced."""
    for _ in range(chance.choice((1, 1, 1, 2, 2, 4))):
        words = list(re.finditer(r"\S+", text))
        if not words:
            return chance.choice(WORDS)
        word = chance.choice(words)
        start, end = word.span()
        match chance.randrange(9):
            case 0:
                text = text[:start] + chance.choice(WORDS) + text[end:]
            case 1:
                text = text[:start] + chance.choice(WORDS) + " " + text[start:]
            case 2:
                at = chance.randint(start, end)
                text = text[:at] + chance.choice(WORDS) + text[at:]
            case 3:
                text = text[:start] + text[end:]
            case 4:
                other = chance.choice(words)
                text = text[:start] + other[0] + text[end:]
            case 5:
                at = chance.randint(start, end)
                text = text[:at]
            case 6:
                numbers = list(re.finditer(r"\d+", text))
                if numbers:
                    number = chance.choice(numbers)
                    text = text[: number.start()] + chance.choice(WORDS) + text[number.end() :]
            case 7:
                at = chance.randint(start, end - 1)
                text = (
                    text[:at]
                    + chr(chance.choice((0, 9, 10, 32, 34, 39, 92, 127, 160, 0x2028, 0xFF11)))
                    + text[at + 1 :]
                )
            case 8:
                lines = text.split("\n")
                lines.insert(chance.randrange(len(lines) + 1), chance.choice(lines))
                text = "\n".join(lines)
    return text
