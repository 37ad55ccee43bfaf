from __future__ import annotations

from django.urls import path, re_path

from playground.views import api, captures, forms_of, page, reference, shares

urlpatterns = [
    path("", page.playground, name="playground"),
    path("save", shares.save, name="save"),
    path("propose", page.propose, name="propose"),
    path("reference.json", reference.reference, name="reference"),
    path("matrix", page.matrix, name="matrix"),
    path("cell", page.cell, name="cell"),
    path("pcap", captures.pcap, name="pcap"),
    path("pick", captures.pick, name="pick"),
    path("sort", page.sort, name="sort"),
    path("whatif", page.whatif, name="whatif"),
    path("examples/<slug:name>", page.example, name="example"),
    path("mine", shares.mine, name="mine"),
    path("own", shares.own, name="own"),
    path("s/<slug:pk>", shares.scenario, name="scenario"),
    path("s/<slug:pk>/latest", shares.scenario, name="scenario-latest"),
    path("s/<slug:pk>/edit", shares.edit, name="scenario-edit"),
    path("s/<slug:pk>/diff/<int:first>/<int:second>", forms_of.difference, name="difference"),
    path(
        "s/<slug:pk>/diff/<int:first>/<int:second>.json",
        forms_of.difference_json,
        name="difference-json",
    ),
    path("s/<slug:pk>/diff/fork", forms_of.fork_difference, name="fork-difference"),
    path("s/<slug:pk>.json", forms_of.as_object, name="scenario-json"),
    path("s/<slug:pk>.toml", forms_of.as_toml, name="scenario-toml"),
    path("s/<slug:pk>.txt", forms_of.as_text, name="scenario-txt"),
    path("s/<slug:pk>/<int:number>", shares.scenario, name="version"),
    path("s/<slug:pk>/<int:number>.json", forms_of.as_object, name="version-json"),
    path("s/<slug:pk>/<int:number>.toml", forms_of.as_toml, name="version-toml"),
    path("s/<slug:pk>/<int:number>.txt", forms_of.as_text, name="version-txt"),
    path("api/", api.page, name="api"),
    path("api/openapi.json", api.openapi, name="openapi"),
    path("api/limits", api.limits, name="api-limits"),
    path("api/simulate", api.simulate, name="api-simulate"),
    path("api/scenarios", api.save, name="api-save"),
    path("api/scenarios/<slug:pk>", api.read, name="api-read"),
    path("api/scenarios/<slug:pk>/<int:number>", api.read, name="api-read-version"),
    re_path(r"^api/[\s\S]+\Z", api.unknown),
]
