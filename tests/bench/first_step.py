"""``python -m tests.bench.first_step [RUNS]``: from the click on Run to the first step painted.

A real browser, a real server, a ruleset of 1,000 rules. Prints the median and the 95th
percentile in milliseconds of: first step painted, whole trace there. As a ratio in the same run
the same page is measured with 10 rules: machines differ, the ratio should not.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile

from playwright.sync_api import Page, sync_playwright

from tests.browsing import ROOT, _free_port, _wait_for

# Installed before the page's own script: notes the click and the first painted step.
WATCH = """() => {
  const trace = document.getElementById('trace');
  const status = document.getElementById('status');
  window.figures = null;
  document.getElementById('run').addEventListener('click', () => {
    const began = performance.now();
    const figures = {};
    const old = document.getElementById('step-1');
    const watcher = new MutationObserver(() => {
      const step = document.getElementById('step-1');
      if (!figures.first && step && step !== old) {
        figures.first = -1;
        requestAnimationFrame(() => setTimeout(() => {
          figures.first = performance.now() - began;
        }));
      }
      if (/ steps\\./.test(status.textContent) && step && step !== old) {
        watcher.disconnect();
        requestAnimationFrame(() => setTimeout(() => {
          figures.all = performance.now() - began;
          window.figures = figures;
        }));
      }
    });
    watcher.observe(document.getElementById('result'),
      {childList: true, subtree: true, characterData: true});
  }, {capture: true});
}"""


def ruleset(size: int) -> str:
    rules = "".join(
        f"-A FORWARD -s 10.{i >> 8 & 255}.{i & 255}.0/24 -p tcp -m tcp --dport {1024 + i} -j DROP\n"
        for i in range(size - 1)
    )
    chains = "".join(f":{name} ACCEPT [0:0]\n" for name in ("INPUT", "FORWARD", "OUTPUT"))
    return f"*filter\n{chains}{rules}-A FORWARD -j ACCEPT\nCOMMIT\n"


def measure(page: Page, url: str, size: int, runs: int) -> tuple[list[float], list[float]]:
    first, whole = [], []
    page.goto(url)
    page.wait_for_timeout(500)
    page.locator("#rules").fill(ruleset(size))
    page.locator("#expect").fill("")
    page.locator("#packets").fill("in eth1 tcp 192.168.100.10:40000 -> 198.51.100.7:443 syn")
    page.evaluate(WATCH)
    for _ in range(runs + 1):
        page.evaluate("window.figures = null")
        page.locator("#run").click()
        page.wait_for_function("window.figures !== null", timeout=60_000)
        figures = page.evaluate("window.figures")
        first.append(figures["first"])
        whole.append(figures["all"])
        page.evaluate(WATCH)
    return first[1:], whole[1:]  # the first run fills caches


def show(name: str, values: list[float]) -> float:
    ordered = sorted(values)
    p95 = ordered[max(0, round(len(ordered) * 0.95) - 1)]
    print(f"{name:34} median {statistics.median(values):7.1f} ms   p95 {p95:7.1f} ms")
    return p95


def main(runs: int = 20) -> None:
    port = _free_port()
    url = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryDirectory() as state, sync_playwright() as playwright:
        process = subprocess.Popen(
            [sys.executable, str(ROOT / "manage.py"), "start", "--port", str(port)],
            env={**os.environ, "CHAINWALK_STATE_DIR": state},
            cwd=ROOT,
        )
        try:
            _wait_for(url, process)
            browser = playwright.chromium.launch(
                executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"]
            )
            page = browser.new_page(bypass_csp=True)  # waiting for a condition needs eval
            small = show("10 rules, first step painted", measure(page, url, 10, runs)[0])
            first, whole = measure(page, url, 1000, runs)
            large = show("1,000 rules, first step painted", first)
            show("1,000 rules, whole trace there", whole)
            print(f"ratio of first steps, 1,000 to 10 rules: {large / small:.2f}")
            browser.close()
        finally:
            process.terminate()
            process.wait(10)


if __name__ == "__main__":
    main(*(int(word) for word in sys.argv[1:]))
