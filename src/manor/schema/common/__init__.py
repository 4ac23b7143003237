# SPDX-License-Identifier: Apache-2.0
"""Elements that several documents share: device addresses, storage sources, network settings, labels.

An element that only one document knows lives with that document.
"""
