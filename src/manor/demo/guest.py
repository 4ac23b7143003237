# SPDX-License-Identifier: Apache-2.0
"""The small guest: a real Linux kernel and an initramfs of our own that boots in seconds under emulation.

Built from Debian packages that are unpacked, never installed: a kernel, and the guest agent with the
libraries it needs when they can be had; busybox is the machine's own static one. What the guest does is
written in `rootfs/`: it loads drivers for the devices it finds (also for those plugged in later), prints
`BANNER` on its console, keeps a root shell there, obeys the ACPI power button, runs the guest agent on its
virtio-serial port and asks for an address on its network cards.
"""

import hashlib
import json
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from manor.demo import agent, kmods
from manor.demo.cpio import Archive
from manor.demo.packages import PackageCache, PackageError, locked

BANNER = "manor guest is up"
"""What the guest prints on its console, at the start of a line, once it can be used."""

PROMPT = "manor-guest:~# "
"""The prompt of the root shell on the console."""

_HERE = Path(__file__).parent
_ROOTFS = _HERE / "rootfs"

# Kernel packages, the quickest to boot first; each depends on the package of the current version.
_KERNELS = ("linux-image-cloud-amd64", "linux-image-amd64")

# Mitigations, relocation and clock checks cost much under emulation and protect nothing here.
_CMDLINE = "console=ttyS0 quiet nokaslr mitigations=off tsc=reliable no_timer_check random.trust_cpu=on"

# Drivers of the devices a guest may be given. What a kernel has built in, or lacks, is passed over.
_MODULES = (
    *("virtio_pci", "virtio_mmio", "virtio_blk", "virtio_scsi", "virtio_net", "virtio_console"),
    *("virtio_balloon", "virtio_rng", "virtio_input", "virtio_mem", "virtio_gpu", "virtio_pmem"),
    *("virtiofs", "9pnet_virtio", "9p", "vmw_vsock_virtio_transport"),
    *("button", "evdev", "pvpanic_pci", "pvpanic_mmio", "qemu_fw_cfg", "i6300esb", "iTCO_wdt"),
    *("sd_mod", "sr_mod", "ata_piix", "ata_generic", "ahci", "isofs", "vfat", "nls_ascii"),
    *("e1000", "e1000e", "xhci_pci", "ehci_pci", "uhci_hcd", "usb_storage", "usbhid", "hid_generic"),
)


@dataclass(frozen=True, slots=True)
class GuestImage:
    """What a virtual machine needs to boot the small guest directly."""

    kernel: Path
    initrd: Path
    cmdline: str
    agent: bool
    """Whether the guest agent is inside."""


def build(cache: Path, report: Callable[[str], None] = lambda _text: None) -> GuestImage:
    """The small guest's files below `cache`, built now unless an earlier build of the same recipe is there.

    `report` is told in a few words what takes time. Raises PackageError when this machine can neither
    fetch nor already has what the guest is made of.
    """
    cache = cache.resolve()
    with locked(cache):
        busybox = _busybox()
        recipe = _recipe(busybox)
        stamp = cache / "guest.json"
        earlier = _earlier(stamp, recipe)
        if earlier is not None:
            return earlier
        packages = PackageCache(cache / "packages")
        kernel_tree = packages.tree(_kernel_package(packages, report))
        agent_files = _agent_files(packages, report)
        report("building the initramfs")
        for outdated in cache.glob("initrd-*.cpio"):
            outdated.unlink()
        image = GuestImage(
            kernel=_kernel_file(kernel_tree),
            initrd=cache / f"initrd-{recipe[:16]}.cpio",
            cmdline=_CMDLINE,
            agent=bool(agent_files),
        )
        image.initrd.write_bytes(_archive(busybox, kernel_tree, agent_files))
        # The stamp comes last: a build that was cut short is not taken for a finished one.
        stamp.write_text(json.dumps({"recipe": recipe, **asdict(image)}, default=str))
        return image


