"""Programs that a script calls: the tools that change rules and host, and what has no effect."""

from __future__ import annotations

import re
import shlex
from getopt import GetoptError, gnu_getopt
from ipaddress import IPv4Interface, IPv4Network
from itertools import pairwise

from sim.base.errors import SourceError
from sim.read.host.values import address
from sim.read.paste.sheet import header, joined
from sim.read.paste.shell import settings
from sim.read.paste.shell.answers import told
from sim.read.paste.shell.builtins import BUILTINS
from sim.read.paste.shell.restore import restore
from sim.read.paste.shell.run import Program, Relied, Shell
from sim.read.paste.shell.running import NotTold
from sim.read.paste.shell.unknown import unknown, unknowns
from sim.read.paste.wordlist import names

TOOL = re.compile(r"(ip6?|eb|arp)tables(?:-(legacy|nft))?\Z")
SAVE = re.compile(r"(ip6?)tables(?:-(legacy|nft))?-save\Z")
RESTORE = re.compile(r"(ip6?)tables(?:-(legacy|nft))?-restore\Z")

# These change nothing that rules or packets meet; that they work is taken for granted.
QUIET = names(
    """
    modprobe insmod rmmod depmod logger sleep service systemctl rc-service chkconfig update-rc.d
    invoke-rc.d apt-get apt yum dnf apk opkg netfilter-persistent iptables-apply touch mkdir chmod
    chown ln sync clear tput stty kill killall pkill start-stop-daemon log_daemon_msg log_end_msg
    log_action_msg log_success_msg success failure passed action daemon stop_service
    conntrack ethtool tc renice usleep exec ldconfig update-alternatives ifup ifdown
    reset fg bg jobs disown swapoff swapon dmesg crontab useradd usermod groupadd chattr
    wg wg-quick cd pushd popd mknod mount umount install ufw
    """
)
_MARK = {
    "sudo",
    "doas",
    "nice",
    "ionice",
    "nohup",
    "env",
    "command",
    "builtin",
    "time",
    "exec",
    "busybox",
}


def _iptables(shell: Shell, words: list[str]) -> int:
    """A command of iptables or ip6tables: run on the tables as they are now."""
    name = words[0].rpartition("/")[2]
    text = joined([name, *words[1:]])
    missing = unknowns(text)
    if missing:
        return 0  # waits for its questions, which are open
    lists = any(re.fullmatch(r"-[nvx]*[LS]\w*|--list(-rules)?", word) for word in words[1:])
    if lists and shell.is_session and not shell.captures:
        return 0  # what it printed stands below it
    errors = shell.desk.sheet.live.run(text)
    if errors:
        return _refused(shell, name, errors[0], words)
    if lists:
        _listed(shell, words)
    elif not any(word in ("-C", "--check", "-V", "--version", "-h") for word in words[1:]):
        shell.desk.sheet.command([name, *words[1:]])
        shell.changes += 1
    return 0


_MASKED = re.compile(r"[xX]{1,3}(\.[xX]{1,3}){3}|(\d+\.)+[xX*]{1,3}(\.[xX*]{1,3})*|<[^<>]*>"
                     r"|(YOUR|MY|CHANGE|YOUR_)\w*|[A-Z][A-Z0-9_]*_[A-Z0-9_]+")  # fmt: skip


_NAME = re.compile(r"[\w.-]+\.[A-Za-z][\w-]+|[\w-]+")

# A chain or target stands behind these, which may be called as it likes.
_CHAIN_BEHIND = frozenset(
    ["-j", "-g", "-A", "-I", "-D", "-R", "-N", "-X", "-F", "-E", "-P", "-L", "-S", "-Z", "-C",
     "--jump", "--goto", "--append", "--insert", "--delete", "--new-chain", "-m", "--match",
     "--match-set", "--add-set", "--comment", "--log-prefix", "--name"]
)  # fmt: skip


def _refused(shell: Shell, name: str, error: SourceError, words: list[str]) -> int:
    """The tool would say no: the script goes on, unless the value is one to ask for."""
    for before, word in pairwise(words):
        mask = _MASKED.fullmatch(word.partition("/")[0]) if before not in _CHAIN_BEHIND else None
        if mask and shell.desk.ask(mask[0], f"What stands for {mask[0]}?") is None:
            shell.note(f"left aside until {mask[0]} is known: {joined(words)}")
            return 1
    if _NAME.fullmatch(error.lacks):
        answer = shell.desk.ask(error.lacks, f"Which address has {error.lacks}?")
        if answer is not None and _name(shell, error.lacks, answer):
            return _iptables(shell, words)
        shell.note(f"left aside until the address of {error.lacks} is known: {joined(words)}")
        return 1
    if not shell.tested:
        shell.desk.aside += 1
        hint = f" ({error.hint})" if error.hint else ""
        shell.note(f"{name} refuses this: {error.message}{hint}: {joined(words)}")
    return 1


