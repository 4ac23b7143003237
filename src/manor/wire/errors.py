# SPDX-License-Identifier: Apache-2.0
"""What can be wrong with bytes or values on their way over the wire.

These are the protocol layer's own; shells turn them into `ManorError` with the texts libvirt gives its callers.
"""

from __future__ import annotations


class WireError(Exception):
    """Anything wrong with the protocol."""


class FrameError(WireError):
    """A length or header that cannot be: the connection must be dropped, since the next frame cannot be found."""


class DecodeError(WireError):
    """A payload that does not fit its structure; the frame around it is sound."""


class EncodeError(WireError):
    """A value that its structure or the protocol's limits do not admit."""
