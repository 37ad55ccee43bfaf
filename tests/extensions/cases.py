"""Cases of extensions as one-line files: ``arguments;what is printed back;OK or FAIL``.

``=`` stands for "printed back as typed". Lines that set the scene and hold until the next one
of their kind: ``:CHAIN[,CHAIN]``, ``*table``, ``%family 6``, ``@create SET TYPE ...`` (an IP
set that is there), ``@rule -A ...`` (a rule of the same table before it, in another
chain), ``@kernel 2.4`` (an older behaviour, which no tool here can confirm). Every
expectation was given by iptables 1.8.9 on a kernel 6.18 (``record.py`` asks again).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from sim.extensions.extension import Names
from sim.extensions.ipset import CREATE_WORDS
from sim.model.host import Host, IpSet
from sim.read.names import names_of

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Scene:
    family: int = 4
    table: str = "filter"
    chains: tuple[str, ...] = ("INPUT",)
    sets: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    kernel: str = ""

    @property
    def names(self) -> Names:
        sets = {item.name: item for item in map(_set, self.sets)}
        return names_of(Host(sets=sets, kernel=self.kernel))

    @property
    def setup(self) -> str:
        return "".join(f"ipset {line}\n" for line in self.sets)


@dataclass(frozen=True)
class Line:
    number: int
    arguments: str
    printed: str  # "" when refused
    accepted: bool
    scene: Scene

    def text(self, chain: str) -> str:
        before = "".join(f"{rule}\n" for rule in self.scene.before)
        return f"*{self.scene.table}\n{before}-A {chain} {self.arguments}\nCOMMIT\n"


def _set(line: str) -> IpSet:
    _, name, kind, *words = line.split()
    options = []
    while words:
        word = words.pop(0)
        options.append((word, words.pop(0) if CREATE_WORDS[word] else ""))
    return IpSet(name, kind, tuple(options))


def scene_after(scene: Scene, line: str) -> Scene | None:
    """The scene that a directive makes, ``None`` if the line is none."""
    word = line[1:].strip()
    if line.startswith(":"):
        return replace(scene, chains=tuple(word.split(",")))
    if line.startswith("*"):
        return replace(scene, table=word)
    if line.startswith("%family "):
        return replace(scene, family=int(line.split()[1]))
    if line.startswith("@create "):
        return replace(scene, sets=(*scene.sets, word))
    if line.startswith("@rule "):
        return replace(scene, before=(*scene.before, line.removeprefix("@rule ")))
    if line.startswith("@kernel "):
        return replace(scene, kernel=line.split()[1])
    return None


def lines_of(path: Path) -> Iterator[Line]:
    scene = Scene()
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        changed = scene_after(scene, line)
        if changed is not None:
            scene = changed
            continue
        arguments, printed, verdict = line.rsplit(";", 2)
        back = arguments if printed == "=" else printed
        yield Line(number, arguments, back, verdict == "OK", scene)
