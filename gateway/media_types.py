"""In what form a body comes: JSON, and for orders in batches NDJSON."""

from __future__ import annotations

from typing import Final

from gateway.problems import WRONG_TYPE, Problem

JSON: Final = b"application/json"
NDJSON: Final = b"application/x-ndjson"


def media_type(content_type: bytes) -> bytes:
    """The type itself, without parameters (RFC 9110, 8.3.1)."""
    return content_type.partition(b";")[0].strip().lower()


def check_content_type(headers: dict[bytes, bytes], *, ndjson: bool = False) -> None:
    """Only JSON is read; a request without a body needs no type.

    Raises:
        Problem: it is something else, or not said.
    """
    kind = media_type(headers.get(b"content-type", b""))
    if kind == JSON or (ndjson and kind == NDJSON):
        return
    if headers.get(b"content-length", b"0") == b"0" and b"transfer-encoding" not in headers:
        return
    says = f"is {kind.decode('latin-1')!r}" if kind else "is missing"
    raise Problem(WRONG_TYPE, f"the content type {says}, not {JSON.decode()}")
