# SPDX-License-Identifier: Apache-2.0
"""Elements in the drivers' own XML namespaces: passthrough of QEMU options, container namespaces."""

from __future__ import annotations

from typing import Final, Literal

from manor.schema.core import Element, Namespace, attr, many, one

QEMU: Final = Namespace("qemu", "http://libvirt.org/schemas/domain/qemu/1.0")
LXC: Final = Namespace("lxc", "http://libvirt.org/schemas/domain/lxc/1.0")
TEST: Final = Namespace("test", "http://libvirt.org/schemas/domain/test/1.0")


class QemuArgument(Element, tag="arg", namespace=QEMU):
    """One argument, added as it is."""

    value: str | None = attr()


class QemuEnvironment(Element, tag="env", namespace=QEMU):
    """One environment variable; without a value it is set to nothing."""

    name: str | None = attr()
    value: str | None = attr()


class QemuCommandline(Element, tag="commandline", namespace=QEMU):
    """What is added to QEMU's command line and environment."""

    args: list[QemuArgument] = many()
    envs: list[QemuEnvironment] = many()


class QemuCapabilityAdd(Element, tag="add", namespace=QEMU):
    """A capability taken for granted."""

    capability: str | None = attr()


class QemuCapabilityDel(Element, tag="del", namespace=QEMU):
    """A capability not to be used."""

    capability: str | None = attr()


class QemuCapabilities(Element, tag="capabilities", namespace=QEMU):
    """Overrides of what was found out about QEMU."""

    adds: list[QemuCapabilityAdd] = many()
    dels: list[QemuCapabilityDel] = many()


class QemuDeprecation(Element, tag="deprecation", namespace=QEMU):
    """What happens when a deprecated interface of QEMU is used."""

    behavior: Literal["none", "omit", "reject", "crash"] | None = attr()


class QemuProperty(Element, tag="property", namespace=QEMU):
    """One property of a device, set or removed."""

    name: str | None = attr()
    type: Literal["string", "signed", "unsigned", "bool", "remove"] | None = attr()
    value: str | None = attr()


class QemuFrontend(Element, tag="frontend", namespace=QEMU):
    """Properties of the device itself."""

    properties: list[QemuProperty] = many()


class QemuDeviceOverride(Element, tag="device", namespace=QEMU):
    """Overrides for the device with this alias."""

    alias: str | None = attr()
    frontend: QemuFrontend | None = one()


class QemuOverride(Element, tag="override", namespace=QEMU):
    """Overrides of device properties."""

    devices: list[QemuDeviceOverride] = many()


class LxcShare(Element, namespace=LXC):
    """Whose namespace a container shares: of a network namespace, a process or another container."""

    type: Literal["netns", "name", "pid"] | None = attr()
    value: str | None = attr()


class LxcShareNet(LxcShare, tag="sharenet"):
    """The network."""


class LxcShareIpc(LxcShare, tag="shareipc"):
    """Inter-process communication."""


class LxcShareUts(LxcShare, tag="shareuts"):
    """The host's name."""


class LxcNamespace(Element, tag="namespace", namespace=LXC):
    """The namespaces a container does not have for itself."""

    sharenet: LxcShareNet | None = one()
    shareipc: LxcShareIpc | None = one()
    shareuts: LxcShareUts | None = one()
