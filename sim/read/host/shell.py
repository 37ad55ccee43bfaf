"""Command lines: what a person typed, after whatever prompt, as far as it changes the host.

Only plain commands: words, quotes, ``&&`` and ``;`` between them, ``> FILE`` and ``| tee FILE``
for settings. Anything else of the shell's is an error that says so.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from sim.base.frozen import dataclass, replace
from sim.read.host import sysctl as host_sysctl
from sim.read.host.bridges import brctl_command
from sim.read.host.draft import HostDraft
from sim.read.host.ip import ip_command
from sim.read.host.sets import ipset_command
from sim.read.host.words import HostCommand, Word, split_commands, word_error
from sim.read.lines import Line, clip

# `$ `, `box# `, `root@box:~# `, `[root@box ~]# `, and what stands before the command itself.
PROMPT = re.compile(
    r"\s*(?:[$%>]|[\w.-]+[#$]|(?:\([\w.-]+\)\s?)?[\w.-]+@[\w.-]+:?[^\s#$%]*\s?[#$%]"
    r"|\[[\w.-]+@[\w.-]+[^\]]*\][#$%])\s+(?=[a-z/])"
)
HASH_PROMPT = re.compile(r"\s*#\s+")
COMMANDS = re.compile(
    r"\s*(?:sudo\s|(?:/usr)?(?:/s?bin/)?(?:ip|sysctl|ipset|echo|printf|ss|netstat|cat|tee|getent"
    r"|modprobe|hostname|uname|ifconfig|brctl|arp|bash|sh|ip6?tables[\w-]*|ebtables"
    r"|arptables|nft|conntrack|tc|ethtool|systemctl|service|ls|grep|export|set|for|while|until|if"
    r"|then|do|done|fi|case|esac|function)(?:\s|$)|[A-Za-z_]\w*=\S|route\s+(?:add|del)\s)"
)
# These only print, or change nothing that the host text describes.
QUIET = frozenset(
    {
        "ss", "netstat", "cat", "getent", "modprobe", "hostname", "uname", "conntrack", "tc",
        "ethtool", "systemctl", "service", "ls", "grep", "true",
    }
)  # fmt: skip
RULES_TEXT = re.compile(r"(ip6?tables|ebtables|arptables|nft)")
DEEPEST_SHELL = 3
SYSCTL_CONF = "/etc/sysctl.conf"
SETTINGS_FILE = re.compile(
    r"/etc/sysctl\.conf|/(?:etc|run|usr/lib|usr/local/lib)/sysctl\.d/[^/]+\.conf"
)


@dataclass(frozen=True, slots=True)
class HostShell:
    """Where a command line runs. ``is_root``: its prompt says so; ``sudo`` is in front."""

    draft: HostDraft
    line: Line
    is_root: bool = False
    sudo: bool = False
    depth: int = 0


def without_prompt(line: Line) -> tuple[Line, bool, bool]:
    """The line with its prompt blanked: (line, had one, a root prompt)."""
    found = PROMPT.match(line.text)
    if not found:
        return line, False, False
    prompt = found[0].strip()
    return line.without(found.end()), True, prompt.endswith("#") or "root@" in prompt


def is_command(text: str) -> bool:
    return COMMANDS.match(text) is not None


def run_line(draft: HostDraft, line: Line, *, is_root: bool) -> None:
    """Do what a command line does. Raises ``SourceError``."""
    run(HostShell(draft, line, is_root))


def run(shell: HostShell) -> None:
    for pipeline in split_commands(shell.line):
        _run_pipeline(shell, pipeline)


def _run_pipeline(shell: HostShell, pipeline: list[HostCommand]) -> None:
    if len(pipeline) == 1:
        _run_one(shell, pipeline[0])
        return
    first, last = pipeline[0], pipeline[-1]
    writer = _without_sudo(shell, last)[1]
    is_write = len(pipeline) == 2 and first.name in ("echo", "printf") and writer.name == "tee"
    if is_write:
        appends = any(word.text in ("-a", "--append") for word in writer.words)
        for target in writer.words[1:]:
            if not target.text.startswith("-"):
                _write_setting(shell, target, echoed(first), appends=appends)
    elif not any(command.name == "tee" for command in pipeline) and first.name in QUIET | {"ip"}:
        return  # something printed through a filter
    else:
        message = "a pipe is understood only as echo VALUE | sudo tee /proc/sys/..."
        raise word_error(shell.line, last.words[0], message)


def _run_one(shell: HostShell, command: HostCommand) -> None:
    shell, plain = _without_sudo(shell, command)
    if not plain.words:
        return
    name = plain.name
    for operator, target in plain.redirects:
        if target.text == "/dev/null" or operator.startswith("2"):
            continue
        if name not in ("echo", "printf"):
            message = f"what {clip(name)} prints into a file is not followed"
            raise word_error(shell.line, target, message)
        if shell.sudo and not shell.is_root and target.text.startswith("/proc/sys/"):
            _note_useless(shell, command, target)
            return
        _write_setting(shell, target, echoed(plain), appends=operator.endswith(">>"))
    if name in HANDLERS:
        HANDLERS[name](shell, plain)
    elif RULES_TEXT.match(name):
        message = f"{clip(name)} lines belong in the rules, not in the host"
        raise word_error(shell.line, plain.words[0], message)
    elif name not in QUIET and name not in ("echo", "printf"):
        raise word_error(shell.line, plain.words[0], f'the command "{clip(name)}" is not modelled')


def _without_sudo(shell: HostShell, command: HostCommand) -> tuple[HostShell, HostCommand]:
    """The command behind ``sudo`` and its options."""
    if command.name != "sudo":
        return shell, command
    at = 1
    while at < len(command.words) and command.words[at].text.startswith("-"):
        option = command.words[at].text
        if option in ("-u", "--user"):
            user = command.words[at + 1].text if at + 1 < len(command.words) else ""
            if user != "root":
                raise word_error(shell.line, command.words[at], "sudo to root is understood only")
            at += 1
        at += 1
        if option == "--":
            break
    while at < len(command.words) and re.match(r"\w+=", command.words[at].text):
        at += 1
    return replace(shell, sudo=True), replace(command, words=command.words[at:])


def echoed(command: HostCommand) -> str:
    """What ``echo`` or ``printf`` prints, without its newline."""
    words = [word.text for word in command.words[1:]]
    while words and re.fullmatch(r"-[neE]+", words[0]):
        words = words[1:]
    text = " ".join(words)
    return text.replace("\\n", "\n").strip()


def _write_setting(shell: HostShell, target: Word, value: str, *, appends: bool) -> None:
    if SETTINGS_FILE.fullmatch(target.text):
        files = shell.draft.written
        before = files.get(target.text, "") if appends else ""
        files[target.text] = f"{before}{value}\n"
        return
    if not target.text.startswith("/proc/sys/"):
        if target.text.startswith("/proc/") or target.text.startswith("/sys/"):
            message = f"{clip(target.text)} is not modelled: only /proc/sys is"
            raise word_error(shell.line, target, message)
        return  # some other file
    if not value:
        raise word_error(shell.line, target, "nothing is written into the setting")
    _set(shell, target.text, value)


def _set(shell: HostShell, name: str, value: str) -> None:
    """Write a setting; what the kernel refuses (Invalid argument) changes nothing."""
    host_sysctl.note_misspelt(shell.draft, name)
    try:
        host_sysctl.write(shell.draft, name, value)
        host_sysctl.note_part(shell.draft, name, value)
    except ValueError as error:
        where = f"line {shell.line.number} changes nothing"
        shell.draft.note(f"{where}: {clip(host_sysctl.dotted(name))}: {error}")


def _note_useless(shell: HostShell, command: HostCommand, target: Word) -> None:
    name = host_sysctl.dotted(target.text)
    value = echoed(_without_sudo(shell, command)[1])
    shell.draft.note(
        f"line {shell.line.number} changes nothing: the shell opens {target.text} itself, "
        'before sudo runs and without its rights, so a normal user gets "Permission denied". '
        f"What works: echo {value} | sudo tee {target.text}   or   sudo sysctl -w {name}={value}"
    )


def _sysctl(shell: HostShell, command: HostCommand) -> None:
    """``sysctl [-w] name=value ...``; with blanks around ``=`` as people type it."""
    words = [word for word in command.words[1:] if not word.text.startswith("-")]
    at = 0
    while at < len(words):
        name, equals, value = words[at].text.partition("=")
        if not equals and at + 1 < len(words) and words[at + 1].text.startswith("="):
            value = words[at + 1].text[1:]
            equals, at = "=", at + 1
        if equals and not value and at + 1 < len(words):
            value, at = words[at + 1].text, at + 1
        if equals:
            if not value:
                raise word_error(shell.line, words[at], f"{clip(name)} has no value")
            _set(shell, name, value)
        at += 1
    if any(word.text in ("-p", "--system", "--load") for word in command.words):
        _load_settings(shell, command)


def _load_settings(shell: HostShell, command: HostCommand) -> None:
    """``sysctl -p [FILE]`` and ``--system`` (sysctl(8)): what lines above wrote into the files.

    ``--system`` reads sysctl.d in the order of its names, then sysctl.conf.
    """
    files = shell.draft.written
    names = [word.text for word in command.words[1:] if not word.text.startswith("-")]
    if any(word.text == "--system" for word in command.words):
        names = sorted(files, key=lambda name: (name == SYSCTL_CONF, name.rpartition("/")[2]))
    for name in names or [SYSCTL_CONF]:
        for line in files.get(name, "").split("\n"):
            setting, equals, value = line.lstrip(" \t-").partition("=")
            if equals and not setting.startswith(("#", ";")):
                _set(shell, setting.strip(), value.strip())
    if not any(name in files for name in names or [SYSCTL_CONF]):
        shell.draft.note(
            f"line {shell.line.number}: what is in the files that sysctl reads is not known here; "
            "paste their lines"
        )


def _inner_shell(shell: HostShell, command: HostCommand) -> None:
    """``sh -c '...'``: the text in quotes is a command line of its own."""
    texts = [word for word in command.words[1:] if not word.text.startswith("-")]
    if shell.depth >= DEEPEST_SHELL or len(texts) != 1:
        raise word_error(shell.line, command.words[0], "only sh -c 'COMMAND' is understood")
    padding = " " * (texts[0].start + 1)
    inner = Line(shell.line.number, padding + texts[0].text.replace("\n", " "))
    run(HostShell(shell.draft, inner, is_root=shell.is_root or shell.sudo, depth=shell.depth + 1))


def _ip(shell: HostShell, command: HostCommand) -> None:
    ip_command(shell.draft, shell.line, command)


def _ipset(shell: HostShell, command: HostCommand) -> None:
    ipset_command(shell.draft, shell.line, command)


def _brctl(shell: HostShell, command: HostCommand) -> None:
    brctl_command(shell.draft, shell.line, command)


def _old_tool(shell: HostShell, command: HostCommand) -> None:
    cure = {"ifconfig": "ip addr and ip link", "route": "ip route", "arp": "ip neigh"}[command.name]
    message = f"{command.name} is not understood: use {cure}"
    raise word_error(shell.line, command.words[0], message)


HANDLERS: dict[str, Callable[[HostShell, HostCommand], None]] = {
    "ip": _ip,
    "sysctl": _sysctl,
    "ipset": _ipset,
    "sh": _inner_shell,
    "bash": _inner_shell,
    "ifconfig": _old_tool,
    "route": _old_tool,
    "arp": _old_tool,
    "brctl": _brctl,
}


FAMILY = re.compile(r"\s*(?:sudo\s+)?ip\s+(?:-\w+\s+)*?-(?:f\s+|family\s+)?(4|6|inet6?)\b")


# These print nothing: what follows is no listing of theirs.
_CHANGES = re.compile(r"\s(?:add|append|replace|change|del|delete|set|flush)\b")


def family_of_listing(line: Line) -> int:
    """The family that a command such as ``ip -6 route`` prints, or 0."""
    found = FAMILY.match(line.text)
    if not found or _CHANGES.search(line.text, found.end()):
        return 0
    return 6 if found[1] in ("6", "inet6") else 4
