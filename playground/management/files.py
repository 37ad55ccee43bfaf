"""A file that a command could not open, read or write, told as people say it."""

from __future__ import annotations

import errno

_SAID = {
    errno.ENOENT: "there is no such file or folder",
    errno.EISDIR: "it is a folder, not a file",
    errno.ENOTDIR: "a part of this path is a file, not a folder",
    errno.EEXIST: "it is there already",
    errno.ENOTEMPTY: "the folder is not empty",
    errno.EACCES: "this user may not open it",
    errno.EPERM: "this user may not open it",
    errno.EROFS: "the file system is read-only",
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk quota is used up",
    errno.ENAMETOOLONG: "the name is too long",
    errno.ELOOP: "its links lead round in a circle",
    errno.EIO: "the disk failed",
}


def file_problem(error: Exception, name: str = "") -> str:
    """``/tmp/box.toml: there is no such file or folder``: the name, and what is wrong with it.

    ``name`` is what was asked for; without it, what the error itself names. What is no error of
    the system says it in its own words already.
    """
    if isinstance(error, UnicodeDecodeError):
        said = f"it is not text (byte {error.start + 1} is not UTF-8)"
    elif not isinstance(error, OSError) or error.errno is None:
        return str(error)
    else:
        said = _SAID.get(error.errno) or str(error.strerror).lower()
        name = name or str(error.filename or "")
    return f"{name}: {said}" if name else said
