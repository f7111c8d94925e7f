"""What procurement is asked to do: by clients, and by what inventory owners answer."""

from __future__ import annotations

from actors.kernel.messages import ClientCommand, Command, Message
from actors.procurement.arrivals import AnnouncedLine
from actors.procurement.demand_events import DemandEvent
from actors.procurement.documents import Document, NewLine, NewPurchase
from actors.procurement.policies import ReorderPolicy
from actors.procurement.suggestions import MadeWith, NewSuggestion
from actors.procurement.suppliers import Supplier, SupplierItem
from actors.procurement.tasks import PutawayRule


# ── reference data ──────────────────────────────────────────────────────────────────────────────────────────────────
class PutSupplier(ClientCommand, tag="PutSupplier", frozen=True, array_like=True, gc=False):
    """Create or replace a supplier; `if_version` (an ETag) refuses when another version stands."""

    supplier: Supplier
    if_version: int | None = None


class PutSupplierItem(ClientCommand, tag="PutSupplierItem", frozen=True, array_like=True, gc=False):
    """Create or replace what a known supplier sells."""

    item: SupplierItem
    if_version: int | None = None


class PutPutawayRule(ClientCommand, tag="PutPutawayRule", frozen=True, array_like=True, gc=False):
    """Create or replace a rule of where goods go."""

    rule: PutawayRule
    if_version: int | None = None


class PutReorderPolicy(ClientCommand, tag="PutReorderPolicy", frozen=True, array_like=True, gc=False):
    """Create or replace how a SKU is to be replenished."""

    policy: ReorderPolicy
    if_version: int | None = None


class PutDemandEvent(ClientCommand, tag="PutDemandEvent", frozen=True, array_like=True, gc=False):
    """Create or replace an event that moves demand."""

    event: DemandEvent
    if_version: int | None = None


# ── suggestions ─────────────────────────────────────────────────────────────────────────────────────────────────────
class PutSuggestions(ClientCommand, tag="PutSuggestions", frozen=True, array_like=True, gc=False):
    """A batch of a run of planning: each replaces what is open for its SKU and warehouse.

    `decisions_seen`: the number of the last decision that the run knew of; items decided on since are left as they are.
    """

    run_id: str
    expires_on: str
    suggestions: tuple[NewSuggestion, ...]
    decisions_seen: int | None = None
    made_with: MadeWith | None = None


class ApproveSuggestion(ClientCommand, tag="ApproveSuggestion", frozen=True, array_like=True, gc=False):
    """Order what a suggestion says. `fresh_purchase_id`: of the order that is written when none gathers yet, made just now."""

    suggestion_id: str
    fresh_purchase_id: str


class OverrideSuggestion(ClientCommand, tag="OverrideSuggestion", frozen=True, array_like=True, gc=False):
    """Order another quantity, and let runs leave the item alone up to the day `until`."""

    suggestion_id: str
    fresh_purchase_id: str
    quantity: int
    reason: str
    until: str


class RejectSuggestion(ClientCommand, tag="RejectSuggestion", frozen=True, array_like=True, gc=False):
    """Order nothing."""

    suggestion_id: str
    reason: str


# ── purchase orders ─────────────────────────────────────────────────────────────────────────────────────────────────
class CreatePurchase(ClientCommand, tag="CreatePurchase", frozen=True, array_like=True, gc=False):
    """Write a draft. `fresh`: the id was made just now, no order can have had it."""

    purchase_id: str
    purchase: NewPurchase
    fresh: bool = False


class EditPurchase(ClientCommand, tag="EditPurchase", frozen=True, array_like=True, gc=False):
    """Set quantities of a draft: of lines that are there, or are to be; of 0, it is taken off. Other lines stay as they are."""

    purchase_id: str
    lines: tuple[NewLine, ...]
    round_up: bool = False


class PlacePurchase(ClientCommand, tag="PlacePurchase", frozen=True, array_like=True, gc=False):
    """The supplier has it: lead times run from now on."""

    purchase_id: str


