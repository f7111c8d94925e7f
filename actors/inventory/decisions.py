"""What an inventory shard decides: one function per command, from state and command to events or a refusal.

None of them changes anything. Where several refusals apply the first one checked is given, so answers repeat.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from actors.inventory import counts, holds, intents, promises, reference_data
from actors.inventory import messages as m
from actors.inventory.balance import Decision

if TYPE_CHECKING:
    from actors.inventory.shard import InventoryShard

DECIDE: Final[dict[type, Callable[[InventoryShard, Any, int], Decision]]] = {
    m.Reserve: promises.reserve,
    m.Release: promises.release,
    m.Ship: promises.ship,
    m.NoticeHeard: promises.notice_heard,
    m.ConfirmOrders: intents.confirm_orders,
    m.Greet: intents.greet,
    m.AskSources: promises.ask_sources,
    m.ForceRelease: promises.force_release,
    m.Adjust: counts.adjust,
    m.Move: counts.move,
    m.RecallAdjusted: counts.recall,
    m.Hold: holds.hold,
    m.ExtendHold: holds.extend_hold,
    m.EndHold: holds.end_hold,
    m.ExpireHolds: holds.expire_holds,
    m.PutProduct: reference_data.put_product,
    m.PutWarehouse: reference_data.put_warehouse,
    m.PutLocation: reference_data.put_location,
}
