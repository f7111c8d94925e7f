"""A run of the tests that is told to end takes down what it started."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.patience import PATIENCE_S

ROOT = Path(__file__).parents[2]
TESTS = """
import sys, time
import pytest

@pytest.fixture(scope="module")
def system():
    yield
    print("taken down", file=sys.__stdout__, flush=True)

def test_that_lasts(system):
    print("runs", file=sys.__stdout__, flush=True)
    time.sleep(100)
"""


@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGINT])
def test_its_fixtures_are_ended(tmp_path: Path, told: signal.Signals) -> None:
    (tmp_path / "test_some.py").write_text(TESTS)
    options = ["-s", "-p", "tests.conftest", "-p", "no:cacheprovider", f"--rootdir={tmp_path}", str(tmp_path)]
    command = [sys.executable, "-m", "pytest", *options]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as run:
        assert run.stdout is not None
        while "runs" not in run.stdout.readline():
            assert run.poll() is None
        run.send_signal(told)
        said, _ = run.communicate(timeout=PATIENCE_S)
    assert "taken down" in said
    assert run.returncode == pytest.ExitCode.INTERRUPTED
