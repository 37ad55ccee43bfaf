"""``python -m tests.bench.embeds``: twenty frames on one page of another site.

Prints what they weigh, how many requests one makes, how long they block the main thread in all
(time of tasks beyond 50 ms each, in the page and in every frame), and whether anything shifts.
"""

from __future__ import annotations

import http.server
import os
import subprocess
import sys
import tempfile
import threading

import django
from playwright.sync_api import Request, sync_playwright

from tests.browsing import ROOT, _free_port, _wait_for

FRAMES = 20
WATCH = """
window.blocked = 0; window.shifted = 0;
new PerformanceObserver((list) => {
  for (const task of list.getEntries()) window.blocked += Math.max(0, task.duration - 50);
}).observe({ type: "longtask", buffered: true });
new PerformanceObserver((list) => {
  for (const shift of list.getEntries()) window.shifted += shift.value;
}).observe({ type: "layout-shift", buffered: true });
"""


def main() -> None:
    django.setup()
    from playground.links import ids, store
    from playground.page import gallery

    pk = ids.public_id(ids.canonical(store.body_of(gallery.first().scenario)))
    port = _free_port()
    state = tempfile.mkdtemp(prefix="cw-bench-")
    environment = {**os.environ, "CHAINWALK_STATE_DIR": state}
    server = subprocess.Popen(
        [sys.executable, str(ROOT / "manage.py"), "start", "--port", str(port)], env=environment
    )
    site = f"http://127.0.0.1:{port}"
    frame = f'<iframe src="{site}/e/{pk}" width="800" height="480"></iframe>'

    class Page(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            count = 1 if self.path == "/one" else FRAMES
            self.wfile.write(f"<!doctype html><body>{frame * count}".encode())

        def log_message(self, *words: object) -> None:
            pass

    wiki = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page)
    threading.Thread(target=wiki.serve_forever, daemon=True).start()
    try:
        _wait_for(site, server)
        measure(f"http://localhost:{wiki.server_port}")
    finally:
        wiki.shutdown()
        server.terminate()
        server.wait(10)


def measure(wiki: str) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_context().new_page()
        sizes: list[int] = []
        page.on("requestfinished", lambda request: sizes.append(_bytes_of(request)))
        page.goto(f"{wiki}/one")
        page.wait_for_timeout(1500)
        weight = sum(sizes[1:]) / 1000
        print(f"one frame: {len(sizes) - 1} requests, {weight:.1f} kB with headers, compressed")
        for attempt in range(3):
            context = browser.new_context()
            context.add_init_script(WATCH)
            page = context.new_page()
            page.goto(wiki)
            page.wait_for_timeout(4000)
            blocked = sum(float(one.evaluate("window.blocked")) for one in page.frames)
            shifted = sum(float(one.evaluate("window.shifted")) for one in page.frames)
            print(
                f"{FRAMES} frames, run {attempt + 1}: main thread blocked {blocked:.0f} ms in all, "
                f"layout shift {shifted:.3f}, cookies {len(context.cookies())}"
            )
            context.close()
        browser.close()


def _bytes_of(request: Request) -> int:
    sizes = request.sizes()
    return sizes["responseBodySize"] + sizes["responseHeadersSize"]


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "playground.settings")
    main()
