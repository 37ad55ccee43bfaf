"""``python -m tests.load.unread [SOCKETS] [SECONDS]``: sockets that ask for much and read nothing.

Each asks for a walk of 100,000 steps, 60 MB of HTML, and never reads a byte. Prints the most
megabytes that the server had more than before, all its processes together, and how soon somebody
at another address saw a first step meanwhile; ends with 1 above 100 MB.
"""

from __future__ import annotations

import asyncio
import os
import sys
from contextlib import AsyncExitStack
from urllib.parse import urlsplit

from websockets.client import ClientProtocol
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory
from websockets.uri import parse_uri

from tests.load.first_steps import LONG, asked, one_by_one, people
from tests.load.server import Server, running, told

MOST_MEGABYTES = 100
_PACKETS = "".join(
    f"in eth1 tcp 192.168.100.10:{4000 + n} -> 198.51.100.7:443 syn\n" for n in range(64)
)


async def _deaf(server: Server) -> asyncio.StreamWriter:
    """A socket that has asked; what the server says stays in the kernel's buffers."""
    there = urlsplit(server.url)
    reader, writer = await asyncio.open_connection(there.hostname, there.port, limit=4096)
    protocol = ClientProtocol(
        parse_uri(f"{server.socket}/ws/run"),
        origin=server.url,  # type: ignore[arg-type]
        extensions=[ClientPerMessageDeflateFactory()],  # as browsers have it
    )
    protocol.send_request(protocol.connect())
    writer.write(b"".join(protocol.data_to_send()))
    protocol.receive_data(await reader.readuntil(b"\r\n\r\n"))
    writer.transport.pause_reading()  # type: ignore[attr-defined]
    protocol.send_text(asked(LONG, _PACKETS).encode())
    for data in protocol.data_to_send():
        writer.write(data)
    await writer.drain()
    return writer


async def unread(server: Server, sockets: int, seconds: float) -> tuple[float, float]:
    """The most megabytes more, of all its processes and of the one that serves; so many seconds
    after the last socket was opened it is over."""
    before, serving = server.megabytes, server.serving_megabytes
    most, most_serving = 0.0, 0.0
    async with AsyncExitStack() as stack:
        opening = asyncio.gather(*(_deaf(server) for _ in range(sockets)))
        end = asyncio.get_running_loop().time() + seconds
        while asyncio.get_running_loop().time() < end:
            await asyncio.sleep(0.5)
            most = max(most, server.megabytes - before)
            most_serving = max(most_serving, server.serving_megabytes - serving)
        for writer in await opening:
            stack.callback(writer.transport.abort)
    return most, most_serving


async def _with_others(server: Server, sockets: int, seconds: float) -> float:
    deaf = asyncio.create_task(unread(server, sockets, seconds))
    await asyncio.sleep(5)
    first = [times.first for times in await one_by_one(server, range(20), 100, "127.0.0.2")]
    most, serving = await deaf
    print(f"{sockets} sockets, {seconds:.0f} s: {most:.0f} MB more, {serving:.0f} in what serves")
    told("somebody else, 100 rules: first step", first)
    return most


def main() -> None:
    sockets, seconds = (*map(int, sys.argv[1:]), *(500, 60)[len(sys.argv) - 1 :])
    print(f"load of the machine: {os.getloadavg()[0]:.1f}")
    with running() as server:
        asyncio.run(people(server, range(20), 100))  # all workers have done what they do
        most = asyncio.run(_with_others(server, sockets, seconds))
    print(f"load of the machine: {os.getloadavg()[0]:.1f}")
    sys.exit(most > MOST_MEGABYTES)


if __name__ == "__main__":
    main()
