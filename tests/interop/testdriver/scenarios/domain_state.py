# SPDX-License-Identifier: Apache-2.0
"""Saving, restoring, dumping, screens and jobs."""

from __future__ import annotations

import os
import tempfile

from tests.interop.testdriver.recorder import Recorder
from tests.interop.testdriver.scenarios.domain_lifecycle import domain_xml


def save_restore(r: Recorder) -> None:
    """To a file and back."""
    c = r.open("test:///default")
    r.watch(c)
    d = c.lookupByName("test")
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        d.save("guest.save")
        d.state()
        with open("guest.save", "rb") as stream:
            content = stream.read()
        r.note(repr(content[:30]) + str(len(content)))
        d.save("guest.save")
        c.restore("guest.save")
        d.state()
        d.ID()
        c.restore("guest.save")
        c.saveImageGetXMLDesc("guest.save", 0)
        c.saveImageGetXMLDesc("guest.save", 1)
        c.saveImageGetXMLDesc("guest.save", 2)
        c.saveImageGetXMLDesc("none.save", 0)
        changed = c._target.saveImageGetXMLDesc("guest.save", 0).replace("<name>", "<title>other</title><name>")
        c.saveImageDefineXML("guest.save", changed, 0)
        c.saveImageDefineXML("guest.save", "<domain/>", 0)
        c.saveImageDefineXML("guest.save", domain_xml(), 0)
        c.saveImageDefineXML("guest.save", changed, 1)
        c.saveImageDefineXML("guest.save", changed, 2)
        c.saveImageDefineXML("guest.save", changed, 4)
        c.saveImageDefineXML("guest.save", changed, 8)
        c.saveImageDefineXML("none.save", changed, 0)
        c.saveImageGetXMLDesc("guest.save", 0)
        d.destroy()
        c.restore("guest.save")
        d.state()
        d.XMLDesc(0)
        d.saveFlags("flags.save", None, 0)
        d.saveFlags("flags.save", changed, 0)
        c.restoreFlags("flags.save", changed, 0)
        d.saveFlags("flags.save", changed, 1)
        d.saveFlags("flags.save", changed, 2)
        d.saveFlags("flags.save", changed, 4)
        d.saveFlags("flags.save", changed, 6)
        c.restoreFlags("flags.save", None, 4)
        d.state()
        d.destroy()
        c.restoreFlags("flags.save", None, 2)
        c.restoreFlags("flags.save", None, 1)
        d.saveFlags("x.save", domain_xml(), 0)
        d.saveFlags("/dev/null/x.save", None, 0)
        d.state()
        for name, data in (
            ("short", b"Test"),
            ("magic", b"NotTheRightMagic\n" * 4),
            ("nolength", b"TestGuestMagic\0"),
            ("huge", b"TestGuestMagic\0" + b"\x7f\xff\xff\xff"),
            ("truncated", b"TestGuestMagic\0" + (100).to_bytes(4, "little") + b"<domain"),
            ("invalid", b"TestGuestMagic\0" + (9).to_bytes(4, "little") + b"<domain/>"),
        ):
            with open(name, "wb") as stream:
                stream.write(data)
            c.restore(name)
            c.saveImageGetXMLDesc(name, 0)
        c.restore("none")
        d.saveParams({"file": "p.save"}, 0)
        c.restoreParams({"file": "p.save"}, 0)
        os.chdir("/")


def managed_save(r: Recorder) -> None:
    """Saved by name."""
    c = r.open("test:///default")
    r.watch(c)
    d = c.lookupByName("test")
    d.hasManagedSaveImage(0)
    d.hasManagedSaveImage(1)
    d.managedSaveRemove(0)
    for flags in (8, 1, 2, 4, 6):
        d.managedSave(flags)
        d.state()
        d.hasManagedSaveImage(0)
        d.managedSave(0)
        d.undefine()
        d.managedSaveGetXMLDesc(0)
        d.create()
        d.state()
        d.hasManagedSaveImage(0)
    d.managedSave(0)
    d.managedSaveRemove(1)
    d.managedSaveRemove(0)
    d.hasManagedSaveImage(0)
    d.create()
    d.managedSave(0)
    d.createWithFlags(1)
    d.state()
    d.managedSave(0)
    d.undefineFlags(1)
    d.info()
    t = c.createXML(domain_xml(), 0)
    t.managedSave(0)


def dump(r: Recorder) -> None:
    """Core dumps."""
    c = r.open("test:///default")
    r.watch(c)
    d = c.lookupByName("test")
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        d.coreDump("core", 0)
        with open("core", "rb") as stream:
            r.note(repr(stream.read()))
        d.state()
        d.coreDump("/dev/null/core", 0)
        for flags in (2, 4, 8, 16, 32):
            d.coreDump("core", flags)
            d.state()
        d.coreDumpWithFormat("core", 0, 0)
        d.coreDumpWithFormat("core", 1, 0)
        d.coreDumpWithFormat("core", 9, 0)
        d.coreDump("core", 1)
        d.state()
        d.coreDump("core", 0)
        d.coreDump("core", 3)
        os.chdir("/")
    t = c.createXML(domain_xml(), 0)
    t.coreDump("/dev/null", 1)
    t.state()


def screenshot(r: Recorder) -> None:
    """The picture and its stream."""
    c = r.open("test:///default")
    d = c.lookupByName("test")

    def take(screen: int, flags: int) -> str:
        stream = c._target.newStream(0)
        mime = d._target.screenshot(stream, screen, flags)
        data = b""
        while chunk := stream.recv(65536):
            data += chunk
        stream.finish()
        import hashlib

        return f"{mime} {len(data)} {hashlib.sha256(data).hexdigest()} {data[:40]!r}"

    r.call("screenshot", take, 0, 0)
    r.call("screenshot", take, 1, 0)
    r.call("screenshot", take, 0, 1)
    d.destroy()
    r.call("screenshot", take, 0, 0)


def jobs(r: Recorder) -> None:
    """Jobs do not exist."""
    c = r.open("test:///default")
    d = c.lookupByName("test")
    d.jobInfo()
    d.jobStats()
    d.abortJob()
    d.migrateSetMaxDowntime(1, 0)
    d.openConsole(None, c.newStream(0), 0)
    d.openChannel(None, c.newStream(0), 0)
    d.openGraphicsFD(0, 0)
    d.controlInfo()
    d.controlInfo(1)
    d.destroy()
    d.controlInfo()
