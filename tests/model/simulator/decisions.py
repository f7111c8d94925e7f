"""Decisions on suggestions: what was answered about them, what the journal has, and what is on the orders."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, Final

from actors.procurement import commands
from actors.procurement.documents import Document
from actors.procurement.events import PurchaseEdited, SuggestionDecided, SuggestionsPut
from tests.model.simulator.asking import Asking
from tests.model.simulator.history import History

STATE_OF: Final[dict[type, str]] = {
    commands.ApproveSuggestion: "approved",
    commands.OverrideSuggestion: "overridden",
    commands.RejectSuggestion: "rejected",
}


def broken_decisions(asking: Asking, documents: dict[str, Document], histories: Iterable[History]) -> list[str]:
    """Everything that is not as somebody was told, or is on the orders another number of times than once.

    Args:
        documents: all there ever were, as they stand.
    """
    events = [event for history in histories for event in history.events]
    decided = {event.suggestion.id: event.suggestion for event in events if isinstance(event, SuggestionDecided)}
    runs = {event.op_id for event in events if isinstance(event, SuggestionsPut)}
    edits = {event.op_id for event in events if isinstance(event, PurchaseEdited)}
    return [*_of_promises(asking, decided, runs, edits), *_of_orders(decided, documents), *_of_baskets(documents)]


def _of_promises(asking: Asking, decided: dict[str, Any], runs: set[str], edits: set[str]) -> Iterator[str]:
    for told in asking.told.values():
        c = told.command
        match c:
            case commands.PutSuggestions() if c.op_id not in runs:
                yield f"{c.run_id} was acknowledged and is lost"
            case commands.EditPurchase() if c.op_id not in edits:
                yield f"{c.op_id} was acknowledged and is lost"
            case commands.ApproveSuggestion() | commands.OverrideSuggestion() | commands.RejectSuggestion():
                found = decided.get(c.suggestion_id)
                if found is None or found.state != STATE_OF[type(c)]:
                    yield f"{c.op_id} was acknowledged and is {found.state if found is not None else 'lost'}"


def _of_orders(decided: dict[str, Any], documents: dict[str, Document]) -> Iterator[str]:
    """Units of each order's lines are those of the decisions on them, edits apart: no decision twice, none lost."""
    wanted: Counter[tuple[str, str]] = Counter()
    for suggestion in decided.values():
        if suggestion.purchase_id:
            wanted[suggestion.purchase_id, suggestion.sku] += suggestion.decided
    by_suggestions = {purchase_id for purchase_id, _ in wanted}
    there: Counter[tuple[str, str]] = Counter()
    for key in by_suggestions & documents.keys():
        for line in documents[key].lines.values():
            there[key, line.sku] += line.ordered - line.edited
    for key, sku in sorted(wanted.keys() | there.keys()):
        if wanted[key, sku] != there[key, sku]:
            yield f"{there[key, sku]} of {sku} are on {key}, {wanted[key, sku]} were decided on"


def _of_baskets(documents: dict[str, Document]) -> Iterator[str]:
    gathering = Counter((one.supplier, one.warehouse) for one in documents.values() if one.gathers)
    yield from [f"{count} drafts gather for {' in '.join(place)}" for place, count in gathering.items() if count > 1]
