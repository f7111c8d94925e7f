"""A run of planning as JSON, on its way in: suggestions, each with an explanation that adds up."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated, get_args

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from actors.inventory.goods import DEFAULT_WAREHOUSE
from actors.procurement.suggestions import MOST_SUGGESTIONS, Explanation, NewSuggestion, Step
from gateway.answers.replenishment import SUGGESTED, Warned
from gateway.fields import MOST_UNITS, Body, Day, Id, Name, Price, Sku, UnitsOrNone, strictly_int, with_example

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
    more than `early_days` before it is needed; what finds no stock is lost, or customers wait."""

    review_days: Annotated[float, Field(strict=True, gt=0, le=MOST_DAYS)]
    holding: Annotated[float, Field(strict=True, ge=0, le=MOST_DAYS)]
    early_days: Annotated[float, Field(strict=True, ge=0, le=MOST_DAYS)]
    lost_sales: Annotated[bool, Field(strict=True)] = False


class RunBody(Body):
    """A batch of a run of planning. `decisions_seen`: the number of the last decision in the rows that the run read, so that
    what is decided on meanwhile is not suggested again. After the day `expires_on` nothing of it can be approved. What the
    latest run was `made_with` is what `:what-if` plans with."""

    model_config = with_example(
        run_id="run-7",
        expires_on="2026-11-18",
        decisions_seen=41,
        made_with={"review_days": 7.0, "holding": 0.25, "early_days": 30.0, "lost_sales": False},
        items=[SUGGESTED],
    )

    run_id: Id
    expires_on: Day | None = None
    decisions_seen: Annotated[int, BeforeValidator(strictly_int), Field(ge=0, le=MOST_DECISIONS)] | None = None
    made_with: MadeWithBody | None = None
    items: Annotated[
        list[SuggestionBody], Field(min_length=1, max_length=MOST_SUGGESTIONS), AfterValidator(_once_each)
    ]  # fmt: skip
