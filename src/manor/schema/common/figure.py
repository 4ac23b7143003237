# SPDX-License-Identifier: Apache-2.0
"""Figures: numbers libvirt writes into a document and never reads from one."""

from __future__ import annotations

from manor.schema.core import Codec

FIGURE = Codec("figure that is written and not read", lambda _: None, expression="v")
