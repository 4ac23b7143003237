# SPDX-License-Identifier: Apache-2.0
"""manord: sockets, sessions, dispatch, access control, configuration and the admin interface.

The daemon translates between the wire and the catalogue of operations and decides who may call what. It knows no
hypervisor: drivers come from `manor.drivers.registry`, the meaning of bytes from `manor.wire`.
"""
