"""Logging in and out, and the admin, where a team has accounts."""

from __future__ import annotations

from django.contrib import admin
from django.contrib.auth.views import LogoutView
from django.urls import path

from playground.accounts.views import AdminLogin, Login

urlpatterns = [
    path("login", Login.as_view(), name="login"),
    path("logout", LogoutView.as_view(), name="logout"),
    path("admin/login/", AdminLogin.as_view()),
    path("admin/", admin.site.urls),
]
