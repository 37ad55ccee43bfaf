"""The socket of a page that walks with others: small JSON objects both ways.

To the page: ``{"at": STEP, "leads": BOOL}``, ``{"people": [[number, name, leads, is_me], …]}``.
From it: ``{"step": N}``, ``{"name": TEXT}``, ``{"hand": NUMBER}``, ``{"end": true}``; all but the
name are the leader's. The step is resent with every beat if the page was told another one.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from typing import Any

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer

from playground.links import store
from playground.site.limits import LIMITS
from playground.site.ordinals import ordinal
from playground.site.rates import within
from playground.together import news, sessions

log = logging.getLogger(__name__)

# Codes of our own: a page that sees one of them does not try again.
NONSENSE, UNKNOWN, OVER, TOO_MANY = 4400, 4404, 4410, 4429
TRY_AGAIN_LATER = 1013
MOST_BYTES = LIMITS.together_message_bytes  # of one message
PAUSE = 0.25  # seconds in which several hints to look become one look


class TogetherConsumer(AsyncWebsocketConsumer):
    """One page in a session."""

    number = 0  # the member's; 0 while not in
    moves = -1
    looking: asyncio.Task[None] | None = None

    async def connect(self) -> None:
        self.token = self.scope["url_route"]["kwargs"]["token"]
        self.key = sessions.key_in(self.scope.get("cookies", {})) or sessions.new_key()
        self.told: dict[str, Any] = {}
        self.tasks: list[asyncio.Task[None]] = []
        self.ear = news.Ear(self.token)
        self.allowance, self.counted = float(LIMITS.together_messages_a_second), time.monotonic()
        await self.accept()
        client = (self.scope.get("client") or [""])[0]
        if not within("joins", client, LIMITS.joins_a_minute):
            await self.close(TOO_MANY)
            return
        try:
            self.number = await database_sync_to_async(sessions.join)(self.token, self.key)
        except sessions.Full:
            await self.close(TOO_MANY)
            return
        except store.NotFound:
            await self.close(UNKNOWN)
            return
        except store.Gone:
            await self.close(OVER)
            return
        await self.ear.open()
        await self._look()
        await news.look(self.token)
        self.tasks += [asyncio.create_task(self._beat()), asyncio.create_task(self._listen())]

    async def disconnect(self, code: int) -> None:
        for task in (*self.tasks, self.looking):
            if task is not None:
                task.cancel()
        if not self.number:
            return
        await self.ear.close()
        await database_sync_to_async(sessions.leave)(self.number)
        await news.look(self.token)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        if not self.number:
            return
        if not self._may_speak():
            await self.close(TOO_MANY)
            return
        said = _read(text_data)
        if said is None:
            await self.close(NONSENSE)
        elif "step" in said:
            await self._go_to(_number(said["step"]))
        elif "name" in said:
            await database_sync_to_async(sessions.rename)(self.number, said["name"])
            await news.look(self.token)
            await self._look()
        elif "hand" in said:
            heir = _number(said["hand"])
            await database_sync_to_async(sessions.hand_over)(self.token, self.key, heir)
            await news.look(self.token)
            await self._look()
        elif said.get("end") is True:
            await database_sync_to_async(sessions.end)(self.token, self.key)
            await news.look(self.token)
            await self._look()

    def _may_speak(self) -> bool:
        """So many messages a second, twice as many at once."""
        now, rate = time.monotonic(), LIMITS.together_messages_a_second
        self.allowance = min(self.allowance + (now - self.counted) * rate, 2.0 * rate)
        self.counted = now
        self.allowance -= 1
        return self.allowance >= 0

    async def _go_to(self, step: int) -> None:
        session = await database_sync_to_async(sessions.go_to)(self.token, self.key, step)
        if session is None:
            self.told.pop("at", None)  # whoever thinks that they lead is told
            await self._look()
            return
        # This page is there already: its own news, coming back, must not move it.
        self.moves = session.moves
        self.told |= {"at": session.step, "leads": True}
        await news.at(self.token, session.step, session.moves)

    # ---- what the layer says -----------------------------------------------------------------

    async def _listen(self) -> None:
        """A consumer of Channels would end with its layer; the page has the beat all the same."""
        while True:
            message = await self.ear.hear()
            if message.get("type") == news.AT:
                leads = self.told.get("leads", False)
                await self._at(message["step"], message["moves"], leads)
            elif self.looking is None or self.looking.done():
                self.looking = asyncio.create_task(self._look_soon())

    async def _look_soon(self) -> None:
        """Many come and go at once."""
        await asyncio.sleep(PAUSE)
        await self._look()

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(LIMITS.together_beat_seconds)
            await self._look()

    # ---- what the page is told ---------------------------------------------------------------

    async def _look(self) -> None:
        """See how things stand and tell the page what it does not know yet."""
        try:
            now = await database_sync_to_async(sessions.look)(self.token, self.key, self.number)
        except (store.Gone, store.NotFound):
            await self.close(OVER)
            return
        except Exception:
            log.exception("a session could not be read")  # the next beat tries again
            return
        await self._at(now.step, now.moves, now.leads)
        people = [[one.number, one.name, one.leads, one.is_me] for one in now.people]
        if self.told.get("people") != people:
            self.told["people"] = people
            await self._send({"people": people})

    async def _at(self, step: int, moves: int, leads: bool) -> None:
        news_of_it = {"at": step, "leads": leads}
        if moves < self.moves or all(self.told.get(k) == v for k, v in news_of_it.items()):
            return
        self.moves = moves
        self.told |= news_of_it
        await self._send(news_of_it)

    async def _send(self, message: dict[str, Any]) -> None:
        try:
            async with asyncio.timeout(LIMITS.send_seconds):
                await self.send(text_data=json.dumps(message, ensure_ascii=False))
        except TimeoutError:
            await self.close(TRY_AGAIN_LATER)


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
