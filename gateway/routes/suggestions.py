"""Replenishment suggestions: a run of planning puts them, people look at them and decide."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path

from actors.kernel.clock import now_ms
from actors.procurement import suggestion_reads
from actors.procurement.calendar import day_of
from actors.procurement.commands import ApproveSuggestion, OverrideSuggestion, PutSuggestions, RejectSuggestion
from actors.procurement.events import RunTaken, SuggestionDecided
from actors.procurement.queries import ReadBaskets, ReadSuggestion
from actors.procurement.refusals import UnknownDocument
from actors.procurement.replies import Baskets, SuggestionView
from actors.procurement.suggestions import SEVERITIES, MadeWith, Suggestion
from gateway.answers.replenishment import (
    BasketList,
    LeftOutAnswer,
    RunAnswer,
    SeverityName,
    State,
    SuggestionAnswer,
    SuggestionPage,
    Warned,
    basket_answer,
    listed_suggestion,
    suggestion_answer,
    suggestion_of_row,
)
from gateway.documented import problems
from gateway.fields import Body, Day, Id, Name, Sku, UnitsOrNone, with_example
from gateway.keyed_route import KeyedRoute
from gateway.op_ids import id_from_key, new_id, op_id
from gateway.pages import Cursor, Limit, Number, cursor_after, unseal
from gateway.places import check_places
from gateway.problems import (
    BUSY,
    CONFLICT,
    DAY_OVER,
    KEY_REUSED,
    NOT_FOUND,
    NOT_ORDERABLE,
    NOT_SUPPLIED,
    RUN_SUPERSEDED,
    UNKNOWN_PLACE,
    UNKNOWN_SUPPLIER,
    Problem,
)
from gateway.refusals import accepted
from gateway.suggestion_bodies import RunBody
from gateway.system import PROCUREMENT, Behind, Buyer, Key, Planner, Reader, System, fingerprint

router = APIRouter(tags=["replenishment"], route_class=KeyedRoute)

SuggestionId = Annotated[Id, Path()]


class OverrideBody(Body):
    """Another quantity (0: nothing), why, and the last day on which runs leave the item alone."""

    model_config = with_example(quantity=36, reason="a fair next week", until="2026-11-25")

    quantity: UnitsOrNone
    reason: Name
    until: Day


class RejectBody(Body):
    """Why nothing is to be ordered."""

    model_config = with_example(reason="the item is on its way out")

    reason: Name


@router.put(
    "/replenishment-suggestions", responses=problems(UNKNOWN_PLACE, RUN_SUPERSEDED, KEY_REUSED, body=True)
)  # fmt: skip
async def put_suggestions(body: RunBody, key: Key, system: Behind, caller: Planner) -> RunAnswer:
    """Replace what is open by what a run says, item by item. The same run again changes nothing; one behind the newest is
    refused. Without a key the batch is its own."""
    for warehouse in sorted({item.warehouse for item in body.items}):
        await check_places(system, warehouse)
    made_with = MadeWith(**body.made_with.model_dump()) if body.made_with is not None else None
    named = key or id_from_key(body.model_dump_json())
    command = PutSuggestions(
        op_id("suggestions", named, body.run_id), fingerprint(body), caller.name, body.run_id, body.expires_on or "",
        tuple([item.made() for item in body.items]), body.decisions_seen, made_with,
    )  # fmt: skip
    taken: RunTaken = await system.ask_procurement(command)
    left_out = [LeftOutAnswer(sku=one.sku, warehouse=one.warehouse, reason=one.reason) for one in taken.left_out]
    return RunAnswer(run_id=taken.run_id, opened=taken.opened, closed=taken.closed, left_out=left_out)


@router.get("/replenishment-suggestions", responses=problems())
async def list_suggestions(
    system: Behind,
    caller: Reader,
    state: State = "open",
    supplier: Id | None = None,
    warehouse: Id | None = None,
    sku: Sku | None = None,
    warning: Warned | None = None,
    severity: SeverityName | None = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> SuggestionPage:
    """Suggestions by severity, then by money at risk (a moment behind their owner). Open ones that have expired are not among
    them."""
    place = SEVERITIES.index(severity) if severity is not None else None
    wanted = suggestion_reads.SuggestionFilter(
        state, day_of(now_ms(), system.settings.zone), supplier, warehouse, sku, warning, place
    )
    before = unseal(cursor, tuple[Number, Number, str])
    rows = await system.search(suggestion_reads.list_suggestions, wanted, before, limit)
    last = tuple([rows[-1][name] for name in ("severity", "money_at_risk", "id")]) if rows else ()
    return SuggestionPage(items=[listed_suggestion(row) for row in rows], next_cursor=cursor_after(rows, limit, last))


@router.get("/replenishment-suggestions:baskets", responses=problems())
async def list_baskets(system: Behind, caller: Reader) -> BasketList:
    """What approved suggestions have gathered for each supplier and warehouse, beside the supplier's minimum order."""
    told: Baskets = await system.ask_procurement(ReadBaskets())
    return BasketList(items=[basket_answer(basket) for basket in told.baskets])


