"""-m time: the moment the packet is looked at (net/netfilter/xt_time.c).

Moments are UTC unless --kerneltz. The daily window includes both ends; one that starts later
than it stops goes over midnight, and --contiguous counts its morning to the day before.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from sim.extensions.drawing import DrawPlace
from sim.extensions.extension import (
    Clause,
    Context,
    Judgement,
    MatchType,
    Option,
    Refusal,
    RuleContext,
    in_order,
)
from sim.extensions.listing import saved_options
from sim.extensions.traits import Opaque
from sim.model.rules import Args

DAY = 86400
LAST_DATE = 0x7FFFFFFF
LAST_SECOND = DAY - 1
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
ALL_WEEKDAYS = 0xFE  # bit 1 is Monday
ALL_MONTHDAYS = 0xFFFFFFFE
# A part may be left empty and is then 0, except for the year.
_DATE = re.compile(r"(\+?\d+)(?:-(\d*)(?:-(\d*)(?:T(\d*)(?::(\d*)(?::(\d*))?)?)?)?)?\Z", re.ASCII)
_TIME = re.compile(r"(\d*):(\d*)(?::(\d*))?\Z", re.ASCII)


def _date(text: str, rule: RuleContext) -> int:
    found = _DATE.match(text)
    if found:
        year, month, day = (1 if part is None else int(part or 0) for part in found.groups()[:3])
        hour, minute, second = (int(part or 0) for part in found.groups()[3:])
        year_fits = 1970 <= year <= 2038 and month <= 12 and day <= 31
        if year_fits and hour <= 23 and minute <= 59 and second <= 59:
            # mktime: month 0 is the December before, the 31st of a short month runs on.
            years, months = divmod(year * 12 + month - 1, 12)
            start = datetime(years, months + 1, 1, hour, minute, second, tzinfo=UTC)
            moment = int((start + timedelta(days=day - 1)).timestamp())
            if moment >= 0:
                return moment & 0xFFFFFFFF
    raise ValueError(f'"{text}" is not a date from 1970 to 2038: YYYY[-MM[-DD[Thh[:mm[:ss]]]]]')


def _daytime(text: str, rule: RuleContext) -> int:
    found = _TIME.match(text)
    if found:
        hour, minute, second = (int(part or 0) for part in found.groups())
        if hour <= 23 and minute <= 59 and second <= 59:
            return hour * 3600 + minute * 60 + second
    raise ValueError(f'"{text}" is not a time of day: hh:mm[:ss]')


def _monthdays(text: str, rule: RuleContext) -> int:
    days = 0
    for word in _words(text):
        day = _number(word[:2])
        if day is None or day > 31:
            raise ValueError(f'"{word}" is not a day of a month')
        days |= 1 << day
    return days


def _weekdays(text: str, rule: RuleContext) -> int:
    days = 0
    for word in _words(text):
        cut = word[:3]
        number = _number(cut)
        if number is not None:
            if number == 0:
                raise ValueError("the week begins with Monday, which is 1; Sunday is 7")
            days |= (1 << number % 32) & 0xFF
            continue
        named = [place for place, name in enumerate(WEEKDAYS, 1) if cut[:2] == name[:2]]
        if not named:
            raise ValueError(f'"{word}" is not one of {", ".join(WEEKDAYS)} or 1 to 7')
        days |= 1 << named[0]
    return days


def _words(text: str) -> list[str]:
    words = text.split(",")
    return words[:-1] if words[-1] == "" else words


def _number(text: str) -> int | None:
    """A number in any base; an empty word is 0."""
    try:
        if len(text) > 1 and text[0] == "0" and text.isdecimal():
            return int(text, 8)
        return int(text, 0) if text else 0
    except ValueError:
        return None


def _mask(args: Args, flag: str, whole: int) -> int:
    value = int(args.value(flag, whole))
    return value ^ whole if args.negated(flag) else value


def _judge(args: Args, ctx: Context) -> Judgement:
    if not ctx.runtime.epoch and len(args):
        need = "what time it is (`clock 2026-05-01T12:00:00` in the host text)"
        return Judgement((Clause("time", "", _save(args, ctx.family), "", held=None, need=need),))
    moment = ctx.runtime.epoch + ctx.runtime.now // 1_000_000_000
    if "--kerneltz" in args or "--localtz" in args:
        moment += 60 * ctx.host.zone
    return in_order(_clauses(args, moment))


def _clauses(args: Args, moment: int) -> Iterator[Clause]:
    """In the kernel's order; ``moment`` in seconds since 1970 in the zone that counts."""
    now = datetime.fromtimestamp(moment, UTC)
    at = now.strftime("%Y-%m-%dT%H:%M:%S")
    if "--datestart" in args:
        start = args.value("--datestart")
        yield Clause("time", "--datestart", f"from {_iso(start)}", at, False, moment >= start)
    if "--datestop" in args:
        stop = args.value("--datestop")
        yield Clause("time", "--datestop", f"until {_iso(stop)}", at, False, moment <= stop)
    elif moment > LAST_DATE:
        yield Clause("time", "--datestop", f"until {_iso(LAST_DATE)}", at, False, False)
    start, stop = args.value("--timestart", 0), args.value("--timestop", LAST_SECOND)
    second = moment % DAY
    if (start, stop) != (0, LAST_SECOND):
        inside = start <= second <= stop if start < stop else second >= start or second <= stop
        want = f"{_clock(start)} to {_clock(stop)}"
        yield Clause("time", "--timestart", want, _clock(second), False, inside)
    if "--contiguous" in args and start >= stop and second <= stop:
        moment -= DAY
        now = datetime.fromtimestamp(moment, UTC)
    if "--weekdays" in args:
        days = _mask(args, "--weekdays", ALL_WEEKDAYS)
        day = now.isoweekday()
        yield Clause("time", "--weekdays", _weekday_names(days), WEEKDAYS[day - 1], False,
                     bool(days >> day & 1))  # fmt: skip
    if "--monthdays" in args:
        days = _mask(args, "--monthdays", ALL_MONTHDAYS)
        want = f"day {_monthday_numbers(days)} of the month"
        yield Clause("time", "--monthdays", want, f"day {now.day}", False,
                     days == ALL_MONTHDAYS or bool(days >> now.day & 1))  # fmt: skip
    if len(args) == 0:
        yield Clause("time", "", "any time", at)


