"""The command line, `skuld`: one line and a useful exit code for whatever goes wrong, never a traceback."""

from __future__ import annotations

import sys

from gateway.cli.app import app


def main() -> None:
    """Entry point of the `skuld` command."""
    import gateway.cli.demo
    import gateway.cli.inspect
    import gateway.cli.keys
    import gateway.cli.up  # noqa: F401  # each adds its commands
    from actors.kernel.faults import Fault

    try:
        app()
    except Fault as fault:
        print(f"skuld: {fault}", file=sys.stderr)  # noqa: T201  # the one line
        sys.exit(1)
