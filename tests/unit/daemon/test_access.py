# SPDX-License-Identifier: Apache-2.0
"""Permissions from the protocol's table, read-only clients, access rules, filtered lists, and the audit log."""

from __future__ import annotations

import json
import os
import pwd
from collections.abc import Callable
from typing import Any

import pytest

from manor.client.readonly import check_readonly
from manor.constants import DomainInterfaceAddressesSource, DomainModificationImpact, DomainVcpuFlags, DomainXMLFlags
from manor.daemon.access import AccessPolicy
from manor.daemon.permissions import READABLE, all_permissions, needs
from manor.daemon.settings import AccessRule, AccessSettings
from manor.drivers.interface import Identity
from manor.errors import ErrorDomain as Domain
from manor.errors import ErrorNumber, ManorError, reporter
from manor.records import (
    DomainRef,
    DomainSnapshotRef,
    DomainStatsRecord,
    NetworkPortRef,
    NetworkRef,
    SecretRef,
    StoragePoolRef,
    StorageVolRef,
)
from manor.records.events import DomainRebootEvent
from manor.wire.calls import CONNECTION_LAYER
from manor.wire.programs import HYPERVISOR
from tests.support.rawclient import RawClient, named
from tests.unit.daemon.bed import Bed

ME = pwd.getpwuid(os.geteuid()).pw_name
MINE, OTHER = DomainRef("web-1", b"w" * 16, 1), DomainRef("db-1", b"d" * 16, 2)
DOMAINS = (MINE, OTHER)
POOLS = (StoragePoolRef("images", b"i" * 16), StoragePoolRef("other", b"o" * 16))
SECRETS = (SecretRef(b"1" * 16, 1, "web-key"), SecretRef(b"2" * 16, 1, "db-key"))
_missing = reporter(Domain.QEMU)


# The table


def test_conditions_of_permissions() -> None:
    config, live = DomainModificationImpact.CONFIG, DomainModificationImpact.LIVE
    attach = needs(named("domain_attach_device_flags"))
    assert attach.of((MINE, "", int(live))) == ("domain:write",)
    assert attach.of((MINE, "", int(config))) == ("domain:write", "domain:save")
    assert attach.of((MINE, "", 0)) == ("domain:write", "domain:save")
    dump = needs(named("domain_get_xml_desc"))
    assert dump.of((MINE, 0)) == ("domain:read",)
    assert dump.of((MINE, int(DomainXMLFlags.SECURE))) == ("domain:read", "domain:read_secure")
    addresses = needs(named("domain_interface_addresses"))
    assert addresses.of((MINE, int(DomainInterfaceAddressesSource.LEASE), 0)) == ("domain:read",)
    assert addresses.of((MINE, int(DomainInterfaceAddressesSource.AGENT), 0)) == ("domain:read", "domain:write")


def test_read_only_is_what_libvirt_has_words_for() -> None:
    """The table and the list of libvirt's own refusals agree, but for calls libvirt refuses beyond its table."""
    beyond = {"node_get_sev_info", "domain_get_launch_security_info", "node_device_get_autostart"}
    for program in HYPERVISOR:
        for procedure in program:
            if procedure.is_event or procedure.name in CONNECTION_LAYER:
                continue
            by_table = not READABLE.issuperset(needs(procedure).always)
            try:
                check_readonly(procedure.name, (0,) * 8)
                refused = False
            except ManorError:
                refused = True
            assert refused == by_table or procedure.name in beyond, procedure


def test_what_is_readable_exists() -> None:
    assert all_permissions() > READABLE


# Read-only clients


@pytest.mark.parametrize("by_flag", [False, True])
def test_a_read_only_client(make_bed: Callable[..., Bed], by_flag: bool) -> None:
    bed = make_bed(readonly=not by_flag)
    furnish(bed)
    client = bed.connect().open("bed:///", flags=int(by_flag))
    assert client.ask("domain_get_xml_desc", MINE, 0) == ("<domain/>",)
    for name, args, message in (
        ("domain_destroy", (MINE,), "read only access prevents virDomainDestroy"),
        ("domain_get_xml_desc", (MINE, 1), "virDomainGetXMLDesc with secure flag"),
        (
            "connect_domain_monitor_event_register",
            (None, None, 0),
            "read only access prevents virConnectDomainQemuMonitorEventRegister",
        ),
        ("domain_get_vcpus_flags", (MINE, int(DomainVcpuFlags.GUEST)), "read only access prevents virDomainGetVcpus"),
    ):
        error = client.call(name, *args).error
        assert error is not None
        assert error.code == ErrorNumber.OPERATION_DENIED
        assert error.message is not None
        assert error.message.startswith(f"operation forbidden: {message}")
    assert client.ask("connect_domain_event_callback_register_any", 0, None) == (0,)
    assert bed.sessions[0].readonly