def _recipe(busybox: Path) -> str:
    """What the build depends on, besides the packages: this code, the guest's own files, busybox."""
    digest = hashlib.sha256()
    builders = [_HERE / f"{name}.py" for name in ("agent", "cpio", "guest", "kmods")]
    for path in (*builders, *_rootfs(), busybox):
        digest.update(f"{path.name}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _rootfs() -> list[Path]:
    return sorted(path for path in _ROOTFS.rglob("*") if path.is_file())


def _earlier(stamp: Path, recipe: str) -> GuestImage | None:
    try:
        held = json.loads(stamp.read_text())
    except (OSError, ValueError):
        return None
    if held.get("recipe") != recipe:
        return None
    image = GuestImage(Path(held["kernel"]), Path(held["initrd"]), held["cmdline"], held["agent"])
    return image if image.kernel.exists() and image.initrd.exists() else None


def _busybox() -> Path:
    found = shutil.which("busybox")
    if found is None:
        raise PackageError("busybox is not on this machine; install busybox-static")
    path = Path(found).resolve()
    # The guest gets no libraries for it: a static program names no dynamic loader.
    if b"/ld-linux" in path.read_bytes()[:4096]:
        raise PackageError(f"{path} is not statically linked; install busybox-static")
    return path


def _kernel_package(packages: PackageCache, report: Callable[[str], None]) -> str:
    earlier = packages.cached("linux-image-*")
    if earlier:
        return earlier[0]
    packages.refresh()
    failures = []
    for general in _KERNELS:
        try:
            name = next((name for name in packages.dependencies(general) if name.startswith("linux-image-")), general)
            report(f"fetching the kernel package {name}")
            packages.tree(name)
        except PackageError as failure:
            failures.append(f"{general}: {failure}")
        else:
            return name
    raise PackageError(f"no kernel can be fetched: {'; '.join(failures)}")


def _kernel_file(kernel_tree: Path) -> Path:
    found = sorted(kernel_tree.glob("boot/vmlinuz-*"))
    if not found:
        raise PackageError(f"the kernel package in {kernel_tree} holds no kernel; remove that folder and retry")
    return found[-1]


def _agent_files(packages: PackageCache, report: Callable[[str], None]) -> dict[str, Path]:
    try:
        if not packages.cached(agent.PACKAGE):
            report(f"fetching {agent.PACKAGE} and its libraries")
        return agent.files(packages)
    except PackageError as failure:
        report(f"the guest will have no agent: {failure}")
        return {}


def _archive(busybox: Path, kernel_tree: Path, agent_files: dict[str, Path]) -> bytes:
    archive = Archive()
    for folder in ("dev", "proc", "sys", "run", "tmp", "mnt", "root", "var"):
        archive.directory(folder)
    archive.symlink("var/run", "/run")
    for path in _rootfs():
        content = path.read_bytes()
        archive.file(str(path.relative_to(_ROOTFS)), content, 0o755 if content.startswith(b"#!") else 0o644)
    _add_busybox(archive, busybox)
    _add_modules(archive, kernel_tree)
    for where, source in agent_files.items():
        archive.file(where, source.read_bytes(), 0o755)
    return archive.build()


def _add_busybox(archive: Archive, busybox: Path) -> None:
    listing = subprocess.run([str(busybox), "--list-full"], capture_output=True, text=True, check=True).stdout
    archive.file("bin/busybox", busybox.read_bytes(), 0o755)
    for path in listing.split():
        # Our own scripts replace the applets of the same name.
        if path not in archive:
            archive.symlink(path, "/bin/busybox")


def _add_modules(archive: Archive, kernel_tree: Path) -> None:
    # /lib in older packages, /usr/lib in newer ones
    folders = [*kernel_tree.glob("lib/modules/*"), *kernel_tree.glob("usr/lib/modules/*")]
    modules = kmods.closure(kmods.index(folders[0]), _MODULES) if folders else []
    release = _kernel_file(kernel_tree).name.removeprefix("vmlinuz-")
    home = f"lib/modules/{release}"
    for module in modules:
        archive.file(f"{home}/{module.name}.ko", module.image)
    archive.file(f"{home}/modules.dep", kmods.dependency_table(modules).encode())
    archive.file(f"{home}/modules.alias", kmods.alias_table(modules).encode())
