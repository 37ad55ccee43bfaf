from __future__ import annotations

from django.urls import path

from playground import views

urlpatterns = [
    path("", views.playground, name="playground"),
    path("save", views.save, name="save"),
    path("propose", views.propose, name="propose"),
    path("reference.json", views.reference, name="reference"),
    path("matrix", views.matrix, name="matrix"),
    path("cell", views.cell, name="cell"),
    path("pcap", views.pcap, name="pcap"),
    path("pick", views.pick, name="pick"),
    path("sort", views.sort, name="sort"),
    path("whatif", views.whatif, name="whatif"),
    path("examples/<slug:name>", views.example, name="example"),
    path("s/<slug:pk>", views.scenario, name="scenario"),
    path("s/<slug:pk>.json", views.scenario_json, name="scenario-json"),
    path("s/<slug:pk>.toml", views.scenario_toml, name="scenario-toml"),
    path("s/<slug:pk>.txt", views.scenario_txt, name="scenario-txt"),
]
