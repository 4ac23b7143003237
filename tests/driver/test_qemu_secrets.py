# SPDX-License-Identifier: Apache-2.0
"""Secrets on their way to QEMU: what we encrypt, its own tools decrypt."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from manor.drivers.qemu.prepare_secrets import MASTER_KEY_BYTES, seal


def _run(*argv: str) -> str:
    done = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    return done.stdout


@pytest.mark.parametrize("passphrase", ["short", "sixteen bytes !!", "longer than a block of the cipher é\n"])
def test_qemu_reads_an_encrypted_image_with_a_sealed_passphrase(tmp_path: Path, passphrase: str) -> None:
    image, plain, master = tmp_path / "image", tmp_path / "plain", tmp_path / "master"
    key = os.urandom(MASTER_KEY_BYTES)
    plain.write_bytes(passphrase.encode())
    master.write_bytes(key)
    known = f"secret,id=s,file={plain}"
    options = f"driver=qcow2,encrypt.format=aes,encrypt.key-secret=s,file.driver=file,file.filename={image}"
    formatted = "encrypt.format=aes,encrypt.key-secret=s"
    assert _run("qemu-img", "create", "-q", "-f", "qcow2", "--object", known, "-o", formatted, str(image), "1M") == ""
    _run("qemu-io", "--object", known, "-c", "write -q -P 171 0 64k", "--image-opts", options)

    def read(text: str) -> str:
        sealed = seal("s", text.encode(), key)
        objects = (
            f"secret,id=masterKey0,format=raw,file={master}",
            f"secret,id=s,keyid=masterKey0,format=base64,data={sealed.data},iv={sealed.iv}",
        )
        argv = [word for each in objects for word in ("--object", each)]
        return _run("qemu-io", *argv, "-c", "read -q -P 171 0 64k", "--image-opts", options)

    assert read(passphrase) == ""
    assert "Pattern verification failed" in read(f"another {passphrase}"[:16])
