"""Forms are read as Django reads them, in less memory."""

from __future__ import annotations

import tracemalloc
from urllib.parse import urlencode

import pytest
from django.core.exceptions import TooManyFieldsSent
from django.http import QueryDict
from django.test import Client

from playground.site.requests import form_of

BODIES = [
    b"", b"&", b"a", b"a=", b"=b", b"a=b&a=c", b"a=b=c", b"a+b=c+d%2B", b"a=%", b"a=%2",
    b"a=%zz%41", b"a=%C3%A9%e2%82%ac", b"a=%FF", "a=é".encode(), b"a=%00%0D%0A",
    b"%61=1&b;c=2", b"a=1&&b=2",
    *(b"a=" + b"x" * before + b"%22%C3%A9%41" * 4_000 for before in range(7)),
]  # fmt: skip


@pytest.mark.parametrize("body", BODIES)
def test_a_form_is_what_django_reads(body: bytes) -> None:
    """Names and values, in their order, wherever a long one is cut."""
    assert dict(form_of(body).lists()) == dict(QueryDict(body).lists())


def test_a_text_of_quotes_takes_no_hundred_times_its_size() -> None:
    """1.4 MB of them ended a worker of 300 MB."""
    body = urlencode({"rules": '"' * 300_000}).encode()
    tracemalloc.start()
    form_of(body)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 6 * len(body)


def test_a_form_has_so_many_fields() -> None:
    """As Django bounds them."""
    with pytest.raises(TooManyFieldsSent):
        form_of(b"a=1&" * 1_000 + b"a=1")
    assert len(form_of(b"a=1&" * 999 + b"a=1").getlist("a")) == 1_000


@pytest.mark.django_db
def test_a_form_that_is_too_large_is_called_that() -> None:
    """It was called damaged."""
    body = "rules=" + "%22" * 2_796_300
    answer = Client().post("/", body, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 413
    assert "too large" in answer.content.decode()
