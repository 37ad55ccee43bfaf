"""Random worlds with a bridge: virtual machines behind its ports, routed or bridged outwards."""

from __future__ import annotations

from ipaddress import ip_address, ip_interface
from random import Random

from sim.tools.generate.world import Device, World, make_listeners, make_sets, make_sysctls

BRIDGE = "br0"
_OWN = {
    True: ("203.0.113.1/24", "2001:db8:1::1/64"),
    False: ("192.168.100.1/24", "2001:db8:2::1/64"),
}
_GATEWAY = {4: "203.0.113.254", 6: "2001:db8:1::fe"}
_GATEWAY_MAC = "02:00:00:0a:00:fe"


def make_bridge_world(random: Random) -> World:
    """A bridge of two or three ports; the way out is one of them or a device beside it."""
    world = World(random)
    world.remote = {
        4: ["198.51.100.7", "198.51.100.8", "8.8.8.8"],
        6: ["2001:db8:f::7", "2001:db8:f::8"],
    }
    is_bridged = world.chance(0.5)
    own4, own6 = _OWN[is_bridged]
    names = ["eth0", *(f"vnet{number}" for number in range(world.pick((2, 2, 3))))]
    for number, name in enumerate(names):
        if number or is_bridged:
            world.devices.append(Device(name, [own4], [own6], _behind(own4, own6, number)))
        else:
            near = {4: ["203.0.113.5", "203.0.113.9"], 6: ["2001:db8:1::5", "2001:db8:1::99"]}
            world.devices.append(Device(name, ["203.0.113.1/24"], ["2001:db8:1::1/64"], near))
    ports = [device for device in world.devices if device.v4 == [own4]]
    world.bridges = (BRIDGE,)
    world.lines.append(f"bridge {BRIDGE} ports {' '.join(d.name for d in ports)} {own4} {own6}")
    if not is_bridged:
        world.lines.append("interface eth0 203.0.113.1/24 2001:db8:1::1/64")
    way_out = BRIDGE if is_bridged else "eth0"
    world.lines += [f"route default via {_GATEWAY[f]} dev {way_out}" for f in (4, 6)]
    _machines(world, ports, is_bridged)
    make_sysctls(world)
    world.lines += [
        f"sysctl net.ipv4.conf.{BRIDGE}.send_redirects = 0",
        *(f"sysctl net.bridge.bridge-nf-call-{t} = 0" for t in TOOLS if world.chance(0.06)),
    ]
    make_listeners(world)
    make_sets(world)
    return world


TOOLS = ("iptables", "ip6tables")


def _behind(own4: str, own6: str, number: int) -> dict[int, list[str]]:
    """Two machines for each port."""
    four, six = ip_address(own4.partition("/")[0]), ip_address(own6.partition("/")[0])
    return {
        4: [str(four + 10 * number + step) for step in (4, 5)],
        6: [str(six + 16 * number + step) for step in (4, 5)],
    }


def _machines(world: World, ports: list[Device], is_bridged: bool) -> None:
    """Neighbours and, mostly, the ports behind which they are."""
    for number, port in enumerate(ports):
        if is_bridged and port.name == "eth0":
            world.lines.append(f"fdb {_GATEWAY_MAC} dev eth0")
            for gateway in _GATEWAY.values():
                world.lines.append(f"neighbour {gateway} dev {BRIDGE} mac {_GATEWAY_MAC}")
        for place in (0, 1):
            mac = f"02:00:00:0a:{number:02x}:{place:02x}"
            world.macs.append(mac)
            for family in (4, 6):
                address = port.neighbours[family][place]
                world.lines.append(f"neighbour {address} dev {BRIDGE} mac {mac}")
            if world.chance(0.7):
                world.lines.append(f"fdb {mac} dev {port.name}")
    _strangers(world, ports[0])


def _strangers(world: World, port: Device) -> None:
    """Who has the addresses that NAT, TEE and routes name: without a MAC nothing could be told."""
    told = {line.split()[1] for line in world.lines if line.startswith("neighbour ")}
    for own in (ip_interface(port.v6[0]), ip_interface(port.v4[0])):
        for step in range(2, 33):
            address = str(own.network.network_address + step)
            if address not in told and address != str(own.ip):
                world.lines.append(f"neighbour {address} dev {BRIDGE} mac 02:00:00:0a:00:00")


def addressed(world: World, lines: list[str]) -> list[str]:
    """Some frames with a destination of their own: everybody, nobody, the bridge, a port."""
    result = []
    for line in lines:
        if line.startswith("in ") and world.chance(0.12):
            mac = world.pick((
                "ff:ff:ff:ff:ff:ff", "02:00:00:0a:99:99", "02:00:00:00:00:02", "02:00:00:00:00:03",
                "02:00:00:00:00:04", "01:00:5e:00:00:09", *world.macs,
            ))  # fmt: skip
            line += f" dst-mac {mac}"
        result.append(line)
    return result
