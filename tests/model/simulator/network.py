"""A simulated network between senders and owners: delays, drops, disorder, and a directory that may lag behind."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from actors.kernel.messages import OwnerName
from actors.kernel.service import OwnerService, SenderChannel
from actors.kernel.transport.port import Endpoint
from tests.model.simulator.stores import Weather


class Network:
    """Addresses and the services behind them; an address that is gone swallows what is sent to it."""

    def __init__(self, weather: Weather) -> None:
        self.weather = weather
        self.services: dict[str, OwnerService] = {}
        self.where: dict[OwnerName, str] = {}

    async def resolve(self, owner: OwnerName) -> Endpoint | None:
        await asyncio.sleep(self.weather.delay_s())
        address = self.where.get(owner)
        return Endpoint(address) if address is not None else None

    def dial(self, owner: OwnerName, endpoint: Endpoint, on_response: Callable[[bytes], None]) -> SimulatedLine:
        return SimulatedLine(self, endpoint.address, on_response)

    def deliver(self, work: Callable[[], None]) -> None:
        """Let something arrive: perhaps late, perhaps never. (What comes twice is what a sender sends again.)"""
        if not self.weather.happens(self.weather.drop):
            asyncio.get_running_loop().call_later(self.weather.delay_s(), work)


class SimulatedLine:
    """A line to an address."""

    def __init__(self, network: Network, address: str, on_response: Callable[[bytes], None]) -> None:
        self._network = network
        self._address = address
        self._open = True
        self._on_response = on_response
        self._channel = SenderChannel(self._back)

    def send(self, payload: bytes) -> None:
        self._network.deliver(lambda: self._arrive(payload))

    def _arrive(self, payload: bytes) -> None:
        service = self._network.services.get(self._address)
        if service is not None:
            service.receive(payload, self._channel)

    def _back(self, payload: bytes) -> None:
        self._network.deliver(lambda: self._on_response(payload) if self._open else None)

    def close(self) -> None:
        self._open = False