def _iso(moment: int) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%S")


def _clock(second: int) -> str:
    return f"{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}"


def _weekday_names(days: int) -> str:
    return ",".join(name for place, name in enumerate(WEEKDAYS, 1) if days >> place & 1)


def _monthday_numbers(days: int) -> str:
    return ",".join(str(day) for day in range(1, 32) if days >> day & 1)


def _check(args: Args, rule: RuleContext) -> None:
    start, stop = args.value("--timestart", 0), args.value("--timestop", LAST_SECOND)
    if "--contiguous" in args and start < stop:
        raise Refusal(
            "--contiguous is for a window that goes over midnight: --timestop before --timestart",
            "--contiguous",
        )


def _save(args: Args, family: int) -> str:
    words = []
    start, stop = args.value("--timestart", 0), args.value("--timestop", LAST_SECOND)
    if (start, stop) != (0, LAST_SECOND):
        words.append(f"--timestart {_clock(start)} --timestop {_clock(stop)}")
    days = _mask(args, "--monthdays", ALL_MONTHDAYS)
    if days != ALL_MONTHDAYS:
        words.append(f"--monthdays {_monthday_numbers(days)}")
    days = _mask(args, "--weekdays", ALL_WEEKDAYS)
    if days != ALL_WEEKDAYS:
        words.append(f"--weekdays {_weekday_names(days)}")
    if args.value("--datestart", 0):
        words.append(f"--datestart {_iso(args.value('--datestart'))}")
    if args.value("--datestop", LAST_DATE):
        words.append(f"--datestop {_iso(args.value('--datestop', LAST_DATE))}")
    if "--kerneltz" in args or "--localtz" in args:
        words.append("--kerneltz")
    if "--contiguous" in args:
        words.append("--contiguous")
    return " ".join(words)


def _listing(text: str) -> str:
    given = {option.flag: option for option in saved_options(text)}
    words = ["TIME"]
    if "--timestart" in given:
        words.append(f"from {given['--timestart'].value} to {given['--timestop'].value}")
    if "--weekdays" in given:
        words.append(f"on {given['--weekdays'].value}")
    if "--monthdays" in given:
        days = list(filter(None, given["--monthdays"].value.split(",")))
        words.append("on " + ",".join(_ordinal(int(day)) for day in days))
    for flag, name in (("--datestart", "starting from"), ("--datestop", "until date")):
        # The last date there is stands in every saved rule, and in no listing.
        if flag in given and given[flag].value != _iso(LAST_DATE):
            words.append(f"{name} {given[flag].value.replace('T', ' ')}")
    if "--kerneltz" not in given:
        words.append("UTC")
    if "--contiguous" in given:
        words.append("contiguous")
    return " ".join(words)


def _ordinal(day: int) -> str:
    """As libxt_time.c does, so that the eleventh is the 11st."""
    ending = {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")
    return f"{day}{ending}"


def _draw(place: DrawPlace) -> str:
    return place.world.pick((
        "--weekdays Mon,Tue,Wed,Thu,Fri,Sat,Sun",
        "--timestart 00:00:00 --timestop 23:59:59",
        "--datestop 2036-12-31",
        "--datestart 2036-12-31",
        f"! --monthdays {','.join(map(str, range(1, 32)))}",
    ))  # fmt: skip


MATCH = MatchType(
    "time",
    options=(
        Option("--datestart", _date, metavar="DATE", help="not before (YYYY-MM-DDThh:mm:ss)"),
        Option("--datestop", _date, metavar="DATE", help="not after (YYYY-MM-DDThh:mm:ss)"),
        Option("--timestart", _daytime, metavar="hh:mm[:ss]", help="the daily window begins"),
        Option("--timestop", _daytime, metavar="hh:mm[:ss]", help="the daily window ends"),
        Option("--contiguous", help="a window over midnight belongs to the day it began on"),
        Option("--weekdays", _weekdays, invert=True, metavar="DAYS", help="Mon,Tue,... or 1 to 7"),
        Option("--monthdays", _monthdays, invert=True, metavar="DAYS", help="days of the month"),
        Option("--utc", excludes=("--kerneltz", "--localtz"), help="times are UTC (the default)"),
        Option("--kerneltz", excludes=("--utc",), help="times are in the kernel's time zone"),
        Option("--localtz", excludes=("--utc",), help="the old name of --kerneltz"),
    ),
    check=_check,
    save=_save,
    judge=_judge,
    help="date, weekday and time of day",
    listing=_listing,
    opaque=Opaque.MEMORY,
    draw=_draw,
    examples=(
        "--datestop 2038-01-19T03:14:07",
        "--datestart 2024-03-02T00:00:00 --datestop 2038-01-19T03:14:07",
        "--monthdays 1,15,31 --datestop 2038-01-19T03:14:07",
        "--weekdays Mon,Tue,Wed,Thu,Fri --datestop 2038-01-19T03:14:07",
    ),
)  # fmt: skip
