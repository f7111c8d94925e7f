"""What `skuld up` says when it serves: where everything is, how to get in, and no secret."""

from __future__ import annotations

import io
import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from rich.console import Console

from actors.kernel.settings import SkuldSettings
from gateway.cli import up


def said(monkeypatch: pytest.MonkeyPatch, data_dir: Path, **settings: Any) -> list[str]:
    """The lines of the welcome, as a narrow terminal shows them."""
    data_dir.mkdir()
    (data_dir / "admin-key").write_text("skuld_1_secret\n")
    shown = io.StringIO()
    monkeypatch.setattr(up, "console", Console(file=shown, width=40))
    loaded = SkuldSettings(_env_file=None, data_dir=data_dir, **settings)  # type: ignore[call-arg]  # pydantic-settings' own
    running: Any = SimpleNamespace(url="http://127.0.0.1:8000", dashboard="", settings=loaded)
    up.welcome(running, loaded)
    return shown.getvalue().splitlines()


def test_the_admin_key_is_named_by_its_file_with_a_call_that_works_and_not_shown(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    lines = said(monkeypatch, tmp_path / "da ta")
    assert f"  admin key      in {tmp_path / 'da ta' / 'admin-key'}, for its owner only; to use it:" in lines
    assert not any("secret" in line for line in lines)
    (call,) = [line.strip() for line in lines if line.strip().startswith("curl ")]
    echoed = subprocess.run(["bash", "-c", call.replace("curl", "echo", 1)], capture_output=True, text=True, check=True)
    assert echoed.stdout == "-H Authorization: Bearer skuld_1_secret http://127.0.0.1:8000/v1/keys\n"


def test_without_keys_none_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert not any("admin-key" in line for line in said(monkeypatch, tmp_path / "data", auth="off"))
