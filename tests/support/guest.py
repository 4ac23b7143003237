# SPDX-License-Identifier: Apache-2.0
"""The small guest for tests: built once per checkout, below .cache/ at the repository's root."""

import pytest

from manor.demo.guest import BANNER, PROMPT, GuestImage, build
from manor.demo.packages import PackageError
from tests.support import CACHE

__all__ = ["BANNER", "PROMPT", "GuestImage", "build_or_skip"]


def build_or_skip() -> GuestImage:
    """The guest's kernel, initramfs and command line; skips when this machine cannot make them."""
    try:
        return build(CACHE / "guest")
    except PackageError as failure:
        pytest.skip(f"no small guest: {failure}")
