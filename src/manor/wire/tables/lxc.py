# SPDX-License-Identifier: Apache-2.0
"""The lxc program, written by tools/generate_wire_tables.py: do not edit."""

NUMBER = 0x68000
VERSION = 1

LIMITS = """
"""

STRUCTURES = """
"""

PROCEDURES = """
1 domain_open_namespace fds=out; domain:open_namespace; dom:domain flags:uint;
"""