# Rules


def rules(*given: AccessRule, default: str = "allow") -> AccessSettings:
    return AccessSettings(default, list(given))


@pytest.mark.parametrize(
    ("rule", "who"),
    [
        (AccessRule(users=["fred"]), Identity(user_name="fred", user_id=5)),
        (AccessRule(users=["5"]), Identity(user_name="fred", user_id=5)),
        (AccessRule(groups=["7"]), Identity(group_id=7)),
        (AccessRule(groups=["root"]), Identity(user_id=0, user_name="root", group_id=0)),
        (AccessRule(sasl=["fr*"]), Identity(sasl_user_name="fred")),
        (AccessRule(certificates=["CN=*,O=x"]), Identity(x509_distinguished_name="CN=h,O=x")),
    ],
)
def test_whom_a_rule_is_about(rule: AccessRule, who: Identity) -> None:
    policy = AccessPolicy(rules(AccessRule(rule.users, rule.groups, rule.sasl, rule.certificates, ["*"])))
    assert policy.rights(who) is not None
    assert policy.rights(Identity(user_id=99, user_name="nobody-else", group_id=99)) is None


def test_the_default_for_all_others() -> None:
    closed = AccessPolicy(rules(default="deny"))
    rights = closed.rights(Identity(user_id=0))
    assert rights is not None
    assert not rights.implied("connect:getattr")


@pytest.mark.parametrize(
    ("word", "permission"),
    [
        ("domain:start", "domain:start"),
        ("domain:*", "domain:read_secure"),
        ("*", "connect:write"),
        ("*:read", "network:read"),
        ("storage-pool.search-storage-vols", "storage_pool:search_storage_vols"),
    ],
)
def test_permissions_in_rules(word: str, permission: str) -> None:
    rights = AccessPolicy(rules(AccessRule(users=["5"], permissions=[word]))).rights(Identity(user_id=5))
    assert rights is not None
    assert rights.granting(permission)
    assert not rights.granting("nothing:here")


# Rules at work


