"""What procurement answers."""

from __future__ import annotations

from actors.kernel.messages import Message, OwnerStatus
from actors.procurement.basket import Basket
from actors.procurement.demand_events import DemandEvent
from actors.procurement.documents import DocumentRecord
from actors.procurement.events import (
    DemandEventPut,
    PutawayRulePut,
    ReorderPolicyPut,
    RunTaken,
    SuggestionDecided,
    SupplierItemPut,
    SupplierPut,
)
from actors.procurement.incoming import Incoming
from actors.procurement.lead_times import LeadTimes
from actors.procurement.policies import ReorderPolicy
from actors.procurement.refusals import ProcurementRefusal
from actors.procurement.suggestions import Suggestion
from actors.procurement.suppliers import Supplier, SupplierItem
from actors.procurement.tasks import PutawayRule


class SupplierView(Message, tag="SupplierView", frozen=True, array_like=True, gc=False):
    """A supplier, its version, and what receipts have taught."""

    supplier: Supplier
    version: int
    lead_times: LeadTimes


class SupplierItemView(Message, tag="SupplierItemView", frozen=True, array_like=True, gc=False):
    """What a supplier sells of a SKU."""

    item: SupplierItem
    version: int
    lead_times: LeadTimes


class PutawayRules(Message, tag="PutawayRules", frozen=True, array_like=True, gc=False):
    """Every rule with its version."""

    rules: tuple[tuple[PutawayRule, int], ...]


class ReorderPolicyView(Message, tag="ReorderPolicyView", frozen=True, array_like=True, gc=False):
    """How a SKU is to be replenished; None where nobody has said."""

    policy: ReorderPolicy | None
    version: int


class DemandEventView(Message, tag="DemandEventView", frozen=True, array_like=True, gc=False):
    """An event that moves demand; None when nobody has told of it."""

    event: DemandEvent | None
    version: int


class SuggestionView(Message, tag="SuggestionView", frozen=True, array_like=True, gc=False):
    """A suggestion as it stands."""

    suggestion: Suggestion


class Baskets(Message, tag="Baskets", frozen=True, array_like=True, gc=False):
    """What approved suggestions have gathered, by supplier and warehouse."""

    baskets: tuple[Basket, ...]


class Recorded(Message, tag="Recorded", frozen=True, array_like=True, gc=False):
    """The answer to what the kernel records for itself."""


ProcurementReply = (
    OwnerStatus | DocumentRecord | SupplierPut | SupplierItemPut | PutawayRulePut | SupplierView | SupplierItemView
    | ReorderPolicyPut | RunTaken | SuggestionDecided | ReorderPolicyView | SuggestionView | Baskets
    | PutawayRules | Incoming | Recorded | ProcurementRefusal | DemandEventPut | DemandEventView
)  # fmt: skip
