"""Logging in, where a team has accounts."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse

from playground.links.views import within_rate
from playground.site.limits import LIMITS


class Login(LoginView):
    """Django's own, with a limit on guesses."""

    template_name = "accounts/login.html"
    redirect_authenticated_user = True

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if within_rate(request, "logins", LIMITS.logins_a_minute):
            return super().post(request, *args, **kwargs)
        form = self.get_form()
        form.is_valid()
        form.errors.clear()
        form.add_error(None, "Too many tries in a minute from your address: wait a minute.")
        response = self.render_to_response(self.get_context_data(form=form), status=429)
        response["Retry-After"] = "60"
        return response
