"""``ipsec``: a policy in one line, with the states that it needs.

``ipsec out 192.168.100.0/24 10.8.0.0/24 tunnel 203.0.113.1 198.51.100.1 reqid 1``
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sim.base.frozen import replace
from sim.kernel.ipsec.esp import DEFAULT, IN_CLEAR
from sim.model.host import Network
from sim.model.ipsec import (
    AlgorithmKind,
    Policy,
    PolicyAction,
    Selector,
    State,
    Template,
    XfrmDirection,
    XfrmMode,
)
from sim.packet.packet import Address
from sim.read.host.draft import HostDraft
from sim.read.host.ipsec_words import IpsecWords, marked, port_mask
from sim.read.host.values import address, device, number, protocol, strict_network
from sim.read.lines import Line

NAMES = ("tunnel", "transport", "esp", "ah", "null", "reqid", "spi", "priority", "mark", "proto",
         "sport", "dport", "dev", "use", "nat-t", "window", "block", "allow")  # fmt: skip
FIRST_SPI = 0x100


def ipsec(draft: HostDraft, line: Line) -> None:
    """Read one line. Raises ``SourceError``."""
    words = IpsecWords.of([line], skip=1)
    if not words.words:
        words = IpsecWords.of([line])
        raise words.error("a direction is missing", hint="ipsec in, ipsec out or ipsec fwd")
    direction = XfrmDirection(words.choice(tuple(XfrmDirection), "a direction"))
    source = words.value(_network)
    destination = words.value(_network)
    said: dict[str, Any] = {}
    while words.here:
        _option(words, said)
    if source is None and destination is None:
        source = destination = strict_network("0.0.0.0/0")
    source = source or _everything(destination)
    destination = destination or _everything(source)
    assert source is not None
    assert destination is not None
    if source.version != destination.version:
        raise words.error(f"{source} and {destination} are of two families")
    fields = {key: said[key] for key in ("protocol", "sport", "dport", "dev") if key in said}
    selector = Selector(source, destination, **fields)
    policy = Policy(
        direction, selector, (), said.get("priority", 0), said.get("action", PolicyAction.ALLOW),
        said.get("mark", (0, 0)), line.span(),
    )  # fmt: skip
    if "mode" not in said:
        if "action" not in said:
            raise words.error("what it does is missing", len(words.words) - 1,
                              'add "tunnel A B", "transport", "block" or "allow"')  # fmt: skip
        draft.policies.append(policy)
        return
    template = Template(
        said.get("ipsec", 50), said["mode"], said.get("from"), said.get("to"), 0,
        said.get("reqid", 0), "use" in said,
    )  # fmt: skip
    draft.policies.append(replace(policy, templates=(template,)))
    draft.wanted.append((policy, template, said))


def _network(text: str) -> Network | None:
    return strict_network(text)


def _everything(other: Network | None) -> Network | None:
    return strict_network("::/0" if other is not None and other.version == 6 else "0.0.0.0/0")


def _option(words: IpsecWords, said: dict[str, Any]) -> None:
    key = words.here
    if key not in NAMES:
        raise words.unknown(NAMES)
    words.at += 1
    match key:
        case "tunnel":
            said["mode"] = XfrmMode.TUNNEL
            said["from"], said["to"] = words.value(address), words.value(address)
        case "transport":
            said["mode"] = XfrmMode.TRANSPORT
        case "esp" | "ah":
            said["ipsec"] = {"esp": 50, "ah": 51}[key]
        case "block" | "allow":
            said["action"] = PolicyAction(key)
        case "reqid" | "spi" | "priority" | "window":
            said[key] = words.value(number)
        case "mark":
            said[key] = marked(words)
        case "proto":
            said["protocol"] = words.value(protocol)
        case "sport" | "dport":
            said[key] = words.value(port_mask)
        case "dev":
            said[key] = words.value(device)
        case _:
            said[key] = True


def implied(draft: HostDraft) -> Iterator[State]:
    """The states that ``ipsec`` lines need and the text does not list."""
    there = {_told(state) for state in draft.states}
    number_of_state = 0
    for policy, template, said in draft.wanted:
        ends = _ends(policy, template)
        if ends is None:
            continue
        wanted = (*ends, template.protocol, template.mode, template.reqid)
        if wanted in there:
            continue
        algorithms = IN_CLEAR if "null" in said else DEFAULT
        if template.protocol == 51:
            algorithms = (IN_CLEAR[1],) if "null" in said else AH_DEFAULT
        state = State(
            *ends, template.protocol, said.get("spi", FIRST_SPI + number_of_state), template.mode,
            template.reqid, algorithms, replay_window=said.get("window", 0),
            encap=(4500, 4500) if "nat-t" in said else None, span=policy.span,
        )  # fmt: skip
        number_of_state += 1
        there.add(wanted)
        yield state


def _ends(policy: Policy, template: Template) -> tuple[Address, Address] | None:
    if template.source is not None and template.destination is not None:
        return template.source, template.destination
    nets = policy.selector.source, policy.selector.destination
    if any(net.prefixlen != net.max_prefixlen for net in nets):
        return None  # a transport policy of networks: its states are between hosts
    return nets[0].network_address, nets[1].network_address


def _told(state: State) -> tuple[object, ...]:
    """What makes a state the one that a policy wants."""
    return (state.source, state.destination, state.protocol, state.mode, state.reqid)


AH_DEFAULT = (replace(IN_CLEAR[1], kind=AlgorithmKind.AUTH_TRUNC, name="hmac(sha256)", bits=128),)
