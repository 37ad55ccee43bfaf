"""Runs shell text: a safe part, on the desk. No process is started, and all of it is bounded.

What a command would change goes to the desk; what it prints is kept for pipes and ``$( )``.
What nobody told (an argument, a file, another program's output) is asked for.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import field
from typing import Any

from sim.base.frozen import dataclass
from sim.read.paste.desk import Desk
from sim.read.paste.shell import tree
from sim.read.paste.shell.arithmetic import BadSum
from sim.read.paste.shell.conditions import BadTest, Test
from sim.read.paste.shell.dash import COMMANDS, refused
from sim.read.paste.shell.expand import BadWord, Expander
from sim.read.paste.shell.files import Files
from sim.read.paste.shell.parameters import Ends, Parameters
from sim.read.paste.shell.patterns import ExpandsTooLong, matches
from sim.read.paste.shell.running import Input, NotTold
from sim.read.paste.shell.syntax import ShellTooMuch, parse
from sim.read.paste.shell.unknown import shown, unknown, unknowns
from sim.read.paste.shell.words import split_words

MOST_STEPS = 50_000  # commands run
MOST_OUTPUT = 1_000_000  # characters printed
DEEPEST = 40  # functions, substitutions, sourced files inside each other
MOST_TURNS = 5_000  # of one loop
MOST_NOTES = 60

# Commands for which nobody is asked what a variable holds.
_UNASKED = frozenset({"echo", "printf", ":", "[", "test", "return", "exit"})
# An `if` that only prints.
_ONLY_SAID = re.compile(
    r"^[ \t]*if [^\n]*\n(?:[ \t]*then[ \t]*\n)?(?:[ \t]*(?:(?:echo|printf|logger)\b[^\n|>]*)?\n)+"
    r"[ \t]*fi\b", re.MULTILINE,
)  # fmt: skip
_LOADS = re.compile(r"-restore\b|\bxargs\b|\b(?:ba|da)?sh\s*$|\btee\b|\bipset\b|\bread\b")
Program = Callable[["Shell", list[str]], int]


class Stopped(Exception):
    """A bound was reached."""


class _Break(Exception):
    def __init__(self, levels: int) -> None:
        self.levels = levels


class _Continue(Exception):
    def __init__(self, levels: int) -> None:
        self.levels = levels


class Return(Exception):
    def __init__(self, status: int) -> None:
        self.status = status


@dataclass(frozen=True, slots=True)
class Relied:
    """A program that nobody here knows was taken to work; ``changes``: what was changed before."""

    name: str
    said: str
    changes: int


_HOLE = re.compile(
    r"(?<=[\s=,!:])<(?P<name>[A-Za-z][\w.-]*(?: [\w.-]+){0,3})>(?=[\s/:,;]|$)", re.MULTILINE
)


@dataclass
class Shell:
    """One shell: parameters, functions, files. ``programs`` are looked up by name.

    ``first`` is the number that the paste gives to the text's first line.
    """

    desk: Desk
    programs: dict[str, Program]
    other: Program  # what runs a program that is not among them
    parameters: Parameters = field(default_factory=Parameters)
    first: int = 1
    functions: dict[str, tree.Node] = field(default_factory=dict)
    script: tree.Node | None = None
    notes: list[str] = field(default_factory=list)
    line: int = 1
    steps: int = 0
    depth: int = 0
    printed: int = 0
    loops: int = 0
    assigning: str = ""  # the variable whose value is being worked out
    tested: int = 0  # inside a condition: `set -e` does not end there
    exits: bool = False  # set -e
    captures: int = 0  # inside $( ), a pipe, or a file: what is printed matters
    changes: int = 0  # commands that changed rules or host
    aliases: dict[str, str] = field(default_factory=dict)
    is_bash: bool = False  # by the script's first line
    is_dash: bool = False  # /bin/sh, as Debian has it
    unread: bool = False  # what is expanded goes into a file that nothing reads
    source: str = ""  # the whole text that is run
    called: bool = False  # some function of its own was called
    is_session: bool = False  # lines typed in a terminal, not a script

    def __post_init__(self) -> None:
        self.files = Files(self)
        self.expander = Expander(self.parameters, self.output)
        self.expander.lacks = self.lacks
        self.out: list[str] = []
        self.input = Input()
        self.relied: list[Relied] = []
        self.holes: dict[str, str] = {}  # variables that stand for a mask such as <your-ip>
        self.turning: list[str] = []  # the variables of the `for` loops that run

    # ---- what programs use

    def print(self, text: str) -> None:
        self.printed += len(text)
        if self.printed > MOST_OUTPUT:
            raise Stopped(f"it prints more than {MOST_OUTPUT} characters")
        self.out.append(text)

    def note(self, text: str) -> None:
        """Something to say about the command that runs."""
        text = shown(text)
        said = f"line {self.line}: {text if len(text) <= 400 else text[:400] + '…'}"
        if said not in self.notes and len(self.notes) < MOST_NOTES:
            self.notes.append(said)

    def lacks(self, what: str) -> bool:
        """Is ``what`` bash's alone, and the shell dash? Which one it is can be answered."""
        if not self.is_dash:
            return False
        self.note(f"dash does not know `{what}`")
        self.desk.ask(
            "sh", f"Which shell is /bin/sh? dash is taken, as on Debian: it does not know `{what}` "
            f"(line {self.line})", ("dash", "bash"), optional=True,
        )  # fmt: skip
        return True

    # ---- texts

    def run_text(self, text: str, first: int = 1) -> int:
        """Run a whole text; its exit status."""
        try:
            node = parse(self._without_holes(text), first)
            if self.script is None:
                self.script = node
                self.source = text
            return self._run_whole(node)
        except Ends as end:
            if end.why:
                self.note(f"the script ends here: {end.why}")
            return end.status
        except (Stopped, ShellTooMuch, ExpandsTooLong) as error:
            self.note(f"reading stops here: {error or 'the text gets too long'}")
        except NotTold:
            self.note("what it prints is not known here")
            return 0
        except (_Break, _Continue):
            pass
        except Return as back:
            return back.status
        except RecursionError:
            self.note("reading stops here: it is nested too deeply")
        return 1

    def _without_holes(self, text: str) -> str:
        """``<lan-interface>`` as a variable that nobody has set: no file is meant."""

        def variable(found: re.Match[str]) -> str:
            name = re.sub(r"\W", "_", found["name"])
            self.holes[name] = found[0]
            return f"${{{name}}}"

        return _HOLE.sub(variable, text) if "<" in text else text

    def _run_whole(self, node: tree.Node) -> int:
        """A text, command by command: dash stops at the first that it cannot parse."""
        if not self.is_dash:
            return self.run(node)
        status = 0
        for part in node.parts if isinstance(node, tree.Sequence) else (node,):
            what = refused(part)
            if what and self.lacks(what):
                raise Ends(2, "dash runs nothing from such a command on")
            status = self.run(part)
        return status

    def output(self, text: str) -> str:
        """What ``$(text)`` stands for; asked for when a program in it is not known here."""
        try:
            node = parse(text, self.line)
        except ShellTooMuch as error:
            raise Stopped(str(error)) from None
        try:
            made = self.captured(node, sub=True).rstrip("\n")
        except NotTold:
            return self._asked_output(text)
        answer = self.desk.answers.get(self.assigning) if unknowns(made) else None
        return made if answer is None else answer

    def _asked_output(self, text: str) -> str:
        name, names = self.assigning, []
        program = next(iter(text.split()), "").rpartition("/")[2]
        what = " ".join(text.split())
        if self.loops:
            for found in split_words(text):
                value, full = self._varying(found)
                names += [value] if value else []
                what = what.replace(found, full) if value else what
        if self.unread or (self.assigning and not self._is_used(self.assigning)):
            return unknown(self.assigning or program)
        name = " ".join([name or program, *names]) if names else name or program
        answer = self.desk.ask(name, f"What does `{what}` print (line {self.line})?")
        if answer is None:
            return unknown(name)
        if answer == "false":
            self.parameters.status = 1
            return ""
        return answer.replace("\\n", "\n").rstrip("\n")

    def _varying(self, word: str) -> tuple[str, str]:
        """What a word has of the loop's turn, and the whole of it."""
        plain = word.strip("\"'")
        if "(" in plain or "`" in plain:
            return "", ""
        if plain.startswith("$"):
            value = self.expander.one(plain)
            return value, value
        turns = [name for name in self.turning if re.search(rf"\$\{{?{name}\b", plain)]
        return " ".join(self.expander.one(f"${name}") for name in turns), (
            self.expander.one(plain) if turns else ""
        )

    def is_named_once(self, path: str) -> bool:
        """Does the script name this file in one place only?"""
        return self.source.count(path) == 1

    def _is_used(self, name: str) -> bool:
        """Does the script do more with a variable than to print it?"""
        if not self.source or re.search(r"\beval\b|\$\{!|^\s*(?:\.|source)\s", self.source, re.M):
            return True
        source = _ONLY_SAID.sub("", self.source)
        use = re.compile(rf"\$\{{?#?{name}\b|\b{name}\b(?!=)(?=[^\n]*\)\))")
        return any(
            use.search(line) for line in source.split("\n")
            if not re.match(r"\s*(?:#|(?:echo|printf|logger)\s[^|>&;`]*$)", line)
        )  # fmt: skip

    def captured(self, node: tree.Node, *, sub: bool = False, stdin: Input | None = None) -> str:
        """What a node prints. ``sub``: in a shell of its own, whose variables stay there."""
        before, self.out = self.out, []
        input_before = self.input
        if stdin is not None:
            self.input = stdin
        self.captures += 1
        try:
            if sub:
                self.parameters.status = self._sub(node)
            else:
                self.parameters.status = self.run(node)
            return "".join(self.out)
        finally:
            self.out, self.input = before, input_before
            self.captures -= 1

    def _sub(self, node: tree.Node) -> int:
        """Run in a subshell: what it sets is gone behind it."""
        kept = dict(self.parameters.variables), list(self.parameters.arguments)
        functions, exits = dict(self.functions), self.exits
        try:
            with self.deeper():
                return self.run(node)
        except Ends as end:
            if end.why:
                self.note(end.why)
            return end.status
        except Return as back:
            return back.status
        finally:
            self.parameters.variables, self.parameters.arguments = kept
            self.functions, self.exits = functions, exits

    @contextmanager
    def deeper(self) -> Iterator[None]:
        """One call inside the others."""
        self.depth += 1
        try:
            if self.depth > DEEPEST:
                raise Stopped(f"more than {DEEPEST} calls inside each other")
            yield
        finally:
            self.depth -= 1

    # ---- nodes

    def run(self, node: tree.Node) -> int:
        """Run a node; its exit status, which ``$?`` is then."""
        self.steps += 1
        if self.steps > MOST_STEPS:
            raise Stopped(f"it runs more than {MOST_STEPS} commands")
        status = _RUN[type(node)](self, node)
        self.parameters.status = status
        return status

    def _run_sequence(self, node: tree.Sequence) -> int:
        status = 0
        for part in node.parts:
            status = self.run(part)
        return status

    def _condition(self, node: tree.Node) -> int:
        self.tested += 1
        try:
            return self.run(node)
        finally:
            self.tested -= 1

    def _run_andor(self, node: tree.AndOr) -> int:
        status = self._condition(node.left)
        if (status == 0) == (node.op == "&&"):
            return self.run(node.right)
        return status

    def _run_not(self, node: tree.Not) -> int:
        return int(not self._condition(node.part))

    def _run_pipe(self, node: tree.Pipe) -> int:
        text: str | None = None
        for number, part in enumerate(node.parts):
            is_last = number == len(node.parts) - 1
            given = self.input if text is None else Input(text)
            if is_last:
                before, self.input = self.input, given
                try:
                    return self._sub(part)
                finally:
                    self.input = before
            try:
                text = self.captured(part, sub=True, stdin=given)
            except NotTold:
                if self.captures:
                    raise
                return self._untold(node)
        return 0

    def _untold(self, node: tree.Pipe) -> int:
        """A pipe whose input nobody knows: asked for when it would change something."""
        texts = [part.text for part in node.parts if isinstance(part, tree.Simple)]
        changes = any(not isinstance(part, tree.Simple) for part in node.parts[1:]) or any(
            _LOADS.search(text) for text in texts[1:]
        )
        if changes and not self.is_session:
            first = texts[0] if texts else "the first command"
            name = first.split()[0].rpartition("/")[2]
            self.desk.ask(name, f"What does `{' '.join(first.split())}` print (line {self.line})?")
        elif self.tested:
            self.note(f"what `{' | '.join(texts)}` finds is not known: taken as nothing")
        return int(bool(self.tested))

    def _run_subshell(self, node: tree.Subshell) -> int:
        return self._sub(node.body)

    def _run_redirected(self, node: tree.Redirected) -> int:
        return self.files.redirected(node.redirects, lambda: self.run(node.part))

    def _run_if(self, node: tree.If) -> int:
        for test, body in node.arms:
            if self._condition(test) == 0:
                return self.run(body)
        return self.run(node.otherwise) if node.otherwise is not None else 0

    def _run_for(self, node: tree.For) -> int:
        if node.words is None:
            values = list(self.parameters.arguments)
        else:
            values = [value for word in node.words for value in self.fields(word)]
        status = 0
        self.turning.append(node.name)
        try:
            for value in values[:MOST_TURNS]:
                self.parameters.set(node.name, value)
                over, status = self._turn(node.body)
                if over:
                    break
        finally:
            self.turning.pop()
        return status

    def _turn(self, body: tree.Node) -> tuple[bool, int]:
        """One turn of a loop: whether the loop is over, and the status."""
        self.loops += 1
        try:
            return False, self.run(body)
        except _Break as out:
            if out.levels > 1:
                raise _Break(out.levels - 1) from None
            return True, 0
        except _Continue as on:
            if on.levels > 1:
                raise _Continue(on.levels - 1) from None
            return False, 0
        finally:
            self.loops -= 1

    def _run_count(self, node: tree.Count) -> int:
        self._sum(node.first)
        status = 0
        for _ in range(MOST_TURNS):
            if node.test.strip() and self._sum(node.test) == 0:
                return status
            over, status = self._turn(node.body)
            if over:
                return status
            self._sum(node.step)
        raise Stopped(f"a loop turns more than {MOST_TURNS} times")

    def _run_while(self, node: tree.While) -> int:
        status = 0
        for _ in range(MOST_TURNS):
            if (self._condition(node.test) == 0) == node.until:
                return status
            over, status = self._turn(node.body)
            if over:
                return status
        raise Stopped(f"a loop turns more than {MOST_TURNS} times")

    def _run_case(self, node: tree.CaseClause) -> int:
        from_word = self.one(node.word)
        status, falls = 0, False
        for patterns, body, end in node.arms:
            if not falls and not any(self._fits(pattern, from_word) for pattern in patterns):
                continue
            status = self.run(body)
            falls = end == ";&"
            if end == ";;":
                break
        return status

    def _fits(self, pattern: str, text: str) -> bool:
        made = self.expander.pattern(pattern)
        return matches(made, text) and (not unknowns(text) or made == "*")

    def _run_function(self, node: tree.Function) -> int:
        self.functions[node.name] = node.body
        return 0

    def _run_broken(self, node: tree.Broken) -> int:
        self.line = node.line
        seen = " ".join(node.text.split())[:60]
        raise Ends(2, f"no shell understands this: {seen}")

    def _run_arithmetic(self, node: tree.Arithmetic) -> int:
        if self.lacks("((…))"):
            return self.finish(127)
        return int(self._sum(node.text) == 0)

    def _sum(self, text: str) -> int:
        try:
            value = self.parameters.sum(self.expander.sum_text(text))
            return 1 if unknowns(value) else int(value)
        except BadSum as error:
            self.note(str(error))
            return 0

    def _run_test(self, node: tree.TestCommand) -> int:
        self.line = node.line
        if node.double and self.lacks("[["):
            return self.finish(127)
        words = split_words(node.text)
        if node.double:
            made = []
            for at, word in enumerate(words):
                is_pattern = at and words[at - 1] in ("==", "=", "!=")
                made.append(self.expander.pattern(word) if is_pattern else self.one(word))
        else:
            made = [value for word in words for value in self.fields(word)]
        return self.finish(self.test(made, double=node.double))

    def test(self, words: Sequence[str], *, double: bool = False) -> int:
        if not double and "==" in words[1:-1] and self.lacks("=="):
            return 2
        try:
            test = Test(words, self._tested_file, double=double)
            found = test.value()
            if test.groups is not None:
                self.parameters.set("BASH_REMATCH", test.groups)
            return int(not found)
        except BadTest as error:
            self.note(f"[: {error}")
            return 2

    def _tested_file(self, letter: str, word: str) -> bool:
        if letter == "v":
            return self.parameters.peek(word)[1]
        return self.files.test(letter, word)

    def fields(self, word: str) -> list[str]:
        try:
            found = self.expander.fields(word)
        except (BadWord, BadSum) as error:
            raise Ends(1, str(error)) from None
        return [path for one in found for path in self.files.globbed(word, one)]

    def one(self, word: str) -> str:
        try:
            return self.expander.one(word)
        except (BadWord, BadSum) as error:
            raise Ends(1, str(error)) from None

    # ---- simple commands

    def _run_simple(self, node: tree.Simple) -> int:
        self.line = node.line
        self.parameters.unset.clear()
        words = [value for word in node.words for value in self.fields(word)]
        if not words:
            status = self._assign(node.assigns)
            return self.files.redirected(node.redirects, lambda: self.finish(status))
        unset = list(dict.fromkeys(self.parameters.unset))
        before = {one.name: self.parameters.variables.get(one.name) for one in node.assigns}
        self._assign(node.assigns)
        try:
            return self.files.redirected(
                node.redirects, lambda: self.finish(self._call(words, unset, node))
            )
        except NotTold:
            if self.captures:
                raise
            return 0  # nobody reads it
        finally:
            self.parameters.put_back(before)

    def _assign(self, assigns: Sequence[tree.Assign]) -> int:
        status = 0
        for assign in assigns:
            self.parameters.status = 0
            self.assign(assign)
            status = self.parameters.status if "$(" in assign.word or "`" in assign.word else 0
        return status

    def assign(self, assign: tree.Assign, put: Callable[[str], None] | None = None) -> None:
        before, self.assigning = self.assigning, assign.name
        try:
            if assign.items is not None:
                items = [value for word in assign.items for value in self.fields(word)]
                old = self.parameters.items(assign.name) if assign.adds else []
                self.parameters.set(assign.name, old + items)
                return
            value = self.one(assign.word)
        finally:
            self.assigning = before
        if put is not None:
            put(value)
        elif assign.index:
            self.parameters.put_item(assign.name, self.one(assign.index), value)
        else:
            old_text = self.parameters.peek(assign.name)[0] if assign.adds else ""
            self.parameters.set(assign.name, old_text + value)

    def finish(self, status: int) -> int:
        """``set -e``: a command that fails outside a condition ends the shell."""
        if status and self.exits and not self.tested:
            raise Ends(status, "a command failed, and `set -e` ends the script there")
        return status

    def call(self, words: list[str]) -> int:
        """Run a command whose words are known."""
        return self._call(words, [], tree.Simple(self.line, ""))

    def _call(self, words: list[str], unset: list[str], node: tree.Simple) -> int:
        first = [name for name in unset if self._in_words(name, node.words[:1])]
        if first:
            words = self._told(words, first, node)
        name = words[0] if words else ""
        if not name:
            return 127
        if name in self.aliases and not self.is_bash:
            try:
                meant = shlex.split(self.aliases[name])
            except ValueError:
                meant = [name]
            words = [*meant, *words[1:]]
            name = words[0]
        body = self.functions.get(name)
        if body is not None:
            return self.call_function(body, words[1:])
        if name in COMMANDS and self.lacks(name):
            return 127
        plain = name if name.startswith("/etc/") else name.rpartition("/")[2]
        found = self.programs.get(name) or self.programs.get(plain)
        if found is not None:
            if unset and name.rpartition("/")[2] not in _UNASKED:
                words = self._told(words, unset, node)
            return found(self, words)
        if name == self.parameters.script and self.script is not None:
            return self._again(words[1:])
        return self.other(self, words)

    def _told(self, words: list[str], unset: list[str], node: tree.Simple) -> list[str]:
        """The words with the values of variables that only the person can tell."""
        wanted = [name for name in unset if self._in_words(name, node.words)]
        for name in wanted:
            what = f"What stands for {self.holes[name]}" if name in self.holes else (
                f"Which value has ${name}")  # fmt: skip
            answer = self.desk.ask(name, f"{what} (line {self.line})?")
            value = unknown(name) if answer is None else "" if answer == "false" else answer
            self.parameters.set(name, value)
        if not wanted:
            return words
        return [value for word in node.words for value in self.fields(word)]

    @staticmethod
    def _in_words(name: str, words: Sequence[str]) -> bool:
        return any(f"${name}" in word or f"${{{name}" in word for word in words)

    def call_function(self, body: tree.Node, arguments: list[str]) -> int:
        self.called = True
        before = self.parameters.enter(arguments)
        loops, self.loops = self.loops, 0
        try:
            with self.deeper():
                return self.run(body)
        except Return as back:
            return back.status
        finally:
            self.parameters.leave(before)
            self.loops = loops

    def _again(self, arguments: list[str]) -> int:
        """The script calls itself."""
        before, self.parameters.arguments = self.parameters.arguments, arguments
        kept, self.parameters.variables = self.parameters.variables, {}
        try:
            with self.deeper():
                return self.run(self.script or tree.Sequence(()))
        except Ends as end:
            return end.status
        finally:
            self.parameters.arguments, self.parameters.variables = before, kept

    @staticmethod
    def leave_loops(levels: int, *, goes_on: bool) -> None:
        raise (_Continue if goes_on else _Break)(levels)


# What runs each kind of node.
_RUN: dict[type, Callable[[Shell, Any], int]] = {
    tree.Simple: Shell._run_simple, tree.Sequence: Shell._run_sequence,
    tree.AndOr: Shell._run_andor, tree.Pipe: Shell._run_pipe, tree.Not: Shell._run_not,
    tree.Redirected: Shell._run_redirected, tree.Subshell: Shell._run_subshell,
    tree.If: Shell._run_if, tree.For: Shell._run_for, tree.Count: Shell._run_count,
    tree.While: Shell._run_while, tree.CaseClause: Shell._run_case,
    tree.Function: Shell._run_function, tree.TestCommand: Shell._run_test,
    tree.Arithmetic: Shell._run_arithmetic, tree.Broken: Shell._run_broken,
}  # fmt: skip
