"""Another kernel for what this machine's lacks: Debian's, in QEMU, without any acceleration.

The guest is an initramfs made of this machine's own Python, iptables and iproute2; nothing is
installed. Cases go in as a pickle, what the guest's kernel made of them comes out over the
second serial port, one JSON object a line. Debian packages that have to be there:
qemu-system-x86, busybox-static, cpio, kmod; the kernel itself is downloaded.
"""

from __future__ import annotations

import json
import os
import pickle
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from playground.lab.errors import LabError
from playground.lab.replay import Case

KERNEL = "linux-image-cloud-amd64"
TOOLS = ("qemu-system-x86_64", "busybox", "cpio", "depmod", "apt-get", "dpkg", "ip")
BINARIES = (
    "/usr/sbin/xtables-legacy-multi",
    "/usr/sbin/ip",
    "/usr/sbin/nfnl_osf",
)
# Debian packages with the old tools, which are unpacked here and not installed.
OLD_TOOLS = {"ebtables": "ebtables-legacy", "arptables": "arptables-legacy"}
LINKS = (
    "iptables-legacy", "iptables-legacy-restore", "iptables-legacy-save",
    "ip6tables-legacy", "ip6tables-legacy-restore", "ip6tables-legacy-save",
)  # fmt: skip
MODULE_FOLDERS = ("net", "crypto", "lib", "arch/x86/crypto", "drivers/net/veth.ko")
# Loaded before the first case; the rest comes when the kernel asks for it.
MODULES = (
    "veth", "nf_log_syslog", "nfnetlink_log", "xfrm_user", "esp4", "esp6", "ah4", "ipcomp",
    "iptable_raw", "iptable_mangle", "iptable_nat", "iptable_filter",
    "ip6table_raw", "ip6table_mangle", "ip6table_nat", "ip6table_filter",
    "nfnetlink_osf", "xt_osf", "xt_LOG",
    "xt_policy", "xt_TRACE", "xt_mark", "xt_conntrack", "xt_nat", "xt_MASQUERADE", "xt_esp",
    "bridge", "br_netfilter", "ebtables", "ebtable_broute", "ebtable_nat", "ebtable_filter",
    "arptable_filter", "arpt_mangle",
    "xt_tcpudp", "authenc", "gcm", "ctr", "cbc", "crypto_null", "echainiv", "seqiv",
)  # fmt: skip
UNUSED = ("test", "idlelib", "tkinter", "lib2to3", "ensurepip", "site-packages", "turtledemo",
          "pydoc_data", "dist-packages")  # fmt: skip
LONGEST = 540  # seconds for one boot with all its cases
MEMORY = "1024"

INIT = """#!/bin/busybox sh
/bin/busybox mkdir -p /proc /sys /dev /run /tmp /var/lock
/bin/busybox mount -t proc proc /proc
/bin/busybox mount -t sysfs sys /sys
/bin/busybox mount -t devtmpfs dev /dev
export PATH=/usr/sbin:/usr/bin:/sbin:/bin PYTHONHOME={home} PYTHONPATH=/work
export PYTHONDONTWRITEBYTECODE=1
for module in {modules}; do /bin/busybox modprobe $module || echo "no $module"; done
/bin/busybox uptime
/bin/busybox ip link set lo up
/bin/busybox stty -F /dev/ttyS1 raw -echo
{python} -m playground.lab.guest /cases.pickle /dev/ttyS1
/bin/busybox poweroff -f
"""


def run_in_vm(cases: Sequence[Case], cache: Path | None = None) -> list[dict[str, object]]:
    """What Debian's kernel makes of each case (see ``guest``). Raises ``LabError``."""
    missing = [tool for tool in TOOLS if shutil.which(tool, path=_PATH) is None]
    if missing:
        raise LabError(f"verify --vm needs {', '.join(missing)}")
    folder = cache or Path(tempfile.gettempdir()) / f"chainwalk-vm-{os.getuid()}"
    folder.mkdir(parents=True, exist_ok=True)
    kernel = _kernel(folder)
    old = [_old_tool(folder, package, name) for package, name in OLD_TOOLS.items()]
    with tempfile.TemporaryDirectory(prefix="chainwalk-vm-") as work:
        image = _initramfs(Path(work), kernel, cases, old)
        answers = Path(work) / "answers"
        console = _boot(kernel, image, answers)
        text = answers.read_text("utf-8", "replace") if answers.exists() else ""
    found = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
    if len(found) != len(cases):
        raise LabError(f"the guest answered {len(found)} of {len(cases)} cases:\n{console[-3000:]}")
    return found


_PATH = "/usr/sbin:/usr/bin:/sbin:/bin"


def _kernel(folder: Path) -> Path:
    """Debian's kernel package, unpacked; downloaded unless it is there already."""
    unpacked = folder / "kernel"
    if not any(unpacked.glob("boot/vmlinuz-*")):
        listed = _out(["apt-cache", "depends", KERNEL])
        names = re.findall(r"Depends: (linux-image-[\w.+-]+)", listed)
        if not names:
            raise LabError(f"apt knows no {KERNEL} (apt-get update?)")
        if not list(folder.glob(f"{names[0]}_*.deb")):
            _out(["apt-get", "download", names[0]], cwd=folder)
        package = next(folder.glob(f"{names[0]}_*.deb"))
        _out(["dpkg", "-x", str(package), str(unpacked)])
    return unpacked


