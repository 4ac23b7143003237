# SPDX-License-Identifier: Apache-2.0
"""Secrets."""

from __future__ import annotations

import base64
import binascii
import sys
from typing import TYPE_CHECKING

from manor.cli import lookup
from manor.cli.common import act, bits, read_bytes, read_text
from manor.cli.document import print_document
from manor.cli.failure import CommandFailed
from manor.cli.lookup import uuid_text
from manor.cli.model import command
from manor.cli.words import word
from manor.constants import ConnectListAllSecretsFlags, SecretDefineFlags
from manor.errors import ErrorNumber, ManorError

if TYPE_CHECKING:
    from manor.cli.args import Args
    from manor.cli.shell import Shell
    from manor.records import SecretRef

USAGES = ("none", "volume", "ceph", "iscsi", "tls", "vtpm")
"""By virSecretUsageType."""

FILTERS = {
    "ephemeral": ConnectListAllSecretsFlags.EPHEMERAL,
    "no-ephemeral": ConnectListAllSecretsFlags.NO_EPHEMERAL,
    "private": ConnectListAllSecretsFlags.PRIVATE,
    "no-private": ConnectListAllSecretsFlags.NO_PRIVATE,
}
MAX_SECRET = 64 * 1024
"""The longest secret that is read from a file, in bytes."""


@command(
    "secret-define",
    "define a secret described in a file, or change its definition",
    """
    <file>{file}  XML description of the secret
    --validate  check the description against the schema
    """,
)
def secret_define(shell: Shell, args: Args) -> None:
    path = args.required("file")
    document = read_text(path)
    flags = bits(args, {"validate": SecretDefineFlags.VALIDATE})
    with shell.failing(f"Failed to set attributes from {path}"):
        made: SecretRef = shell.call("secret_define_xml", document, flags)
    text = uuid_text(made.uuid)
    shell.out.note(f"Secret {text} created", uuid=text)


@command(
    "secret-dumpxml",
    "print the XML of a secret",
    """
    <secret>{secret}  secret UUID
    @xpath
    """,
)
def secret_dumpxml(shell: Shell, args: Args) -> None:
    secret = lookup.secret(shell, args)
    print_document(shell, args, shell.call("secret_get_xml_desc", secret, 0), "(secret)")


@command(
    "secret-get-value",
    "print the value of a secret",
    """
    <secret>{secret}  secret UUID
    --plain  as it is, rather than in base64
    """,
)
def secret_get_value(shell: Shell, args: Args) -> None:
    value: bytes = shell.call("secret_get_value", lookup.secret(shell, args), 0)
    encoded = base64.b64encode(value).decode("ascii")
    if shell.out.json:
        shell.out.data({"value": encoded})
    elif args.flag("plain"):
        shell.out.stream.flush()
        sys.stdout.buffer.write(value)
    else:
        shell.out.write(encoded)


@command(
    "secret-set-value",
    "set the value of a secret",
    """
    <secret>{secret}  secret UUID
    --file=STRING{file}  file with the value in base64
    --plain  the file has the value itself
    --interactive  ask for it at the terminal
    --base64 STRING  the value in base64; everybody can see it while the command runs
    """,
)
def secret_set_value(shell: Shell, args: Args) -> None:
    args.exclusive("file", "base64")
    args.exclusive("plain", "base64")
    args.exclusive("interactive", "base64")
    args.exclusive("interactive", "plain")
    args.exclusive("interactive", "file")
    secret = lookup.secret(shell, args)
    value = _new_value(shell, args)
    with shell.failing("Failed to set secret value"):
        shell.call("secret_set_value", secret, value, 0)
    shell.out.note("Secret value set")


def _new_value(shell: Shell, args: Args) -> bytes:
    encoded, path = args.text("base64"), args.text("file")
    if encoded is not None:
        shell.error("Passing secret value as command-line argument is insecure!")
        return _decoded(encoded)
    if path is not None:
        content = read_bytes(path, MAX_SECRET)
        return content if args.flag("plain") else _decoded(content.decode("utf-8", "replace"))
    if args.flag("interactive"):
        from getpass import getpass

        if not sys.stdin.isatty():
            raise CommandFailed("Failed to read secret")
        return getpass("Enter new value for secret:").encode()
    raise CommandFailed("Input secret value is missing")


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        raise CommandFailed("Invalid base64 data") from None


act(
    "secret-undefine",
    "remove a secret",
    "<secret>{secret}  secret UUID",
    lookup.secret,
    "secret_undefine",
    label="secret",
    failed="Failed to delete secret {}",
    done="Secret {} deleted",
)


@command(
    "secret-list",
    "list secrets",
    """
    --ephemeral  those that are never stored
    --no-ephemeral  those that are stored
    --private  those whose value nobody may read
    --no-private  those whose value may be read
    """,
)
def secret_list(shell: Shell, args: Args) -> None:
    flags = bits(args, FILTERS)
    try:
        secrets: list[SecretRef] = shell.call("connect_list_all_secrets", flags)
    except ManorError as failure:
        if failure.code != ErrorNumber.NO_SUPPORT:
            shell.error("Failed to list node secrets")
            raise
        if flags:
            raise CommandFailed("Filtering is not supported by this libvirt") from failure
        with shell.failing("Failed to count secrets"):
            shell.call("connect_num_of_secrets")
        with shell.failing("Failed to list secrets"):
            names = shell.call("connect_list_secrets")
        secrets = [shell.call("secret_lookup_by_uuid", lookup.uuid_bytes(name)) for name in names]
    secrets.sort(key=lambda secret: secret.uuid)
    rows, records = [], []
    for secret in secrets:
        text, kind = uuid_text(secret.uuid), word(USAGES, secret.usage_type)
        rows.append([text, f"{kind} {secret.usage_id}" if secret.usage_type else "Unused"])
        records.append({"uuid": text, "usage_type": kind, "usage_id": secret.usage_id})
    shell.out.table(("UUID", "Usage"), rows, records)
