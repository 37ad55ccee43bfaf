"""Random arguments by extension name: ``MATCH_ARGS`` and ``TARGET_ARGS``.

An extension that is modelled and not listed here is not proven by ``verify --random``; a test
names those.
"""

from __future__ import annotations

from sim.tools.generate.match_args import MATCH_ARGS
from sim.tools.generate.place import MakeArgs, Place
from sim.tools.generate.target_args import TARGET_ARGS

__all__ = ["MATCH_ARGS", "TARGET_ARGS", "MakeArgs", "Place"]
