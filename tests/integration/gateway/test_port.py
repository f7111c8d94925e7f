"""The port of the gateway."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.server import PortTaken, listen, listen_anywhere


def outgoing() -> range:
    """Ports that the system gives to outgoing connections."""
    told = Path("/proc/sys/net/ipv4/ip_local_port_range")
    first, last = map(int, told.read_text().split()) if told.exists() else (32_768, 60_999)
    return range(first, last + 1)


def test_a_port_that_any_will_do_is_none_that_an_outgoing_connection_gets() -> None:
    for _ in range(20):
        with listen_anywhere("127.0.0.1") as listening:
            assert listening.getsockname()[1] not in outgoing()


def test_a_port_that_is_taken_is_named() -> None:
    with listen_anywhere("127.0.0.1") as listening:
        port = listening.getsockname()[1]
        with pytest.raises(PortTaken, match=f"port {port} of 127.0.0.1 cannot be used: Address already in use"):
            listen("127.0.0.1", port)


def test_a_host_that_is_not_ours_is_named() -> None:
    with pytest.raises(PortTaken, match=r"of 203\.0\.113\.7 cannot be used"):
        listen_anywhere("203.0.113.7")
