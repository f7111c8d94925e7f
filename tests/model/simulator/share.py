"""What one process of many runs: a share of the seeds. (A spawned process cannot import its functions from `__main__`.)"""

from __future__ import annotations

import logging

import structlog

from tests.model.simulator.schedule import Broken, run_schedule


def be_quiet() -> None:
    """Log nothing: a storm is full of warnings that mean nothing."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    logging.disable(logging.CRITICAL)


def run_share(seeds: range) -> tuple[int, list[str]]:
    """Run some schedules; gives how many, and what broke."""
    broken = []
    for seed in seeds:
        try:
            run_schedule(seed)
        except Broken as found:
            broken.append(str(found))
    return len(seeds), broken
