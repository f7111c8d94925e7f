"""Everything is broken several times under load; afterwards every answer that was given must still be true."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.chaos.faults import FAULTS
from tests.chaos.scene import new_scene
from tests.chaos.stage import Stage

TIMES: Final = 5
QUICK: Final = [fault for fault in FAULTS if fault != "mariadb_away_briefly"]
"""MariaDB is away for half a minute here."""
TIMES_HUNG: Final = 1
"""Half a minute each, and all but the owner's own sleep is as with a raylet alone; `make chaos` has more of them."""


@pytest.fixture(scope="module")
def stage(mariadb_template: Path) -> Iterator[Stage]:
    """A system as it runs by default."""
    with new_scene(mariadb_template) as scene:
        yield Stage(scene)


@pytest.mark.timeout(240)
@pytest.mark.parametrize("fault", QUICK)
def test_no_answer_becomes_untrue(stage: Stage, fault: str) -> None:
    assert len(stage.suffer(fault, TIMES).acknowledged) > TIMES


@pytest.mark.timeout(500)
def test_orders_flow_while_mariadb_is_away(stage: Stage) -> None:
    assert len(stage.suffer("mariadb_away", TIMES).acknowledged) > 100 * TIMES


@pytest.mark.timeout(400)
@pytest.mark.parametrize(("fault", "times"), [("freeze_a_raylet", TIMES), ("freeze_a_node", TIMES_HUNG)])
def test_of_two_owners_that_live_at_once_one_leaves(stage: Stage, fault: str, times: int) -> None:
    assert stage.suffer(fault, times).acknowledged
