"""Fixed addresses that every site has."""

from __future__ import annotations

from django.urls import path

from playground.site import health, views

urlpatterns = [
    path("robots.txt", views.robots, name="robots"),
    path(".well-known/security.txt", views.security, name="security"),
    path("favicon.ico", views.icon, name="favicon"),
    path("limits", views.limits, name="limits"),
    path("healthz", health.alive, name="healthz"),
    path("readyz", health.ready, name="readyz"),
    path("metrics", health.counted, name="metrics"),
]
