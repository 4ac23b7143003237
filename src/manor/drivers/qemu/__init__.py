# SPDX-License-Identifier: Apache-2.0
"""The QEMU driver: guest actors, the QMP monitor, the guest agent, probing and command building.

Document rules shared with other drivers live in ``schema`` and the services, not here.
"""
