"""Network namespaces without a name: made, entered, and gone with the last descriptor."""

from __future__ import annotations

import ctypes
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager

from playground.lab.errors import LabError

CLONE_NEWNET = 0x40000000
_libc = ctypes.CDLL(None, use_errno=True)
_CURRENT = "/proc/thread-self/ns/net"


def _setns(descriptor: int) -> None:
    if _libc.setns(descriptor, CLONE_NEWNET):
        raise LabError(f"cannot enter a network namespace: {os.strerror(ctypes.get_errno())}")


class Namespace:
    """A network namespace of our own. It lives as long as a descriptor or socket of it does."""

    def __init__(self) -> None:
        home = os.open(_CURRENT, os.O_RDONLY | os.O_CLOEXEC)
        try:
            if _libc.unshare(CLONE_NEWNET):
                raise LabError(
                    f"cannot make a network namespace: {os.strerror(ctypes.get_errno())}"
                )
            self.descriptor = os.open(_CURRENT, os.O_RDONLY | os.O_CLOEXEC)
            _setns(home)
        finally:
            os.close(home)

    @contextmanager
    def inside(self) -> Iterator[None]:
        """The calling thread, and what it starts meanwhile, is in this namespace."""
        home = os.open(_CURRENT, os.O_RDONLY | os.O_CLOEXEC)
        try:
            _setns(self.descriptor)
            yield
        finally:
            _setns(home)
            os.close(home)

    def close(self) -> None:
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1


def _path(name: str) -> str:
    """Its file. A dot in a device's name is no end of it: ``net.ipv4.conf.eth0.4.rp_filter``."""
    found = re.fullmatch(r"(net\.ipv[46]\.(?:conf|neigh))\.(.+)\.(\w+)", name)
    if found:
        name = f"{found[1]}.{found[2].replace('.', '/')}.{found[3]}"
    return "/proc/sys/" + name.translate(str.maketrans("./", "/."))


def write_sysctl(name: str, value: str) -> None:
    """Set ``net.…`` in the namespace the thread is in.

    Dots and slashes are swapped as ``sysctl`` does, so that ``net.ipv4.conf.eth0/1.rp_filter``
    names the device ``eth0.1``. Raises ``LabError`` if the kernel has no such setting.
    """
    if not name.startswith("net."):
        raise LabError(f"{name} does not belong to a network namespace")
    path = _path(name)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
        try:
            os.write(descriptor, value.encode() + b"\n")
        finally:
            os.close(descriptor)
    except OSError as error:
        raise LabError(f"sysctl {name} = {value}: {error.strerror}") from None


def read_sysctl(name: str) -> str:
    """The value of ``net.…`` in the namespace the thread is in."""
    path = _path(name)
    try:
        with open(path, encoding="ascii") as file:
            return file.read().strip()
    except OSError as error:
        raise LabError(f"sysctl {name}: {error.strerror}") from None
