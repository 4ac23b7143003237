# SPDX-License-Identifier: Apache-2.0
"""The stock virsh commands about pools and volumes that are given to manord and to a real libvirtd, in this order.

`DIR` is a side's folder. A line that starts with `#` has every number masked in its answer: figures of the disk that
both are on.
"""

from __future__ import annotations

from typing import Final

COMMANDS: Final = """
    pool-capabilities nosuch
    pool-list --all
    pool-list --inactive --name
    pool-define-as vp dir --target DIR/vp
    pool-define-as vp dir --target DIR/vp --print-xml
    pool-define-as vq dir --target DIR/vp
    pool-define-as vq nosuch --target DIR/vq
    pool-list
    pool-list --all
    pool-list --all --details
    pool-list --all --uuid --name
    pool-info vp
    pool-start vp
    pool-start vp --build
    #pool-info vp
    #pool-info vp --bytes
    pool-autostart vp
    pool-info nosuch
    pool-list --autostart
    pool-list --type dir
    pool-list --type fs
    pool-list --type nosuch
    #pool-list --details
    pool-autostart vp --disable
    #pool-dumpxml vp --inactive
    pool-uuid vp
    pool-refresh vp
    pool-build vp
    pool-delete vp
    pool-undefine vp
    vol-list vp
    vol-create-as vp a.img 1M
    vol-create-as vp a.img 1M
    vol-create-as vp b.qcow2 10M --format qcow2
    vol-create-as vp c.qcow2 10M --format qcow2 --backing-vol b.qcow2 --backing-vol-format qcow2
    vol-create-as vp d.img 2M --allocation 0
    vol-create-as vp e.img 1M --format nosuch
    vol-create-as vp f.img 1M --print-xml
    vol-create-as vp g.img nonsense
    vol-create-as vp h.qcow2 1M --format qcow2 --prealloc-metadata
    vol-list vp
    vol-list vp --details
    vol-info a.img vp
    vol-info a.img vp --bytes
    vol-info a.img vp --physical
    vol-info DIR/vp/a.img
    vol-info nosuch vp
    vol-info nosuch
    vol-path a.img vp
    vol-key a.img vp
    vol-name DIR/vp/a.img
    vol-pool DIR/vp/a.img
    vol-pool DIR/vp/a.img --uuid
    vol-resize d.img 4M vp
    vol-resize d.img 1M vp
    vol-resize d.img 1M vp --shrink
    vol-resize d.img 1M vp --delta
    vol-resize d.img 8M vp --allocate
    vol-resize b.qcow2 20M vp
    vol-info d.img vp
    vol-clone a.img a2.img vp
    vol-clone b.qcow2 b2.qcow2 vp
    vol-clone nosuch x vp
    vol-clone a.img a2.img vp
    vol-wipe a2.img vp
    vol-wipe a2.img vp --algorithm zero
    vol-wipe a2.img vp --algorithm dod
    vol-wipe a2.img vp --algorithm trim
    vol-wipe a2.img vp --algorithm nosuch
    vol-upload a.img DIR/g.xml vp
    vol-download a.img DIR/down vp
    vol-download a.img DIR/down2 vp --offset 10 --length 20
    vol-download d.img DIR/down3 vp --sparse
    vol-upload d.img DIR/down3 vp --sparse
    vol-upload a.img DIR/nosuch vp
    vol-delete a2.img vp
    vol-delete a2.img vp
    vol-delete a.img vp --delete-snapshots
    pool-create-as vt dir --target DIR/vt
    pool-create-as vt dir --target DIR/vt --build
    pool-create-as vt dir --target DIR/vt
    vol-clone a.img far.img vp
    pool-event --list
    pool-destroy vt
    pool-destroy vt
    find-storage-pool-sources dir
    find-storage-pool-sources nosuch
    pool-destroy vp
    vol-list vp
    vol-info a.img vp
    pool-delete vp
    pool-undefine vp
    pool-undefine vp
    pool-list --all
"""


def commands() -> list[str]:
    """The commands, one by one."""
    return [line.strip() for line in COMMANDS.strip().splitlines()]
