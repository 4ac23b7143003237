# SPDX-License-Identifier: Apache-2.0
"""The doctor's checks, on hosts made up of files."""

import io
import json
import tomllib
from pathlib import Path

import pytest

from manor.cli.doctor import Finding, Host, Verdict, checks, examine, print_findings
from manor.cli.output import Output
from manor.cli.settings import Settings
from manor.cli.shell import Shell
from manor.cli.version import HOST_PACKAGES
from tests.support import ROOT

DEBIAN = 'ID=debian\nVERSION_ID="12"\n'


def program(folder: Path, name: str, text: str = "#!/bin/sh\necho 'QEMU emulator version 9.9'\n") -> None:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(text)
    path.chmod(0o755)


@pytest.fixture
def host(tmp_path: Path) -> Host:
    """A bare x86 host of Debian."""
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/os-release").write_text(DEBIAN)
    (tmp_path / "bin").mkdir()
    host = Host(tmp_path, search=str(tmp_path / "bin"))
    host.arch = "x86_64"
    host.uid = 0
    return host


def write(host: Host, name: str, text: str = "") -> None:
    path = host.path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def only(findings: list[Finding], check: str) -> Finding:
    (finding,) = [finding for finding in findings if finding.check == check]
    return finding


def test_a_bare_host_lacks_what_guests_need(host: Host) -> None:
    findings = list(checks.qemu(host))
    assert [finding.verdict for finding in findings] == [Verdict.MISSING, Verdict.MISSING]
    assert findings[0].remedy == "apt install qemu-system-x86"
    assert findings[1].remedy == "apt install qemu-utils"


def test_as_whom_guests_run(host: Host) -> None:
    write(host, "/etc/passwd", "root:x:0:0::/root:/bin/sh\n")
    (nobody,) = checks.qemu_user(host)
    assert (nobody.verdict, nobody.remedy.split()[-1]) == (Verdict.WORSE, "manor-qemu")
    write(host, "/etc/passwd", "libvirt-qemu:x:64055:107::/:/bin/false\nmanor-qemu:x:990:990::/:/bin/false\n")
    (ours,) = checks.qemu_user(host)
    assert (ours.verdict, ours.found) == (Verdict.GOOD, "guests of the system's daemon run as manor-qemu")
    write(host, "/etc/manor/manord.toml", "[qemu]\nuser = 'root'\n")
    (root,) = checks.qemu_user(host)
    assert (root.verdict, "manord.toml says so" in root.found) == (Verdict.WORSE, True)


def test_qemus_user_needs_kvm(host: Host) -> None:
    write(host, "/etc/passwd", "manor-qemu:x:990:990::/:/bin/false\n")
    write(host, "/dev/kvm")
    number = host.path("/dev/kvm").stat().st_gid
    write(host, "/etc/group", f"kvm:x:{number}:fred\n")
    host.path("/dev/kvm").chmod(0o660)
    (out,) = checks.qemu_user(host)
    assert (out.verdict, out.remedy) == (Verdict.WORSE, "usermod -aG kvm manor-qemu, and restart manord")
    write(host, "/etc/group", f"kvm:x:{number}:fred,manor-qemu\n")
    (member,) = checks.qemu_user(host)
    assert member.verdict is Verdict.GOOD


def test_qemu_and_its_version(host: Host) -> None:
    program(host.path("bin"), "qemu-system-x86_64")
    program(host.path("bin"), "qemu-img")
    found = list(checks.qemu(host))
    assert [finding.verdict for finding in found] == [Verdict.GOOD, Verdict.GOOD]
    assert found[0].found.endswith("qemu-system-x86_64, 9.9")


def test_a_qemu_that_does_not_start(host: Host) -> None:
    program(host.path("bin"), "qemu-system-x86_64", "no program")
    assert next(iter(checks.qemu(host))).found.endswith("which does not start")


@pytest.mark.parametrize(
    ("cpuinfo", "remedy"),
    [("flags : fpu vmx", "modprobe kvm_intel"), ("flags : fpu svm", "modprobe kvm_amd"), ("flags : fpu", "firmware")],
)
def test_without_kvm_guests_are_slow(host: Host, cpuinfo: str, remedy: str) -> None:
    write(host, "/proc/cpuinfo", cpuinfo)
    (finding,) = checks.kvm(host)
    assert (finding.verdict, finding.serious) == (Verdict.WORSE, False)
    assert remedy in finding.remedy


def test_a_kvm_that_is_a_mere_file(host: Host) -> None:
    write(host, "/dev/kvm")
    (finding,) = checks.kvm(host)
    assert finding.found.startswith("/dev/kvm is there and does not work")


def test_networks(host: Host) -> None:
    findings = list(checks.networks(host))
    assert only(findings, "dnsmasq").remedy == "apt install dnsmasq-base"
    program(host.path("bin"), "dnsmasq")
    program(host.path("bin"), "nft")
    host.path("/sys/module/bridge").mkdir(parents=True)
    write(host, "/dev/net/tun")
    assert {finding.verdict for finding in checks.networks(host)} == {Verdict.GOOD}


