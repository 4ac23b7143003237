# SPDX-License-Identifier: Apache-2.0
"""The remote driver: every operation of the catalogue, asked of a daemon over the wire.

Its families are derived from the catalogue; what an operation looks like on the wire is manor.wire's business, the
connection is manor.client's. Here are the driver object, its events, its streams, and healing: reconnecting by itself.
"""

from manor.drivers.remote.driver import RemoteDriver, connect
from manor.drivers.remote.healing import Gap, Healing

__all__ = ["Gap", "Healing", "RemoteDriver", "connect"]
