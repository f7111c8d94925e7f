"""`python -m tests.benchmarks`: Skuld beside two peers, on one machine, in one run. `--help` lists the commands."""

import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from tests.benchmarks import measures, memory, owner_rate, recovery
from tests.benchmarks.forecasting import __main__ as accuracy
from tests.benchmarks.forecasting import deliveries, stock
from tests.benchmarks.forecasting.peers.__main__ import peers, usual_data
from tests.benchmarks.forecasting.speed.__main__ import CHART, show_speed
from tests.benchmarks.forecasting.speed.measure import GOAL_SIZES, speed
from tests.benchmarks.harness import SINGLE
from tests.benchmarks.report import chart, console, plain_table, show_orders, write_json
from tests.benchmarks.targets.port import Target
from tests.benchmarks.targets.redis_lua import RedisLua
from tests.benchmarks.targets.skuld import Skuld
from tests.benchmarks.targets.sql import SqlForUpdate
from tests.benchmarks.year.command import year

TARGETS: Final[dict[str, Callable[[], Target]]] = {
    "skuld": Skuld,
    "redis-lua": lambda: RedisLua("pool"),
    "redis-lua-pipelined": lambda: RedisLua("pipelined"),
    "redis-lua-multiplexed": RedisLua,
    "redis-lua-obvious": lambda: RedisLua("obvious"),
    "sql": SqlForUpdate,
}
EVERY: Final = ",".join(TARGETS)

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)

Names = Annotated[str, typer.Option("--targets", help="comma-separated, of: " + EVERY)]
Connections = Annotated[list[int], typer.Option("--connections", "-c")]
Seconds = Annotated[int, typer.Option("--seconds", "-s")]
Runs = Annotated[int, typer.Option(help="medians of so many")]
Json = Annotated[Path, typer.Option("--json", help="the figures go here, a section per command")]
PAIR: Final = ("skuld", "redis-lua-multiplexed")
"""Where a run takes long, Skuld stands beside the fastest form of peer (a) only."""
BOTH: Final = [64, 128]
FEW: Final = [1, 8]  # a batch keeps the system busy by itself
JSON_FILE: Final = Path("bench-results.json")


def chosen(names: str) -> dict[str, Callable[[], Target]]:
    wanted = [name.strip() for name in names.split(",") if name.strip()]
    unknown = [name for name in wanted if name not in TARGETS]
    if unknown or not wanted:
        raise typer.BadParameter(f"unknown target {', '.join(unknown)}: choose of {EVERY}")
    return {name: TARGETS[name] for name in wanted}


@app.command()
def orders(
    connections: Connections = BOTH,
    seconds: Seconds = 8,
    runs: Runs = 3,
    targets: Names = EVERY,
    mix: Annotated[str, typer.Option(help="skewed, hot, or both: skewed,hot")] = SINGLE,
    json: Json = JSON_FILE,
    markdown: Annotated[bool, typer.Option(help="the table also in Markdown, for a document")] = False,
) -> None:
    """Orders per second through HTTP, closed loop (wrk), each answered only when it is durable."""
    mixes = [one.strip() for one in mix.split(",")]
    if not set(mixes) <= {SINGLE, "hot"}:
        raise typer.BadParameter(f"unknown mix {mix}")
    measured = measures.orders(chosen(targets), connections, seconds, runs, mixes)
    show_orders(f"Orders through HTTP, medians of {runs} runs of {seconds} s", measured, markdown)
    write_json(json, "orders-" + "-".join(mixes), [run.row() for run in measured])


@app.command()
def latency(
    rate: Annotated[float, typer.Option(help="orders per second offered")] = 1_000,
    seconds: Seconds = 10,
    runs: Runs = 3,
    targets: Names = EVERY,
    json: Json = JSON_FILE,
) -> None:
    """Latency at a constant offered rate, open loop, from the intended moment of sending."""
    show(f"Latency at {rate:,.0f} orders/s offered", "latency", measures.latency(chosen(targets), rate, seconds, runs), json)


@app.command()
def batch(
    size: int = 1_000,
    connections: Connections = FEW,
    seconds: Seconds = 8,
    runs: Runs = 3,
    json: Json = JSON_FILE,
) -> None:
    """Skuld's orders:batch beside its single orders, as fast as these can come and on the same connections."""
    measured = measures.batch(Skuld, size, connections, seconds, runs)
    show_orders(f"orders:batch of {size:,}, and single orders", measured)
    single = {run.connections: run.orders_per_s for run in measured if run.mix == SINGLE}
    for run in measured:
        if run.mix != SINGLE:
            fastest, alike = run.orders_per_s / max(single.values()), run.orders_per_s / single[run.connections]
            console.print(
                f"orders:batch on {run.connections} connections is {fastest:.1f} times the fastest single orders, "
                f"{alike:.1f} times single orders on as many connections"
            )
    write_json(json, "batch", [run.row() for run in measured])


@app.command("flash-sale")
def flash_sale(
    buyers: int = 100_000,
    units: int = 10_000,
    connections: int = 64,
    targets: Names = "skuld,redis-lua",
    json: Json = JSON_FILE,
) -> None:
    """Many buyers, few units of one SKU: exactly the units are sold."""
    rows = measures.flash_sale(chosen(targets), buyers, units, connections)
    show(f"{buyers:,} buyers for {units:,} units", "flash-sale", rows, json)
    if not all(row["exact"] for row in rows):
        raise typer.Exit(1)


@app.command()
def sustained(seconds: Seconds = 60, connections: int = 64, targets: Names = "skuld,redis-lua", json: Json = JSON_FILE) -> None:
    """A minute at full rate, then: how long until every order is in MariaDB?"""
    show(f"Sustained for {seconds} s", "sustained", measures.sustained(chosen(targets), seconds, connections), json)


