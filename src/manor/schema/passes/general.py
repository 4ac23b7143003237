# SPDX-License-Identifier: Apache-2.0
"""Identity, boot, lifecycle, clock, features: what a document says of the guest as a whole, devices aside."""

from __future__ import annotations

import re
from typing import Final
from uuid import UUID, uuid4

from manor.errors import ErrorNumber
from manor.schema.common import metadata
from manor.schema.common.security import SecurityLabel
from manor.schema.common.storage import FileSource
from manor.schema.domain import Domain
from manor.schema.domain.clock import Clock
from manor.schema.domain.os import Architecture, FirmwareFeature, Os, Sysinfo
from manor.schema.passes.order import iterate
from manor.schema.passes.report import detail, error, internal, missing_attribute, unsupported, xml_error
from manor.schema.passes.storage import complete_source

_BOOT_DEVICES: Final = 4
"""How many boot devices count; libvirt leaves the others out."""

_BIOS_DATE: Final = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{2}|[0-9]{4})")
_BIOS: Final = frozenset({"vendor", "version", "date", "release"})
_SYSTEM: Final = frozenset({"manufacturer", "product", "version", "serial", "uuid", "sku", "family"})
_BOARD: Final = frozenset({"manufacturer", "product", "version", "serial", "asset", "location"})
_CHASSIS: Final = frozenset({"manufacturer", "version", "serial", "asset", "sku"})


def identity(domain: Domain) -> None:
    """Name, UUID and generation id, made where they are missing; metadata as libvirt keeps it."""
    if not domain.name:
        raise error(ErrorNumber.NO_NAME)
    if "/" in domain.name:
        raise xml_error(f"name {domain.name} cannot contain '/'")
    if domain.title is not None and "\n" in domain.title:
        raise xml_error("Domain title can't contain newlines")
    domain.uuid = domain.uuid or str(uuid4())
    if domain.genid is not None and domain.genid.value is None:
        domain.genid.value = str(uuid4())
    if domain.metadata is not None:
        domain.metadata = metadata.tidied(domain.metadata)


def forget_runtime(domain: Domain) -> None:
    """Drop what only a running guest has, but for what other passes drop with the devices they complete."""
    domain.id = None
    for label in domain.seclabels:
        label.imagelabel = None
    if domain.cputune is not None:
        for cache in domain.cputune.cachetunes:
            cache.id = None
        for bandwidth in domain.cputune.memorytunes:
            bandwidth.id = None


def settings(domain: Domain) -> None:
    """Smaller settings: event counters, key wrapping, id maps, security labels, confidential computing."""
    if domain.perf is not None:
        seen: set[str] = set()
        for event in domain.perf.events:
            if event.name is None:
                raise missing_attribute("event", "name")
            if event.enabled is None:
                raise missing_attribute("event", "enabled")
            if event.name in seen:
                raise xml_error(f"perf event '{event.name}' was already specified")
            seen.add(event.name)
    _idmap(domain)
    _keywrap(domain)
    launch = domain.launch_security
    if launch is not None:
        if launch.type is None:
            raise missing_attribute("launchSecurity", "type")
        if launch.type == "sev" and launch.policy is None:
            raise xml_error("failed to get launch security policy")


def _idmap(domain: Domain) -> None:
    item = domain.idmap
    if item is None or not (item.uids or item.gids):
        return
    for ids in (item.uids, item.gids):
        ids.sort(key=lambda entry: entry.start or 0)
        if ids and ids[0].start != 0:
            raise unsupported("You must map the root user of container")
    if not (item.uids and item.gids):
        raise unsupported("uid and gid should be mapped both")


def _keywrap(domain: Domain) -> None:
    if domain.keywrap is None:
        return
    seen: set[str | None] = set()
    for cipher in domain.keywrap.ciphers:
        if cipher.name in seen:
            raise internal(f"A domain definition can have no more than one cipher node with name {cipher.name}")
        seen.add(cipher.name)


