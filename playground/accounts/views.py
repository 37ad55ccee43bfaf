"""Logging in, where a team has accounts."""

from __future__ import annotations

import hashlib
from typing import Any

from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse

from playground.accounts.forms import GuessForm
from playground.links.views import within_rate
from playground.site.limits import LIMITS
from playground.site.rates import within


class Login(LoginView):
    """Django's own, with a limit on guesses: from one network, and at one account."""

    template_name = "accounts/login.html"
    redirect_authenticated_user = True

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not within_rate(request, "logins", LIMITS.logins_a_minute):
            return self._refused("Too many tries in a minute from your network: wait a minute.")
        # From many networks at once; the name itself is not kept.
        form = GuessForm(request.POST)
        form.full_clean()
        name = hashlib.sha256(form.cleaned_data["username"].casefold().encode()).hexdigest()
        if not within("guesses", name, LIMITS.guesses_an_account):
            return self._refused("Too many tries at this account in a minute: wait a minute.")
        return super().post(request, *args, **kwargs)

    def _refused(self, why: str) -> HttpResponse:
        """The form again. It is not looked at: nobody learns whether the password was right."""
        form = self.get_form_class()(self.request)
        context = self.get_context_data(form=form, problem=why)
        response = self.render_to_response(context, status=429)
        response["Retry-After"] = "60"
        return response


class AdminLogin(Login):
    """The admin's pages have the same limits. Who is logged in and no operator is told so."""

    authentication_form = AdminAuthenticationForm
    redirect_authenticated_user = False
