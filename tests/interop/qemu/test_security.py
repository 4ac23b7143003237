# SPDX-License-Identifier: Apache-2.0
"""Users, labels and owners of files: the same answers from manord and a real libvirtd, both with a user for QEMU."""

from __future__ import annotations

import os
import re
import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.interop.qemu import sides
from tests.interop.qemu.sides import Pair, Side
from tests.support.libvirtd import Libvirtd
from tests.support.manord import Manord
from tests.support.owners import STRANGER, image, owner
from tests.support.stock import missing_python, stock_python, virsh

KVM = Path("/dev/kvm")
USER, GROUP = 54321, KVM.stat().st_gid if KVM.exists() else 54322
"""libvirtd asks every emulator again and again where its user may not use KVM, which takes minutes."""

pytestmark = pytest.mark.skipif(missing_python() is not None, reason=str(missing_python()))

CASES = {
    "nothing": ("", ""),
    "dynamic": ("<seclabel type='dynamic' model='dac'/>", ""),
    "dynamic without model": ("<seclabel type='dynamic'/>", ""),
    "dynamic with base": ("<seclabel type='dynamic' model='dac'><baselabel>a:b</baselabel></seclabel>", ""),
    "static": ("<seclabel type='static' model='dac' relabel='yes'><label>+77:+78</label></seclabel>", ""),
    "static, by name": (
        "<seclabel type='static' model='dac' relabel='yes'><label>nobody:nogroup</label></seclabel>",
        "",
    ),
    "static, files as they are": ("<seclabel type='static' model='dac'><label>1234:1235</label></seclabel>", ""),
    "static, not readable": ("<seclabel type='static' model='dac'><label>+77:+78</label></seclabel>", ""),
    "no group": ("<seclabel type='static' model='dac' relabel='yes'><label>nobody</label></seclabel>", ""),
    "unknown user": ("<seclabel type='static' model='dac' relabel='yes'><label>nosuch:root</label></seclabel>", ""),
    "unknown group": ("<seclabel type='static' model='dac' relabel='yes'><label>root:nosuch</label></seclabel>", ""),
    "no label": ("<seclabel type='none' model='dac'/>", ""),
    "no label, no model": ("<seclabel type='none'/>", ""),
    "selinux": ("<seclabel type='dynamic' model='selinux'/>", ""),
    "two models": ("<seclabel type='dynamic' model='apparmor'/><seclabel type='dynamic' model='dac'/>", ""),
    "disk left alone": ("", "<seclabel model='dac' relabel='no'/>"),
    "disk of another": ("", "<seclabel model='dac' relabel='yes'><label>+79:+80</label></seclabel>"),
    "disk, unknown model": ("", "<seclabel model='foo' relabel='no'/>"),
    "disk, no model": ("", "<seclabel relabel='no'/>"),
    "disk, bad label": ("", "<seclabel model='dac' relabel='yes'><label>bad</label></seclabel>"),
    "disk against its guest": (
        "<seclabel type='static' model='dac' relabel='no'><label>+77:+78</label></seclabel>",
        "<seclabel model='dac' relabel='yes'><label>+79:+80</label></seclabel>",
    ),
}
"""By name: what is in the document, and in the source of its disk."""

BODY = r"""
import glob, os, re
connection = libvirt.open(URI)
path, name = ARGUMENTS["image"], ARGUMENTS["name"]
DOCUMENT = '''<domain type='qemu'><name>%s</name><memory unit='MiB'>32</memory>
<os><type arch='x86_64' machine='pc'>hvm</type></os><devices><disk type='file'><source file='%s'>%s</source>
<target dev='vda' bus='virtio'/></disk><memballoon model='none'/></devices>%s</domain>'''

def owner():
    found = os.stat(path)
    return [found.st_uid, found.st_gid]

def rights():
    for folder in glob.glob("/proc/[0-9]*"):
        try:
            if ("guest=%s," % name).encode() in open(folder + "/cmdline", "rb").read():
                status = dict(line.split(":", 1) for line in open(folder + "/status"))
                return [status[key].split() for key in ("Uid", "Gid", "Groups", "CapPrm", "CapEff", "NoNewPrivs")]
        except OSError:
            pass

def labels(document):
    return [" ".join(text.split()) for text in re.findall(r"<seclabel.*?(?:/>|</seclabel>)", document, re.S)]

def run(of_guest, of_disk):
    seen = {}
    try:
        domain = connection.defineXML(DOCUMENT % (name, path, of_disk, of_guest))
    except libvirt.libvirtError as error:
        return {"define": [error.get_error_domain(), error.get_error_code(), str(error)]}
    seen["defined"] = labels(domain.XMLDesc())
    try:
        domain.createWithFlags(1)
    except libvirt.libvirtError as error:
        seen["start"] = [error.get_error_domain(), error.get_error_code(), str(error)]
    else:
        seen["rights"], seen["owner"] = rights(), owner()
        seen["documents"] = [labels(domain.XMLDesc(flags)) for flags in (0, 1, 2, 8)]
        seen["labels"] = [domain.securityLabel(), domain.securityLabelList()]
        domain.destroy()
    seen["off"] = [domain.securityLabel(), domain.securityLabelList(), owner()]
    domain.undefine()
    return seen

model = connection.getSecurityModel()
models = re.findall(r"<secmodel>.*?</secmodel>", connection.getCapabilities(), re.S)
answer([model, models, {case: run(*texts) for case, texts in ARGUMENTS["cases"].items()}])
"""