@router.get("/replenishment-suggestions/{id}", responses=problems(NOT_FOUND))
async def get_suggestion(id: SuggestionId, system: Behind, caller: Reader) -> SuggestionAnswer:
    """A suggestion as it stands, with its explanation."""
    row = await system.read(suggestion_reads.find_suggestion, id)
    reply = await system.owners.ask(PROCUREMENT, ReadSuggestion(id), timeout_s=system.settings.patience_s)
    if isinstance(reply, UnknownDocument):
        return listed_suggestion(row) if row is not None else accepted(reply)
    view: SuggestionView = accepted(reply)
    if row is None:
        raise Problem(BUSY, f"suggestion {id} is not in the rows yet", retry_after_s=1.0)
    return suggestion_answer(view.suggestion, suggestion_of_row(row)[1])


# ── decisions ───────────────────────────────────────────────────────────────────────────────────────────────────────
async def _decide(
    system: System, command: ApproveSuggestion | OverrideSuggestion | RejectSuggestion
) -> SuggestionAnswer:  # fmt: skip
    """Send a decision; of a suggestion that another has taken the place of, say so."""
    reply = await system.owners.ask(PROCUREMENT, command, timeout_s=system.settings.patience_s)
    if isinstance(reply, UnknownDocument):
        row = await system.read(suggestion_reads.find_suggestion, command.suggestion_id)
        if row is not None:
            raise Problem(CONFLICT, f"{row['id']} is {row['state']}: a later run has its place", state=row["state"])
    decided: SuggestionDecided | SuggestionView = accepted(reply)
    suggestion: Suggestion = decided.suggestion
    return suggestion_answer(suggestion)


_TERMS = (NOT_FOUND, CONFLICT, NOT_SUPPLIED, NOT_ORDERABLE, UNKNOWN_SUPPLIER, KEY_REUSED)


@router.post("/replenishment-suggestions/{id}/approve", responses=problems(*_TERMS))
async def approve_suggestion(id: SuggestionId, key: Key, system: Behind, caller: Buyer) -> SuggestionAnswer:
    """Order what it says: into the draft that gathers for its supplier and warehouse. Twice is once."""
    command = ApproveSuggestion(op_id("approve", key, id), fingerprint(id), caller.name, id, f"po-{new_id()}")
    return await _decide(system, command)


@router.post("/replenishment-suggestions/{id}/override", responses=problems(*_TERMS, DAY_OVER, body=True))
async def override_suggestion(
    id: SuggestionId, body: OverrideBody, key: Key, system: Behind, caller: Buyer
) -> SuggestionAnswer:  # fmt: skip
    """Order another quantity. Until its last day is over, runs leave the item as it is."""
    op = op_id("override", key, id)
    command = OverrideSuggestion(
        op, fingerprint(id, body), caller.name, id, f"po-{new_id()}", body.quantity, body.reason, body.until
    )  # fmt: skip
    return await _decide(system, command)


@router.post("/replenishment-suggestions/{id}/reject", responses=problems(NOT_FOUND, CONFLICT, KEY_REUSED, body=True))
async def reject_suggestion(
    id: SuggestionId, body: RejectBody, key: Key, system: Behind, caller: Buyer
) -> SuggestionAnswer:  # fmt: skip
    """Order nothing; the next run may suggest it again."""
    command = RejectSuggestion(op_id("reject", key, id), fingerprint(id, body), caller.name, id, body.reason)
    return await _decide(system, command)
