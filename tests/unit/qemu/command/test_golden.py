# SPDX-License-Identifier: Apache-2.0
"""Command lines of small documents for a made-up QEMU: one option for each thing a document may say."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any, Final

import pytest

from manor.drivers.interface import DriverContext
from manor.drivers.qemu import native
from manor.drivers.qemu.caps import AccelCaps, CpuModel, MachineType, QemuCaps, SevCaps
from manor.drivers.qemu.paths import DriverPaths
from manor.errors import ErrorNumber, ManorError
from manor.schema.common.encryption import SecretReference
from manor.schema.domain import Domain

PC: Final = MachineType("pc-i440fx-7.2", alias="pc", cpu_max=255, is_default=True, default_ram_id="pc.ram")
TYPES: Final = frozenset({"piix3-usb-uhci", "thread-context", "virtio-scsi-pci", "lsi", "usb-ehci"})
PATHS: Final = DriverPaths(DriverContext.below(Path("/r"), privileged=True))
UUID: Final = "0a81f5b2-8403-7b23-c8d6-21ccc2f80d6f"


def make() -> QemuCaps:
    tcg = AccelCaps(machines=(PC,), cpus=(CpuModel("qemu64", typename="qemu64-x86_64-cpu", blockers=()),))
    return QemuCaps(
        path="/usr/bin/qemu-system-x86_64",
        arch="x86_64",
        version=(7, 2, 22),
        package="",
        commands=frozenset(),
        types=TYPES,
        props={"virtio-blk-pci": frozenset({"scsi"})},
        options={},
        accels={"qemu": tcg},
        sev=SevCaps(pdh="", cert_chain="", cbitpos=47, reduced_phys_bits=1),
    )


def document(devices: str = "", rest: str = "") -> Domain:
    return Domain.parse(f"""
        <domain type='qemu' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>
          <name>g</name><uuid>{UUID}</uuid><memory unit='MiB'>64</memory>
          <os><type arch='x86_64' machine='pc'>hvm</type></os>{rest}
          <devices><memballoon model='none'/><controller type='usb' model='none'/>{devices}</devices>
        </domain>""")


async def _secret(reference: SecretReference, usage: str) -> bytes:
    if reference.uuid != UUID:
        raise ManorError(ErrorNumber.NO_SECRET, 0, "no such secret")  # type: ignore[arg-type]
    return usage.encode()


async def command(devices: str = "", rest: str = "") -> list[str]:
    """The options of a document, JSON without what is encrypted."""
    line = await native.translate(document(devices, rest), make(), PATHS, _secret)
    return [" ".join(_plain(word) for word in option) for option in _options(line.argv[1:])]


def _options(words: list[str]) -> list[list[str]]:
    result: list[list[str]] = []
    for word in words:
        if word.startswith("-"):
            result.append([])
        result[-1].append(word)
    return result


def _plain(word: str) -> str:
    if not word.startswith("{"):
        return word
    props: dict[str, Any] = json.loads(word)
    kept = {key: value for key, value in props.items() if key not in ("data", "iv", "keyid", "format")}
    return json.dumps(kept, separators=(",", ":"))


DISK: Final = "<target dev='vda' bus='virtio'/>"

CASES: Final = {
    "an encrypted image has its secret before it": (
        f"""<disk type='file' device='disk'>
        <source file='/i'><slices><slice type='storage' offset='1' size='2'/></slices>
        <encryption format='luks'><secret type='passphrase' uuid='{UUID}'/></encryption></source>{DISK}</disk>""",
        "",
        [
            '-object {"qom-type":"secret","id":"libvirt-1-format-encryption-secret0"}',
            '-blockdev {"driver":"file","filename":"/i","node-name":"libvirt-1-storage","auto-read-only":true,'
            '"discard":"unmap"}',
            '-blockdev {"driver":"raw","node-name":"libvirt-1-slice-sto","offset":1,"size":2,'
            '"file":"libvirt-1-storage","auto-read-only":true,"discard":"unmap"}',
            '-blockdev {"node-name":"libvirt-1-format","read-only":false,"driver":"luks",'
            '"key-secret":"libvirt-1-format-encryption-secret0","file":"libvirt-1-slice-sto"}',
        ],
    ),
    "a server asks for a key": (
        f"""<disk type='network' device='disk'><source protocol='rbd' name='p/i'><host name='h'/>
        <auth username='u'><secret type='ceph' uuid='{UUID}'/></auth></source>{DISK}</disk>""",
        "",
        [
            '-object {"qom-type":"secret","id":"libvirt-1-storage-auth-secret0"}',
            '-blockdev {"driver":"rbd","pool":"p","image":"i","server":[{"host":"h","port":"6789"}],"user":"u",'
            '"auth-client-required":["cephx","none"],"key-secret":"libvirt-1-storage-auth-secret0",'
            '"node-name":"libvirt-1-storage","auto-read-only":true,"discard":"unmap"}',
        ],
    ),
    "a place on PCI has an index and a ROM": (
        """<hostdev mode='subsystem' type='pci'><source><address domain='0' bus='6' slot='0x12' function='5'/></source>
        <rom bar='off' file='/rom'/><acpi index='7'/></hostdev>""",
        "",
        [
            '-device {"driver":"vfio-pci","host":"0000:06:12.5","id":"hostdev0","bus":"pci.0","addr":"0x2",'
            '"acpi-index":7,"rombar":0,"romfile":"/rom"}',
        ],
    ),
    "a SCSI device of an iSCSI server is passed through": (
        f"""<controller type='scsi' index='0' model='virtio-scsi'/><hostdev mode='subsystem' type='scsi'>
        <source protocol='iscsi' name='iqn.x:y/3'><host name='h' port='1'/>
        <auth username='u'><secret type='iscsi' uuid='{UUID}'/></auth></source></hostdev>""",
        "",
        [
            '-object {"qom-type":"secret","id":"hostdev0-secret0"}',
            '-blockdev {"driver":"iscsi","portal":"h:1","target":"iqn.x:y","lun":3,"transport":"tcp","user":"u",'
            '"password-secret":"hostdev0-secret0","node-name":"libvirt-1-backend","read-only":false}',
            '-device {"driver":"scsi-generic","drive":"libvirt-1-backend","id":"hostdev0","bus":"scsi0.0","channel":0,'
            '"scsi-id":0,"lun":0}',
        ],
    ),
    "a mediated device with a frame buffer of the firmware's cannot be plugged": (
        f"""<hostdev mode='subsystem' type='mdev' model='vfio-pci' display='on' ramfb='on'>
        <source><address uuid='{UUID}'/></source></hostdev>
        <graphics type='vnc'/><video><model type='none'/></video>""",
        "",
        [
            '-device {"driver":"vfio-pci-nohotplug","id":"hostdev0",'
            f'"sysfsdev":"/sys/bus/mdev/devices/{UUID}","display":"on","ramfb":true,"bus":"pci.0","addr":"0x2"}}',
        ],
    ),
    "huge pages are allocated from their node": (
        "",
        """<memoryBacking><hugepages/></memoryBacking>
        <numatune><memory mode='strict' nodeset='0-1'/></numatune>""",
        [
            '-object {"qom-type":"thread-context","id":"tc-pc.ram","node-affinity":[0,1]}',
            '-object {"qom-type":"memory-backend-file","id":"pc.ram","mem-path":"/dev/hugepages/libvirt/qemu/-1-g",'
            '"x-use-canonical-path-for-ramblock-id":false,"prealloc":true,"size":67108864,"host-nodes":[0,1],'
            '"policy":"bind","prealloc-context":"tc-pc.ram"}',
        ],
    ),
    "nodes say how fast they reach memory": (
        "",
        """<cpu><numa><cell id='0' cpus='0' memory='32' unit='MiB'>
        <cache level='1' associativity='direct' policy='writeback'>
        <size value='10' unit='KiB'/><line value='8' unit='B'/></cache></cell>
        <cell id='1' memory='32' unit='MiB'/><interconnects>
        <latency initiator='0' target='1' type='access' value='5'/>
        <bandwidth initiator='0' target='0' cache='1' type='read' value='204800' unit='KiB'/>
        </interconnects></numa></cpu>""",
        [
            "-numa node,nodeid=1,initiator=0,memdev=ram-node1",
            "-numa hmat-lb,initiator=0,target=1,hierarchy=memory,data-type=access-latency,latency=5",
            "-numa hmat-lb,initiator=0,target=0,hierarchy=first-level,data-type=read-bandwidth,bandwidth=204800K",
            "-numa hmat-cache,node-id=0,size=10K,level=1,associativity=direct,policy=write-back,line=8",
        ],
    ),
    "a guest's memory is kept from the host": (
        "",
        "<launchSecurity type='sev'><cbitpos>47</cbitpos><reducedPhysBits>1</reducedPhysBits><policy>0x1</policy>"
        "<session>abc</session></launchSecurity>",
        [
            "-machine pc-i440fx-7.2,usb=off,dump-guest-core=off,memory-backend=pc.ram,confidential-guest-support=lsec0",
            '-object {"qom-type":"sev-guest","id":"lsec0","cbitpos":47,"reduced-phys-bits":1,"policy":1,'
            f'"session-file":"{PATHS.guest(-1, "g").folder}/session.base64"}}',
        ],
    ),
    "deprecated interfaces are refused": (
        "",
        "<qemu:deprecation behavior='reject'/>",
        ["-compat deprecated-output=hide,deprecated-input=reject"],
    ),
    "the user's own words come as they are": (
        "",
        "<qemu:commandline><qemu:arg value='-foo'/><qemu:arg value='b a,r'/></qemu:commandline>",
        ["-foo b a,r"],
    ),
}


@pytest.mark.parametrize("case", CASES)
async def test_options(case: str) -> None:
    devices, rest, wanted = CASES[case]
    got = await command(devices, rest)
    places = [got.index(option) if option in got else -1 for option in wanted]
    assert -1 not in places, (wanted[places.index(-1)], got)
    assert places == sorted(places)


async def test_a_disk_that_shares_what_is_below_is_plugged_later() -> None:
    got = await command(
        f"<disk type='file' device='disk'><source file='/i'/>{DISK}<transient shareBacking='yes'/></disk>"
    )
    assert not any("blockdev" in option or "virtio-blk" in option for option in got)


async def test_a_secret_nobody_has() -> None:
    other = UUID.replace("0a81", "ffff")
    disk = f"""<disk type='file' device='disk'><source file='/i'/>{DISK}
    <encryption format='luks'><secret type='passphrase' uuid='{other}'/></encryption></disk>"""
    with pytest.raises(ManorError) as refusal:
        await command(disk)
    assert refusal.value.code == ErrorNumber.NO_SECRET


async def test_a_usb_device_must_have_been_found() -> None:
    given = document(
        """<hostdev mode='subsystem' type='usb'>
        <source><vendor id='0x1234'/><product id='0x5678'/></source></hostdev>"""
    )
    assert given.devices is not None
    given.devices.controllers = []
    with pytest.raises(ManorError, match="USB host device is missing bus/device information"):
        await native.translate(given, make(), PATHS, _secret)


async def test_a_line_for_shells() -> None:
    line = await native.translate(document(), make(), PATHS, _secret)
    words = shlex.split(line.shell_line())
    assert words[0] == "LC_ALL=C" and "/usr/bin/qemu-system-x86_64" in words
    assert words[-2:] == ["-msg", "timestamp=on"]
