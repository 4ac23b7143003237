# SPDX-License-Identifier: Apache-2.0
"""Finding the object that an argument means: by id, UUID, name, key, path or MAC address, in virsh's order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, cast

from manor.cli.failure import CommandFailed
from manor.cli.sizes import MAX_INT, integer
from manor.errors import ManorError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from manor.cli.args import Args
    from manor.cli.shell import Shell
    from manor.records import (
        DomainRef,
        InterfaceRef,
        NetworkPortRef,
        NetworkRef,
        NodeDeviceRef,
        NwfilterBindingRef,
        NwfilterRef,
        SecretRef,
        StoragePoolRef,
        StorageVolRef,
    )

UUID_LENGTH = 36
WWN_DIGITS = 16


class Way(NamedTuple):
    """One way to look an object up: what the argument must look like, and the operation."""

    kind: str
    operation: str


ID, UUID, NAME, MAC = "id", "uuid", "name", "mac"

DOMAIN = (
    Way(ID, "domain_lookup_by_id"),
    Way(UUID, "domain_lookup_by_uuid"),
    Way(NAME, "domain_lookup_by_name"),
)
NETWORK = (Way(UUID, "network_lookup_by_uuid"), Way(NAME, "network_lookup_by_name"))
POOL = (Way(UUID, "storage_pool_lookup_by_uuid"), Way(NAME, "storage_pool_lookup_by_name"))
INTERFACE = (Way(NAME, "interface_lookup_by_name"), Way(MAC, "interface_lookup_by_mac_string"))
NWFILTER = (Way(UUID, "nwfilter_lookup_by_uuid"), Way(NAME, "nwfilter_lookup_by_name"))


def uuid_bytes(text: str) -> bytes | None:
    """The 16 bytes of a UUID's text, None if it is none; blanks and dashes may be anywhere between digits."""
    digits = text.replace("-", "").replace(" ", "")
    try:
        raw = bytes.fromhex(digits)
    except ValueError:
        return None
    return raw if len(raw) == 16 else None


def uuid_text(raw: bytes) -> str:
    """A UUID as libvirt writes it."""
    digits = raw.hex()
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def is_mac(text: str) -> bool:
    """Whether a text is a MAC address."""
    parts = text.split(":")
    return len(parts) == 6 and all(1 <= len(part) <= 2 and _is_hex(part) for part in parts)


def _is_hex(text: str) -> bool:
    return all(char in "0123456789abcdefABCDEF" for char in text)


def same_mac(left: str | None, right: str) -> bool:
    """Whether two texts are the same MAC address."""
    if left is None or not is_mac(left) or not is_mac(right):
        return False
    return [int(part, 16) for part in left.split(":")] == [int(part, 16) for part in right.split(":")]


def find(shell: Shell, ways: Iterable[Way], text: str) -> object:
    """The object that `text` means.

    Raises the ManorError of the last way that was tried, and CommandFailed without a message if none could be.
    """
    failure: Exception = CommandFailed()
    for way in ways:
        argument = _argument(way.kind, text)
        if argument is None:
            continue
        shell.debug(1, f"{way.operation}: <{text}> trying as {way.kind.upper()}")
        try:
            found: object = shell.call(way.operation, argument)
        except ManorError as error:
            failure = error
        else:
            return found
    raise failure


def _argument(kind: str, text: str) -> object | None:
    if kind == ID:
        try:
            return integer(text, 0, MAX_INT)
        except ValueError:
            return None
    if kind == UUID:
        return uuid_bytes(text) if len(text) == UUID_LENGTH else None
    if kind == MAC:
        return text if is_mac(text) else None
    return text


def _expect(shell: Shell, ways: Iterable[Way], text: str, complaint: str) -> Any:
    """The object that `text` means, or the complaint followed by libvirt's."""
    try:
        return find(shell, ways, text)
    except ManorError as failure:
        raise CommandFailed(f"{complaint} '{text}'", failure.message) from failure
    except CommandFailed:
        raise CommandFailed(f"{complaint} '{text}'") from None


def domain(shell: Shell, args: Args, option: str = "domain", kinds: Iterable[str] = (ID, UUID, NAME)) -> DomainRef:
    """The domain of an option. Raises CommandFailed."""
    return domain_called(shell, args.required(option), kinds)


def domain_called(shell: Shell, text: str, kinds: Iterable[str] = (ID, UUID, NAME)) -> DomainRef:
    """The domain that a text means."""
    try:
        found = cast("DomainRef", find(shell, [way for way in DOMAIN if way.kind in kinds], text))
    except (ManorError, CommandFailed):
        if shell.lost:
            raise
        raise CommandFailed(f"failed to get domain '{text}'") from None
    return found


