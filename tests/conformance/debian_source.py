"""The iptables project's own extension tests, from Debian's source package.

GPL-2.0 text that never becomes part of the repository: it is fetched when the tests run and
kept under ``.cache``. Format: see the project's iptables-test.py; a ``:CHAIN,...`` line names
the chains, ``*table`` the table, then one ``arguments;print-back;verdict`` a line.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.conformance.oracle import Case

CACHE = Path(__file__).resolve().parents[2] / ".cache" / "iptables-source"
SOURCES = (
    "deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] "
    "http://deb.debian.org/debian bookworm main\n"
)


def extension_files() -> list[Path]:
    """The ``.t`` files, fetched if need be. Raises ``OSError`` when they cannot be had."""
    found = sorted(CACHE.glob("iptables-*/extensions/*.t"))
    if found:
        return found
    _fetch()
    found = sorted(CACHE.glob("iptables-*/extensions/*.t"))
    if not found:
        raise OSError("the source package of iptables holds no extensions/*.t")
    return found


def _fetch() -> None:
    """apt-get source, with lists and caches of our own so that the machine's stay as they are."""
    lists = CACHE / "apt" / "lists" / "partial"
    archives = CACHE / "apt" / "cache" / "archives" / "partial"
    for folder in (lists, archives):
        folder.mkdir(parents=True, exist_ok=True)
    (CACHE / "sources.list").write_text(SOURCES)
    options = {
        "Dir::Etc::SourceList": CACHE / "sources.list",
        "Dir::Etc::SourceParts": "/dev/null",
        "Dir::State::Lists": CACHE / "apt" / "lists",
        "Dir::Cache": CACHE / "apt" / "cache",
        "APT::Sandbox::User": "root",
    }
    words = [part for name, value in options.items() for part in ("-o", f"{name}={value}")]
    for command in (["update"], ["source", "--download-only", "iptables"]):
        try:
            subprocess.run(
                ["apt-get", "-qq", *words, *command],
                cwd=CACHE, check=True, capture_output=True, text=True, timeout=300,
            )  # fmt: skip
        except (subprocess.SubprocessError, FileNotFoundError) as error:
            raise OSError(f"apt-get source iptables: {error}") from error
    for archive in CACHE.glob("iptables_*.orig.tar.*"):
        subprocess.run(["tar", "xf", archive], cwd=CACHE, check=True)


@dataclass(frozen=True)
class Line:
    """One test line in one chain, for one family."""

    file: str
    number: int
    rule: str
    case: Case

    @property
    def is_native(self) -> bool:
        """Whether the project's own harness would run it for this family."""
        return self.case.family == 4 or not self.file.startswith("libxt_")


def lines() -> Iterator[Line]:
    """Every case for iptables and ip6tables, once for each chain that it names."""
    for path in extension_files():
        if path.stem.startswith(("libarpt_", "libebt_", "arptables", "ebtables")):
            continue
        for family in (6,) if path.stem.startswith("libip6t_") else (4,):
            yield from _of_file(path, family)
        if path.stem.startswith("libxt_"):
            yield from _of_file(path, 6)


def _of_file(path: Path, family: int) -> Iterator[Line]:
    chains, table = [], "filter"
    setup: list[str] = []
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        if line.startswith(":"):
            chains = line[1:].split(",")
        elif line.startswith("*"):
            table = line[1:]
        elif line[0] in "@%":
            setup.append(line[1:].strip())
        else:
            rule = line.split(";")[0]
            for chain in chains:
                text = f"*{table}\n-A {chain} {rule}\nCOMMIT\n"
                yield Line(path.name, number, rule, Case(text, family, setup="\n".join(setup)))
