# SPDX-License-Identifier: Apache-2.0
"""Devices of the host."""

from __future__ import annotations

from typing import TYPE_CHECKING

from manor.cli import lookup
from manor.cli.common import act, affect, bits, read_text
from manor.cli.document import print_document
from manor.cli.failure import CommandFailed
from manor.cli.model import command
from manor.cli.tree import draw
from manor.constants import ConnectListAllNodeDeviceFlags as Filter
from manor.constants import NodeDeviceCreateXMLFlags, NodeDeviceDefineXMLFlags, NodeDeviceXMLFlags
from manor.errors import ManorError

if TYPE_CHECKING:
    from manor.cli.args import Args
    from manor.cli.shell import Shell
    from manor.records import NodeDeviceRef

DEVICE = "<device>{nodedev}  device name, or the names of a fibre channel port as wwnn,wwpn"

CAPABILITIES = {
    "system": Filter.CAP_SYSTEM,
    "pci": Filter.CAP_PCI_DEV,
    "usb_device": Filter.CAP_USB_DEV,
    "usb": Filter.CAP_USB_INTERFACE,
    "net": Filter.CAP_NET,
    "scsi_host": Filter.CAP_SCSI_HOST,
    "scsi_target": Filter.CAP_SCSI_TARGET,
    "scsi": Filter.CAP_SCSI,
    "storage": Filter.CAP_STORAGE,
    "fc_host": Filter.CAP_FC_HOST,
    "vports": Filter.CAP_VPORTS,
    "scsi_generic": Filter.CAP_SCSI_GENERIC,
    "drm": Filter.CAP_DRM,
    "mdev_types": Filter.CAP_MDEV_TYPES,
    "mdev": Filter.CAP_MDEV,
    "ccw": Filter.CAP_CCW_DEV,
    "css": Filter.CAP_CSS_DEV,
    "vdpa": Filter.CAP_VDPA,
    "ap_card": Filter.CAP_AP_CARD,
    "ap_queue": Filter.CAP_AP_QUEUE,
    "ap_matrix": Filter.CAP_AP_MATRIX,
    "vpd": Filter.CAP_VPD,
    "ccwgroup": Filter.CAP_CCWGROUP_DEV,
}


@command(
    "nodedev-create",
    "create a device of the host described in a file",
    """
    <file>{file}  XML description of the device
    --validate  check the description against the schema
    """,
)
def nodedev_create(shell: Shell, args: Args) -> None:
    path = args.required("file")
    document = read_text(path)
    flags = bits(args, {"validate": NodeDeviceCreateXMLFlags.VALIDATE})
    with shell.failing(f"Failed to create node device from {path}"):
        made: NodeDeviceRef = shell.call("node_device_create_xml", document, flags)
    shell.out.note(f"Node device {made.name} created from {path}", name=made.name)


@command(
    "nodedev-define",
    "define a device of the host described in a file",
    """
    <file>{file}  XML description of the device
    --validate  check the description against the schema
    """,
)
def nodedev_define(shell: Shell, args: Args) -> None:
    path = args.required("file")
    document = read_text(path)
    flags = bits(args, {"validate": NodeDeviceDefineXMLFlags.VALIDATE})
    with shell.failing(f"Failed to define node device from '{path}'"):
        made: NodeDeviceRef = shell.call("node_device_define_xml", document, flags)
    shell.out.note(f"Node device '{made.name}' defined from '{path}'", name=made.name)


for _name, _summary, _operation, _failed, _done, _arguments in (
    (
        "nodedev-undefine",
        "remove the definition of a device of the host",
        "node_device_undefine",
        "Failed to undefine node device '{}'",
        "Undefined node device '{}'",
        (0,),
    ),
    (
        "nodedev-start",
        "start a defined device of the host",
        "node_device_create",
        "Failed to start device {}",
        "Device {} started",
        (0,),
    ),
    (
        "nodedev-destroy",
        "stop and remove a device of the host",
        "node_device_destroy",
        "Failed to destroy node device '{}'",
        "Destroyed node device '{}'",
        (),
    ),
    (
        "nodedev-reattach",
        "give a device back to the host's driver",
        "node_device_re_attach",
        "Failed to re-attach device {}",
        "Device {} re-attached",
        (),
    ),
    (
        "nodedev-reset",
        "reset a device of the host",
        "node_device_reset",
        "Failed to reset device {}",
        "Device {} reset",
        (),
    ),
):
    act(
        _name,
        _summary,
        f"{DEVICE}\n--name -> device" if _name == "nodedev-destroy" else DEVICE,
        lookup.node_device,
        _operation,
        label="device",
        failed=_failed,
        done=_done,
        arguments=_arguments,
        by_name=True,
    )


