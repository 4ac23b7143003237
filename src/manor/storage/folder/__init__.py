# SPDX-License-Identifier: Apache-2.0
"""Pools that are folders, with files as volumes.

`backend` says what such a pool can do; `folders` makes and removes the folder, `look` describes what is in it,
`create`, `change` and `transfer` work on one volume, `qemu_img` words the command lines of that tool.
"""

from manor.storage.folder.backend import FolderBackend

__all__ = ["FolderBackend"]
