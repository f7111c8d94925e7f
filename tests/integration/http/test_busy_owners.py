"""An owner that cannot tell now is no owner that knows nothing: readers come back later, and are told nothing older."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.integration.in_process import InProcess
from tests.patience import PATIENCE_S


@contextmanager
def turned_away(skuld: InProcess, why: str) -> Iterator[None]:
    """Every owner turns outside messages away, because it is in another state than serving, or above a watermark."""
    processes = skuld.directory.owners.values()
    owners = [process._owner for process in processes if process._owner is not None]
    try:
        for owner in owners:
            if why == "full":
                owner.turn_away_when(lambda: "the journal is too long")
            else:
                owner.state = why
        yield
    finally:
        for process in processes:
            assert process._owner is not None
            process._owner.state = "serving"
            process._owner.turn_away_when(process._why_full)


@pytest.mark.parametrize("why", ["recovering", "draining", "full"])
@pytest.mark.parametrize("written", [False, True], ids=["before its row is written", "with a row of its own"])
def test_an_acknowledged_order_is_never_unknown_because_its_owner_is_busy(skuld: InProcess, why: str, written: bool) -> None:
    order_id = f"busy-{why}-{written}"
    body = {"order_id": order_id, "lines": [{"sku": "h-1", "quantity": 1}]}
    assert skuld.call("POST", "/v1/orders", body)[0] == 201
    if written:
        skuld.level_rows()
    with turned_away(skuld, why):
        for path in (f"/v1/orders/{order_id}", f"/v1/orders/{order_id}/events", "/v1/orders/never-was"):
            with pytest.raises(urllib.error.HTTPError) as told:
                urllib.request.urlopen(skuld.url + path, timeout=PATIENCE_S)
            assert told.value.code == 503, path
            assert int(told.value.headers["Retry-After"]) >= 1
            told.value.close()
        assert skuld.call("POST", f"/v1/orders/{order_id}/hold")[1]["type"] == "/problems/busy"
        for path in ("/v1/products/h-1", f"/v1/reservations/{order_id}", "/v1/reservations?sku=h-1", "/v1/locations/stock"):
            assert skuld.call("GET", path)[1]["type"] == "/problems/busy", path
    assert skuld.call("GET", f"/v1/orders/{order_id}")[1]["state"] == "reserved"
    assert skuld.call("GET", "/v1/orders/never-was")[0] == 404
