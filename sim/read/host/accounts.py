"""Sockets and accounts: ``ss``, ``netstat``, /etc/passwd and /etc/group."""

from __future__ import annotations

from sim.model.host import Socket
from sim.packet.packet import Address
from sim.read.host.draft import HostDraft
from sim.read.host.reader import Reader
from sim.read.host.values import endpoint
from sim.read.lines import Line


def socket(reader: Reader, protocol: str = "") -> None:
    """A line of ``ss -lntup``; without its first column (``ss -lnt``) it is TCP."""
    tokens = reader.tokens
    if tokens[0].type == "TRANSPORT":
        protocol = reader.value(0)
    places = [i for i, token in enumerate(tokens) if token.type == "ENDPOINT"]
    text = str(tokens[places[0]])
    address, port, dev = reader.value(places[0])
    uid, cgroup = "", ""
    told = text.rpartition(":")[0].partition("%")[0]
    v6only = told in ("[::]", "::")  # ss writes * for a socket that serves both families
    for item in reader.items():
        match item.name:
            case "socket_uid":
                uid = item.value()[4:]
            case "socket_cgroup":
                cgroup = item.value()[7:]
            case "socket_v6only":
                v6only = item.value().endswith("1")
    add_socket(reader, protocol or "tcp", address, port, dev, uid=uid, cgroup=cgroup,
               v6only=v6only, both=told == "*")  # fmt: skip


def netstat(reader: Reader) -> None:
    """A line of ``netstat -lntu``: it does not tell v6only, so that is taken to be off."""
    name = str(reader.tokens[0])
    protocol = reader.value(0)
    local = next(i for i, token in enumerate(reader.tokens) if token.type == "ENDPOINT")
    remote = str(reader.tokens[local + 1])
    if not remote.endswith(":*"):
        return  # an established connection
    text = str(reader.tokens[local])
    if name.endswith("6"):
        host, _, port_text = text.rpartition(":")
        try:
            address, port, dev = endpoint(f"[{host}]:{port_text}")
        except ValueError as error:
            raise reader.error(str(error), reader.tokens[local]) from None
        both = address is not None and int(address) == 0
        add_socket(reader, protocol, None if both else address, port, dev, both=both)
    else:
        address, port, dev = reader.value(local)
        add_socket(reader, protocol, address, port, dev)


def add_socket(
    reader: Reader,
    protocol: str,
    address: Address | None,
    port: int,
    dev: str,
    *,
    uid: str = "",
    cgroup: str = "",
    v6only: bool = False,
    both: bool = False,
) -> None:
    family = 6 if both or address is None else address.version
    if address is not None and int(address) == 0:
        address = None
    made = Socket(protocol, family, address, port, dev=dev, v6only=v6only and family == 6,
                  cgroup=cgroup, span=reader.span)  # fmt: skip
    reader.draft.sockets.append((made, uid, ""))


def passwd(draft: HostDraft, line: Line) -> None:
    """``name:x:uid:gid:comment:home:shell``"""
    name, _, uid, gid, *_ = line.text.strip().split(":")
    draft.users[name] = int(uid)
    draft.primary_groups.setdefault(int(uid), int(gid))


def group(draft: HostDraft, line: Line) -> None:
    """``name:x:gid:member,member``"""
    name, _, gid, members = line.text.strip().split(":")
    draft.groups[name] = int(gid)
    for member in members.split(","):
        if member:
            draft.members.append((member, name, line.span()))
