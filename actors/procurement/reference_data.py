"""What becomes of suppliers, of what they sell, of the rules of where goods go, and of what planners tell."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, TypeVar

from actors.inventory.refusals import VersionConflict
from actors.kernel.messages import ClientCommand, Event, KeyForgotten, KeyReused, Refusal
from actors.procurement.calendar import day_of, shut
from actors.procurement.commands import PutDemandEvent, PutPutawayRule, PutReorderPolicy, PutSupplier, PutSupplierItem
from actors.procurement.events import DemandEventPut, PutawayRulePut, ReorderPolicyPut, SupplierItemPut, SupplierPut
from actors.procurement.refusals import CalendarShut, NotSupplied, UnknownSupplier

Content = TypeVar("Content")

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from actors.procurement.book import PurchaseBook

    Decision = Sequence[Event] | Refusal
    Put = PutSupplier | PutSupplierItem | PutPutawayRule | PutReorderPolicy | PutDemandEvent
    PutEvent = Callable[[int, str, int, str, int, Content], Event]


def put_supplier(book: PurchaseBook, c: PutSupplier, now: int) -> Decision:
    """Create or replace a supplier. A calendar that leaves no day open is refused."""
    kept = book.suppliers.get(c.supplier.id)
    what, until = shut(c.supplier.calendar, date.fromisoformat(day_of(now, book.zone)))
    is_same = kept is not None and kept[0] == c.supplier
    refused = CalendarShut(c.supplier.id, what, until) if what and not is_same else None
    return _put(book, c, now, kept, c.supplier, SupplierPut, refused)


def put_item(book: PurchaseBook, c: PutSupplierItem, now: int) -> Decision:
    """Create or replace what a known supplier sells."""
    kept = book.items.get((c.item.supplier, c.item.sku))
    refused = UnknownSupplier(c.item.supplier) if c.item.supplier not in book.suppliers else None
    return _put(book, c, now, kept, c.item, SupplierItemPut, refused)


def put_rule(book: PurchaseBook, c: PutPutawayRule, now: int) -> Decision:
    """Create or replace a rule."""
    return _put(book, c, now, book.rules.get(c.rule.id), c.rule, PutawayRulePut)


def put_policy(book: PurchaseBook, c: PutReorderPolicy, now: int) -> Decision:
    """Create or replace how a SKU is to be replenished; a supplier that is wished for has to sell it."""
    policy = c.policy
    refused: Refusal | None = None
    if policy.supplier and policy.supplier not in book.suppliers:
        refused = UnknownSupplier(policy.supplier)
    elif policy.supplier and (policy.supplier, policy.sku) not in book.items:
        refused = NotSupplied(policy.supplier, (policy.sku,))
    return _put(book, c, now, book.policies.get((policy.sku, policy.warehouse)), policy, ReorderPolicyPut, refused)


def put_demand_event(book: PurchaseBook, c: PutDemandEvent, now: int) -> Decision:
    """Create or replace an event that moves demand."""
    return _put(book, c, now, book.demand_events.get(c.event.id), c.event, DemandEventPut)


def _put(
    book: PurchaseBook, c: Put, now: int, kept: tuple[Content, int] | None, new: Content, put: PutEvent[Content],
    refused: Refusal | None = None,
) -> Decision:  # fmt: skip
    """The next version, unless another stands than was wanted; the same content again records nothing.

    Args:
        kept: what is there, and its version.
        put: the event that records `new`.
        refused: why it cannot be.
    """
    if (done := already_done(book, c)) is not None:
        return done
    if refused is not None:
        return refused
    found, version = kept or (None, 0)
    if c.if_version is not None and c.if_version != version:
        return VersionConflict(version)
    return () if found == new else (put(now, c.op_id, c.fingerprint, c.actor, version + 1, new),)


def already_done(book: PurchaseBook, c: ClientCommand) -> Decision | None:
    """A repeat records nothing; the same key with another body is refused, and so is a repeat of what was forgotten."""
    done = book.ops.get(c.op_id)
    if done is None:
        return KeyForgotten(c.op_id) if c.op_id in book.forgotten else None
    return () if done.fingerprint == c.fingerprint else KeyReused(c.op_id)  # type: ignore[attr-defined]  # all of them have one
