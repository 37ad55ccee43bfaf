"""``python -m tests.web.shots DIR [STATE...]``: pictures of every state of the site, to look at.

Each at 390, 820, 1366 and 1920 px, light and dark, as ``DIR/STATE-WIDTH-SCHEME.png``, and a sheet
of each state with all of them, ``DIR/STATE.png``. ``--at 390,1366`` and ``--scheme dark``
take less time.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browsing import EXAMPLE, served
from tests.web.pastes import ASKING, BROKEN, MATRIX

SIZES = {390: 844, 820: 1180, 1366: 768, 1920: 1080}
SCHEMES = ("light", "dark")
# What a state asks of its page besides size and scheme.
PAGES: dict[str, dict[str, Any]] = {
    "forced": {"forced_colors": "active"},
    "unscripted": {"java_script_enabled": False},
}
WHOLE = {"print", "unscripted", "design", "help", "manual", "help-extensions"}  # from top to end


def put(page: Page, **texts: str) -> None:
    """Other texts in the playground, as if they were typed."""
    for name, text in texts.items():
        page.locator(f"#{name}").evaluate(
            "(area, text) => {"
            " area.value = text; area.dispatchEvent(new Event('chainwalk:set')); }",
            text,
        )


def walked(page: Page) -> None:
    expect(page.locator("#cursor[data-done=walked]")).to_have_count(1)
    page.wait_for_timeout(500)


def pasted(page: Page, text: str) -> None:
    page.goto("/")
    page.locator("#paste").fill(text)
    page.get_by_role("button", name="Read and run").click()


def empty(page: Page) -> None:
    page.goto("/")


def receipt(page: Page) -> None:
    pasted(page, ASKING)
    page.locator(".receipt").wait_for()


def running(page: Page) -> None:
    page.goto(EXAMPLE)
    rules = "".join(f"iptables -A FORWARD -s 10.0.0.{i % 250} -j LOG\n" for i in range(1500))
    put(page, rules=rules, packets="in eth1 udp 192.168.100.7:1 -> 9.9.9.9:53\n" * 60)
    page.locator("#run").click()
    expect(page.locator(".step").nth(20)).to_be_attached()


def result(page: Page) -> None:
    """A drop with its cause and its fix."""
    pasted(page, BROKEN)
    page.locator(".card.is-chosen").wait_for()


def passing(page: Page) -> None:
    """What is forwarded, at its rewrite."""
    page.goto(EXAMPLE)
    page.locator("#result").focus()
    page.keyboard.press("r")
    page.keyboard.press("r")


def refused(page: Page) -> None:
    page.goto(EXAMPLE)
    put(page, rules="*filter\n-A FORWARD -p tcp --dprot 80 -j ACCEPT\n-A INPT -j DROP\nCOMMIT\n")
    page.locator("#run").click()
    page.locator(".error").first.wait_for(state="attached")


def stale(page: Page) -> None:
    """Results older than the text, and an error in it."""
    rules_tab(page)
    page.locator("#rules").focus()
    page.keyboard.press("Control+Home")
    page.keyboard.type("iptables -A INPUT -p tcp --dprot 1 -j DROP\n")
    page.locator(".error").first.wait_for(state="attached")
    page.locator("#tabs").get_by_text("Walk").evaluate("label => label.click()")


def undetermined(page: Page) -> None:
    page.goto(EXAMPLE)
    put(
        page,
        rules="iptables -P INPUT DROP\niptables -A INPUT -m time --timestart 09:00 --timestop"
        " 17:00 -p tcp --dport 80 -j ACCEPT\n",
        host="interface eth0 192.0.2.1/24\nlisten tcp 0.0.0.0:80 uid 0\n",
        packets="in eth0 tcp 192.0.2.9:5000 -> 192.0.2.1:80 syn\n",
        expect="",
    )
    page.locator("#run").click()
    walked(page)


def packets_shown(page: Page) -> None:
    """A narrow screen has them, and what is said of a link, on a tab of their own."""
    tab = page.locator("#tabs").get_by_text("Packets")
    if tab.is_visible():
        tab.click()


def conversation(page: Page) -> None:
    packets_tab(page)
    page.locator(".talk summary").click()


def matrix(page: Page) -> None:
    packets_tab(page)
    page.get_by_text("Try many packets").click()
    page.get_by_label("Sources").fill(MATRIX[0])
    page.get_by_label("Ports").fill(MATRIX[1])
    page.get_by_role("button", name="Show each verdict").click()
    page.locator(".matrix td").first.wait_for(state="attached")


def saved(page: Page) -> None:
    """Just saved: the link, its button, the key folded away."""
    page.goto(EXAMPLE)
    page.locator("#save summary").click()
    page.get_by_label("Title", exact=True).first.fill("The router at home")
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url("**/s/**")  # or to a version of it


def saving(page: Page) -> None:
    page.goto(EXAMPLE)
    page.locator("#save summary").click()


def difference(page: Page) -> None:
    saved(page)
    put(page, rules=page.locator("#rules").input_value().replace("25,465,587", "25,465"))
    page.locator("#save summary").click()
    with page.expect_navigation():  # to the same address, which has another version now
        page.get_by_role("button", name="Save", exact=True).click()
    packets_shown(page)
    page.get_by_role("link", name="what differs").first.click()
    page.locator(".diff, .differences, main h2").first.wait_for()


def embed(page: Page) -> None:
    saved(page)
    page.goto("/e/" + page.url.rpartition("/s/")[2].partition("/")[0])


def chooser(page: Page) -> None:
    saved(page)
    page.goto(page.url.partition("#")[0].rstrip("/") + "/embed")


def collection(page: Page) -> None:
    saved(page)
    link = page.evaluate("location.pathname")
    page.goto("/k/new")
    page.get_by_label("Title").fill("Handbook of the gateway")
    page.locator("[name=visibility][value=public]").check()
    page.get_by_label("Title").press("Enter")
    page.get_by_role("link", name="New page").click()
    page.get_by_label("Title").fill("Why the router forwards")
    page.get_by_label("Text").fill(f"What a client sees, and what the rest sees:\n\n{link}\n")
    page.get_by_role("button", name="Save").click()
    page.get_by_text("Forwarded out eth0").first.wait_for()


def at(path: str) -> Callable[[Page], None]:
    """The page of an address as it comes."""

    def state(page: Page) -> None:
        page.goto(path)

    return state


def printed(page: Page) -> None:
    page.goto(EXAMPLE)
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")


def help_menu(page: Page) -> None:
    page.goto(EXAMPLE)
    page.locator("#help summary").click()


def packets_tab(page: Page) -> None:
    """The first of the three places that a narrow screen has."""
    page.goto(EXAMPLE)
    packets_shown(page)


def rules_tab(page: Page) -> None:
    page.goto(EXAMPLE)
    tab = page.locator("#tabs").get_by_text("Rules, host")
    if tab.is_visible():
        tab.click()


STATES: dict[str, Callable[[Page], None]] = {
    "empty": empty,
    "receipt": receipt,
    "running": running,
    "result": result,
    "passing": passing,
    "refused": refused,
    "stale": stale,
    "undetermined": undetermined,
    "conversation": conversation,
    "matrix": matrix,
    "packets-tab": packets_tab,
    "rules-tab": rules_tab,
    "saving": saving,
    "saved": saved,
    "difference": difference,
    "embed": embed,
    "chooser": chooser,
    "collection": collection,
    "shelf": at("/k/"),
    "lessons": at("/lessons/"),
    "lesson": at("/lessons/snat-or-masquerade/"),
    "examples": at("/examples/"),
    "builder": at("/builder"),
    "help": at("/help"),
    "help-extensions": at("/help/extensions"),
    "help-menu": help_menu,
    "api": at("/api/"),
    "mine": at("/mine"),
    "404": at("/nothing"),
    "design": at("/design"),
    "print": printed,
    "forced": result,
    "unscripted": at(EXAMPLE),
}


def taken(browser: Browser, url: str, name: str, width: int, scheme: str, path: Path) -> None:
    """One picture of one state, in a browser that knows nothing yet."""
    more = PAGES.get(name, {})
    context = browser.new_context(
        base_url=url,
        viewport={"width": width, "height": SIZES[width]},
        color_scheme="dark" if scheme == "dark" else "light",
        has_touch=width < 1000,
        **more,
    )
    page = context.new_page()
    STATES[name](page)
    page.wait_for_timeout(400)
    page.screenshot(path=path, full_page=name in WHOLE or (width == 390 and name not in FIXED))
    context.close()


# What fills the screen and scrolls inside.
FIXED = {
    "running", "result", "passing", "refused", "stale", "undetermined", "conversation", "matrix",
    "packets-tab", "rules-tab", "saving", "saved", "embed", "help-menu", "forced",
}  # fmt: skip


def sheet(paths: list[Path], out: Path) -> None:
    """All pictures of a state beside each other, none higher than two screens."""
    pictures = [Image.open(path).convert("RGB") for path in paths]
    pictures = [one.crop((0, 0, one.width, min(one.height, 2 * SIZES[one.width])))
                for one in pictures]  # fmt: skip
    across = Image.new(
        "RGB",
        (sum(one.width + 24 for one in pictures), max(one.height for one in pictures)),
        (128, 128, 128),
    )
    left = 0
    for one in pictures:
        across.paste(one, (left, 0))
        left += one.width + 24
    across.save(out)


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("folder", type=Path)
    asked.add_argument("states", nargs="*", choices=[[], *STATES], metavar="STATE")
    asked.add_argument("--at", default=",".join(map(str, SIZES)))
    asked.add_argument("--scheme", choices=SCHEMES)
    given = asked.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as state,
        served(Path(state), CHAINWALK_PLAIN_STATIC="1") as url,
        served(Path(state), CHAINWALK_DEBUG="1") as workshop,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"]
        )
        for name in given.states or STATES:
            paths = []
            for width in map(int, given.at.split(",")):
                for scheme in [given.scheme] if given.scheme else SCHEMES:
                    path = given.folder / f"{name}-{width}-{scheme}.png"
                    taken(browser, workshop if name == "design" else url, name, width, scheme, path)
                    paths.append(path)
            sheet(paths, given.folder / f"{name}.png")
        browser.close()


if __name__ == "__main__":
    main()
