# SPDX-License-Identifier: Apache-2.0
"""Pools that are folders, with files as volumes; of some types the folder's content is mounted.

`backend` and `mounted` say what such pools can do, `folders` makes and removes the folder, `mounts` words what is
mounted, `look` describes what is in the folder; `create`, `change` and `transfer` work on one volume, `qemu_img` words
the command lines of that tool.
"""

from manor.storage.folder.backend import FolderBackend
from manor.storage.folder.mounted import FileSystemBackend, NetworkFileSystemBackend

BACKENDS = (FolderBackend, FileSystemBackend, NetworkFileSystemBackend)
"""One class per type of pools."""
