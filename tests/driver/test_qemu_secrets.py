# SPDX-License-Identifier: Apache-2.0
"""Secrets on their way to QEMU: what we encrypt, its own tools decrypt."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from manor.drivers.qemu.prepare_secrets import MASTER_KEY_BYTES, seal


def _qemu_img(*argv: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["qemu-img", *argv], capture_output=True, text=True, check=False)


@pytest.mark.parametrize("passphrase", [b"short", b"sixteen bytes !!", b"longer than a block of the cipher \n"])
def test_a_sealed_passphrase_opens_an_image(tmp_path: Path, passphrase: bytes) -> None:
    image, plain, master = tmp_path / "image", tmp_path / "plain", tmp_path / "master"
    key = os.urandom(MASTER_KEY_BYTES)
    plain.write_bytes(passphrase)
    master.write_bytes(key)
    made = _qemu_img(
        "create", "-q", "-f", "luks", "--object", f"secret,id=s,file={plain}",
        "-o", "key-secret=s,iter-time=100", str(image), "1M",
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    master_object = f"secret,id=masterKey0,format=raw,file={master}"

    def complaint(text: bytes) -> str:
        sealed = seal("s", text, key)
        secret = f"secret,id=s,keyid=masterKey0,format=base64,data={sealed.data},iv={sealed.iv}"
        checked = _qemu_img(
            "info", "--object", master_object, "--object", secret,
            "--image-opts", f"driver=luks,file.driver=file,file.filename={image},key-secret=s",
        )  # fmt: skip
        return checked.stderr

    assert complaint(passphrase) == ""
    assert "Invalid password" in complaint(passphrase + b"x")
