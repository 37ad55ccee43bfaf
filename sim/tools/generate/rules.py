"""Random rulesets as restore text: every table, user chains, jumps, every modelled extension."""

from __future__ import annotations

from collections.abc import Mapping

from sim.base.frozen import dataclass, replace
from sim.extensions.extension import MatchType, TargetType
from sim.extensions.matchers import MATCHES
from sim.extensions.targets import TARGETS
from sim.model.rules import TABLE_HOOKS, Hook
from sim.tools.generate.place import NUMBERS, RulePlace
from sim.tools.generate.world import World

_TABLES = (("raw", 0.3), ("mangle", 0.5), ("nat", 0.5), ("filter", 0.85), ("security", 0.12))
_USER_CHAINS = ("A", "B", "LANS", "deep-1", "X_y")
_PROTOCOLS = {4: ("tcp", "udp", "icmp", "89", "sctp"), 6: ("tcp", "udp", "icmpv6", "89")}
# What nobody can know from a scenario ends the comparison, so it is rare.
_FAVOURITES = {
    "conntrack": 3, "state": 2, "tcp": 3, "udp": 3, "set": 2, "cpu": 0.05, "cgroup": 0.05,
}  # fmt: skip
_NAT_TARGETS = ("SNAT", "DNAT", "MASQUERADE", "REDIRECT", "NETMAP")
# What a target needs beside it in its rule before the kernel lets it load.
_REQUIRES = {"TCPMSS": "-m tcp --tcp-flags SYN,RST SYN"}
# What keeps a target (some of its text, a clause of the rule's, the one in its place) to what
# people use it for. SYNPROXY's own SYN to a local server comes by
# again through lo; prefix translation of other prefixes breaks checksums.
_CONDITIONS = (
    ("-j SYNPROXY ", "-i", "! -i lo"),
    ("-j SNPT ", "-s", "-s 2001:db8:2::/64"),
    ("-j DNPT ", "-d", "-d 2001:db8:2::/64"),
    ("l-gt 60", "-i", "! -i lo"),  # TEE where copies may come back
)
# Matches that load themselves when an option of theirs follows -p are fine twice; these are not.
_NO_INPUT_DEVICE = frozenset({Hook.OUTPUT, Hook.POSTROUTING})
_NO_OUTPUT_DEVICE = frozenset({Hook.PREROUTING, Hook.INPUT})


@dataclass(frozen=True, slots=True)
class _ChainPlan:
    name: str
    hooks: frozenset[Hook]
    level: int  # jumps go to a higher level only; built-in chains have 0


def make_rules(world: World, family: int) -> str:
    """One dump of ``iptables-save``'s form, ending with a newline; may hold no table at all."""
    blocks = [
        _table(world, family, name) for name, probability in _TABLES if world.chance(probability)
    ]
    world.random.shuffle(blocks)
    return "".join(blocks)


def _table(world: World, family: int, table: str) -> str:
    hooks = TABLE_HOOKS[table]
    plans = [_ChainPlan(hook, frozenset({hook}), 0) for hook in hooks]
    for level, name in enumerate(_USER_CHAINS[: world.pick((0, 0, 1, 2, 4))], 1):
        reach = world.random.sample(list(hooks), world.random.randint(1, len(hooks)))
        plans.append(_ChainPlan(name, frozenset(reach), level))
    lines = [f"*{table}"]
    for plan in plans:
        policy = "-"
        if plan.level == 0:
            policy = "DROP" if table != "nat" and world.chance(0.03) else "ACCEPT"
        lines.append(f":{plan.name} {policy} [0:0]")
    for plan in plans:
        if plan.level == 0 and world.chance(0.25):
            continue
        place = RulePlace(world, family, table, plan.name, plan.hooks)
        for number in range(world.pick((1, 2, 3, 5))):
            lines.append(_rule(place, plan, plans, number))
    return "\n".join([*lines, "COMMIT\n"])


def _rule(base: RulePlace, plan: _ChainPlan, plans: list[_ChainPlan], number: int) -> str:
    place = replace(base, protocol="")
    negated_protocol = False
    if place.chance(0.5):
        place.protocol = _protocol(place)
        negated_protocol = place.chance(0.04)
    target = _target(place, plan, plans, number)
    matches = [] if negated_protocol else _matches(place)
    if negated_protocol and place.protocol and target.split()[1:2] and _needs_protocol(target):
        negated_protocol = False
    ip_part = _ip_part(place, plan)
    for part, option, condition in _CONDITIONS:
        if part in target:
            ip_part = [*(word for word in ip_part if f"{option} " not in word), condition]
    words = [f"-A {plan.name}", *ip_part]
    if place.protocol:
        words.append(f"{'! ' if negated_protocol else ''}-p {place.protocol}")
    words += matches
    words.append(target)
    return " ".join(" ".join(words).split())


