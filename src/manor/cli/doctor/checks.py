# SPDX-License-Identifier: Apache-2.0
"""The checks of `manor doctor`, one function each. They only look."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from importlib.util import find_spec

from manor.cli.doctor.host import Finding, Host, Verdict
from manor.cli.version import HOST_PACKAGES
from manor.drivers.interface.driver import QEMU_USERS

GOOD, WORSE, MISSING = Verdict.GOOD, Verdict.WORSE, Verdict.MISSING

Check = Callable[[Host], Iterator[Finding]]

X86 = ("x86_64", "i686", "i386")
EMULATORS = {"i686": "i386", "i386": "i386", "armv7l": "arm", "ppc64le": "ppc64"}
"""How QEMU calls an architecture where it is not the kernel's own name."""

PROGRAM_SECONDS = 10


def python_packages(host: Host) -> Iterator[Finding]:
    """The Python packages that running guests takes; the client needs none."""
    absent = [name for name in HOST_PACKAGES if find_spec(name) is None]
    if absent:
        yield Finding("Python packages", MISSING, f"{', '.join(absent)} not installed", "pip install 'manor[host]'")
    else:
        yield Finding("Python packages", GOOD, "all that running guests takes")


def qemu(host: Host) -> Iterator[Finding]:
    """QEMU itself, for the architecture of the host."""
    emulator = f"qemu-system-{EMULATORS.get(host.arch, host.arch)}"
    path = host.program(emulator, "qemu-kvm")
    if path is None:
        yield Finding("QEMU", MISSING, f"{emulator} not found", host.install("qemu"))
    else:
        yield Finding("QEMU", GOOD, f"{path}, {_version(path)}")
    image_tool = host.program("qemu-img")
    if image_tool is None:
        yield Finding("qemu-img", MISSING, "not found, so no disk image can be made", host.install("qemu-img"))
    else:
        yield Finding("qemu-img", GOOD, image_tool)


def _version(path: str) -> str:
    try:
        result = subprocess.run(
            [path, "--version"], capture_output=True, text=True, check=False, timeout=PROGRAM_SECONDS
        )
    except (OSError, subprocess.TimeoutExpired):
        return "which does not start"
    first = result.stdout.splitlines()[0] if result.stdout else ""
    return first.partition("version ")[2] or "of unknown version"


def kvm(host: Host) -> Iterator[Finding]:
    """Hardware virtualization: guests run without it, but slowly."""
    slow = "guests are emulated, which is slow"
    if not host.exists("/dev/kvm"):
        flags = host.read("/proc/cpuinfo")
        if host.arch in X86 and not ({"vmx", "svm"} & set(flags.split())):
            remedy = "Enable virtualization (VT-x or AMD-V) in the firmware, or nesting if this is a guest itself."
        else:
            module = "kvm_intel" if " vmx" in flags else "kvm_amd" if " svm" in flags else "kvm"
            remedy = f"Load the kernel's module: modprobe {module}"
        yield Finding("KVM", WORSE, f"/dev/kvm is not there; {slow}", remedy)
    elif not host.usable("/dev/kvm"):
        remedy = "Join the group that owns it, and log in again: usermod -aG kvm USER"
        yield Finding("KVM", WORSE, f"/dev/kvm may not be used by this user; {slow}", remedy)
    elif not host.answers_kvm():
        remedy = "Enable virtualization in the firmware, or nesting if this is a guest itself."
        yield Finding("KVM", WORSE, f"/dev/kvm is there and does not work; {slow}", remedy)
    else:
        yield Finding("KVM", GOOD, "/dev/kvm can be used")


def qemu_user(host: Host) -> Iterator[Finding]:
    """As whom the system's daemon runs QEMU."""
    check = "QEMU's user"
    chosen = _configured_user(host)
    known = {line.partition(":")[0] for line in host.read("/etc/passwd").splitlines()}
    user = chosen or next((name for name in QEMU_USERS if name in known), None)
    if user in (None, "root", "0", "+0"):
        why = "manord.toml says so" if chosen else f"there is no user {' or '.join(QEMU_USERS)}"
        remedy = f"useradd --system --user-group --shell /usr/sbin/nologin {QEMU_USERS[0]}"
        yield Finding(check, WORSE, f"guests of the system's daemon run as root: {why}", "" if chosen else remedy)
        return
    group = host.group_of("/dev/kvm")
    if chosen is None and group is not None and user not in group.members:
        found = f"{user} may not use /dev/kvm; guests of the system's daemon are emulated, which is slow"
        yield Finding(check, WORSE, found, f"usermod -aG {group.name} {user}, and restart manord")
    else:
        yield Finding(check, GOOD, f"guests of the system's daemon run as {user}")


