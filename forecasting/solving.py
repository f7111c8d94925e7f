"""Finding where a rising function reaches a level, for many SKUs at once."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from forecasting.parameters import Floats, Numbers

DOUBLINGS = 64
ROUNDS = 100
RELATIVE = 1e-12


class Unreachable(ArithmeticError):
    """No stock level within any reasonable distance reaches the target."""


def first_reaching(rising: Callable[[Floats], Floats], level: Numbers, near: Numbers, width: Numbers) -> Floats:
    """Where `rising` reaches `level`, from above: rising(x) >= level there, and not by more than 1e-12 of x further down.

    Args:
        rising: continuous, never falls, elementwise; takes an array and gives one of the same shape.
        level: what must be reached, element for element.
        near, width: a first guess and the scale of a step from it, above zero.
    Raises:
        Unreachable: `rising` does not reach the level, or stays above it, however far one goes.
    """
    near, width, level = np.broadcast_arrays(np.asarray(near, np.float64), np.asarray(width, np.float64), level)

    def over(x: Floats) -> Floats:
        return np.asarray(rising(x) - level)

    low, high = _outward(over, near, -width), _outward(over, near, width)
    return _between(over, low, high, RELATIVE * np.maximum(width, 1e-300))


def _outward(over: Callable[[Floats], Floats], near: Floats, step: Floats) -> Floats:
    """From `near`, in steps that double, until the root lies between: below zero to the left, not below to the right."""
    at = near + step
    for _ in range(DOUBLINGS):
        wrong = (over(at) >= 0) == (step < 0)
        if not wrong.any():
            return at
        step = np.where(wrong, 2 * step, step)
        at = np.where(wrong, near + step, at)
    raise Unreachable(f"no level up to {float(np.max(np.abs(at))):.3g} units away lies on the other side of the target")


def _between(over: Callable[[Floats], Floats], low: Floats, high: Floats, least: Floats) -> Floats:
    """Chandrupatla 1997: inverse quadratic steps where they are safe, halves where not. `a` and `b` enclose the root."""
    a, b, step = high, low, np.full(high.shape, 0.5)
    over_a, over_b = over(a), over(b)
    for _ in range(ROUNDS):
        x = a + step * (b - a)
        over_x = over(x)
        same = (over_x >= 0) == (over_a >= 0)
        c, over_c = np.where(same, a, b), np.where(same, over_a, over_b)
        b, over_b = np.where(same, b, a), np.where(same, over_b, over_a)
        a, over_a = x, over_x
        nearest = (2 * RELATIVE * np.abs(a) + least) / np.maximum(np.abs(b - a), 1e-300)
        if np.all(nearest >= 1):
            break
        step = np.clip(_quadratic_step(a, b, c, over_a, over_b, over_c), np.minimum(nearest, 0.5), 1 - np.minimum(nearest, 0.5))
    return np.where(over_a >= 0, a, b)[()]


def _quadratic_step(a: Floats, b: Floats, c: Floats, over_a: Floats, over_b: Floats, over_c: Floats) -> Floats:
    """The share of the way from a to b at which the inverse parabola through the three is zero, or a half."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        place, height = (a - b) / (c - b), (over_a - over_b) / (over_c - over_b)
        safe = (height**2 < place) & ((1 - height) ** 2 < 1 - place)
        first = over_a / (over_b - over_a) * over_c / (over_b - over_c)
        step = first + (c - a) / (b - a) * over_a / (over_c - over_a) * over_b / (over_c - over_b)
    return np.where(safe & np.isfinite(step), step, 0.5)
