"""The forms that a paste can hold, one file each, the strictest first."""

from __future__ import annotations

from sim.read.paste.form import Form
from sim.read.paste.forms.commandlog import CommandLog
from sim.read.paste.forms.conntrack import ConntrackTable
from sim.read.paste.forms.dockerfile import Dockerfile
from sim.read.paste.forms.dump import PastedDump
from sim.read.paste.forms.fail2ban import Fail2banLog
from sim.read.paste.forms.flowlines import FlowLines, Probe
from sim.read.paste.forms.frontends import Firewalld, Ufw
from sim.read.paste.forms.hostlines import HostLines
from sim.read.paste.forms.interfaces import Interfaces
from sim.read.paste.forms.kernellog import KernelLog
from sim.read.paste.forms.keyfiles import Ifcfg, Networkd, NetworkManager
from sim.read.paste.forms.listing import RuleListing
from sim.read.paste.forms.makefile import Makefile
from sim.read.paste.forms.netplan import Netplan
from sim.read.paste.forms.nettools import Ifconfig, RouteTable
from sim.read.paste.forms.nftables import Nftables
from sim.read.paste.forms.packetlines import PacketLines
from sim.read.paste.forms.printed import HostNames, Modules, ProcSys, RouteGet
from sim.read.paste.forms.rulelines import RuleLines
from sim.read.paste.forms.scenario import ScenarioFile
from sim.read.paste.forms.script import Script
from sim.read.paste.forms.systemd import Systemd
from sim.read.paste.forms.unread import Fence
from sim.read.paste.forms.wgquick import WgHooks, WgQuick

FORMS: tuple[Form, ...] = (
    ScenarioFile(),
    Fence(),
    Fail2banLog(),
    CommandLog(),
    PastedDump(),
    RuleListing(),
    RuleLines(),
    Nftables(),
    Ufw(),
    Firewalld(),
    KernelLog(),
    PacketLines(),
    FlowLines(),
    Probe(),
    ConntrackTable(),
    ProcSys(),
    HostNames(),
    RouteGet(),
    Modules(),
    Netplan(),
    NetworkManager(),
    Networkd(),
    Ifcfg(),
    Ifconfig(),
    RouteTable(),
    WgQuick(),
    WgHooks(),
    Systemd(),
    Interfaces(),
    Dockerfile(),
    Makefile(),
    Script(),
    HostLines(),
)