def _name(shell: Shell, name: str, answer: str) -> bool:
    try:
        for one in answer.replace(",", " ").split():
            shell.desk.name_address(name, address(one), shell.line)
    except ValueError:
        return False
    return bool(answer.split())


def _listed(shell: Shell, words: list[str]) -> None:
    """What ``-S`` prints; what ``-L`` prints is nobody's input but a person's."""
    if not shell.captures:
        return
    if not any(re.fullmatch(r"-S\w*|--list-rules", word) for word in words):
        raise NotTold
    table, chain = "filter", ""
    for at, word in enumerate(words[:-1]):
        if word in ("-t", "--table"):
            table = words[at + 1]
        if word in ("-S", "--list-rules") and not words[at + 1].startswith("-"):
            chain = words[at + 1]
    family = 6 if "ip6" in words[0] else 4
    found = shell.desk.sheet.live.ruleset(family).tables.get(table)
    for one in found.chains.values() if found else ():
        if chain and one.name != chain:
            continue
        shell.print(f"-P {one.name} {one.policy}\n" if one.policy else f"-N {one.name}\n")
    for one in found.chains.values() if found else ():
        if not chain or one.name == chain:
            shell.print("".join(f"{rule.text}\n" for rule in one.rules))


def _other_tables(shell: Shell, words: list[str]) -> int:
    """ebtables and arptables: their commands go into the rules as they are."""
    name = words[0].rpartition("/")[2]
    if unknowns(" ".join(words)):
        return 0
    errors = shell.desk.sheet.live.run(shlex.join([name, *words[1:]]))
    if errors:
        return _refused(shell, name, errors[0], words)
    shell.desk.sheet.command([name, *words[1:]])
    shell.changes += 1
    return 0


def _save(shell: Shell, words: list[str]) -> int:
    family = 6 if "ip6" in words[0] else 4
    table = words[words.index("-t") + 1] if "-t" in words[:-1] else ""
    if shell.captures:
        shell.print(f"{header(family)}\n{shell.desk.sheet.live.saved(family, table)}")
    return 0


def _ipset(shell: Shell, words: list[str]) -> int:
    rest = [word for word in words[1:] if word not in ("-exist", "-!", "-q", "-quiet", "--exist")]
    file = next((at for at, word in enumerate(rest[:-1]) if word in ("-f", "-file", "--file")), -1)
    path = rest[file + 1] if file >= 0 else ""
    rest = [*rest[:file], *rest[file + 2 :]] if path else rest
    if not rest:
        return 1
    if rest[0] in ("restore", "-R", "--restore"):
        text = shell.files.read(path) if path else shell.input.rest()
        if text is None:
            return 1
        status, exist = 0, "-exist" in words or "-!" in words
        for line in text.split("\n")[:60_000]:
            if line.strip() and not line.startswith("#"):
                call = ["ipset", *shlex.split(line), *(["-exist"] if exist else [])]
                status = _ipset(shell, call) or status
        return status
    if rest[0] in ("list", "-L", "--list", "save", "-S", "test", "-T", "--test"):
        return _ipset_asks(shell, rest)
    text = shlex.join(["ipset", *words[1:]])
    if unknowns(text):
        return 0
    error = shell.desk.run_host(text, shell.line)
    if error:
        if not shell.tested:
            shell.desk.aside += 1
            shell.note(f"ipset refuses this: {error.message}: {text}")
        return 1
    shell.changes += 1
    return 0


def _ipset_asks(shell: Shell, rest: list[str]) -> int:
    names = shell.desk.draft.sets
    wanted = next((word for word in rest[1:] if not word.startswith("-")), "")
    if "-n" in rest or "-name" in rest:
        shell.print("".join(f"{name}\n" for name in names if wanted in ("", name)))
    elif shell.captures:
        raise NotTold
    return int(bool(wanted) and wanted not in names)


_SYSCTL_D = re.compile(r"/(?:etc|run|usr/lib|usr/local/lib)/sysctl\.d/[^/]+\.conf\Z")


def _base_name(path: str) -> str:
    return path.rpartition("/")[2]


