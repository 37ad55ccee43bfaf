"""What goes through the channel layer: "now at step N", "look who is here". Nothing else does.

It is a hint. Where the layer fails, or does not reach another process, the pages see it at their
next beat in what is stored.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import Any

from channels.layers import BaseChannelLayer, get_channel_layer

from playground.site.limits import LIMITS

log = logging.getLogger(__name__)

LAYER = "together"
AT, LOOK = "news.at", "news.look"


def group_of(token: str) -> str:
    return f"together.{token}"


async def tell(token: str, message: dict[str, Any]) -> None:
    """To every page of a session, as far as the layer reaches."""
    layer = get_channel_layer(LAYER)
    if layer is None:
        return
    try:
        await layer.group_send(group_of(token), message)
    except Exception as error:
        log.warning("the channel layer took no message: %s", type(error).__name__)


async def at(token: str, step: int, moves: int) -> None:
    await tell(token, {"type": AT, "step": step, "moves": moves})


async def look(token: str) -> None:
    """Something else is new: who is here, who leads, or that it is over."""
    await tell(token, {"type": LOOK})


def _layer() -> BaseChannelLayer:
    found = get_channel_layer(LAYER)
    assert found is not None, f"the settings have no channel layer {LAYER}"
    return found


class Ear:
    """Hears what is told in a session, and goes on when the layer fails and comes back."""

    def __init__(self, token: str) -> None:
        self.group = group_of(token)
        self.layer = _layer()
        self.channel = ""

    async def open(self) -> None:
        try:
            self.channel = await self.layer.new_channel()
            await self.layer.group_add(self.group, self.channel)
        except Exception as error:
            self.channel = ""
            log.warning("the channel layer is away: %s", type(error).__name__)

    async def hear(self) -> dict[str, Any]:
        """The next message, however long the layer is away until then."""
        while True:
            try:
                if self.channel:
                    return dict(await self.layer.receive(self.channel))
            except Exception as error:
                log.warning("the channel layer is away: %s", type(error).__name__)
            await asyncio.sleep(LIMITS.together_beat_seconds)
            await self.open()

    async def close(self) -> None:
        with contextlib.suppress(Exception):
            await self.layer.group_discard(self.group, self.channel)
