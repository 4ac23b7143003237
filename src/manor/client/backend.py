# SPDX-License-Identifier: Apache-2.0
"""What a blocking face (the drop-in module, the command line) needs of a connection, and how it gets one.

A `Backend` is one open connection. Two kinds exist: the blocking remote shell, over a socket to a daemon
(`manor.client.blocking`), and the embedded shell, over a driver in this process (`manor.client.embedded`).
`open_backend` chooses by URI. Both may be shared by threads. Here are only the contract and the choice.

How input reaches the program: whatever arrives outside a call (events, stream data, the end of the connection) is
queued by the backend. It calls the function given to `set_wakeup` when something was queued, from whatever thread
noticed it; the face then fetches events with `take_events` and asks its streams for `ready`, in the thread of its own
event loop. While no call is under way somebody must watch `fileno()` and call `pump()` when it is readable.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from manor.constants import ConnectCloseReason, ConnectCredentialType, StreamEventType
from manor.uri import ConnectURI

if TYPE_CHECKING:
    from manor.records.events import Event

Wakeup = Callable[[], None]


class StreamHole(NamedTuple):
    """A run of zeros in a sparse stream; length in bytes."""

    length: int


class ClientStream(Protocol):
    """The client's end of a data stream.

    It carries nothing until it was given, as the argument `stream`, to an operation that succeeded. After that every
    method raises ManorError once the peer reported an error; one failure or abort ends the stream.
    """

    def send(self, data: bytes, *, wait: bool) -> int | None:
        """Send and return the number of bytes taken, at least one; None where it would have to wait and may not."""

    def send_hole(self, length: int) -> None:
        """Send a hole of `length` bytes instead of zeros; sparse streams only."""

    def recv(self, size: int, *, wait: bool, stop_at_hole: bool = False) -> bytes | StreamHole | None:
        """Up to `size` bytes; b"" at the end of the data; None where it would have to wait and may not.

        A hole is returned as the zeros it stands for; with `stop_at_hole` as a StreamHole, which stays in front until
        `recv_hole` takes it.
        """

    def recv_hole(self) -> int:
        """Take the hole in front and return its length; 0 where data is in front."""

    def finish(self) -> None:
        """End the stream well: wait until the peer has taken everything that was sent, and agrees."""

    def abort(self) -> None:
        """End the stream at once; what is under way is thrown away."""

    def ready(self) -> StreamEventType:
        """What would not wait now (READABLE also at the end of the data), plus ERROR and HANGUP."""


class Credential(NamedTuple):
    """One thing an authentication mechanism asks the user for."""

    type: ConnectCredentialType
    prompt: str
    challenge: str = ""
    default: str | None = None


class Authenticator(Protocol):
    """Answers the questions of authentication mechanisms."""

    credential_types: Sequence[int]
    """The virConnectCredentialType numbers it can answer; a mechanism that needs others is not used."""

    def ask(self, credentials: Sequence[Credential]) -> list[str | None]:
        """An answer for each question, None for the default. Raises ManorError (AUTH_CANCELLED) to give up."""


class Backend(Protocol):
    """One open connection, for blocking use by any number of threads.

    Every method but `close`, `closed_reason` and `take_events` raises ManorError once the connection is lost:
    VIR_ERR_RPC "client socket is closed", or VIR_ERR_INVALID_CONN after `close`.
    """

    uri: str
    """The connection's own URI, as virConnectGetURI answers."""

    readonly: bool

    def call(self, operation: str, *arguments: Any) -> Any:
        """Run an operation of the catalogue (`manor.drivers.interface`) and return its result.

        Arguments in the catalogue's order and types; a stream is one of `new_stream()`, descriptors are a sequence of
        ints that stay the caller's. Descriptors in a result belong to the caller.
        """

    def new_stream(self) -> ClientStream:
        """A stream for the next operation that takes one."""

    def subscribe(self, key: tuple[str, int], reference: object | None = None) -> int:
        """Have events queued, of an object kind and event id (`manor.records.events.EVENTS`), of one object or of all.

        Returns a number that `take_events` gives with each event and `unsubscribe` takes.
        """

    def subscribe_monitor(self, event: str | None, flags: int, reference: object | None = None) -> int:
        """Have raw QMP events queued (virConnectDomainQemuMonitorEventRegister); numbers as of `subscribe`."""

    def unsubscribe(self, subscription: int) -> None:
        """Stop a subscription; what it has queued is dropped."""

    def take_events(self) -> list[tuple[int, Event]]:
        """The queued events in the order of their arrival, each with its subscription; the queue is then empty."""

    def set_wakeup(self, wakeup: Wakeup | None) -> None:
        """Have `wakeup()` called, from any thread, when something was queued; it must be quick and not raise."""

    def fileno(self) -> int:
        """A descriptor that is readable when `pump` has something to do; -1 where pumping is never needed."""

    def pump(self) -> None:
        """Process what has arrived, without waiting."""

    @property
    def closed_reason(self) -> ConnectCloseReason | None:
        """Why the connection ended; None while it lives."""

    def lib_version(self) -> int:
        """The version of the library at the other end (virConnectGetLibVersion)."""

    def is_encrypted(self) -> bool:
        """Whether nobody can listen in on the way (virConnectIsEncrypted)."""

    def set_keepalive(self, interval: int, count: int) -> bool:
        """Ping the peer after `interval` seconds of silence, give it up after `count` pings without an answer; 0
        switches it off. False where the peer does not know pings. Raises NO_SUPPORT where there is no peer.
        """

    def close(self) -> None:
        """End the connection and all that belongs to it; a second call does nothing."""


# The shells are named, not imported: the command line must not load asyncio to reach a daemon.
_EMBEDDED = "manor.client.embedded"
_REMOTE = "manor.client.blocking"


def open_backend(
    uri: str | None = None, *, readonly: bool = False, auth: Authenticator | None = None, aliases: bool = True
) -> Backend:
    """Connect. `uri` None or empty means the default, a plain name an alias unless `aliases` says no.

    Raises ManorError with libvirt's codes for a URI that cannot be read or opened.
    """
    from manor.client import defaults

    parsed = ConnectURI.parse(defaults.resolve(uri, aliases=aliases))
    module = import_module(_EMBEDDED if parsed.is_in_process else _REMOTE)
    backend: Backend = module.connect(parsed, readonly=readonly, auth=auth)
    return backend
