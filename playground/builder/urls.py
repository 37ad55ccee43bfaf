"""The rule builder."""

from __future__ import annotations

from django.urls import path

from playground.builder import views

urlpatterns = [
    path("builder", views.builder, name="builder"),
]
