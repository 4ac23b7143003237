# SPDX-License-Identifier: Apache-2.0
"""Figures of guests: what QEMU, the kernel and held state say, and libvirt's names for it.

One module per source; `bulk` joins them into the groups of virConnectGetAllDomainStats. Nothing here changes a guest.
"""
