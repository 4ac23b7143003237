# SPDX-License-Identifier: Apache-2.0
"""manor.errors: texts per code, the fields of an error, system errors."""

from __future__ import annotations

import errno
import pickle

import pytest

from manor.errors import (
    ErrorDomain,
    ErrorFields,
    ErrorLevel,
    ErrorNumber,
    ManorError,
    domain_title,
    message_pattern,
    reporter,
)

_error = reporter(ErrorDomain.QEMU)


def test_detail_follows_the_text_of_the_code() -> None:
    error = _error(ErrorNumber.NO_DOMAIN, "no domain with matching name 'x'")
    assert str(error) == "Domain not found: no domain with matching name 'x'"
    assert error.fields() == ErrorFields(
        42, 10, str(error), 2, "Domain not found: %s", "no domain with matching name 'x'", None, -1, -1
    )


@pytest.mark.parametrize(
    ("code", "detail", "text"),
    [
        (ErrorNumber.NO_DOMAIN, None, "Domain not found"),
        (ErrorNumber.DOM_EXIST, "web", "domain web exists already"),
        (ErrorNumber.XML_ERROR, "no name", "XML error: no name"),
        (ErrorNumber.XML_ERROR, None, "XML description is invalid or not well formed"),
        (ErrorNumber.OPERATION_DENIED, "read only access", "operation forbidden: read only access"),
        (ErrorNumber.XML_DETAIL, "line 1", "line 1"),
        (ErrorNumber.INVALID_CONN, "virConnectOpen", "invalid connection pointer in virConnectOpen"),
        (ErrorNumber.OPERATION_INVALID, "100%s", "Requested operation is not valid: 100%s"),
    ],
)
def test_wording(code: ErrorNumber, detail: str | None, text: str) -> None:
    assert str(_error(code, detail)) == text


def test_every_code_and_domain_has_a_text() -> None:
    assert [c for c in ErrorNumber if c and message_pattern(c, detailed=False) is None] == []
    assert [c for c in ErrorNumber if c and (message_pattern(c, detailed=True) or "").count("%s") != 1] == []
    assert [d for d in ErrorDomain if domain_title(d) == "Unknown"] == []


def test_system_error_keeps_errno() -> None:
    error = _error.system(errno.ENOENT, "Failed to connect socket to '/x'")
    assert str(error) == "Failed to connect socket to '/x': No such file or directory"
    assert (error.code, error.int1, error.str1) == (ErrorNumber.SYSTEM_ERROR, errno.ENOENT, "%s")
    assert str(_error.system(errno.EPERM)) == "Operation not permitted"


def test_bad_arguments_stand_without_the_codes_text() -> None:
    error = _error.unsupported_flags(-16, "testDomainGetXMLDesc")
    text = "unsupported flags (0xfffffff0) in function testDomainGetXMLDesc"
    assert error.fields() == ErrorFields(8, 10, text, 2, "testDomainGetXMLDesc", "flags", None, 0, 0)


def test_fields_round_trip() -> None:
    fields = ErrorFields(9, 12, "operation failed: x", 1, "a", "b", "c", 3, 4)
    error = ManorError.from_fields(fields)
    assert error.fields() == fields
    assert error.level is ErrorLevel.WARNING


def test_unknown_numbers_of_newer_peers_survive() -> None:
    error = ManorError.from_fields(ErrorFields(4711, 999, None, 2))
    assert error.code == 4711
    assert error.code.name == "UNKNOWN_4711"
    assert str(error) == "No error message provided"
    assert domain_title(error.domain) == "Unknown"
    assert error.fields()[:2] == (4711, 999)


def test_missing_text_is_the_codes_own() -> None:
    assert str(ManorError.from_fields(ErrorFields(42, 12, None, 2))) == "Domain not found"


def test_errors_pickle() -> None:
    error = _error(ErrorNumber.NO_DOMAIN, "x")
    copy = pickle.loads(pickle.dumps(error))
    assert copy.fields() == error.fields()
