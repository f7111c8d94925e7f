"""What events about suggestions and reorder policies change: as `evolution.py`, none refuses anything, none reads a clock."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from msgspec.structs import replace

from actors.procurement import basket, events
from actors.procurement.documents import ORDER, Document
from actors.procurement.minimums import ask_minimum_order
from actors.procurement.suggestions import CLOSED, OPEN, SUPERSEDED, Suggestion, as_made

if TYPE_CHECKING:
    from actors.procurement.book import PurchaseBook

RUNS_KEPT: Final = 100
"""Runs whose ids are kept, to tell a late batch of one that was superseded from a new run."""


def _put(book: PurchaseBook, e: events.SuggestionsPut) -> None:
    for key in e.closed:
        there = book.suggestions.pop(key)
        del book.suggestion_of[there.id]
        book.changed_suggestions[there.id] = replace(there, state=CLOSED)
    for new in e.opened:
        _replace(book, as_made(new, e.run_id, e.at, e.expires_on))
    book.runs[e.run_id] = None
    if len(book.runs) > RUNS_KEPT:
        del book.runs[next(iter(book.runs))]
    taken = events.RunTaken(e.at, e.op_id, e.fingerprint, e.run_id, len(e.opened), len(e.closed), e.left_out)
    book.ops.remember(e.op_id, taken)


def _replace(book: PurchaseBook, suggestion: Suggestion) -> None:
    """Put a new one in the place of what is there; what was decided on stays decided."""
    there = book.suggestions.get(suggestion.key)
    if there is not None:
        del book.suggestion_of[there.id]
        if there.state == OPEN:
            book.changed_suggestions[there.id] = replace(there, state=SUPERSEDED)
    book.take_in_suggestion(suggestion)
    book.changed_suggestions[suggestion.id] = suggestion


def _decided(book: PurchaseBook, e: events.SuggestionDecided) -> Document | None:
    suggestion = e.suggestion
    book.suggestions[suggestion.key] = book.changed_suggestions[suggestion.id] = suggestion
    book.decisions = suggestion.number
    book.ops.remember(e.op_id, e)
    return _in_basket(book, e) if e.line is not None else None


def _in_basket(book: PurchaseBook, e: events.SuggestionDecided) -> Document:
    """The line of the order, with the units on it; the order, when this is its first."""
    suggestion, line = e.suggestion, e.line
    assert line is not None
    document = book.documents.get(suggestion.purchase_id)
    if document is None:
        document = Document(
            suggestion.purchase_id, ORDER, suggestion.warehouse, e.at, e.op_id, e.fingerprint, "draft", suggestion.supplier
        )  # fmt: skip
        document.note(e.at, "created", e.actor)
        basket.gather(book, document)
    document.lines[line.sku] = replace(line)
    ask_minimum_order(book, document)
    document.note(e.at, suggestion.state, e.actor, f"{suggestion.id}: {suggestion.decided} units of {line.sku}")
    book.take_in(document)
    book.changed_skus.add(line.sku)
    return document


def _policy_put(book: PurchaseBook, e: events.ReorderPolicyPut) -> None:
    key = e.policy.sku, e.policy.warehouse
    book.policies[key] = (e.policy, e.version)
    book.changed_policies.add(key)
    book.ops.remember(e.op_id, e)


APPLY: Final[dict[type, Callable[[PurchaseBook, Any], Document | None]]] = {
    events.SuggestionsPut: _put,
    events.SuggestionDecided: _decided,
    events.ReorderPolicyPut: _policy_put,
}
