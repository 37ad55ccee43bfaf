"""What identifies a machine or a person stands in no masked text; what fails prints nothing."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from sim.model.scenario import Scenario
from sim.tools.masking.proof import mask

RULES = """*filter
:INPUT DROP [0:0]
# written by carol for dave@corp-mail.example.com
-A INPUT -p tcp -m tcp --dport 443 -j ACCEPT
-A OUTPUT -m owner --uid-owner alice -j ACCEPT
-A INPUT -s 203.0.113.77/32 -m comment --comment "for carol" -j ACCEPT
COMMIT
"""
HOST = """# the machine of carol
interface eth0 203.0.113.9/24
user alice 1000
group crew 1000
"""
PACKETS = """12:00:00.000001 IP 198.51.100.23.51000 > 203.0.113.9.443: Flags [S], seq 1, length 0
12:00:00.000001 IP 198.51.100.24.443 > 203.0.113.9.22: Flags [S], seq 1, length 0 # of dave
local tcp 203.0.113.9:4000 -> 198.51.100.25:80 syn
"""
SECRETS = ("198.51.100.23", "198.51.100.24", "198.51.100.25", "203.0.113.9", "203.0.113.77",
           "alice", "carol", "dave", "crew", "corp-mail")  # fmt: skip


def _texts(scenario: Scenario) -> str:
    return "\n".join(map(str, scenario.as_json().values()))


def test_pasted_lines_names_and_remarks_are_masked() -> None:
    """tcpdump's addresses with their ports, users, e-mail, remarks behind a line."""
    scenario = Scenario(
        rules=RULES, host=HOST, packets=PACKETS, description="Ask dave@corp-mail.example.com."
    )
    made = mask(scenario, b"key")
    assert made.difference is None, made.difference
    assert [one for one in SECRETS if one in _texts(made.scenario)] == []
    assert made.steps > 3


def test_an_address_at_the_end_of_a_sentence_is_one() -> None:
    """Prose in the description, IPv6 of tcpdump in the packets."""
    made = mask(
        Scenario(
            rules="*filter\n-A INPUT -j ACCEPT\nCOMMIT\n",
            host="interface eth0 2001:db8::9/64\n",
            packets="12:00:00.000001 IP6 2001:db8:0:7::5.443 > 2001:db8::9.51000: "
            "Flags [S], seq 1, length 0\n",
            description="The server is 203.0.113.9.",
        ),
        b"key",
    )
    assert made.difference is None, made.difference
    assert "203.0.113.9" not in made.scenario.description
    assert "2001:db8:" not in made.scenario.packets
    assert made.scenario.description.endswith(".")


@given(st.integers(1, 222), st.integers(1, 254), st.integers(1, 65535), st.binary(max_size=8))
def test_no_address_of_a_pasted_line_stays(first: int, last: int, port: int, key: bytes) -> None:
    """Whatever the address and the port behind it are; the fate stays, as it is proven."""
    if first in (10, 127):
        return
    source = f"{first}.77.78.{last}"
    scenario = Scenario(
        rules="*filter\n-A INPUT -j ACCEPT\nCOMMIT\n",
        host="interface eth0 203.0.113.9/24\nroute default via 203.0.113.1 dev eth0\n",
        packets=f"12:00:00.000001 IP {source}.{port} > 203.0.113.9.443: Flags [S], seq 1, "
        "length 0\n",
    )
    made = mask(scenario, key)
    assert made.difference is None, made.difference
    assert f" {source}." not in made.scenario.packets


def test_names_that_the_host_gives_are_other_names_wherever_they_stand() -> None:
    """Rules ask for them; an element's comment, a host's own name and a prompt are words, too."""
    scenario = Scenario(
        rules="*filter\n-A INPUT -s build-server -j ACCEPT\n-A INPUT -s db.corp.example -j DROP\n"
        "-A INPUT -m set --match-set trusted src -j ACCEPT\nCOMMIT\n",
        host="hostname gateway7\ninterface eth0 203.0.113.9/24\n"
        "hostname build-server 203.0.113.20\nhostname db.corp.example 203.0.113.21\n"
        'create trusted hash:ip comment\nadd trusted 203.0.113.22 comment "phone of carol"\n',
        packets="in eth0 tcp 203.0.113.20:4000 -> 203.0.113.9:22 syn\n",
        expect="",
    )
    made = mask(scenario, b"key")
    assert made.difference is None, made.difference
    secrets = ("build-server", "db.corp", "gateway7", "carol", "203.0.113.2")
    assert [one for one in secrets if one in _texts(made.scenario)] == []


@pytest.mark.parametrize(
    "payload",
    ["c6336417", "3139382e35312e3130302e3233", "636f72702d6d61696c2e6578616d706c65",
     "4461766520406461766540636f72702e6578616d706c65"],
    ids=["an address", "one as text", "a name", "e-mail"],
)  # fmt: skip
def test_bytes_that_tell_an_address_or_a_name_are_not_shown(payload: str) -> None:
    """Nothing can be exchanged in them; bytes that tell nothing are masked around."""
    line = "in eth0 udp 198.51.100.23:4000 -> 203.0.113.9:53 payload-hex"
    host, rules = "interface eth0 203.0.113.9/24\n", "*filter\n-A INPUT -j ACCEPT\nCOMMIT\n"
    clear = mask(Scenario(rules=rules, host=host, packets=f"{line} {payload}\n"), b"key")
    assert clear.difference is not None
    assert "in clear" in clear.difference.why
    other = mask(Scenario(rules=rules, host=host, packets=f"{line} 00010203\n"), b"key")
    assert other.difference is None, other.difference


BYTES = Scenario(
    rules="*filter\n-A INPUT -j ACCEPT\nCOMMIT\n",
    host="interface eth0 10.0.1.2/24\n",
    packets='in eth0 hex "4500001600010000401165e10a0000040a0001023132"\n',
)


@pytest.mark.django_db
def test_what_cannot_be_masked_is_not_shown(tmp_path: Path) -> None:
    """Neither by the engine, nor by the command, nor as a preview to be taken."""
    made = mask(BYTES, b"key")
    assert made.difference is not None
    assert made.scenario == Scenario()
    file = tmp_path / "x.toml"
    file.write_text(BYTES.to_toml())
    out, err = io.StringIO(), io.StringIO()
    with pytest.raises(SystemExit) as end:
        call_command("mask", str(file), stdout=out, stderr=err)
    assert end.value.code == 1
    assert out.getvalue() == ""
    assert "Nothing was masked" in err.getvalue()
    assert "0a000004" not in err.getvalue()
    answer = Client().post("/mask", {key: str(v) for key, v in BYTES.as_json().items()})
    assert "Nothing was masked" in answer.content.decode()
    assert "<h1>Masked</h1>" not in answer.content.decode()
