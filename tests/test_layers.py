"""The layers of the engine: imports go down only, and nothing of the web is in ``sim``."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

SIM = Path(__file__).resolve().parent.parent / "sim"
FILES = sorted(SIM.rglob("*.py"))
STANDARD_AND_LARK = {"lark"}

# A file may import files of its own level and below. First match wins.
LEVELS: tuple[tuple[str, int], ...] = (
    ("sim", 0),
    ("sim.errors", 0),
    ("sim.wire.checksum", 0),
    ("sim.wire.headers", 0),
    ("sim.wire.protocols", 0),
    ("sim.values", 0),
    ("sim.packet", 1),
    ("sim.fingerprints", 2),
    ("sim.chance", 2),
    ("sim.wire.arp", 2),
    ("sim.wire.icmp", 2),
    ("sim.wire.reset", 2),
    ("sim.jhash", 0),
    ("sim.kernel_log", 2),
    ("sim.rateest", 0),
    ("sim.wire.tcp_options", 2),
    ("sim.stack.synproxy", 2),
    ("sim.stack.synproxy_hook", 8),
    ("sim.model", 2),
    ("sim.ipsec.model", 2),
    ("sim.host", 2),
    ("sim.flow", 2),
    ("sim.script", 2),
    ("sim.conntrack.tuple", 3),
    ("sim.extension", 3),
    ("sim.runtime", 4),
    ("sim.trace", 4),
    ("sim.args", 4),
    ("sim.jiffies", 4),
    ("sim.addresses", 4),
    ("sim.protocol_hint", 4),
    ("sim.ipset", 5),
    ("sim.matchers", 6),
    ("sim.targets", 6),
    ("sim.catalogue", 7),
    ("sim.render", 5),
    ("sim.jsonl", 6),
)


def level(module: str) -> int:
    best, found = -1, 8
    for name, number in LEVELS:
        if (module == name or module.startswith(f"{name}.")) and len(name) > best:
            if name == "sim" and module != "sim":
                continue
            best, found = len(name), number
    return found


def _module(package: str, name: str) -> str:
    """What ``from package import name`` imports: a module of the package, or the package."""
    path = SIM.parent / package.replace(".", "/") / name
    is_module = path.with_suffix(".py").exists() or path.is_dir()
    return f"{package}.{name}" if is_module else package


def imported(path: Path) -> list[str]:
    """Modules a file imports at run time (type-checking blocks are left out)."""
    tree = ast.parse(path.read_text())
    skipped = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for inner in ast.walk(node)
    }
    names: list[str] = []
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names += [_module(node.module, alias.name) for alias in node.names]
    return names


@pytest.mark.parametrize("path", FILES, ids=[str(p.relative_to(SIM)) for p in FILES])
def test_imports_go_down_only(path: Path) -> None:
    """No file of the engine imports a higher level, Django, or anything but lark."""
    import sys

    module = ".".join(("sim", *path.relative_to(SIM).with_suffix("").parts)).removesuffix(
        ".__init__"
    )
    for name in imported(path):
        root = name.split(".")[0]
        assert root == "sim" or root in STANDARD_AND_LARK or root in sys.stdlib_module_names, (
            f"{module} imports {name}"
        )
        assert root not in {"socket", "subprocess", "time", "datetime", "asyncio", "threading"} or (
            name in ("datetime",)
        ), f"{module} imports {name}: the engine has no clock and no I/O"
        if root == "sim":
            assert level(name) <= level(module), f"{module} imports upwards: {name}"
