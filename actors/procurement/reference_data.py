"""What becomes of suppliers, of what they sell, of the rules of where goods go, and of what planners tell."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from actors.inventory.refusals import VersionConflict
from actors.kernel.messages import ClientCommand, Event, KeyForgotten, KeyReused, Refusal
from actors.procurement.calendar import day_of, shut
from actors.procurement.commands import PutDemandEvent, PutPutawayRule, PutReorderPolicy, PutSupplier, PutSupplierItem
from actors.procurement.events import DemandEventPut, PutawayRulePut, ReorderPolicyPut, SupplierItemPut, SupplierPut
from actors.procurement.refusals import CalendarShut, NotSupplied, UnknownSupplier

if TYPE_CHECKING:
    from collections.abc import Sequence

    from actors.procurement.book import PurchaseBook

    Decision = Sequence[Event] | Refusal


def put_supplier(book: PurchaseBook, c: PutSupplier, now: int) -> Decision:
    """Create or replace a supplier; the same content again records nothing. A calendar that leaves no day open is refused."""
    if (done := already_done(book, c)) is not None:
        return done
    found, version = book.suppliers.get(c.supplier.id, (None, 0))
    if c.if_version is not None and c.if_version != version:
        return VersionConflict(version)
    if found == c.supplier:
        return ()
    what, until = shut(c.supplier.calendar, date.fromisoformat(day_of(now, book.zone)))
    if what:
        return CalendarShut(c.supplier.id, what, until)
    return (SupplierPut(now, c.op_id, c.fingerprint, c.actor, version + 1, c.supplier),)


def put_item(book: PurchaseBook, c: PutSupplierItem, now: int) -> Decision:
    """Create or replace what a supplier sells."""
    if (done := already_done(book, c)) is not None:
        return done
    if c.item.supplier not in book.suppliers:
        return UnknownSupplier(c.item.supplier)
    found, version = book.items.get((c.item.supplier, c.item.sku), (None, 0))
    if c.if_version is not None and c.if_version != version:
        return VersionConflict(version)
    return () if found == c.item else (SupplierItemPut(now, c.op_id, c.fingerprint, c.actor, version + 1, c.item),)


def put_rule(book: PurchaseBook, c: PutPutawayRule, now: int) -> Decision:
    """Create or replace a rule."""
    if (done := already_done(book, c)) is not None:
        return done
    found, version = book.rules.get(c.rule.id, (None, 0))
    if c.if_version is not None and c.if_version != version:
        return VersionConflict(version)
    return () if found == c.rule else (PutawayRulePut(now, c.op_id, c.fingerprint, c.actor, version + 1, c.rule),)


def put_policy(book: PurchaseBook, c: PutReorderPolicy, now: int) -> Decision:
    """Create or replace how a SKU is to be replenished."""
    if (done := already_done(book, c)) is not None:
        return done
    if c.policy.supplier and c.policy.supplier not in book.suppliers:
        return UnknownSupplier(c.policy.supplier)
    if c.policy.supplier and (c.policy.supplier, c.policy.sku) not in book.items:
        return NotSupplied(c.policy.supplier, (c.policy.sku,))
    found, version = book.policies.get((c.policy.sku, c.policy.warehouse), (None, 0))
    if c.if_version is not None and c.if_version != version:
        return VersionConflict(version)
    return () if found == c.policy else (ReorderPolicyPut(now, c.op_id, c.fingerprint, c.actor, version + 1, c.policy),)


def put_demand_event(book: PurchaseBook, c: PutDemandEvent, now: int) -> Decision:
    """Create or replace an event that moves demand."""
    if (done := already_done(book, c)) is not None:
        return done
    found, version = book.demand_events.get(c.event.id, (None, 0))
    if c.if_version is not None and c.if_version != version:
        return VersionConflict(version)
    return () if found == c.event else (DemandEventPut(now, c.op_id, c.fingerprint, c.actor, version + 1, c.event),)


def already_done(book: PurchaseBook, c: ClientCommand) -> Decision | None:
    """A repeat records nothing; the same key with another body is refused, and so is a repeat of what was forgotten."""
    done = book.ops.get(c.op_id)
    if done is None:
        return KeyForgotten(c.op_id) if c.op_id in book.forgotten else None
    return () if done.fingerprint == c.fingerprint else KeyReused(c.op_id)  # type: ignore[attr-defined]  # all of them have one
