# SPDX-License-Identifier: Apache-2.0
"""Errors on the wire: the structure `remote_error` and `ManorError`, one for the other."""

from __future__ import annotations

from manor.errors import ErrorDomain, ErrorFields, ErrorNumber, ManorError, reporter
from manor.wire.codec import STRING_MAX
from manor.wire.errors import WireError
from manor.wire.programs import REMOTE


def encode_error(error: ManorError) -> bytes:
    """The payload of a reply with status ERROR."""
    code, domain, message, level, str1, str2, str3, int1, int2 = error.fields()
    texts = [None if text is None else text[: STRING_MAX // 4] for text in (message, str1, str2, str3)]
    layout = REMOTE.structure("error")
    return layout.encode((code, domain, texts[0], level, None, texts[1], texts[2], texts[3], int1, int2, None))


def decode_error(payload: bytes) -> ManorError:
    """The error in a reply with status ERROR. One that cannot be read becomes VIR_ERR_RPC."""
    try:
        code, domain, message, level, _, str1, str2, str3, int1, int2, _ = REMOTE.structure("error").decode(payload)
    except WireError:
        return reporter(ErrorDomain.RPC)(ErrorNumber.RPC, "Unable to decode message payload")
    return ManorError.from_fields(ErrorFields(code, domain, message, level, str1, str2, str3, int1, int2))
