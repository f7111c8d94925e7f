"""RFC 9457 problems: every kind of them, and how one is written.

Programs match on `type`, people read `title` and `detail`, numbers are members of their own.
"""

from __future__ import annotations

import secrets
from typing import Any, Final, NamedTuple

import structlog
from starlette.responses import Response

from actors.kernel.faults import Fault, OutcomeUnknown, StoreUnavailable, Unreachable
from gateway.plain import encoded, plain

log = structlog.get_logger()

MEDIA_TYPE: Final = "application/problem+json"


class Kind(NamedTuple):
    """A kind of problem: its status, the last part of its `type`, its title, and what it means."""

    status: int
    slug: str
    title: str
    meaning: str


class Problem(Exception):
    """A problem on its way to the caller."""

    def __init__(self, kind: Kind, detail: str, *, retry_after_s: float | None = None, **members: Any) -> None:
        super().__init__(detail)
        self.kind = kind
        self.detail = detail
        self.members = members
        self.retry_after_s = retry_after_s

    def content(self) -> dict[str, Any]:
        """The JSON members."""
        kind = self.kind
        return {
            "type": f"/problems/{kind.slug}",
            "title": kind.title,
            "status": kind.status,
            "detail": plain(self.detail),
            **self.members,
        }

    def body(self) -> bytes:
        """The JSON document."""
        return encoded(self.content())

    def headers(self) -> list[tuple[bytes, bytes]]:
        """The headers of the answer, but for its length."""
        headers = [(b"content-type", MEDIA_TYPE.encode())]
        if self.retry_after_s is not None:
            headers.append((b"retry-after", b"%d" % max(1, round(self.retry_after_s))))
        if self.kind.status == 401:
            headers.append((b"www-authenticate", b"Bearer"))
        return headers

    def response(self) -> Response:
        """The HTTP answer."""
        response = Response(self.body(), self.kind.status)
        response.raw_headers += self.headers()
        return response


def _kind(status: int, slug: str, title: str, meaning: str) -> Kind:
    kind = Kind(status, slug, title, meaning)
    KINDS[slug] = kind
    return kind


