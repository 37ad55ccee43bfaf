"""HTTP goes to Django, the one WebSocket to its consumer; other origins are refused."""

from __future__ import annotations

import os
from typing import Any, cast

from channels.routing import ProtocolTypeRouter, URLRouter
from channels.sessions import CookieMiddleware
from django.core.asgi import get_asgi_application
from django.urls import path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "playground.settings")
http = cast("Any", get_asgi_application())

from playground.page.socket import RunConsumer  # noqa: E402 -- needs Django set up
from playground.site import collector  # noqa: E402 -- the same
from playground.site.bodies import BoundedBodies  # noqa: E402 -- the same
from playground.site.limits import LIMITS  # noqa: E402 -- the same
from playground.site.observed import ObservedSockets  # noqa: E402 -- the same
from playground.site.origins import OwnOrigin  # noqa: E402 -- the same
from playground.site.requests import FrugalRequest  # noqa: E402 -- the same
from playground.together.consumer import TogetherConsumer  # noqa: E402
from playground.walks.offload import Offloaded  # noqa: E402 -- the same
from playground.walks.pool import close_here, open_here  # noqa: E402 -- the same

http.request_class = FrugalRequest


def _at(route: str, application: object) -> Any:
    """``path`` as Channels means it: an application where Django's types want a view."""
    return path(route, cast("Any", application))


async def _lifespan(scope: Any, receive: Any, send: Any) -> None:
    """The worker processes live as long as the server. One that does not say so has none."""
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            open_here()
            await send({"type": "lifespan.startup.complete"})
        else:
            await close_here()
            await send({"type": "lifespan.shutdown.complete"})
            return


sockets = cast(
    "Any",
    URLRouter(
        [
            _at("ws/run", RunConsumer.as_asgi()),
            _at("w/<slug:token>/socket", CookieMiddleware(TogetherConsumer.as_asgi())),
        ]
    ),
)
application = ProtocolTypeRouter(
    {
        "http": BoundedBodies(Offloaded(http), LIMITS.body_bytes),
        "lifespan": cast("Any", _lifespan),
        "websocket": ObservedSockets(OwnOrigin(sockets)),
    }
)

collector.hold_back()
