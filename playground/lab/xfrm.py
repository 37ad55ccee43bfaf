"""The host's IPsec policies and states, made in a namespace with ``ip xfrm``.

A kernel without ESP or AH refuses the states; that is not comparable there (``verify --vm``).
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator

from playground.lab.errors import NotComparable
from sim.model.host import Host
from sim.model.ipsec import Algorithm, AlgorithmKind, Policy, Selector, State
from sim.read.host.xfrm import EXTRA_FLAGS

NAMES = {50: "esp", 51: "ah", 108: "comp"}
# A cipher wants a key; what it encrypts with which is not looked at. (Bytes by algorithm.)
KEY_SIZES = {
    "rfc4106(gcm(aes))": 20, "rfc4309(ccm(aes))": 19, "rfc7539esp(chacha20,poly1305)": 36,
    "cbc(aes)": 16, "hmac(sha1)": 20, "hmac(sha256)": 32, "hmac(md5)": 16,
}  # fmt: skip


def install(host: Host) -> None:
    """Make them in the namespace that the thread is in. Raises ``NotComparable``."""
    lines = [*map(_state, host.states), *map(_policy, host.policies)]
    if not lines:
        return
    done = subprocess.run(
        ["/usr/sbin/ip", "-batch", "-"], input="\n".join(lines) + "\n", text=True,
        capture_output=True, check=False,
    )  # fmt: skip
    if done.returncode:
        said = done.stderr.strip().splitlines() or ["ip xfrm fails"]
        raise NotComparable(f"this kernel does not do that IPsec (verify --vm): {said[0]}")


def _selector(selector: Selector) -> Iterator[str]:
    yield f"src {selector.source} dst {selector.destination}"
    if selector.dev:
        yield f"dev {selector.dev}"
    if selector.protocol:
        yield f"proto {selector.protocol}"
        for name, (value, mask) in (("sport", selector.sport), ("dport", selector.dport)):
            if mask and selector.protocol in (1, 58):
                yield f"{'type' if name == 'sport' else 'code'} {value}"
            elif mask:
                yield f"{name} {value}"


def _policy(policy: Policy) -> str:
    words = ["xfrm policy add", *_selector(policy.selector), f"dir {policy.direction}"]
    if any(policy.mark):
        words.append(f"mark {policy.mark[0]:#x} mask {policy.mark[1]:#x}")
    words += [f"action {policy.action}", f"priority {policy.priority}"]
    for template in policy.templates:
        words.append("tmpl")
        if template.source is not None and template.destination is not None:
            words.append(f"src {template.source} dst {template.destination}")
        words.append(f"proto {NAMES[template.protocol]}")
        if template.spi:
            words.append(f"spi {template.spi:#x}")
        words.append(f"mode {template.mode} reqid {template.reqid}")
        words.append(f"level {'use' if template.optional else 'required'}")
    return " ".join(words)


def _state(state: State) -> str:
    words = [
        f"xfrm state add src {state.source} dst {state.destination}",
        f"proto {NAMES[state.protocol]} spi {state.spi:#x} reqid {state.reqid} mode {state.mode}",
    ]
    if state.replay_window:
        words.append(f"replay-window {state.replay_window}")
    if any(state.mark):
        words.append(f"mark {state.mark[0]:#x} mask {state.mark[1]:#x}")
    if any(state.output_mark):
        words.append(f"output-mark {state.output_mark[0]:#x} mask {state.output_mark[1]:#x}")
    for word, flags in (
        ("flag", state.flags - EXTRA_FLAGS),
        ("extra-flag", state.flags & EXTRA_FLAGS),
    ):
        if flags:
            words.append(" ".join((word, *sorted(flags))))
    words += map(_algorithm, state.algorithms)
    if state.encap is not None:
        words.append(f"encap espinudp {state.encap[0]} {state.encap[1]} 0.0.0.0")
    if state.selector is not None:
        words += ["sel", *_selector(state.selector)]
    return " ".join(words)


def _algorithm(item: Algorithm) -> str:
    key = item.key or bytes(range(1, KEY_SIZES.get(item.name, 0) + 1))
    bits = f" {item.bits}" if item.kind in (AlgorithmKind.AEAD, AlgorithmKind.AUTH_TRUNC) else ""
    return f"{item.kind} {item.name} {'0x' + key.hex() if key else chr(34) * 2}{bits}"
