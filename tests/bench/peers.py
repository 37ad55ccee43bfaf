"""What the same costs the real tools and the kernel, in namespaces that end with the command."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

RESTORES = {"legacy": "iptables-legacy-restore", "nft": "iptables-nft-restore"}

# Sends datagrams to itself and prints the least time of one, in microseconds.
_SEND = """
import socket, subprocess, sys, time
subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
subprocess.run([sys.argv[1], sys.argv[2]], check=True)
there = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
there.bind(("127.0.0.1", 9999))
out = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
least = None
end = time.monotonic() + 1.5
while time.monotonic() < end:
    began = time.perf_counter()
    for _ in range(20):
        out.sendto(b"x", ("127.0.0.1", 9999))
    took = (time.perf_counter() - began) / 20 * 1e6
    least = took if least is None else min(least, took)
print(least)
"""


def are_here() -> bool:
    """Can namespaces be made, and are both tools installed?"""
    if not all(shutil.which(name) for name in (*RESTORES.values(), "unshare", "ip")):
        return False
    return subprocess.run(["unshare", "-n", "true"], capture_output=True).returncode == 0


def restore(file: Path, backend: str = "nft") -> None:
    """The tool loads the file into an empty namespace."""
    subprocess.run(["unshare", "-n", RESTORES[backend], str(file)], check=True)


def packet_microseconds(file: Path, backend: str) -> float:
    """What a datagram through the host's own rules costs the kernel, the call included."""
    command = ["unshare", "-n", sys.executable, "-c", _SEND, RESTORES[backend], str(file)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return float(done.stdout)
