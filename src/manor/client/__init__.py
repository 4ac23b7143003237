# SPDX-License-Identifier: Apache-2.0
"""Connections from the client's side: to a daemon over a socket, or to a driver in this process.

Blocking and asyncio shells over the sans-IO core of manor.wire, the transports, and `open_backend`, which gives the
blocking faces a connection for a URI. No command and no API class lives here.
"""

from manor.client.backend import Backend, ClientStream, open_backend

__all__ = ["Backend", "ClientStream", "open_backend"]
