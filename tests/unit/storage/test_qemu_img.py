# SPDX-License-Identifier: Apache-2.0
"""The command lines of qemu-img."""

from __future__ import annotations

import pytest

from manor.errors import ManorError
from manor.schema import volume_rules
from manor.schema.volume import Volume
from manor.storage.folder import qemu_img

SECRET = "<secret type='passphrase' uuid='f52a81b2-424e-490c-823d-6bd4235bc572'/>"


def volume(form: str = "qcow2", more: str = "", target: str = "", capacity: int = 1 << 20) -> Volume:
    """A volume that has its place."""
    xml = (
        f"<volume><name>v</name><capacity>{capacity}</capacity>{more}"
        f"<target><format type='{form}'/>{target}</target></volume>"
    )
    document = volume_rules.read(xml, "dir")
    assert document.target is not None
    return document.evolve(target=document.target.evolve(path="/p/v"))


BASE = "<backingStore><path>/p/base</path><format type='raw'/></backingStore>"


@pytest.mark.parametrize(
    ("document", "preallocate", "words"),
    [
        (volume(), False, "create -f qcow2 -o compat=0.10 /p/v 1024K"),
        (volume(capacity=1025), False, "create -f qcow2 -o compat=0.10 /p/v 2K"),
        (volume("vdi"), False, "create -f vdi /p/v 1024K"),
        (volume("iso"), False, "create -f raw /p/v 1024K"),
        (volume(), True, "create -f qcow2 -o preallocation=falloc,compat=0.10 /p/v 1024K"),
        (
            volume(more="<allocation>0</allocation>"),
            True,
            "create -f qcow2 -o preallocation=metadata,compat=0.10 /p/v 1024K",
        ),
        (volume(more=BASE), False, "create -f qcow2 -b /p/base -o backing_fmt=raw,compat=0.10 /p/v 1024K"),
        (
            volume(target="<compat>1.1</compat><clusterSize>65536</clusterSize><features><lazy_refcounts/></features>"),
            False,
            "create -f qcow2 -o compat=1.1,cluster_size=65536,lazy_refcounts /p/v 1024K",
        ),
        (volume(target="<nocow/>"), False, "create -f qcow2 -o nocow=on,compat=0.10 /p/v 1024K"),
    ],
)
def test_creating(document: Volume, preallocate: bool, words: str) -> None:
    assert " ".join(qemu_img.create_arguments(document, preallocate=preallocate)) == words


def test_converting_and_resizing() -> None:
    words = qemu_img.convert_arguments(volume("raw"), volume(), preallocate=False)
    assert words == ["convert", "-f", "qcow2", "-O", "raw", "/p/v", "/p/v"]
    assert qemu_img.resize_arguments(volume(), 1000) == ["resize", "--shrink", "/p/v", "1024"]
    assert qemu_img.resize_arguments(volume(), 2 << 20) == ["resize", "/p/v", "2097152"]


def test_encrypted_images_are_named_with_their_keys() -> None:
    locked = volume("raw", target=f"<encryption format='luks'>{SECRET}</encryption>")
    assert qemu_img.transcribe_arguments(locked, volume()) == [
        *("convert", "--image-opts", "-n", "--target-image-opts", "driver=qcow2,file.filename=/p/v"),
        "driver=luks,file.filename=/p/v,key-secret=passphrase",
    ]
    assert qemu_img.resize_arguments(locked, 2 << 20)[1:] == [
        *("--image-opts", "driver=luks,file.filename=/p/v,key-secret=passphrase", "2097152"),
    ]


def test_a_passphrase_is_in_memory_only() -> None:
    with qemu_img.with_secrets(["create", "x"], {"k": b"open sesame"}) as (argv, descriptors):
        assert "sesame" not in " ".join(argv)
        assert argv[:2] == ["create", "--object"]
        assert len(descriptors) == 1
    with qemu_img.with_secrets(["create", "x"], {}) as (argv, descriptors):
        assert (argv, descriptors) == (["create", "x"], [])


@pytest.mark.parametrize(
    ("document", "preallocate", "words"),
    [
        (volume("vdi"), True, "metadata preallocation only available with qcow2"),
        (volume(more=BASE), True, "metadata preallocation conflicts with backing store"),
        (volume("vdi", target="<compat>1.1</compat>"), False, "compatibility option only available with qcow2"),
        (volume(more=BASE), False, "inaccessible backing store volume /p/base"),
        (volume("vdi", target=f"<encryption format='luks'>{SECRET}</encryption>"), False, "volume encryption"),
        (volume(target="<encryption format='luks'/>"), False, "A single <secret"),
        (volume(target=f"<encryption format='luks'>{SECRET}{SECRET}</encryption>"), False, "A single <secret"),
        (volume(target=f"<encryption format='qcow'>{SECRET}</encryption>"), False, "creation of qcow2 encrypted"),
        (volume("raw", target=f"<encryption format='qcow'>{SECRET}</encryption>"), False, "Only luks encryption"),
        (volume(target=f"<encryption format='luks2'>{SECRET}</encryption>"), False, "volume encryption format 3"),
    ],
)
def test_what_cannot_be_made(document: Volume, preallocate: bool, words: str) -> None:
    with pytest.raises(ManorError, match=words):
        qemu_img.check(document, preallocate=preallocate, clone=False)
