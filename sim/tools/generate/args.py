"""Random arguments by extension name: ``MATCH_ARGS`` and ``TARGET_ARGS``.

They fit the packets of the scenario. An extension that is not listed here is drawn with the
``examples`` of its own file.
"""

from __future__ import annotations

from sim.tools.generate.match_args import MATCH_ARGS
from sim.tools.generate.place import MakeArgs, RulePlace
from sim.tools.generate.target_args import TARGET_ARGS

__all__ = ["MATCH_ARGS", "TARGET_ARGS", "MakeArgs", "RulePlace"]
