# SPDX-License-Identifier: Apache-2.0
"""SSH without the system's ssh, for the URI transports `libssh` and `libssh2`: the asyncssh library, in a thread.

The thread joins the remote command's input and output to one end of a socket pair; the other end is the link, so that
neither shell has to know of it. asyncssh is the package's extra `ssh`.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from manor.client.credentials import Credentials
from manor.client.link import Link
from manor.client.ssh import remote_script
from manor.constants import ConnectCredentialType
from manor.errors import ErrorDomain, ErrorNumber, ManorError, reporter
from manor.uri import ConnectURI, Transport
from manor.wire.sasl.client import Prompt, Question

_error = reporter(ErrorDomain.LIBSSH)

METHODS = ("agent", "privkey", "password", "keyboard-interactive")
"""What the parameter `sshauth` may list, in libvirt's default order."""

VERIFICATIONS = ("normal", "auto", "ignore")

_CHUNK = 1 << 16


class _Tunnel:
    """The thread with its loop, and what it has to close."""

    def __init__(self, uri: ConnectURI, credentials: Credentials, readonly: bool) -> None:
        self._uri = uri
        self._credentials = credentials
        self._command = remote_script(uri, readonly=readonly)
        self._asyncssh = _library()
        self.ours, self._theirs = socket.socketpair()
        self._ready = threading.Event()
        self._failure: ManorError | None = None
        self._complaint = ""
        self._thread = threading.Thread(target=self._run, name="manor-ssh", daemon=True)

    def open(self) -> Link:
        self._thread.start()
        self._ready.wait()
        if self._failure is not None:
            self.ours.close()
            self._thread.join()
            raise self._failure
        return _TunnelLink(self.ours, self)

    def complaint(self) -> str:
        return self._complaint

    def join(self) -> None:
        """Wait for the thread, which ends with the socket pair."""
        self._thread.join()

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except ManorError as error:
            self._failure = error
        except (OSError, self._asyncssh.Error) as error:
            self._failure = _error(ErrorNumber.LIBSSH, str(error) or type(error).__name__)
        except Exception as error:
            # Whoever waits for the tunnel has to hear of it, whatever it is.
            self._failure = _error(ErrorNumber.INTERNAL_ERROR, f"SSH failed unexpectedly: {error!r}")
        finally:
            self._theirs.close()
            self._ready.set()

    async def _serve(self) -> None:
        options = await asyncio.to_thread(_options, self._uri, self._credentials, self._asyncssh)
        async with (
            self._asyncssh.connect(**options) as connection,
            connection.create_process(self._command, encoding=None) as process,
        ):
            self._ready.set()
            await self._join(process)

    async def _join(self, process: Any) -> None:
        """Carry bytes both ways until either side ends."""
        reader, writer = await asyncio.open_connection(sock=self._theirs)

        async def there() -> None:
            while data := await reader.read(_CHUNK):
                process.stdin.write(data)
                await process.stdin.drain()
            process.stdin.write_eof()

        async def back() -> None:
            while data := await process.stdout.read(_CHUNK):
                writer.write(data)
                await writer.drain()

        async def listen() -> None:
            self._complaint = (await process.stderr.read(1024)).decode(errors="replace").strip()

        complaint = asyncio.ensure_future(listen())
        ways = [asyncio.ensure_future(way()) for way in (there, back)]
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for task in (*ways, complaint):
            task.cancel()
        await asyncio.gather(*ways, complaint, return_exceptions=True)
        writer.close()


class _TunnelLink(Link):
    close_waits = True

    def __init__(self, sock: socket.socket, tunnel: _Tunnel) -> None:
        super().__init__(sock, protected=True)
        self._tunnel = tunnel

    def complaint(self) -> str:
        """What the remote command said on its error output."""
        return self._tunnel.complaint()

    def close(self) -> None:
        """End the tunnel."""
        super().close()
        self._tunnel.join()


def _library() -> Any:
    try:
        return import_module("asyncssh")
    except ImportError as error:
        reason = "the transports libssh and libssh2 need the Python package asyncssh (install manor[ssh])"
        raise _error(ErrorNumber.CONFIG_UNSUPPORTED, reason) from error


def _options(uri: ConnectURI, credentials: Credentials, asyncssh: Any) -> dict[str, Any]:
    """What asyncssh is to know. Raises VIR_ERR_INVALID_ARG for a parameter's unknown value."""
    methods = [word.lower() for word in uri.parameters.get("sshauth", ",".join(METHODS)).split(",")]
    for method in methods:
        if method not in METHODS:
            raise _error(
                ErrorNumber.INVALID_ARG, f"unknown method '{method}' in sshauth, known are {', '.join(METHODS)}"
            )
    hosts = _KnownHosts(uri, credentials, asyncssh)
    options: dict[str, Any] = {
        "host": uri.host or "localhost",
        "port": uri.effective_port,
        "known_hosts": hosts.known,
        "config": None,
        "client_factory": _client_factory(asyncssh, credentials, methods, hosts),
    }
    user = uri.user or credentials.lookup(ConnectCredentialType.AUTHNAME, "ssh")
    if user:
        options["username"] = user
    if "agent" not in methods:
        options["agent_path"] = None
    if "privkey" not in methods:
        options["client_keys"] = None
    elif "keyfile" in uri.parameters:
        options["client_keys"] = [uri.parameters["keyfile"]]
    return options


