"""What the system answers, read tolerantly: unknown members are ignored, absent ones have defaults."""

from __future__ import annotations

from typing import Final

import msgspec

RETRY_STATUSES: Final = frozenset({429, 502, 503, 504})


class LineAnswer(msgspec.Struct, frozen=True, gc=False):
    """What became of one order line, in units."""

    sku: str = ""
    quantity: int = 0
    quantity_reserved: int = 0
    quantity_backordered: int = 0


class Body(msgspec.Struct, frozen=True):
    """An order, a problem (RFC 9457), or an item of a batch, which is either of them beside its status."""

    status: int | str = 0
    order_id: str = ""
    state: str = ""
    lines: list[LineAnswer] | None = None
    type: str = ""
    title: str = ""
    detail: str = ""


class Item(Body, frozen=True):
    """An item of a batch; some servers put what a single call would answer into `body`."""

    body: Body | None = None


class Batch(msgspec.Struct, frozen=True):
    """The answer to a batch."""

    results: list[Item]


class Answer(msgspec.Struct, frozen=True):
    """A status and what came with it."""

    status: int
    body: Body

    @property
    def accepted(self) -> bool:
        """True when the system did as asked."""
        return 200 <= self.status < 300

    @property
    def problem(self) -> str:
        """The short name of a refusal: the last part of its type, or else its title or status."""
        kind = self.body.type.rstrip("/").rsplit("/", 1)[-1].rsplit(":", 1)[-1].rsplit("#", 1)[-1]
        if kind and kind != "blank":
            return kind
        return self.body.title or f"status {self.status}"


_body: Final = msgspec.json.Decoder(Body)
_batch: Final = msgspec.json.Decoder(Batch)
_items: Final = msgspec.json.Decoder(list[Item])
_item: Final = msgspec.json.Decoder(Item)


def read_answer(status: int, content: bytes) -> Answer:
    """Read a single answer. What is no JSON object becomes an answer with a status alone."""
    try:
        return Answer(status, _body.decode(content) if content else Body())
    except msgspec.DecodeError:
        return Answer(status, Body(title=f"status {status} with an unreadable body"))


def read_batch(content: bytes, expected: int) -> list[Answer] | None:
    """Read a batch's answers: an array, an object with `results`, or lines. None when neither or too short."""
    try:
        items = _decode_items(content)
    except msgspec.DecodeError:
        return None
    return [_unwrap(item) for item in items] if len(items) == expected else None


def _decode_items(content: bytes) -> list[Item]:
    start = content.lstrip()[:1]
    if start == b"[":
        return _items.decode(content)
    try:
        return _batch.decode(content).results
    except msgspec.DecodeError:
        return [_item.decode(line) for line in content.splitlines() if line.strip()]


def _unwrap(item: Item) -> Answer:
    body = item.body or item
    given = item.status if isinstance(item.status, int) else 0
    return Answer(given or (409 if body.type else 201), body)
