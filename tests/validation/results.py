"""What a comparison hands back: numbers, and figures with the published values drawn in."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache

import numpy as np
import numpy.typing as npt

from .measurements import Quantity, read_measurements


@dataclass(frozen=True)
class Line:
    """A simulated curve or, with `points`, measured values with their spread."""

    label: str
    x: npt.ArrayLike
    y: npt.ArrayLike
    spread: npt.ArrayLike | None = None
    points: bool = False


@dataclass(frozen=True)
class Curves:
    """One small figure."""

    title: str
    x_label: str
    y_label: str
    lines: tuple[Line, ...]
    log_x: bool = False
    log_y: bool = False


@dataclass(frozen=True)
class Obtained:
    """Numbers by the name of their quantity in the list of measurements, and figures."""

    values: dict[str, float]
    figures: tuple[Curves, ...] = field(default=())


def times(first: float, last: float, count: int = 200) -> npt.NDArray[np.float64]:
    """Times on a logarithmic grid [h]."""
    return np.geomspace(first, last, count)


@cache
def _quantities(case: str) -> dict[str, Quantity]:
    return {q.name: q for m in read_measurements() if m.id == case for q in m.quantities}


def published(case: str, quantity: str) -> float:
    """Return the expected value of a quantity, for figures only."""
    value = _quantities(case)[quantity].expected
    assert value is not None
    return value


def published_points(label: str, case: str, points: dict[float, str]) -> Line:
    """Expected values at some places, by the name of their quantity; the bar is the pass band."""
    quantities = [_quantities(case)[name] for name in points.values()]
    y = np.array([published(case, q.name) for q in quantities])
    low, high = np.array([q.limits() for q in quantities]).T
    below, above = y - np.where(np.isfinite(low), low, 0), high - y
    return Line(label, list(points), y, np.array([below, above]), points=True)
