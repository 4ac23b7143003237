# SPDX-License-Identifier: Apache-2.0
"""The demonstration: a small real Linux guest, built from the machine's own packages, and a tour with it.

Here live the builder of that guest (kernel and initramfs, also used by the tests) and the flow of
`make demo`. Nothing else in manor may depend on this package; it uses manor as any program would.
"""
