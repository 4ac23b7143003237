# SPDX-License-Identifier: Apache-2.0
"""The command lines of qemu-img that make, convert and resize volumes, and how they are run."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from manor.errors import ErrorNumber
from manor.schema.common.encryption import Encryption
from manor.schema.volume import Volume, VolumeTarget
from manor.storage.documents import encryption_of, format_of, path_of
from manor.storage.errors import error, unsupported
from manor.system.process_run import run

SECTOR: Final = 512
_KIB: Final = 1024

KEY: Final = "passphrase"
SOURCE_KEY: Final = "source-passphrase"
"""What the passphrases of a new image and of the one it is made from are called on the command line."""

_AS_RAW: Final = frozenset({"iso"})
"""Formats that are nothing but content."""


async def call(arguments: Sequence[str], secrets: Mapping[str, bytes] = MappingProxyType({})) -> None:
    """Run qemu-img however long it takes; it is killed when nobody waits any more. `secrets` are passphrases by id.

    Raises VIR_ERR_INTERNAL_ERROR with what it said where it fails or is missing.
    """
    program = shutil.which("qemu-img")
    if program is None:
        raise error(ErrorNumber.INTERNAL_ERROR, "unable to find qemu-img")
    with with_secrets(arguments, secrets) as (argv, descriptors):
        (await run([program, *argv], timeout=None, pass_fds=descriptors)).check()


@contextlib.contextmanager
def with_secrets(arguments: Sequence[str], secrets: Mapping[str, bytes]) -> Iterator[tuple[list[str], list[int]]]:
    """Arguments and descriptors with passphrases that only this qemu-img can read: in memory, on no disk."""
    objects: list[str] = []
    with contextlib.ExitStack() as files:
        descriptors = []
        for name, value in secrets.items():
            handle = os.memfd_create(name)
            files.callback(os.close, handle)
            os.write(handle, value)
            os.lseek(handle, 0, os.SEEK_SET)
            objects += ["--object", f"secret,id={name},file=/dev/fd/{handle}"]
            descriptors.append(handle)
        yield [arguments[0], *objects, *arguments[1:]], descriptors


def tool_format(volume: Volume) -> str:
    """The volume's format as qemu-img calls it."""
    form = format_of(volume)
    if form == "raw" and encryption_of(volume) is not None:
        return "luks"
    return "raw" if form in _AS_RAW else form


def check(volume: Volume, *, preallocate: bool, clone: bool) -> None:
    """Refuse what qemu-img cannot make. Raises ManorError."""
    form, target = format_of(volume), (volume.target or VolumeTarget())
    backed = volume.backing_store is not None and not clone
    if preallocate and backed:
        raise unsupported("metadata preallocation conflicts with backing store")
    for wanted, words in (
        (preallocate, "metadata preallocation"),
        (target.compat is not None, "compatibility option"),
        (target.features is not None, "format features"),
    ):
        if wanted and form != "qcow2":
            raise unsupported(f"{words} only available with qcow2")
    if target.encryption is not None:
        check_encryption(form, target.encryption)
    backing = volume.backing_store.path if volume.backing_store is not None and backed else None
    if backing is not None and not _accessible(backing, target.path or ""):
        raise error.system(_missing_errno(backing, target.path or ""), f"inaccessible backing store volume {backing}")


def _accessible(backing: str, path: str) -> bool:
    return os.access(_beside(backing, path), os.R_OK)


def _missing_errno(backing: str, path: str) -> int:
    try:
        os.close(os.open(_beside(backing, path), os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC))
    except OSError as failure:
        return failure.errno or 2
    return 13


def _beside(backing: str, path: str) -> str:
    """A relative name is relative to the image that will have it in its header."""
    return os.path.join(os.path.dirname(path), backing)  # noqa: PTH118, PTH120


def check_encryption(form: str, encryption: Encryption) -> None:
    """Refuse an encryption that cannot be made. Raises ManorError."""
    kind = encryption.format_
    if form == "raw" and kind != "luks":
        raise error(ErrorNumber.INTERNAL_ERROR, "Only luks encryption is supported for raw files")
    if form not in ("raw", "qcow2"):
        raise unsupported(f"volume encryption unsupported with format {form}")
    if kind in ("qcow", "default"):
        raise unsupported("creation of qcow2 encrypted image is not supported")
    if kind != "luks":
        raise unsupported(f"unsupported volume encryption format {_ENCRYPTIONS.index(kind)}")
    require_secret(encryption)


def require_secret(encryption: Encryption) -> None:
    """Refuse an encryption without its one passphrase. Raises VIR_ERR_INVALID_ARG."""
    if len(encryption.secrets) != 1:
        text = "A single <secret type='passphrase'...> element is expected in encryption description"
        raise error(ErrorNumber.INVALID_ARG, text)


