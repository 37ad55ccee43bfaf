"""Prompts of shells: where a command was typed in a terminal.

A prompt that names a user and a host is one whatever stands behind it. A bare ``#``, ``$`` or
``>`` is one only in front of a word that is a command: else it is a comment, or quoted text.
"""

from __future__ import annotations

import re

from sim.read.paste.model import PasteCommand
from sim.read.paste.wordlist import names

_CONTAINER = r"(?:\([\w.\- ]+\)\s*)?"  # (venv), (chroot)
_NAMED = re.compile(
    rf"\s*{_CONTAINER}(?:"
    r"\[(?:\w[\w.-]*@)?(?P<a>\w[\w.-]*)[^\]\n]*\]\s?[#$%>]"
    r"|\w[\w.-]*@(?P<b>\w[\w.-]*)(?::|\s)?[^\s#$%>]*\s?[#$%>❯]"
    r"|(?:bash|sh|ash|zsh|dash)-[\d.]+[#$]"
    r"|(?P<c>\w[\w.-]*):[~/][^\s#$%>]*\s?\w*[#$]"
    r"|(?P<d>[a-z][\w.-]*) (?:~|/)[\w./-]* [#$]"  # Gentoo's root
    r"|[~/][\w./-]*\s?[#$]"
    r"|\[#\](?=\s)"  # what wg-quick runs
    r"|[➜❯](?:\s+[~/][\w./-]*(?:\s+git:\([^)]*\)(?:\s+✗)?)?)?"
    r")(?:\s+|$)"
)
_BARE = re.compile(r"\s*(?P<sign>[#$%>]|\+{1,4})\s+(?=\S)")

# What is called by name in such sessions. A word behind a bare sign is a command if it is here.
PROGRAMS = names(
    """
    iptables ip6tables iptables-save ip6tables-save iptables-restore ip6tables-restore
    iptables-legacy iptables-nft ip6tables-legacy ip6tables-nft iptables-legacy-save
    iptables-nft-save ip6tables-legacy-save ip6tables-nft-save ebtables ebtables-save arptables
    arptables-save ipset nft ip ifconfig route netstat ss sysctl modprobe lsmod insmod conntrack
    tcpdump ping ping6 curl wget nc ncat telnet dig host nslookup traceroute tracepath mtr ssh scp
    cat echo printf tee grep head tail less more ls cd pwd sudo su exit logout uname hostname
    hostnamectl uptime whoami id ps top kill systemctl service journalctl dmesg docker podman
    kubectl ufw firewall-cmd wg wg-quick brctl bridge tc ethtool arp nmcli netplan ifup ifdown
    apt apt-get yum dnf apk opkg uci fw3 fw4 export set unset source bash sh watch clear date vi
    mysql psql redis-cli openssl hping3 snmpwalk snmpget ntpdate ftp tftp sftp netcat
    vim nano nsenter crictl iperf iperf3 nmap strace resolvectl resolvconf getent lsb_release
    history
    """
)
_ARGUMENT = re.compile(r"(?:[-/|>&;!]|\d|\w+[.:/=@]|[a-z]\w*$|(?:add|del|show|list|get)\b)")
_CALLED = re.compile(r"(?:\S*/)?(?P<name>[\w.+-]+)(?:\s+(?P<rest>.*))?\Z", re.DOTALL)
_AS_ROOT = re.compile(r"(?:(?:\S*/)?(?:sudo|doas)\s+)+")
_TOOL = re.compile(r"(?:ip6?|eb|arp)tables")
_ASSIGNED = re.compile(r"[A-Za-z_]\w*=\S*(?:\s|$)")
# Words that begin sentences as often as commands: they need more than a word behind them.
_ENGLISH = names("host route more less set date service history watch top ip head id")


def named_prompt(line: str) -> tuple[str, str, str] | None:
    """``(prompt, command, host)`` of a line with a prompt that nothing else looks like."""
    found = _NAMED.match(line)
    if found is None or (found["d"] and not is_command(line[found.end() :].strip())):
        return None
    host = found["a"] or found["b"] or found["c"] or found["d"] or ""
    return found[0].strip(), line[found.end() :].strip(), host


def bare_prompt(line: str) -> tuple[str, str] | None:
    """``(sign, command)`` of a line whose bare sign stands before what is a command."""
    found = _BARE.match(line)
    if found is None:
        return None
    command = line[found.end() :].strip()
    return (found["sign"], command) if is_command(command) else None


def is_command(text: str) -> bool:
    """Is this a command, and not plainly prose? ``iptables rules of the gateway`` is prose."""
    as_root = _AS_ROOT.match(text)
    if as_root is not None:
        text = text[as_root.end() :]
        if text.startswith("-"):
            return True
    if _ASSIGNED.match(text):
        return True
    found = _CALLED.match(text)
    if found is None or found["name"] not in PROGRAMS:
        return False
    name, rest = found["name"], (found["rest"] or "").strip()
    if name in ("sudo", "doas"):
        return False
    if not rest:
        return name not in _ENGLISH or name in ("ip", "route", "id", "date")
    if _TOOL.match(name):
        return rest[0] in "-|><&;" or (name.endswith(("-save", "-restore")) and rest[0] in "<>|-#")
    words = rest.split()
    if name in _ENGLISH:
        return _ARGUMENT.match(rest) is not None and len(words) <= 12 and not rest.endswith(".")
    return not _is_sentence(name, words)


_PROBES = names("ping ping6 curl wget nc ncat telnet dig nslookup traceroute tracepath mtr ssh")
_WORDS = names(
    """
    a an the and or but is are was it i my this that works work working worked fails fail failed
    stops stop stopped gets get does from to at on in with without only also just fine ok not
    reply
    """
)


def is_prose(line: str) -> bool:
    """Does a person tell here what a command did? ``traceroute stops at 192.0.2.1``"""
    return _says(line.split()[1:])


def _says(words: list[str]) -> bool:
    return sum(word.strip(",.;:!").lower() in _WORDS for word in words) > 1


def _is_sentence(name: str, words: list[str]) -> bool:
    """Several plain words and nothing of a command line: prose."""
    if name in _PROBES and _says(words):
        return True
    plain = [word for word in words if re.fullmatch(r"[A-Za-z]+[,.:;?!]?", word)]
    return len(words) >= 3 and len(plain) == len(words)


def typed(line: str, number: int, *, bare: bool = True) -> PasteCommand | None:
    """The command of a prompted line; ``bare``: a bare sign counts as a prompt as well."""
    named = named_prompt(line)
    if named is not None:
        return PasteCommand(named[1], number, named[0], named[2])
    found = bare_prompt(line) if bare else None
    return None if found is None else PasteCommand(found[1], number, found[0])
