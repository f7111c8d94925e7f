"""What a snapshot of procurement holds, record by record."""

from __future__ import annotations

from actors.kernel.forgotten import ForgottenKeys
from actors.kernel.messages import Message
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
from actors.procurement.lead_times import LeadTimes
from actors.procurement.policies import ReorderPolicy
from actors.procurement.suggestions import Suggestion
from actors.procurement.suppliers import Supplier, SupplierItem
from actors.procurement.tasks import PutawayRule


class SupplierRecord(Message, tag="Supplier", frozen=True, array_like=True, gc=False):
    """A supplier."""

    supplier: Supplier
    version: int
    lead_times: LeadTimes


class SupplierItemRecord(Message, tag="SupplierItem", frozen=True, array_like=True, gc=False):
    """What a supplier sells of a SKU."""

    item: SupplierItem
    version: int
    lead_times: LeadTimes


class PutawayRuleRecord(Message, tag="PutawayRule", frozen=True, array_like=True, gc=False):
    """A rule of where goods go."""

    rule: PutawayRule
    version: int


class ReorderPolicyRecord(Message, tag="ReorderPolicy", frozen=True, array_like=True, gc=False):
    """How a SKU is to be replenished."""

    policy: ReorderPolicy
    version: int


class DemandEventRecord(Message, tag="DemandEvent", frozen=True, array_like=True, gc=False):
    """An event that moves demand."""

    event: DemandEvent
    version: int


class SuggestionRecord(Message, tag="Suggestion", frozen=True, array_like=True, gc=False):
    """The latest suggestion for a SKU in a warehouse."""

    suggestion: Suggestion


class RunsRecord(Message, tag="Runs", frozen=True, array_like=True, gc=False):
    """Runs of planning, oldest first, and how many decisions there were."""

    runs: tuple[str, ...]
    decisions: int


class OpRecord(Message, tag="Op", frozen=True, array_like=True, gc=False):
    """An answer that may be asked for again."""

    op_id: str
    event: SupplierPut | SupplierItemPut | PutawayRulePut | ReorderPolicyPut | RunTaken | SuggestionDecided | DemandEventPut


class ForgottenDocuments(Message, tag="ForgottenDocuments", frozen=True, array_like=True, gc=False):
    """How many keys have left memory."""

    keys: int


ProcurementRecord = (
    SupplierRecord | SupplierItemRecord | PutawayRuleRecord | ReorderPolicyRecord | SuggestionRecord | RunsRecord
    | DocumentRecord | OpRecord | ForgottenDocuments | ForgottenKeys | DemandEventRecord
)  # fmt: skip
