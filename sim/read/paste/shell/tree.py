"""What a shell text says: the nodes that the interpreter runs. Plain data.

Words are kept as they were typed: ``expand`` makes fields of them when they are run.
"""

from __future__ import annotations

from sim.base.frozen import dataclass


@dataclass(frozen=True, slots=True)
class Redirect:
    """``text`` of a here-document (``op`` is ``<<``) is its body; ``quoted``: taken as it is."""

    op: str
    fd: str
    text: str
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class Assign:
    """``NAME=word``; ``items`` are an array's words, else ``None``."""

    name: str
    word: str
    items: tuple[str, ...] | None = None
    adds: bool = False
    index: str = ""


@dataclass(frozen=True, slots=True)
class Simple:
    line: int
    text: str
    assigns: tuple[Assign, ...] = ()
    words: tuple[str, ...] = ()
    redirects: tuple[Redirect, ...] = ()


@dataclass(frozen=True, slots=True)
class Sequence:
    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class AndOr:
    left: Node
    op: str
    right: Node


@dataclass(frozen=True, slots=True)
class Pipe:
    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not:
    part: Node


@dataclass(frozen=True, slots=True)
class Redirected:
    part: Node
    redirects: tuple[Redirect, ...]


@dataclass(frozen=True, slots=True)
class Subshell:
    body: Node


@dataclass(frozen=True, slots=True)
class If:
    arms: tuple[tuple[Node, Node], ...]
    otherwise: Node | None


@dataclass(frozen=True, slots=True)
class For:
    """``words`` is ``None`` for ``for x; do``: the arguments."""

    name: str
    words: tuple[str, ...] | None
    body: Node


@dataclass(frozen=True, slots=True)
class Count:
    """``for (( first; test; step ))``"""

    first: str
    test: str
    step: str
    body: Node


@dataclass(frozen=True, slots=True)
class While:
    test: Node
    body: Node
    until: bool = False


@dataclass(frozen=True, slots=True)
class CaseClause:
    word: str
    arms: tuple[tuple[tuple[str, ...], Node, str], ...]  # patterns, body, what ends it


@dataclass(frozen=True, slots=True)
class Function:
    """``NAME() …``, or ``function NAME …``."""

    name: str
    body: Node
    has_keyword: bool = False


@dataclass(frozen=True, slots=True)
class TestCommand:
    """``[ … ]`` or ``[[ … ]]``: the text between."""

    text: str
    double: bool
    line: int


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """``(( … ))``"""

    text: str


@dataclass(frozen=True, slots=True)
class Broken:
    """What is no shell: the shell stops here."""

    text: str
    line: int


Node = (
    Simple | Sequence | AndOr | Pipe | Not | Redirected | Subshell | If | For | Count | While
    | CaseClause | Function | TestCommand | Arithmetic | Broken
)  # fmt: skip
