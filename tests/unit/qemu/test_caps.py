# SPDX-License-Identifier: Apache-2.0
"""Capabilities and the documents made of them, from made-up binaries."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from manor.drivers.qemu.caps import AccelCaps, CpuModel, GicCaps, HostCpu, MachineType, QemuCaps, SevCaps, SgxCaps
from manor.drivers.qemu.caps_cpu import guest_features, host_model, models
from manor.drivers.qemu.caps_domain import GuestKind, HostSide, domain_capabilities
from manor.drivers.qemu.caps_firmware import Firmware, fitting, read_descriptors
from manor.drivers.qemu.caps_guests import guests
from manor.schema import domain_capabilities as xml

Q35 = MachineType("pc-q35-7.2", alias="q35", cpu_max=288, default_cpu_type="qemu64-x86_64-cpu")
PC = MachineType("pc-i440fx-7.2", alias="pc", cpu_max=255, is_default=True)
VIRT = MachineType("virt-7.2", alias="virt", cpu_max=512)
OLD = MachineType("pc-i440fx-1.4", cpu_max=255, deprecated=True)


def make(**changes: Any) -> QemuCaps:
    tcg = AccelCaps(
        machines=(PC, Q35, OLD),
        cpus=(CpuModel("qemu64", typename="qemu64-x86_64-cpu", blockers=()), CpuModel("max", blockers=())),
    )
    values: dict[str, Any] = {
        "path": "/usr/bin/qemu-system-x86_64",
        "arch": "x86_64",
        "version": (7, 2, 22),
        "package": "",
        "commands": frozenset({"query-vnc"}),
        "types": frozenset(),
        "props": {"virtio-blk-pci": frozenset({"iothread"})},
        "options": {"sandbox": frozenset({"spawn"})},
        "accels": {"qemu": tcg},
    }
    return QemuCaps(**{**values, **changes})


def kind(caps: QemuCaps, machine: MachineType = Q35, virt_type: str = "qemu") -> GuestKind:
    return GuestKind(caps, caps.arch, machine, virt_type)


def enum(section: xml.Support | None, name: str) -> list[str]:
    assert section is not None
    return next(each.values for each in section.enums if each.name == name)


def test_lookups() -> None:
    caps = make()
    assert caps.virt_types == ("qemu",) and caps.supports("qemu") and not caps.supports("kvm")
    assert caps.default_machine() == "pc-i440fx-7.2" and caps.default_machine("kvm") is None
    assert caps.canonical_machine("q35") == "pc-q35-7.2" and caps.max_cpus("q35") == 288
    assert caps.default_cpu("q35") == "qemu64" and caps.default_cpu("pc") is None
    assert caps.has_prop("virtio-blk-pci", "iothread") and not caps.has_prop("vfio-pci", "iothread")
    assert caps.has_option("sandbox", "spawn") and not caps.has_option("sandbox", "x")
    assert caps.version_number == 7002022
    assert caps.serves("i686") and not caps.serves("aarch64")
    assert not caps.accepts("blockdev-add")


def test_nothing_supported() -> None:
    caps = make(accels={})
    assert caps.virt_types == () and caps.machines() == () and caps.default_machine() is None


def test_stored_and_read_again() -> None:
    caps = make(
        sev=SevCaps("pdh", "chain", 51, 1),
        accels={"kvm": AccelCaps((Q35,), host_cpu=HostCpu("host", {"sse2": True, "model-id": "x", "level": 7}))},
    )
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(caps), type=QemuCaps) == caps


def test_the_best_accelerator_stands_for_all() -> None:
    caps = make(accels={"qemu": AccelCaps((PC,)), "kvm": AccelCaps((Q35,))})
    assert caps.virt_types == ("kvm", "qemu") and caps.default_machine() == "pc-q35-7.2"
    assert caps.default_machine("qemu") == "pc-i440fx-7.2"
    (guest,) = guests({"x86_64": caps})
    assert guest.arch is not None
    assert [(m.value, m.canonical, m.max_cpus) for m in guest.arch.machines] == [
        ("pc-q35-7.2", None, 288),
        ("q35", "pc-q35-7.2", 288),
    ]
    assert [domain.type for domain in guest.arch.domains] == ["qemu", "kvm"]


def test_vcpus_are_limited_by_kvm_only_under_kvm() -> None:
    caps = make(accels={"qemu": AccelCaps((Q35,)), "kvm": AccelCaps((Q35,))})
    host = HostSide(kvm_max_vcpus=100)
    assert domain_capabilities(kind(caps, virt_type="kvm"), host).vcpu == xml.MaxVcpus(max=100)
    assert domain_capabilities(kind(caps), host).vcpu == xml.MaxVcpus(max=288)


def test_devices_follow_from_what_qemu_has() -> None:
    types = {"cirrus-vga", "tpm-crb", "usb-redir", "usb-storage", "virtio-rng-pci", "chardev-spicevmc"}
    caps = make(types=frozenset(types), tpm_types=frozenset({"passthrough", "emulator"}))
    devices = domain_capabilities(kind(caps), HostSide()).devices
    assert devices is not None
    assert enum(devices.video, "modelType") == ["cirrus", "none"]
    assert enum(devices.disk, "bus") == ["fdc", "scsi", "virtio", "usb"]
    assert enum(devices.channel, "type") == ["pty", "unix", "spicevmc"]
    assert enum(devices.tpm, "backendModel") == ["passthrough"]
    assert devices.redirdev == xml.RedirdevSupport(supported=True, enums=[xml.Enum(name="bus", values=["usb"])])
    with_swtpm = domain_capabilities(kind(caps, PC), HostSide(tpm_versions=["2.0"], vfio=True)).devices
    assert with_swtpm is not None
    assert enum(with_swtpm.tpm, "backendVersion") == ["2.0"]
    assert enum(with_swtpm.disk, "bus")[0] == "ide"
    assert enum(with_swtpm.hostdev, "pciBackend") == []


def test_vfio_needs_both_sides() -> None:
    caps = make(types=frozenset({"vfio-pci"}))
    for vfio, values in ((True, ["default", "vfio"]), (False, [])):
        devices = domain_capabilities(kind(caps), HostSide(vfio=vfio)).devices
        assert devices is not None and enum(devices.hostdev, "pciBackend") == values


def test_sev_and_sgx() -> None:
    caps = make(sev=SevCaps("pdh", "chain", 51, 1), sgx=SgxCaps(True, True, False, 2048))
    features = domain_capabilities(kind(caps), HostSide(sev_guests=(10, 400))).features
    assert features is not None and features.sev is not None and features.sgx is not None
    assert features.sev.format() == (
        "<sev supported='yes'>\n  <cbitpos>51</cbitpos>\n  <reducedPhysBits>1</reducedPhysBits>\n"
        "  <maxGuests>10</maxGuests>\n  <maxESGuests>400</maxESGuests>\n</sev>\n"
    )
    assert features.sgx.format() == (
        "<sgx supported='yes'>\n  <flc>yes</flc>\n  <sgx1>yes</sgx1>\n  <sgx2>no</sgx2>\n"
        "  <section_size unit='KiB'>2</section_size>\n</sgx>\n"
    )


def test_arm() -> None:
    tcg = AccelCaps((VIRT,), cpus=(CpuModel("cortex-a57"), CpuModel("host"), CpuModel("max")))
    gic = (GicCaps(3, emulated=True, kernel=False), GicCaps(2, emulated=True, kernel=True))
    caps = make(arch="aarch64", accels={"qemu": tcg, "kvm": tcg}, gic=gic)
    for virt_type, versions in (("qemu", ["2", "3"]), ("kvm", ["2"])):
        features = domain_capabilities(kind(caps, VIRT, virt_type), HostSide()).features
        assert features is not None and features.gic is not None and features.hyperv is None
        assert enum(features.gic, "version") == versions
    assert [known.name for known in models(caps, "aarch64", "qemu")] == ["cortex-a57", "max"]
    assert host_model(caps, "aarch64", "kvm") is None


def test_power_models_have_libvirts_names() -> None:
    tcg = AccelCaps((), cpus=(CpuModel("power9"), CpuModel("power8e"), CpuModel("970")))
    caps = make(arch="ppc64", accels={"qemu": tcg})
    assert [(known.name, known.vendor) for known in models(caps, "ppc64le", "qemu")] == [("POWER9", "IBM")]
    assert models(caps, "ppc", "qemu") == []


def test_feature_names() -> None:
    names = ["sse4.1", "pclmulqdq", "lahf-lm", "sha-ni", "no-such-feature", "level"]
    assert guest_features(names) == {"sse4.1", "pclmuldq", "lahf_lm", "sha-ni"}


def test_host_model_disables_what_blocks_it() -> None:
    props: dict[str, bool | int | str] = {
        name.replace(".", "-"): True
        for name in (
            "apic", "clflush", "cmov", "cx16", "cx8", "de", "fpu", "fxsr", "lm", "mca", "mce", "mmx", "msr", "mtrr",
            "nx", "pae", "pat", "pge", "pni", "pse", "pse36", "sep", "sse", "sse2", "syscall", "tsc", "vme",
        )
    }  # fmt: skip
    props |= {"vendor": "AuthenticAMD", "family": 15, "model": 107, "stepping": 1, "svm": False}
    tcg = AccelCaps(
        (Q35,),
        cpus=(CpuModel("kvm64", blockers=("topoext", "cmov")),),
        host_cpu=HostCpu("max", props),
    )
    found = host_model(make(accels={"qemu": tcg}), "x86_64", "qemu")
    assert found is not None and found.vendor == "AMD"
    assert found.description.model == "kvm64"
    assert found.description.required == ("vme",)
    assert found.description.disabled == ("topoext",)


FIRMWARE = """{
  "description": "test", "interface-types": ["uefi"],
  "mapping": {"device": "flash", "mode": "split",
              "executable": {"filename": "%s", "format": "raw"},
              "nvram-template": {"filename": "/vars.fd", "format": "raw"}},
  "targets": [{"architecture": "x86_64", "machines": ["pc-q35-*"]}],
  "features": ["secure-boot", "requires-smm"], "tags": []
}"""


def test_descriptors(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    vendor, admin = tmp_path / "vendor", tmp_path / "admin"
    vendor.mkdir()
    admin.mkdir()
    for name in ("60-b", "50-a", "70-hidden", "80-replaced"):
        (vendor / f"{name}.json").write_text(FIRMWARE % f"/{name}")
    (vendor / "90-bad.json").write_text("{")
    (admin / "70-hidden.json").write_text("")
    (admin / "80-replaced.json").write_text(FIRMWARE % "/mine")
    (admin / "README").write_text("")
    found = read_descriptors([vendor, admin, tmp_path / "absent"])
    assert [firmware.mapping.image for firmware in found] == ["/50-a", "/60-b", "/mine"]
    assert "90-bad.json is left out" in caplog.text
    assert fitting(found, "x86_64", "pc-q35-7.2") == found
    assert fitting(found, "x86_64", "pc-i440fx-7.2") == fitting(found, "i686", "pc-q35-7.2") == []


def test_loaders_of_descriptors_and_without(tmp_path: Path) -> None:
    image = tmp_path / "OVMF.fd"
    image.write_text("")
    firmware = [msgspec.json.decode(FIRMWARE % path, type=Firmware) for path in (image, "/absent", image)]
    host = HostSide(firmware=firmware)
    boot = domain_capabilities(kind(make()), host).os
    assert boot is not None and boot.loader is not None
    assert boot.loader.paths == [str(image)] and enum(boot, "firmware") == ["efi"]
    assert enum(boot.loader, "secure") == ["yes", "no"]
    other = domain_capabilities(replace(kind(make()), machine=PC), host).os
    assert other is not None and other.loader is not None
    assert str(image) not in other.loader.paths and enum(other, "firmware") == []
    assert enum(other.loader, "secure") == ["no"]
