"""`skuld forecast evaluate`, `train`, `score`, `backtest`: what they write, and one line for whatever is wrong."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from actors.kernel.record.database import open_database
from forecasting.job import main as job
from forecasting.registry.models import find_model
from tests.integration.command_line.here import Skuld, skuld_on

SERIES, WEEKS = 30, 40
PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
def skuld(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Skuld]:
    """Runs a command in this process; gives its code and what it printed."""
    monkeypatch.chdir(tmp_path)
    yield skuld_on(tmp_path / "data", monkeypatch, capsys, "forecast")
    open_database(f"sqlite:///{tmp_path / 'data' / 'skuld.sqlite'}").dispose()


@pytest.fixture(scope="module")
def weeks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Demand by week at one location, stock-outs, names that are no file names."""
    chance = np.random.default_rng(8)
    start = np.datetime64("2024-01-01") + 7 * np.arange(WEEKS)
    path = tmp_path_factory.mktemp("history") / "weeks.parquet"
    columns = {
        "sku": np.repeat([f"S/{row} <b>$x$" for row in range(SERIES)], WEEKS),
        "location": ["north"] * (SERIES * WEEKS),
        "week": np.tile(start, SERIES),
        "units": chance.negative_binomial(2, 0.2, SERIES * WEEKS),
        "in_stock_share": np.where(chance.random(SERIES * WEEKS) < 0.05, 0.3, 1.0),
    }
    pl.DataFrame(columns).with_columns(pl.col("week").cast(pl.Date)).write_parquet(path)
    return path


def test_an_evaluation_writes_tables_charts_and_one_report(skuld: Skuld, weeks: Path, tmp_path: Path) -> None:
    arguments = ("--history", str(weeks), "--horizon", "3", "--cutoffs", "2", "--charts", "2")
    code, out, err = skuld("evaluate", *arguments, "--json")
    assert code == 0, err
    told = json.loads(out)
    assert (told["series"], told["horizon"], len(told["cutoffs"])) == (SERIES, 3, 2)
    folder = tmp_path / "forecast-weeks"
    ahead = pl.read_parquet(folder / "forecasts.parquet")
    assert ahead.height == SERIES
    assert ahead.columns[:6] == ["sku", "location", "first", "last", "mean", "p50"]
    assert ahead["by_period"].list.sum().to_list() == pytest.approx(ahead["mean"].to_list())
    assert (ahead["p99"] >= ahead["p50"]).all()
    assert pl.read_csv(folder / "forecasts.csv").height == SERIES
    past = pl.read_parquet(folder / "past-forecasts.parquet")
    assert set(past["forecaster"].unique()) >= {"model", "experience", "TSB, counts", "seasonal naive", "combination"}
    metrics = pl.read_parquet(folder / "metrics.parquet")
    assert {"wape", "bias", "rmsse", "scaled pinball", "coverage"} <= set(metrics["metric"].unique())
    assert {"low", "high"} <= set(metrics.columns)
    charts = sorted((folder / "charts").iterdir())
    assert [str(path) for path in charts] == [str(tmp_path / path) for path in told["charts"]]
    assert len(charts) == 2
    assert all(path.read_bytes().startswith(PNG) for path in charts)
    report = (folder / "report.html").read_text()
    assert report.count("data:image/png;base64,") == 2
    assert "<b>$x$" not in report, "what comes from a table is escaped"
    assert "http" not in report, "it needs nothing else"

    before = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    assert skuld("evaluate", *arguments)[0] == 0
    assert {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()} == before, "the same again"


def test_fewer_cut_offs_than_were_asked_are_said(skuld: Skuld, tmp_path: Path) -> None:
    (tmp_path / "short.csv").write_text("sku,week,units\n" + "".join(f"a,2024-W0{week},{week}\n" for week in range(1, 5)))
    code, out, _ = skuld("evaluate", "--history", "short.csv", "--horizon", "1", "--output", "out")
    assert code == 0
    assert "3 cut-offs from 2024-01-07 to 2024-01-21 (8 were asked; the history has room for no more), 1 ahead" in out
    assert "too short for a model" in out


