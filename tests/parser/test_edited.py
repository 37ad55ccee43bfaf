"""A text in which a line was changed is read as if it were new, whatever is read of it."""

from __future__ import annotations

import re
from collections import Counter
from random import Random

import pytest

from sim.base import budget
from sim.base.errors import Refused
from sim.kernel.chain_index import indexes_of
from sim.kernel.traversal import run
from sim.model.rules import Rules
from sim.model.scenario import Scenario
from sim.read import scenario as reading
from sim.read.names import names_of
from sim.read.rules.edited import EditedText, load_to_edit
from sim.read.rules.ruleset import Loader, load_rules
from sim.read.rules.thrift import Thrift, read_with
from sim.read.scenario import compile_scenario
from sim.tell.jsonl import as_json
from tests.bench.rulesets import HOST, SHAPES, packets
from tests.environment import draws
from tests.parser.alike import CHAIN, VALUES, make_text, mended

Outcome = Rules | tuple[tuple[object, ...], ...]
NAMES = names_of()


def outcome(load: object) -> Outcome:
    """Rules, or all that is said of what is wrong."""
    try:
        assert callable(load)
        rules: Rules = load()
    except Refused as refused:
        return tuple((str(e), e.span, e.hint, e.lacks, e.kind) for e in refused.errors)
    return rules


