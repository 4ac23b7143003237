# SPDX-License-Identifier: Apache-2.0
"""manor runs virtual machines: libvirt's objects, XML, errors and wire protocol, in Python."""

__version__ = "0.1.0"
