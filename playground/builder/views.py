"""The security-group builder: groups in, the rules of a hypervisor out, ready to walk."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_http_methods

from playground.builder.forms import GroupsForm
from playground.site.costs import costly
from playground.site.forms import problem_of, typed_in
from sim.base.errors import Refused, draw_all
from sim.tools.groups.model import Cloud
from sim.tools.groups.rules import SETTINGS, enforced
from sim.tools.groups.text import read_groups, written

EXAMPLE = """bridge cloudbr0 uplink eth0

group web
allow ingress tcp 80 from 0.0.0.0/0
allow ingress tcp 443 from 0.0.0.0/0
allow ingress icmp from 10.1.0.0/16

group db
allow ingress tcp 5432 from group web
allow egress udp 53 to 10.1.1.2/32

instance vm1 port vnet0 mac 02:00:00:00:0a:10 address 10.1.1.10 groups web
instance vm2 port vnet1 mac 02:00:00:00:0a:11 address 10.1.1.11 groups db
"""


@ensure_csrf_cookie
@require_http_methods(["GET", "HEAD", "POST"])
@costly
def builder(request: HttpRequest) -> HttpResponse:
    """GET: the form with an example. POST: what was typed, and its rules or its errors."""
    form = GroupsForm(request.POST if request.method == "POST" else {"groups": EXAMPLE})
    is_valid, text = form.is_valid(), typed_in(form)["groups"]
    context: dict[str, object] = {"text": text, "settings": SETTINGS}
    if not is_valid:
        context["told"] = problem_of(form)
        return render(request, "builder/builder.html", context, status=413)
    text = form.cleaned_data["groups"]
    try:
        cloud = read_groups(text)
    except Refused as refused:
        context["errors"] = draw_all(refused.errors, text)
        return render(request, "builder/builder.html", context)
    context["unknown"] = cloud.unknown
    made = enforced(cloud)
    if text.lstrip().startswith("{"):
        context["text"] = written(cloud)
        context["told"] = "Your JSON is written as lines now: add the instances below."
    context |= {"made": made, "host": made.host + made.sets, "packets": _packets(cloud)}
    return render(request, "builder/builder.html", context)


def _packets(cloud: Cloud) -> str:
    """A few packets to begin with: between the first two guests, and one that lies."""
    lines = []
    for one, two in zip(cloud.instances, cloud.instances[1:], strict=False):
        macs = f"src-mac {one.mac} dst-mac {two.mac}"
        mine, theirs = one.addresses[0], two.addresses[0]
        if mine.version == 4 and theirs.version == 4:
            lines.append(f"in {one.port} tcp {mine}:40000 -> {theirs}:5432 syn {macs}")
            lines.append(f"in {one.port} tcp 192.0.2.66:40001 -> {theirs}:5432 syn {macs}")
        if len(lines) >= 8:
            break
    return "\n".join(lines) + "\n"
