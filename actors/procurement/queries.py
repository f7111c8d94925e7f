"""What procurement can be asked without changing anything."""

from __future__ import annotations

from actors.kernel.messages import Query, ReadStatus


class ReadSupplier(Query, tag="ReadSupplier", frozen=True, array_like=True, gc=False):
    """One supplier with its version and lead times."""

    supplier: str


class ReadSupplierItem(Query, tag="ReadSupplierItem", frozen=True, array_like=True, gc=False):
    """What a supplier sells of a SKU, with its version and lead times."""

    supplier: str
    sku: str


class ReadPutawayRules(Query, tag="ReadPutawayRules", frozen=True, array_like=True, gc=False):
    """Every rule with its version."""


class ReadDocument(Query, tag="ReadDocument", frozen=True, array_like=True, gc=False):
    """A document by its key."""

    key: str


class ReadNotice(Query, tag="ReadNotice", frozen=True, array_like=True, gc=False):
    """The document of an ASN."""

    asn_id: str


class ReadTask(Query, tag="ReadTask", frozen=True, array_like=True, gc=False):
    """The document of a putaway task."""

    task_id: str


class ReadIncoming(Query, tag="ReadIncoming", frozen=True, array_like=True, gc=False):
    """What is still to come of a SKU."""

    sku: str


class ReadReorderPolicy(Query, tag="ReadReorderPolicy", frozen=True, array_like=True, gc=False):
    """How a SKU is to be replenished in a warehouse (empty: in all), with its version."""

    sku: str
    warehouse: str


class ReadDemandEvent(Query, tag="ReadDemandEvent", frozen=True, array_like=True, gc=False):
    """An event that moves demand, with its version."""

    id: str


class ReadSuggestion(Query, tag="ReadSuggestion", frozen=True, array_like=True, gc=False):
    """A suggestion by its id, as long as no other has taken its place."""

    suggestion_id: str


class ReadBaskets(Query, tag="ReadBaskets", frozen=True, array_like=True, gc=False):
    """What approved suggestions have gathered."""


ProcurementQuery = (
    ReadStatus | ReadSupplier | ReadSupplierItem | ReadPutawayRules | ReadDocument | ReadNotice | ReadTask | ReadIncoming
    | ReadReorderPolicy | ReadSuggestion | ReadBaskets | ReadDemandEvent
)  # fmt: skip
