"""The page that shows the API works where nothing but the gateway can be reached."""

from __future__ import annotations

import re
import urllib.request

from tests.integration.in_process import InProcess
from tests.patience import PATIENCE_S

NAMED = re.compile(r"""(?:src|href)\s*=\s*["']([^"']+)|url:\s*["']([^"']+)""")


def test_the_page_needs_nothing_from_outside(skuld: InProcess) -> None:
    status, html = skuld.call("GET", "/docs")
    assert status == 200
    assert "://" not in html.replace(skuld.url, ""), "no other host is named"
    named = {first or second for first, second in NAMED.findall(html)}
    assert len(named) == 4, named
    for path in named:
        assert path.startswith("/")
        with urllib.request.urlopen(skuld.url + path, timeout=PATIENCE_S) as answer:
            assert answer.status == 200
            content = answer.read()
        assert len(content) > 1000
        if path.endswith(".css"):
            loaded = re.findall(rb"url\(['\"]?(\w+):", content) + re.findall(rb"@import", content)
            assert set(loaded) == {b"data"}


def test_the_page_asks_no_validator(skuld: InProcess) -> None:
    assert '"validatorUrl": null' in skuld.call("GET", "/docs")[1]
