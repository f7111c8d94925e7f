"""Owners that remember little, broken under load: what comes again has left memory, and is in the rows, or not yet."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.chaos.faults import FAULTS_OF_MEMORY
from tests.chaos.scene import new_scene
from tests.chaos.stage import Stage

TIMES: Final = 5


@pytest.fixture(scope="module")
def forgetful_stage(mariadb_template: Path) -> Iterator[Stage]:
    """A system of such owners."""
    with new_scene(mariadb_template, forgetful=True) as scene:
        yield Stage(scene)


@pytest.mark.timeout(240)
@pytest.mark.parametrize("fault", FAULTS_OF_MEMORY)
def test_what_has_left_memory_stays_true(forgetful_stage: Stage, fault: str) -> None:
    assert len(forgetful_stage.suffer(fault, TIMES).acknowledged) > TIMES
    assert forgetful_stage.forgotten > 0
