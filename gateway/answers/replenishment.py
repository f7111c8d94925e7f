"""Suggestions, baskets and reorder policies as JSON, on their way out."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Final, Literal

import msgspec
from pydantic import BaseModel, ConfigDict, Field

from actors.procurement.basket import Basket
from actors.procurement.policies import ReorderPolicy
from actors.procurement.suggestions import SEVERITIES, Explanation, Suggestion
from gateway.answers.sites import Version
from gateway.fields import Instant, iso
from gateway.pages import Page

State = Literal["open", "approved", "overridden", "rejected", "superseded", "closed"]
Warned = Literal[
    "out_of_stock", "runs_out", "late_order", "limits_contradict", "budget", "below_minimum", "overstock", "phase_out",
    "price_break", "fills_minimum", "waits_for_minimum", "lasts_cycle", "waits_for_order", "event_left_out",
]  # fmt: skip
SeverityName = Literal["none", "information", "soon", "urgent"]
_WHY: Final = {
    "steps": [
        {"name": "demand until arrival", "units": 25}, {"name": "review cover", "units": 35},
        {"name": "demand noise", "units": 9}, {"name": "service target", "units": 6}, {"name": "on hand", "units": -53},
        {"name": "whole packs", "units": 2},
    ],
    "chance_without": 0.62, "chance_with": 0.04, "days_of_supply": 10.6, "expected_demand": 60.4, "protection_days": 12.0,
    "drivers": [
        {"name": "as in the latest 13 weeks", "units": 48}, {"name": "changed in the latest 4", "units": 9},
        {"name": "season, trend and events", "units": 3},
    ],
}  # fmt: skip
SUGGESTED: Final[dict[str, Any]] = {
    "sku": "85123A", "warehouse": "main", "supplier": "farm", "quantity": 24, "unit_price": "2.50", "target": 0.95,
    "grade": "BY", "money_at_risk": "31.20", "warnings": ["late_order"], "explanation": _WHY, "order_by": "2026-11-11",
    "expected_on": "2026-11-18",
}  # fmt: skip
_DECIDED: Final = {
    "quantity": 36, "at": "2026-11-11T10:00:00.000Z", "actor": "ann", "reason": "a fair next week", "until": "2026-11-25",
    "purchase_order_id": "po-17",
}  # fmt: skip
SUGGESTION: Final[dict[str, Any]] = {
    "id": "0f3a5c1e9b7d2468ace01357", "run_id": "run-7", "state": "overridden", **SUGGESTED,
    "severity": "soon", "made_at": "2026-11-11T06:00:00.000Z", "expires_on": "2026-11-18", "decision": _DECIDED,
}  # fmt: skip
POLICY: Final[dict[str, Any]] = {
    "sku": "85123A", "warehouse": "main", "target": 0.98, "review_days": 7, "supplier": "farm", "minimum": 24,
    "maximum": 500, "shelf_life_days": 90, "version": 1,
}  # fmt: skip
_read_why: Final = msgspec.json.Decoder(Explanation).decode
MONEY = "a decimal text"


class LeftOutAnswer(BaseModel):
    """An item of a run that was not taken."""

    sku: str
    warehouse: str
    reason: str


class RunAnswer(BaseModel):
    """What came of a batch of a run: how many suggestions it opened, how many it closed, what it left as it was, and why."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{
            "run_id": "run-7", "opened": 1, "closed": 0,
            "left_out": [{"sku": "22423", "warehouse": "main", "reason": "overridden until 2026-11-25"}],
        }]}
    )  # fmt: skip

    run_id: str
    opened: int
    closed: int
    left_out: list[LeftOutAnswer]


class StepAnswer(BaseModel):
    """One bar of the waterfall."""

    name: str
    units: int


class ExplanationAnswer(BaseModel):
    """Why so many: steps that add up to the quantity, and the chance of a stock-out before the next order arrives, without
    this one and with it. `days_of_supply` is null without demand; `expected_demand` is over `protection_days`, null when the
    run has not said; `drivers` are what it is made of, and add up to it, rounded."""

    steps: list[StepAnswer]
    chance_without: float
    chance_with: float
    days_of_supply: float | None
    expected_demand: float | None
    protection_days: float | None
    drivers: list[StepAnswer]


class DecisionAnswer(BaseModel):
    """Who decided what. `until` is the last day of an override; `purchase_order_id` the draft that the units are on."""

    quantity: int
    at: Instant
    actor: str
    reason: str
    until: str | None
    purchase_order_id: str | None


class SuggestionAnswer(BaseModel):
    """A suggestion. The answer to a decision leaves the `explanation` out (null)."""

    model_config = ConfigDict(json_schema_extra={"examples": [SUGGESTION]})

    id: str
    run_id: str
    state: State
    sku: str
    warehouse: str
    supplier: str
    quantity: int
    unit_price: str | None
    target: float
    grade: Annotated[str, Field(description="A, B or C by value, then X, Y or Z by how demand varies, where the run says it")]
    money_at_risk: Annotated[str, Field(description=MONEY)]
    warnings: list[Warned]
    severity: Annotated[SeverityName, Field(description="that of its most severe warning")]
    made_at: Instant
    expires_on: str | None
    order_by: Annotated[str | None, Field(description="the first day on which the supplier takes the order")]
    expected_on: Annotated[str | None, Field(description="when it is expected to arrive, placed by then")]
    explanation: ExplanationAnswer | None
    decision: DecisionAnswer | None


class SuggestionPage(Page[SuggestionAnswer]):
    """Suggestions by severity, then by money at risk."""


