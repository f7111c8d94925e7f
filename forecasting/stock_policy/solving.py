"""Finding where a rising function reaches a level, for many SKUs at once."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from forecasting.parameters import Floats, Numbers

DOUBLINGS = 64
HALVINGS = 60


class Unreachable(ArithmeticError):
    """No stock level within any reasonable distance reaches the target."""


def first_reaching(rising: Callable[[Floats], Floats], level: Numbers, near: Numbers, width: Numbers) -> Floats:
    """The smallest x with rising(x) >= level, by bisection, to a relative 1e-13.

    Args:
        rising: never falls, elementwise; takes an array and gives one of the same shape.
        level: what must be reached, element for element.
        near, width: a first guess and the scale of a step from it, above zero.
    Raises:
        Unreachable: `rising` does not reach the level, or stays above it, however far one goes.
    """
    near, width, level = np.broadcast_arrays(np.asarray(near, np.float64), np.asarray(width, np.float64), level)
    low, high = _outward(rising, level, near, -width), _outward(rising, level, near, width)
    scale = 1e-13 * np.maximum(np.maximum(np.abs(low), np.abs(high)), width)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        reached = rising(middle) >= level
        low, high = np.where(reached, low, middle), np.where(reached, middle, high)
        if np.all(high - low <= scale):
            break
    return high[()]


def _outward(rising: Callable[[Floats], Floats], level: Floats, near: Floats, step: Floats) -> Floats:
    """From `near`, in steps that double, until the level lies between: below it to the left, reached to the right."""
    at = near + step
    for _ in range(DOUBLINGS):
        reached = rising(at) >= level
        wrong = reached == (step < 0)
        if not wrong.any():
            return at
        step = np.where(wrong, 2 * step, step)
        at = np.where(wrong, near + step, at)
    raise Unreachable(f"no level up to {float(np.max(np.abs(at))):.3g} units away lies on the other side of the target")