def _configured_user(host: Host) -> str | None:
    """What manord.toml says."""
    text = host.read("/etc/manor/manord.toml")
    if not text:
        return None
    import tomllib

    try:
        return str(tomllib.loads(text).get("qemu", {}).get("user") or "") or None
    except (tomllib.TOMLDecodeError, AttributeError):
        # manord says what is wrong with it.
        return None


def firmware(host: Host) -> Iterator[Finding]:
    """UEFI firmware, as QEMU's descriptors tell of it."""
    folders = ("/usr/share/qemu/firmware", "/etc/qemu/firmware")
    descriptors = [name for folder in folders for name in host.names(folder) if name.endswith(".json")]
    if descriptors:
        yield Finding("UEFI firmware", GOOD, f"{len(descriptors)} descriptors")
    else:
        yield Finding("UEFI firmware", WORSE, "none found; guests can only start with BIOS", host.install("firmware"))


def tpm(host: Host) -> Iterator[Finding]:
    """The program that emulates a TPM."""
    if host.program("swtpm"):
        yield Finding("TPM emulator", GOOD, "swtpm")
    else:
        yield Finding("TPM emulator", WORSE, "swtpm not found; guests can have no TPM", host.install("swtpm"))


def networks(host: Host) -> Iterator[Finding]:
    """What virtual networks are made of."""
    if host.exists("/sys/module/bridge") or _has_module(host, "bridge"):
        yield Finding("bridges", GOOD, "the kernel knows them")
    else:
        yield Finding("bridges", WORSE, "the kernel does not know them", "Load the kernel's module: modprobe bridge")
    if host.exists("/dev/net/tun") or _has_module(host, "tun"):
        yield Finding("tap devices", GOOD, "the kernel knows them")
    else:
        yield Finding("tap devices", WORSE, "/dev/net/tun is not there", "Load the kernel's module: modprobe tun")
    if host.program("dnsmasq"):
        yield Finding("dnsmasq", GOOD, host.program("dnsmasq") or "")
    else:
        found = "not found; virtual networks can give guests no addresses or names"
        yield Finding("dnsmasq", WORSE, found, host.install("dnsmasq"))
    if host.program("nft") or _has_library("nftables"):
        yield Finding("nftables", GOOD, "can be used")
    else:
        found = "not found; virtual networks can have no NAT, guests no filters"
        yield Finding("nftables", WORSE, found, host.install("nftables"))
    yield from _forwarding(host)


def _forwarding(host: Host) -> Iterator[Finding]:
    if host.uid != 0 and host.read("/proc/sys/net/ipv4/ip_forward").strip() == "0":
        found = "switched off; guests of routed networks reach nobody"
        yield Finding(
            "IP forwarding", WORSE, found, "sysctl -w net.ipv4.ip_forward=1 (manord does it by itself as root)"
        )
    else:
        yield Finding("IP forwarding", GOOD, "is on, or manord can switch it on")


def _has_module(host: Host, name: str) -> bool:
    release = os.uname().release
    listed = host.read(f"/lib/modules/{release}/modules.dep") + host.read(f"/lib/modules/{release}/modules.builtin")
    return any(f"/{name}.ko" in line.partition(":")[0] for line in listed.splitlines())


def _has_library(name: str) -> bool:
    from ctypes.util import find_library

    return find_library(name) is not None


