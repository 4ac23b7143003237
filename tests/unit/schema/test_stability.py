# SPDX-License-Identifier: Apache-2.0
"""What may differ in a document that takes another's place, and what a guest would see; in libvirt's words."""

import pytest

from manor.errors import ErrorNumber, ManorError
from manor.schema.domain import Domain
from manor.schema.stability import check_stable

DOCUMENT = """\
<domain type='qemu'><name>g</name><uuid>8fe63bd7-8925-4400-8218-7191890ac31c</uuid>
<memory unit='KiB'>65536</memory><currentMemory unit='KiB'>65536</currentMemory><vcpu>2</vcpu>
<os><type arch='x86_64' machine='pc-i440fx-7.2'>hvm</type><boot dev='hd'/></os>
<features><acpi/></features><cpu mode='custom' match='exact'><model>qemu64</model></cpu>
<devices>
<disk type='file' device='disk'><source file='/d.qcow2'/><target dev='vda' bus='virtio'/>
<address type='pci' domain='0x0000' bus='0x00' slot='0x05' function='0x0'/></disk>
<disk type='file' device='cdrom'><target dev='hda' bus='ide'/><readonly/>
<address type='drive' controller='0' bus='0' target='0' unit='0'/></disk>
<interface type='user'><mac address='52:54:00:11:22:33'/><model type='rtl8139'/></interface>
<channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>
<graphics type='vnc' port='-1'/><memballoon model='virtio'/>
</devices></domain>"""

SEEN = [
    ("type='qemu'", "type='kvm'", "Target domain virt type kvm does not match source qemu"),
    ("<name>g<", "<name>h<", "Target domain name 'h' does not match source 'g'"),
    (
        "<memory unit='KiB'>65536",
        "<memory unit='KiB'>131072",
        "Target domain max memory 131072 does not match source 65536",
    ),
    (">2</vcpu>", ">3</vcpu>", "Target domain vCPU max 3 does not match source 2"),
    ("i440fx-7.2", "i440fx-7.1", "Target domain machine type pc-i440fx-7.1 does not match source pc-i440fx-7.2"),
    ("</os>", "<smbios mode='host'/></os>", "Target domain SMBIOS mode host does not match source none"),
    ("<acpi/>", "", "State of feature 'acpi' differs: source: 'on', destination: 'default'"),
    ("qemu64", "qemu32", "Target CPU model qemu32 does not match source qemu64"),
    ("dev='vda'", "dev='vdb'", "Target disk vdb does not match source vda"),
    ("<target dev='vda'", "<serial>x</serial><target dev='vda'", "Target disk serial x does not match source <null>"),
    ("<target dev='vda'", "<readonly/><target dev='vda'", "Target disk access mode does not match source"),
    ("slot='0x05'", "slot='0x15'", "Target device PCI address 0000:00:15.0does not match source 0000:00:05.0"),
    ("unit='0'/", "unit='1'/", "Target device drive address 0:0:1 does not match source 0:0:0"),
    ("22:33", "22:34", "Target network card mac 52:54:00:11:22:34 does not match source 52:54:00:11:22:33"),
    ("rtl8139", "e1000", "Target network card model e1000 does not match source rtl8139"),
    (
        "org.qemu",
        "org.other",
        "Target channel name org.other.guest_agent.0 does not match source org.qemu.guest_agent.0",
    ),
    ("<memballoon", "<rng model='virtio'/><memballoon", "Target domain RNG device count 1 does not match source 0"),
]


@pytest.mark.parametrize(("old", "new", "words"), SEEN, ids=[case[2] for case in SEEN])
def test_what_a_guest_sees(old: str, new: str, words: str) -> None:
    assert old in DOCUMENT
    with pytest.raises(ManorError) as refused:
        check_stable(Domain.parse(DOCUMENT), Domain.parse(DOCUMENT.replace(old, new)))
    assert refused.value.code == ErrorNumber.CONFIG_UNSUPPORTED
    assert refused.value.message == f"unsupported configuration: {words}"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("/d.qcow2", "/e.qcow2"),
        ("</name>", "</name><title>t</title>"),
        ("dev='hd'", "dev='network'"),
        ("type='vnc'", "type='spice'"),
        ("<target dev='hda'", "<source file='/x.iso'/><target dev='hda'"),
        ("<model type='rtl8139'/>", ""),
    ],
)
def test_what_only_the_host_sees(old: str, new: str) -> None:
    assert old in DOCUMENT
    check_stable(Domain.parse(DOCUMENT), Domain.parse(DOCUMENT.replace(old, new)))
