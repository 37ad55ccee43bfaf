"""Debian's Firefox for Playwright, which drives it by WebDriver BiDi; no driver is needed between.

``python -m tests.web.firefox ARGS...`` starts it behind a relay that answers the one command that
this Firefox does not know (another colour scheme), without which no page can be opened.
"""

from __future__ import annotations

import asyncio
import json
import re
import signal
import stat
import sys
from pathlib import Path

from playwright.sync_api import Browser, Playwright
from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, serve

FIREFOX = "/usr/bin/firefox-esr"
UNKNOWN = "emulation.setMediaFeaturesOverride"
LISTENS = re.compile(rb"WebDriver BiDi listening on (ws://\S+)")


def launched(playwright: Playwright, folder: Path) -> Browser:
    """Firefox, behind the relay; ``folder`` takes the script that starts them."""
    script = folder / "firefox"
    script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m tests.web.firefox "$@"\n')
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    return playwright.firefox.launch(
        executable_path=str(script), channel="moz-firefox", timeout=60_000
    )


async def relayed(client: ServerConnection, url: str) -> None:
    """Pass on what either side says."""
    path = client.request.path if client.request else "/session"
    async with connect(url.rstrip("/") + path, max_size=None) as firefox:

        async def back() -> None:
            async for frame in firefox:
                await client.send(frame)

        answers = asyncio.create_task(back())
        async for frame in client:
            asked = json.loads(frame)
            if asked.get("method") == UNKNOWN:
                await client.send(json.dumps({"type": "success", "id": asked["id"], "result": {}}))
            else:
                await firefox.send(frame)
        answers.cancel()


async def main(arguments: list[str]) -> int:
    firefox = await asyncio.create_subprocess_exec(
        FIREFOX, *arguments, stderr=asyncio.subprocess.PIPE
    )
    assert firefox.stderr
    for name in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(name, firefox.terminate)
    servers = []
    async for line in firefox.stderr:
        listens = LISTENS.search(line)
        if listens:
            url = listens[1].decode()
            relay = await serve(
                lambda client, url=url: relayed(client, url), "127.0.0.1", 0, max_size=None
            )
            servers.append(relay)
            port = relay.sockets[0].getsockname()[1]
            line = f"WebDriver BiDi listening on ws://127.0.0.1:{port}\n".encode()
        sys.stderr.buffer.write(line)
        sys.stderr.buffer.flush()
    return await firefox.wait()


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1:])))
