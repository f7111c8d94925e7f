"""How many examples the models run, and how a failure is repeated."""

from __future__ import annotations

import os
from typing import Final

from hypothesis import HealthCheck, Phase, settings

EXAMPLES: Final = int(os.environ.get("SKULD_MODEL_EXAMPLES", "0"))
"""Set it to run each model so many times instead of its few."""


def model_settings(examples: int, steps: int) -> settings:
    """Random each time; a failure prints the blob (and the seed) that repeats it."""
    return settings(
        max_examples=EXAMPLES or examples,
        stateful_step_count=steps,
        deadline=None,
        derandomize=False,
        print_blob=True,
        database=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
