# SPDX-License-Identifier: Apache-2.0
"""From what a client wrote to what QEMU can run: ordered, named passes of pure functions over a domain document.

Each pass fills in what libvirt fills in, or refuses what libvirt refuses; none touches the host. `complete` runs those
a purpose needs. Command building then finds every default, controller, address and alias in the document.
"""
