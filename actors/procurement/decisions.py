"""What procurement decides: one function per command, from state and command to events or a refusal."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

from actors.kernel.messages import Event, Refusal
from actors.procurement import (
    announcing,
    buying,
    carrying,
    commands,
    editing,
    forgetting,
    receiving,
    reference_data,
    suggesting,
)

if TYPE_CHECKING:
    from actors.procurement.book import PurchaseBook

DECIDE: Final[dict[type, Callable[[PurchaseBook, Any, int], Sequence[Event] | Refusal]]] = {
    commands.PutSupplier: reference_data.put_supplier,
    commands.PutSupplierItem: reference_data.put_item,
    commands.PutPutawayRule: reference_data.put_rule,
    commands.PutReorderPolicy: reference_data.put_policy,
    commands.PutDemandEvent: reference_data.put_demand_event,
    commands.PutSuggestions: suggesting.put,
    commands.ApproveSuggestion: suggesting.approve,
    commands.OverrideSuggestion: suggesting.override,
    commands.RejectSuggestion: suggesting.reject,
    commands.CreatePurchase: buying.create,
    commands.EditPurchase: editing.edit,
    commands.PlacePurchase: buying.place,
    commands.HoldPurchase: buying.hold,
    commands.ResumePurchase: buying.resume,
    commands.ClosePurchase: buying.close,
    commands.CancelPurchase: buying.cancel,
    commands.Announce: announcing.announce,
    commands.Receive: receiving.receive,
    commands.CreateTask: carrying.create_task,
    commands.ConfirmTask: carrying.confirm,
    commands.CancelTask: carrying.cancel_task,
    commands.RecordBooked: receiving.record_booked,
    commands.RecordPutAway: carrying.record_put_away,
    commands.RecallDocument: forgetting.recall,
}
