"""What a keeper that was killed leaves behind, and names of settings that are none."""

from __future__ import annotations

import fcntl
import os
import tempfile
from pathlib import Path

import pytest

from gateway.keeper import _session
from gateway.preparing import unknown_settings


def test_the_directory_of_a_killed_keeper_is_removed_and_that_of_a_living_one_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    foreign = tmp_path / "skuld-ray-of-others"
    foreign.mkdir()
    dead, alive = _session(), _session()
    os.close(dead[1])
    third = _session()
    assert sorted(tmp_path.iterdir()) == sorted([foreign, Path(alive[0]), Path(third[0])])
    with Path(alive[0], "keeper").open() as other, pytest.raises(BlockingIOError):
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
    for _, held in (alive, third):
        os.close(held)


def test_a_setting_with_a_slip_of_the_pen_is_told() -> None:
    names = ["SKULD_INVENTORY_SHARD", "SKULD_INVENTORY_SHARDS", "SKULD_DATASETS", "PATH", "SKULD_TIME_ZONE"]
    assert unknown_settings(names) == ["SKULD_INVENTORY_SHARD"]