def _old_tool(folder: Path, package: str, name: str) -> Path:
    """A Debian package with an old tool, unpacked; downloaded unless it is there already."""
    unpacked = folder / package
    if not (unpacked / "usr/sbin" / name).exists():
        if not list(folder.glob(f"{package}_*.deb")):
            _out(["apt-get", "download", package], cwd=folder)
        _out(["dpkg", "-x", str(next(folder.glob(f"{package}_*.deb"))), str(unpacked)])
    return unpacked


def release(kernel: Path) -> str:
    """Its ``uname -r``."""
    return next(kernel.glob("boot/vmlinuz-*")).name.removeprefix("vmlinuz-")


def _initramfs(work: Path, kernel: Path, cases: Sequence[Case], old: Sequence[Path]) -> Path:
    root = work / "root"
    _copy_modules(root, kernel)
    _copy_python(root)
    _copy_programs(root)
    for tool in old:
        shutil.copytree(tool / "usr", root / "usr", symlinks=True, dirs_exist_ok=True)
    code = Path(__file__).resolve().parents[2]
    for name in ("sim", "playground/lab"):
        shutil.copytree(code / name, root / "work" / name, ignore=_caches)
    shutil.copy(code / "playground/__init__.py", root / "work/playground/__init__.py")
    import lark

    shutil.copytree(Path(lark.__file__).parent, root / "work/lark")
    (root / "cases.pickle").write_bytes(pickle.dumps(list(cases)))
    init = root / "init"
    home, python = sys.base_prefix, os.path.realpath(sys.executable)
    init.write_text(INIT.format(home=home, python=python, modules=" ".join(MODULES)))
    init.chmod(0o755)
    image = work / "initramfs"
    with image.open("wb") as file:
        listing = subprocess.run(
            ["find", ".", "-print0"], cwd=root, stdout=subprocess.PIPE, check=True
        )
        subprocess.run(
            ["cpio", "--null", "-o", "-H", "newc", "--quiet"],
            cwd=root, input=listing.stdout, stdout=file, check=True,
        )  # fmt: skip
    return image


def _caches(folder: str, names: list[str]) -> list[str]:
    return [name for name in names if name == "__pycache__"]


def _copy_modules(root: Path, kernel: Path) -> None:
    version = release(kernel)
    source = kernel / "lib/modules" / version / "kernel"
    target = root / "lib/modules" / version / "kernel"
    for name in MODULE_FOLDERS:
        here = source / name
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        if here.is_dir():
            shutil.copytree(here, target / name)
        elif here.exists():
            shutil.copy(here, target / name)
    for name in ("modules.builtin", "modules.builtin.modinfo", "modules.order"):
        shutil.copy(source.parent / name, target.parent / name)
    _out(["depmod", "-b", str(root), version])


def _copy_python(root: Path) -> None:
    library = Path(sysconfig.get_path("stdlib"))
    shutil.copytree(
        library, _inside(root, library), symlinks=True,
        ignore=lambda folder, names: [
            name for name in names if name in UNUSED or name.startswith("config-")
        ],
    )  # fmt: skip
    extensions = [str(path) for path in (library / "lib-dynload").glob("*.so")]
    _copy_with_libraries(root, [os.path.realpath(sys.executable), *extensions])


def _copy_programs(root: Path) -> None:
    _copy_with_libraries(root, BINARIES)
    for name in LINKS:
        (root / "usr/sbin" / name).symlink_to("xtables-legacy-multi")
    for folder in _out(["sh", "-c", "ls -d /usr/lib/*/xtables"]).split():
        shutil.copytree(folder, _inside(root, Path(folder)))
    busybox = shutil.which("busybox", path=_PATH)
    assert busybox is not None
    for name in ("bin", "sbin"):
        (root / name).mkdir(exist_ok=True)
    shutil.copy(busybox, root / "bin/busybox")
    (root / "bin/sh").symlink_to("busybox")
    (root / "sbin/modprobe").symlink_to("/bin/busybox")
    for name in ("ethertypes", "protocols"):  # what ebtables-legacy looks names up in
        if Path("/etc", name).exists():
            shutil.copy(Path("/etc", name), _inside(root, Path("/etc", name)))


def _inside(root: Path, path: Path) -> Path:
    found = root / str(path).lstrip("/")
    found.parent.mkdir(parents=True, exist_ok=True)
    return found


def _copy_with_libraries(root: Path, files: Iterable[str]) -> None:
    for file in files:
        needed = re.findall(r"(/\S+)\s+\(0x", _out(["ldd", file]))
        for path in (file, *needed):
            place = _inside(root, Path(path))
            if not place.exists():
                shutil.copy(path, place)


def _boot(kernel: Path, image: Path, answers: Path) -> str:
    """Run the guest to its end; what it wrote on its console."""
    vmlinuz = next(kernel.glob("boot/vmlinuz-*"))
    command = [
        "qemu-system-x86_64", "-accel", "tcg", "-cpu", "max", "-m", MEMORY, "-smp", "1",
        "-kernel", str(vmlinuz), "-initrd", str(image), "-nodefaults", "-no-reboot",
        "-append", "console=ttyS0 panic=-1 quiet mitigations=off tsc=reliable",
        "-display", "none", "-serial", "stdio", "-serial", f"file:{answers}",
    ]  # fmt: skip
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            timeout=LONGEST, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired as late:
        console = (late.stdout or b"").decode("utf-8", "replace")
        raise LabError(f"the guest did not end within {LONGEST} s:\n{console[-3000:]}") from None
    return done.stdout.decode("utf-8", "replace")


def _out(command: list[str], cwd: Path | None = None) -> str:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode and command[0] != "ldd":
        raise LabError(f"{' '.join(command[:3])}: {done.stderr.strip()}")
    return done.stdout
