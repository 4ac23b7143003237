# SPDX-License-Identifier: Apache-2.0
"""The schema core: declare an XML element as a class; reading, writing, copying and comparing follow.

No document is described here and nothing libvirt computes (defaults, addresses, checks) belongs here.
"""

from manor.schema.core import codec
from manor.schema.core.bitmap import Bitmap
from manor.schema.core.codec import Codec
from manor.schema.core.compare import Difference, differences
from manor.schema.core.element import Element, Format, Schema, reachable, schema_of
from manor.schema.core.field import (
    Choices,
    Early,
    Field,
    Kind,
    Namespace,
    amount,
    attr,
    child,
    children,
    flag,
    many,
    one,
    raw,
    raw_any,
    text,
)
from manor.schema.core.problem import DocumentError, Refusal, internal, invalid, unsupported, xml_error
from manor.schema.core.reader import read_tree
from manor.schema.core.subtree import Markup, Raw

__all__ = [
    "Bitmap",
    "Choices",
    "Codec",
    "Difference",
    "DocumentError",
    "Early",
    "Element",
    "Field",
    "Format",
    "Kind",
    "Markup",
    "Namespace",
    "Raw",
    "Refusal",
    "Schema",
    "amount",
    "attr",
    "child",
    "children",
    "codec",
    "differences",
    "flag",
    "internal",
    "invalid",
    "many",
    "one",
    "raw",
    "raw_any",
    "reachable",
    "read_tree",
    "schema_of",
    "text",
    "unsupported",
    "xml_error",
]
