"""What was taken as it is, though somebody should look at it: told with the answer."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import tzinfo

from pydantic import BaseModel

from actors.procurement.arrivals import Notice
from actors.procurement.calendar import day_of
from actors.procurement.documents import Document
from actors.procurement.minimums import below_minimum, wrong_quantities
from gateway import purchase_sentences as says
from gateway.problems import BELOW_MINIMUM, DAY_OVER, NOT_ORDERABLE


class WarningAnswer(BaseModel):
    """`sku` is null for what is about all of it."""

    code: str
    sku: str | None
    detail: str


def warnings_of_purchase(document: Document) -> Iterator[WarningAnswer]:
    """What its supplier takes no order of, or for so little."""
    lines = document.lines.values()
    for wrong in wrong_quantities(lines):
        yield WarningAnswer(code=NOT_ORDERABLE.slug, sku=wrong.sku, detail=says.not_orderable((wrong,)))
    if short := below_minimum(document.key, document.supplier, lines, document.minimum_order):
        yield WarningAnswer(code=BELOW_MINIMUM.slug, sku=None, detail=says.below_minimum(short))


def warnings_of_notice(document: Document, notice: Notice, zone: tzinfo) -> Iterator[WarningAnswer]:
    """A day that was over when it came; more than is still to come, with other notices of the order."""
    came_on = day_of(notice.announced_at, zone)
    if notice.expected_on < came_on:
        detail = f"expected_on is {notice.expected_on}: that was over when it was announced, on {came_on}"
        yield WarningAnswer(code=DAY_OVER.slug, sku=None, detail=detail)
    for sku in notice.announced:
        announced = sum(one.in_transit_of(sku) for one in document.notices.values())
        still_open = document.lines[sku].open
        if announced > still_open and notice.in_transit_of(sku):
            detail = f"{sku}: {announced} announced and not there, {still_open} of {document.key} still to come"
            yield WarningAnswer(code="more-than-open", sku=sku, detail=detail)
