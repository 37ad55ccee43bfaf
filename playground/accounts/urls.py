"""Logging in and out, where a team has accounts."""

from __future__ import annotations

from django.contrib.auth.views import LogoutView
from django.urls import path

from playground.accounts.views import Login

urlpatterns = [
    path("login", Login.as_view(), name="login"),
    path("logout", LogoutView.as_view(), name="logout"),
]
