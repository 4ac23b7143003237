# SPDX-License-Identifier: Apache-2.0
"""As whom QEMU runs, and which files are given to it: libvirt's security model `dac`.

`accounts` are users and labels, `labels` the `<seclabel>` elements, `resources` says what a guest needs of the host,
`ledger` gives files away and back. `driver` joins them for the rest of the QEMU driver, which knows nothing of users.
"""
