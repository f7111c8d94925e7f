"""Planners: each puts runs of planning and decides on what they say; drafts that gather are edited, placed or cancelled."""

from __future__ import annotations

import asyncio
from random import Random
from typing import Any, Final

from actors.kernel.routing import PROCUREMENT
from actors.procurement import commands
from actors.procurement.documents import NewLine
from actors.procurement.events import RunTaken, SuggestionDecided
from actors.procurement.suggestions import suggestion_id
from tests.model.buying_house import decision, new_suggestion
from tests.model.simulator.asking import Asking
from tests.model.simulator.buyers import know_the_farm
from tests.model.simulator.shoppers import SKUS

RUNS_EACH: Final = 3
FAR: Final = "2999-12-31"


async def plan(asking: Asking, planner: int) -> None:
    """Put runs, and decide; another planner's run may take the place of one."""
    rng = asking.world.rng
    await know_the_farm(asking, f"planner-{planner}")
    for number in range(RUNS_EACH):
        await asyncio.sleep(rng.uniform(0, 2.0))
        run = f"run{planner}-{number}"
        units = {sku: rng.randint(0, 5) for sku in rng.sample(SKUS, rng.randint(1, len(SKUS)))}
        made = tuple(new_suggestion(sku, quantity) for sku, quantity in units.items())
        put = commands.PutSuggestions(f"put-{run}", 1, "test", run, "", made)
        if isinstance(await asking.insist(PROCUREMENT, put), RunTaken):
            await asyncio.gather(*[_decide(asking, rng, run, sku) for sku, quantity in units.items() if quantity])


async def _decide(asking: Asking, rng: Random, run: str, sku: str) -> None:
    """Decide on a suggestion, now and then once more, and do something with the draft that its units went into."""
    await asyncio.sleep(rng.uniform(0, 1.0))
    named = suggestion_id(run, sku, "main")
    sent: list[Any] = []
    for turn in range(rng.randint(1, 2)):
        verb = rng.choice(["approve", "approve", "approve", "override", "reject"])
        op_id = f"{verb}-{run}-{sku}-{turn}"
        sent.append(decision(verb, named, op_id, f"po-{op_id}", rng.randint(0, 5), FAR, 1))
        told = await asking.insist(PROCUREMENT, sent[-1])
        if rng.random() < 0.3:
            await asking.insist(PROCUREMENT, rng.choice(sent))
        if isinstance(told, SuggestionDecided) and told.suggestion.purchase_id and rng.random() < 0.5:
            await _go_on(asking, rng, told.suggestion.purchase_id, f"{run}-{sku}-{turn}")


async def _go_on(asking: Asking, rng: Random, purchase_id: str, name: str) -> None:
    """Change the draft, or let it leave the basket; some of it is refused."""
    await asyncio.sleep(rng.uniform(0, 0.6))
    match rng.choice(["edit", "edit", "place", "hold", "cancel"]):
        case "edit":
            lines = (NewLine(rng.choice(SKUS), rng.randint(0, 9)),)
            command: Any = commands.EditPurchase(f"edit-{name}", 1, "test", purchase_id, lines)
        case "place":
            command = commands.PlacePurchase(f"place-{name}", 1, "test", purchase_id)
        case "hold":
            command = commands.HoldPurchase(f"hold-{name}", 1, "test", purchase_id, "price")
        case _:
            command = commands.CancelPurchase(f"cancel-{name}", 1, "test", purchase_id, "not wanted")
    await asking.insist(PROCUREMENT, command)
