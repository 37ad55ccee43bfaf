"""``python -m tests.bench.first_step [RUNS]``: from the click on Run to the first step painted.

Also a 40-step trace complete, the longest frame while stepping through 100,000 steps, and how
long a key takes to show in a text of 10,000 lines. A real browser, a real
server, a ruleset of 1,000 rules. Prints the median and the 95th
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

from tests.browsing import EXAMPLE, ROOT, _free_port, _wait_for, change_rules

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
    page.goto(url.rstrip("/") + EXAMPLE)
    page.wait_for_timeout(500)
    change_rules(page, ruleset(size))
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


# Presses a key of the trace again and again, one frame each. Of each press: how long its frame
# held the page (script, and style, layout and paint behind it), and the time from the key until
# the page had painted, which has the wait for the screen's next frame in it. The browser itself
# tells of every frame over 50 ms (long-animation-frame).
STEPPING = """async ([key, times]) => {
  const result = document.getElementById('result');
  const frame = () => new Promise((done) => requestAnimationFrame(() => {
    const began = performance.now(); // before the page's own callbacks of this frame
    const channel = new MessageChannel();
    channel.port1.onmessage = () => done(performance.now() - began);
    channel.port2.postMessage(0);
  }));
  const long = [];
  const watcher = new PerformanceObserver((list) => {
    for (const one of list.getEntries()) long.push(one.duration);
  });
  const busy = [], painted = [];
  await frame();
  await new Promise((done) => setTimeout(done, 300));
  watcher.observe({type: 'long-animation-frame'});
  for (let at = 0; at < times; at += 1) {
    await frame();
    const link = document.createElement('a');
    link.href = `#step-${1 + (at * 37991) % 99000}`;
    document.getElementById('line-note').replaceChildren(link);
    const ending = frame();
    const began = performance.now();
    if (key === 'a') link.click();
    else result.dispatchEvent(new KeyboardEvent('keydown', {key, bubbles: true, cancelable: true}));
    const script = performance.now() - began;
    const rest = await ending;
    busy.push(script + rest);
    painted.push(performance.now() - began);
  }
  await new Promise((done) => setTimeout(done, 300));
  for (const one of watcher.takeRecords()) long.push(one.duration);
  watcher.disconnect();
  return {busy, painted, long};
}"""
TYPING = """async (times) => {
  const area = document.getElementById('rules');
  area.focus();
  area.setSelectionRange(area.value.length >> 1, area.value.length >> 1);
  const found = [];
  for (let at = 0; at < times; at += 1) {
    await new Promise(requestAnimationFrame);
    const began = performance.now();
    document.execCommand('insertText', false, 'x');
    await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
    found.push(performance.now() - began);
  }
  return found;
}"""


# Rewrites are in packets that were never shown; "a" is a link to a step anywhere.
STEPS = {
    "step": "j", "next match": "m", "next rewrite": "r", "the fate": "f", "back": "k",
    "a link to any step": "a",
}  # fmt: skip


def stepping(page: Page, url: str) -> None:
    """A trace of about 100,000 steps, most of them rules that did not match, all in the page."""
    page.goto(url.rstrip("/") + EXAMPLE)
    page.wait_for_timeout(500)
    put(
        page,
        "*filter\n:INPUT ACCEPT\n:FORWARD ACCEPT\n:OUTPUT ACCEPT\n"
        + "-A FORWARD -p tcp -j LOG\n-A FORWARD -s 10.0.0.1 -j DROP\n" * 520
        + "COMMIT\n",
    )
    packets = "".join(f"in eth1 tcp 192.168.100.10:{4000 + n} -> 198.51.100.7:443 syn\n"
                      for n in range(60))  # fmt: skip
    page.locator("#packets").fill(packets)
    page.locator("#run").click()
    page.locator("#cursor[data-done]").wait_for(state="attached", timeout=180_000)
    print("steps in the page:", page.locator("#status").inner_text(),
          page.evaluate("document.querySelectorAll('.step').length"), "rows")  # fmt: skip
    for name, key in STEPS.items():
        found = page.evaluate(STEPPING, [key, 60])
        show(f"100,000 steps, {name}: frame", found["busy"])
        show("               key to paint", found["painted"])
        longest = f", the longest {max(found['long']):.0f} ms" if found["long"] else ""
        print(f"               frames over 50 ms: {len(found['long'])} of 60{longest}")


def put(page: Page, text: str) -> None:
    """As a paste does; Playwright's own ``fill`` takes minutes for so much."""
    page.locator("#rules").evaluate(
        "(area, text) => { area.value = text; area.dispatchEvent(new Event('input', "
        "{bubbles: true})); }",
        text,
    )


def typing(page: Page, url: str) -> None:
    page.goto(url.rstrip("/") + EXAMPLE)
    page.wait_for_timeout(500)
    put(page, ruleset(10_000))
    page.wait_for_timeout(3000)
    show("10,000 lines, a key", page.evaluate(TYPING, 60))


PASTED = """() => {
  const area = document.getElementById('rules');
  window.pasted = null;
  area.addEventListener('paste', () => {
    const began = performance.now();
    requestAnimationFrame(() => setTimeout(() => { window.pasted = performance.now() - began; }));
  });
  area.focus();
  area.select();
}"""


def pasting(page: Page, url: str) -> None:
    """As large a paste over the text of the first example, and into a textarea of a bare page."""
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    for name in ("the page", "a bare textarea"):
        found = []
        for _ in range(5):
            page.goto(url.rstrip("/") + EXAMPLE)
            page.wait_for_timeout(800)
            page.evaluate("text => navigator.clipboard.writeText(text)", ruleset(10_000))
            if name != "the page":
                page.evaluate(
                    "() => { document.body.innerHTML = "
                    "'<textarea id=rules rows=18 wrap=off>a\\nb</textarea>'; }"
                )
            page.evaluate(PASTED)
            page.keyboard.press("Control+v")
            while page.evaluate("window.pasted") is None:
                page.wait_for_timeout(50)
            found.append(page.evaluate("window.pasted"))
        show(f"10,000 lines pasted, {name}", found)


def show(name: str, values: list[float]) -> float:
    ordered = sorted(values)
    p95 = ordered[max(0, round(len(ordered) * 0.95) - 1)]
    middle, most = statistics.median(values), ordered[-1]
    print(f"{name:34} median {middle:7.1f} ms   p95 {p95:7.1f} ms   most {most:7.1f} ms")
    return p95


def main(runs: int = 20) -> None:
    port = _free_port()
    url = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryDirectory() as state, sync_playwright() as playwright:
        process = subprocess.Popen(
            [sys.executable, str(ROOT / "manage.py"), "start", "--port", str(port)],
            env={**os.environ, "CHAINWALK_STATE_DIR": state, "CHAINWALK_RUN_SECONDS": "150"},
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
            show("1-packet, 40 steps, all there", measure(page, url, 24, runs)[1])
            typing(page, url)
            pasting(page, url)
            stepping(page, url)
            print(f"load: {os.getloadavg()[0]:.2f}")
            print(f"ratio of first steps, 1,000 to 10 rules: {large / small:.2f}")
            browser.close()
        finally:
            process.terminate()
            process.wait(10)


if __name__ == "__main__":
    main(*(int(word) for word in sys.argv[1:]))