KINDS: Final[dict[str, Kind]] = {}
INVALID_JSON = _kind(400, "invalid-json", "The body is not JSON", "`byte_offset` says where reading stopped.")
NOT_HTTP = _kind(400, "malformed-request", "This is not HTTP", "The request line or a header cannot be read.")
INVALID_BODY = _kind(422, "invalid-body", "The body is not valid", "`errors` names each field, its value and what is wrong.")
INVALID_REQUEST = _kind(422, "invalid-request", "The request is not valid", "A parameter or header does not parse.")
TOO_LARGE = _kind(413, "body-too-large", "The body is too large", "`limit_bytes` is the largest body this route takes.")
WRONG_TYPE = _kind(415, "wrong-content-type", "Wrong content type", "Send `application/json` (batches: also NDJSON).")
NOT_FOUND = _kind(404, "not-found", "Not found", "No such resource or path.")
NO_METHOD = _kind(405, "method-not-allowed", "Method not allowed", "`Allow` lists the methods of this path.")
NO_KEY = _kind(401, "invalid-key", "A valid API key is needed", "Send `Authorization: Bearer skuld_…`.")
NO_SCOPE = _kind(403, "wrong-scope", "The key may not do this", "`scope` is what the call needs, `role` what the key has.")
CONFLICT = _kind(409, "wrong-state", "The state does not allow it", "`state` is where it is now.")
KEY_REUSED = _kind(
    409, "key-reused", "The idempotency key was used before", "With another body; or the order with another key."
)
SHORT = _kind(409, "insufficient-stock", "Not enough stock", "`lines` lists sku, requested and available.")
UNKNOWN_SKU = _kind(422, "unknown-sku", "Unknown SKU", "`skus` lists those that are no product.")
UNKNOWN_PLACE = _kind(422, "unknown-place", "Unknown warehouse or location", "Create it first.")
ENDED = _kind(409, "reservation-ended", "The reservation is over", "`state` says how it ended.")
NOTHING_RESERVED = _kind(409, "nothing-reserved", "Nothing is reserved", "The reservation has none of this SKU to take back.")
TOO_MANY_HOLDS = _kind(409, "too-many-holds", "Too many holds", "A customer may have `limit` at a time on each shard of stock.")
VERSION = _kind(412, "version-conflict", "Somebody else changed it", "`version` is what stands now: read it again.")
IN_USE = _kind(409, "location-in-use", "The location holds stock", "Empty it before changing what it is for.")
UNIT_IN_USE = _kind(409, "unit-in-use", "The base unit counts stock", "Bring stock and backorders to zero before changing it.")
NOT_ON_ORDER = _kind(409, "not-on-order", "More than was shipped", "`possible` is what can still come back.")
UNKNOWN_SUPPLIER = _kind(422, "unknown-supplier", "Unknown supplier", "Create it first.")
NOT_SUPPLIED = _kind(422, "not-supplied", "The supplier does not sell it", "`skus` have no supplier item of this supplier.")
NOT_ORDERABLE = _kind(
    422, "not-orderable", "Not an order the supplier takes", "`lines` has minimum, multiple, and the least that is possible."
)
BELOW_MINIMUM = _kind(
    422, "below-minimum-order", "Less than the supplier takes an order for", "`money` is below `minimum_order`."
)
LEAD_TIME = _kind(422, "lead-time-unknown", "Nobody knows when it is due", "Say `due_on`, or give the supplier a lead time.")
OVER_RECEIPT = _kind(
    409, "over-receipt", "More than was ordered", "`lines` has ordered, received, arrived, and the most that is tolerated."
)
OVER_ANNOUNCED = _kind(
    409,
    "over-announced",
    "More than may be received",
    "`lines` has ordered, received, announced, and the most that is tolerated.",
)
TOO_EARLY = _kind(
    422, "before-the-order", "Expected before it was ordered", "`expected_on` is before `placed_on`, the day of the order."
)
NOT_ON_PURCHASE = _kind(409, "not-on-purchase-order", "Not on the purchase order", "`skus` are on no line of it.")
WRONG_LINES = _kind(
    409, "wrong-lines", "No order can have so many lines", "`lines` is how many it would have, `most` the most."
)
MORE_THAN_LEFT = _kind(409, "more-than-is-left", "More than is left of the task", "`possible` is what is left.")
RUN_SUPERSEDED = _kind(
    409, "run-superseded", "A later run has begun", "`newest` is the run that stands: this one is out of date."
)
DAY_OVER = _kind(422, "day-is-over", "The day is over", "`field` has a day before `today`, the day at the site.")
CALENDAR_SHUT = _kind(
    422, "calendar-shut", "The calendar leaves no day open", "`what` is not done for a year, not before `until`."
)
BUSY = _kind(503, "busy", "Too much to do, or starting", "Nothing was done. Come back after `Retry-After` seconds.")
UNKNOWN = _kind(503, "outcome-unknown", "No answer in time", "It may have been done: repeat with the same key to find out.")
AWAY = _kind(503, "unavailable", "A part of the system is away", "Nothing was done. Come back after `Retry-After` seconds.")
BUG = _kind(500, "internal", "Something is broken here", "`incident` finds it in the log.")

FAULTS: Final[dict[type[Fault], Kind]] = {OutcomeUnknown: UNKNOWN, Unreachable: AWAY, StoreUnavailable: AWAY}


def problem_of_bug(**where: str) -> Problem:
    """The problem of the exception that is being handled, which nobody has foreseen; the log has it under `incident`."""
    incident = secrets.token_hex(6)
    log.exception("bug", **where, incident=incident)
    return Problem(BUG, "an unforeseen error", incident=incident)


def problem_of_fault(fault: Fault) -> Problem:
    """The problem that a fault is to the caller."""
    return Problem(FAULTS.get(type(fault), AWAY), str(fault), retry_after_s=1.0)