def cgroups(host: Host) -> Iterator[Finding]:
    """Control groups, which limit and account for guests."""
    old, unified = _hierarchies(host)
    controllers = set(host.read(f"{unified}/cgroup.controllers").split()) if unified else set()
    if not old and not controllers:
        found = "not mounted; guests can have no limits"
        yield Finding("control groups", WORSE, found, "mount -t cgroup2 none /sys/fs/cgroup")
        return
    names = {"blkio": "io"}
    absent = {"cpu", "memory", "io", "cpuset"} - controllers - {names.get(name, name) for name in old}
    version = "version 1" if old else "version 2"
    if absent:
        remedy = f"Enable them at boot, for example with the kernel's option cgroup_enable={min(absent)}"
        yield Finding("control groups", WORSE, f"{version} without {', '.join(sorted(absent))}", remedy)
    elif host.uid != 0:
        yield Finding("control groups", GOOD, f"{version}, for guests of the system's daemon: yours have no limits")
    elif not all(host.usable(place) for place in (old.values() or [unified])):
        remedy = "Let the container that this is have control groups of its own, which it may write"
        yield Finding("control groups", WORSE, f"{version}, read-only; guests can have no limits", remedy)
    else:
        yield Finding("control groups", GOOD, version)


def _hierarchies(host: Host) -> tuple[dict[str, str], str]:
    """Where each controller of version 1 is mounted, and where version 2 is."""
    old: dict[str, str] = {}
    unified = ""
    for line in host.read("/proc/self/mounts").splitlines():
        _, place, kind, options, *_ = [*line.split(), "", "", "", ""]
        if kind == "cgroup2":
            unified = unified or place
        elif kind == "cgroup":
            old |= {name: place for name in options.split(",") if name in ("cpu", "cpuset", "memory", "blkio")}
    return old, unified


def iommu(host: Host) -> Iterator[Finding]:
    """Giving devices of the host to guests."""
    if host.names("/sys/kernel/iommu_groups"):
        yield Finding("IOMMU", GOOD, "devices of the host can be given to guests")
        return
    option = "amd_iommu=on" if " svm" in host.read("/proc/cpuinfo") else "intel_iommu=on"
    remedy = f"Enable it in the firmware, and start the kernel with {option}" if host.arch in X86 else ""
    yield Finding("IOMMU", WORSE, "off; no device of the host can be given to a guest", remedy)


def permissions(host: Host) -> Iterator[Finding]:
    """Who asks, and what that user may do."""
    if host.uid == 0:
        yield Finding("user", GOOD, "root, who may do everything")
        return
    if host.groups & {"libvirt", "manor"}:
        yield Finding("user", GOOD, "may use the system's daemon")
    else:
        yield Finding(
            "user",
            WORSE,
            "is not in the group `manor` or `libvirt`; qemu:///system will ask for a password, or refuse",
            "usermod -aG libvirt USER, and log in again; or use qemu:///session",
        )
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    if runtime and os.access(runtime, os.W_OK):
        yield Finding("runtime folder", GOOD, runtime)
    else:
        found = "XDG_RUNTIME_DIR is not set, so qemu:///session keeps its sockets below ~/.cache"
        yield Finding("runtime folder", WORSE, found, "Log in through a session of the system (pam_systemd).")


def daemons(host: Host) -> Iterator[Finding]:
    """Who answers to qemu:///system."""
    listening = [
        (title, path)
        for title, path in (("manord", "/run/manor/manor-sock"), ("libvirtd", "/run/libvirt/libvirt-sock"))
        if host.exists(path)
    ]
    if not listening:
        found = "neither manord nor libvirtd listens; qemu:///system cannot be reached"
        remedy = "Start one (systemctl enable --now manord, or manord itself), or use qemu:///session"
        yield Finding("daemon", WORSE, found, remedy)
    for title, path in listening:
        if host.usable(path):
            yield Finding("daemon", GOOD, f"{title} on {path}")
        else:
            yield Finding("daemon", WORSE, f"{title} on {path}, which this user may not use")


def remote(host: Host) -> Iterator[Finding]:
    """Reaching other hosts."""
    if host.program("ssh"):
        yield Finding("ssh", GOOD, host.program("ssh") or "")
    else:
        found = "not found; qemu+ssh:// URIs cannot be used"
        yield Finding("ssh", WORSE, found, host.install("ssh"))


CHECKS: tuple[Check, ...] = (
    python_packages,
    qemu,
    kvm,
    qemu_user,
    firmware,
    tpm,
    networks,
    cgroups,
    iommu,
    permissions,
    daemons,
    remote,
)
