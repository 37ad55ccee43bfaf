"""Below ``/k/``: an address that was handed out stays."""

from __future__ import annotations

from django.urls import include, path

from playground.collections import members, page_views, views

of_a_collection = [
    path("", views.front, name="collection"),
    path("edit", views.edit, name="collection-edit"),
    path("members", members.members, name="collection-members"),
    path("export.zip", views.export, name="collection-export"),
    path("take", views.take, name="collection-take"),
    path("feed.atom", views.feed, name="collection-feed"),
    path("new", page_views.write, name="collection-write"),
    path("p/<slug:slug>", page_views.read, name="collection-page"),
    path("p/<slug:slug>/edit", page_views.write, name="collection-rewrite"),
    path("p/<slug:slug>/history", page_views.history, name="collection-history"),
]

urlpatterns = [
    path("", views.shelf, name="collections"),
    path("new", views.new, name="collection-new"),
    path("search", views.find, name="search"),
    path("join/<str:token>", members.join, name="join"),
    path("<slug:pk>/", include(of_a_collection)),
]
