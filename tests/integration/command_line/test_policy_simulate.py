"""`skuld policy simulate` on panels nobody has seen: the comparison, and one line for whatever is wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from typer.testing import CliRunner

import gateway.cli.policy  # adds the command  # noqa: F401
from forecasting.baselines.baseline import BASELINES
from forecasting.forecast import Forecast, Horizon
from forecasting.panel.panel import Panel
from gateway.cli.app import app

SERIES, WEEKS = 24, 60
SEEN: list[Horizon] = []


def spy(history: Panel, horizon: Horizon) -> Forecast:
    """A forecaster of somebody else's, by its import path."""
    SEEN.append(horizon)
    return BASELINES["exponential smoothing"](history, horizon)


def table(weeks: int = WEEKS, unit: str = "week") -> pl.DataFrame:
    """Promotions at two locations, prices that fall with them, weeks without stock, a new SKU, one that was withdrawn."""
    chance = np.random.default_rng(4)
    step = {"day": 1, "week": 7}[unit]
    start = np.datetime64("2023-01-02") + step * np.arange(weeks)
    promotion = chance.random((SERIES, weeks)) < 0.1
    units = chance.negative_binomial(2, 0.2, (SERIES, weeks)) * (1 + 2 * promotion)
    in_stock = np.where(chance.random((SERIES, weeks)) < 0.04, 0.2, 1.0)
    frame = pl.DataFrame(
        {
            "sku": np.repeat([f"S-{row // 2:03d}" for row in range(SERIES)], weeks),
            "location": np.tile(np.repeat(["north", "south"], weeks), SERIES // 2),
            unit: np.tile(start, SERIES),
            "units": units.ravel(),
            "in_stock_share": in_stock.ravel(),
            "price": (10 * (1 - 0.2 * promotion)).ravel(),
            "promotion": np.where(promotion, "BOGO", "").ravel(),
        }
    ).with_columns(pl.col(unit).cast(pl.Date))
    late, gone = frame[unit].dt.epoch("d") >= 19_700, pl.col("sku") == "S-001"
    frame = frame.filter((pl.col("sku") != "S-000") | late) if unit == "week" else frame
    return frame.with_columns(
        pl.when(gone & (pl.col(unit) > start[weeks // 3])).then(None).otherwise(pl.col("units")).alias("units")
    )


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("history") / "panel.parquet"
    table().write_parquet(path)
    return path


def run(*arguments: object) -> Any:
    return CliRunner().invoke(app, ["policy", "simulate", *map(str, arguments)])


def figures(*arguments: object) -> dict[str, Any]:
    result = run(*arguments, "--json")
    assert result.exit_code == 0, result.stderr
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def test_policies_are_compared_at_equal_fill_rate_and_skus_without_history_are_named(history: Path) -> None:
    found = figures("--history", history, "--lead-time", 2, "--forecaster", "combination", "--forecaster", "TSB, counts")
    rows = {(row["policy"], row["fill_rate"]): row for row in found["rows"]}
    assert set(rows) == {
        (name, rate) for name in ("weeks of cover", "combination", "TSB, counts") for rate in (0.9, 0.95, 0.98)
    }
    stock = [rows["combination", rate]["average_on_hand"] for rate in (0.9, 0.95, 0.98)]
    assert 0 < stock[0] < stock[1] < stock[2]
    saved = 1 - stock[1] / rows["weeks of cover", 0.95]["average_on_hand"]
    assert rows["combination", 0.95]["against"]["saved"] == pytest.approx(saved)
    assert rows["combination", 0.9]["money"] == pytest.approx(10 * stock[0])
    reasons = {(row["sku"], row["location"]): row["reason"] for row in found["left_out"]}
    assert set(reasons) == {(sku, place) for sku in ("S-000", "S-001") for place in ("north", "south")}
    assert reasons["S-001", "north"] == "withdrawn before judging begins"
    assert (found["period"], found["series"], found["judged_periods"]) == ("week", SERIES - 4, WEEKS // 2)


def test_forecasters_of_others_are_told_what_is_planned_unless_they_are_blind(history: Path) -> None:
    for blind in (False, True):
        SEEN.clear()
        name = f"{__name__}:spy"
        options = ["--history", history, "--lead-time", 2, "--review", 3, "--forecaster", name, "--fill-rate", 0.9]
        found = figures(*options, *(["--blind"] if blind else []))
        assert [row["policy"] for row in found["rows"]] == ["weeks of cover", name]
        assert {tuple(sorted(horizon.plan)) for horizon in SEEN} == {() if blind else ("price", "promotion")}
        assert {cells.shape[1] for horizon in SEEN for cells in horizon.plan.values()} == (set() if blind else {5})


@pytest.mark.parametrize(
    "options",
    [
        ["--policy", "min-max", "--lost-sales", "--minimum", "6", "--multiple", "4"],
        ["--policy", "lot", "--lot", "2.5", "--most", "400"],
        ["--lost-sales", "--by-class", "--floor", "A=.9", "--floor", "CZ=.8"],
        ["--lead-time", "1,2,2,6", "--seed", "3", "--review", "2", "--every", "3"],
        ["--budget", "4000", "--order-cost", "10", "--shortage-cost", "3"],
        ["--warm-up", "20", "--least-history", "4", "--multiple", "0"],
    ],
    ids=lambda options: " ".join(options),
)
def test_every_option_gives_a_comparison(history: Path, options: list[str]) -> None:
    found = figures("--history", history, "--lead-time", 2, *options, "--fill-rate", 0.9)
    assert [row["fill_rate"] for row in found["rows"]] == [0.9] * len(found["rows"])
    assert all(row["average_on_hand"] > 0 for row in found["rows"])


def test_days_in_a_csv_and_a_chart(tmp_path: Path) -> None:
    table(120, "day").write_csv(tmp_path / "days.csv")
    result = run("--history", tmp_path / "days.csv", "--lead-time", 5, "--review", 7, "--chart", tmp_path / "stock.png")
    assert result.exit_code == 0, result.stderr
    assert (tmp_path / "stock.png").read_bytes().startswith(b"\x89PNG")
    assert "60 days from 2023-03-03" in result.stdout
    assert "S-001 at north: withdrawn before judging begins" in result.stdout


def test_a_chart_of_an_item_that_nobody_keeps_is_drawn_too(tmp_path: Path) -> None:
    months = [f"{2020 + number // 12}-{number % 12 + 1:02d}" for number in range(24)]
    units = [int(number in (14, 20)) for number in range(24)]
    pl.DataFrame({"sku": "rare", "month": months, "units": units}).write_csv(tmp_path / "rare.csv")
    result = run("--history", tmp_path / "rare.csv", "--lead-time", 1, "--chart", tmp_path / "stock.png")
    assert result.exit_code == 0, result.output
    assert (tmp_path / "stock.png").exists()


def test_judging_begins_when_one_sku_is_known_for_long_enough(tmp_path: Path) -> None:
    """Seven of the first half were seen with stock, and eight are needed."""
    months = [f"{2020 + number // 12}-{number % 12 + 1:02d}" for number in range(14)]
    short = pl.DataFrame({"sku": "pen", "month": months, "units": range(14), "in_stock_share": [1.0, 0.3] + [1.0] * 12})
    short.write_parquet(tmp_path / "short.parquet")
    found = figures("--history", tmp_path / "short.parquet", "--lead-time", 1)
    assert (found["judged_from"], found["judged_periods"]) == ("2020-10-01", 5)
    short.with_columns(pl.lit(0.3).alias("in_stock_share")).write_parquet(tmp_path / "never.parquet")
    refused = run("--history", tmp_path / "never.parquet", "--lead-time", 1)
    assert "of one SKU at least with 8 known of the 8 before judging; 0 are of any" in " ".join(refused.stderr.split())


def test_a_fill_rate_that_no_stock_reaches_is_said_to_be_none(history: Path) -> None:
    options = ["--history", history, "--lead-time", 2, "--budget", 300, "--fill-rate", 0.98]
    assert [row["average_on_hand"] for row in figures(*options)["rows"]] == [None, None]
    assert "none" in run(*options).stdout


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ([], "lead-time is missing"),
        (["--lead-time", "0"], "lead-time is 0: it must be from 1 to 366 periods"),
        (["--lead-time", "2,x"], "lead-time is 2,x: it must be whole periods, as 2 or 1,2,2,5"),
        (["--lead-time", "2", "--review", "0"], "review is 0: it must be 1 or more periods"),
        (["--lead-time", "2", "--minimum", "12", "--most", "10"], "most is 10.0: it must be no less than the least order, 12"),
        (["--lead-time", "2", "--minimum", "nan"], "minimum is nan"),
        (
            ["--lead-time", "2", "--minimum", "30", "--budget", "200"],
            "least order of S-002 at north is 30 units at 10 each, 300: it must be within the budget of 200",
        ),
        (["--lead-time", "2", "--fill-rate", "1"], "fill-rate is 1.0: it must be between 0 and 1"),
        (["--lead-time", "2", "--forecaster", "magic"], "forecaster is 'magic': it must be one of model, combination"),
        (
            ["--lead-time", "2", "--forecaster", "no.such:thing"],
            "forecaster is 'no.such:thing': it must be something that can be imported",
        ),
        (["--lead-time", "2", "--floor", "A"], "floor is A: it must be a class and a fill rate"),
        (["--lead-time", "2", "--floor", "Q=.9"], "class is 'Q'"),
        (["--lead-time", "2", "--policy", "guess"], "policy is 'guess': it must be one of order-up-to, min-max, lot"),
        (["--lead-time", "2", "--warm-up", "58"], "warm-up is 58: it must be from 8 to 57"),
        (["--lead-time", "2", "--chart", "stock.jpg"], "chart is stock.jpg: it must be the name of a .png file"),
        (["--lead-time", "2", "--shortage-cost", "-1"], "shortage is -1.0"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_an_option_that_cannot_be_used_is_named_with_its_value(history: Path, options: list[str], message: str) -> None:
    result = run("--history", history, *options)
    assert result.exit_code == 2
    assert result.stderr.count("\n") == 1
    assert result.stderr.startswith(f"skuld: {message}")


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("os:system", "it must be a forecaster that does not fail (TypeError: "),
        ("operator:is_", "it must be a forecaster whose answer is a Forecast, not False"),
    ],
)
def test_a_forecaster_of_others_that_is_none_is_named(history: Path, name: str, says: str) -> None:
    result = run("--history", history, "--lead-time", 2, "--forecaster", name)
    assert result.exit_code == 2
    assert result.stderr.splitlines()[-1].startswith(f"skuld: forecaster is '{name}': {says}")


def test_a_history_that_cannot_be_used_is_refused(tmp_path: Path) -> None:
    good = table()
    cases = {
        "units '-3' is negative": good.with_columns(units=pl.lit(-3)).head(1),
        "column units missing": good.drop("units"),
        "history is of 9 periods: it must be longer": table(9),
        "history is without demand from": good.with_columns(units=pl.lit(0)),
    }
    for message, frame in cases.items():
        frame.write_csv(tmp_path / "history.csv")
        result = run("--history", tmp_path / "history.csv", "--lead-time", 2)
        assert result.exit_code == 1, message
        assert message in result.stderr
        assert "Traceback" not in result.stderr
    budget = run("--history", _priceless(tmp_path), "--lead-time", 2, "--budget", 100)
    assert (budget.exit_code, budget.stderr.split(":")[1].strip()) == (2, "budget is 100")


def _priceless(folder: Path) -> Path:
    table().drop("price").write_parquet(folder / "priceless.parquet")
    return folder / "priceless.parquet"
