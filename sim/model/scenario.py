"""A scenario: three texts and a little metadata, and its compiled form.

The TOML file is the documented form; JSON has the same keys.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from sim.base.backends import backend_of, frames_backend_of
from sim.base.errors import Refused, SourceError, Span
from sim.base.frozen import dataclass
from sim.base.toml import read_toml
from sim.model.host import Host
from sim.model.rules import Rules
from sim.packet.script import Script

MOST_SEED = (1 << 64) - 1

_HALF_CHARACTER = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Scenario:
    """What a person typed. ``seed`` feeds every choice that the kernel makes at random."""

    title: str = ""
    description: str = ""
    rules: str = ""
    host: str = ""
    packets: str = ""
    expect: str = ""
    seed: int = 0

    @classmethod
    def from_toml(cls, text: str) -> Scenario:
        """Read a scenario file. Raises ``Refused`` with places in that file."""
        text = text.removeprefix("\ufeff")  # what Windows' editors begin a file with
        try:
            table = read_toml(text)
        except tomllib.TOMLDecodeError as error:
            raise Refused([_toml_error(error, text)]) from None
        except ValueError as error:
            raise Refused([_scenario_error(f"the file: {error}")]) from None
        return cls.from_json(table)

    @classmethod
    def from_json(cls, table: Mapping[str, object]) -> Scenario:
        """From an object with the keys of the TOML file. Raises ``Refused``."""
        known = {field.name: field.type for field in fields(cls)}
        errors = []
        for key, value in table.items():
            if key not in known:
                wanted = ", ".join(known)
                errors.append(_scenario_error(f'"{key}" is no part of a scenario: {wanted}'))
            elif key == "seed":
                if isinstance(value, bool) or not isinstance(value, int):
                    errors.append(_scenario_error("seed must be a whole number"))
                elif not -MOST_SEED <= value <= MOST_SEED:
                    errors.append(_scenario_error("seed must be a number of at most 64 bits"))
            elif not isinstance(value, str):
                errors.append(_scenario_error(f"{key} must be text"))
            elif not value.isascii() and _HALF_CHARACTER.search(value):
                errors.append(_scenario_error(f"{key} holds half a character: it is no Unicode"))
        if errors:
            raise Refused(errors)
        return cls(**dict(table))  # type: ignore[arg-type]

    def as_json(self) -> dict[str, Any]:
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def to_toml(self) -> str:
        """The scenario as a file; ``from_toml`` gives back an equal one."""
        lines = []
        for field in fields(self):
            value = getattr(self, field.name)
            if value or field.name == "rules":
                written = str(value) if isinstance(value, int) else toml_string(value)
                lines.append(f"{field.name} = {written}\n")
        return "".join(lines)


@dataclass(frozen=True, slots=True)
class Compiled:
    """Ready to run, as often as wanted: immutable and apart from any run's state."""

    scenario: Scenario
    rules: Rules
    host: Host
    script: Script

    @property
    def backend(self) -> str:
        """Which iptables loaded the rules, ``legacy`` or ``nft``: as the host text says, else as
        the dump's own first line does."""
        if self.rules.ipv4.has_both or self.rules.ipv6.has_both:
            return "legacy"  # those of iptables-nft say so by their names
        return self.host.backend or backend_of(self.scenario.rules)

    @property
    def frames_backend(self) -> str:
        """Which ebtables loaded them: as the host text says, or the dump, else as of iptables."""
        said = self.host.frames_backend or frames_backend_of(self.scenario.rules)
        return said or self.backend


def _scenario_error(message: str) -> SourceError:
    return SourceError(message, Span(1, 1, 1, 2), where="scenario")


def _toml_error(error: tomllib.TOMLDecodeError, text: str) -> SourceError:
    message = str(error)
    place = re.search(r" \(at line (\d+), column (\d+)\)$", message)
    if place:
        line, column = int(place[1]), int(place[2])
        message = message[: place.start()]
    else:  # "(at end of document)"
        line, column = text.count("\n") + 1, len(text) - text.rfind("\n")
    message = message[:1].lower() + message[1:]
    return SourceError(message, Span(line, column, line, column + 1), where="scenario")


_ESCAPED = {"\\": "\\\\", '"': '\\"', "\t": "\\t", "\r": "\\r", "\n": "\\n"}


def toml_string(text: str) -> str:
    """A TOML string: one line plain, more lines literal where that is possible."""
    plain = not any((ord(char) < 32 and char not in "\n\t") or ord(char) == 127 for char in text)
    if plain and "\n" in text and "'''" not in text and not text.endswith("'"):
        return f"'''\n{text}'''"
    escaped = "".join(
        _ESCAPED.get(char) or (f"\\u{ord(char):04x}" if ord(char) < 32 or char == "\x7f" else char)
        for char in text
    )
    return f'"{escaped}"'