@app.command("owner")
def one_owner(
    reservations: Annotated[int, typer.Option(help="in each run of the owner; Lua gets a quarter")] = 400_000,
    size: Annotated[int, typer.Option(help="commands per request")] = 2_000,
    in_flight: Annotated[int, typer.Option(help="requests")] = 2,
    runs: Runs = 3,
    json: Json = JSON_FILE,
) -> None:
    """Bulk reservations by one inventory owner, beside the Lua script on the same Redis; and where the owner's time goes."""
    title = f"One-line reservations by one owner, requests of {size:,}, {in_flight} in flight, medians of {runs}"
    show(title, "owner", owner_rate.owner(reservations, size, in_flight, runs), json)
    show("Stages of a request, each on its own", "owner-stages", owner_rate.profile(size), json)


@app.command("memory")
def memory_held(
    orders: Annotated[int, typer.Option(help="through a running system, finished as they come")] = 1_000_000,
    held: Annotated[int, typer.Option(help="SKUs, and then open orders, in a fresh system")] = 100_000,
    json: Json = JSON_FILE,
) -> None:
    """Resident memory while orders come and go, and what SKUs and open orders take."""
    rows = memory.flat(orders)
    show(f"Resident memory, {orders:,} orders placed and finished", "memory-flat", rows, json)
    for role in memory.ROLES:
        console.print(chart(f"{role}, MB", [(f"{row['orders']:,}", row[f"{role}_mb"]) for row in rows]))
    show("Growth over the later half, MB per 100,000 orders", "memory-growth", [memory.growth(rows)], json)
    show("Resident memory of what is open", "memory-held", memory.held(held, held), json)


@app.command("recovery")
def recover(skus: int = 100_000, orders: int = 100_000, runs: Runs = 3, json: Json = JSON_FILE) -> None:
    """kill -9 of the inventory owner, the orders owner, and both: seconds until each serves again, and where they go."""
    rows = recovery.recovery(skus, orders, runs)
    show(f"kill -9 of owners, {skus:,} SKUs, {orders:,} open orders", "recovery-kills", rows, json)
    show(f"Medians of {runs} kills each", "recovery", recovery.medians(rows), json)


@app.command("forecasting-accuracy")
def forecasting_accuracy() -> None:
    """What models and baselines score on real demand, and learned lead times on later deliveries; needs SKULD_DATASETS."""
    accuracy.main(list(accuracy.EVERY))
    deliveries.main()


@app.command("forecasting-stock")
def forecasting_stock() -> None:
    """Stock at equal fill rate on real demand, by each way to forecast it; needs SKULD_DATASETS."""
    stock.main()


@app.command("forecasting-peers")
def forecasting_peers(json: Json = JSON_FILE) -> None:
    """Forecasts beside mlforecast and statsforecast, accuracy and seconds; more options: tests.benchmarks.forecasting.peers."""
    peers(usual_data(), json)


@app.command("forecasting-speed")
def forecasting_speed(json: Json = JSON_FILE) -> None:
    """Training, scoring and suggesting 10,000 and 100,000 SKUs; more options: tests.benchmarks.forecasting.speed."""
    show_speed(speed(GOAL_SIZES), CHART, json)


@app.command("all")
def everything(
    runs: Runs = 3,
    seconds: Seconds = 8,
    targets: Names = EVERY,
    memory_orders: Annotated[int, typer.Option(help="for `memory`; a million takes four minutes and more")] = 200_000,
    json: Json = JSON_FILE,
) -> None:
    """Everything above, one after the other, in more than an hour. What fails is told in the end, the rest goes on."""
    fast = ",".join(name for name in chosen(targets) if name != "sql")
    pair = ",".join(name for name in chosen(targets) if name in PAIR) or fast
    parts: dict[str, Callable[[], None]] = {
        "orders": lambda: orders([64, 128], seconds, runs, targets, "skewed,hot", json),
        "latency": lambda: latency(1_000, 10, runs, fast, json),
        "flash-sale": lambda: flash_sale(100_000, 10_000, 64, pair, json),
        "sustained": lambda: sustained(60, 64, pair, json),
    }
    if "skuld" in chosen(targets):
        parts["batch"] = lambda: batch(1_000, [1, 8], seconds, runs, json)
        parts["owner"] = lambda: one_owner(runs=runs, json=json)
        parts["recovery"] = lambda: recover(runs=runs, json=json)
        parts["memory"] = lambda: memory_held(memory_orders, json=json)
        parts["forecasting-accuracy"] = forecasting_accuracy
        parts["forecasting-stock"] = forecasting_stock
        parts["forecasting-peers"] = lambda: forecasting_peers(json)
        parts["forecasting-speed"] = lambda: forecasting_speed(json)
    failed = [name for name, part in parts.items() if not goes_well(name, part)]
    if failed:
        console.print(f"failed: {', '.join(failed)}")
        raise typer.Exit(1)


def goes_well(name: str, part: Callable[[], None]) -> bool:
    """Run a part; its failure is shown and costs no other part its figures."""
    began = time.monotonic()
    try:
        part()
    except Exception:
        console.print_exception()
        return False
    finally:
        console.print(f"[dim]{name} took {time.monotonic() - began:.0f} s[/dim]")
    return True


app.command()(year)


def show(title: str, section: str, rows: list[dict[str, Any]], json: Path) -> None:
    console.print(plain_table(title, rows))
    write_json(json, section, rows)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that whatever was started is stopped
    app()
