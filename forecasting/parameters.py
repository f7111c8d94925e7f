"""Parameters of the formulas: what they may be, and the error that names the one that is not.

Every check takes names and values (`positive(order_cost=8.0)`), numbers or arrays of them, and passes only finite ones. In an
array the first element that fails is named by its place.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats: TypeAlias = NDArray[np.float64]
Numbers: TypeAlias = float | Floats
"""One number, or an array with one for each SKU."""


class ParameterError(ValueError):
    """A parameter that no formula can work with: its name, its value and what it must be. Survives a pickle."""

    def __init__(self, name: str, value: object, must: str) -> None:
        super().__init__(name, value, must)
        self.name, self.value, self.must = name, value, must

    def __str__(self) -> str:
        return f"{self.name} is {self.value}: it must be {self.must}"


def finite(**values: ArrayLike) -> None:
    """Every value is a finite number."""
    _check(values, "a finite number", lambda array: np.ones(array.shape, bool))


def positive(**values: ArrayLike) -> None:
    """Every value is above zero."""
    _check(values, "a finite number above zero", lambda array: array > 0)


def not_negative(**values: ArrayLike) -> None:
    """Every value is zero or above."""
    _check(values, "a finite number, zero or above", lambda array: array >= 0)


def share(**values: ArrayLike) -> None:
    """Every value lies between zero and one, both left out: a service level, a probability."""
    _check(values, "between 0 and 1", lambda array: (array > 0) & (array < 1))


def whole(**values: ArrayLike) -> None:
    """Every value is a whole number."""
    _check(values, "a whole number", lambda array: array == np.floor(array))


def _check(values: dict[str, ArrayLike], must: str, holds: Callable[[Floats], NDArray[np.bool_]]) -> None:
    for name, value in values.items():
        try:
            array = np.asarray(value, dtype=np.float64)
        except (TypeError, ValueError):
            raise ParameterError(name, repr(value), must) from None
        passes = np.isfinite(array)
        passes &= holds(np.where(passes, array, 0.0)) | ~passes
        if not passes.all():
            first = int(np.argmin(passes))
            place = f" (element {first})" if array.ndim else ""
            raise ParameterError(name, float(array.flat[first]), must + place)
