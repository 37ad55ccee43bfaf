"""Below ``/w/``: walking together."""

from __future__ import annotations

from django.urls import path

from playground.together import views

urlpatterns = [
    path("", views.start, name="together-start"),
    path("<slug:token>/", views.walk, name="together"),
    path("<slug:token>/lead", views.lead, name="together-lead"),
]
