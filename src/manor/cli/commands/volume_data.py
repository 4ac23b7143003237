# SPDX-License-Identifier: Apache-2.0
"""Moving the contents of storage volumes to and from files."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

from manor.cli import lookup
from manor.cli.common import bits
from manor.cli.failure import CommandFailed
from manor.cli.model import command
from manor.cli.progress import Progress
from manor.cli.streams import receive, send
from manor.constants import StorageVolDownloadFlags, StorageVolUploadFlags
from manor.errors import ManorError

if TYPE_CHECKING:
    from collections.abc import Callable

    from manor.cli.args import Args
    from manor.cli.shell import Shell


def _on_terminal(label: str, total: int) -> Callable[[int], None]:
    """Progress where somebody looks, silence elsewhere: virsh prints none."""
    if not (sys.stderr.isatty() and total):
        return lambda moved: None
    bar = Progress(label)

    def show(moved: int) -> None:
        bar.show(total - moved, total)
        if moved >= total:
            bar.finish()

    return show


@command(
    "vol-download",
    "write the contents of a volume to a file",
    """
    <vol>{volume}  volume name, key or path
    <file>{file}  the file
    --pool STRING{pool}  its pool
    --offset NUMBER  where in the volume to start
    --length NUMBER  how much to write, everything if not given
    --sparse  keep holes
    """,
)
def vol_download(shell: Shell, args: Args) -> None:
    offset, length = args.unsigned64("offset") or 0, args.unsigned64("length") or 0
    vol = lookup.volume(shell, args)
    path = args.required("file")
    flags = bits(args, {"sparse": StorageVolDownloadFlags.SPARSE_STREAM})
    total = length
    if sys.stderr.isatty() and not length:
        with suppress(ManorError):
            total = shell.call("storage_vol_get_info", vol).capacity - offset
    created = not os.path.exists(path)  # noqa: PTH110 - the path is the user's own spelling
    try:
        file = open(path, "wb")  # noqa: PTH123, SIM115 - closed below, whatever happens
    except OSError:
        raise CommandFailed(f"cannot create {path}") from None
    finished = False
    try:
        with file:
            stream = shell.backend.new_stream()
            with shell.failing(f"cannot download from volume {args.required('vol')}"):
                shell.call("storage_vol_download", vol, offset, length, flags, stream)
            with shell.failing(f"cannot receive data from volume {args.required('vol')}"):
                receive(stream, file, sparse=args.flag("sparse"), progress=_on_terminal("Download", total))
            with shell.failing(f"cannot close volume {args.required('vol')}"):
                stream.finish()
        finished = True
    finally:
        if created and not finished:
            os.unlink(path)  # noqa: PTH108


@command(
    "vol-upload",
    "write the contents of a file to a volume",
    """
    <vol>{volume}  volume name, key or path
    <file>{file}  the file
    --pool STRING{pool}  its pool
    --offset NUMBER  where in the volume to start
    --length NUMBER  how much to write, everything if not given
    --sparse  keep holes
    """,
)
def vol_upload(shell: Shell, args: Args) -> None:
    offset, length = args.unsigned64("offset") or 0, args.unsigned64("length") or 0
    vol = lookup.volume(shell, args)
    name, path = args.required("vol"), args.required("file")
    try:
        file = open(path, "rb")  # noqa: PTH123, SIM115 - closed below
    except OSError:
        raise CommandFailed(f"cannot read {path}") from None
    with file:
        stream = shell.backend.new_stream()
        flags = bits(args, {"sparse": StorageVolUploadFlags.SPARSE_STREAM})
        with shell.failing(f"cannot upload to volume {name}"):
            shell.call("storage_vol_upload", vol, offset, length, flags, stream)
        progress = _on_terminal("Upload", length or os.fstat(file.fileno()).st_size)
        with shell.failing(f"cannot send data to volume {name}"):
            send(stream, file, length, sparse=args.flag("sparse"), progress=progress)
        with shell.failing(f"cannot close volume {name}"):
            stream.finish()
