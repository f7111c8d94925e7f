"""What an inventory shard decides: one function per command, from state and command to events or a refusal.

None of them changes anything. Where several refusals apply the first one checked is given, so answers repeat.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from actors.inventory import commands, counts, holds, intents, promises, reference_data
from actors.inventory.balance import Decision

if TYPE_CHECKING:
    from actors.inventory.shard import InventoryShard

DECIDE: Final[dict[type, Callable[[InventoryShard, Any, int], Decision]]] = {
    commands.Reserve: promises.reserve,
    commands.Release: promises.release,
    commands.Ship: promises.ship,
    commands.NoticeHeard: promises.notice_heard,
    commands.ConfirmOrders: intents.confirm_orders,
    commands.Greet: intents.greet,
    commands.AskSources: promises.ask_sources,
    commands.ForceRelease: promises.force_release,
    commands.Adjust: counts.adjust,
    commands.Move: counts.move,
    commands.RecallAdjusted: counts.recall,
    commands.Hold: holds.hold,
    commands.ExtendHold: holds.extend_hold,
    commands.EndHold: holds.end_hold,
    commands.ExpireHolds: holds.expire_holds,
    commands.PutProduct: reference_data.put_product,
    commands.PutWarehouse: reference_data.put_warehouse,
    commands.PutLocation: reference_data.put_location,
}
