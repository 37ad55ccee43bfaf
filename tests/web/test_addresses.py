"""Every address of the site that holds no argument; test_accessible.py looks at those of pages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

# The playground has accessibility tests of its own, state by state.
APART = {"/"}


def addresses(patterns: Sequence[URLPattern | URLResolver], before: str = "/") -> Iterator[str]:
    """Those of the site that hold no argument."""
    for one in patterns:
        address = f"{before}{one.pattern}"
        if isinstance(one, URLResolver):
            yield from addresses(one.url_patterns, address)
        elif not {"<", "^"} & set(address):
            yield address


WHOLE = sorted(set(addresses(get_resolver().url_patterns)) - APART)


@pytest.mark.django_db
@pytest.mark.parametrize("address", WHOLE)
def test_a_fragment_is_for_htmx_alone(client: Client, address: str) -> None:
    """A visitor gets a whole page; an answer that htmx gets otherwise says so to caches."""
    whole = client.get(address)
    if whole.status_code != 200 or not whole["Content-Type"].startswith("text/html"):
        return
    assert "</html>" in whole.content.decode(), (
        f"a visitor of {address} gets a fragment: use answered() of playground/site/htmx.py"
    )
    part = client.get(address, headers={"HX-Request": "true"})
    if "</html>" not in part.content.decode():
        assert "HX-Request" in part["Vary"], f"{address}: answer with answered()"
