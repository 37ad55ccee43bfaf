"""``/design``: every component once, for those who work on the look (with ``CHAINWALK_DEBUG``).

Each is the very template that the pages include, filled from an example's walk: what is changed
there is seen here, in both schemes and at any width.
"""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from playground.page import gallery
from playground.shown.presenters import drawn
from playground.shown.trace import Whole
from playground.walks import runs
from sim.base.errors import Refused
from sim.model.scenario import Scenario

COLOURS = {
    "paper": "ground", "sheet": "what is written on", "wash": "quoted, code", "hair": "lines",
    "ink": "text", "quiet": "text beside it", "accent": "links, the packet's line",
    "goes": "forwarded, sent, delivered", "stopped": "dropped, rejected, errors",
    "rewritten": "NAT, a changed field", "moved": "jumps", "unknown": "undetermined, stolen",
}  # fmt: skip
VERDICTS = ("forwarded", "delivered", "dropped", "rejected", "undetermined", "unsent", "lost")
_WRONG = Scenario(rules="iptables -A INPUT -p tcp --dprot 22 -j ACCEPT\n")


@require_safe
def design(request: HttpRequest) -> HttpResponse:
    """404 where nobody works on the look."""
    if not settings.DEBUG:
        raise Http404("the page of components is there with CHAINWALK_DEBUG=1")
    trace = Whole(runs.walk_of(gallery.first().scenario))
    context = {
        "colours": COLOURS,
        "verdicts": VERDICTS,
        "fates": trace.own_fates,
        "group": trace.groups[0],
        "errors": _errors(),
    }
    return render(request, "page/design.html", context)


def _errors() -> object:
    try:
        runs.prepare(_WRONG)
    except Refused as refused:
        return drawn(refused, _WRONG)
    return ()