def test_nothing_but_zeros_is_forecast_and_there_is_nothing_to_judge_by(skuld: Skuld, tmp_path: Path) -> None:
    rows = "".join(f"{sku},2024-01-{day:02},0\n" for sku in "ab" for day in range(1, 31))
    (tmp_path / "zeros.csv").write_text("sku,day,units\n" + rows)
    code, out, err = skuld("evaluate", "--history", "zeros.csv", "--horizon", "2", "--output", "out", "--json")
    assert code == 0, err
    assert all(one["pinball"]["saved"] is None for one in json.loads(out)["beside"])
    assert pl.read_parquet(tmp_path / "out" / "forecasts.parquet")["p99"].to_list() == [0, 0]


def test_an_event_table_and_a_country_of_the_site_reach_the_model(
    skuld: Skuld, weeks: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fairs = ["fair,2024-03-11,2024-03-17,1,,,", "fair,2024-06-10,,1,,,", "fair,2024-08-12,,1,,,", "fair,2024-10-14,,1,,,"]
    offers = [f"offer,2024-0{month}-05,2024-0{month}-11,0.2,S/3;S/1;S/2,," for month in (2, 5, 8)]
    (tmp_path / "events.csv").write_text("\n".join(["type,start,end,depth,skus,day_off,known_from", *fairs, *offers]) + "\n")
    monkeypatch.setenv("SKULD_EVENTS", "events.csv")
    monkeypatch.setenv("SKULD_COUNTRY", "GB")
    arguments = ("train", "--history", str(weeks), "--slot", "week 2+1", "--cutoffs", "1", "--json")
    code, out, err = skuld(*arguments)
    assert code == 0, err
    engine = open_database(f"sqlite:///{tmp_path / 'data' / 'skuld.sqlite'}")
    with engine.connect() as rows:
        row = find_model(rows, json.loads(out)["model"])
    assert row is not None
    assert row.parameters["country"] == "GB"
    assert [event["kind"] for event in row.parameters["events"]] == ["fair"] * 4 + ["offer"] * 3
    assert row.parameters["events"][4]["skus"] == ["S/1", "S/2", "S/3"]
    code, out, err = skuld(*arguments)
    assert (code, json.loads(out)["done"]) == (0, False), "the same events again are the same settings"
    (tmp_path / "events.csv").write_text("type,start,end\nfair,2024-03-11,2024-03-01\n,soon,\n")
    code, _, err = skuld("backtest", "--history", str(weeks), "--slot", "week 2+1")
    assert code == 1
    assert "row 1: end '2024-03-01' is before the start" in err
    assert "row 2: type is missing" in err


def test_a_ray_that_is_not_there_is_said_at_once(skuld: Skuld, weeks: Path) -> None:
    code, out, err = skuld("backtest", "--history", str(weeks), "--ray", "127.0.0.1:1")
    assert (code, out) == (1, "")
    assert "Ray at 127.0.0.1:1: [Errno 111] Connection refused" in err


BAD = [
    ("a,2024-01-01,1\n", 1, "history is of 1 periods: it must be longer than the horizon of 2"),
    ("a,2024-01-01,1\na,2024-01-02,-3\n", 1, "bad.csv: row 2: units '-3' is negative"),
    ("a,2024-01-01,1\na,2024-01-02,\na,2024-01-03,2\n", 1, "row 2: units is missing between periods that have units"),
    ("a,2024-01-01,1\na,2024-01-01,2\n", 1, "row 2: day 'a, 2024-01-01' repeats SKU and day of row 1"),
    (
        "a,2024-01-01T00:00:00+01:00,1\na,2024-01-02T00:00:00+00:00,2\n",
        1,
        "row 2: day '2024-01-02T00:00:00+00:00' is not a date, or not written like the others (%Y-%m-%d, zone +01:00)",
    ),
]


@pytest.mark.parametrize(("rows", "code", "says"), BAD, ids=lambda value: str(value)[-40:])
def test_a_history_that_cannot_be_used_is_told_by_row_and_value(
    skuld: Skuld, tmp_path: Path, rows: str, code: int, says: str
) -> None:
    (tmp_path / "bad.csv").write_text("sku,day,units\n" + rows)
    found, out, err = skuld("evaluate", "--history", "bad.csv", "--horizon", "2")
    assert (found, out) == (code, "")
    assert says in err
    assert "Traceback" not in err
    assert not (tmp_path / "forecast-bad" / "report.html").exists()


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("--horizon", "0"), 2, "horizon is 0: it must be 1 or more"),
        (("--horizon", "2", "--cutoffs", "0"), 2, "cutoffs is 0: it must be 1 or more"),
        (("--horizon", "2", "--step", "-1"), 2, "step is -1: it must be 1 or more"),
        (("--horizon", "40"), 1, "history is of 40 periods: it must be longer than the horizon of 40"),
        (("--horizon", "2", "--forecaster", "nobody"), 2, "forecaster is 'nobody'"),
        (("--horizon", "2", "--output", "/dev/null/x"), 1, "/dev/null/x: Not a directory"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_an_option_that_cannot_be_used_is_told(
    skuld: Skuld, weeks: Path, arguments: tuple[str, ...], code: int, says: str
) -> None:
    found, out, err = skuld("evaluate", "--history", str(weeks), *arguments)
    assert (found, out) == (code, "")
    assert err.startswith(f"skuld: {says}")


def test_train_then_score_then_a_file_that_was_changed(skuld: Skuld, weeks: Path, tmp_path: Path) -> None:
    own = ("--history", str(weeks))
    assert skuld("score", *own) == (2, "", "skuld: slot is missing: it must be trained first: `skuld forecast train`\n")
    code, out, err = skuld("train", *own, "--cutoffs", "2", "--json")
    assert code == 0, err
    trained = json.loads(out)
    assert (trained["slot"], trained["done"], len(trained["cutoffs"])) == ("week 2+1", True, 2)
    again = skuld("train", *own, "--cutoffs", "2")
    assert again[1].startswith("week 2+1: nothing to do, the same data, settings and code were trained before")
    scored = json.loads(skuld("score", *own, "--json")[1])
    assert [(one["written"], one["champion"]) for one in scored] == [(SERIES, trained["champion"])]
    assert json.loads(skuld("score", *own, "--json")[1])[0]["written"] == 0

    later = tmp_path / "later.parquet"
    whole = pl.read_parquet(weeks)
    whole.vstack(
        whole.filter(pl.col("week") == whole["week"].max()).with_columns(pl.col("week").dt.offset_by("7d"))
    ).write_parquet(later)
    path = tmp_path / "data" / "models" / f"{trained['champion']}.model"
    path.write_bytes(path.read_bytes()[:-3])
    code, out, err = skuld("score", "--history", str(later))
    assert (code, out) == (1, "")
    assert err.startswith(f"skuld: {path}: the file was changed since it was written")


def test_without_a_history_of_its_own_it_says_where_one_comes_from(skuld: Skuld) -> None:
    for command in ("train", "backtest"):
        code, out, err = skuld(command)
        assert (code, out) == (1, "")
        assert err == "skuld: the history: it is empty: `skuld forecast history` or `skuld forecast import` fills it\n"
    assert skuld("train", "--slot", "year 1+1")[0] == 2


def test_a_backtest_writes_a_report_and_keeps_no_model(skuld: Skuld, weeks: Path, tmp_path: Path) -> None:
    code, out, err = skuld("backtest", "--history", str(weeks), "--cutoffs", "1", "--charts", "1")
    assert code == 0, err
    assert out.startswith("week 2+1: 30 series, 40 weeks from 2024-01-01")
    assert out.endswith("backtest-week-2+1/report.html\n")
    assert (tmp_path / "backtest-week-2+1" / "report.html").read_text().count("data:image/png;base64,") == 1
    assert not (tmp_path / "data" / "models").exists()


def test_a_job_does_the_same_work_and_prints_json(
    skuld: Skuld, weeks: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = ["--data-dir", str(tmp_path / "data"), "--history", str(weeks), "--ray", "here"]
    assert job(["score", *place]) == 1
    assert "the database: unable to open database file" in capsys.readouterr().err
    assert skuld("history")[0] == 0
    assert job(["score", *place]) == 2
    assert job(["train", "--cutoffs", "1", *place]) == 0
    capsys.readouterr()
    trained = json.loads(skuld("train", "--history", str(weeks), "--cutoffs", "1", "--json")[1])
    assert trained["done"] is False, "the command line finds what the job has trained"
    assert job(["score", *place]) == 0
    assert json.loads(capsys.readouterr().out)[0]["written"] == SERIES
