"""``python -m tests.load.costs [WORDS…]``: what the worst texts cost, of every kind of line.

Texts of the largest size that is taken, and of 8,000 lines, of each kind in
``tests.attacks.texts`` whose name has one of the words, go to the views that walk, in a worker
process as the server starts it. Prints the CPU seconds and the megabytes that each took, and how
it was answered; ends with 1 if one took more than the limits say.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
from itertools import product
from urllib.parse import urlencode

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "playground.settings")
os.environ.setdefault("CHAINWALK_STATE_DIR", tempfile.mkdtemp())
os.environ["CHAINWALK_PLAIN_STATIC"] = "1"

import django

django.setup()

from playground.site.limits import LIMITS  # noqa: E402 -- the same
from playground.walks.offload import answered  # noqa: E402 -- the same
from playground.walks.pool import Lost, Pool  # noqa: E402 -- the same
from playground.walks.process import prepare  # noqa: E402 -- the same
from playground.walks.worker import HARD  # noqa: E402 -- the same
from sim.model.scenario import Scenario  # noqa: E402 -- the same
from tests.attacks.texts import TEXTS  # noqa: E402 -- the same

# Lines: so many that reading them is refused, and so many that it is not and the rest begins.
SIZES = (64_000, 8_000)
VIEWS = ("/", "/whatif", "/mask", "/matrix", "/api/simulate")
MORE = {
    "line": "1",
    "m_iface": "eth0",
    "m_protocol": "tcp",
    "m_sources": "198.51.100.1-198.51.100.9",
    "m_destination": "203.0.113.2",
    "m_ports": "20-40",
}


def _largest(kind: str, most: int) -> Scenario:
    """As many lines as fit, by doubling."""
    number, made = 250, TEXTS[kind](250)
    while number * 2 <= most:
        more = TEXTS[kind](number * 2)
        if (
            len(more.rules) > LIMITS.rules_bytes
            or len(more.host) > LIMITS.host_bytes
            or len(more.packets) > LIMITS.packets_bytes
        ):
            break
        number, made = number * 2, more
    return made


def _request(path: str, scenario: Scenario) -> tuple[dict[str, object], bytes]:
    values = {name: str(value) for name, value in scenario.as_json().items()}
    token = "a" * 32
    body = urlencode({**values, **MORE, "csrfmiddlewaretoken": token}).encode()
    kind = b"application/x-www-form-urlencoded"
    if path.startswith("/api/"):
        body, kind = json.dumps(scenario.as_json()).encode(), b"application/json"
    headers = [
        (b"host", b"localhost"),
        (b"content-type", kind),
        (b"cookie", b"csrftoken=" + token.encode()),
        (b"content-length", str(len(body)).encode()),
    ]
    scope = {"type": "http", "method": "POST", "path": path, "query_string": b"",
             "headers": headers, "client": ("203.0.113.200", 1), "scheme": "http"}  # fmt: skip
    return scope, body


def _used(pid: int) -> tuple[float, int]:
    """CPU seconds and the most megabytes so far."""
    with open(f"/proc/{pid}/stat") as file:
        words = file.read().rsplit(")", 1)[1].split()
    with open(f"/proc/{pid}/status") as file:
        peak = next(line for line in file if line.startswith("VmHWM"))
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK"), int(peak.split()[1]) >> 10


async def _cost(path: str, scenario: Scenario) -> tuple[float, int, str]:
    """In a process of its own."""
    pool = Pool(1, LIMITS.worker_megabytes, 60)
    pool.begin()
    while not pool.idle:
        await asyncio.sleep(0.01)
    process = pool.idle[0]
    pid = process.process.pid or 0
    before, size = _used(pid)
    seen = [(before, size)]

    async def watch() -> None:
        while True:
            seen.append(_used(pid))
            await asyncio.sleep(0.02)

    watching = asyncio.create_task(watch())
    scope, body = _request(path, scenario)
    said = "nothing"
    try:
        pieces = pool.pieces(answered, scope, body, client="", seconds=LIMITS.answer_seconds)
        async for answer in pieces:
            said = str(answer.status)
    except Lost as lost:
        said = f"lost: {lost.reason}"
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)
    await pool.close()
    return seen[-1][0] - before, seen[-1][1] - size, said


def main() -> None:
    prepare()
    words = sys.argv[1:]
    failed = False
    for kind in TEXTS:
        if words and not any(word in kind for word in words):
            continue
        for most, path in product(SIZES, VIEWS):
            scenario = _largest(kind, most)
            seconds, megabytes, said = asyncio.run(_cost(path, scenario))
            most_seconds = LIMITS.answer_seconds * HARD + 0.5
            is_much = seconds > most_seconds or megabytes > LIMITS.worker_megabytes
            failed |= is_much
            print(f"{kind:32} {most:6} {path:14} {seconds:5.1f} s {megabytes:4} MB  {said}"
                  f"{'  TOO MUCH' if is_much else ''}", flush=True)  # fmt: skip
    sys.exit(failed)


if __name__ == "__main__":
    main()
