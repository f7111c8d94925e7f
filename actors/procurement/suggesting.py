"""What becomes of suggestions: a run of planning replaces them, people decide on them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import TYPE_CHECKING, TypeVar

from msgspec.structs import replace

from actors.kernel.messages import Event, Refusal
from actors.procurement import basket, commands, events
from actors.procurement.calendar import day_of
from actors.procurement.documents import Line
from actors.procurement.reference_data import already_done
from actors.procurement.refusals import DayIsOver, RunSuperseded, UnknownDocument, WrongPurchaseState
from actors.procurement.suggestions import (
    APPROVED,
    DECIDED,
    OPEN,
    OVERRIDDEN,
    REJECTED,
    LeftOut,
    NewSuggestion,
    Suggestion,
)

if TYPE_CHECKING:
    from actors.procurement.book import PurchaseBook

Decision = Sequence[Event] | Refusal
Decided = TypeVar(
    "Decided", bound=commands.ApproveSuggestion | commands.OverrideSuggestion | commands.RejectSuggestion
)  # fmt: skip


# ── runs ────────────────────────────────────────────────────────────────────────────────────────────────────────────
def put(book: PurchaseBook, c: commands.PutSuggestions, now: int) -> Decision:
    """Take a batch of a run. What the same run has said already stays; a run behind the newest is refused."""
    if (done := already_done(book, c)) is not None:
        return done
    if c.run_id in book.runs and c.run_id != (newest := next(reversed(book.runs))):
        return RunSuperseded(c.run_id, newest)
    today = day_of(now, book.zone)
    opened: list[NewSuggestion] = []
    closed: list[tuple[str, str]] = []
    left_out: list[LeftOut] = []
    for new in c.suggestions:
        there = book.suggestions.get((new.sku, new.warehouse))
        if there is not None and there.run_id == c.run_id:
            continue
        if reason := _kept(there, c.decisions_seen, today):
            left_out.append(LeftOut(new.sku, new.warehouse, reason))
        elif not new.quantity and not new.warnings:
            if there is not None and there.state == OPEN:
                closed.append(there.key)
        elif (new.supplier, new.sku) not in book.items:
            left_out.append(LeftOut(new.sku, new.warehouse, f"{new.supplier} does not sell it"))
        else:
            opened.append(new)
    taken = tuple(opened), tuple(closed), tuple(left_out)
    return (events.SuggestionsPut(now, c.op_id, c.fingerprint, c.actor, c.run_id, c.expires_on, *taken, c.made_with),)


def _kept(there: Suggestion | None, decisions_seen: int | None, today: str) -> str:
    """Why an item stays as it was decided; empty when a run may replace it."""
    if there is None or there.state not in DECIDED:
        return ""
    if there.state == OVERRIDDEN and there.until >= today:
        return f"overridden until {there.until}"
    if decisions_seen is not None and there.number > decisions_seen:
        return "decided on since the run began"
    return ""


# ── decisions ───────────────────────────────────────────────────────────────────────────────────────────────────────
def _of_a_suggestion(
    decide: Callable[[PurchaseBook, Suggestion, Decided, int], Decision],
) -> Callable[[PurchaseBook, Decided, int], Decision]:
    """What is decided about a suggestion finds it first: an unknown one is refused, and a repeat records nothing."""

    @wraps(decide)
    def found(book: PurchaseBook, c: Decided, now: int) -> Decision:
        if (done := already_done(book, c)) is not None:
            return done
        suggestion = book.find_suggestion(c.suggestion_id)
        if suggestion is None:
            return UnknownDocument("replenishment suggestion", c.suggestion_id)
        return decide(book, suggestion, c, now)

    return found


@_of_a_suggestion
def approve(book: PurchaseBook, suggestion: Suggestion, c: commands.ApproveSuggestion, now: int) -> Decision:
    """Order what it says: into the draft of its supplier and warehouse. Approving twice is approving once."""
    if suggestion.state == APPROVED:
        return ()
    if state := _no_longer_open(book, suggestion, now):
        return WrongPurchaseState(suggestion.id, state, "be approved")
    return _ordered(book, c, now, replace(suggestion, state=APPROVED, decided=suggestion.quantity))


@_of_a_suggestion
def override(book: PurchaseBook, suggestion: Suggestion, c: commands.OverrideSuggestion, now: int) -> Decision:
    """Order another quantity, also none; until the day is over runs leave the item as it is."""
    decided = replace(suggestion, state=OVERRIDDEN, decided=c.quantity, reason=c.reason, until=c.until)
    if suggestion == decided:
        return ()
    if state := _no_longer_open(book, suggestion, now):
        return WrongPurchaseState(suggestion.id, state, "be overridden")
    if c.until < (today := day_of(now, book.zone)):
        return DayIsOver(c.until, today)
    return _ordered(book, c, now, decided)


@_of_a_suggestion
def reject(book: PurchaseBook, suggestion: Suggestion, c: commands.RejectSuggestion, now: int) -> Decision:
    """Order nothing; the next run may suggest it again. Rejecting twice is rejecting once."""
    if suggestion.state == REJECTED:
        return ()
    if suggestion.state != OPEN:
        return WrongPurchaseState(suggestion.id, suggestion.state, "be rejected")
    return _record(book, c, now, replace(suggestion, state=REJECTED, reason=c.reason), None)


def _no_longer_open(book: PurchaseBook, suggestion: Suggestion, now: int) -> str:
    """What it is instead; empty when it can be decided on."""
    if suggestion.state != OPEN:
        return suggestion.state
    return "expired" if suggestion.expires_on and suggestion.expires_on < day_of(now, book.zone) else ""


def _ordered(
    book: PurchaseBook, c: commands.ApproveSuggestion | commands.OverrideSuggestion, now: int, decided: Suggestion
) -> Decision:
    """The decision, and the line that it puts into the basket, in one event."""
    if not decided.decided:
        return _record(book, c, now, decided, None)
    found = basket.line_for(book, decided, c.fresh_purchase_id)
    if isinstance(found, Refusal):
        return found
    purchase_id, line = found
    return _record(book, c, now, replace(decided, purchase_id=purchase_id), line)


def _record(book: PurchaseBook, c: Decided, now: int, decided: Suggestion, line: Line | None) -> Decision:
    final = replace(decided, decided_at=now, actor=c.actor, number=book.decisions + 1)
    return (events.SuggestionDecided(now, c.op_id, c.fingerprint, c.actor, final, line),)