def network(shell: Shell, args: Args, kinds: Iterable[str] = (UUID, NAME)) -> NetworkRef:
    """The network of the option `network`."""
    ways = [way for way in NETWORK if way.kind in kinds]
    found: NetworkRef = _expect(shell, ways, args.required("network"), "failed to get network")
    return found


def network_port(shell: Shell, args: Args, net: NetworkRef) -> NetworkPortRef:
    """The port of the option `port`, given by its UUID."""
    text = args.required("port")
    raw = uuid_bytes(text)
    try:
        found: NetworkPortRef | None = shell.call("network_port_lookup_by_uuid", net, raw) if raw else None
    except ManorError:
        found = None
    if found is None:
        raise CommandFailed(f"failed to get network port '{text}'")
    return found


def pool(shell: Shell, args: Args, option: str = "pool", kinds: Iterable[str] = (UUID, NAME)) -> StoragePoolRef:
    """The storage pool of an option."""
    ways = [way for way in POOL if way.kind in kinds]
    found: StoragePoolRef = _expect(shell, ways, args.required(option), "failed to get pool")
    return found


def nwfilter(shell: Shell, args: Args) -> NwfilterRef:
    """The network filter of the option `nwfilter`."""
    text = args.required("nwfilter")
    found: NwfilterRef = _expect(shell, NWFILTER, text, "failed to get nwfilter")
    return found


def nwfilter_binding(shell: Shell, args: Args) -> NwfilterBindingRef:
    """The filter binding of the option `binding`, by port device."""
    ways = (Way(NAME, "nwfilter_binding_lookup_by_port_dev"),)
    text = args.required("binding")
    found: NwfilterBindingRef = _expect(shell, ways, text, "failed to get nwfilter binding")
    return found


def interface(shell: Shell, args: Args, kinds: Iterable[str] = (NAME, MAC)) -> InterfaceRef:
    """The host interface of the option `interface`, by name or MAC address."""
    ways = [way for way in INTERFACE if way.kind in kinds]
    found: InterfaceRef = _expect(shell, ways, args.required("interface"), "failed to get interface")
    return found


def secret(shell: Shell, args: Args) -> SecretRef:
    """The secret of the option `secret`, by UUID."""
    text = args.required("secret")
    raw = uuid_bytes(text)
    if raw is None:
        reason = "uuidstr in virSecretLookupByUUIDString must be a valid UUID"
        raise CommandFailed(f"failed to get secret '{text}'", reason)
    with shell.failing(f"failed to get secret '{text}'"):
        found: SecretRef = shell.call("secret_lookup_by_uuid", raw)
    return found


def node_device(shell: Shell, args: Args) -> NodeDeviceRef:
    """The node device of the option `device`: a name, or a `wwnn,wwpn` pair."""
    text = args.required("device")
    found: NodeDeviceRef
    if "," in text:
        pair = text.split(",")
        if len(pair) != 2:
            raise CommandFailed(f"Malformed device value '{text}'")
        for wwn in pair:
            if len(wwn.removeprefix("0x")) != WWN_DIGITS or not _is_hex(wwn.removeprefix("0x")):
                raise CommandFailed(f"internal error: Malformed wwn: {wwn}")
        found = shell.call("node_device_lookup_scsi_host_by_wwn", *pair, 0)
        return found
    with shell.failing(f"Could not find matching device '{text}'"):
        found = shell.call("node_device_lookup_by_name", text)
    return found


VOLUME_KEY, VOLUME_PATH = Way("key", "storage_vol_lookup_by_key"), Way("path", "storage_vol_lookup_by_path")


def volume(
    shell: Shell,
    args: Args,
    option: str = "vol",
    pool_option: str | None = "pool",
    kinds: Iterable[str] = (NAME, "key", "path"),
) -> StorageVolRef:
    """The volume of an option: a name in the pool of another option, else a key or a path anywhere."""
    text = args.required(option)
    owner: StoragePoolRef | None = None
    if pool_option is not None and args.flag(pool_option):
        owner = pool(shell, args, pool_option)
        if not shell.call("storage_pool_is_active", owner):
            raise CommandFailed(f"pool '{args.required(pool_option)}' is not active")
    found: StorageVolRef | None = None
    if owner is not None and NAME in kinds:
        try:
            found = shell.call("storage_vol_lookup_by_name", owner, text)
        except ManorError as failure:
            shell.debug(1, failure.message)
    if found is None:
        advice = "" if owner is not None or pool_option is None else f", specifying --{pool_option} might help"
        with shell.failing(f"failed to get vol '{text}'{advice}"):
            ways = [way for way in (VOLUME_KEY, VOLUME_PATH) if way.kind in kinds]
            found = cast("StorageVolRef", find(shell, ways, text))
    if owner is not None and found.pool != owner.name:
        raise CommandFailed(f"Requested volume '{text}' is not in pool '{owner.name}'")
    return found
