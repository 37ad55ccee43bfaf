"""Big jobs go through one executor: processes of this machine, or a Dask cluster."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from playground.site.limits import LIMITS
from playground.walks.jobs import Jobs, Lost
from tests.floorplan import ROOT
from tests.manage import hear_interrupts
from tests.running import work
from tests.running.services import environment, free_port, manage

SECONDS = 60  # that a busy machine is given

# Stores some scenarios of its own, one of them with a trace that no engine makes.
STORED = """
import django; django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
from playground.links import store
from playground.links.models import Document
from sim.model.scenario import Scenario
for port in range(1, 201):
    rules = f"iptables -A INPUT -p tcp --dport {port} -j DROP\\n"
    store.save(Scenario(rules=rules, host="interface eth0 192.0.2.1/24\\n",
                        packets="in eth0 tcp 192.0.2.9:1 -> 192.0.2.1:7 syn\\n"))
Document.objects.filter(pk=Document.objects.first().pk).update(trace_hash="0" * 64)
"""


def _is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def _ended(pid: int) -> bool:
    deadline = time.monotonic() + SECONDS
    while _is_alive(pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not _is_alive(pid)


def _said(path: Path) -> int:
    deadline = time.monotonic() + SECONDS
    while not (path.exists() and path.read_text()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return int(path.read_text())


def test_answers_come_in_the_order_of_the_items() -> None:
    """More of them than lie between the two at once."""
    with Jobs(work.squared, 2) as jobs:
        assert [*jobs.each(range(300))] == [number * number for number in range(300)]


def test_an_item_that_kills_its_process_is_named_and_the_others_go_on() -> None:
    """Twice, because the first time it may have been another one's fault."""
    with Jobs(work.deadly, 2) as jobs:
        found = [*jobs.each(range(40))]
    assert found == [Lost("gone") if number == 13 else number for number in range(40)]


def test_a_process_has_so_much_memory() -> None:
    """More than the setting is refused, less is not."""
    with Jobs(work.greedy, 1) as jobs:
        found = [*jobs.each([1, LIMITS.job_megabytes + 64, 2])]
    assert found == [1 << 20, Lost("memory"), 2 << 20]


def test_a_fault_of_ours_is_raised_here() -> None:
    with Jobs(work.faulty, 1) as jobs, pytest.raises(ZeroDivisionError):
        list(jobs.each([1]))


def test_what_is_left_early_is_stopped_at_once(tmp_path: Path) -> None:
    """Nobody waits ten minutes for a job that nobody wants."""
    with Jobs(work.slow, 1) as jobs:
        answers = jobs.each([str(tmp_path / "pid")])
        threading.Thread(target=lambda: next(answers, None), daemon=True).start()
        pid = _said(tmp_path / "pid")
    assert _ended(pid)


def test_the_processes_end_with_the_one_that_started_them(tmp_path: Path) -> None:
    """Also when that was killed."""
    code = ("import sys, django; django.setup()\nfrom playground.walks.jobs import Jobs\n"
            "from tests.running import work\n"
            "with Jobs(work.slow, 1) as jobs:\n    list(jobs.each([sys.argv[1]]))\n")  # fmt: skip
    settings = environment(tmp_path, DJANGO_SETTINGS_MODULE="playground.settings")
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path / "pid")], cwd=ROOT, env=settings
    )
    pid = _said(tmp_path / "pid")
    process.kill()
    process.wait()
    assert _ended(pid)


def test_a_batch_answers_a_line_before_it_reads_the_next(tmp_path: Path) -> None:
    """A program may hold a conversation with it."""
    process = subprocess.Popen(
        [sys.executable, "manage.py", "simulate", "--batch"],
        cwd=ROOT, env=environment(tmp_path), text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdin
    assert process.stdout
    for port in (1, 2):
        packets = f"in eth0 tcp 192.0.2.9:{port} -> 192.0.2.1:7 syn\n"
        asked = {"host": "interface eth0 192.0.2.1/24\n", "packets": packets}
        process.stdin.write(json.dumps(asked) + "\n")
        process.stdin.flush()
        assert f"192.0.2.9:{port}" in process.stdout.readline()
    process.stdin.close()
    assert process.wait(SECONDS) == 0


def test_a_batch_that_is_interrupted_says_so(tmp_path: Path) -> None:
    """And leaves with the status that shells give."""
    process = subprocess.Popen(
        [sys.executable, "manage.py", "read", "--batch"],
        cwd=ROOT, env=environment(tmp_path), text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        preexec_fn=hear_interrupts,
    )  # fmt: skip
    assert process.stdin
    assert process.stdout
    process.stdin.write('{"text": "iptables -A INPUT -j DROP"}\n')
    process.stdin.flush()
    process.stdout.readline()
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=SECONDS)
    assert (process.returncode, said) == (130, "Stopped. Nothing that runs goes on.\n")


