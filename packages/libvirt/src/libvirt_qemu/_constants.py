# SPDX-License-Identifier: Apache-2.0
"""Every VIR_* constant of the module; the stub beside this file lists them for type checkers."""

from manor.constants import values

globals().update(values("libvirt-qemu"))
