"""Shell text to nodes. tree-sitter's grammar of bash gives the shape; it stays in this file.

Here-documents are taken out first (their bodies are text, not shell) and left as here-strings
with a mark, so that what stands behind ``<<EOF`` on its line has its ordinary shape.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, lru_cache

import tree_sitter_bash
from tree_sitter import Language, Parser
from tree_sitter import Node as Raw

from sim.read.paste.shell import tree
from sim.read.paste.shell.lines import HEREDOC
from sim.read.paste.shell.tree import Node, Redirect
from sim.read.paste.shell.words import alternatives, assignment

LONGEST = 1_000_000  # characters of one shell text
DEEPEST = 60  # nested constructs
_MARK = "HEREDOC{}MARK"
_MARKED = re.compile(r"HEREDOC(\d+)MARK\Z")
# A command behind a backslash is that command and no alias; the grammar joins it to the line above.
_ESCAPED = re.compile(
    r"^([ \t]*)\\(?=(?:ip6?tables|ipset|ip|sysctl|rm|cp|mv|cat|grep|echo|modprobe)\b)", re.MULTILINE
)
_TO_FILE = re.compile(r"(?:\s*(?:[12&]?>>?|>\|)\s*[^\s;|&<>()]+)+\s*$")
# A backslash with a blank behind it at the line's end is a word of one blank, and the line ends.
_BLANK_WORD = re.compile(rb"[ \t]+\\[ \t]+(?=\n|$)")


class ShellTooMuch(ValueError):
    """The text is larger or nested deeper than is read here."""


@cache
def _parser() -> Parser:
    return Parser(Language(tree_sitter_bash.language()))


@lru_cache(maxsize=256)
def parse(text: str, first: int = 1) -> Node:
    """The nodes of a shell text whose first line has number ``first``. Raises ``ShellTooMuch``."""
    if len(text) > LONGEST:
        raise ShellTooMuch(f"a shell text may have {LONGEST} characters here")
    plain, documents = _without_documents(_ESCAPED.sub(r"\1", text))
    source = plain.encode(errors="replace")
    root = _parser().parse(source).root_node
    return _Reading(source, documents, first).body(root, 0)


def _without_documents(text: str) -> tuple[str, list[Redirect]]:
    """The text with each here-document as ``<<< MARK``, its lines blank, and the documents."""
    if "<<" not in text:
        return text, []
    documents: list[Redirect] = []
    lines, out, at = text.split("\n"), [], 0
    while at < len(lines):
        line, number = lines[at], at + 1
        if line.lstrip().startswith("#"):
            out.append(line)
            at += 1
            continue
        made, last = "", 0
        for found in HEREDOC.finditer(line):
            tabs, word = found["tabs"] == "-", found["word"]
            stop = next((n for n in range(number, len(lines)) if _ends(lines[n], word, tabs)), None)
            if stop is None:
                continue
            body = lines[number:stop]
            if tabs:
                body = [one.lstrip("\t") for one in body]
            quoted = bool(found["quote"]) or "\\" in found[0]
            # A here-string behind `> FILE` is no bash to the grammar: it goes in front.
            before = line[last : found.start()]
            behind = _TO_FILE.search(before)
            cut = behind.start() if behind else len(before)
            made += f"{before[:cut]} <<<{_MARK.format(len(documents))} {before[cut:]}"
            documents.append(Redirect("<<", "", "".join(f"{one}\n" for one in body), quoted))
            last, number = found.end(), stop + 1
        out.append(made + line[last:])
        out += [""] * (number - at - 1)
        at = number
    return "\n".join(out), documents


def _ends(line: str, word: str, tabs: bool) -> bool:
    return (line.lstrip("\t") if tabs else line).rstrip() == word


class _Reading:
    """One tree of tree-sitter's on its way to ours."""

    def __init__(self, source: bytes, documents: list[Redirect], first: int) -> None:
        self.source, self.documents, self.first = source, documents, first

    def text(self, raw: Raw) -> str:
        return self.source[raw.start_byte : raw.end_byte].decode(errors="replace")

    def between(self, start: int, end: int) -> str:
        return self.source[start:end].decode(errors="replace")

    def line(self, raw: Raw) -> int:
        return raw.start_point[0] + self.first

    def body(self, raw: Raw, depth: int) -> Node:
        """The statements inside a node, in order."""
        found = [self.node(child, depth) for child in raw.children if self._is_statement(child)]
        return found[0] if len(found) == 1 else tree.Sequence(tuple(found))

    def _is_statement(self, raw: Raw) -> bool:
        return raw.type == "ERROR" or raw.is_missing or (raw.is_named and raw.type != "comment")

    def node(self, raw: Raw, depth: int) -> Node:
        if depth > DEEPEST:
            raise ShellTooMuch(f"more than {DEEPEST} constructs inside each other")
        if (
            raw.type == "ERROR"
            or raw.is_missing
            or any(child.type == "ERROR" or child.is_missing for child in raw.children)
        ):
            return tree.Broken(self.text(raw), self.line(raw))
        made = getattr(self, f"_{raw.type}", None)
        if made is None:
            return tree.Broken(self.text(raw), self.line(raw))
        found: Node = made(raw, depth + 1)
        return found

    # ---- simple commands

    def _command(self, raw: Raw, depth: int) -> Node:
        assigns: list[tree.Assign] = []
        redirects: list[Redirect] = []
        pieces: list[tuple[int, int]] = []
        for child in raw.children:
            if child.type == "variable_assignment":
                assigns.append(self._assign(child))
            elif child.type.endswith("_redirect"):
                redirects += self._redirect(child)
            else:
                pieces.append((child.start_byte, child.end_byte))
        words = tuple(self.between(*piece) for piece in _joined(pieces))
        if _BLANK_WORD.match(self.source, raw.end_byte):
            words = (*words, "\\ ")
        return tree.Simple(self.line(raw), self.text(raw), tuple(assigns), words, tuple(redirects))

    def _words(self, raw: Raw, depth: int) -> Node:
        """export, local, unset …: words like any others."""
        pieces = [(child.start_byte, child.end_byte) for child in raw.children]
        words = tuple(self.between(*piece) for piece in _joined(pieces))
        return tree.Simple(self.line(raw), self.text(raw), (), words)

    _declaration_command = _unset_command = _words

    def _variable_assignment(self, raw: Raw, depth: int) -> Node:
        return tree.Simple(self.line(raw), self.text(raw), (self._assign(raw),))

    def _variable_assignments(self, raw: Raw, depth: int) -> Node:
        assigns = tuple(self._assign(child) for child in raw.named_children)
        return tree.Simple(self.line(raw), self.text(raw), assigns)

    def _assign(self, raw: Raw) -> tree.Assign:
        return assignment(self.text(raw))

    # ---- redirections

    def _redirected_statement(self, raw: Raw, depth: int) -> Node:
        body = raw.child_by_field_name("body")
        redirects = [one for child in raw.children if child.type.endswith("_redirect")
                     for one in self._redirect(child)]  # fmt: skip
        if body is None:
            return tree.Simple(self.line(raw), self.text(raw), (), (), tuple(redirects))
        inner = self.node(body, depth)
        if isinstance(inner, tree.Simple):
            extra = [word for child in raw.children if child.type == "file_redirect"
                     for word in self._behind(child)]  # fmt: skip
            return tree.Simple(
                inner.line, self.text(raw), inner.assigns, (*inner.words, *extra),
                (*inner.redirects, *redirects),
            )  # fmt: skip
        return tree.Redirected(inner, tuple(redirects))

    def _behind(self, raw: Raw) -> list[str]:
        """Words behind a redirection's target, which the grammar counts to it."""
        targets = raw.children_by_field_name("destination")
        pieces = _joined([(child.start_byte, child.end_byte) for child in targets])
        return [self.between(*piece) for piece in pieces[1:]]

    def _redirect(self, raw: Raw) -> Iterator[Redirect]:
        fd = raw.child_by_field_name("descriptor")
        number = self.text(fd) if fd is not None else ""
        rest = self.text(raw)[len(number) :]
        found = re.match(r"(<<<|&>>|&>|>>|>\||>&|<&|<>|<|>)\s*", rest)
        if found is None:
            return
        target = rest[found.end() :]
        marked = _MARKED.match(target.strip())
        if found[1] == "<<<" and marked and int(marked[1]) < len(self.documents):
            yield self.documents[int(marked[1])]
            return
        targets = raw.children_by_field_name("destination")
        if targets:
            pieces = _joined([(child.start_byte, child.end_byte) for child in targets])
            target = self.between(*pieces[0])
        yield Redirect(found[1], number, target)

    # ---- lists

    def _list(self, raw: Raw, depth: int) -> Node:
        parts = [child for child in raw.children if child.is_named or child.type == "ERROR"]
        ops = [child.type for child in raw.children if child.type in ("&&", "||")]
        if len(parts) != 2 or len(ops) != 1:
            return tree.Broken(self.text(raw), self.line(raw))
        return tree.AndOr(self.node(parts[0], depth), ops[0], self.node(parts[1], depth))

    def _pipeline(self, raw: Raw, depth: int) -> Node:
        parts = (child for child in raw.children if self._is_statement(child))
        return tree.Pipe(tuple(self.node(child, depth) for child in parts))

    def _negated_command(self, raw: Raw, depth: int) -> Node:
        return tree.Not(self.body(raw, depth))

    def _subshell(self, raw: Raw, depth: int) -> Node:
        return tree.Subshell(self.body(raw, depth))

    def _compound_statement(self, raw: Raw, depth: int) -> Node:
        text = self.text(raw)
        if text.startswith("(("):
            return tree.Arithmetic(text[2:-2])
        return self.body(raw, depth)

    def _do_group(self, raw: Raw, depth: int) -> Node:
        return self.body(raw, depth)

    # ---- constructs

    def _if_statement(self, raw: Raw, depth: int) -> Node:
        arms = [self._arm(raw, depth)]
        otherwise: Node | None = None
        for child in raw.children:
            if child.type == "elif_clause":
                arms.append(self._arm(child, depth))
            elif child.type == "else_clause":
                otherwise = self.body(child, depth)
        return tree.If(tuple(arms), otherwise)

    def _arm(self, raw: Raw, depth: int) -> tuple[Node, Node]:
        test: list[Node] = []
        then: list[Node] = []
        behind = False
        for child in raw.children:
            if child.type == "then":
                behind = True
            elif child.type in ("elif_clause", "else_clause"):
                break
            elif self._is_statement(child):
                (then if behind else test).append(self.node(child, depth))
        return tree.Sequence(tuple(test)), tree.Sequence(tuple(then))

    def _for_statement(self, raw: Raw, depth: int) -> Node:
        name = raw.child_by_field_name("variable")
        body = raw.child_by_field_name("body")
        if name is None or body is None:
            return tree.Broken(self.text(raw), self.line(raw))
        has_words = any(child.type == "in" for child in raw.children)
        values = raw.children_by_field_name("value")
        pieces = _joined([(child.start_byte, child.end_byte) for child in values])
        words = tuple(self.between(*piece) for piece in pieces) if has_words else None
        return tree.For(self.text(name), words, self.node(body, depth))

    def _c_style_for_statement(self, raw: Raw, depth: int) -> Node:
        found = re.match(r"for\s*\(\((.*?);(.*?);(.*?)\)\)", self.text(raw), re.DOTALL)
        body = raw.child_by_field_name("body")
        if found is None or body is None:
            return tree.Broken(self.text(raw), self.line(raw))
        return tree.Count(found[1], found[2], found[3], self.node(body, depth))

    def _while_statement(self, raw: Raw, depth: int) -> Node:
        body = raw.child_by_field_name("body")
        if body is None:
            return tree.Broken(self.text(raw), self.line(raw))
        test = [self.node(child, depth) for child in raw.children
                if self._is_statement(child) and child.type != "do_group"]  # fmt: skip
        is_until = self.text(raw).startswith("until")
        return tree.While(tree.Sequence(tuple(test)), self.node(body, depth), is_until)

    def _case_statement(self, raw: Raw, depth: int) -> Node:
        value = raw.child_by_field_name("value")
        if value is None:
            return tree.Broken(self.text(raw), self.line(raw))
        arms = [self._case_arm(child, depth) for child in raw.children
                if child.type == "case_item"]  # fmt: skip
        return tree.CaseClause(self.text(value), tuple(arms))

    def _case_arm(self, raw: Raw, depth: int) -> tuple[tuple[str, ...], Node, str]:
        children = raw.children
        close = next((n for n, child in enumerate(children) if child.type == ")"), 0)
        head = self.between(raw.start_byte, children[close].start_byte).strip().removeprefix("(")
        body = [self.node(child, depth) for child in children[close + 1 :]
                if self._is_statement(child)]  # fmt: skip
        end = children[-1].type if children[-1].type in (";;", ";&", ";;&") else ";;"
        return tuple(alternatives(head)), tree.Sequence(tuple(body)), end

    def _function_definition(self, raw: Raw, depth: int) -> Node:
        name, body = raw.child_by_field_name("name"), raw.child_by_field_name("body")
        if name is None or body is None:
            return tree.Broken(self.text(raw), self.line(raw))
        has_keyword = raw.children[0].type == "function"
        return tree.Function(self.text(name), self.node(body, depth), has_keyword)

    def _test_command(self, raw: Raw, depth: int) -> Node:
        text = self.text(raw)
        if text.startswith("(("):
            return tree.Arithmetic(text[2:-2])
        if text.startswith("[["):
            return tree.TestCommand(text[2:-2], True, self.line(raw))
        return tree.TestCommand(text[1:-1], False, self.line(raw))


def _joined(pieces: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Pieces that touch are one word."""
    out: list[tuple[int, int]] = []
    for start, end in pieces:
        if out and out[-1][1] == start:
            out[-1] = (out[-1][0], end)
        else:
            out.append((start, end))
    return out
