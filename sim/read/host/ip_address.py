"""``ip addr``: add, delete and flush, with what the kernel drags along."""

from __future__ import annotations

from typing import Any

from sim.base.errors import SourceError
from sim.model.host import IfAddress, Interface
from sim.read.host import ip_route as host_ip_route
from sim.read.host.draft import HostDraft
from sim.read.host.ip_call import IpCall
from sim.read.host.listings import listed_address
from sim.read.host.reader import Reader
from sim.read.host.values import address


def address_command(call: IpCall) -> None:
    """``ip addr add|del|flush ...``. Raises ``SourceError``."""
    reader = call.read("address_args")
    said = {item.name: item for item in reader.items()}
    if "dev" not in said:
        raise SourceError('"dev" and an interface are missing', call.rest.span(), where="host")
    name = said["dev"].value()
    interface = call.draft.known(name, said["dev"].token_span())
    if call.action == "flush":
        _flush(call, interface, said)
        return
    if "address" not in said:
        raise SourceError("an address is missing", call.rest.span(), where="host")
    value = said["address"].value()
    fields: dict[str, Any] = {}
    if "peer" in said:
        fields["peer"] = said["peer"].value()
    if "scope" in said:
        fields["scope"] = said["scope"].value()
    if "noprefixroute" in said:
        fields["noprefixroute"] = True
    if "broadcast" in said and value.version == 4:
        fields["broadcast"] = _broadcast(said["broadcast"], value)
    made = listed_address(value, fields)
    if call.action == "delete":
        _delete_address(call, interface, made)
    elif not call.draft.add_address(name, made) and call.action == "add":
        call.note_failed(f"{name} has {value} already (File exists)")


def _broadcast(item: Reader, value: Any) -> Any:
    text = str(item.tokens[0])
    if text == "+":
        return value.network.broadcast_address
    if text == "-":
        return value.network.network_address
    try:
        return address(text)
    except ValueError as error:
        raise item.error(str(error), item.tokens[0]) from None


def _delete_address(call: IpCall, interface: Interface, gone: Any) -> None:
    """With a primary address its secondaries go, unless they are promoted (inet_del_ifa)."""
    found = [a for a in interface.addresses if a.address == gone.address]
    if not found:
        call.note_failed(
            f"{interface.name} has no {gone.address} (Cannot assign requested address)"
        )
        return
    left = [a for a in interface.addresses if a.address != gone.address]
    settings = call.draft.sysctls
    promote = "1" in (
        settings.get("net.ipv4.conf.all.promote_secondaries"),
        settings.get(f"net.ipv4.conf.{interface.name}.promote_secondaries"),
    )
    if gone.address.version == 4 and not promote:
        network = gone.address.network
        before = list(interface.addresses).index(found[0])
        is_secondary = any(a.address.network == network for a in interface.addresses[:before])
        if not is_secondary:
            left = [a for a in left if a.address.network != network]
    _lose(call.draft, interface, left)


def _lose(draft: HostDraft, interface: Interface, left: list[IfAddress]) -> None:
    """Addresses are gone, and the routes that hung on them: fib_sync_down_addr, fib_disable_ip."""
    gone = {entry.address.ip for entry in interface.addresses} - {e.address.ip for e in left}
    draft.change(interface.name, addresses=tuple(left))
    draft.routes.keep(lambda route: route.family == 6 or route.src not in gone)
    lost_last = any(ip.version == 4 for ip in gone) and not any(
        entry.address.version == 4 for entry in left
    )
    if lost_last:
        host_ip_route.forget_device(draft, interface.name, 4)


def _flush(call: IpCall, interface: Interface, said: dict[str, Reader]) -> None:
    scope = said["scope"].value() if "scope" in said else ""
    left = [
        entry
        for entry in interface.addresses
        if (call.family and entry.address.version != call.family)
        or (scope and entry.scope != scope)
    ]
    _lose(call.draft, interface, left)
