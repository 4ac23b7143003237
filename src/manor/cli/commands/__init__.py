# SPDX-License-Identifier: Apache-2.0
"""The commands, a module per area; `manor.cli.index` says which module has which. None is imported at start."""
