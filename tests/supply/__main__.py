"""``python -m tests.supply``: locks, licences, known vulnerabilities. ``--lock`` makes locks."""

from __future__ import annotations

import sys

from tests import supply


def main() -> int:
    if "--lock" in sys.argv[1:]:
        for extra in supply.LOCKS:
            supply.lock(extra)
    wrong = [line for extra in ("", "test", "dask") for line in supply.unlocked(extra)]
    wrong += supply.unfit_ones()
    for extra in ("", "test", "dask"):
        audit = supply.audit(extra)
        wrong += audit.holes
        if audit.unasked:
            name = supply.LOCKS[extra].relative_to(supply.ROOT)
            print(f"left out: vulnerabilities of {audit.unasked} packages of {name}: nobody to ask")
    for line in wrong:
        print(line)
    print(f"{len(supply.pins(supply.LOCKS['']))} packages run, {len(wrong)} things are wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
