from __future__ import annotations

from django.conf import settings
from django.contrib.auth.views import LogoutView
from django.urls import path, re_path

from playground.accounts import views as accounts
from playground.builder import views as builder
from playground.collections import members
from playground.collections import page_views as collection_pages
from playground.collections import views as collections
from playground.embedding import views as embeds
from playground.lessons import views as lessons
from playground.links import api, formats
from playground.links import views as shares
from playground.page import advice, captures, examples, masking, reference
from playground.page import views as page
from playground.together import views as together

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
    path("mask", masking.mask, name="mask"),
    path("advise", advice.apply, name="advise"),
    path("examples/", examples.examples, name="examples"),
    path("examples/<slug:name>", examples.example, name="example"),
    path("lessons/", lessons.shelf, name="lessons"),
    path("lessons/<slug:slug>/", lessons.page, name="lesson"),
    path("lessons/<slug:slug>/<slug:name>", lessons.scenario, name="lesson-scenario"),
    path("builder", builder.builder, name="builder"),
    path("k/", collections.shelf, name="collections"),
    path("k/new", collections.new, name="collection-new"),
    path("k/search", collections.find, name="search"),
    path("k/join/<str:token>", members.join, name="join"),
    path("k/<slug:pk>/", collections.front, name="collection"),
    path("k/<slug:pk>/edit", collections.edit, name="collection-edit"),
    path("k/<slug:pk>/members", members.members, name="collection-members"),
    path("k/<slug:pk>/export.zip", collections.export, name="collection-export"),
    path("k/<slug:pk>/take", collections.take, name="collection-take"),
    path("k/<slug:pk>/feed.atom", collections.feed, name="collection-feed"),
    path("k/<slug:pk>/new", collection_pages.write, name="collection-write"),
    path("k/<slug:pk>/p/<slug:slug>", collection_pages.read, name="collection-page"),
    path("k/<slug:pk>/p/<slug:slug>/edit", collection_pages.write, name="collection-rewrite"),
    path("k/<slug:pk>/p/<slug:slug>/history", collection_pages.history, name="collection-history"),
    path("mine", shares.mine, name="mine"),
    path("own", shares.own, name="own"),
    path("s/<slug:pk>", shares.scenario, name="scenario"),
    path("s/<slug:pk>/latest", shares.scenario, name="scenario-latest"),
    path("s/<slug:pk>/edit", shares.edit, name="scenario-edit"),
    path("s/<slug:pk>/diff/<int:first>/<int:second>", formats.difference, name="difference"),
    path(
        "s/<slug:pk>/diff/<int:first>/<int:second>.json",
        formats.difference_json,
        name="difference-json",
    ),
    path("s/<slug:pk>/diff/fork", formats.fork_difference, name="fork-difference"),
    path("s/<slug:pk>.json", formats.as_object, name="scenario-json"),
    path("s/<slug:pk>.toml", formats.as_toml, name="scenario-toml"),
    path("s/<slug:pk>.txt", formats.as_text, name="scenario-txt"),
    path("s/<slug:pk>/<int:number>", shares.scenario, name="version"),
    path("s/<slug:pk>/<int:number>.json", formats.as_object, name="version-json"),
    path("s/<slug:pk>/<int:number>.toml", formats.as_toml, name="version-toml"),
    path("s/<slug:pk>/<int:number>.txt", formats.as_text, name="version-txt"),
    path("s/<slug:pk>.svg", embeds.svg, name="scenario-svg"),
    path("s/<slug:pk>.png", embeds.png, name="scenario-png"),
    path("s/<slug:pk>/<int:number>.svg", embeds.svg, name="version-svg"),
    path("s/<slug:pk>/<int:number>.png", embeds.png, name="version-png"),
    path("s/<slug:pk>/embed", embeds.chooser, name="chooser"),
    path("s/<slug:pk>/<int:number>/embed", embeds.chooser, name="version-chooser"),
    path("e/<slug:pk>", embeds.frame, name="frame"),
    path("e/<slug:pk>/<int:number>", embeds.frame, name="version-frame"),
    path("embed.js", embeds.script, name="embed-script"),
    path("oembed", embeds.oembed, name="oembed"),
    path("w/", together.start, name="together-start"),
    path("w/<slug:token>/", together.walk, name="together"),
    path("w/<slug:token>/lead", together.lead, name="together-lead"),
    path("api/", api.page, name="api"),
    path("api/openapi.json", api.openapi, name="openapi"),
    path("api/limits", api.limits, name="api-limits"),
    path("api/simulate", api.simulate, name="api-simulate"),
    path("api/scenarios", api.save, name="api-save"),
    path("api/scenarios/<slug:pk>", api.read, name="api-read"),
    path("api/scenarios/<slug:pk>/<int:number>", api.read, name="api-read-version"),
    re_path(r"^api/[\s\S]+\Z", api.unknown),
]
if settings.ACCOUNTS:
    urlpatterns += [
        path("login", accounts.Login.as_view(), name="login"),
        path("logout", LogoutView.as_view(), name="logout"),
    ]
