"""What a run of chaos has found, as a report."""

from __future__ import annotations

import shutil
import statistics
import time
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from tests.chaos.load import Load


@dataclass
class Findings:
    """Faults made, how long each was felt, and what the shoppers were told."""

    seed: int
    transport: str
    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    loads: list[Load] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    under_way: str = ""
    checked: int = 0
    """Faults after which every answer was looked up."""
    began: float = field(default_factory=time.monotonic)

    @property
    def faults(self) -> int:
        """Faults made."""
        return sum(map(len, self.seconds.values()))

    @property
    def orders(self) -> int:
        """Orders acknowledged."""
        return sum(len(load.acknowledged) for load in self.loads)

    @property
    def verdict(self) -> str:
        """In one sentence."""
        if self.broken:
            return f"{len(self.broken)} promises broken."
        return f"After {self.checked} of them everything was checked: every answer was still true."

    def markdown(self) -> str:
        """The report."""
        refused = sum(len(load.refused) for load in self.loads)
        retries = sum(load.retries for load in self.loads)
        slowest_s = max((load.slowest_s for load in self.loads), default=0.0)
        minutes = (time.monotonic() - self.began) / 60
        lines = [
            f"# Chaos: {self.faults} faults in {minutes:.0f} minutes, seed {self.seed}, commands over {self.transport}", "",
            f"{self.orders} orders acknowledged, {refused} refused, {retries} requests repeated, slowest answer {slowest_s:.1f} s.",
            f"{self.verdict}", "",
            "Seconds from the fault until every owner served again (frozen: until the successor served):", "",
            "| fault | times | min | median | max |", "|---|---|---|---|---|",
        ]  # fmt: skip
        for name, each in sorted(self.seconds.items()):
            if each:
                felt = f"{min(each):.2f} | {statistics.median(each):.2f} | {max(each):.2f}"
                lines.append(f"| {name.replace('_', ' ')} | {len(each)} | {felt} |")
        if self.broken:
            lines += ["", f"Last fault: {self.under_way}. Broken:", "", *[f"- {line}" for line in self.broken]]
        return "\n".join(lines) + "\n"

    def keep_logs(self, logs: Path, to: Path) -> None:
        """Keep what the processes logged, beside the report."""
        shutil.copytree(logs, to, dirs_exist_ok=True)