@command(
    "nodedev-detach",
    "take a device away from the host's driver, for a domain",
    f"""
    {DEVICE}
    --driver STRING  driver that prepares it, such as vfio
    """,
)
def nodedev_detach(shell: Shell, args: Args) -> None:
    device = lookup.node_device(shell, args)
    name, driver = args.required("device"), args.text("driver")
    with shell.failing(f"Failed to detach device {name}"):
        if driver is None:
            shell.call("node_device_dettach", device.name)
        else:
            shell.call("node_device_detach_flags", device.name, driver, 0)
    shell.out.note(f"Device {name} detached")


@command(
    "nodedev-dumpxml",
    "print the XML of a device of the host",
    f"""
    {DEVICE}
    --inactive  as defined, rather than as it is now
    @xpath
    """,
)
def nodedev_dumpxml(shell: Shell, args: Args) -> None:
    device = lookup.node_device(shell, args)
    flags = bits(args, {"inactive": NodeDeviceXMLFlags.INACTIVE})
    print_document(shell, args, shell.call("node_device_get_xml_desc", device.name, flags), "(node-device)")


@command(
    "nodedev-autostart",
    "have a defined device started with the host",
    f"""
    {DEVICE}
    --disable  no longer start it with the host
    """,
)
def nodedev_autostart(shell: Shell, args: Args) -> None:
    device = lookup.node_device(shell, args)
    name, enable = args.required("device"), not args.flag("disable")
    mark = "mark" if enable else "unmark"
    with shell.failing(f"failed to {mark} device {name} as autostarted"):
        shell.call("node_device_set_autostart", device.name, int(enable))
    shell.out.note(f"Device {name} {mark}ed as autostarted")


@command("nodedev-info", "print what is known of a device of the host", DEVICE)
def nodedev_info(shell: Shell, args: Args) -> None:
    device = lookup.node_device(shell, args)
    out = shell.out
    out.field("Name:", device.name)
    parent = shell.call("node_device_get_parent", device.name)
    out.field("Parent:", parent or "", parent=parent)
    for label, operation in (("Active:", "node_device_is_active"), ("Persistent:", "node_device_is_persistent")):
        answer = _ask(shell, operation, device.name)
        # A driver that cannot tell has only devices that are there.
        out.field(label, "no" if answer is False else "yes", 15, **{label[:-1].lower(): answer})
    try:
        autostart = bool(shell.call("node_device_get_autostart", device.name))
    except ManorError:
        out.field("Autostart:", "no autostart", autostart=False)
    else:
        out.field("Autostart:", "yes" if autostart else "no", autostart=autostart)


def _ask(shell: Shell, operation: str, name: str) -> bool | None:
    try:
        return bool(shell.call(operation, name))
    except ManorError as failure:
        shell.debug(1, failure.message)
        return None


@command(
    "nodedev-list",
    "list the devices of the host",
    """
    --tree  as a tree
    --cap STRING{nodedev-cap}  those that can do this; several with commas between them
    --inactive  those that are defined and not there
    --all  those that are there and those that are not
    --persistent  those with a definition
    --transient  those without a definition
    """,
)
def nodedev_list(shell: Shell, args: Args) -> None:
    if args.flag("all") and args.flag("inactive"):
        raise CommandFailed("Option --all is incompatible with --inactive")
    capabilities = args.text("cap")
    if args.flag("tree") and (capabilities is not None or args.flag("inactive")):
        raise CommandFailed("Option --tree is incompatible with --cap and --inactive")
    flags = bits(args, {"persistent": Filter.PERSISTENT, "transient": Filter.TRANSIENT})
    for name in () if capabilities is None else capabilities.split(","):
        if name not in CAPABILITIES:
            raise CommandFailed("Invalid capability type")
        flags |= CAPABILITIES[name]
    if args.any("inactive", "all"):
        flags |= Filter.INACTIVE
    if not args.flag("inactive"):
        flags |= Filter.ACTIVE
    with shell.failing("Failed to list node devices"):
        devices: list[NodeDeviceRef] = shell.call("connect_list_all_node_devices", int(flags))
    names = sorted((device.name for device in devices), key=str.lower)
    if args.flag("tree") or shell.out.json:
        parents = {name: _parent(shell, name) for name in names}
        shell.out.data([{"name": name, "parent": parents[name]} for name in names])
        for line in draw(names, parents):
            shell.out.line(line)
    else:
        shell.out.write("".join(f"{name}\n" for name in names))


def _parent(shell: Shell, name: str) -> str | None:
    try:
        parent: str | None = shell.call("node_device_get_parent", name)
    except ManorError as failure:
        shell.debug(1, failure.message)
        return None
    return parent


@command(
    "nodedev-update",
    "change a device of the host",
    f"""
    {DEVICE}
    <file>{{file}}  XML of the device as it shall be
    @affect
    """,
)
def nodedev_update(shell: Shell, args: Args) -> None:
    flags = affect(args)
    device = lookup.node_device(shell, args)
    path = args.required("file")
    document = read_text(path)
    with shell.failing(f"Failed to update node device {device.name} from '{path}'"):
        shell.call("node_device_update", device.name, document, flags)
    shell.out.note(f"Updated node device {device.name}")
