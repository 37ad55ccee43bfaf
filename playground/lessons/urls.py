"""Below ``/lessons/``."""

from __future__ import annotations

from django.urls import path

from playground.lessons import views

urlpatterns = [
    path("", views.shelf, name="lessons"),
    path("<slug:slug>/", views.page, name="lesson"),
    path("<slug:slug>/<slug:name>", views.scenario, name="lesson-scenario"),
]
