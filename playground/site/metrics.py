"""What Prometheus counts. Labels are names of views, methods and statuses: never an address,
a link or a text, and few enough to stay small whatever is asked for.

Each process counts for itself; each is scraped at its own port.
"""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

from sim import ENGINE_VERSION

METHODS = frozenset(("GET", "HEAD", "POST", "OPTIONS", "PUT", "PATCH", "DELETE"))
# Seconds. The page's promises are 60 ms, 500 ms and 3 s.
_BUCKETS = (0.005, 0.02, 0.06, 0.15, 0.5, 1.0, 3.0, 10.0, 30.0)

_requests = Counter(
    "chainwalk_requests_total", "HTTP requests answered.", ("method", "view", "status")
)
_durations = Histogram(
    "chainwalk_request_seconds", "Seconds until the answer.", ("view",), buckets=_BUCKETS
)
_sockets = Gauge("chainwalk_sockets_open", "WebSockets that are open now.")
_opened = Counter("chainwalk_sockets_total", "WebSockets opened.")
Gauge("chainwalk_build_info", "The engine that runs; always 1.", ("engine",)).labels(
    ENGINE_VERSION
).set(1)


def method_of(name: str | None) -> str:
    """A known method, or "other": whoever asks may call it anything."""
    return name if name in METHODS else "other"


def answered(method: str, view: str, status: int, seconds: float) -> None:
    _requests.labels(method, view, str(status)).inc()
    _durations.labels(view).observe(seconds)


def socket_opened() -> None:
    _sockets.inc()
    _opened.inc()


def socket_closed() -> None:
    _sockets.dec()
