"""``ip xfrm``: what it prints of policies and states, and its commands that change them.

iproute2's ip/xfrm_{policy,state}.c.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sim.model.ipsec import (
    Algorithm,
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
from sim.read.host.ipsec_words import IpsecWords, SelectorDraft, end_or_any, ipsec_protocol, marked
from sim.read.host.values import address, number
from sim.read.host.words import HostCommand, word_error
from sim.read.lines import Line

# Words with one value that does not matter here.
IGNORED = frozenset(
    {"index", "ptype", "share", "seq", "replay-seq", "replay-oseq", "replay-seq-hi",
     "replay-oseq-hi", "lastused", "ctx", "coa", "expire", "stats", "dir", "if_id"}
)  # fmt: skip
END = frozenset({"lifetime", "anti-replay", "stats", "limit", "esn-window"})


def listed(draft: HostDraft, lines: Sequence[Line]) -> None:
    """One block of ``ip xfrm policy`` or ``ip xfrm state``: its first line and those below."""
    texts = [line.text.split() for line in lines]
    if any("socket" in words[:1] for words in texts[1:]):
        return  # a key daemon's own sockets
    kept: list[Line] = []
    for line, words in zip(lines, texts, strict=True):
        if words and words[0] in END:
            break
        kept.append(line)
    sel = [line for line, words in zip(lines, texts, strict=True) if words[:1] == ["sel"]]
    is_policy = any(words[:1] == ["dir"] for words in texts) or "dir" in texts[0]
    if is_policy:
        draft.policies.append(_policy(IpsecWords.of(kept)))
    else:
        kept += [line for line in sel if line not in kept]
        draft.states.append(_state(IpsecWords.of(kept)))


def command(draft: HostDraft, line: Line, call: HostCommand, at: int) -> None:
    """``ip xfrm policy|state add|update|delete|flush ...``; ``at`` is the object's word."""
    words = call.words
    kind = next((k for k in ("policy", "state", "monitor") if k.startswith(words[at].text)), "")
    if not kind:
        raise word_error(line, words[at], f'ip xfrm knows no "{words[at].text}"')
    action = words[at + 1].text if at + 1 < len(words) else "list"
    actions = ("add", "update", "allocspi", "delete", "deleteall", "get", "list", "show", "flush",
               "count", "setdefault", "getdefault")  # fmt: skip
    action = next((name for name in actions if name.startswith(action)), action)
    if kind == "monitor" or action in ("list", "show", "get", "count", "getdefault"):
        return
    rest = IpsecWords([(line, word.text, word.start, word.end) for word in words[at + 2 :]])
    if action in ("flush", "deleteall"):
        (draft.policies if kind == "policy" else draft.states).clear()
    elif action == "delete":
        _delete(draft, kind, rest)
    elif action not in ("add", "update") or not rest.words:
        raise word_error(line, words[min(at + 1, len(words) - 1)],
                         f"ip xfrm {kind} {action} is not modelled")  # fmt: skip
    elif kind == "policy":
        _add_policy(draft, _policy(rest), action, line)
    else:
        _add_state(draft, _state(rest), action, line)


def _key(policy: Policy) -> tuple[Any, ...]:
    return policy.direction, policy.selector, policy.mark


def _add_policy(draft: HostDraft, policy: Policy, action: str, line: Line) -> None:
    for at, old in enumerate(draft.policies):
        if _key(old) == _key(policy):
            if action == "add":
                draft.note(f"line {line.number} changes nothing: that policy is there already")
                return
            del draft.policies[at]
            break
    draft.policies.append(policy)


def _id(state: State) -> tuple[Any, ...]:
    return state.destination, state.protocol, state.spi, state.mark


def _add_state(draft: HostDraft, state: State, action: str, line: Line) -> None:
    for at, old in enumerate(draft.states):
        if _id(old) == _id(state):
            if action == "add":
                draft.note(f"line {line.number} changes nothing: that state is there already")
                return
            draft.states[at] = state
            return
    draft.states.append(state)


def _delete(draft: HostDraft, kind: str, words: IpsecWords) -> None:
    if kind == "policy":
        gone = _key(_policy(words))
        draft.policies[:] = [policy for policy in draft.policies if _key(policy) != gone]
    else:
        state = _id(_state(words))
        draft.states[:] = [old for old in draft.states if _id(old) != state]


# ---- policies ----------------------------------------------------------------------------------


def _policy(words: IpsecWords) -> Policy:
    selector, templates = SelectorDraft(), []
    said: dict[str, Any] = {}
    direction: XfrmDirection | None = None
    while words.here:
        if words.takes("dir"):
            direction = XfrmDirection(words.choice(tuple(XfrmDirection), "a direction"))
        elif words.takes("tmpl"):
            templates.append(_template(words))
        elif selector.reads(words):
            pass
        elif words.takes("action"):
            said["action"] = PolicyAction(words.choice(tuple(PolicyAction), "an action"))
        elif words.takes("priority"):
            said["priority"] = words.value(number)
        elif words.takes("mark"):
            said["mark"] = marked(words)
        elif words.here == "if_id":
            raise words.error("policies of an xfrm interface are not modelled yet")
        elif words.takes("flag"):
            _flags(words)
        elif words.here == "limit":
            words.at += 3
        elif words.here in IGNORED:
            words.at += 2
        else:
            raise words.unknown(("dir", "tmpl", "action", "priority", "mark", "src", "dst"))
    if direction is None:
        raise words.error('"dir" and a direction are missing')
    made = selector.made(words)
    return Policy(direction, made, tuple(templates), span=words.words[0][0].span(), **said)