def test_forwarding_matters_to_those_who_cannot_change_it(host: Host) -> None:
    write(host, "/proc/sys/net/ipv4/ip_forward", "0\n")
    assert only(list(checks.networks(host)), "IP forwarding").verdict is Verdict.GOOD
    host.uid = 1000
    assert only(list(checks.networks(host)), "IP forwarding").verdict is Verdict.WORSE


V1 = "".join(f"cgroup /sys/fs/cgroup/{name} cgroup rw,{name} 0 0\n" for name in ("cpu", "cpuset", "memory", "blkio"))


def test_control_groups(host: Host) -> None:
    assert next(iter(checks.cgroups(host))).found.startswith("not mounted")
    write(host, "/proc/self/mounts", "cgroup2 /sys/fs/cgroup cgroup2 rw 0 0\n")
    write(host, "/sys/fs/cgroup/cgroup.controllers", "cpu io memory")
    (finding,) = checks.cgroups(host)
    assert (finding.verdict, finding.found) == (Verdict.WORSE, "version 2 without cpuset")
    write(host, "/sys/fs/cgroup/cgroup.controllers", "cpu cpuset io memory")
    (finding,) = checks.cgroups(host)
    assert (finding.verdict, finding.found) == (Verdict.GOOD, "version 2")
    host.uid = 1000
    (finding,) = checks.cgroups(host)
    assert finding.verdict is Verdict.GOOD
    assert "yours have no limits" in finding.found


def test_control_groups_of_version_1(host: Host) -> None:
    write(host, "/proc/self/mounts", V1)
    (finding,) = checks.cgroups(host)
    assert finding.found == "version 1, read-only; guests can have no limits"
    for name in ("cpu", "cpuset", "memory", "blkio"):
        host.path(f"/sys/fs/cgroup/{name}").mkdir(parents=True)
    (finding,) = checks.cgroups(host)
    assert (finding.verdict, finding.found) == (Verdict.GOOD, "version 1")


def test_firmware_tpm_iommu_and_ssh(host: Host) -> None:
    bare = [*checks.firmware(host), *checks.tpm(host), *checks.iommu(host), *checks.remote(host)]
    assert {finding.verdict for finding in bare} == {Verdict.WORSE}
    write(host, "/usr/share/qemu/firmware/60-x.json")
    program(host.path("bin"), "swtpm")
    program(host.path("bin"), "ssh")
    host.path("/sys/kernel/iommu_groups/0").mkdir(parents=True)
    well = [*checks.firmware(host), *checks.tpm(host), *checks.iommu(host), *checks.remote(host)]
    assert {finding.verdict for finding in well} == {Verdict.GOOD}


def test_daemons(host: Host) -> None:
    (finding,) = checks.daemons(host)
    assert finding.verdict is Verdict.WORSE
    write(host, "/run/manor/manor-sock")
    (finding,) = checks.daemons(host)
    assert (finding.verdict, finding.found) == (Verdict.GOOD, "manord on /run/manor/manor-sock")


def test_an_ordinary_user(host: Host, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    host.uid = 1000
    host.groups = {"users"}
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    assert {finding.verdict for finding in checks.permissions(host)} == {Verdict.WORSE}
    host.groups = {"libvirt"}
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    assert {finding.verdict for finding in checks.permissions(host)} == {Verdict.GOOD}


@pytest.mark.parametrize(
    ("release", "family"),
    [("ID=ubuntu\nID_LIKE=debian\n", "debian"), ('ID="rhel"\n', "fedora"), ("ID=arch\n", "arch"), ("ID=odd\n", None)],
)
def test_families_of_distributions(host: Host, release: str, family: str | None) -> None:
    write(host, "/etc/os-release", release)
    assert host.family == family
    assert host.install("ssh")


def shell(stream: io.StringIO, *, as_json: bool = False) -> Shell:
    shell = Shell(Settings(), Output(stream))
    shell.out.json = as_json
    return shell


def test_findings_as_text_and_json() -> None:
    findings = [Finding("a", Verdict.GOOD, "well"), Finding("b", Verdict.MISSING, "gone", "get it")]
    stream = io.StringIO()
    print_findings(shell(stream), findings, everything=False)
    assert stream.getvalue() == "MISSING  b: gone\n         get it\n1 checks are well, 1 are not, 1 of these serious.\n"
    stream = io.StringIO()
    doctor = shell(stream, as_json=True)
    print_findings(doctor, findings, everything=False)
    doctor.out.finish(succeeded=False)
    assert json.loads(stream.getvalue())[1] == {"check": "b", "verdict": "missing", "found": "gone", "remedy": "get it"}


def test_this_host_can_be_examined() -> None:
    findings = examine()
    assert len({finding.check for finding in findings}) > 10
    assert all(finding.remedy or finding.verdict is Verdict.GOOD or finding.check == "daemon" for finding in findings)


def test_packages_are_those_of_the_extra() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = {requirement.partition(">")[0] for requirement in project["optional-dependencies"]["host"]}
    assert set(HOST_PACKAGES) == wanted
