"""Names of machines and people: in prompts, in quoted bytes, in prose, in ``/etc/passwd``.

A name becomes another of the same length, label by label, so that lengths of packets and the
places where a string is found stay. What stands after the last dot stays: it says what kind of
name it is.
"""

from __future__ import annotations

import hashlib
import re

from sim.packet.fingerprints import SHAPE

_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
DOTTED = re.compile(rf"(?<![\w.@/-])(?:{_LABEL}\.)+[a-z]{{2,24}}(?![\w.-]*[\w(])")
QUOTED = re.compile(r'"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\'|(?<=--string )\S+')
# "root@box:~# " and "[root@box ~]# " before a command.
PROMPT = re.compile(r"^(\s*\[?)[\w.-]+@[\w.-]+(?=[:\s][^#$\n]*[#$]\s)", re.M)
# name:x:uid:gid:who it is:home:shell
GECOS = re.compile(rf"^(?!{SHAPE})([\w.-]+:[^:\n]*:\d+:\d+:)[^:\n]+(?=:)", re.M)
EMAIL = re.compile(rf"(?<![\w.+-])([\w.+-]+)@((?:{_LABEL}\.)+[A-Za-z]{{2,24}})")
# Written with dots and yet no machine's name.
_SYSCTL = re.compile(r"(?:net|kernel|vm|fs)\.")


def other_name(name: str, key: bytes) -> str:
    """The name that stands for a dotted one; a sysctl's stays."""
    if _SYSCTL.match(name):
        return name
    *labels, last = name.split(".")
    return ".".join([*(other_label(label, key) for label in labels), last])


def other_label(label: str, key: bytes) -> str:
    """Letters that stand for a name without dots, as many as it has."""
    if label.lower() == "www":
        return label
    digest = hashlib.sha512(b"label " + label.lower().encode() + key).digest()
    return "".join(
        "abcdefghijklmnopqrstuvwxyz"[octet % 26] for octet, _ in zip(digest, label, strict=False)
    )