def _sysctl(shell: Shell, words: list[str]) -> int:
    rest = [word for word in words[1:] if not word.startswith("-")]
    status = 0
    loads = any(re.fullmatch(r"-[a-z]*p|--load|--system", word) for word in words[1:])
    files = shell.desk.files
    paths = rest if loads else []
    if loads and not rest:
        paths = ["/etc/sysctl.conf"]
        if "--system" in words:
            paths = sorted(filter(_SYSCTL_D.match, files), key=_base_name) + paths
        paths = [path for path in paths if path in files]
    texts = [files[path] for path in paths if path in files]
    if texts and len(texts) == len(paths):
        for line in "".join(texts).split("\n"):
            name, equals, value = line.partition("=")
            if equals and not name.lstrip().startswith(("#", ";")):
                status = settings.write(shell, name.strip(), value.strip()) or status
        return status
    for word in rest:
        name, equals, value = word.partition("=")
        if equals:
            status = settings.write(shell, name.strip(), value.strip()) or status
        elif shell.captures:
            path = "/proc/sys/" + name.replace(".", "/")
            known = settings.value(shell.desk.draft, path)
            if known is None:
                raise NotTold
            shell.print(known if "-n" in words else f"{name} = {known}")
    if loads:
        shell.note("what is in the files that sysctl reads is not known: paste them")
    return status


_CHANGES = re.compile(r"\b(add|del|delete|change|replace|flush|set|append)\b")


def _ip(shell: Shell, words: list[str]) -> int:
    """``ip``: what changes the host runs on it; what prints is answered from the paste."""
    text = shlex.join(["ip", *words[1:]])
    if "netns" in words[1:3] and "exec" in words:
        inner = words[words.index("exec") + 2 :]
        name = words[words.index("exec") + 1] if inner else ""
        shell.note(f"in the network namespace {name}: a host of its own")
        return shell.call(inner) if inner else 1
    if not _CHANGES.search(" ".join(words[1:5])):
        return _told_by_paste(shell, words)
    if unknowns(text):
        return 0
    error = shell.desk.run_host(text, shell.line)
    if error is not None and error.lacks and error.lacks in words:
        # It is there where the command ran; a typed command of a host that nobody listed.
        shell.desk.declare(error.lacks, "", shell.line)
        shell.note(f"the interface {error.lacks} is there, as this line tells: {text}")
        error = shell.desk.run_host(text, shell.line)
    if error:
        shell.note(f"left aside: {error.message}: {text}")
    else:
        shell.changes += 1
    return 0


def _told_by_paste(shell: Shell, words: list[str]) -> int:
    """What a program printed where the paste shows it."""
    if not shell.captures:
        return 0
    found = told(shell.desk, words)
    if found is None:
        raise NotTold
    shell.print(found)
    return 0


def _marked(shell: Shell, words: list[str]) -> int:
    """``sudo -u root COMMAND`` and its like: the command itself."""
    at = 1
    valued = {"sudo": "ugCprt", "doas": "uC", "nice": "n", "ionice": "cn"}.get(
        words[0].rpartition("/")[2], ""
    )
    while at < len(words) and words[at].startswith("-"):
        option = words[at]
        if option == "-v" and words[0] == "command":
            at += 1
            shell.print("".join(f"/usr/sbin/{one}\n" for one in words[at : at + 1]))
            return 0
        at += 2 if len(option) == 2 and option[1] in valued else 1
    while at < len(words) and re.match(r"[A-Za-z_]\w*=", words[at]):
        name, _, value = words[at].partition("=")
        shell.parameters.set(name, value)
        at += 1
    if at >= len(words):
        return 0
    return shell.call(words[at:])


def _which(shell: Shell, words: list[str]) -> int:
    for word in words[1:]:
        if not word.startswith("-"):
            shell.print(f"/usr/sbin/{word}\n")
    return 0


def _id(shell: Shell, words: list[str]) -> int:
    """Who loads rules is root, unless somebody says something else."""
    if "uid" in shell.desk.answers:
        shell.print(shell.desk.answers["uid"] + "\n")
    elif "-n" in " ".join(words) or "-un" in words:
        shell.print("root\n")
    else:
        shell.print("0\n" if len(words) > 1 else "uid=0(root) gid=0(root) groups=0(root)\n")
    return 0


def _whoami(shell: Shell, words: list[str]) -> int:
    shell.print("root\n")
    return 0


def _mktemp(shell: Shell, words: list[str]) -> int:
    shell.print("/tmp/tmp.chainwalk\n")
    return 0


def _date(shell: Shell, words: list[str]) -> int:
    shell.print("2000-01-01\n")
    return 0


def _base(shell: Shell, words: list[str]) -> int:
    rest = [word for word in words[1:] if not word.startswith("-")]
    if rest:
        folder, _, name = rest[0].rstrip("/").rpartition("/")
        if len(rest) > 1 and name != rest[1]:
            name = name.removesuffix(rest[1])
        shell.print(f"{name if words[0].endswith('basename') else folder or '.'}\n")
    return 0


