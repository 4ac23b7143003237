# SPDX-License-Identifier: Apache-2.0
"""Putting the state of domains into files and taking it out again: save, restore, dump, screenshot."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from manor.cli import lookup
from manor.cli.common import absolute, bits, read_text
from manor.cli.failure import CommandFailed
from manor.cli.longjob import LongJob
from manor.cli.model import command
from manor.cli.streams import receive
from manor.constants import DomainCoreDumpFlags, DomainCoreDumpFormat, DomainSaveField, DomainSaveRestoreFlags
from manor.records import int_param, string_param

if TYPE_CHECKING:
    from manor.cli.args import Args
    from manor.cli.shell import Shell
    from manor.records import TypedParam

SAVE_FLAGS = {
    "bypass-cache": DomainSaveRestoreFlags.BYPASS_CACHE,
    "running": DomainSaveRestoreFlags.RUNNING,
    "paused": DomainSaveRestoreFlags.PAUSED,
}
RESTORE_FLAGS = {**SAVE_FLAGS, "reset-nvram": DomainSaveRestoreFlags.RESET_NVRAM}
DUMP_FLAGS = {
    "live": DomainCoreDumpFlags.LIVE,
    "crash": DomainCoreDumpFlags.CRASH,
    "bypass-cache": DomainCoreDumpFlags.BYPASS_CACHE,
    "reset": DomainCoreDumpFlags.RESET,
    "memory-only": DomainCoreDumpFlags.MEMORY_ONLY,
}
FORMATS = {
    "elf": DomainCoreDumpFormat.RAW,
    "kdump-zlib": DomainCoreDumpFormat.KDUMP_ZLIB,
    "kdump-lzo": DomainCoreDumpFormat.KDUMP_LZO,
    "kdump-snappy": DomainCoreDumpFormat.KDUMP_SNAPPY,
    "win-dmp": DomainCoreDumpFormat.WIN_DMP,
}
SUFFIXES = {"image/png": ".png", "image/x-portable-pixmap": ".ppm"}


@command(
    "save",
    "save a running domain to a file, and stop it",
    """
    @active
    <file>{file}  the file
    --bypass-cache  keep it out of the file system cache
    --xml STRING{file}  file with the domain's XML for the restore
    --running  let it run after the restore
    --paused  leave it paused after the restore
    --verbose  show the progress
    --image-format=STRING{save-format}  format of the file
    --parallel-channels=NUMBER  write with so many threads
    """,
)
def save(shell: Shell, args: Args) -> None:
    dom = lookup.domain(shell, args)
    name, path = args.required("domain"), args.required("file")
    xml_path = args.text("xml")
    xml = read_text(xml_path) if xml_path is not None else None
    flags = bits(args, SAVE_FLAGS)
    target = absolute(path)

    def work() -> object:
        params = _save_params(args, target, xml)
        if params:
            return shell.call("domain_save_params", dom, params, flags)
        if flags or xml is not None:
            return shell.call("domain_save_flags", dom, target, xml, flags)
        return shell.call("domain_save", dom, target)

    with shell.failing(f"Failed to save domain '{name}' to {path}"):
        LongJob(shell, dom, "Save", verbose=args.flag("verbose")).run(work)
    shell.out.note(f"\nDomain '{name}' saved to {path}")


def _save_params(args: Args, target: str, xml: str | None) -> list[TypedParam]:
    """Everything as parameters, where something is asked for that only they can say."""
    chosen, channels = args.text("image-format"), args.number("parallel-channels", 1)
    if chosen is None and channels is None:
        return []
    params = [string_param(DomainSaveField.FILE.value, target)]
    if xml is not None:
        params.append(string_param(DomainSaveField.DXML.value, xml))
    if chosen is not None:
        params.append(string_param(DomainSaveField.IMAGE_FORMAT.value, chosen))
    if channels is not None:
        params.append(int_param(DomainSaveField.PARALLEL_CHANNELS.value, channels))
    return params


@command(
    "restore",
    "start a domain from a file it was saved to",
    """
    <file>{file}  the file
    --bypass-cache  keep it out of the file system cache
    --xml STRING{file}  file with the domain's XML to use
    --running  let it run
    --paused  leave it paused
    --reset-nvram  start with fresh NVRAM
    --parallel-channels=NUMBER  read with so many threads
    """,
)
def restore(shell: Shell, args: Args) -> None:
    path = args.required("file")
    xml_path = args.text("xml")
    xml = read_text(xml_path) if xml_path is not None else None
    flags = bits(args, RESTORE_FLAGS)
    channels = args.number("parallel-channels", 1)
    source = absolute(path)
    with shell.failing(f"Failed to restore domain from {path}"):
        if channels is not None:
            params = [string_param(DomainSaveField.FILE.value, source)]
            if xml is not None:
                params.append(string_param(DomainSaveField.DXML.value, xml))
            params.append(int_param(DomainSaveField.PARALLEL_CHANNELS.value, channels))
            shell.call("domain_restore_params", params, flags)
        elif flags or xml is not None:
            shell.call("domain_restore_flags", source, xml, flags)
        else:
            shell.call("domain_restore", source)
    shell.out.note(f"Domain restored from {path}")


@command(
    "managedsave",
    "stop a domain such that its next start goes on from here",
    """
    @active
    --bypass-cache  keep its state out of the file system cache
    --running  let it run after the start
    --paused  leave it paused after the start
    --verbose  show the progress
    """,
)
def managedsave(shell: Shell, args: Args) -> None:
    dom = lookup.domain(shell, args)
    name = args.required("domain")
    flags = bits(args, SAVE_FLAGS)
    with shell.failing(f"Failed to save domain '{name}' state"):
        LongJob(shell, dom, "Managedsave", verbose=args.flag("verbose")).run(
            lambda: shell.call("domain_managed_save", dom, flags)
        )
    shell.out.note(f"\nDomain '{name}' state saved by libvirt")


@command("managedsave-remove", "drop the managed save of a domain", "@inactive")
def managedsave_remove(shell: Shell, args: Args) -> None:
    dom = lookup.domain(shell, args)
    name = args.required("domain")
    with shell.failing("Failed to check for domain managed save image"):
        there = shell.call("domain_has_managed_save_image", dom, 0)
    if not there:
        shell.out.note(f"Domain '{name}' has no manage save image; removal skipped", "")
        return
    with shell.failing(f"Failed to remove managed save image for domain '{name}'"):
        shell.call("domain_managed_save_remove", dom, 0)
    shell.out.note(f"Removed managedsave image for domain '{name}'", "")


@command(
    "dump",
    "write the memory of a domain to a file, for analysis",
    """
    @active
    <file>{file}  the file
    --live  while it runs
    --crash  and stop it
    --bypass-cache  keep the file out of the file system cache
    --reset  and reset it
    --verbose  show the progress
    --memory-only  only the memory, for tools that read core files
    --format STRING{dump-format}  elf, kdump-zlib, kdump-lzo, kdump-snappy or win-dmp
    """,
)
def dump(shell: Shell, args: Args) -> None:
    dom = lookup.domain(shell, args)
    name, path = args.required("domain"), args.required("file")
    flags = bits(args, DUMP_FLAGS)
    form = args.text("format")
    if form is not None:
        if not args.flag("memory-only"):
            raise CommandFailed("--format only works with --memory-only")
        if form not in FORMATS:
            raise CommandFailed(
                f"format '{form}' is not supported, expecting "
                "'kdump-zlib', 'kdump-lzo', 'kdump-snappy', 'win-dmp' or 'elf'"
            )
    target = absolute(path)

    def work() -> object:
        if form is None or FORMATS[form] == DomainCoreDumpFormat.RAW:
            return shell.call("domain_core_dump", dom, target, flags)
        return shell.call("domain_core_dump_with_format", dom, target, int(FORMATS[form]), flags)

    with shell.failing(f"Failed to core dump domain '{name}' to {path}"):
        LongJob(shell, dom, "Dump", verbose=args.flag("verbose")).run(work)
    shell.out.note(f"\nDomain '{name}' dumped to {path}")


@command(
    "screenshot",
    "write what a domain's screen shows to a file",
    """
    @active
    --file STRING{file}  the file, named after domain and time if not given
    --screen NUMBER  number of the screen
    """,
)
def screenshot(shell: Shell, args: Args) -> None:
    screen = args.unsigned("screen") or 0
    path = args.text("file")
    dom = lookup.domain(shell, args)
    stream = shell.backend.new_stream()
    with shell.failing(f"could not take a screenshot of {args.required('domain')}"):
        mime = shell.call("domain_screenshot", dom, screen, 0, stream) or "unknown"
    if path is None:
        stamp = time.strftime("%Y-%m-%d-%H:%M:%S", time.localtime())
        path = f"{dom.name}-{stamp}{SUFFIXES.get(mime, '')}"
    try:
        file = open(path, "wb")  # noqa: PTH123, SIM115 - closed below
    except OSError:
        stream.abort()
        raise CommandFailed(f"cannot create file {path}") from None
    finished = False
    try:
        with file:
            with shell.failing(f"could not receive data from domain '{args.required('domain')}'"):
                receive(stream, file, sparse=False, progress=lambda total: None)
            with shell.failing(f"cannot close stream on domain '{args.required('domain')}'"):
                stream.finish()
        finished = True
    finally:
        if not finished:
            os.unlink(path)  # noqa: PTH108
    shell.out.note(f"Screenshot saved to {path}, with type of {mime}", "", file=path, type=mime)
