"""Static files by hashed names, those that our modules import too, compressed beforehand."""

from __future__ import annotations

from typing import Any, cast

from whitenoise.storage import CompressedManifestStaticFilesStorage as WhiteNoiseStorage

OURS = ("embedding", "links", "page", "shown", "site", "together")  # folders with scripts
_IMPORTS = cast("Any", WhiteNoiseStorage)._js_module_import_aggregation_patterns[1]


class HashedStaticFiles(WhiteNoiseStorage):
    """WhiteNoise's storage with Django's rewriting of ``import``, for our own modules only.

    A comment in one of the packaged scripts holds an ``import`` that leads nowhere.
    """

    patterns = (
        *WhiteNoiseStorage.patterns,
        *((f"{folder}/*.js", _IMPORTS) for folder in OURS),
    )
