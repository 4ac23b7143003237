# SPDX-License-Identifier: Apache-2.0
"""I/O limits of disks: QEMU's block_set_io_throttle, and libvirt's checks of what clients ask for."""

from __future__ import annotations

from typing import Any, Final

from manor.constants import ErrorNumber
from manor.drivers.qemu.documents import alias_of, devices_of
from manor.drivers.qemu.guest import Running
from manor.errors import ErrorDomain, reporter
from manor.schema.domain.disk import Disk, IoTune

_error = reporter(ErrorDomain.QEMU)

LARGEST: Final = 1000000000000000
"""The most QEMU takes for any limit."""

_NAMES: Final = {
    f"{side}_{rate}_sec{end}": f"{short}{side_short}{qemu_end}"
    for end, qemu_end in (("", ""), ("_max", "_max"), ("_max_length", "_max_length"))
    for rate, short in (("bytes", "bps"), ("iops", "iops"))
    for side, side_short in (("total", ""), ("read", "_rd"), ("write", "_wr"))
}
"""libvirt's names to QEMU's: read_bytes_sec_max is bps_rd_max."""

RATES: Final = tuple(name for name in _NAMES if not name.endswith("_length"))
LENGTHS: Final = tuple(name for name in _NAMES if name.endswith("_length"))
SIZE: Final = "size_iops_sec"
LIMITS: Final = (*RATES, SIZE, *LENGTHS)


def check(tune: IoTune) -> None:
    """Refuse a total together with its parts, in any of the rates; VIR_ERR_INVALID_ARG."""
    for end in ("", "_max", "_max_length"):
        for rate in ("bytes", "iops"):
            name = f"{rate}_sec{end}"
            if getattr(tune, f"total_{name}") and (getattr(tune, f"read_{name}") or getattr(tune, f"write_{name}")):
                raise _error(ErrorNumber.INVALID_ARG, f"total and read/write of {name} cannot be set at the same time")


def check_bursts(tune: IoTune) -> None:
    """Refuse a burst without a rate, or below it; VIR_ERR_CONFIG_UNSUPPORTED."""
    for name in RATES:
        burst = getattr(tune, f"{name}_max", None) or 0
        if name.endswith("_max") or not burst:
            continue
        rate = getattr(tune, name) or 0
        if not rate:
            raise _error(ErrorNumber.CONFIG_UNSUPPORTED, f"cannot reset '{name}' when '{name}_max' is set")
        if burst < rate:
            raise _error(ErrorNumber.CONFIG_UNSUPPORTED, f"value '{name}_max' cannot be smaller than '{name}'")


def merged(known: IoTune | None, given: dict[str, Any]) -> IoTune:
    """The limits after a change. A rate that is given takes its whole group along: those not given become none."""
    tune = (known or IoTune()).copy()
    for end in ("", "_max", "_max_length"):
        for rate in ("bytes", "iops"):
            group = [f"{side}_{rate}_sec{end}" for side in ("total", "read", "write")]
            if any(name in given for name in group):
                for name in group:
                    setattr(tune, name, None)
    for name, value in given.items():
        setattr(tune, name, value or None)
    return tune


def qom_name(disk: Disk) -> str:
    """What QEMU's block commands call the device of a disk: of a virtio disk the part behind the transport."""
    virtio = disk.bus == "virtio"
    return f"/machine/peripheral/{alias_of(disk)}/virtio-backend" if virtio else alias_of(disk)


async def apply(running: Running, disk: Disk) -> None:
    """Tell QEMU the limits of a disk of the running guest."""
    tune = disk.iotune or IoTune()
    arguments: dict[str, Any] = {"id": qom_name(disk)}
    for name, qemu_name in _NAMES.items():
        value = getattr(tune, name)
        # The six rates must always be there; a length may only be told together with a burst.
        if value or not name.endswith(("_max", "_length")):
            arguments[qemu_name] = value or 0
    if tune.size_iops_sec:
        arguments["iops_size"] = tune.size_iops_sec
    if tune.group_name:
        arguments["group"] = tune.group_name
    await running.monitor.execute("block_set_io_throttle", arguments)


async def query(running: Running, disk: Disk) -> IoTune:
    """The limits QEMU has for a disk; VIR_ERR_INTERNAL_ERROR for a drive without a medium."""
    for row in await running.monitor.execute("query-block"):
        if alias_of(disk) not in str(row.get("qdev", row.get("device", ""))).split("/"):
            continue
        inserted = row.get("inserted")
        if inserted is None:
            break
        tune = IoTune(group_name=inserted.get("group"), size_iops_sec=inserted.get("iops_size"))
        for name, qemu_name in _NAMES.items():
            setattr(tune, name, inserted.get(qemu_name))
        return tune
    raise _error(ErrorNumber.INTERNAL_ERROR, "block_io_throttle inserted entry was not in expected format")


async def apply_all(running: Running) -> None:
    """Tell a QEMU that has just started the limits of its disks."""
    for disk in devices_of(running.document).disks:
        if disk.iotune is not None and disk.source is not None:
            await apply(running, disk)
