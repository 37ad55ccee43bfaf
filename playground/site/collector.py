"""Python's cyclic collector, held back: rules and steps hold no cycles.

Loading 10,000 rules makes a million objects that stay. By default the collector looks at the
youngest after every 700 of them, and at all of them again and again: a third of the time.
"""

from __future__ import annotations

import gc

# Objects made until the youngest are looked at, a few tens of megabytes: what is in a cycle may
# wait so long. The older ones are looked at when a quarter more of them has come together.
THRESHOLDS = (100_000, 20, 20)


def hold_back() -> None:
    """What is loaded by now stays for good; what comes after is looked at more rarely."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
