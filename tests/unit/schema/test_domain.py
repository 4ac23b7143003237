# SPDX-License-Identifier: Apache-2.0
"""Details of the domain document that its whole documents do not show."""

from __future__ import annotations

import pytest

from manor.errors import ManorError
from manor.schema.common.address import Address, DriveAddress, PciAddress
from manor.schema.common.storage import FileSource, NetworkSource
from manor.schema.core import DocumentError, Format
from manor.schema.domain import Domain
from manor.schema.domain.chardev import ChardevSource, Serial
from manor.schema.domain.devices import Devices, MemoryDevice, RedirFilter, parse_device
from manor.schema.domain.disk import Disk, DiskTarget
from manor.schema.domain.graphics import Graphics
from manor.schema.domain.interface import Interface


class TestDevices:
    @pytest.mark.parametrize(
        ("xml", "cls"),
        [
            ("<disk type='file'/>", Disk),
            ("<interface type='user'/>", Interface),
            ("<memory model='dimm'><target><size>1</size></target></memory>", MemoryDevice),
        ],
    )
    def test_a_device_alone_is_read_by_its_tag(self, xml: str, cls: type[object]) -> None:
        assert type(parse_device(xml)) is cls

    # As libvirt 9.0.0 answers virsh attach-device.
    @pytest.mark.parametrize(
        ("xml", "message"),
        [
            ("<foo/>", "unsupported configuration: unknown device type 'foo'"),
            ("<emulator>x</emulator>", "unsupported configuration: unknown device type 'emulator'"),
            ("<redirfilter/>", "unsupported configuration: unknown device type 'redirfilter'"),
            ("<domain/>", "unsupported configuration: unknown device type 'domain'"),
            ('<disk type="x"/>', "XML error: Invalid value for attribute 'type' in element 'disk': 'x'."),
            ("<disk><address type='x'/></disk>", "unsupported configuration: unknown address type 'x'"),
            ("<memory/>", "XML error: Missing required attribute 'model' in element 'memory'"),
            ("<input/>", "internal error: missing input device type"),
            ("<disk\n", "(device_definition):2: Couldn't find end of Start Tag disk line 1\n(null)\n^"),
        ],
    )
    def test_what_is_no_device(self, xml: str, message: str) -> None:
        with pytest.raises(ManorError) as caught:
            parse_device(xml)
        assert caught.value.message == message

    def test_single_devices_are_single(self) -> None:
        with pytest.raises(DocumentError, match="only a single memory balloon device is supported"):
            Devices.parse("<devices><memballoon model='virtio'/><memballoon model='virtio'/></devices>")

    def test_redirection_filters(self) -> None:
        text = "<redirfilter>\n  <usbdev class='0x08' vendor='0x15E1' allow='yes'/>\n</redirfilter>\n"
        given = "<redirfilter><usbdev class='8' vendor='0x15e1' product='-1' allow='yes'/></redirfilter>"
        assert RedirFilter.parse(given).format() == text


class TestDisks:
    def test_built_by_hand(self) -> None:
        disk = Disk(
            type="file",
            device="disk",
            source=FileSource(file="/a'b"),
            target=DiskTarget(dev="vda", bus="virtio"),
            readonly=True,
            address=PciAddress(domain=0, bus=0, slot=4, function=0),
        )
        assert disk.format() == (
            "<disk type='file' device='disk'>\n"
            "  <source file='/a&apos;b'/>\n"
            "  <target dev='vda' bus='virtio'/>\n"
            "  <readonly/>\n"
            "  <address type='pci' domain='0x0000' bus='0x00' slot='0x04' function='0x0'/>\n"
            "</disk>\n"
        )

    def test_the_type_decides_what_a_source_is(self) -> None:
        disk = Disk.parse(
            "<disk type='network'><source protocol='nbd' file='/dropped'><host name='h'/></source></disk>"
        )
        assert isinstance(disk.source, NetworkSource)
        assert disk.source.hosts[0].name == "h"
        assert "dropped" not in disk.format()
        assert isinstance(Disk.parse("<disk><source file='/a'/></disk>").source, FileSource)

    def test_a_backing_chain(self) -> None:
        text = (
            "<disk type='file'>\n  <source file='/a'/>\n  <backingStore type='file'>\n    <format type='raw'/>\n"
            "    <source file='/b'/>\n    <backingStore/>\n  </backingStore>\n</disk>\n"
        )
        assert Disk.parse(text).format() == text


class TestAddresses:
    @pytest.mark.parametrize(
        ("given", "written"),
        [
            ("type='pci' bus='10' slot='010'", "<address type='pci' bus='0x0a' slot='0x08'/>\n"),
            ("type='drive' unit='2'", "<address type='drive' unit='2'/>\n"),
            ("type='isa' iobase='0x3f8' irq='4'", "<address type='isa' iobase='0x3f8' irq='0x4'/>\n"),
            ("type='dimm' base='4294967296'", "<address type='dimm' base='0x100000000'/>\n"),
            ("type='unassigned'", "<address type='unassigned'/>\n"),
        ],
    )
    def test_numbers_in_any_base(self, given: str, written: str) -> None:
        assert Address.parse(f"<address {given}/>").format() == written

    def test_isinstance_narrows(self) -> None:
        address = Address.parse("<address type='drive' unit='2'/>")
        assert isinstance(address, DriveAddress)
        assert (address.type, address.unit) == ("drive", 2)


class TestInactiveXml:
    def test_terminals_are_chosen_at_start(self) -> None:
        serial = Serial(type="pty", sources=[ChardevSource(path="/dev/pts/1")])
        assert "/dev/pts/1" in serial.format()
        assert serial.format(Format.INACTIVE) == "<serial type='pty'/>\n"
        assert "/f" in Serial(type="file", sources=[ChardevSource(path="/f")]).format(Format.INACTIVE)

    def test_automatic_ports_are_chosen_at_start(self) -> None:
        vnc = Graphics(type="vnc", port=5901, autoport=True, websocket=5700, websocket_generated=True)
        assert vnc.format(Format.INACTIVE) == "<graphics type='vnc' port='-1' autoport='yes' websocket='-1'/>\n"
        spice = Graphics(type="spice", port=5902, tls_port=5903, autoport=True)
        assert spice.format(Format.INACTIVE) == "<graphics type='spice' autoport='yes'/>\n"
        fixed = Graphics(type="vnc", port=5901, autoport=False)
        assert fixed.format(Format.INACTIVE) == fixed.format()


class TestTestNamespace:
    def test_read_and_never_shown(self) -> None:
        domain = Domain.parse(
            "<domain type='test' xmlns:t='http://libvirt.org/schemas/domain/test/1.0'><name>x</name>"
            "<t:runstate>3</t:runstate><t:transient/></domain>"
        )
        assert (domain.test_runstate, domain.test_transient, domain.test_hasmanagedsave) == (3, True, False)
        assert domain.format() == "<domain type='test'>\n  <name>x</name>\n</domain>\n"