def security_labels(domain: Domain, default: str | None) -> None:
    """Security labels, one of a model. The only one may leave it out and mean the host's `default`, if there is one."""
    labels = domain.seclabels
    if default is not None and len(labels) == 1 and not labels[0].model:
        domain.seclabels = [_label_of_default(labels[0], default)]
        return
    kept: list[SecurityLabel] = []
    models: set[str] = set()
    for label in labels:
        if not label.model and len(labels) > 1:
            raise xml_error("missing security model when using multiple labels")
        if label.type is None:
            continue
        _check_label(label)
        if label.model is not None:
            if label.model in models:
                raise detail(f"seclabel for model {label.model} is already provided")
            models.add(label.model)
        kept.append(label)
    domain.seclabels = kept


def _label_of_default(label: SecurityLabel, model: str) -> SecurityLabel:
    """What is meant by a label whose model is the host's. Without a security driver there is nothing to label."""
    if label.type is None or label.label:
        raise xml_error("missing security model in domain seclabel")
    _check_label(label)
    return SecurityLabel(type="none", model=model)


def _check_label(label: SecurityLabel) -> None:
    if label.type == "none":
        if label.relabel:
            raise unsupported("resource relabeling is not compatible with 'none' label type")
        label.relabel = None
        return
    if label.type == "dynamic":
        if label.relabel is False:
            raise unsupported("dynamic label type must use resource relabeling")
        label.label = None
    elif not label.label:
        raise xml_error("security label is missing")
    if label.relabel is None:
        label.relabel = label.type == "dynamic"


def operating_system(domain: Domain, architecture: Architecture) -> Os:
    """What runs in the guest; there must be something. Firmware as far as it does not depend on the hypervisor."""
    os = domain.os
    if os is None or os.type is None or os.type.value is None:
        if domain.bootloader is None or os is None:
            raise xml_error("an os <type> must be specified")
        return os
    os.type.arch = os.type.arch or architecture
    os.type.machine = os.type.machine or None
    if os.type.value == "exe" and not os.init:
        raise xml_error("init binary must be specified")
    if os.type.value != "exe":
        os.init = os.initdir = os.inituser = os.initgroup = None
        os.initargs = []
        os.initenvs = []
    _firmware(os)
    if os.acpi is not None:
        if len(os.acpi.tables) > 1:
            raise xml_error("Only one acpi table is supported")
        for table in os.acpi.tables:
            if table.type is None:
                raise xml_error("Missing acpi table type")
    nvram = os.nvram
    if nvram is not None and nvram.source is not None:
        complete_source(nvram.source)
        if isinstance(nvram.source, FileSource) and not nvram.source.file:
            nvram.source = nvram.value = None
    return os


def _firmware(os: Os) -> None:
    features = os.firmware.features if os.firmware is not None else []
    enrolled = any(feature.name == "enrolled-keys" and feature.enabled for feature in features)
    if enrolled and all(feature.name != "secure-boot" for feature in features):
        features.append(FirmwareFeature(name="secure-boot", enabled=True))
    loader = os.loader
    if loader is not None and os.firmware_type is None and loader.value:
        loader.type = loader.type or "rom"
    if os.bootmenu is not None:
        if not os.bootmenu.enable:
            os.bootmenu.timeout = None
        elif os.bootmenu.timeout is not None and os.bootmenu.timeout > 0xFFFF:
            raise unsupported("invalid value for boot menu timeout, must be in range [0,65535]")
    if os.bios is not None and os.bios.reboot_timeout is not None and not -1 <= os.bios.reboot_timeout <= 0xFFFF:
        raise unsupported("invalid value for rebootTimeout, must be in range [-1,65535]")


def boot(domain: Domain) -> None:
    """The boot order: of devices, or of kinds of devices, by default the first hard disk."""
    os = domain.os
    if os is None or os.type is None or os.type.value != "hvm" or domain.bootloader is not None:
        return
    orders: set[int] = set()
    for device in iterate(domain.devices) if domain.devices is not None else ():
        if device.boot is None or device.boot.order is None:
            continue
        if device.boot.order in orders:
            raise unsupported(f"boot order '{device.boot.order}' used for more than one device")
        orders.add(device.boot.order)
    if orders and os.boots:
        raise unsupported("per-device boot elements cannot be used together with os/boot elements")
    del os.boots[_BOOT_DEVICES:]
    if not orders and not os.boots:
        os.boots = ["hd"]


