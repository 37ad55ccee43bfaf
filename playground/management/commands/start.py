"""``start``: make the database and serve the playground on port 8000.

``manage.py`` has already set up the virtual environment when this runs.
"""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import uvicorn
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand

from playground.lessons.shelf import lessons
from playground.links import store
from playground.page import gallery
from playground.site.frames import LightSockets
from playground.site.locks import set_up_alone
from sim.model.scenario import Scenario


def shipped() -> Iterator[Scenario]:
    """Every scenario that comes with Chainwalk."""
    for example in gallery.everything():
        yield example.scenario
    for lesson in lessons():
        yield from lesson.scenarios.values()


class Command(BaseCommand):
    help = "Set up and start the playground (uvicorn)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000)

    def handle(self, *args: Any, **options: Any) -> None:
        with set_up_alone():  # several are started at once where several serve
            call_command("migrate", verbosity=0, interactive=False)
            call_command("collectstatic", verbosity=0, interactive=False)
            for scenario in shipped():
                with suppress(store.Barred):
                    store.ship(scenario)
        self.stdout.write(
            f"Chainwalk: http://{options['host']}:{options['port']}/  (Ctrl-C stops it)"
        )
        uvicorn.run(
            "playground.asgi:application",
            host=options["host"],
            port=options["port"],
            log_config=None,  # its lines go where ours go
            access_log=False,
            server_header=False,
            # Who else says X-Forwarded-For says what it likes.
            proxy_headers=bool(settings.PROXIES),
            forwarded_allow_ips=settings.PROXIES,
            ws=LightSockets,
            ws_max_size=16 * 1024 * 1024,
            ws_per_message_deflate=True,
            timeout_graceful_shutdown=3,
        )
