"""What procurement decides: one function per command, from state and command to events or a refusal."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

from actors.kernel.messages import Event, Refusal
from actors.procurement import buying, commands, editing, receiving, reference_data, suggesting

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
    commands.Announce: buying.announce,
    commands.Receive: receiving.receive,
    commands.CreateTask: receiving.create_task,
    commands.ConfirmTask: receiving.confirm,
    commands.CancelTask: receiving.cancel_task,
    commands.RecordBooked: receiving.record_booked,
    commands.RecordPutAway: receiving.record_put_away,
    commands.RecallDocument: receiving.recall,
}