def _move(shell: Shell, words: list[str]) -> int:
    """``mv`` and ``cp`` of one file."""
    paths = [word for word in words[1:] if not word.startswith("-")]
    if len(paths) != 2 or paths[0] not in shell.desk.files:
        return 0
    shell.desk.files[paths[1]] = shell.desk.files[paths[0]]
    if words[0].endswith("mv"):
        shell.files.remove(paths[0])
    return 0


def _remove(shell: Shell, words: list[str]) -> int:
    for word in words[1:]:
        if not word.startswith("-") and word in shell.desk.files:
            shell.files.remove(word)
    return 0


def _seq(shell: Shell, words: list[str]) -> int:
    rest = [word for word in words[1:] if not word.startswith("-") or word[1:].isdigit()]
    try:
        numbers = [int(word) for word in rest]
    except ValueError:
        raise NotTold from None
    first, step, last = {1: (1, 1, *numbers), 2: (numbers[0], 1, numbers[-1])}.get(
        len(numbers), (numbers[0], numbers[1] if len(numbers) > 2 else 1, numbers[-1])
    )
    if not step or abs(last - first) // abs(step) > 5000:
        raise NotTold
    width = max(len(str(first)), len(str(last))) if words[1:2] == ["-w"] else 0
    for number in range(first, last + (1 if step > 0 else -1), step):
        shell.print(f"{number:0{width}}\n" if width else f"{number}\n")
    return 0


def _hostname(shell: Shell, words: list[str]) -> int:
    return _told_by_paste(shell, words) if len(words) > 1 or shell.captures else 0


def _fetch(shell: Shell, words: list[str]) -> int:
    """wget and curl: what the address holds is asked for, where it is kept."""
    name = words[0].rpartition("/")[2]
    kept = ""
    for at, word in enumerate(words[:-1]):
        if word in ("-O", "-o", "--output", "--output-document"):
            kept = words[at + 1]
    address = next((word for word in words if "://" in word), "")
    if kept == "/dev/null" or (not kept and not shell.captures):
        answer = shell.desk.answers.get(name)
        return int(answer is None or answer == "false")
    if not kept or kept == "-":
        raise NotTold
    fetched = shell.desk.fetched
    if fetched.setdefault(name, address) != address:
        name = f"{name} {address}"
    answer = shell.desk.ask(
        name, f"What does {address} hold (line {shell.line})? `false`: it cannot be fetched",
        ("false",),
    )  # fmt: skip
    if answer is None:
        shell.desk.files[kept] = unknown(name)
        return int(bool(shell.tested))
    if answer == "false":
        return 1
    shell.desk.files[kept] = answer.replace("\\n", "\n") if "\n" not in answer else answer
    return 0


def _ifconfig(shell: Shell, words: list[str]) -> int:
    """``ifconfig DEVICE ADDRESS [netmask MASK]``; what lists is answered from the paste."""
    rest = words[1:]
    if len(rest) < 2 or not re.match(r"[\d.]+(?:/\d+)?$", rest[1]):
        return _told_by_paste(shell, words)
    name, value = rest[0], rest[1]
    if "netmask" in rest[:-1]:
        value += f"/{rest[rest.index('netmask') + 1]}"
    try:
        made = (
            IPv4Interface(value) if "/" in value else IPv4Interface(f"{value}/{_classful(value)}")
        )
    except ValueError:
        shell.note(f"left aside, no address and mask: {joined(words)}")
        return 1
    if name not in shell.desk.draft.listed and name not in shell.desk.interfaces:
        shell.desk.declare(name, str(made), shell.line)
        shell.changes += 1
        return 0
    interface = shell.desk.draft.interfaces.get(name)
    first = [str(one.address) for one in interface.addresses if one.address.version == 4][
        :1] if interface is not None else []  # fmt: skip
    for old in first:
        if old != str(made):  # the first address is set, none is added
            _ip(shell, ["ip", "addr", "del", old, "dev", name])
    _ip(shell, ["ip", "link", "set", name, "up"])
    return 0 if str(made) in first else _ip(shell, ["ip", "addr", "add", str(made), "dev", name])


def _classful(value: str) -> int:
    """The mask that ifconfig takes by itself."""
    first = int(value.partition(".")[0])
    return 8 if first < 128 else 16 if first < 192 else 24


