# SPDX-License-Identifier: Apache-2.0
"""The `manor` command: virsh's commands, names, output and exit codes, and what manor adds to them.

A command is one row of a table (name, summary, options) and a small function; `index` says which module has it, and
that module is imported when the command runs. Everything goes through the blocking backend of `manor.client`, in the
shapes of the catalogue; nothing here knows a driver. Standard library only, and at start neither asyncio nor ssl.
"""
