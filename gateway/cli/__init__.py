"""The command line, `skuld`: one line and a useful exit code for whatever goes wrong, never a traceback."""

from __future__ import annotations

import os
import signal
import sys
from typing import Any

from gateway.cli.app import app


def _terminate(number: int, _frame: Any) -> None:
    """A SIGTERM ends a command as its own end would: what it has opened is closed."""
    signal.signal(number, signal.SIG_DFL)
    sys.exit(128 + number)


def main() -> None:
    """Entry point of the `skuld` command."""
    import gateway.cli.bench
    import gateway.cli.demo
    import gateway.cli.forecast
    import gateway.cli.forecast_evaluate
    import gateway.cli.forecast_models
    import gateway.cli.forecast_plan
    import gateway.cli.forecast_value
    import gateway.cli.inspect
    import gateway.cli.keys
    import gateway.cli.night
    import gateway.cli.plan_demo
    import gateway.cli.policy
    import gateway.cli.suggest
    import gateway.cli.up  # noqa: F401  # each adds its commands
    from actors.kernel.faults import Fault

    if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, _terminate)
    try:
        app()
    except Fault as fault:
        print(f"skuld: {fault}", file=sys.stderr)  # noqa: T201  # the one line
        sys.exit(1)
    except BrokenPipeError:  # whoever read our output has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except OSError as error:  # a file or directory that is not as it must be
        print(f"skuld: {error.filename or 'the system'}: {error.strerror or error}", file=sys.stderr)  # noqa: T201
        sys.exit(1)
