# SPDX-License-Identifier: Apache-2.0
"""The keepalive program, written by tools/generate_wire_tables.py: do not edit."""

NUMBER = 0x6B656570
VERSION = 1

LIMITS = """
"""

STRUCTURES = """
"""

PROCEDURES = """
1 ping; ; ;
2 pong; ; ;
"""
