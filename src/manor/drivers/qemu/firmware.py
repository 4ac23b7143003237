# SPDX-License-Identifier: Apache-2.0
"""The variable store of a guest with UEFI firmware: where it is, and making it from its template."""

from __future__ import annotations

import shutil
from pathlib import Path

from manor.errors import ErrorDomain, ErrorNumber, reporter
from manor.schema.domain import Domain
from manor.system.undo import Undo

_error = reporter(ErrorDomain.QEMU)


def variable_store(document: Domain) -> Path | None:
    """The local file with the firmware's variables, if the document has one."""
    nvram = document.os.nvram if document.os is not None else None
    if nvram is None:
        return None
    source = nvram.source
    path = nvram.value or getattr(source, "file", None)
    return Path(path) if path else None


def make_variable_store(document: Domain, undo: Undo, *, reset: bool) -> None:
    """Copy the template into place where the store is missing, or always with `reset`.

    The copy appears under its name complete or not at all; a store made here is removed again when the start fails.
    Raises VIR_ERR_OPERATION_FAILED when the document names no template, VIR_ERR_SYSTEM_ERROR when copying fails.
    """
    path = variable_store(document)
    if path is None or (path.exists() and not reset):
        return
    template = document.os.nvram.template if document.os is not None and document.os.nvram is not None else None
    if template is None:
        raise _error(
            ErrorNumber.OPERATION_FAILED, f"unable to find any master var store for loader: {_loader(document)}"
        )
    existed = path.exists()
    partial = path.with_name(f".{path.name}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(template, partial)
        partial.chmod(0o600)
        partial.replace(path)
    except OSError as failure:
        partial.unlink(missing_ok=True)
        raise _error.system(failure.errno or 5, f"Failed to create file '{path}'") from failure
    if not existed:
        undo.push_for_failure(path.unlink, missing_ok=True)


def _loader(document: Domain) -> str:
    loader = document.os.loader if document.os is not None else None
    return (loader.value or "") if loader is not None else ""
