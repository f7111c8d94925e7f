"""Commands that travel as calls of Ray actors, broken under load."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.chaos.faults import FAULTS_OF_TRANSPORT
from tests.chaos.scene import new_scene
from tests.chaos.stage import Stage

TIMES: Final = 2


@pytest.fixture(scope="module")
def stage_over_ray(mariadb_template: Path) -> Iterator[Stage]:
    """A system on that transport."""
    with new_scene(mariadb_template, transport="ray") as scene:
        yield Stage(scene)


@pytest.mark.timeout(240)
@pytest.mark.parametrize("fault", FAULTS_OF_TRANSPORT)
def test_no_answer_over_calls_of_ray_becomes_untrue(stage_over_ray: Stage, fault: str) -> None:
    assert len(stage_over_ray.suffer(fault, TIMES).acknowledged) > TIMES