# ---- the cluster


@contextmanager
def cluster(folder: Path) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """A scheduler and two workers: its address, and their processes (the scheduler first)."""
    address = f"tcp://127.0.0.1:{free_port()}"
    told = environment(folder, DJANGO_SETTINGS_MODULE="playground.settings", PYTHONPATH=str(ROOT))
    words = {
        "scheduler": ["--host", address, "--no-dashboard", "--no-show"],
        "worker": [address, "--nthreads", "1", "--no-nanny", "--no-dashboard"],
    }
    processes = []
    try:
        for number, kind in enumerate(("scheduler", "worker", "worker")):
            with open(folder / f"{kind}{number}.log", "wb") as log:
                processes.append(subprocess.Popen(
                    [sys.executable, "-m", f"distributed.cli.dask_{kind}", *words[kind]],
                    cwd=folder, env=told, stdout=log, stderr=log,
                ))  # fmt: skip
        from distributed import Client

        with Client(address, timeout=SECONDS, set_as_default=False) as client:
            client.wait_for_workers(2, timeout=SECONDS)
        yield address, processes
    finally:
        for process in processes:
            process.kill()
            process.wait(20)


def _stored(state: Path) -> None:
    settings = environment(state, DJANGO_SETTINGS_MODULE="playground.settings")
    subprocess.run([sys.executable, "-c", STORED], cwd=ROOT, env=settings, check=True)


def _told(said: str) -> list[str]:
    """What a replay prints, without the time that it took."""
    lines = said.splitlines()
    assert " in " in lines[-1]
    return [*lines[:-1], lines[-1].split(" in ")[0], lines[-1].partition(": ")[2]]


@pytest.mark.slow
def test_a_replay_on_a_cluster_tells_what_one_here_tells(tmp_path: Path) -> None:
    """Also when one of its two workers has died since."""
    pytest.importorskip("distributed", reason="dask is not installed: tests/requirements.txt")
    _stored(tmp_path)
    here = manage(tmp_path, "replay")
    assert here.returncode == 1, here.stderr
    assert _told(here.stdout)[-2:] == ["200 scenarios", "1 changed"]
    with cluster(tmp_path) as (address, processes):
        there = manage(tmp_path, "replay", CHAINWALK_DASK=address)
        assert (there.returncode, _told(there.stdout)) == (1, _told(here.stdout)), there.stderr
        processes[2].kill()
        again = manage(tmp_path, "replay", CHAINWALK_DASK=address)
        assert (again.returncode, _told(again.stdout)) == (1, _told(here.stdout)), again.stderr


@pytest.mark.slow
def test_a_cluster_that_is_lost_is_said(tmp_path: Path) -> None:
    """While something runs, and before anything does."""
    pytest.importorskip("distributed", reason="dask is not installed: tests/requirements.txt")
    with cluster(tmp_path) as (address, processes):
        process = subprocess.Popen(
            [sys.executable, "manage.py", "read", "--batch"],
            cwd=ROOT, env=environment(tmp_path, CHAINWALK_DASK=address), text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        assert process.stdin
        assert process.stdout
        process.stdin.write('{"text": "iptables -A INPUT -j DROP"}\n')
        process.stdin.flush()
        assert '"rules"' in process.stdout.readline()
        for one in processes:
            one.kill()
        _, said = process.communicate('{"text": "ip address"}\n', timeout=2 * SECONDS)
        assert process.returncode == 1
        assert "the Dask scheduler was lost" in said
    asked = manage(tmp_path, "read", "--batch", given="{}\n", CHAINWALK_DASK=address)
    assert asked.returncode == 1
    assert f"no Dask scheduler answers at {address}" in asked.stderr


def test_a_cluster_without_the_package_is_said(tmp_path: Path) -> None:
    """With the command that mends it."""
    (tmp_path / "distributed.py").write_text("raise ImportError\n")
    done = manage(tmp_path, "read", "--batch", given="{}\n",
                  CHAINWALK_DASK="tcp://127.0.0.1:9", PYTHONPATH=str(tmp_path))  # fmt: skip
    assert done.returncode == 1
    assert "dask is not installed: pip install --require-hashes -r " in done.stderr
    assert "Traceback" not in done.stderr
    lock = done.stderr.rpartition("-r ")[2].strip()
    assert os.path.exists(ROOT / lock)
