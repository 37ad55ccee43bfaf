"""What every answer says to browsers besides its policy of contents (``playground.settings``)."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

# Nothing here uses a device or a sensor; copying a link is the one thing that asks.
PERMISSIONS = ", ".join(
    [f"{name}=()" for name in (
        "accelerometer", "autoplay", "browsing-topics", "camera", "display-capture",
        "encrypted-media", "fullscreen", "geolocation", "gyroscope", "hid", "idle-detection",
        "magnetometer", "microphone", "midi", "payment", "picture-in-picture",
        "publickey-credentials-get", "screen-wake-lock", "serial", "usb", "xr-spatial-tracking",
    )]
    + ["clipboard-write=(self)"]
)  # fmt: skip
PERMISSIONS_POLICY = "Permissions-Policy"
CONTENT_POLICY = "Content-Security-Policy"
# For what is no page and was answered before any policy was set: static files.
NO_PAGE = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
RESOURCE_POLICY = "Cross-Origin-Resource-Policy"


class HeadersMiddleware:
    """Other sites' pages embed what says so itself, and nothing else."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault(PERMISSIONS_POLICY, PERMISSIONS)
        response.headers.setdefault(CONTENT_POLICY, NO_PAGE)
        is_open = response.headers.get("Access-Control-Allow-Origin") == "*"
        response.headers.setdefault(RESOURCE_POLICY, "cross-origin" if is_open else "same-origin")
        return response


def embeddable(response: HttpResponse) -> HttpResponse:
    """Any site may embed it."""
    response[RESOURCE_POLICY] = "cross-origin"
    return response


def private(response: HttpResponse) -> HttpResponse:
    """For what only those with its address may see: in no index, and in nobody's cache."""
    response["X-Robots-Tag"] = "noindex"
    response["Cache-Control"] = "private, no-store"
    return response
