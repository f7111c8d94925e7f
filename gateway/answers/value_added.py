"""Forecast value added as JSON, on its way out."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

if TYPE_CHECKING:  # numbers are loaded when it is asked for, not when orders are taken
    from forecasting.value_added.reading import Decisions
    from forecasting.value_added.value import ValueAdded

_GROUP: Final = {
    "name": "ann", "decisions": 40, "changed": 6, "error_before": 0.34, "error": 0.31, "value_added": 0.03, "better": 4,
    "worse": 2,
}  # fmt: skip
VALUE: Final[dict[str, Any]] = {
    "decisions": 120, "units": 5400.0, "waiting": 14, "new": 2, "silent": 0,
    "steps": [
        {"name": "naive", "error": 0.52, "bias": 0.04},
        {"name": "baseline", "error": 0.44, "bias": 0.02, "value_added": 0.08},
        {"name": "model", "error": 0.36, "bias": 0.01, "value_added": 0.08},
        {"name": "decided", "error": 0.34, "bias": 0.03, "value_added": 0.02},
        {"name": "ordered", "error": 0.35, "bias": 0.02, "value_added": -0.01},
    ],
    "persons": [_GROUP], "reasons": [{**_GROUP, "name": "a fair next week", "decisions": 6}],
}  # fmt: skip
Share = Annotated[float | None, Field(description="missed units over units that came; null where nothing came")]
Worth = Annotated[float | None, Field(description="the error before less the error after: above zero it helped")]


class StepValueAnswer(BaseModel):
    """One step: what came in as many days before (naive), the mean of 13 times as many (baseline), what the run expected
    (model), what people decided, what was placed."""

    name: Literal["naive", "baseline", "model", "decided", "ordered"]
    error: Share
    bias: Annotated[float | None, Field(description="expected less came, over what came")]
    value_added: Worth = None


class GroupValueAnswer(BaseModel):
    """What the decisions of a person, or those for a reason, were worth. `changed` of them ordered another quantity than was
    suggested: so many came nearer to what came (`better`) than the model, or less near (`worse`)."""

    name: str
    decisions: int
    changed: int
    error_before: Share
    error: Share
    value_added: Worth
    better: int
    worse: int


class ValueAddedAnswer(BaseModel):
    """What each step and person was worth, over `decisions` whose protection period is over, in which `units` came. `waiting`
    ones are not over yet, of `new` ones nothing is known from before, `silent` runs have not said what they expected."""

    model_config = ConfigDict(json_schema_extra={"examples": [VALUE]})

    decisions: int
    units: float
    waiting: int
    new: int
    silent: int
    steps: list[StepValueAnswer]
    persons: list[GroupValueAnswer]
    reasons: list[GroupValueAnswer]


def value_added_answer(read: Decisions, value: ValueAdded) -> ValueAddedAnswer:
    """As it leaves."""
    return ValueAddedAnswer(waiting=read.waiting, new=read.new, silent=read.silent, **asdict(value))