def furnish(bed: Bed) -> None:
    """Some objects."""

    async def by_uuid(uuid: bytes) -> DomainRef:
        found = [dom for dom in DOMAINS if dom.uuid == uuid]
        if not found:
            raise _missing(ErrorNumber.NO_DOMAIN, "none")
        return found[0]

    def fixed(value: Any) -> Any:
        async def body(*_: Any) -> Any:
            return value

        return body

    async def by_name(name: str) -> DomainRef:
        return next(dom for dom in DOMAINS if dom.name == name)

    async def by_id(id: int) -> DomainRef:
        return next(dom for dom in DOMAINS if dom.id == id)

    async def pool_by_uuid(uuid: bytes) -> StoragePoolRef:
        return next(pool for pool in POOLS if pool.uuid == uuid)

    async def secret_by_uuid(uuid: bytes) -> SecretRef:
        return next(secret for secret in SECRETS if secret.uuid == uuid)

    async def network_by_uuid(uuid: bytes) -> NetworkRef:
        return NetworkRef("net", uuid)

    async def metadata(dom: DomainRef, *_: Any) -> str:
        if dom.name != "web-1":
            raise _missing(ErrorNumber.NO_DOMAIN_METADATA, "none")
        return "<owner>fred</owner>"

    bed.bodies.update(
        domain_lookup_by_uuid=by_uuid,
        domain_lookup_by_name=by_name,
        domain_lookup_by_id=by_id,
        storage_pool_lookup_by_uuid=pool_by_uuid,
        secret_lookup_by_uuid=secret_by_uuid,
        network_lookup_by_uuid=network_by_uuid,
        domain_get_metadata=metadata,
        domain_get_xml_desc=fixed("<domain/>"),
        domain_define_xml_flags=fixed(MINE),
        domain_rename=fixed(0),
        domain_restore=fixed(None),
        domain_create=fixed(None),
        domain_destroy=fixed(None),
        domain_snapshot_delete=fixed(None),
        domain_migrate_prepare2=fixed((b"", None)),
        connect_list_all_domains=fixed(list(DOMAINS)),
        connect_list_domains=fixed([dom.id for dom in DOMAINS]),
        connect_num_of_domains=fixed(2),
        connect_list_defined_domains=fixed([dom.name for dom in DOMAINS]),
        connect_get_all_domain_stats=fixed([DomainStatsRecord(dom, []) for dom in DOMAINS]),
        connect_list_all_storage_pools=fixed(list(POOLS)),
        storage_pool_list_all_volumes=fixed([StorageVolRef("images", "a", "k"), StorageVolRef("images", "b", "k")]),
        storage_pool_list_volumes=fixed(["a", "b"]),
        storage_pool_num_of_volumes=fixed(2),
        storage_vol_get_path=fixed("/x"),
        storage_vol_create_xml=fixed(StorageVolRef("images", "n", "k")),
        storage_vol_create_xml_from=fixed(StorageVolRef("images", "n", "k")),
        connect_list_secrets=fixed(["31" * 16, "32" * 16]),
        node_list_devices=fixed(["pci_0", "usb_0"]),
        node_num_of_devices=fixed(2),
        node_device_get_xml_desc=fixed("<device/>"),
        network_list_all_ports=fixed([NetworkPortRef(NetworkRef("net", b"n" * 16), b"p" * 16)]),
        connect_get_hostname=fixed("h"),
    )


@pytest.fixture
def restricted(make_bed: Callable[..., Bed]) -> Callable[..., RawClient]:
    """Connects as somebody for whom these rules count."""

    def connect(*given: AccessRule, **settings: Any) -> RawClient:
        for rule in given:
            rule.users.append(ME)
        bed = make_bed(access=rules(*given), **settings)
        furnish(bed)
        client = bed.client()
        client.bed = bed  # type: ignore[attr-defined]
        return client

    return connect


def is_denied(client: RawClient, name: str, *args: Any) -> bool:
    error = client.call(name, *args).error
    if error is None:
        return False
    assert (error.code, error.domain) == (ErrorNumber.ACCESS_DENIED, Domain.ACCESS), error
    assert error.message == "access denied: 'BED' denied access"
    return True


def web_only(*permissions: str) -> AccessRule:
    return AccessRule(permissions=list(permissions), names=["web-*"])


def test_permissions_on_some_objects(restricted: Callable[..., RawClient]) -> None:
    client = restricted(web_only("domain:start", "domain:read"))
    assert not is_denied(client, "domain_create", MINE)
    assert is_denied(client, "domain_create", OTHER)
    assert is_denied(client, "domain_destroy", MINE)
    assert not is_denied(client, "domain_get_xml_desc", MINE, 0)
    assert is_denied(client, "domain_get_xml_desc", MINE, int(DomainXMLFlags.SECURE))
    assert is_denied(client, "connect_get_hostname") is False


def test_names_that_a_client_makes_up_do_not_help(restricted: Callable[..., RawClient]) -> None:
    client = restricted(web_only("domain:*"))
    assert is_denied(client, "domain_create", OTHER._replace(name="web-1"))
    assert not is_denied(client, "domain_create", MINE._replace(name="db-1"))
    error = client.call("domain_create", DomainRef("web-1", b"?" * 16, -1)).error
    assert error is not None
    assert error.code == ErrorNumber.NO_DOMAIN


def test_parts_belong_to_their_domain(restricted: Callable[..., RawClient]) -> None:
    client = restricted(web_only("domain:*"))
    assert not is_denied(client, "domain_snapshot_delete", DomainSnapshotRef("s", MINE), 0)
    assert is_denied(client, "domain_snapshot_delete", DomainSnapshotRef("s", OTHER), 0)


