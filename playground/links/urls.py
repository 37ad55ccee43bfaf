"""Saving, ``/s/ID`` with its versions and formats, and the API."""

from __future__ import annotations

from django.urls import include, path, re_path

from playground.links import api, formats, reporting, views

below_s = [
    path("<slug:pk>", views.scenario, name="scenario"),
    path("<slug:pk>/latest", views.scenario, name="scenario-latest"),
    path("<slug:pk>/edit", views.edit, name="scenario-edit"),
    path("<slug:pk>/report", reporting.report, name="report"),
    path("<slug:pk>/diff/<int:first>/<int:second>", formats.difference, name="difference"),
    path(
        "<slug:pk>/diff/<int:first>/<int:second>.json",
        formats.difference_json,
        name="difference-json",
    ),
    path("<slug:pk>/diff/fork", formats.fork_difference, name="fork-difference"),
    path("<slug:pk>.json", formats.as_object, name="scenario-json"),
    path("<slug:pk>.toml", formats.as_toml, name="scenario-toml"),
    path("<slug:pk>.txt", formats.as_text, name="scenario-txt"),
    path("<slug:pk>/<int:number>", views.scenario, name="version"),
    path("<slug:pk>/<int:number>.json", formats.as_object, name="version-json"),
    path("<slug:pk>/<int:number>.toml", formats.as_toml, name="version-toml"),
    path("<slug:pk>/<int:number>.txt", formats.as_text, name="version-txt"),
]
below_api = [
    path("", api.page, name="api"),
    path("openapi.json", api.openapi, name="openapi"),
    path("limits", api.limits, name="api-limits"),
    path("simulate", api.simulate, name="api-simulate"),
    path("why", api.why, name="api-why"),
    path("read", api.read_paste, name="api-read-paste"),
    path("scenarios", api.save, name="api-save"),
    path("scenarios/<slug:pk>", api.read, name="api-read"),
    path("scenarios/<slug:pk>/<int:number>", api.read, name="api-read-version"),
    re_path(r"^[\s\S]+\Z", api.unknown),
]

urlpatterns = [
    path("save", views.save, name="save"),
    path("mine", views.mine, name="mine"),
    path("own", views.own, name="own"),
    path("s/", include(below_s)),
    path("api/", include(below_api)),
]