@pytest.fixture
def loaders(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How many texts were read as a whole."""
    count: Counter[str] = Counter()
    init = Loader.__init__

    def counted(self: Loader, *told: object, **more: object) -> None:
        init(self, *told, **more)  # type: ignore[arg-type]
        count["loaded"] += 1

    monkeypatch.setattr(Loader, "__init__", counted)
    return count


class Editor:
    """Somebody edits a text again and again; each state is read both ways."""

    def __init__(self, text: str) -> None:
        self.text = text
        _, self.kept = load_to_edit(text, NAMES, 0)
        assert self.kept is not None

    def change(self, text: str) -> Outcome:
        self.text = text

        def edited() -> Rules:
            rules, self.kept = load_to_edit(text, NAMES, 0, self.kept)
            return rules

        return outcome(edited)


KNOWN = {value for values in VALUES.values() for value in values} - set(CHAIN)


def edited(random: Random, text: str, others: list[str]) -> str:
    """The text with a rule changed, or two: a value, a word, or all of one."""
    lines = text.split("\n")
    rules = [at for at, line in enumerate(lines) if line[:1] in ("-", "[")] or [0]
    for _ in range(random.choice((1, 1, 1, 2))):
        at = random.choice(rules) if random.random() < 0.9 else random.randrange(len(lines))
        if random.random() < 0.2:
            lines[at] = random.choice(others)
            continue
        words = lines[at].split(" ")
        place = random.randrange(len(words))
        if random.random() < 0.6:
            place = max(range(len(words)), key=lambda at: (words[at] in KNOWN, random.random()))
        alike = [values for values in VALUES.values() if words[place] in values]
        words[place] = random.choice(
            random.choice(alike)
            if alike
            else (*random.choice(list(VALUES.values())), words[place][:-1], words[0], "!")
        )
        lines[at] = " ".join(words)
    return "\n".join(lines)


_COMMANDS = re.compile(r"^(?!-A |\[\d+:\d+\] -A |[:#*]|COMMIT$).*\n", re.MULTILINE)


def test_random_edits_are_read_as_new_texts_are(loaders: Counter[str]) -> None:
    """Values, words and whole lines that change; errors, and what follows when they are mended."""
    random = Random(5)
    met: Counter[str] = Counter()
    for seed in range(draws(80, 30)):
        text, others = make_text(seed), make_text(seed + 1000).split("\n")
        if seed % 4:
            text = _COMMANDS.sub("", text)
        with read_with(Thrift(shortest=0, learnt_at=1 + seed % 3)):
            try:
                editor = Editor(mended(text))
            except Refused:
                continue
            now = editor.text
            for _ in range(12):
                new = edited(random, now, others)
                before = loaders["loaded"]
                found = editor.change(new)
                is_short = loaders["loaded"] == before
                assert found == outcome(lambda text=new: load_rules(text, NAMES)), (seed, new)
                met[f"{'line' if is_short else 'whole'}, {type(found).__name__}"] += 1
                now = new if isinstance(found, Rules) else now
    assert met["line, Rules"] > draws(60, 20), met
    assert met["line, tuple"] > draws(60, 20), met
    assert met["whole, Rules"] > draws(20, 8), met


@pytest.mark.parametrize("shape", SHAPES)
def test_a_line_of_a_long_ruleset_is_read_alone(shape: str, loaders: Counter[str]) -> None:
    lines = SHAPES[shape](400).split("\n")
    editor = Editor("\n".join(lines))
    for at in range(30, len(lines) - 2, 41):
        if "-m tcp" not in lines[at] and "-m udp" not in lines[at]:
            continue
        lines[at] = re.sub(r"(--dport |10\.)\d+", r"\g<1>77", lines[at])
        wrong = [*lines[:at], f"{lines[at]} -x", *lines[at + 1 :]]
        for text in ("\n".join(lines), "\n".join(wrong)):
            loaders.clear()
            found = editor.change(text)
            assert not loaders
            assert found == outcome(lambda text=text: load_rules(text, NAMES))


def test_what_an_edit_costs_is_what_the_text_costs() -> None:
    """A budget ends an edited text where it ends a new one."""
    text = SHAPES["flat"](300)
    _, kept = load_to_edit(text, NAMES, 0)
    new = text.replace("--dport 7 ", "--dport 8 ")
    for objects in (400, 620, 5000):
        made = []
        for known in (None, kept):
            with budget.spent_from(budget.Budget(objects=objects)):
                made.append(outcome(lambda it=known: load_to_edit(new, NAMES, 0, it)[0]))
        assert made[0] == made[1]
        assert isinstance(made[0], Rules) == (objects > 600)


def test_a_walk_after_an_edit_is_that_of_a_new_text() -> None:
    text = SHAPES["ufw"](300)
    new = text.replace("--dport 9 -j ACCEPT", "--dport 9999 -j DROP")
    scenarios = [Scenario(rules=each, host=HOST, packets=packets(2)) for each in (text, new)]
    told = []
    for steps in (scenarios, scenarios[1:]):
        reading._compiled.cache_clear()
        reading._rules.cache_clear()
        reading._lately.clear()
        for scenario in steps:
            compiled = compile_scenario(scenario)
        told.append([as_json(step) for step in run(compiled, flows=True)])
    assert told[0] == told[1]
    assert "--dport 9999 " in str(told[0])


def test_rules_that_were_given_out_stay_as_they_were() -> None:
    """The run of before goes on while somebody types."""
    text = SHAPES["flat"](300)
    first, kept = load_to_edit(text, NAMES, 0)
    new = text.replace("--dport 7 ", "--dport 8 ")
    second, again = load_to_edit(new, NAMES, 0, kept)
    assert isinstance(kept, EditedText)
    assert again is kept
    assert first == load_rules(text, NAMES)
    assert second == load_rules(new, NAMES)


CHANGES = (
    (r"(port) \d+", r"\1 7"), (r"(port) \d+", r"\1 7:9"), (r" -[sd] (\S+)", r" ! -s \1"),
    (r"-A (\S+)", r"-A \1 -o eth0"), (r" -[sd] \S+", ""),
)  # fmt: skip


def test_the_index_of_an_edited_chain_is_that_of_a_new_one() -> None:
    """It is carried over: a rule is taken out and put in, nothing else is looked at."""
    random = Random(2)
    carried = 0
    for shape in ("flat", "ufw", "kube"):
        lines = SHAPES[shape](300).split("\n")
        rules, kept = load_to_edit("\n".join(lines), NAMES, 0)
        for _ in range(20):
            for chain in rules.ipv4.tables["filter"].chains.values():
                known = indexes_of(chain, 4)
                known.with_ports = known.with_ports or known._made(chain, with_ports=True)
                known.without = known.without or known._made(chain, with_ports=False)
            at = random.choice([at for at, line in enumerate(lines) if "port " in line])
            lines[at] = re.sub(*random.choice(CHANGES), lines[at], count=1)
            before, (rules, kept) = rules, load_to_edit("\n".join(lines), NAMES, 0, kept)
            old = before.ipv4.tables["filter"].chains
            for name, chain in rules.ipv4.tables["filter"].chains.items():
                known = indexes_of(chain, 4)
                if known.with_ports is None or known.without is None:
                    continue
                carried += chain is not old[name]
                for is_with, index in ((True, known.with_ports), (False, known.without)):
                    new = known._made(chain, with_ports=is_with)
                    held = {shape: places for shape, places in index.shapes.items() if places}
                    assert (held, index.rows) == (new.shapes, new.rows)
    assert carried > 15