def _flags(words: IpsecWords) -> list[str]:
    found = []
    while words.here and (words.here.startswith(("(0x", "0x")) or words.here in FLAGS):
        found.append(words.take())
    return found


EXTRA_FLAGS = frozenset({"dont-encap-dscp", "oseq-may-wrap"})
FLAGS = EXTRA_FLAGS | {
    "localok", "icmp", "noecn", "decap-dscp", "nopmtudisc", "wildrecv", "af-unspec", "align4",
    "esn",
}  # fmt: skip


def _template(words: IpsecWords) -> Template:
    said: dict[str, Any] = {"mode": XfrmMode.TRANSPORT}
    while words.here:
        if words.takes("src"):
            said["source"] = words.value(end_or_any)
        elif words.takes("dst"):
            said["destination"] = words.value(end_or_any)
        elif words.takes("proto"):
            said["protocol"] = words.value(ipsec_protocol)
        elif words.takes("spi"):
            said["spi"] = words.value(number)
            _skip_bracket(words)
        elif words.takes("reqid"):
            said["reqid"] = words.value(number)
            _skip_bracket(words)
        elif words.takes("mode"):
            said["mode"] = XfrmMode(
                words.choice(("transport", "tunnel"), "a mode that is modelled")
            )
        elif words.takes("level"):
            said["optional"] = words.choice(("required", "use"), "a level") == "use"
        elif words.here in ("share", "enc-mask", "auth-mask", "comp-mask"):
            words.at += 2
        else:
            break
    if said["mode"] is XfrmMode.TUNNEL and not said.get("destination"):
        raise words.error("a tunnel needs both its ends (src and dst of its tmpl)", words.at - 1)
    return Template(**said)


def _skip_bracket(words: IpsecWords) -> None:
    """``spi 0xc1(193)`` of old versions, ``reqid 1(0x00000001)`` with -s: the same again."""
    if words.here.startswith("("):
        words.at += 1


# ---- states ------------------------------------------------------------------------------------


def _state(words: IpsecWords) -> State:
    said: dict[str, Any] = {"mode": XfrmMode.TRANSPORT, "spi": 0, "protocol": 50}
    ends: dict[str, Address] = {}
    algorithms: list[Algorithm] = []
    while words.here:
        key = words.here
        if words.takes("src", "dst"):
            ends[key] = words.value(address)
        elif words.takes("proto"):
            said["protocol"] = words.value(ipsec_protocol)
        elif words.takes("spi", "reqid"):
            said[key] = words.value(number)
            _skip_bracket(words)
        elif words.takes("mode"):
            said["mode"] = XfrmMode(
                words.choice(("transport", "tunnel"), "a mode that is modelled")
            )
        elif words.takes("replay-window"):
            said["replay_window"] = words.value(number)
        elif words.takes("mark"):
            said["mark"] = marked(words)
        elif words.takes("output-mark", "set-mark"):
            said["output_mark"] = marked(words)
        elif words.takes("flag", "extra-flag"):
            said["flags"] = said.get("flags", frozenset()) | frozenset(_flags(words))
        elif words.takes("sel"):
            said["selector"] = _selector(words)
        elif words.takes("encap"):
            said["encap"] = _encap(words)
        elif key in tuple(AlgorithmKind):
            algorithms.append(_algorithm(words))
        elif key in ("offload", "crypto"):
            words.at = len(words.words)
        elif key == "limit":
            words.at += 3
        elif key == "if_id":
            raise words.error("states of an xfrm interface are not modelled yet")
        elif key in IGNORED:
            words.at += 2
        else:
            raise words.unknown(("src", "dst", "proto", "spi", "mode", "reqid", "enc", "auth"))
    if set(ends) != {"src", "dst"}:
        raise words.error("a state needs src and dst")
    return State(ends["src"], ends["dst"], algorithms=tuple(algorithms),
                 span=words.words[0][0].span(), **said)  # fmt: skip


def _selector(words: IpsecWords) -> Selector | None:
    draft = SelectorDraft()
    while draft.reads(words):
        pass
    made = draft.made(words)
    is_any = made.source.prefixlen == made.destination.prefixlen == 0 and not draft.said
    return None if is_any else made


def _encap(words: IpsecWords) -> tuple[int, int]:
    words.takes("type")
    words.choice(("espinudp", "espinudp-nonike"), "an encapsulation that is modelled")
    words.takes("sport")
    source = words.value(number)
    words.takes("dport")
    destination = words.value(number)
    words.takes("addr")
    words.takes("0.0.0.0", "::")
    return source, destination


def _algorithm(words: IpsecWords) -> Algorithm:
    kind, name = AlgorithmKind(words.take()), words.take()
    key = words.take() if kind is not AlgorithmKind.COMP else ""
    bits = 0
    if kind in (AlgorithmKind.AUTH_TRUNC, AlgorithmKind.AEAD):
        bits = words.value(number)
    try:
        secret = bytes.fromhex(key[2:]) if key.startswith("0x") else key.encode()
    except ValueError:
        raise words.error("a key is 0x and an even number of digits, or text") from None
    return Algorithm(kind, name, secret, bits)
