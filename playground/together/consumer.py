"""The socket of a page that walks with others: small JSON objects both ways.

To the page: ``{"at": STEP, "leads": BOOL}``, ``{"people": [[number, name, leads, is_me], …],
"here": COUNT}``, where more may be here than are named.
From it: ``{"step": N}``, ``{"name": TEXT}``, ``{"hand": NUMBER}``, ``{"end": true}``; all but the
name are the leader's. The step is resent with every beat if the page was told another one.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from typing import Any

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer

from playground.links import store
from playground.site.limits import LIMITS
from playground.site.ordinals import ordinal
from playground.site.rates import within
from playground.together import news, rooms, sessions
from playground.together.rooms import Room, Seat

# Codes of our own: a page that sees one of them does not try again.
NONSENSE, UNKNOWN, OVER, TOO_MANY = 4400, 4404, 4410, 4429
TRY_AGAIN_LATER = 1013
MOST_BYTES = LIMITS.together_message_bytes  # of one message


class TogetherConsumer(AsyncWebsocketConsumer):
    """One page in a session."""

    seat: Seat | None = None  # while it is in
    room: Room

    async def connect(self) -> None:
        self.token = self.scope["url_route"]["kwargs"]["token"]
        self.key = sessions.key_in(self.scope.get("cookies", {})) or sessions.new_key()
        self.allowance, self.counted = float(LIMITS.together_messages_a_second), time.monotonic()
        await self.accept()
        client = (self.scope.get("client") or [""])[0]
        if not within("joins", client, LIMITS.joins_a_minute):
            await self.close(TOO_MANY)
            return
        try:
            number = await database_sync_to_async(sessions.join)(self.token, self.key)
        except sessions.Full:
            await self.close(TOO_MANY)
            return
        except store.NotFound:
            await self.close(UNKNOWN)
            return
        except store.Gone:
            await self.close(OVER)
            return
        self.seat = Seat(number, sessions.hashed(self.key), self._send, self._end)
        self.room = await rooms.enter(self.token, self.seat)
        await news.look(self.token)

    async def disconnect(self, code: int) -> None:
        if self.seat is None:
            return
        seat, self.seat = self.seat, None
        await rooms.leave(self.room, seat)
        await database_sync_to_async(sessions.leave)(seat.number)
        await news.look(self.token)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        seat = self.seat
        if seat is None:
            return
        if not self._may_speak():
            await self.close(TOO_MANY)
            return
        said = _read(text_data)
        if said is None:
            await self.close(NONSENSE)
        elif "step" in said:
            await self._go_to(seat, _number(said["step"]))
        elif "name" in said:
            await database_sync_to_async(sessions.rename)(seat.number, said["name"])
            await news.look(self.token)
            await self.room.look()
        elif "hand" in said:
            heir = _number(said["hand"])
            await database_sync_to_async(sessions.hand_over)(self.token, self.key, heir)
            await news.look(self.token)
            await self.room.look()
        elif said.get("end") is True:
            await database_sync_to_async(sessions.end)(self.token, self.key)
            await news.look(self.token)
            await self.room.look()

    def _may_speak(self) -> bool:
        """So many messages a second, twice as many at once."""
        now, rate = time.monotonic(), LIMITS.together_messages_a_second
        self.allowance = min(self.allowance + (now - self.counted) * rate, 2.0 * rate)
        self.counted = now
        self.allowance -= 1
        return self.allowance >= 0

    async def _go_to(self, seat: Seat, step: int) -> None:
        session = await database_sync_to_async(sessions.go_to)(self.token, self.key, step)
        if session is None:
            seat.at = None  # whoever thinks that they lead is told
            await self.room.look()
            return
        # This page is there already: its own news, coming back, must not move it.
        seat.moves, seat.at = session.moves, (session.step, True)
        await news.at(self.token, session.step, session.moves)

    async def _end(self) -> None:
        await self.close(OVER)

    async def _send(self, text: str) -> None:
        try:
            async with asyncio.timeout(LIMITS.send_seconds):
                await self.send(text_data=text)
        except TimeoutError:
            with contextlib.suppress(OSError):
                await self.close(TRY_AGAIN_LATER)
        except OSError:
            pass  # the page is gone, and says so itself


def _number(value: object) -> int:
    """A step or a member; 0, which is neither, for anything else."""
    return ordinal(str(value)) if type(value) is int else 0


def _read(text: str | None) -> dict[str, Any] | None:
    """The object that a page sent, if it is one and small."""
    if text is None or len(text) > MOST_BYTES:
        return None
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
