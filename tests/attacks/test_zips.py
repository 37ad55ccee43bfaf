"""A damaged zip is refused in words, however it is packed and wherever it is damaged."""

from __future__ import annotations

import io
import zipfile
from contextlib import suppress

import pytest

from playground.collections import folder, zipped
from playground.collections.pages import Problem

METHODS = {"deflate": zipfile.ZIP_DEFLATED, "bzip2": zipfile.ZIP_BZIP2, "lzma": zipfile.ZIP_LZMA,
           "stored": zipfile.ZIP_STORED}  # fmt: skip
NUMBERS = (
    "9" * 5_000,
    "0x" + "f" * 9_000,
    "1e" + "9" * 5_000,
    "1979-05-27T07:32:00." + "9" * 9_000,
)


def _packed(text: str, method: int) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        archive.writestr("collection.toml", text)
    return file.getvalue()


@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)
def test_each_byte_of_a_zip_may_be_another(method: int) -> None:
    """It is read as before or refused: never an error of ours."""
    whole = _packed('title = "kept"\n', method)
    assert folder.read(zipped.unpacked(whole)).title == "kept"
    for place in range(len(whole)):
        for damage in (0x01, 0x80, 0xFF):
            damaged = bytearray(whole)
            damaged[place] ^= damage
            with suppress(Problem):
                folder.read(zipped.unpacked(bytes(damaged)))


@pytest.mark.parametrize("number", NUMBERS, ids=["decimal", "hexadecimal", "exponent", "time"])
def test_numbers_of_thousands_of_digits_are_refused(number: str) -> None:
    """Python itself refuses to read or print some of them."""
    with pytest.raises(Problem):
        folder.read(zipped.unpacked(_packed(f"title = {number}\n", zipfile.ZIP_DEFLATED)))
