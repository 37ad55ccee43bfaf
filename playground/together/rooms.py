"""The pages of one session that this process serves: they hear, look and beat as one.

A class of a thousand that each looked for itself would read a thousand names a thousand times.
Each page is told in a task of its own, so that a slow one holds up nobody; it is told what is
true then, and not what was in between.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any
from weakref import WeakKeyDictionary

from channels.db import database_sync_to_async

from playground.links import store
from playground.site.limits import LIMITS
from playground.together import news, sessions

log = logging.getLogger(__name__)

PAUSE = 0.25  # seconds in which several hints to look become one look


class Seat:
    """A member's page: what it was told, and how it is told more. ``end``: the walk is over."""

    def __init__(
        self,
        number: int,
        key_hash: str,
        send: Callable[[str], Awaitable[None]],
        end: Callable[[], Awaitable[None]],
    ) -> None:
        self.number = number
        self.key_hash = key_hash
        self.send = send
        self.end = end
        self.moves = -1
        self.at: tuple[int, bool] | None = None  # the step, and whether it leads
        self.people: tuple[sessions.Person, ...] | None = None
        self.here = 0
        self.hint = asyncio.Event()

    @property
    def leads(self) -> bool:
        return self.at is not None and self.at[1]

    async def tell(self, now: sessions.Now) -> None:
        """What the page does not know yet."""
        at = (now.step, now.is_led_by(self.key_hash))
        if now.moves >= self.moves and at != self.at:
            self.moves, self.at = now.moves, at
            await self.send(_said(*at))
        if now.people is not self.people or now.here != self.here:
            self.people, self.here = now.people, now.here
            people = [
                [one.number, one.name, one.leads, one.number == self.number]
                for one in now.shown_to(self.number)
            ]
            await self.send(json.dumps({"people": people, "here": now.here}, ensure_ascii=False))


def _said(step: int, leads: bool) -> str:
    return f'{{"at": {step}, "leads": {"true" if leads else "false"}}}'


class Room:
    """All seats of one session here. Lives in one event loop, from the first seat to the last."""

    def __init__(self, token: str) -> None:
        self.token = token
        self.ear = news.Ear(token)
        self.seats: dict[Seat, asyncio.Task[None]] = {}
        self.now: sessions.Now | None = None
        self.tasks: list[asyncio.Task[None]] = []
        self.looking: asyncio.Task[None] | None = None

    async def open(self) -> None:
        await self.ear.open()
        self.tasks = [asyncio.create_task(self._listen()), asyncio.create_task(self._beat())]

    async def close(self) -> None:
        for task in (*self.tasks, self.looking):
            if task is not None:
                task.cancel()
        await self.ear.close()

    async def look(self, *, are_here: bool = False) -> None:
        """See how things stand, and tell the pages. ``are_here``: say that they still are."""
        numbers = {seat.number for seat in self.seats} if are_here else set()
        try:
            now = await database_sync_to_async(sessions.look)(self.token, numbers)
        except (store.Gone, store.NotFound):
            for seat in tuple(self.seats):
                await seat.end()
            return
        except Exception:
            log.exception("a session could not be read")  # the next beat tries again
            return
        was = self.now
        if was is not None and was.people == now.people:
            now = replace(now, people=was.people)  # the same to whoever was told of them
        if was is not None and now.moves < was.moves:
            now = replace(now, step=was.step, moves=was.moves)
        self._tell(now)

    def _tell(self, now: sessions.Now) -> None:
        self.now = now
        for seat in self.seats:
            seat.hint.set()

    async def keep_told(self, seat: Seat) -> None:
        """Tell a page whatever is new, for as long as it is here."""
        while True:
            await seat.hint.wait()
            seat.hint.clear()
            if self.now is not None:
                await seat.tell(self.now)

    async def _listen(self) -> None:
        """A consumer of Channels would end with its layer; the pages have the beat all the same."""
        while True:
            message = await self.ear.hear()
            if message.get("type") != news.AT:
                if self.looking is None or self.looking.done():
                    self.looking = asyncio.create_task(self._look_soon())
            elif self.now is not None and message["moves"] >= self.now.moves:
                self._tell(replace(self.now, step=message["step"], moves=message["moves"]))

    async def _look_soon(self) -> None:
        """Many come and go at once."""
        await asyncio.sleep(PAUSE)
        await self.look()

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(LIMITS.together_beat_seconds)
            await self.look(are_here=True)


_here: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, Room]] = WeakKeyDictionary()


async def enter(token: str, seat: Seat) -> Room:
    """The seat's room, which tells it how things stand."""
    rooms = _here.setdefault(asyncio.get_running_loop(), {})
    room = rooms.get(token)
    is_new = room is None
    if room is None:
        room = rooms[token] = Room(token)
    room.seats[seat] = asyncio.create_task(room.keep_told(seat))
    if is_new:
        await room.open()
        await room.look()
    elif room.now is not None:
        seat.hint.set()
    return room


async def leave(room: Room, seat: Seat) -> None:
    task = room.seats.pop(seat, None)
    if task is not None:
        task.cancel()
    rooms: dict[str, Any] = _here.get(asyncio.get_running_loop(), {})
    if not room.seats and rooms.get(room.token) is room:
        del rooms[room.token]
        await room.close()
