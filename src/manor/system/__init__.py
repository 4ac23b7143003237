# SPDX-License-Identifier: Apache-2.0
"""What touches the machine: processes, descriptors, undo stacks, host facts, cgroups.

Nothing here knows about guests, XML documents or connections; drivers and services build on it.
"""
