"""Replenishment suggestions: a run of planning puts them, people look at them and decide."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated, get_args

from fastapi import APIRouter, Path
from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from actors.inventory.goods import DEFAULT_WAREHOUSE
from actors.kernel.clock import now_ms
from actors.procurement import suggestion_reads
from actors.procurement.calendar import day_of
from actors.procurement.commands import ApproveSuggestion, OverrideSuggestion, PutSuggestions, RejectSuggestion
from actors.procurement.events import RunTaken, SuggestionDecided
from actors.procurement.queries import ReadBaskets, ReadSuggestion
from actors.procurement.refusals import UnknownDocument
from actors.procurement.replies import Baskets, SuggestionView
from actors.procurement.suggestions import MOST_SUGGESTIONS, SEVERITIES, Explanation, MadeWith, NewSuggestion, Step, Suggestion
from gateway.answers.replenishment import (
    SUGGESTED,
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
from gateway.fields import MOST_UNITS, Body, Day, Id, Name, Price, Sku, UnitsOrNone, strictly_int, with_example
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
from gateway.system import PROCUREMENT, Behind, Buyer, Key, Planner, Reader, System, fingerprint

router = APIRouter(tags=["replenishment"], route_class=KeyedRoute)

SuggestionId = Annotated[Id, Path()]
StepName = Annotated[Name, Field(max_length=80)]
StepUnits = Annotated[int, BeforeValidator(strictly_int), Field(ge=-MOST_UNITS, le=MOST_UNITS)]
Chance = Annotated[float, Field(strict=True, ge=0, le=1)]
MOST_STEPS = 100
MOST_DRIVERS = 20
MOST_DECISIONS = 2**63 - 1
MOST_DAYS = 1e9


class StepBody(Body):
    """One bar of the waterfall."""

    name: StepName
    units: StepUnits


class ExplanationBody(Body):
    """Why so many. Steps add up to the quantity. What is expected to be wanted over the days that the order has to last for is
    what the forecast is judged by afterwards (`/forecast-value-added`); `drivers` are what it is made of, and add up to it."""

    steps: Annotated[list[StepBody], Field(max_length=MOST_STEPS)]
    chance_without: Chance
    chance_with: Chance
    days_of_supply: Annotated[float | None, Field(strict=True, ge=0, le=1e12)] = None
    expected_demand: Annotated[float | None, Field(strict=True, ge=0, le=1e12)] = None
    protection_days: Annotated[float | None, Field(strict=True, gt=0, le=1e5)] = None
    drivers: Annotated[list[StepBody], Field(default_factory=list, max_length=MOST_DRIVERS)]

    @model_validator(mode="after")
    def drivers_add_up(self) -> ExplanationBody:
        """What demand is made of is all of it."""
        found, expected = sum(step.units for step in self.drivers), self.expected_demand
        if self.drivers and (expected is None or abs(found - expected) > 1):
            raise ValueError(f"drivers add up to {found}, not to the expected demand {expected}")
        return self


class SuggestionBody(Body):
    """What should be ordered of a SKU in a warehouse. `quantity` 0 without a warning closes what is open for it."""

    model_config = with_example(**SUGGESTED)

    sku: Sku
    warehouse: Id = DEFAULT_WAREHOUSE
    supplier: Id
    quantity: UnitsOrNone
    unit_price: Price | None = None
    target: Annotated[float, Field(strict=True, gt=0, lt=1)]
    grade: Annotated[str, Field(strict=True, max_length=8, pattern="^[A-Z]*$")] = ""
    money_at_risk: Price = "0"
    warnings: Annotated[list[Warned], Field(default_factory=list, max_length=len(get_args(Warned)))]
    explanation: ExplanationBody
    order_by: Day | None = None
    expected_on: Day | None = None

    @model_validator(mode="after")
    def adds_up(self) -> SuggestionBody:
        """An explanation that ends at another number explains nothing."""
        found = sum(step.units for step in self.explanation.steps)
        if found != self.quantity:
            raise ValueError(f"explanation.steps add up to {found}, not to the quantity {self.quantity}")
        return self

    def made(self) -> NewSuggestion:
        """As its owner takes it."""
        why = self.explanation
        hundredths = (Decimal(self.money_at_risk) * 100).quantize(Decimal(1), ROUND_HALF_UP)
        return NewSuggestion(
            self.sku, self.warehouse, self.supplier, self.quantity, self.unit_price or "", self.target, self.grade,
            int(hundredths), tuple(dict.fromkeys(self.warnings)),
            Explanation(
                tuple([Step(step.name, step.units) for step in why.steps]), why.chance_without, why.chance_with,
                why.days_of_supply, why.expected_demand, why.protection_days,
                tuple([Step(step.name, step.units) for step in why.drivers]),
            ),
            self.order_by or "", self.expected_on or "",
        )  # fmt: skip


def _once_each(items: list[SuggestionBody]) -> list[SuggestionBody]:
    seen: dict[tuple[str, str], int] = {}
    for number, item in enumerate(items):
        before = seen.setdefault((item.sku, item.warehouse), number)
        if before != number:
            raise ValueError(f"item {number} is about {item.sku} in {item.warehouse}, as item {before} is")
    return items


class MadeWithBody(Body):
    """Days between two orders at one supplier; what holding a unit for a year costs, as a share of its price; nothing is bought
    more than `early_days` before it is needed."""

    review_days: Annotated[float, Field(strict=True, gt=0, le=MOST_DAYS)]
    holding: Annotated[float, Field(strict=True, ge=0, le=MOST_DAYS)]
    early_days: Annotated[float, Field(strict=True, ge=0, le=MOST_DAYS)]


class RunBody(Body):
    """A batch of a run of planning. `decisions_seen`: the number of the last decision in the rows that the run read, so that
    what is decided on meanwhile is not suggested again. After the day `expires_on` nothing of it can be approved. What the
    latest run was `made_with` is what `:what-if` plans with."""

    model_config = with_example(
        run_id="run-7",
        expires_on="2026-11-18",
        decisions_seen=41,
        made_with={"review_days": 7.0, "holding": 0.25, "early_days": 30.0},
        items=[SUGGESTED],
    )

    run_id: Id
    expires_on: Day | None = None
    decisions_seen: Annotated[int, BeforeValidator(strictly_int), Field(ge=0, le=MOST_DECISIONS)] | None = None
    made_with: MadeWithBody | None = None
    items: Annotated[
        list[SuggestionBody], Field(min_length=1, max_length=MOST_SUGGESTIONS), AfterValidator(_once_each)
    ]  # fmt: skip


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
