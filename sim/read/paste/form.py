"""What every form of text gives: how far a block of it goes, and what is read from it.

One file a form, in ``forms``; ``forms/__init__`` lists them. The first form that takes lines gets
them, so the stricter stand first.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

from sim.read.paste.desk import Desk
from sim.read.paste.model import Became, Block
from sim.read.paste.place import PastePlace


class Form(ABC):
    """A form of text. Stateless: one object serves all pastes."""

    name: ClassVar[str]  # as the receipt calls it
    is_listing: ClassVar[bool] = False  # what iptables prints: its command tells table and family

    @abstractmethod
    def takes(self, place: PastePlace) -> int:
        """How many lines from ``place`` on are a block of this form; 0: it is none of ours.

        Must look at no more lines than it takes, plus a few: 10,000 lines are cut at once.
        """

    @abstractmethod
    def read(self, block: Block, desk: Desk) -> Became:
        """Put down what the block says. Never raises for what a person may have pasted."""
