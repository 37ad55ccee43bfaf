"""Values that a listing words in its own way, and extensions that a function lists.

Each is the other way of what the extension's file prints, with ``-n`` (numbers) and without
(names).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from sim.extensions.matchers.dccp import TYPES as DCCP_TYPES
from sim.extensions.matchers.ipv6header import HEADERS
from sim.extensions.matchers.sctp import CHUNKS

Found = tuple[str, int]
Read = Callable[[str, int], Iterator[Found]]

ALL = 0xFFFFFFFF
_MARKS = r"(?:set|xset|and|or|xor) +0x[\da-fA-F]+(?:/0x[\da-fA-F]+)?"
_TOS_NAMES = "Minimize-Delay|Maximize-Throughput|Maximize-Reliability|Minimize-Cost|Normal-Service"


def _mark(text: str) -> str:
    """``set 0x1``, ``or 0x1`` as ``VALUE/MASK``: clear MASK, then xor VALUE."""
    how, number = text.split()
    value, _, mask = number.partition("/")
    first = int(value, 16)
    if how == "and":
        return f"0x0/{~first & ALL:#x}"
    if how == "or":
        return f"{first:#x}/{first:#x}"
    if how == "xor":
        return f"{first:#x}/0x0"
    return f"{first:#x}/{int(mask, 16) if mask else ALL:#x}"


def _tos_set(text: str) -> str:
    how, _, value = text.replace("set", "set ", 1).strip().partition(" ")
    value = value.strip()
    if how == "set":
        return value
    number = int(value, 16)
    return {"and": f"0x00/{~number & 0xFF:#04x}", "or": f"{number:#04x}/{number:#04x}",
            "xor": f"{number:#04x}/0x00"}[how]  # fmt: skip


def _tcp_flags(text: str) -> str:
    """``0x17/0x02`` or ``FIN,SYN,RST,ACK/SYN`` as two words of names."""
    return " ".join(map(_flag_names, text.split("/")))


def _flag_names(text: str) -> str:
    if not text.startswith("0x"):
        return text
    bits = int(text, 16)
    names = [name for place, name in enumerate(["FIN", "SYN", "RST", "PSH", "ACK", "URG"])
             if bits >> place & 1]  # fmt: skip
    return ",".join(names) or "NONE"


def _icmp(text: str) -> str:
    """``type 3 code 1`` as ``3/1``; names stay."""
    found = re.fullmatch(r"type (\d+)(?: codes? (\d+)(?:-(\d+))?)?", text)
    if found is None:
        return text.strip()
    type_, low, high = found.groups()
    return type_ + (f"/{low}" if low else "") + (f":{high}" if high else "")


def _ipv6_headers(text: str) -> str:
    if not text.startswith("0x"):
        return text
    return ",".join(name for _, bit, name in HEADERS if int(text, 16) & bit)


def _dccp_types(text: str) -> str:
    if not text[:1].isdigit():
        return text
    numbers = [int(number) for number in text.split(",") if number]
    names = [DCCP_TYPES[number] for number in numbers if number < 10]
    return ",".join([*names, *["INVALID"] * any(number >= 10 for number in numbers)])


def _chunks(text: str) -> str:
    how, _, chunks = text.partition(" ")
    numbers = {f"0x{number:04X}": name for name, number in CHUNKS.items()}
    shown = []
    for chunk in chunks.strip().split(","):
        number, colon, letters = chunk.partition(":")
        shown.append(f"{numbers.get(number, number)}{colon}{letters}")
    return f"{how} {','.join(shown)}"


def _bytecode(text: str) -> str:
    text = text.strip(" \0")
    return f"{text.count(',') + 1},{text}"


# Listed values that are no single word, or not those that the option takes.
_ICMP = r"type \d+(?: codes? \d+(?:-\d+)?)?| ?[a-zA-Z][\w-]*"
VALUES: dict[tuple[str, str], str] = {
    ("MARK", "--set-xmark"): _MARKS,
    ("TOS", "--set-tos"): rf"(?:set *(?:0x\S+|{_TOS_NAMES})|(?:and|or|xor) +0x\S+)",
    ("tos", "--tos"): rf" *(?:0x\S+|{_TOS_NAMES})",
    ("tcp", "--tcp-flags"): r"[\w,]+/[\w,]+",
    ("dccp", "--dccp-types"): r"(?:[A-Z]+|\d+)(?:,(?:[A-Z]+|\d+))*",
    ("sctp", "--chunk-types"): r"(?:any|all|only) +\S+",
    ("bpf", "--bytecode"): r"\d+ \d+ \d+ \d+(?:,\d+ \d+ \d+ \d+)*",
    ("u32", "--u32"): r'(?:"[^"]*"|[^" ]\S*)',
    ("mh", "--mh-type"): r"(?:\d+|[a-z]+(?:-[a-z0-9]+)*)(?::(?:\d+|[a-z]+(?:-[a-z0-9]+)*))?",
    # A text of hex between bars is nearly always what the tool made of unprintable bytes.
    ("string", "--string"): r'(?!"\|[\da-f ]*\|")"(?:[^"\\]|\\.)*"',
    ("string", "--hex-string"): r'"\|[\da-f ]*\|"',
    ("cgroup", "--path"): r"[^\d\s]\S*",
    ("connlimit", "--connlimit-mask"): r"[\d.]+",
    ("TPROXY", "--on-ip"): r"\S+(?=:\d+(?:\s|$))",
}
UNSHOWN: dict[tuple[str, str], Callable[[str], str]] = {
    ("MARK", "--set-xmark"): _mark,
    ("TOS", "--set-tos"): _tos_set,
    ("tos", "--tos"): str.strip,
    ("tcp", "--tcp-flags"): _tcp_flags,
    ("ipv6header", "--header"): _ipv6_headers,
    ("dccp", "--dccp-types"): _dccp_types,
    ("sctp", "--chunk-types"): _chunks,
    ("bpf", "--bytecode"): _bytecode,
}


# ---- extensions that a function lists


def _by(pattern: str, saved: Callable[[dict[str, str]], str]) -> Read:
    """A reader by one pattern: its groups, as far as they are there, make the options."""
    compiled = re.compile(pattern + r"(?=\s|$)")

    def read(text: str, at: int) -> Iterator[Found]:
        found = compiled.match(text, at)
        if found is not None:
            yield (
                saved({name: part for name, part in found.groupdict().items() if part}),
                (found.end()),
            )

    return read


_LOG_BITS = {1: "--log-tcp-sequence", 2: "--log-tcp-options", 4: "--log-ip-options",
             8: "--log-uid", 32: "--log-macdecode"}  # fmt: skip
_LOG_WORDS = {"tcp-sequence": 1, "tcp-options": 2, "ip-options": 4, "uid": 8, "macdecode": 32,
              "unknown-flags": 0}  # fmt: skip
_LOG = re.compile(
    r"LOG +(?:flags +(?P<flags>\d+) +level +(?P<level>\d+)|level +(?P<name>\w+))"
    r"(?P<words>(?: +(?:tcp-sequence|tcp-options|ip-options|uid|macdecode|unknown-flags))*)"
    r"(?: +prefix +(?P<prefix>\"(?P<text>.*)\"|[`'](?P<old>.*)'))?\s*(?=$)",
    re.DOTALL,
)


def _log(text: str, at: int) -> Iterator[Found]:
    """The prefix is printed bare, so it ends at the last quote of the line."""
    found = _LOG.match(text, at)
    if found is None:
        return
    level = found["level"] or {"warn": "warning", "err": "error"}.get(found["name"], found["name"])
    flags = int(found["flags"] or 0) + sum(_LOG_WORDS[word] for word in found["words"].split())
    words = [f"--log-level {level}"]
    if found["prefix"]:
        prefix = found["text"] if found["text"] is not None else found["old"]
        escaped = re.sub(r'(["\\])', r"\\\1", prefix)
        words.append(f'--log-prefix "{escaped}"')
    words += [flag for bit, flag in _LOG_BITS.items() if flags & bit]
    yield " ".join(words), found.end()


def _icmp_reader(word: str, flag: str) -> Read:
    pattern = re.compile(rf"{word}(?P<n> ?!)?(?P<value>{_ICMP})(?=\s|$)")

    def read(text: str, at: int) -> Iterator[Found]:
        found = pattern.match(text, at)
        if found is not None:
            yield f"{'! ' if found['n'] else ''}{flag} {_icmp(found['value'])}", found.end()

    return read


def _connmark(parts: dict[str, str]) -> str:
    shifts = "".join(f" --{parts[side]}-shift-mark {parts[f'{side}_bits']}"
                     for side in ("left", "right") if side in parts)  # fmt: skip
    if "change" in parts:
        return f"--set-xmark {_mark(parts['change'])}{shifts}"
    nf = ct = ALL
    if "mask" in parts:
        nf = ct = int(parts["mask"], 16)
    elif "plain" in parts:
        first, second = int(parts["plain"], 16), int(parts["tilde"], 16)
        nf, ct = (first, second) if parts["mode"] == "save" else (second, first)
    return f"--{parts['mode']}-mark --nfmask {nf:#x} --ctmask {ct:#x}{shifts}"


_CONNMARK = (
    rf"CONNMARK +(?:(?P<change>{_MARKS})|(?P<mode>save|restore)"
    r"(?: +mask +(?P<mask>0x\w+)| +(?:nf|ct)mask +(?P<plain>0x\w+) +(?:ct|nf)mask "
    r"+~(?P<tilde>0x\w+))?)"
    r"(?: +(?P<left>left)-shift-mark +(?P<left_bits>\d+))?"
    r"(?: +(?P<right>right)-shift-mark +(?P<right_bits>\d+))?"
)


def _hashlimit(parts: dict[str, str]) -> str:
    """With an interval the tool lists the packets of one second of it."""
    count, slash, unit = parts["rate"].partition("/")
    if "interval" in parts and slash and count.isdecimal():
        parts["rate"] = f"{int(count) * int(parts['interval'].split()[1])}/{unit}"
    words = [f"{'! ' if 'no' in parts else ''}--hashlimit-{parts['how'].replace(' ', '')} "
             f"{parts['rate']}"]  # fmt: skip
    if "burst" in parts:
        words.append(f"--hashlimit-burst {parts['burst']}")
    if "mode" in parts:
        words.append(f"--hashlimit-mode {parts['mode'].replace('-', ',')}")
    for name in ("srcmask", "dstmask", "size", "max", "gc", "expire", "match", "interval"):
        if name in parts:
            words.append(f"--hashlimit-{parts[name].strip()}")
    # Its name is in no listing: one of its own for each rule.
    return " ".join([*words, "--hashlimit-name {name}"])


_HASHLIMIT = (
    r"limit: +(?P<how>up to|above) +(?P<rate>\S+)(?: +burst +(?P<burst>\S+))?"
    r"(?: +mode +(?P<mode>\S+))?(?P<size> +htable-size +\d+)?(?P<max> +htable-max +\d+)?"
    r"(?P<gc> +htable-gcinterval +\d+)?(?P<expire> +htable-expire +\d+)?"
    r"(?P<srcmask> +srcmask +\d+)?(?P<dstmask> +dstmask +\d+)?"
    r"(?P<match> +rate-match)?(?P<interval> +rate-interval +\d+)?"
)


def _time(parts: dict[str, str]) -> str:
    words = []
    if "from" in parts:
        words.append(f"--timestart {parts['from']} --timestop {parts['to']}")
    if "monthdays" in parts:
        days = re.sub(r"(\d+)(?:st|nd|rd|th)", r"\1", parts["monthdays"])
        words.append(f"{'! ' if 'nomonth' in parts else ''}--monthdays {days}")
    if "weekdays" in parts:
        words.append(f"{'! ' if 'noweek' in parts else ''}--weekdays {parts['weekdays']}")
    for name in ("datestart", "datestop"):
        if name in parts:
            words.append(f"--{name} {parts[name].replace(' ', 'T')}")
    if "utc" not in parts:
        words.append("--kerneltz")
    if "contiguous" in parts:
        words.append("--contiguous")
    return " ".join(words)


_DATE = r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d"
_DAY = r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
_TIME = (
    r"TIME(?: +from +(?P<from>\S+) +to +(?P<to>\S+))?"
    rf"(?: +(?P<noweek>!)? ?(?:all days +)?on +(?P<weekdays>{_DAY}(?:,{_DAY})*))?"
    r"(?: +(?P<nomonth>!)? ?on +(?P<monthdays>\d+(?:st|nd|rd|th)(?:,\d+(?:st|nd|rd|th))*))?"
    rf"(?: +starting from +(?P<datestart>{_DATE}))?(?: +until date +(?P<datestop>{_DATE}))?"
    r"(?P<utc> +UTC)?(?P<contiguous> +contiguous)?"
)


def _rateest(parts: dict[str, str]) -> str:
    """With ``-n`` rates are bytes; saved they are bits."""
    has_two = "second" in parts
    is_delta = "delta" in parts
    unit1, unit2 = parts["unit"], parts.get("unit2", parts["unit"])
    mode = f"{'! ' if 'no' in parts else ''}--rateest-{parts['mode']}"
    words = ["--rateest-delta"] * is_delta
    words.append(f"--rateest{'1' if has_two else ''} {parts['first']}")
    if has_two:
        first = f"--rateest-{unit1}{'1' if is_delta else ''}"
        if "rate1" in parts:
            first += f" {_bits(unit1, parts['rate1'])}"
        second = f"--rateest-{unit2}{'2' if is_delta else ''}"
        if "rate2" in parts:
            second += f" {_bits(unit2, parts['rate2'])}"
        if second == first:
            second = ""
        return " ".join([*words, first, mode, f"--rateest2 {parts['second']}", second]).strip()
    if is_delta:
        words.append(f"--rateest-{unit1}1 {_bits(unit1, parts['rate1'])}")
        words.append(mode)
        words.append(f"--rateest-{unit1}2 {_bits(unit1, parts.get('after') or parts['rate2'])}")
        return " ".join(words)
    words.append(mode)
    words.append(f"--rateest-{unit1} {_bits(unit1, parts.get('after') or parts['rate1'])}")
    return " ".join(words)


def _bits(unit: str, rate: str) -> str:
    return f"{int(rate) * 8}bit" if unit == "bps" and rate.isdecimal() else rate


_RATEEST = (
    r"rateest match +(?P<first>\S+)(?P<delta> +delta)? +(?P<unit>[bp]ps)"
    r"(?: +(?P<rate1>\d\w*))?(?: +(?P<rate2>\d\w*))? +(?P<no>! +)?(?P<mode>lt|gt|eq)"
    r"(?: +(?P<after>\d\w*))?"
    r"(?: +(?P<second>[A-Za-z_]\S*) +(?P<unit2>[bp]ps)(?: +(?P<rate3>\d\w*))?)?"
)


def _rateest_found(parts: dict[str, str]) -> str:
    if "rate3" in parts:
        parts = {**parts, "rate2": parts["rate3"]}
    return _rateest(parts)


def _hmark(parts: dict[str, str]) -> str:
    words = []
    for name, value in re.findall(r"([a-z-]+)(?: +(0x[\da-f]+|\d+))?", parts.get("rest", "")):
        words.append(f"--hmark-{name} {value or '128'}")
    words.append(f"--hmark-mod {parts['mod']}")
    if "offset" in parts:
        words.append(f"--hmark-offset {int(parts['offset'], 16)}")
    if "ct" in parts:
        words.append("--hmark-tuple ct")
    return " ".join(words)


_HMARK = (
    r"HMARK mod +(?P<mod>\d+)(?: +\+ +(?P<offset>0x\w+))?(?P<ct> +ct,)?"
    r"(?: +(?P<rest>(?:[a-z-]+(?: +(?:0x[\da-f]+|\d+))? ?)+))?"
)

_POLICY_WORD = (
    r"(?:\[\d+\]|! (?=reqid|spi|proto|mode|tunnel)|reqid +\S+|spi +\S+|proto +\S+|mode +\S+"
    r"|tunnel-dst +\S+|tunnel-src +\S+)"
)
_POLICY = (
    r"policy match dir +(?P<dir>in|out) +pol +(?P<pol>none|ipsec)(?P<strict> +strict)?"
    rf"(?P<rest>(?: +{_POLICY_WORD})*)"
)


def _policy(parts: dict[str, str]) -> str:
    words = [f"--dir {parts['dir']}", f"--pol {parts['pol']}"]
    words += ["--strict"] * ("strict" in parts)
    rest = re.sub(r"\[0\]", "", parts.get("rest", ""))
    rest = re.sub(r"\[\d+\]", "--next", rest)
    rest = re.sub(r"(?<![-\w])(reqid|spi|proto|mode|tunnel-dst|tunnel-src)(?= )", r"--\1", rest)
    return " ".join([*words, *rest.split()])


_AH = (
    r"ah(?: +spis?:(?P<no>!)?(?P<spi>[\d:]+))?(?: *length:(?P<nolen>!)?(?P<len>\d+))?"
    r"(?P<res> +reserved)?"
)


def _ah(parts: dict[str, str]) -> str:
    words = []
    if "spi" in parts:
        words.append(f"{'! ' if 'no' in parts else ''}--ahspi {parts['spi']}")
    if "len" in parts:
        words.append(f"{'! ' if 'nolen' in parts else ''}--ahlen {parts['len']}")
    return " ".join([*words, *["--ahres"] * ("res" in parts)])


_IPCOMP = r"comp(?: +spis?:(?P<no>!)?(?P<spi>[\d:]+))?(?P<res> +reserved)?"


def _ipcomp(parts: dict[str, str]) -> str:
    """Without ``--ipcompspi`` the tool asks for SPI 0, and lists that it does."""
    sign = "! " if "no" in parts else ""
    words = f"{sign}--ipcompspi {parts.get('spi', '0:4294967295')}"
    return f"{words} --compres" if "res" in parts else words


OWN: dict[str, Read] = {
    "ipcomp": _by(_IPCOMP, _ipcomp),
    "LOG": _log,
    "icmp": _icmp_reader("icmp", "--icmp-type"),
    "icmp6": _icmp_reader("ipv6-icmp", "--icmpv6-type"),
    "CONNMARK": _by(_CONNMARK, _connmark),
    "hashlimit": _by(_HASHLIMIT, _hashlimit),
    "time": _by(_TIME, _time),
    "rateest": _by(_RATEEST, _rateest_found),
    "HMARK": _by(_HMARK, _hmark),
    "policy": _by(_POLICY, _policy),
    "ah": _by(_AH, _ah),
}
