"""What others wrote and we run: pinned, with hashes, under licences that fit, without known holes.

``pyproject.toml`` says what we ask for; the locks say all that is installed for it. A lock is
made by uv for every platform and Python from 3.11 on.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
PROJECT = ROOT / "pyproject.toml"
# The extra of pyproject.toml that a lock is for; "" is what runs.
LOCKS = {
    "": ROOT / "requirements.txt",
    "test": ROOT / "tests" / "requirements.txt",
    "fuzz": ROOT / "tests" / "fuzz" / "requirements.txt",
    "dask": ROOT / "playground" / "deploy" / "dask-requirements.txt",
}
_PIN = re.compile(
    r"^(?P<name>[\w.-]+)==(?P<version>[^\s;]+)(?: ; (?P<marker>[^\\]+?))? \\\n"
    r"(?P<hashes>(?: +--hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)",
    re.M,
)
# In metadata the same licence has many names; one of these words must be in it.
FREE = ("MIT", "BSD", "Apache", "PSF", "Python Software Foundation", "ISC", "HPND", "MPL", "0BSD",
        "Unlicense", "Zlib", "CC0")  # fmt: skip
COPYLEFT = re.compile(r"\bA?GPL|General Public|Affero", re.I)
# Used as it is, never changed or shipped: the LGPL asks no more of us than to say so.
LESSER = {"psycopg", "psycopg-binary", "psycopg-pool"}


@dataclass(frozen=True, slots=True)
class Pin:
    """A line of a lock. ``marker``: where it is installed at all."""

    name: str
    version: str
    marker: str
    hashes: int

    @property
    def is_for_us(self) -> bool:
        return not self.marker or Marker(self.marker).evaluate()


def pins(path: Path) -> dict[str, Pin]:
    """What a lock holds. Raises ``ValueError`` for a line that is no pin with hashes."""
    text = path.read_text()
    found = {}
    for match in _PIN.finditer(text):
        name = canonicalize_name(match["name"])
        count = match["hashes"].count("sha256:")
        found[name] = Pin(name, match["version"], (match["marker"] or "").strip(), count)
    rest = [line for line in _PIN.sub("", text).splitlines() if line.split("#")[0].strip()]
    if rest:
        raise ValueError(f"{path.name}: not pinned with hashes: {rest[0]}")
    return found


def asked(extra: str) -> list[Requirement]:
    """What ``pyproject.toml`` asks for, with an extra what runs besides."""
    project = tomllib.loads(PROJECT.read_text())["project"]
    more = project["optional-dependencies"][extra] if extra else []
    return [Requirement(text) for text in [*project["dependencies"], *more]]


def unlocked(extra: str) -> Iterator[str]:
    """What a lock lacks: of what we ask for, and of what that needs here in turn."""
    held = pins(LOCKS[extra])
    for wanted in asked(extra):
        pin = held.get(canonicalize_name(wanted.name))
        if pin is None or f"=={pin.version}" != str(wanted.specifier):
            yield f"{wanted} is not in {LOCKS[extra].name}: run python -m tests.supply --lock"
    may_lack = {"atheris", *pins(LOCKS["dask"])} - {*pins(LOCKS[""])}
    here = {canonicalize_name(one.name) for one in metadata.distributions()}
    for pin in held.values():
        if pin.is_for_us and (pin.name in here or pin.name not in may_lack):
            yield from (f"{pin.name} needs {name}" for name in _needs(pin) if name not in held)


def _needs(pin: Pin) -> Iterator[str]:
    for text in metadata.requires(pin.name) or ():
        wanted = Requirement(text)
        if wanted.marker is None or wanted.marker.evaluate({"extra": ""}):
            yield canonicalize_name(wanted.name)


def licence_of(name: str) -> str:
    """As its metadata has it: the expression, the field, or the classifiers."""
    about = metadata.metadata(name)
    classified = [one.rpartition(" :: ")[2] for one in about.get_all("Classifier") or ()
                  if one.startswith("License ::")]  # fmt: skip
    long = str(about.get("License") or "").strip().partition("\n")[0]
    return str(about.get("License-Expression") or "") or ", ".join(classified) or long


def unfit(name: str, licence: str) -> str:
    """Why a licence does not fit what runs; "" if it does."""
    if "Lesser" in licence or "LGPL" in licence:
        return "" if name in LESSER else f"{name}: {licence}: decide on it, and name it in LESSER"
    if COPYLEFT.search(licence):
        return f"{name}: {licence}: it may not run with an MIT project"
    if not any(word in licence for word in FREE):
        return f"{name}: {licence or 'no licence told'}: nobody has decided on it"
    return ""


def unfit_ones() -> list[str]:
    """Of all that runs here."""
    running = [pin.name for pin in pins(LOCKS[""]).values() if pin.is_for_us]
    return [why for name in running if (why := unfit(name, licence_of(name)))]


def lock(extra: str) -> None:
    """Make a lock anew from ``pyproject.toml``; what it need not change it keeps."""
    more = ["--extra", extra, "--constraint", str(LOCKS[""])] if extra else []
    LOCKS[extra].parent.mkdir(exist_ok=True)
    subprocess.run(
        [sys.executable, "-m", "uv", "pip", "compile", "--quiet", "--no-config", "--universal",
         "--python-version", "3.11", "--generate-hashes",
         "--custom-compile-command", "python -m tests.supply --lock",
         "--annotation-style", "line", *more, "pyproject.toml",
         "-o", str(LOCKS[extra].relative_to(ROOT))],
        cwd=ROOT, check=True,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Audit:
    """What pip-audit learnt: holes by package, and how many it could ask nobody about."""

    holes: tuple[str, ...]
    unasked: int


def audit(extra: str) -> Audit:
    """Ask for known vulnerabilities of what a lock holds."""
    done = subprocess.run(
        [sys.executable, "-m", "pip_audit", "--disable-pip", "--require-hashes",
         "--progress-spinner", "off", "--format", "json", "-r", str(LOCKS[extra])],
        cwd=ROOT, capture_output=True, text=True,
    )  # fmt: skip
    return audited(done.stdout, len(pins(LOCKS[extra])))


def audited(said: str, count: int) -> Audit:
    """Its JSON, read. Nothing at all: it reached nobody, for none of ``count`` packages."""
    try:
        told = json.loads(said)["dependencies"]
    except ValueError:
        return Audit((), count)
    found = [
        f"{one['name']} {one['version']}: {hole['id']}, fixed in {', '.join(hole['fix_versions'])}"
        for one in told
        for hole in one.get("vulns", ())
    ]
    return Audit(tuple(found), sum("skip_reason" in one for one in told))
