"""Every address of the site: each room's own."""

from __future__ import annotations

from django.conf import settings
from django.urls import include, path

urlpatterns = [
    path("", include("playground.site.urls")),
    path("", include("playground.page.urls")),
    path("", include("playground.links.urls")),
    path("", include("playground.embedding.urls")),
    path("", include("playground.builder.urls")),
    path("lessons/", include("playground.lessons.urls")),
    path("k/", include("playground.collections.urls")),
    path("w/", include("playground.together.urls")),
]
if settings.ACCOUNTS:
    urlpatterns += [path("", include("playground.accounts.urls"))]

handler400 = "playground.site.failures.bad_request"
handler500 = "playground.site.failures.server_error"