@pytest.fixture(scope="module")
def users() -> Iterator[Pair]:
    """Both daemons, with the same user for QEMU, in folders anybody can get into."""
    if (reason := sides.missing()) is not None:
        pytest.skip(reason)
    folder = Path(tempfile.mkdtemp(prefix="ms-"))
    folder.chmod(0o755)
    qemu_conf = {"user": f"+{USER}", "group": f"+{GROUP}"}
    config = f"[qemu]\nuser = '+{USER}'\ngroup = '+{GROUP}'\n"
    try:
        with Libvirtd(folder / "j", qemu_conf=qemu_conf) as judge, Manord(folder / "m", config=config) as ours:
            pair = Pair(Side(judge, folder / "jf"), Side(ours, folder / "mf"))
            for side in (pair.judge, pair.ours):
                side.folder.mkdir()
            yield pair
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def answers(side: Side, mode: int) -> Any:
    path = image(side.folder, "a.img", mode)
    name = f"sec-{side.daemon.name}"
    found = stock_python(BODY, side.daemon.uri(), image=str(path), name=name, cases=CASES)
    return _masked(found, side)


def _masked(value: Any, side: Side) -> Any:
    match value:
        case str():
            text = re.sub(r"[\d-]+T[\d:.]+Z qemu-system-x86_64: ", "", side.mask(value)).replace(
                side.daemon.name, "NAME"
            )
            # libvirt has two sentences for the same, by who notices first.
            return re.sub(
                "qemu unexpectedly closed the monitor|process exited while connecting to monitor", "ENDED", text
            )
        case list():
            return [_masked(item, side) for item in value]
        case dict():
            return {key: _masked(item, side) for key, item in value.items()}
    return value


@pytest.mark.parametrize("mode", [0o600, 0o666])
def test_labels(users: Pair, mode: int) -> None:
    wanted, found = users.both(lambda side: answers(side, mode))
    assert found[:2] == wanted[:2]
    for case in CASES:
        assert found[2][case] == wanted[2][case], case
    assert wanted[2]["nothing"]["owner"] == [USER, GROUP]
    assert wanted[2]["nothing"]["rights"][0] == [str(USER)] * 4


SHARED = """\
<domain type='qemu'><name>{name}</name><memory unit='MiB'>32</memory>
<os><type arch='x86_64' machine='pc'>hvm</type></os><devices>
<disk type='file'><source file='{path}'/><target dev='vda' bus='virtio'/></disk>
<memballoon model='none'/></devices></domain>"""


def test_killed_in_the_middle_and_nothing_is_lost(users: Pair) -> None:
    """manord dies while a guest runs, and again while guests end unseen: owners are as they were in the end."""
    ours = users.ours
    uri = ours.daemon.uri()
    kept, lost = image(ours.folder, "kept.img"), image(ours.folder, "lost.img")
    for name, path in (("kept", kept), ("lost", lost)):
        virsh(uri, "create", "/dev/stdin", input=SHARED.format(name=name, path=path), check=True)
    assert owner(kept) == owner(lost) == (USER, GROUP)
    doomed = next(
        int(entry.name)
        for entry in Path("/proc").iterdir()
        if entry.name.isdecimal() and b"guest=lost," in (entry / "cmdline").read_bytes()
    )
    ours.daemon.stop_daemon(signal.SIGKILL)
    os.kill(doomed, signal.SIGKILL)
    ours.daemon.start_daemon()
    assert virsh(uri, "list", "--name").stdout.split() == ["kept"]
    assert (owner(kept), owner(lost)) == ((USER, GROUP), STRANGER)
    virsh(uri, "destroy", "kept", check=True)
    assert owner(kept) == STRANGER


def test_killed_while_guests_start(users: Pair) -> None:
    """Whatever had been given to guests that were starting is given back."""
    ours = users.ours
    uri = ours.daemon.uri()
    path = image(ours.folder, "starting.img")
    for pause in (0.01, 0.02, 0.03, 0.05, 0.08):
        script = "import libvirt, threading, time, os, signal"
        script += "\nconnection = libvirt.open(URI)"
        script += "\nthreading.Timer(ARGUMENTS['pause'], os.kill, (ARGUMENTS['pid'], 9)).start()"
        script += "\ntry: connection.createXML(ARGUMENTS['document'])\nexcept libvirt.libvirtError: pass\nanswer(0)"
        document = SHARED.format(name="starting", path=path)
        stock_python(script, uri, pause=pause, pid=ours.daemon.host_pid, document=document)
        ours.daemon.stop_daemon(signal.SIGKILL)
        ours.daemon.start_daemon()
        if virsh(uri, "list", "--name").stdout.split():
            assert owner(path) == (USER, GROUP)
            virsh(uri, "destroy", "starting", check=True)
        assert owner(path) == STRANGER
