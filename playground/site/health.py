"""What those who run it ask: does the process live, can it serve, and what has it done."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable
from ipaddress import ip_address

from asgiref.sync import async_to_sync
from channels.layers import channel_layers
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from playground.site import failures

LAYER_SECONDS = 2.0
_FORWARDED = ("X-Forwarded-For", "Forwarded", "X-Real-IP")

log = logging.getLogger(__name__)


@require_safe
@never_cache
def alive(request: HttpRequest) -> HttpResponse:
    """The process answers; nothing else is asked."""
    return HttpResponse("alive\n", "text/plain; charset=utf-8")


@require_safe
@never_cache
def ready(request: HttpRequest) -> HttpResponse:
    """Whether what a request needs is there: 200, or 503 with the names of what is not."""
    found = {name: _tried(name, check) for name, check in CHECKS.items()}
    status = 200 if all(found.values()) else 503
    said = {name: "ok" if is_there else "unreachable" for name, is_there in found.items()}
    response = JsonResponse(said, status=status)
    if status == 503:
        response["Retry-After"] = str(failures.RETRY_SECONDS)
    return response


def _tried(name: str, check: Callable[[], bool]) -> bool:
    try:
        return check()
    except Exception as error:  # of whichever library reaches it
        log.warning("not ready: %s: %s", name, type(error).__name__)
        return False


class _Schema:
    """Once all migrations were found applied they stay so: an update starts a new process."""

    is_current = False


def _database() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    if not _Schema.is_current:
        executor = MigrationExecutor(connection)
        _Schema.is_current = not executor.migration_plan(executor.loader.graph.leaf_nodes())
    return _Schema.is_current


def _cache() -> bool:
    name = f"ready:{secrets.token_hex(8)}"
    cache.set(name, name, 10)
    return bool(cache.get(name) == name)


def _channels() -> bool:
    return all(async_to_sync(_carries)(name) for name in settings.CHANNEL_LAYERS)


async def _carries(name: str) -> bool:
    """A message comes out of the layer that was put in."""
    layer = channel_layers[name]
    async with asyncio.timeout(LAYER_SECONDS):
        channel = await layer.new_channel()
        await layer.send(channel, {"type": "ready"})
        return bool((await layer.receive(channel))["type"] == "ready")


CHECKS: dict[str, Callable[[], bool]] = {
    "database": _database,
    "cache": _cache,
    "channels": _channels,
}


@require_safe
@never_cache
def counted(request: HttpRequest) -> HttpResponse:
    """Prometheus' text format: for programs on this machine, or for all where a setting says so."""
    if not (settings.METRICS or is_from_here(request)):
        return failures.answer(request, _NOT_HERE)
    return HttpResponse(generate_latest(), CONTENT_TYPE_LATEST)


_NOT_HERE = failures.Failure(
    403,
    "forbidden",
    "Only from this machine",
    "Metrics are for programs on this machine, unless CHAINWALK_METRICS=1 is set.",
)


def is_from_here(request: HttpRequest) -> bool:
    """From a loopback address, and not through a proxy: that is one for everybody."""
    if any(name in request.headers for name in _FORWARDED):
        return False
    try:
        return ip_address(str(request.META.get("REMOTE_ADDR", ""))).is_loopback
    except ValueError:
        return False
