"""Plans as HTTP requests. A request carries a key made from its place in the file, so sending it again does nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final, TypeVar, assert_never
from urllib.parse import quote

import msgspec

from gateway.replay.actions import (
    Action,
    AdjustStock,
    CancelOrder,
    DeliverOrder,
    EditLines,
    PlaceOrder,
    Plan,
    Quantity,
    ReturnGoods,
    ShipOrder,
)

JSON: Final = "application/json"
NDJSON: Final = "application/x-ndjson"
CANCEL_REASON: Final = "correction"
SETUP_BATCH: Final = 1000
T = TypeVar("T")
_encode: Final = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Request:
    """One call. `key` is None where the bodies carry their own: a batch of orders, each known by its `order_id`."""

    method: str
    path: str
    body: bytes
    key: str | None
    content_type: str = JSON


@dataclass(frozen=True, slots=True)
class Terms:
    """What every order of a replay has in common; without a warehouse the system chooses."""

    policy: str = "ship_partial"
    warehouse: str | None = None


class Requests:
    """Writes the requests of one plan."""

    def __init__(self, plan: Plan, terms: Terms) -> None:
        self._plan = plan
        self._terms = terms
        self._place = {} if terms.warehouse is None else {"warehouse": terms.warehouse}

    def warehouse(self) -> Request | None:
        """Create the warehouse that was asked for."""
        name = self._terms.warehouse
        if name is None:
            return None
        return self._request(0, f"/v1/warehouses/{quote(name, safe='')}", {"id": name, "name": name}, "PUT")

    def products(self) -> Iterator[tuple[int, Request]]:
        """Create every product, in batches: how many there are in each, and the request."""
        for chunk in chunks(self._plan.products):
            rows = [{"sku": product.sku, "name": product.name} for product in chunk]
            yield len(chunk), self._request(0, "/v1/products:batch", rows)

    def opening_stock(self) -> Iterator[tuple[int, Request]]:
        """Fill the shelves, in batches."""
        for chunk in chunks(self._plan.opening):
            rows = [{"sku": sku, "quantity": quantity, "reason": "opening_stock", **self._place} for sku, quantity in chunk]
            yield len(chunk), self._request(0, "/v1/adjustments:batch", rows)

    def order_batch(self, orders: Sequence[PlaceOrder]) -> Request:
        """Place many orders with one call."""
        body = b"\n".join(_encode(self._order(order)) for order in orders)
        return Request("POST", "/v1/orders:batch", body, None, NDJSON)

    def action(self, action: Action) -> Request:
        """Write the request of one action."""
        match action:
            case PlaceOrder():
                return Request("POST", "/v1/orders", _encode(self._order(action)), action.order_id)
            case CancelOrder(row, _, order_id):
                return self._request(row, f"/v1/orders/{order_id}/cancel", {"reason": CANCEL_REASON})
            case EditLines(row, _, order_id, lines):
                return self._request(row, f"/v1/orders/{order_id}/lines", {"lines": _lines(lines)}, "PATCH")
            case ReturnGoods():
                return self._return(action)
            case AdjustStock(row, _, sku, quantity, reason):
                body = {"sku": sku, "quantity": quantity, "reason": reason, **self._place}
                return self._request(row, "/v1/adjustments", body)
            case ShipOrder(row, _, order_id):
                return self._request(row, f"/v1/orders/{order_id}/ship", {})
            case DeliverOrder(row, _, order_id):
                return self._request(row, f"/v1/orders/{order_id}/deliver", {})
            case _:
                assert_never(action)

    def _order(self, order: PlaceOrder) -> dict[str, Any]:
        body: dict[str, Any] = {"order_id": order.order_id, "external_reference": order.reference}
        if order.customer is not None:
            body["customer"] = order.customer
        return body | {"policy": self._terms.policy, "lines": _lines(order.lines)} | self._place

    def _return(self, action: ReturnGoods) -> Request:
        lines = [{"sku": sku, "quantity": quantity, "outcome": "restock"} for sku, quantity in action.lines]
        body: dict[str, Any] = {"return_id": action.return_id, "lines": lines}
        body |= self._place if action.order_id is None else {"order_id": action.order_id}
        return self._request(action.row, "/v1/returns", body)

    def _request(self, row: int, path: str, body: Any, method: str = "POST") -> Request:
        """Key a request by file, row, path and body: another file or another reading of a row is another command."""
        content = _encode(body)
        digest = hashlib.blake2b(path.encode() + content, digest_size=8).hexdigest()
        return Request(method, path, content, f"{self._plan.fingerprint}-{row}-{digest}")


def chunks(items: Sequence[T], size: int = SETUP_BATCH) -> Iterator[list[T]]:
    """Cut a sequence into lists of at most `size`."""
    rest = iter(items)
    while chunk := list(islice(rest, size)):
        yield chunk


def _lines(lines: Sequence[Quantity]) -> list[dict[str, Any]]:
    return [{"sku": sku, "quantity": quantity} for sku, quantity in lines]