_ENCRYPTIONS: Final = ("default", "qcow", "luks", "luks2", "luks-any")
"""Formats of encryption as libvirt counts them, which is what it says of those it cannot make."""


def create_arguments(volume: Volume, *, preallocate: bool) -> list[str]:
    """The arguments that make an empty image."""
    backing = volume.backing_store
    argv = ["create", "-f", tool_format(volume)]
    options = []
    if backing is not None and backing.path:
        argv += ["-b", backing.path]
        options.append(f"backing_fmt={(backing.format_.type if backing.format_ is not None else None) or 'raw'}")
    options += _options(volume, preallocate=preallocate)
    if options:
        argv += ["-o", ",".join(options)]
    argv.append(path_of(volume))
    # Without a size the image is as large as the one below it.
    if volume.capacity is not None:
        argv.append(f"{-(-volume.capacity // _KIB)}K")
    return argv


def convert_arguments(volume: Volume, source: Volume, *, preallocate: bool) -> list[str]:
    """The arguments that make an image of another one's content."""
    argv = ["convert", "-f", tool_format(source), "-O", tool_format(volume)]
    options = _options(volume, preallocate=preallocate)
    if options:
        argv += ["-o", ",".join(options)]
    return [*argv, path_of(source), path_of(volume)]


def transcribe_arguments(volume: Volume, source: Volume) -> list[str]:
    """The arguments that copy content into an image that is there, where one of the two is encrypted."""
    flags = ("--image-opts", "-n", "--target-image-opts")
    return ["convert", *flags, _image_options(source, SOURCE_KEY), _image_options(volume, KEY)]


def _image_options(volume: Volume, key: str) -> str:
    """How an image is opened with its passphrase; a comma in a path is written twice."""
    options = [f"driver={tool_format(volume)}", f"file.filename={path_of(volume).replace(',', ',,')}"]
    if encryption_of(volume) is not None:
        options.append(f"encrypt.key-secret={key}" if format_of(volume) == "qcow2" else f"key-secret={key}")
    return ",".join(options)


def resize_arguments(volume: Volume, capacity: int) -> list[str]:
    """The arguments that give an image another capacity, in bytes; it is rounded up to sectors."""
    rounded = str(-(-capacity // SECTOR) * SECTOR)
    shrink = ["--shrink"] if capacity < (volume.capacity or 0) else []
    if encryption_of(volume) is not None:
        return ["resize", *shrink, "--image-opts", _image_options(volume, KEY), rounded]
    return ["resize", *shrink, path_of(volume), rounded]


def _options(volume: Volume, *, preallocate: bool) -> list[str]:
    """The options of -o that follow from the volume itself, in libvirt's order."""
    target, form = (volume.target or VolumeTarget()), format_of(volume)
    options = _encryption_options(form, target.encryption) if target.encryption is not None else []
    if preallocate:
        whole = (volume.allocation or 0) >= (volume.capacity or 0)
        options.append(f"preallocation={'falloc' if whole else 'metadata'}")
    if target.nocow:
        options.append("nocow=on")
    if form == "qcow2":
        # The older form is what every QEMU reads, and libvirt's default.
        options.append(f"compat={target.compat or '0.10'}")
        if target.cluster_size:
            options.append(f"cluster_size={target.cluster_size}")
        options += _feature_options(target)
    return options


def _feature_options(target: VolumeTarget) -> list[str]:
    options = []
    for feature, option in (("lazy_refcounts", "lazy_refcounts"), ("extended_l2", "extended_l2=on")):
        if target.features is not None and getattr(target.features, feature):
            if target.compat == "0.10":
                raise unsupported(f"{feature} not supported with compat level {target.compat}")
            options.append(option)
    return options


def _encryption_options(form: str, encryption: Encryption) -> list[str]:
    """The options of a LUKS header; inside a qcow2 image they have a prefix."""
    prefix = "encrypt." if form == "qcow2" else ""
    options = [f"{prefix}format=luks"] if prefix else []
    options.append(f"{prefix}key-secret={KEY}")
    cipher, vector = encryption.cipher, encryption.ivgen
    if cipher is not None:
        options.append(f"{prefix}cipher-alg={cipher.name}-{cipher.size}")
        options += [f"{prefix}cipher-mode={cipher.mode}"] if cipher.mode else []
        options += [f"{prefix}hash-alg={cipher.hash}"] if cipher.hash else []
    if vector is not None:
        options.append(f"{prefix}ivgen-alg={vector.name}")
        options += [f"{prefix}ivgen-hash-alg={vector.hash}"] if vector.hash else []
    return options
