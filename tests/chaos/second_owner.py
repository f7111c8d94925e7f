"""A second process for an owner that runs already, as a cluster makes when it has lost sight of the first."""

from __future__ import annotations

import sys
import time

from actors.kernel.messages import OwnerName
from actors.kernel.owner_process import OwnerProcess
from actors.kernel.settings import SkuldSettings
from actors.kernel.transport.port import Endpoint
from actors.kernel.transport.zeromq import ZeroMqDialler


class Nobody:
    """A directory that knows no one: this owner sends no steps."""

    async def resolve(self, owner: OwnerName) -> Endpoint | None:
        """Nobody is known."""
        return None


if __name__ == "__main__":
    process = OwnerProcess(OwnerName(sys.argv[1]), SkuldSettings(), Nobody(), ZeroMqDialler())
    time.sleep(120)
