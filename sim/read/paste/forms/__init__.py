"""The forms that a paste can hold, one file each, the strictest first."""

from __future__ import annotations

from sim.read.paste.form import Form
from sim.read.paste.forms.dump import Dump
from sim.read.paste.forms.hostlines import HostLines
from sim.read.paste.forms.packetlines import PacketLines
from sim.read.paste.forms.rulelines import RuleLines
from sim.read.paste.forms.script import Script
from sim.read.paste.forms.unread import Fence

FORMS: tuple[Form, ...] = (
    Fence(),
    Dump(),
    RuleLines(),
    PacketLines(),
    Script(),
    HostLines(),
)
