"""What an order shard answers."""

from __future__ import annotations

from actors.inventory.refusals import Superseded, UnknownReservation, UnknownSku, UnknownWarehouse
from actors.kernel.messages import Message, OwnerStatus
from actors.orders.records import LineView, OrderRecord
from actors.orders.refusals import OrderRefusal, StepRefusal


class OrderView(Message, tag="OrderView", frozen=True, array_like=True, gc=False):
    """The short answer to a command on an order."""

    order_id: str
    state: str
    warehouses: tuple[str, ...]
    lines: tuple[LineView, ...]
    refusal: StepRefusal | None


OrderReply = (
    OwnerStatus | OrderView | OrderRecord | OrderRefusal | UnknownSku | UnknownWarehouse | UnknownReservation | Superseded
)
