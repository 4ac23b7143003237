# SPDX-License-Identifier: Apache-2.0
"""The single catalogue of operations, and what a driver is.

One class per family declares each operation once, as a typed coroutine named like its wire procedure. A driver
subclasses the families it serves and overrides what it can do; everything else answers VIR_ERR_NO_SUPPORT by
inheritance. Server dispatch, the remote driver and the support table are derived from these classes and the wire
tables. No driver, socket or document lives here.

Shapes: operations take and return `manor.records` values. Arguments that only size a wire buffer (maxnames,
need_results, nparams, maplen) do not exist here: operations return whole lists. CPU maps are bytes, bit n of byte
n // 8 standing for CPU n. Where an older call is a newer one with fixed arguments, the base class says so and drivers
implement the newer one only.
"""

from manor.drivers.interface.driver import Driver, DriverContext, DriverProvider
from manor.drivers.interface.events import EventBus, Subscription
from manor.drivers.interface.family import Family
from manor.drivers.interface.session import Identity, Session
from manor.drivers.interface.stream import Hole, Stream

__all__ = [
    "Driver",
    "DriverContext",
    "DriverProvider",
    "EventBus",
    "Family",
    "Hole",
    "Identity",
    "Session",
    "Stream",
    "Subscription",
]