class _KnownHosts:
    """The keys of hosts that are accepted: those of a file, and what `known_hosts_verify` says of others.

    `normal` asks the user, `auto` accepts a host that was never seen; both remember it. A key that differs from the
    one that is known is refused.
    """

    def __init__(self, uri: ConnectURI, credentials: Credentials, asyncssh: Any) -> None:
        self._verification = uri.parameters.get("known_hosts_verify", "normal")
        if self._verification not in VERIFICATIONS:
            words = ", ".join(VERIFICATIONS)
            raise _error(
                ErrorNumber.INVALID_ARG, f"unknown known_hosts_verify '{self._verification}', known are {words}"
            )
        self._credentials = credentials
        self._asyncssh = asyncssh
        chosen = uri.parameters.get("known_hosts")
        self._path = Path(chosen) if chosen else Path.home() / ".ssh" / "known_hosts"
        self.known: Any = None
        if self._verification != "ignore" and uri.parameters.get("no_verify", "0") in ("", "0"):
            text = self._path.read_text() if self._path.exists() else ""
            self.known = asyncssh.import_known_hosts(text)

    def accept(self, host: str, address: str, port: int, key: Any) -> None:
        """Accept a key that is not among the known ones of its host, or raise VIR_ERR_LIBSSH in libvirt's words."""
        keys, *_ = self._asyncssh.match_known_hosts(self.known, host, address, port)
        fingerprint = key.get_fingerprint()
        if keys:
            raise _error(
                ErrorNumber.LIBSSH,
                f"!!! SSH HOST KEY VERIFICATION FAILED !!!: Identity of host '{host}:{port}' differs from stored "
                f"identity. Please verify the new host key '{fingerprint}' to avoid possible man in the middle attack. "
                f"The key is stored in '{self._path}'.",
            )
        if self._verification == "normal" and not self._agreed(host, port, fingerprint):
            raise _error(ErrorNumber.LIBSSH, f"SSH host key for '{host}' ({fingerprint}) was not accepted")
        name = host if port == Transport.SSH.default_port else f"[{host}]:{port}"
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self._path.open("a") as file:
            file.write(f"{name} {key.export_public_key().decode().strip()}\n")

    def _agreed(self, host: str, port: int, fingerprint: str) -> bool:
        kind = ConnectCredentialType.ECHOPROMPT
        if kind not in self._credentials.answerable("ssh"):
            return False
        text = f"Accept SSH host key with hash '{fingerprint}' for host '{host}:{port}' (y/n)?"
        (answer,) = self._credentials.answer(Question((Prompt(kind, text),)), "ssh")
        return (answer or "").strip().lower() in ("y", "yes")


def _client_factory(
    asyncssh: Any, credentials: Credentials, methods: list[str], hosts: _KnownHosts
) -> Callable[[], Any]:
    """The object that asyncssh asks for passwords and about unknown hosts."""

    def ask(kind: ConnectCredentialType, prompt: str) -> str | None:
        return credentials.answer(Question((Prompt(kind, prompt),)), "ssh")[0]

    class Client(asyncssh.SSHClient):  # type: ignore[misc]
        tried = False

        def validate_host_public_key(self, host: str, addr: str, port: int, key: Any) -> bool:
            hosts.accept(host, addr, port, key)
            return True

        async def password_auth_requested(self) -> str | None:
            # The same answer twice would be refused twice.
            if self.tried or "password" not in methods:
                return None
            self.tried = True
            return await asyncio.to_thread(ask, ConnectCredentialType.PASSPHRASE, "Please enter your password")

        def kbdint_auth_requested(self) -> str | None:
            return "" if "keyboard-interactive" in methods else None

        async def kbdint_challenge_received(
            self, name: str, instructions: str, lang: str, prompts: list[tuple[str, bool]]
        ) -> list[str | None]:
            kinds = {True: ConnectCredentialType.ECHOPROMPT, False: ConnectCredentialType.NOECHOPROMPT}
            return [await asyncio.to_thread(ask, kinds[shown], prompt) for prompt, shown in prompts]

    return Client


def connect(uri: ConnectURI, credentials: Credentials, *, readonly: bool) -> Link:
    """Connect over SSH.

    Raises VIR_ERR_CONFIG_UNSUPPORTED where asyncssh is missing, VIR_ERR_LIBSSH where SSH fails.
    """
    return _Tunnel(uri, credentials, readonly).open()