class BasketAnswer(BaseModel):
    """The draft that approved suggestions of a supplier and warehouse gather in. `missing` is what `money` lacks of the
    supplier's minimum order; both are null when the supplier has told none, as is its `currency`. Lines without a price count
    as `unpriced`. `severity` is that of the most severe suggestion in it, `money_at_risk` of all of them."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{
            "supplier": "farm", "warehouse": "main", "purchase_order_id": "po-17", "lines": 12, "units": 340,
            "money": "820.00", "currency": "EUR", "unpriced": 0, "minimum_order": "1000.00", "missing": "180.00",
            "severity": "urgent", "money_at_risk": "311.40",
        }]}
    )  # fmt: skip

    supplier: str
    warehouse: str
    purchase_order_id: str
    lines: int
    units: int
    money: Annotated[str, Field(description=MONEY)]
    currency: str | None
    unpriced: int
    minimum_order: str | None
    missing: str | None
    severity: SeverityName
    money_at_risk: Annotated[str, Field(description=MONEY)]


class BasketList(BaseModel):
    """Every basket: by severity, then by money at risk, then by supplier and warehouse."""

    items: list[BasketAnswer]


class ReorderPolicyAnswer(BaseModel):
    """How a SKU is to be replenished; null: as the run of planning says. `warehouse` null: in all that have no policy of
    their own."""

    model_config = ConfigDict(json_schema_extra={"examples": [POLICY]})

    sku: str
    warehouse: str | None
    target: float | None
    review_days: int | None
    supplier: str | None
    minimum: int | None
    maximum: int | None
    shelf_life_days: int | None
    version: Version


class ReorderPolicyPage(Page[ReorderPolicyAnswer]):
    """Reorder policies by SKU and warehouse."""


def suggestion_answer(s: Suggestion, why: Explanation | None = None) -> SuggestionAnswer:
    """A suggestion as its owner keeps it."""
    decision = None
    if s.number:
        decision = DecisionAnswer(
            quantity=s.decided, at=iso(s.decided_at), actor=s.actor, reason=s.reason, until=s.until or None,
            purchase_order_id=s.purchase_id or None,
        )  # fmt: skip
    return SuggestionAnswer(
        id=s.id, run_id=s.run_id, state=s.state, sku=s.sku, warehouse=s.warehouse,  # type: ignore[arg-type]  # its states
        supplier=s.supplier, quantity=s.quantity, unit_price=s.unit_price or None, target=s.target, grade=s.grade,
        money_at_risk=hundredths_text(s.money_at_risk), warnings=list(s.warnings),  # type: ignore[arg-type]  # these only
        severity=severity_name(s.severity), made_at=iso(s.made_at), expires_on=s.expires_on or None,
        order_by=s.order_by or None, expected_on=s.expected_on or None,
        explanation=_why(why) if why is not None else None, decision=decision,
    )  # fmt: skip


def _why(why: Explanation) -> ExplanationAnswer:
    return ExplanationAnswer(
        steps=[StepAnswer(name=step.name, units=step.units) for step in why.steps], chance_without=why.chance_without,
        chance_with=why.chance_with, days_of_supply=why.days_of_supply, expected_demand=why.expected_demand,
        protection_days=why.protection_days, drivers=[StepAnswer(name=step.name, units=step.units) for step in why.drivers],
    )  # fmt: skip


def suggestion_of_row(row: dict[str, Any]) -> tuple[Suggestion, Explanation]:
    """A suggestion with its explanation, as rows of the system of record."""
    suggestion = Suggestion(
        row["id"], row["run_id"], row["sku"], row["warehouse"], row["supplier"], row["quantity_suggested"], row["unit_price"],
        row["target"], row["grade"], row["money_at_risk"], tuple(filter(None, row["warnings"].split(","))), row["made_at"],
        row["expires_on"], row["state"], row["quantity_decided"], row["decided_at"], row["actor"], row["reason"], row["until"],
        int(row["decided_at"] > 0), row["purchase_order_id"], row["order_by"], row["expected_on"],
    )  # fmt: skip
    return suggestion, _read_why(row["record"])


def listed_suggestion(row: dict[str, Any]) -> SuggestionAnswer:
    """The same as an answer."""
    return suggestion_answer(*suggestion_of_row(row))


def severity_name(place: int) -> SeverityName:
    """A severity by its name."""
    return SEVERITIES[place]


def hundredths_text(hundredths: int) -> str:
    """Hundredths as a decimal text."""
    return f"{Decimal(hundredths) / 100:.2f}"


def basket_answer(basket: Basket) -> BasketAnswer:
    """A basket."""
    missing = max(Decimal(basket.minimum) - Decimal(basket.money), Decimal()) if basket.minimum else None
    return BasketAnswer(
        supplier=basket.supplier, warehouse=basket.warehouse, purchase_order_id=basket.purchase_id, lines=basket.lines,
        units=basket.units, money=basket.money, currency=basket.currency or None, unpriced=basket.unpriced,
        minimum_order=basket.minimum or None, missing=f"{missing:f}" if missing is not None else None,
        severity=severity_name(basket.severity), money_at_risk=hundredths_text(basket.money_at_risk),
    )  # fmt: skip


def policy_answer(p: ReorderPolicy, version: int) -> ReorderPolicyAnswer:
    """A reorder policy as its owner keeps it."""
    return ReorderPolicyAnswer(
        sku=p.sku, warehouse=p.warehouse or None, target=p.target, review_days=p.review_days, supplier=p.supplier or None,
        minimum=p.minimum, maximum=p.maximum, shelf_life_days=p.shelf_life_days, version=version,
    )  # fmt: skip


def listed_policy(row: dict[str, Any]) -> ReorderPolicyAnswer:
    """The same as a row of the system of record."""
    return ReorderPolicyAnswer(**{**row, "warehouse": row["warehouse"] or None, "supplier": row["supplier"] or None})
