"""What procurement records in its journal."""

from __future__ import annotations

from actors.kernel.messages import Event
from actors.procurement.arrivals import AnnouncedLine, Booking
from actors.procurement.demand_events import DemandEvent
from actors.procurement.documents import Document, Line
from actors.procurement.lead_times import LeadTime
from actors.procurement.policies import ReorderPolicy
from actors.procurement.suggestions import LeftOut, MadeWith, NewSuggestion, Suggestion
from actors.procurement.suppliers import Supplier, SupplierItem
from actors.procurement.tasks import PutawayRule, Task


class SupplierPut(Event, tag="SupplierPut", frozen=True, array_like=True, gc=False):
    """A supplier was created (`version` 1) or replaced."""

    op_id: str
    fingerprint: int
    actor: str
    version: int
    supplier: Supplier


class SupplierItemPut(Event, tag="SupplierItemPut", frozen=True, array_like=True, gc=False):
    """What a supplier sells was created or replaced."""

    op_id: str
    fingerprint: int
    actor: str
    version: int
    item: SupplierItem


class PutawayRulePut(Event, tag="PutawayRulePut", frozen=True, array_like=True, gc=False):
    """A putaway rule was created or replaced."""

    op_id: str
    fingerprint: int
    actor: str
    version: int
    rule: PutawayRule


class ReorderPolicyPut(Event, tag="ReorderPolicyPut", frozen=True, array_like=True, gc=False):
    """How a SKU is to be replenished was created or replaced."""

    op_id: str
    fingerprint: int
    actor: str
    version: int
    policy: ReorderPolicy


class DemandEventPut(Event, tag="DemandEventPut", frozen=True, array_like=True, gc=False):
    """An event that moves demand was created or replaced."""

    op_id: str
    fingerprint: int
    actor: str
    version: int
    event: DemandEvent


class SuggestionsPut(Event, tag="SuggestionsPut", frozen=True, array_like=True, gc=False):
    """A batch of a run was taken: new suggestions, items of which nothing is to be ordered any more, and what was left out.
    `made_with` is None when the run has not said."""

    op_id: str
    fingerprint: int
    actor: str
    run_id: str
    expires_on: str
    opened: tuple[NewSuggestion, ...]
    closed: tuple[tuple[str, str], ...]
    left_out: tuple[LeftOut, ...]
    made_with: MadeWith | None = None


class RunTaken(Event, tag="RunTaken", frozen=True, array_like=True, gc=False):
    """What is remembered of `SuggestionsPut` to answer it again; not in a journal itself."""

    op_id: str
    fingerprint: int
    run_id: str
    opened: int
    closed: int
    left_out: tuple[LeftOut, ...]


class SuggestionDecided(Event, tag="SuggestionDecided", frozen=True, array_like=True, gc=False):
    """Somebody decided on a suggestion, which now stands so; `line` is the basket's line of its SKU after that."""

    op_id: str
    fingerprint: int
    actor: str
    suggestion: Suggestion
    line: Line | None = None


class PurchaseCreated(Event, tag="PurchaseCreated", frozen=True, array_like=True, gc=False):
    """A draft was written."""

    op_id: str
    fingerprint: int
    actor: str
    purchase_id: str
    supplier: str
    warehouse: str
    external_reference: str
    lines: tuple[Line, ...]


class PurchaseEdited(Event, tag="PurchaseEdited", frozen=True, array_like=True, gc=False):
    """Lines of a draft were changed: these stand so now."""

    op_id: str
    fingerprint: int
    actor: str
    purchase_id: str
    lines: tuple[Line, ...]


class PurchasePlaced(Event, tag="PurchasePlaced", frozen=True, array_like=True, gc=False):
    """The order went to the supplier, with these prices and due days."""

    op_id: str
    fingerprint: int
    actor: str
    purchase_id: str
    lines: tuple[Line, ...]


class PurchaseHeld(Event, tag="PurchaseHeld", frozen=True, array_like=True, gc=False):
    """The order is on hold."""

    op_id: str
    fingerprint: int
    actor: str
    purchase_id: str
    reason: str


class PurchaseResumed(Event, tag="PurchaseResumed", frozen=True, array_like=True, gc=False):
    """The hold is over."""

    op_id: str
    fingerprint: int
    actor: str
    purchase_id: str


class PurchaseClosed(Event, tag="PurchaseClosed", frozen=True, array_like=True, gc=False):
    """Nothing more is to come."""

    op_id: str
    fingerprint: int
    actor: str
    purchase_id: str
    reason: str


class PurchaseCancelled(Event, tag="PurchaseCancelled", frozen=True, array_like=True, gc=False):
    """Nothing has come, nor will."""

    op_id: str
    fingerprint: int
    actor: str
    purchase_id: str
    reason: str


class NothingChanged(Event, tag="NothingChanged", frozen=True, array_like=True, gc=False):
    """What was asked of the order was so already. It is remembered all the same: a copy that comes later shall do nothing."""

    op_id: str
    fingerprint: int
    purchase_id: str


class Announced(Event, tag="Announced", frozen=True, array_like=True, gc=False):
    """A supplier's notice of what will arrive."""

    op_id: str
    fingerprint: int
    actor: str
    asn_id: str
    purchase_id: str
    expected_on: str
    lines: tuple[AnnouncedLine, ...]
    sscc: str
    external_reference: str


class Received(Event, tag="Received", frozen=True, array_like=True, gc=False):
    """Goods have arrived; each booking is still to be sent to the owner of its SKU. `placed_at` 0: for no order."""

    op_id: str
    fingerprint: int
    actor: str
    key: str
    receipt_id: str
    asn_id: str
    warehouse: str
    put_away: bool
    supplier: str
    placed_at: int
    bookings: tuple[Booking, ...]
    lead_times: tuple[LeadTime, ...]


class Booked(Event, tag="Booked", frozen=True, array_like=True, gc=False):
    """The units of a booking are on stock, and `tasks` carry them on."""

    key: str
    receipt_id: str
    number: int
    tasks: tuple[Task, ...] = ()


class TaskCreated(Event, tag="TaskCreated", frozen=True, array_like=True, gc=False):
    """Somebody asked for a putaway task."""

    op_id: str
    fingerprint: int
    actor: str
    task: Task


class TaskConfirmed(Event, tag="TaskConfirmed", frozen=True, array_like=True, gc=False):
    """Units of a task were carried: stock is still to be told."""

    op_id: str
    fingerprint: int
    actor: str
    task_id: str
    quantity: int
    location: str


class PutAway(Event, tag="PutAway", frozen=True, array_like=True, gc=False):
    """Stock has carried so many units of a confirmed task."""

    task_id: str
    number: int
    moved: int


class TaskCancelled(Event, tag="TaskCancelled", frozen=True, array_like=True, gc=False):
    """What is left of a task stays where it is."""

    op_id: str
    fingerprint: int
    actor: str
    task_id: str


class DocumentRecalled(Event, tag="DocumentRecalled", frozen=True, array_like=True, gc=False):
    """A document that had left memory is back in it."""

    document: Document


ProcurementEvent = (
    SupplierPut | SupplierItemPut | PutawayRulePut | PurchaseCreated | PurchasePlaced | PurchaseHeld | PurchaseResumed
    | PurchaseClosed | PurchaseCancelled | Announced | Received | Booked | TaskCreated | TaskConfirmed | PutAway
    | TaskCancelled | ReorderPolicyPut | SuggestionsPut | SuggestionDecided | DocumentRecalled | NothingChanged
    | PurchaseEdited | DemandEventPut
)  # fmt: skip