def test_lookups_show_only_what_may_be_seen(restricted: Callable[..., RawClient]) -> None:
    client = restricted(web_only("domain:start"))
    for name, mine, other in (
        ("domain_lookup_by_name", "web-1", "db-1"),
        ("domain_lookup_by_id", 1, 2),
        ("domain_lookup_by_uuid", MINE.uuid, OTHER.uuid),
    ):
        assert not is_denied(client, name, mine)
        assert is_denied(client, name, other)


def test_new_objects_by_the_name_in_their_document(restricted: Callable[..., RawClient]) -> None:
    client = restricted(web_only("domain:*"))
    define = "domain_define_xml_flags"
    assert not is_denied(client, define, "<domain><name>web-2</name></domain>", 0)
    assert is_denied(client, define, "<domain><name>db-2</name></domain>", 0)
    assert is_denied(client, define, "<domain/>", 0)
    assert not is_denied(client, "domain_rename", MINE, "web-9", 0)
    assert is_denied(client, "domain_rename", MINE, "db-9", 0)


def test_objects_that_cannot_be_known_need_a_general_rule(restricted: Callable[..., RawClient]) -> None:
    client = restricted(web_only("domain:*"))
    assert is_denied(client, "domain_restore", "/some/file")
    xml = "<domain><name>web-1</name></domain>"
    assert not is_denied(client, "domain_migrate_prepare2", None, 0, None, 0, xml)
    assert is_denied(client, "domain_migrate_prepare2", None, 0, "db-1", 0, xml)


def test_a_general_rule(restricted: Callable[..., RawClient]) -> None:
    client = restricted(AccessRule(permissions=["domain:*"]))
    assert not is_denied(client, "domain_restore", "/some/file")
    assert client.ask("connect_list_all_domains", 1, 0) == (list(DOMAINS), 2)


def test_lists_are_filtered(restricted: Callable[..., RawClient]) -> None:
    client = restricted(
        web_only("domain:read", "secret:read", "node_device:read"), AccessRule(permissions=["connect:*"])
    )
    assert client.ask("connect_list_all_domains", 1, 0) == ([MINE], 1)
    assert client.ask("connect_list_domains", 100) == ([1],)
    assert client.ask("connect_num_of_domains") == (1,)
    assert client.ask("connect_list_defined_domains", 100) == (["web-1"],)
    ((record,),) = client.ask("connect_get_all_domain_stats", [], 0, 0)
    assert record.dom == MINE
    assert client.ask("connect_list_all_storage_pools", 1, 0) == ([], 0)
    assert client.ask("connect_list_secrets", 100) == (["31" * 16],)
    assert client.ask("node_list_devices", None, 100, 0) == ([],)
    assert client.ask("node_num_of_devices", None, 0) == (0,)


def test_devices_by_name(restricted: Callable[..., RawClient]) -> None:
    client = restricted(AccessRule(permissions=["node_device:*"], names=["pci_*"]))
    assert not is_denied(client, "node_device_get_xml_desc", "pci_0", 0)
    assert is_denied(client, "node_device_get_xml_desc", "usb_0", 0)
    assert client.ask("node_list_devices", None, 100, 0) == (["pci_0"],)


def test_volumes_by_pool_and_name(restricted: Callable[..., RawClient]) -> None:
    images, other = POOLS
    client = restricted(
        AccessRule(permissions=["storage_vol:*"], pools=["images"], names=["a", "n"]),
        AccessRule(permissions=["storage_pool:*"], pools=["images"]),
    )
    assert client.ask("connect_list_all_storage_pools", 1, 0) == ([images], 1)
    assert client.ask("storage_pool_list_all_volumes", images, 1, 0)[1] == 1
    assert client.ask("storage_pool_list_volumes", images, 100) == (["a"],)
    assert client.ask("storage_pool_num_of_volumes", images) == (1,)
    assert is_denied(client, "storage_pool_num_of_volumes", other)
    assert not is_denied(client, "storage_vol_get_path", StorageVolRef("images", "a", "k"))
    assert is_denied(client, "storage_vol_get_path", StorageVolRef("images", "b", "k"))
    assert is_denied(client, "storage_vol_get_path", StorageVolRef("other", "a", "k"))
    xml = "<volume><name>n</name></volume>"
    assert not is_denied(client, "storage_vol_create_xml", images, xml, 0)
    assert is_denied(client, "storage_vol_create_xml", images, "<volume><name>b</name></volume>", 0)
    clone = "storage_vol_create_xml_from"
    assert not is_denied(client, clone, images, xml, StorageVolRef("images", "a", "k"), 0)
    assert is_denied(client, clone, images, xml, StorageVolRef("other", "a", "k"), 0)
    assert is_denied(client, clone, images, "<volume><name>b</name></volume>", StorageVolRef("images", "a", "k"), 0)


