"""``playground/deploy/`` as it is shipped: nginx takes the site, and it serves as the page says."""

from __future__ import annotations

import configparser
import re
import shlex
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from playground.site.limits import LIMITS
from tests.floorplan import ROOT
from tests.running.services import begun, end, free_port, is_ready
from tests.together.people import Visitor
from tests.together.test_processes import ended, started_redis
from tests.web.test_postgres import database

__all__ = ["database"]

DEPLOY = ROOT / "playground" / "deploy"
NAME = "localhost"
CALLS = 40  # of the API in a minute, for all processes together
RULES = "iptables -A INPUT -p tcp --dport 23 -j DROP\n"
SCENARIO = {
    "rules": RULES,
    "host": "interface eth0 192.0.2.1/24\n",
    "packets": "in eth0 tcp 192.0.2.9:1000 -> 192.0.2.1:23 syn\n",
}


def site(folder: Path, ports: list[int], plain: int, secure: int) -> str:
    """The shipped site with the changes that its first lines ask for, and ports of our own."""
    text = (DEPLOY / "nginx.conf").read_text()
    text = text.replace("https://chainwalk.example$", f"https://{NAME}:{secure}$")
    text = text.replace("chainwalk.example", NAME)
    text = text.replace(f"/etc/letsencrypt/live/{NAME}/", f"{folder}/")
    text = text.replace("/var/log/nginx/", f"{folder}/")
    text = re.sub(r"listen (\[::\]:)?80;", rf"listen \g<1>{plain};", text)
    text = re.sub(r"listen (\[::\]:)?443 ", rf"listen \g<1>{secure} ", text)
    for given, port in zip((8001, 8002), ports, strict=True):
        text = text.replace(f"127.0.0.1:{given}", f"127.0.0.1:{port}")
    return text


def configured(folder: Path, ports: list[int]) -> tuple[Path, int, int]:
    """nginx.conf around the site, and a certificate; the file, and the ports that it listens at."""
    plain, secure = free_port(), free_port()
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
         "-subj", f"/CN={NAME}", "-addext", f"subjectAltName=DNS:{NAME}",
         "-keyout", str(folder / "privkey.pem"), "-out", str(folder / "fullchain.pem")],
        check=True, capture_output=True,
    )  # fmt: skip
    (folder / "site.conf").write_text(site(folder, ports, plain, secure))
    temporary = "".join(
        f"  {kind}_temp_path {folder}/{kind};\n"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "nginx.conf").write_text(
        f"daemon off;\npid {folder}/pid;\nerror_log {folder}/error.log;\n"
        f"events {{}}\nhttp {{\n{temporary}  include {folder}/site.conf;\n}}\n"
    )
    return folder / "nginx.conf", plain, secure


