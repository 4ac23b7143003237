# SPDX-License-Identifier: Apache-2.0
"""libvirt's wire protocol without input and output: bytes in, values out, and the other way round.

Here are the programs as tables, the codec compiled from them, the framing, the mapping between wire structures and the
catalogue's operations, and exchanges of several steps (opening, authentication) as generators. No socket, thread,
task or clock: the client's shells and the daemon have those.
"""