class HoldPurchase(ClientCommand, tag="HoldPurchase", frozen=True, array_like=True, gc=False):
    """Let nothing be placed or received until `ResumePurchase`."""

    purchase_id: str
    reason: str


class ResumePurchase(ClientCommand, tag="ResumePurchase", frozen=True, array_like=True, gc=False):
    """End a hold."""

    purchase_id: str


class ClosePurchase(ClientCommand, tag="ClosePurchase", frozen=True, array_like=True, gc=False):
    """Nothing more is to come: what is missing is given up (short close)."""

    purchase_id: str
    reason: str


class CancelPurchase(ClientCommand, tag="CancelPurchase", frozen=True, array_like=True, gc=False):
    """Cancel an order of which nothing has arrived."""

    purchase_id: str
    reason: str


# ── goods ───────────────────────────────────────────────────────────────────────────────────────────────────────────
class Announce(ClientCommand, tag="Announce", frozen=True, array_like=True, gc=False):
    """A supplier says what will arrive for a placed order, and when."""

    asn_id: str
    purchase_id: str
    expected_on: str
    lines: tuple[AnnouncedLine, ...]
    sscc: str = ""
    external_reference: str = ""


class ArrivedLine(Message, frozen=True, array_like=True, gc=False):
    """What arrived of a SKU: good units, and damaged ones. Category and volume are the product's, for putaway rules."""

    sku: str
    quantity: int
    damaged: int = 0
    lot: str = ""
    expires_on: str = ""
    category: str = ""
    volume_ml: int | None = None


class Receive(ClientCommand, tag="Receive", frozen=True, array_like=True, gc=False):
    """Goods have arrived: for a purchase order, for an ASN (of its order), or, with neither, blind.

    Not `put_away`: good units are available at once, in `stock`.
    """

    receipt_id: str
    lines: tuple[ArrivedLine, ...]
    purchase_id: str = ""
    asn_id: str = ""
    warehouse: str = ""
    put_away: bool = True


class CreateTask(ClientCommand, tag="CreateTask", frozen=True, array_like=True, gc=False):
    """Goods that lie somewhere are to be carried to another place."""

    task_id: str
    sku: str
    quantity: int
    warehouse: str
    from_location: str
    to_location: str
    lot: str = ""


class ConfirmTask(ClientCommand, tag="ConfirmTask", frozen=True, array_like=True, gc=False):
    """So many units (0: all that are left) were carried, there or to another location."""

    task_id: str
    quantity: int = 0
    location: str = ""


class CancelTask(ClientCommand, tag="CancelTask", frozen=True, array_like=True, gc=False):
    """What is left of a task stays where it is."""

    task_id: str


# ── from the kernel to itself ───────────────────────────────────────────────────────────────────────────────────────
class RecordBooked(Command, tag="RecordBooked", frozen=True, array_like=True, gc=False):
    """An inventory owner has the units of a booking. `there` and `waited_for` say how the SKU stands in the warehouse."""

    key: str
    receipt_id: str
    number: int
    there: tuple[tuple[str, int], ...] = ()
    waited_for: int = 0


class RecordPutAway(Command, tag="RecordPutAway", frozen=True, array_like=True, gc=False):
    """An inventory owner has carried so many units of a confirmed task."""

    task_id: str
    number: int
    moved: int


class RecallDocument(Command, tag="RecallDocument", frozen=True, array_like=True, gc=False):
    """Take a document that had left memory back into it, from the system of record."""

    document: Document


ProcurementCommand = (
    PutSupplier | PutSupplierItem | PutPutawayRule | PutReorderPolicy | PutSuggestions | ApproveSuggestion
    | OverrideSuggestion | RejectSuggestion | CreatePurchase | EditPurchase | PlacePurchase | HoldPurchase
    | ResumePurchase | ClosePurchase | CancelPurchase | Announce | Receive | CreateTask | ConfirmTask | CancelTask
    | RecordBooked | RecordPutAway | RecallDocument | PutDemandEvent
)  # fmt: skip
