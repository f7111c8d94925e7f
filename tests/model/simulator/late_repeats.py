"""Late repeats: clients that come again, with the same op id, long after they were answered. Nothing may be done again."""

from __future__ import annotations

import asyncio
from typing import Any, Final

import msgspec

from actors.inventory import commands as stock
from actors.inventory.events import Adjusted
from actors.inventory.refusals import UnknownReservation
from actors.inventory.replies import HoldView, ReservationView
from actors.kernel.messages import KeyForgotten, Message
from actors.orders import commands as orders
from actors.orders.replies import OrderView
from actors.procurement import commands as purchases
from actors.procurement.replies import DocumentRecord
from tests.model.simulator.asking import Asking, Told
from tests.model.simulator.windows import Windows

REPEATS: Final = 25
LATELY: Final = 12
"""Half of the repeats are of what was told last: it may have left narrow memories, and be in no row yet."""
ABOUT_ORDERS: Final = (
    orders.PlaceOrder, orders.CancelOrder, orders.EditLines, orders.HoldOrder, orders.ResumeOrder, orders.ShipOrder,
    orders.DeliverOrder, orders.ReturnLines,
)  # fmt: skip
ABOUT_PURCHASES: Final = (
    purchases.CreatePurchase, purchases.EditPurchase, purchases.PlacePurchase, purchases.HoldPurchase, purchases.ResumePurchase,
    purchases.ClosePurchase, purchases.CancelPurchase, purchases.Announce, purchases.Receive, purchases.ConfirmTask,
)  # fmt: skip
ABOUT_HOLDS: Final = (stock.Hold, stock.ExtendHold, stock.EndHold)


async def come_again(asking: Asking, windows: Windows) -> None:
    """Repeat anything that was carried out, and look at the answer."""
    rng = asking.world.rng
    for _ in range(REPEATS):
        await asyncio.sleep(rng.uniform(0.05, 0.6))
        known = [told for told in asking.told.values() if is_remembered(told.command, windows)]
        if known:
            told = rng.choice(known[-LATELY:] if rng.random() < 0.5 else known)
            again = await asking.insist(told.to, told.command)
            if not is_a_repeat(told, again):
                asking.strange.append(f"{told.command.op_id} was answered {told.reply}, and its repeat {again}")


def is_remembered(command: Any, windows: Windows) -> bool:
    """Whether a repeat of it is one, however late it comes: of what rows tell it always is."""
    if isinstance(command, stock.ForceRelease | stock.ExtendHold):
        return windows.keep_answers
    return windows.keep_holds if isinstance(command, stock.Hold | stock.EndHold) else True


def is_a_repeat(told: Told, again: Message) -> bool:
    """Whether somebody who was told that may be told this when asking again."""
    match told.command:
        case stock.Adjust() | stock.Move():
            return _without_level(told.reply) == _without_level(again)
        case stock.ForceRelease():  # what is over may be forgotten
            return isinstance(again, ReservationView | UnknownReservation | KeyForgotten)
        case command if isinstance(command, ABOUT_HOLDS):
            same = isinstance(again, HoldView) and again.reservation_id == told.command.reservation_id
            return same or isinstance(again, UnknownReservation | KeyForgotten)
        case command if isinstance(command, ABOUT_ORDERS):
            return isinstance(again, OrderView)
        case command if isinstance(command, ABOUT_PURCHASES):
            same = isinstance(again, DocumentRecord) and isinstance(told.reply, DocumentRecord)
            return same and again.document.key == told.reply.document.key
        case _:
            return True


def _without_level(reply: Any) -> Any:
    return msgspec.structs.replace(reply, level=None) if isinstance(reply, Adjusted) else reply
