# SPDX-License-Identifier: Apache-2.0
"""The kinds of objects manor keeps, and what each kind asks of the store.

A kind is data: a driver that needs one of its own declares it where it is used and passes it to the same
calls.  Those shared by several modules are here, so that their names stay unique.

Keys are the text form of a UUID (lower case, with dashes) where the object has one.  An object that
belongs to another has the owner's key as prefix: a snapshot is ``<domain uuid>/<snapshot name>``, so that
all of an owner's are found with `Store.entries(kind, prefix=owner + "/")`.
"""

from __future__ import annotations

from manor.store.model import Kind

#: How many versions of a definition are remembered, the current one included.
DEFINITION_HISTORY = 32

DOMAIN = Kind("domain", label="domain", history=DEFINITION_HISTORY)
"""Persistent domain definition: key UUID, payload the inactive XML."""

DOMAIN_STATUS = Kind("domain-status", label="domain status", durable=False)
"""Running guest: key UUID.  Not durable, because a power cut ends the guest it describes as well."""

DOMAIN_AUTOSTART = Kind("domain-autostart", label="autostart mark of domain")
"""Present when the domain is started with the daemon: key UUID, payload empty or ``once``."""

DOMAIN_MANAGED_SAVE = Kind("domain-managed-save", label="managed save of domain")
"""Names the managed save image: key UUID."""

DOMAIN_SNAPSHOT = Kind("domain-snapshot", label="snapshot", history=4)
"""Snapshot metadata: key ``<domain uuid>/<name>``, payload XML."""

DOMAIN_SNAPSHOT_CURRENT = Kind("domain-snapshot-current", label="current snapshot of domain")
"""Name of the domain's current snapshot: key UUID."""

DOMAIN_CHECKPOINT = Kind("domain-checkpoint", label="checkpoint", history=4)
"""Checkpoint metadata: key ``<domain uuid>/<name>``, payload XML."""

FILE_OWNER = Kind("file-owner", label="owner of file", durable=False)
"""A file given to a guest's QEMU: whose it was, and which guests need it.  Key: device and inode number."""

NETWORK = Kind("network", label="network", history=DEFINITION_HISTORY)
NETWORK_STATUS = Kind("network-status", label="network status", durable=False)
NETWORK_AUTOSTART = Kind("network-autostart", label="autostart mark of network")
NETWORK_PORT = Kind("network-port", label="network port", durable=False)

STORAGE_POOL = Kind("storage-pool", label="storage pool", history=DEFINITION_HISTORY)
STORAGE_POOL_STATUS = Kind("storage-pool-status", label="storage pool status", durable=False)
STORAGE_POOL_AUTOSTART = Kind("storage-pool-autostart", label="autostart mark of storage pool")

NWFILTER = Kind("nwfilter", label="network filter", history=DEFINITION_HISTORY)
NWFILTER_BINDING = Kind("nwfilter-binding", label="network filter binding", durable=False)

NODE_DEVICE = Kind("node-device", label="node device", history=DEFINITION_HISTORY)
NODE_DEVICE_AUTOSTART = Kind("node-device-autostart", label="autostart mark of node device")

SECRET = Kind("secret", label="secret", history=DEFINITION_HISTORY)
"""Secret definition: key UUID, payload XML, never the value."""

SECRET_VALUE = Kind("secret-value", label="value of secret", secret=True)
"""Secret value: key UUID.  Kept apart, without history, wiped when replaced."""

LEASE = Kind("lease", label="lease", durable=False)
"""Leases held on names; written by `manor.store.lease` only.  A power cut ends what holds them."""