def _route(shell: Shell, words: list[str]) -> int:
    """``route add default gw ADDRESS``, ``route add -net NET netmask MASK gw ADDRESS dev NAME``."""
    rest = [word for word in words[1:] if word not in ("-net", "-host")]
    if rest[:1] not in (["add"], ["del"]) or len(rest) < 2:
        return _told_by_paste(shell, words)
    values = dict(zip(rest[2::2], rest[3::2], strict=False))
    to = rest[1] + (f"/{values['netmask']}" if "netmask" in values else "")
    try:
        to = to if to == "default" else str(IPv4Network(to, strict=False))
    except ValueError:
        shell.note(f"left aside, no network: {joined(words)}")
        return 1
    via = [word for name, key in (("via", "gw"), ("dev", "dev"), ("metric", "metric"))
           if key in values for word in (name, values[key])]  # fmt: skip
    if not via and len(rest) == 3:
        via = ["dev", rest[2]]
    return _ip(shell, ["ip", "route", rest[0], to, *via])


def _getopt(shell: Shell, words: list[str]) -> int:
    """``getopt -o abc: --long name: -- ARGUMENTS``, as util-linux sorts them."""
    if "--" not in words:
        return _told_by_paste(shell, words)
    at = words.index("--")
    short, long = "", ""
    for one, value in pairwise(words[1:at]):
        short = value if one in ("-o", "--options") else short
        long = value if one in ("-l", "--long", "--longoptions") else long
    short = next((one[2:] for one in words[1:at] if re.match(r"-o.", one)), short)
    names = [name for name in long.split(",") if name]
    try:
        found, rest = gnu_getopt(words[at + 1 :], short.lstrip("+-:"),
                                 [name.replace(":", "=") for name in names])  # fmt: skip
    except GetoptError:
        return 1
    out = ""
    for name, value in found:
        has = f"{name.lstrip('-')}:" in names or f"{name[1:]}:" in short
        out += f" {name}" + (f" {shlex.quote(value)}" if has else "")
    shell.print(f"{out} --{''.join(f' {shlex.quote(word)}' for word in rest)}\n")
    return 0


def _ls(shell: Shell, words: list[str]) -> int:
    """``ls PATH`` asks whether it is there."""
    if shell.captures:
        return _told_by_paste(shell, words)
    paths = [word for word in words[1:] if not word.startswith("-")]
    return 0 if all(shell.files.test("e", path) for path in paths) else 2


def _quiet(shell: Shell, words: list[str]) -> int:
    if shell.captures and words[0].rpartition("/")[2] in ("wg", "conntrack", "tc", "ethtool"):
        return _told_by_paste(shell, words)
    return 0


def other(shell: Shell, words: list[str]) -> int:
    """A program that nobody here knows: what it prints is asked for, if it matters."""
    name = words[0].rpartition("/")[2]
    found = RESTORE.match(name)
    if found:
        return restore(shell, 6 if found[1] == "ip6" else 4, found[2] or "", words)
    if shell.captures:
        return _told_by_paste(shell, words)
    if unknowns(words[0]) or words[0].startswith("/etc/init.d/"):
        return 0
    if shell.is_session:
        return 0
    if shell.exits and not shell.tested:
        if shell.desk.answers.get(name) == "false":
            return 127
        said = f"Does `{joined(words)[:100]}` work (line {shell.line})?"
        shell.relied.append(Relied(name, said, shell.changes))
        return 0
    shell.desk.aside += 1
    shell.note(f"left aside, {name} is not run here: {joined(words)[:100]}")
    return 127


PROGRAMS: dict[str, Program] = {
    **BUILTINS,
    **{f"{tool}{kind}": _iptables for tool in ("iptables", "ip6tables")
       for kind in ("", "-legacy", "-nft")},
    **{f"{tool}{kind}": _save for tool in ("iptables", "ip6tables")
       for kind in ("-save", "-legacy-save", "-nft-save")},
    **{f"{tool}{kind}": _other_tables for tool in ("ebtables", "arptables")
       for kind in ("", "-legacy", "-nft")},
    **dict.fromkeys(QUIET, _quiet), **dict.fromkeys(_MARK, _marked),
    "ipset": _ipset, "sysctl": _sysctl, "ip": _ip, "which": _which, "type": _which, "id": _id,
    "whoami": _whoami, "mktemp": _mktemp, "tempfile": _mktemp, "date": _date, "basename": _base,
    "dirname": _base, "mv": _move, "cp": _move, "rm": _remove, "seq": _seq,
    "hostname": _hostname, "uname": _hostname, "wget": _fetch, "curl": _fetch,
    "ls": _ls, "ifconfig": _ifconfig, "route": _route, "getopt": _getopt,
}  # fmt: skip
