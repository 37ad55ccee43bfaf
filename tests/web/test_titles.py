"""The title that Save proposes: how the packet that matters ended, and where it was going."""

from __future__ import annotations

import pytest
from django.test import Client

HOST = (
    "interface eth0 192.0.2.1/24\ninterface lan0 10.0.0.1/24\nlisten tcp 0.0.0.0:22\n"
    "route default via 192.0.2.254 dev eth0\nsysctl net.ipv4.ip_forward = 1\n"
)
SSH = "in eth0 tcp 198.51.100.7:4000 -> 192.0.2.1:22"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("rules", "packets", "title"),
    [
        ("", SSH, "Delivered to port 22: tcp to 192.0.2.1:22"),
        ("", "in lan0 udp 10.0.0.9:1 -> 8.8.8.8:53", "Forwarded out eth0: udp to 8.8.8.8:53"),
        ("", "local udp 192.0.2.1:1 -> 8.8.8.8:53", "Sent out eth0: udp to 8.8.8.8:53"),
        ("iptables -P INPUT DROP\n", SSH, "Dropped at INPUT: tcp to 192.0.2.1:22"),
        (
            "iptables -A INPUT -p udp -j DROP\n",
            f"{SSH}\nin eth0 udp 198.51.100.7:5 -> 192.0.2.1:53",
            "Dropped at INPUT: udp to 192.0.2.1:53",
        ),
    ],
)
def test_the_title_says_how_it_ended(rules: str, packets: str, title: str) -> None:
    page = Client().post("/", {"rules": rules, "host": HOST, "packets": packets}).content.decode()
    assert f'data-title="{title}"' in page
