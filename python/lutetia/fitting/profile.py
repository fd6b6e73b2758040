"""Profiles: how much worse a fit becomes when one coordinate is held elsewhere."""

from __future__ import annotations

import html
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd
from tqdm import tqdm

from lutetia.errors import FitError
from lutetia.fitting.coordinates import Coordinate
from lutetia.fitting.refit import coordinate, without_prior
from lutetia.fitting.walking import Point, Walk, lowest_from, walk
from lutetia.result import RESEARCH_ONLY
from lutetia.sweeping import PATIENCE

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from lutetia.fitting.result import Fit

Array = npt.NDArray[np.float64]

MOST_WALKS = 4  # from one minimum of the measurements alone to a lower one found on the way
FLAT = 0.1  # of O: no more than noise of the integration and of stopping


@dataclass(frozen=True)
class Profile:
    """Profile of one coordinate.

    Attributes
    ----------
    coordinate : Coordinate
    table : pandas.DataFrame
        Points along the profile: ``phi``, ``value``, ``rise`` of the objective above its minimum, and φ of all
        other coordinates by name.
    level : float
        Of the interval.
    interval : tuple of float
        Values where the objective has risen by the quantile of χ² with one degree of freedom (3.84 for
        95 %); 0 or infinity (of a share 0 or 1) where it does not within six standard deviations of the
        prior.
    verdict : str
        ``"identifiable"``, ``"practically not identifiable"`` (open to one side, or to both after some
        rise) or ``"structurally not identifiable"`` (flat).
    with_prior : bool
        Of the posterior, not of the measurements alone.
    """

    coordinate: Coordinate
    table: pd.DataFrame
    level: float
    interval: tuple[float, float]
    verdict: str
    with_prior: bool

    @property
    def threshold(self) -> float:
        """Rise of the objective at the ends of the interval."""
        return _threshold(self.level)

    def plot(self, *, ax: Axes | None = None) -> Axes:
        """Rise of the objective over the values, with the threshold."""
        from lutetia.fitting.diagnostic_plots import plot_profile

        return plot_profile(self, ax=ax)

    def __repr__(self) -> str:
        low, high = self.interval
        return (
            f"<Profile of {self.coordinate.name!r} ({'posterior' if self.with_prior else 'likelihood'}): "
            f"{self.level:.0%} interval {low:.4g} to {high:.4g} {self.coordinate.unit}, {self.verdict}>"
        )

    def _repr_html_(self) -> str:
        table = self.table[["value", "rise"]].to_html(index=False, float_format="{:.4g}".format)
        return f"<b>{html.escape(repr(self))}</b>{table}<small>{html.escape(RESEARCH_ONLY)}</small>"


def profile(
    fit: Fit, name: str, *, prior: bool = True, level: float = 0.95, progress: bool = False
) -> Profile:
    """Follow the minimum of the objective while one coordinate moves.

    Each point is the minimum with a term that pulls the coordinate to a target: it lies on the profile
    whatever the strength of the pull, at the coordinate it reached. Steps aim at a rise of 0.3, start
    from the last point and end beyond the threshold or six standard deviations of the prior away.

    Parameters
    ----------
    fit
        A fitted patient.
    name
        Of a coordinate.
    prior
        Profile the posterior; False: the measurements alone, nuisances with their priors.
    level
        Of the interval.
    progress
        Count points when it takes more than two seconds.

    Returns
    -------
    Profile

    Raises
    ------
    ValueError
        If the fit has no such coordinate, or the level is none.
    FitError
        If a search on the way does not end at a minimum, or lower ones than the fit are found.

    References
    ----------
    Raue et al. 2009, doi:10.1093/bioinformatics/btp358 (verdicts by profiles).
    """
    if not 0.0 < level < 1.0:
        raise ValueError(f"level must be between 0 and 1, found {level}")
    k = coordinate(fit, name)
    objective = fit._objective if prior else without_prior(fit)
    start = Point(fit.phi, fit.objective) if prior else lowest_from(objective, fit.phi)
    prior_sd = float(np.sqrt(fit.prior.covariance[k, k]))
    with tqdm(desc="profile", unit=" points", delay=PATIENCE, disable=not progress) as bar:
        for _ in range(MOST_WALKS):
            points = walk(Walk(objective, start, k, name, prior_sd, _threshold(level), bar))
            lowest = min(points, key=lambda p: p.objective)
            lower = start.objective - lowest.objective > FLAT
            if prior or not lower:
                break
            start = lowest_from(objective, lowest.phi)
    if lower:
        raise FitError(
            f"the profile of {name!r} goes {start.objective - lowest.objective:.2g} below where it began: that "
            "is not the minimum; fit again with more starts"
        )
    c = fit.prior.coordinates[k]
    rise = np.array([p.objective for p in points]) - lowest.objective
    phi = np.array([p.phi for p in points])
    table = pd.DataFrame(phi, columns=fit.prior.names).drop(columns=name)
    table.insert(0, "phi", phi[:, k])
    table.insert(1, "value", [c.value(v) for v in phi[:, k]])
    table.insert(2, "rise", rise)
    ends = _ends(phi[:, k], rise, points.index(start), _threshold(level))
    with np.errstate(over="ignore"):
        interval = c.value(ends[0]), c.value(ends[1])
    return Profile(c, table, level, interval, _verdict(ends, rise), prior)


def _threshold(level: float) -> float:
    from scipy.stats import chi2

    return float(chi2.ppf(level, 1))


def _ends(phi: Array, rise: Array, middle: int, threshold: float) -> tuple[float, float]:
    """Where the square root of the rise, a line for a parabola, crosses that of the threshold."""
    root, level = np.sqrt(np.maximum(rise, 0.0)), np.sqrt(threshold)

    def crossing(outward: list[int]) -> float:
        for a, b in pairwise(outward):
            if root[b] > level:
                share = (level - root[a]) / (root[b] - root[a])
                return float(phi[a] + share * (phi[b] - phi[a]))
        return float("nan")

    low = crossing(list(range(middle, -1, -1)))
    high = crossing(list(range(middle, len(phi))))
    return (-np.inf if np.isnan(low) else low), (np.inf if np.isnan(high) else high)


def _verdict(ends: tuple[float, float], rise: Array) -> str:
    if np.isfinite(ends).all():
        return "identifiable"
    if rise.max() < FLAT:
        return "structurally not identifiable"
    return "practically not identifiable"
