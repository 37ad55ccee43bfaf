"""A folder as one file: made the same every time, read with distrust."""

from __future__ import annotations

import io
import lzma
import struct
import zipfile
import zlib
from collections.abc import Mapping

from playground.collections.pages import Problem
from playground.site.limits import LIMITS

_BEGINNING = (1980, 1, 1, 0, 0, 0)  # of time, for a zip file
_MOST_FILES = LIMITS.zip_files


def packed(files: Mapping[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, data in files.items():
            info = zipfile.ZipInfo(path, _BEGINNING)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            archive.writestr(info, data)
    return made.getvalue()


def unpacked(data: bytes) -> dict[str, bytes]:
    """By path; a folder around everything, as GitHub makes it, is taken off.

    Raises ``Problem`` for what is no zip file, too large, encrypted or broken. Nothing is written
    anywhere, so a path that leads outside is only a name.
    """
    if len(data) > LIMITS.zip_bytes:
        raise Problem(f"A zip file has at most {LIMITS.zip_bytes} bytes here.")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _without_folder(_read(archive))
    except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, NotImplementedError,
            struct.error, IndexError, RuntimeError, ValueError, OSError) as error:  # fmt: skip
        raise Problem(f"That is no zip file that can be read: {error}.") from None


def _read(archive: zipfile.ZipFile) -> dict[str, bytes]:
    infos = [info for info in archive.infolist() if not info.filename.endswith("/")]
    if len(infos) > _MOST_FILES:
        raise Problem(f"A zip file holds at most {_MOST_FILES} files here.")
    found: dict[str, bytes] = {}
    left = LIMITS.unzipped_bytes
    for info in infos:
        if not info.filename:
            raise Problem("It holds a file without a name.")
        with archive.open(info) as file:
            data = file.read(left + 1)  # never what the header claims
        left -= len(data)
        if left < 0:
            raise Problem(f"It holds more than {LIMITS.unzipped_bytes} bytes.")
        if info.filename in found:
            raise Problem(f"{info.filename} is in it twice.")
        found[info.filename] = data
    return found


def _without_folder(files: dict[str, bytes]) -> dict[str, bytes]:
    tops = {path.split("/", 1)[0] for path in files}
    if "collection.toml" in files or len(tops) != 1 or not all("/" in path for path in files):
        return files
    return {path.split("/", 1)[1]: data for path, data in files.items()}