@pytest.mark.nginx
def test_nginx_takes_the_site(tmp_path: Path) -> None:
    """Without an error and without a warning."""
    file, _, _ = configured(tmp_path, [8001, 8002])
    done = subprocess.run(
        ["nginx", "-t", "-c", str(file), "-e", str(tmp_path / "e")], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert "[warn]" not in done.stderr


def _unit(name: str) -> configparser.RawConfigParser:
    read = configparser.RawConfigParser(strict=False, delimiters=("=",), comment_prefixes=("#",))
    read.optionxform = str  # type: ignore[assignment,method-assign]  # names keep their capitals
    read.read_string((DEPLOY / name).read_text().replace("\\\n", ""))
    return read


def test_units_start_what_is_there() -> None:
    """The commands that they name are ours, and all of them run from one place as one user."""
    from django.core.management import get_commands

    services = sorted(DEPLOY.glob("*.service"))
    assert len(services) == 2
    for path in services:
        service = _unit(path.name)["Service"]
        assert service["WorkingDirectory"] == "/srv/chainwalk"
        assert service["EnvironmentFile"] == "/etc/chainwalk.env"
        assert (service["User"], service["NoNewPrivileges"]) == ("chainwalk", "yes")
        for command in re.findall(r"manage\.py (\w+)", path.read_text()):
            assert get_commands()[command].startswith("playground")
    words = shlex.split(_unit("chainwalk@.service")["Service"]["ExecStart"])
    assert words[1:3] == ["manage.py", "start"]


def test_every_setting_of_the_shipped_environment_is_one() -> None:
    """No name in it is a mistyped one, and the body limit is below nginx's."""
    settings = (ROOT / "playground" / "settings.py").read_text()
    for name in re.findall(r"^([A-Z_]+)=", (DEPLOY / "chainwalk.env").read_text(), re.M):
        assert f'"{name}"' in settings or name == "DATABASE_URL", name
    most = re.search(r"client_max_body_size (\d+)m;", (DEPLOY / "nginx.conf").read_text())
    assert most
    assert int(most[1]) * 1024 * 1024 > LIMITS.body_bytes


@dataclass
class Site:
    """What is running."""

    url: str
    plain: str
    certificate: str
    ports: list[int]
    processes: list[subprocess.Popen[bytes]]
    folder: Path

    def get(self, path: str, **more: Any) -> requests.Response:
        return requests.get(self.url + path, verify=self.certificate, timeout=30, **more)

    def at(self, port: int, method: str, path: str, **more: Any) -> requests.Response:
        """One process, asked as nginx asks it."""
        headers = {"X-Forwarded-Proto": "https", "Host": "localhost"}
        return requests.request(
            method, f"http://127.0.0.1:{port}{path}", headers=headers, timeout=30, **more
        )

    def counted(self, port: int, name: str) -> float:
        """One number of a process's metrics; 0 while it has none."""
        text = requests.get(f"http://127.0.0.1:{port}/metrics", timeout=30).text
        found = re.findall(rf"^{re.escape(name)} (\S+)$", text, re.M)
        return float(found[0]) if found else 0.0


@contextmanager
def running(folder: Path, database: str) -> Iterator[Site]:
    """PostgreSQL, Redis, two processes with nothing in common but these, and nginx in front."""
    redis = started_redis(folder / "redis.sock")
    ports = [free_port(), free_port()]
    states = [folder / "one", folder / "two"]
    told = {
        "DATABASE_URL": database,
        "REDIS_URL": f"unix://{folder}/redis.sock",
        "CHAINWALK_HOSTS": f"{NAME},127.0.0.1",
        "CHAINWALK_HTTPS": "1",
        "CHAINWALK_PROXIES": "127.0.0.1",
        "CHAINWALK_SECRET_KEY": "the same for both, and only for this test: " + "x" * 30,
        "CHAINWALK_LOG": "INFO",
        "CHAINWALK_API_CALLS_A_MINUTE": str(CALLS),
        "CHAINWALK_TOGETHER_BEAT_SECONDS": "3600",  # nothing heals by itself
    }
    processes = []
    for state, port in zip(states, ports, strict=True):
        state.mkdir()
        processes.append(begun(state, port, **told))
    file, plain, secure = configured(folder, ports)
    nginx = subprocess.Popen(["nginx", "-c", str(file), "-e", str(folder / "nginx.log")])
    try:
        for state, port, process in zip(states, ports, processes, strict=True):
            assert is_ready(port, process), (state / f"{port}.log").read_text()
        found = Site(f"https://{NAME}:{secure}", f"http://{NAME}:{plain}",
                     str(folder / "fullchain.pem"), ports, processes, folder)  # fmt: skip
        _wait_for(found)
        yield found
    finally:
        nginx.terminate()
        nginx.wait(20)
        end(*(process for process in processes if process.poll() is None))
        ended(redis)


def _wait_for(site: Site) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            site.get("/healthz")
            return
        except requests.ConnectionError:
            time.sleep(0.1)
    raise AssertionError("nginx did not come up: " + (site.folder / "nginx.log").read_text())


@pytest.mark.slow
@pytest.mark.nginx
@pytest.mark.postgres
@pytest.mark.redis
def test_two_processes_serve_as_one(database: str, tmp_path: Path) -> None:
    """One story, because the services take long to start."""
    tmp_path.chmod(0o755)  # nginx's workers are somebody else
    with running(tmp_path, database) as site:
        pk = _saved_here_and_read_there(site)
        _walked_together_across_both(site, pk)
        _over_tls_only(site)
        _logged_without_who_and_what(site, pk)
        _counted_together(site)
        _goes_on_with_one(site, pk)


def _saved_here_and_read_there(site: Site) -> str:
    """Each way round; a form over nginx, too; a picture that one drew is the other's."""
    first, second = site.ports
    for here, there in ((first, second), (second, first)):
        body = {**SCENARIO, "title": f"saved at {here}"}
        saved = site.at(here, "POST", "/api/scenarios", json=body)
        assert saved.status_code == 201, saved.text
        read = site.at(there, "GET", f"/api/scenarios/{saved.json()['id']}")
        assert read.json()["title"] == f"saved at {here}"
    visitor = Visitor(site.url, site.certificate)
    answer = visitor.post("/save", "/", **SCENARIO)
    assert answer.status_code == 200, answer.text
    assert answer.url.startswith(f"{site.url}/s/")
    pk = answer.url.rpartition("/")[2]
    assert "Your private edit key" in answer.text or f"{site.url}/own#" in answer.text
    pictures = {site.at(port, "GET", f"/s/{pk}.png").content for port in site.ports}
    assert len(pictures) == 1
    return pk


def _walked_together_across_both(site: Site, pk: str) -> None:
    """nginx gives the two sockets to two processes; what one leads the other follows."""
    leader = Visitor(site.url, site.certificate)
    path = leader.begin(pk)
    seats = leader.join(path), Visitor(site.url, site.certificate).join(path)
    seats[0].until(lambda seat: seat.leads)
    seats[1].until(lambda seat: len(seat.people) == 2)
    assert [site.counted(port, "chainwalk_sockets_open") for port in site.ports] == [1, 1]
    for step in (3, 1, 2):
        seats[0].say(step=step)
        seats[1].until(lambda seat, step=step: seat.at == step)  # type: ignore[misc]
    for seat in seats:
        seat.leave()


def _over_tls_only(site: Site) -> None:
    """Plain HTTP is sent on; cookies are for TLS; what is for this machine is not for others."""
    moved = requests.get(f"{site.plain}/lessons/", allow_redirects=False, timeout=30)
    assert (moved.status_code, moved.headers["Location"]) == (308, f"{site.url}/lessons/")
    page = site.get("/")
    assert "max-age=31536000" in page.headers["Strict-Transport-Security"]
    assert all(cookie.secure for cookie in page.cookies)
    assert re.fullmatch("[0-9a-f]{32}", page.headers["X-Request-ID"])  # nginx's own
    assert [site.get(path).status_code for path in ("/metrics", "/readyz")] == [404, 404]
    assert "nginx/" not in page.headers.get("Server", "")


def _logged_without_who_and_what(site: Site, pk: str) -> None:
    """A request is found by its id in both logs; nothing else of it is there."""
    asked = site.get(f"/s/{pk}", headers={"X-Forwarded-For": "198.51.100.9"})
    time.sleep(0.5)
    logs = [path.read_text() for path in site.folder.glob("*/*.log")]
    proxy = (site.folder / "chainwalk.log").read_text()
    found = [log for log in [*logs, proxy] if asked.headers["X-Request-ID"] in log]
    assert len(found) == 2
    for log in [*logs, proxy]:
        assert not [word for word in (pk, "198.51.100.9", "127.0.0.1 ", "--dport") if word in log]


def _counted_together(site: Site) -> None:
    """A rate is one for both, by the address that nginx saw, whatever the client says."""
    told = [
        site.get("/api/limits", headers={"X-Forwarded-For": f"198.51.100.{at}"}).status_code
        for at in range(CALLS + 10)
    ]
    assert told.count(200) <= CALLS
    assert told[-1] == 429
    for port in site.ports:
        assert site.counted(port, 'chainwalk_requests_total{method="GET",status="200",'
                                  'view="api-limits"}')  # fmt: skip


def _goes_on_with_one(site: Site, pk: str) -> None:
    """One process is killed: nobody who reads notices."""
    site.processes[0].kill()
    site.processes[0].wait(20)
    assert {site.get(f"/s/{pk}.toml").status_code for _ in range(10)} == {200}
