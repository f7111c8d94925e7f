"""What a snapshot of procurement holds, record by record."""

from __future__ import annotations

from actors.kernel.forgotten import ForgottenKeys
from actors.kernel.messages import Message
from actors.procurement.documents import DocumentRecord
from actors.procurement.events import PutawayRulePut, SupplierItemPut, SupplierPut
from actors.procurement.lead_times import LeadTimes
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


class OpRecord(Message, tag="Op", frozen=True, array_like=True, gc=False):
    """An answer that may be asked for again."""

    op_id: str
    event: SupplierPut | SupplierItemPut | PutawayRulePut


class ForgottenDocuments(Message, tag="ForgottenDocuments", frozen=True, array_like=True, gc=False):
    """How many keys have left memory."""

    keys: int


ProcurementRecord = (
    SupplierRecord | SupplierItemRecord | PutawayRuleRecord | DocumentRecord | OpRecord | ForgottenDocuments | ForgottenKeys
)