def _needs_protocol(target: str) -> bool:
    return any(word in target for word in (":", "tcp", "TCP", "TPROXY", "--to-ports", "helper"))


def _protocol(place: RulePlace) -> str:
    found = place.fact()
    if found is not None and place.chance(0.8):
        return found.protocol
    return place.world.pick(_PROTOCOLS[place.family])


def _ip_part(place: RulePlace, plan: _ChainPlan) -> list[str]:
    words = []
    if place.chance(0.2):
        words.append(f"{place.negation()}-s {place.network()}")
    if place.chance(0.2):
        words.append(f"{place.negation()}-d {place.network()}")
    if place.chance(0.15) and (plan.level or not plan.hooks & _NO_INPUT_DEVICE):
        words.append(f"{place.negation()}-i {place.device()}")
    if place.chance(0.15) and (plan.level or not plan.hooks & _NO_OUTPUT_DEVICE):
        words.append(f"{place.negation()}-o {place.device()}")
    if place.family == 4 and place.chance(0.02):
        words.append(f"{place.negation(0.5)}-f")
    return words


def _matches(place: RulePlace) -> list[str]:
    words = []
    names = _allowed(place, MATCHES)
    weights = [_FAVOURITES.get(name, 1) for name in names]
    used: set[str] = set()
    for _ in range(place.world.pick((0, 0, 1, 1, 1, 2, 3))):
        name = place.random.choices(names, weights)[0]
        if name in used:
            continue
        _take_protocol(place, MATCHES[name, place.family])
        arguments = _arguments(MATCHES[name, place.family], place)
        if arguments is None:
            continue
        used.add(name)
        words.append(f"-m {name} {arguments}")
    return words


def _target(place: RulePlace, plan: _ChainPlan, plans: list[_ChainPlan], number: int) -> str:
    chance = place.random.random()
    if chance < 0.12:
        return ""
    if chance < 0.30:
        deeper = [item for item in plans if item.level > plan.level and plan.hooks <= item.hooks]
        if deeper:
            kind = "-g" if place.chance(0.2) else "-j"
            return f"{kind} {place.world.pick(deeper).name}"
    if chance < 0.40:
        return "-j ACCEPT"
    if chance < 0.47:
        return "-j RETURN"
    if chance < 0.50 and place.table != "nat" and number:
        return "-j DROP"
    names = _allowed(place, TARGETS)
    if place.table == "nat" and place.chance(0.75):
        names = [name for name in names if name in _NAT_TARGETS] or names
    for _ in range(4):
        name = place.world.pick(names)
        if name in ("REJECT", "NFQUEUE", "TPROXY", "SYNPROXY") and place.chance(0.6):
            continue
        _take_protocol(place, TARGETS[name, place.family])
        arguments = _arguments(TARGETS[name, place.family], place)
        if arguments is not None:
            return f"{_REQUIRES.get(name, '')} -j {name} {arguments}"
    return "-j ACCEPT"


def _arguments(kind: MatchType | TargetType, place: RulePlace) -> str | None:
    """Drawn from what the packets will be where that was written, else one of its examples."""
    return place.world.pick(kind.examples) if kind.draw is None else kind.draw(place)


def _allowed(
    place: RulePlace,
    kinds: Mapping[tuple[str, int], MatchType | TargetType],
) -> list[str]:
    """Names of modelled extensions that may stand here, protocol aside."""
    names = []
    for (name, family), kind in kinds.items():
        modelled = kind.is_modelled if isinstance(kind, MatchType) else kind.apply is not None
        if (
            family == place.family
            and name == kind.name
            and modelled
            and (kind.draw is not None or (kind.examples and not kind.not_built))
            and (not kind.tables or place.table in kind.tables)
            and place.hooks <= kind.hooks
            and not kind.removed
        ):
            names.append(name)
    return names


def _take_protocol(place: RulePlace, kind: MatchType | TargetType) -> None:
    """An extension that is for some protocols brings one, if the rule has none yet."""
    if kind.protocols and not place.protocol:
        fitting = [name for name, number in NUMBERS.items() if number in kind.protocols]
        if fitting:
            place.protocol = place.world.pick(fitting)
    elif not place.protocol and kind.name == "multiport":
        place.protocol = place.world.pick(("tcp", "udp"))
