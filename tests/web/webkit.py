"""Debian's WebKit (webkit2gtk-driver brings its driver and MiniBrowser), on a screen of its own."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from selenium.webdriver import WebKitGTK
from selenium.webdriver.webkitgtk.options import Options
from selenium.webdriver.webkitgtk.service import Service

DRIVER = "/usr/bin/WebKitWebDriver"
LIBRARIES = Path("/usr/lib")
SCREEN = (1600, 1000)


def mini_browser() -> str:
    """The program that the driver starts: where it lies differs by release and machine."""
    return str(sorted(LIBRARIES.glob("*/webkit2gtk-4*/MiniBrowser"))[-1])


@contextmanager
def screen() -> Iterator[str]:
    """A virtual screen; its name for ``DISPLAY``."""
    reads, writes = os.pipe()
    size = f"{SCREEN[0]}x{SCREEN[1]}x24"
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writes), "-screen", "0", size, "-nolisten", "tcp"],
        pass_fds=[writes],
        stderr=subprocess.DEVNULL,
    )
    os.close(writes)
    try:
        with os.fdopen(reads) as told:
            yield f":{told.readline().strip()}"
    finally:
        server.terminate()
        server.wait(10)


@contextmanager
def launched(width: int, height: int) -> Iterator[WebKitGTK]:
    """A browser whose page is so large."""
    with screen() as display:
        options = Options()
        options.binary_location = mini_browser()
        options.add_argument("--automation")
        service = Service(DRIVER, env={**os.environ, "DISPLAY": display})
        driver = WebKitGTK(options=options, service=service)
        try:
            driver.set_window_size(width, height)
            inner = driver.execute_script("return [innerWidth, innerHeight]")
            driver.set_window_size(2 * width - inner[0], 2 * height - inner[1])
            driver.set_script_timeout(60)
            yield driver
        finally:
            driver.quit()
