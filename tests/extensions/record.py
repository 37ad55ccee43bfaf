"""Ask the real tool again: fill in the second and third field of ``.t`` files.

``python -m tests.extensions.record FILE...`` rewrites the files; a line may hold its arguments
alone. It needs root. A line below several chains must have one answer for all of them.
"""

from __future__ import annotations

import sys
from pathlib import Path

from tests.conformance.oracle import Case, Oracle
from tests.extensions.cases import Line, Scene, scene_after


def answered(text: str, oracle: Oracle) -> str:
    scene = Scene()
    out = []
    for number, line in enumerate(text.splitlines(), 1):
        changed = scene_after(scene, line)
        if not line.strip() or line.startswith("#") or changed is not None or scene.kernel:
            scene = changed or scene
            out.append(line)
            continue
        arguments = line.rsplit(";", 2)[0] if line.endswith((";OK", ";FAIL")) else line
        found = {_ask(Line(number, arguments, "", False, scene), c, oracle) for c in scene.chains}
        if len(found) != 1:
            print(f"line {number} has several answers: {arguments}: {found}", file=sys.stderr)
        printed = found.pop()
        back = "=" if printed == arguments else printed
        out.append(f"{arguments};;FAIL" if printed is None else f"{arguments};{back};OK")
    return "\n".join(out) + "\n"


def _ask(line: Line, chain: str, oracle: Oracle) -> str | None:
    answer = oracle.answer(Case(line.text(chain), line.scene.family, setup=line.scene.setup))
    if answer.code:
        return None
    start = f"-A {chain}"
    return " | ".join(
        text.removeprefix(start).strip()
        for text in answer.saved.splitlines()
        if text.startswith(start)
    )


if __name__ == "__main__":
    with Oracle() as asked:
        for name in sys.argv[1:]:
            path = Path(name)
            path.write_text(answered(path.read_text(), asked))
