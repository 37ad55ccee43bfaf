"""The objects of nfacct, made over netlink in the namespace in which one is."""

from __future__ import annotations

import struct
from collections.abc import Mapping

from playground.lab.netlink import NETLINK_NETFILTER, Message, Netlink, attribute, text
from sim.model.host import Accounting

# include/uapi/linux/netfilter/nfnetlink_acct.h
NEW_OBJECT = 7 << 8
NAME, FLAGS, QUOTA = 1, 5, 6
QUOTA_FLAG = {"packets": 1, "bytes": 2}


def make_accounting(objects: Mapping[str, Accounting]) -> None:
    """Raises ``LabError`` if the kernel makes none."""
    if not objects:
        return
    netlink = Netlink(NETLINK_NETFILTER)
    try:
        netlink.request(_message(name, made) for name, made in objects.items())
    finally:
        netlink.close()


def _message(name: str, made: Accounting) -> Message:
    body = bytes(4) + text(NAME, name)
    if made.unit:
        body += attribute(FLAGS, struct.pack(">I", QUOTA_FLAG[made.unit]))
        body += attribute(QUOTA, struct.pack(">Q", made.quota))
    return Message(NEW_OBJECT, body, f"make the accounting object {name}")
