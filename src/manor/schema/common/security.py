# SPDX-License-Identifier: Apache-2.0
"""Security labels, of a whole guest and of single resources."""

from __future__ import annotations

from typing import Literal

from manor.schema.core import Element, attr, child


class SecurityLabel(Element, tag="seclabel"):
    """How a security driver labels a guest. `imagelabel` is set while the guest runs."""

    type: Literal["dynamic", "static", "none"] | None = attr()
    model: str | None = attr()
    relabel: bool | None = attr()
    label: str | None = child()
    imagelabel: str | None = child(runtime=True)
    baselabel: str | None = child()


class DeviceSecurityLabel(Element, tag="seclabel", keep_empty=True):
    """How one file or device is labelled, other than its guest."""

    model: str | None = attr()
    labelskip: bool | None = attr(live_only=True)
    relabel: bool | None = attr()
    label: str | None = child()
