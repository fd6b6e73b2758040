"""Frames of an acquisition and the times a run must have for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lutetia.units import Quantity, hours_of, to_internal

Array = npt.NDArray[np.float64]

NODES = 5  # Gauss–Legendre: exact for polynomials of degree 9 over a frame


@dataclass(frozen=True)
class Frame:
    """One frame of an acquisition, relative to the start of an administration.

    Parameters
    ----------
    start
        E.g. ``"60 min"``.
    duration
        E.g. ``"20 min"``; 0, the default, is an instantaneous reading.

    Raises
    ------
    UnitError
        If one is no time.
    ValueError
        If one is negative.

    Examples
    --------
    >>> Frame("60 min", "20 min").start_h
    1.0
    """

    start: Quantity
    duration: Quantity = "0 min"

    def __post_init__(self) -> None:
        for name, hours in (("start", self.start_h), ("duration", self.duration_h)):
            if hours < 0:
                raise ValueError(
                    f"{name} of a frame must not be negative, found {getattr(self, name)}"
                )

    @property
    def start_h(self) -> float:
        """Start after the start of the administration [h]."""
        return to_internal(self.start, "h", "start of a frame")

    @property
    def duration_h(self) -> float:
        """Duration [h]."""
        return to_internal(self.duration, "h", "duration of a frame")

    def nodes(self) -> tuple[Array, Array]:
        """Return times after the start of the administration [h] and weights of the mean."""
        if self.duration_h == 0.0:
            return np.array([self.start_h]), np.ones(1)
        x, w = np.polynomial.legendre.leggauss(NODES)
        return self.start_h + self.duration_h * (1 + x) / 2, w / 2


def frame_times(frames: Sequence[Frame], *, start: Quantity = "0 h") -> list[float]:
    """Output times a run needs so that `image` can average its frames.

    Five Gauss–Legendre nodes per frame; a mean is as exact as the run where the curve is smooth, so let
    frames begin or end where an infusion does.

    Parameters
    ----------
    frames
        In any order; they may overlap.
    start
        Start of the administration after that of the regimen, a quantity or a number in h.

    Returns
    -------
    list of float
        Ascending, without repeats [h], for ``simulate(times=…)``.

    Examples
    --------
    >>> frame_times([Frame("1 h"), Frame("30 min")], start="8 week")
    [1344.5, 1345.0]
    """
    times = [frame.nodes()[0] for frame in frames]
    if not times:
        raise ValueError("frames is empty; expected at least one Frame")
    return [float(t) for t in np.unique(hours_of(start, "start") + np.concatenate(times))]
