# SPDX-License-Identifier: Apache-2.0
"""The host in libvirt's documents: what every driver answers about the machine it runs on.

`manor.system` finds the facts, `manor.schema` knows the elements; here one is put into the other: the
SMBIOS document, and the calls that compare and combine CPUs given as XML.  What belongs to one hypervisor
is that driver's.
"""