def lifecycle(domain: Domain) -> None:
    """What follows power-off, reboot and crash."""
    domain.on_poweroff = domain.on_poweroff or "destroy"
    domain.on_reboot = domain.on_reboot or "restart"
    domain.on_crash = domain.on_crash or "destroy"


def clock(domain: Domain) -> None:
    """The guest's clock: UTC unless said otherwise; an offset makes it variable."""
    if domain.clock is None:
        domain.clock = Clock(offset="utc")
        return
    item = domain.clock
    item.offset = item.offset or "utc"
    if item.offset in ("utc", "localtime") and item.adjustment not in (None, "reset"):
        item.basis = "localtime" if item.offset == "localtime" else "utc"
        item.offset = "variable"
    if item.offset == "variable":
        item.basis = item.basis or "utc"
        if item.adjustment in (None, "reset"):
            item.adjustment = "0"
    elif item.offset == "timezone":
        if item.timezone is None:
            raise internal("missing 'timezone' attribute for clock with offset='timezone'")
        item.adjustment = None
    elif item.offset == "absolute" and item.start is None:
        raise internal("missing 'start' attribute for clock with offset='absolute'")
    if item.offset != "variable":
        item.basis = None
    if item.offset != "timezone":
        item.timezone = None
    if item.offset != "absolute":
        item.start = None
    for timer in item.timers:
        if not timer.frequency:
            timer.frequency = None


def features(domain: Domain) -> None:
    """Features that are modes in disguise, and parts that are off."""
    item = domain.features
    if item is None:
        return
    if item.hyperv is not None:
        item.hyperv.mode = item.hyperv.mode or "custom"
        stimer = item.hyperv.stimer
        if stimer is not None and stimer.direct is not None and not (stimer.state and stimer.direct.state):
            stimer.direct = None
    if item.smm is not None:
        item.smm.state = item.smm.state is not False
        item.smm.tseg = item.smm.tseg if item.smm.state else None
    if item.tcg is not None and not item.tcg.tb_cache:
        item.tcg = None


def sysinfo(domain: Domain) -> None:
    """SMBIOS tables and firmware configuration: only entries libvirt knows."""
    for item in domain.sysinfos:
        if item.type == "smbios":
            _smbios(domain, item)
        else:
            _fwcfg(item)


def _smbios(domain: Domain, item: Sysinfo) -> None:
    for part, known in ((item.bios, _BIOS), (item.system, _SYSTEM), (item.chassis, _CHASSIS)):
        if part is not None:
            part.entries = [entry for entry in part.entries if entry.name in known and entry.value]
    for board in item.base_boards:
        board.entries = [entry for entry in board.entries if entry.name in _BOARD and entry.value]
    item.base_boards = [board for board in item.base_boards if board.entries]
    for entry in item.bios.entries if item.bios is not None else ():
        if entry.name == "date" and not _is_bios_date(entry.value or ""):
            raise detail("Invalid BIOS 'date' format")
    for entry in item.system.entries if item.system is not None else ():
        if entry.name == "uuid":
            _check_uuid(domain, entry.value or "")


def _is_bios_date(text: str) -> bool:
    """Whether it is a date as SMBIOS has it: mm/dd/yyyy, or two digits for a year of the last century."""
    match = _BIOS_DATE.fullmatch(text)
    if match is None:
        return False
    month, day, year = (int(part) for part in match.groups())
    return 1 <= month <= 12 and 1 <= day <= 31 and (0 <= year <= 99 or 1900 <= year <= 9999)


def _check_uuid(domain: Domain, text: str) -> None:
    try:
        told = UUID(text)
    except ValueError:
        raise detail("malformed <sysinfo> uuid element") from None
    if domain.uuid is not None and told != UUID(domain.uuid):
        raise detail("UUID mismatch between <uuid> and <sysinfo>")


def _fwcfg(item: Sysinfo) -> None:
    for entry in item.entries:
        if not entry.name:
            raise xml_error("Firmware entry is missing 'name' attribute")
        if not entry.value and not entry.file:
            raise xml_error("Firmware entry must have either value or 'file' attribute")
        if entry.file:
            entry.value = None
