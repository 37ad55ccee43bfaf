"""Frames, pictures, oEmbed and the page that hands out the snippets."""

from __future__ import annotations

from django.urls import path

from playground.embedding import views

urlpatterns = [
    path("s/<slug:pk>.svg", views.svg, name="scenario-svg"),
    path("s/<slug:pk>.png", views.png, name="scenario-png"),
    path("s/<slug:pk>/<int:number>.svg", views.svg, name="version-svg"),
    path("s/<slug:pk>/<int:number>.png", views.png, name="version-png"),
    path("s/<slug:pk>.poster.svg", views.poster, name="scenario-poster"),
    path("s/<slug:pk>/<int:number>.poster.svg", views.poster, name="version-poster"),
    path("s/<slug:pk>/embed", views.chooser, name="chooser"),
    path("s/<slug:pk>/<int:number>/embed", views.chooser, name="version-chooser"),
    path("e/<slug:pk>", views.frame, name="frame"),
    path("e/<slug:pk>/<int:number>", views.frame, name="version-frame"),
    path("embed.js", views.script, name="embed-script"),
    path("oembed", views.oembed, name="oembed"),
]
