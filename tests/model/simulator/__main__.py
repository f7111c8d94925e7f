"""Many schedules on several processes: `python -m tests.model.simulator --schedules 100000 --from 0 --jobs 2`.

Prints the seeds that broke something and ends with 1 when there are any.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from multiprocessing import get_context

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from tests.model.simulator.share import be_quiet, run_share

SEEDS_AT_ONCE = 20
"""What a process takes at a time; after so many it reports."""
REPORT_EVERY = 1_000
"""Where there is no terminal to draw a bar on, a line after so many."""


def main() -> int:
    """Run the schedules; 0 when none broke anything."""
    options = _options()
    console = Console()
    failures: list[str] = []
    began = time.monotonic()
    with _progress(console) as progress:
        task = progress.add_task("schedules", total=options.schedules, broken=0)
        for done, broken in _run(options.first, options.schedules, options.jobs):
            failures += broken
            for failure in broken:
                console.print(failure, style="red", markup=False, highlight=False)
            progress.update(task, advance=done, broken=len(failures))
            finished = int(progress.tasks[task].completed)
            if not console.is_terminal and finished % REPORT_EVERY == 0:
                console.print(f"{finished} of {options.schedules}, {len(failures)} broken")
    rate = options.schedules / (time.monotonic() - began)
    console.print(f"{options.schedules} schedules from seed {options.first}, {rate:.0f} a second, {len(failures)} broken")
    return 1 if failures else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.model.simulator", description=__doc__)
    parser.add_argument("--schedules", type=int, default=1000, help="how many")
    parser.add_argument("--from", dest="first", type=int, default=0, help="the first seed")
    parser.add_argument("--jobs", type=int, default=2, help="processes")
    return parser.parse_args()


def _progress(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[broken]} broken"),
        TimeElapsedColumn(), TimeRemainingColumn(), console=console,
    )  # fmt: skip


def _run(first: int, schedules: int, jobs: int) -> Iterator[tuple[int, list[str]]]:
    """How many more are done, and what they broke."""
    end = first + schedules
    shares = [range(start, min(start + SEEDS_AT_ONCE, end)) for start in range(first, end, SEEDS_AT_ONCE)]
    with get_context("spawn").Pool(jobs, be_quiet) as pool:
        yield from pool.imap_unordered(run_share, shares)


if __name__ == "__main__":
    sys.exit(main())
