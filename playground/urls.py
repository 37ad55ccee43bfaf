from __future__ import annotations

from django.urls import path

from playground.views import captures, page, reference, saved

urlpatterns = [
    path("", page.playground, name="playground"),
    path("save", saved.save, name="save"),
    path("propose", page.propose, name="propose"),
    path("reference.json", reference.reference, name="reference"),
    path("matrix", page.matrix, name="matrix"),
    path("cell", page.cell, name="cell"),
    path("pcap", captures.pcap, name="pcap"),
    path("pick", captures.pick, name="pick"),
    path("sort", page.sort, name="sort"),
    path("whatif", page.whatif, name="whatif"),
    path("examples/<slug:name>", page.example, name="example"),
    path("s/<slug:pk>", saved.scenario, name="scenario"),
    path("s/<slug:pk>.json", saved.scenario_json, name="scenario-json"),
    path("s/<slug:pk>.toml", saved.scenario_toml, name="scenario-toml"),
    path("s/<slug:pk>.txt", saved.scenario_txt, name="scenario-txt"),
]
