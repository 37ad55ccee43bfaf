"""The API keeps its description's word, whatever it is sent (schemathesis)."""

from __future__ import annotations

import pytest
import schemathesis
from django.core.wsgi import get_wsgi_application
from hypothesis import HealthCheck, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance

from playground.links import api

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

schema = schemathesis.openapi.from_wsgi("/api/openapi.json", get_wsgi_application())


@pytest.fixture(autouse=True)
def no_rate(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hundreds of calls in a second are meant here."""
    monkeypatch.setattr(api, "within_rate", lambda *what: True)
    monkeypatch.setattr(api, "may_save", lambda request: True)


@schema.parametrize()
@settings(
    max_examples=40,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
def test_every_answer_is_as_described(case: schemathesis.Case) -> None:
    """No 500, no status and no shape that the description does not name."""
    # A text that is a string for the description may still be none for the engine: that is 422.
    case.call_and_validate(
        excluded_checks=[positive_data_acceptance], headers={"Accept-Encoding": "identity"}
    )