def test_ports_belong_to_their_network(restricted: Callable[..., RawClient]) -> None:
    client = restricted(AccessRule(permissions=["network:search_ports", "network_port:*"], names=["net"]))
    network = NetworkRef("net", b"n" * 16)
    assert client.ask("network_list_all_ports", network, 1, 0)[1] == 1


def test_domains_by_metadata(restricted: Callable[..., RawClient]) -> None:
    rule = AccessRule(permissions=["domain:*"], metadata={"http://example.org/owner": "fred"})
    client = restricted(rule)
    assert not is_denied(client, "domain_create", MINE)
    assert is_denied(client, "domain_create", OTHER)
    assert client.ask("connect_list_all_domains", 1, 0) == ([MINE], 1)


@pytest.mark.parametrize(("pattern", "may"), [("f*d", True), ("red", False), ("fre", False)])
def test_metadata_has_to_match_as_a_whole(restricted: Callable[..., RawClient], pattern: str, may: bool) -> None:
    """Else fred would have what is alfred's."""
    client = restricted(AccessRule(permissions=["domain:*"], metadata={"http://example.org/owner": pattern}))
    assert is_denied(client, "domain_create", MINE) != may


def test_events_are_filtered(restricted: Callable[..., RawClient]) -> None:
    client = restricted(web_only("domain:read"))
    client.ask("connect_domain_event_callback_register_any", 1, None)
    bed: Bed = client.bed  # type: ignore[attr-defined]
    bed.publish(DomainRebootEvent(OTHER))
    bed.publish(DomainRebootEvent(MINE))
    assert b"web-1" in client.receive().packet.payload
    assert is_denied(client, "connect_domain_monitor_event_register", None, None, 0)


def test_somebody_without_any_right_cannot_open(make_bed: Callable[..., Bed]) -> None:
    bed = make_bed(access=rules(default="deny"))
    client = bed.connect()
    client.ask("auth_list")
    assert is_denied(client, "connect_open", "bed:///", 0)
    assert client.call("connect_get_hostname").error is not None


# The audit log


def entries(bed: Bed) -> list[dict[str, Any]]:
    with open(bed.path.parent / "audit.log") as file:
        return [json.loads(line) for line in file]


def test_changes_and_refusals_are_recorded(restricted: Callable[..., RawClient]) -> None:
    client = restricted(web_only("domain:start", "domain:read"), audit="changes")
    client.ask("domain_create", MINE)
    client.call("domain_destroy", MINE)
    client.ask("domain_get_xml_desc", MINE, 0)
    client.call("domain_lookup_by_name", "db-1")
    client.call("domain_define_xml_flags", "<domain><name>web-2</name></domain>", 0)
    bed: Bed = client.bed  # type: ignore[attr-defined]
    found = [(entry["operation"], entry["object"], entry["result"]) for entry in entries(bed)]
    assert found == [
        ("domain_create", "web-1", "done"),
        ("domain_destroy", "web-1", "refused or failed"),
        ("domain_lookup_by_name", "db-1", "refused or failed"),
        ("domain_define_xml_flags", "web-2", "refused or failed"),
    ]
    assert entries(bed)[0]["identity"]["user_name"] == ME
    assert (bed.path.parent / "audit.log").stat().st_mode & 0o777 == 0o600


def test_refusals_only(make_bed: Callable[..., Bed]) -> None:
    bed = make_bed(audit="refusals", readonly=True)
    furnish(bed)
    client = bed.client()
    client.ask("domain_get_xml_desc", MINE, 0)
    client.call("domain_create", MINE)
    (entry,) = entries(bed)
    assert entry["operation"] == "domain_create"
    assert entry["error"].startswith("operation forbidden")
