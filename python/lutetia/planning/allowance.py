"""How much a course may be scaled: every limit, every draw, every bound of an activity."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

import numpy as np
import numpy.typing as npt

from lutetia.planning.closed_form import largest_scale
from lutetia.planning.limits import FRACTION, Limit
from lutetia.planning.objectives import Region
from lutetia.planning.risk import cvar, cvar_weights, lognormal_scale, scenario_scale

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Guard:
    """A limit on a course: its region and how the risk is taken.

    Attributes
    ----------
    chance : str or None
        ``"scenarios"``, ``"lognormal"``, ``"cvar"``; None: one patient, no risk.
    risk : float
    """

    limit: Limit
    region: Region
    chance: str | None
    risk: float

    def values(self, w: Array) -> Array:
        """Compute the limited quantity at activities w, shape (draws,) [Gy]; NaN where a run failed."""
        if self.limit.quantity == "absorbed_dose":
            return self.region.dose(w)
        bed = self.region.bed(w)
        return bed if self.limit.quantity == "BED" else np.asarray(bed / self._eqd2)

    def slopes(self, w: Array) -> Array:
        """Differentiate it by w, shape (draws, remaining)."""
        if self.limit.quantity == "absorbed_dose":
            return self.region.linear
        slope = self.region.bed_slope(w)
        return slope if self.limit.quantity == "BED" else np.asarray(slope / self._eqd2)

    @property
    def _eqd2(self) -> float:
        return 1.0 + FRACTION / self.region.alpha_beta

    @property
    def given(self) -> Array:
        """What was used before the plan, shape (draws,) [Gy]."""
        return self.values(np.zeros(self.region.linear.shape[1]))

    def scales(self, w: Array) -> Array:
        """Largest factor on w each draw allows, shape (draws,); 0 where a run failed."""
        budget = self.limit.gray - self.given
        linear = self.region.linear @ w
        quadratic = np.zeros_like(linear)
        if self.limit.needs_protraction:
            linear = self.region.bed_linear @ w
            quadratic = self.region.quadratic @ (w * w) / self.region.alpha_beta
            if self.limit.quantity == "EQD2":
                linear, quadratic = linear / self._eqd2, quadratic / self._eqd2
        return np.nan_to_num(largest_scale(budget, linear, quadratic), nan=0.0, posinf=inf)

    def scale(self, w: Array) -> float:
        """Largest factor on w the limit allows with its risk."""
        scales = self.scales(w)
        if self.chance is None:
            return float(scales[0])
        if self.chance == "scenarios":
            return scenario_scale(scales, self.risk)
        if self.chance == "lognormal":
            return lognormal_scale(scales, self.risk)
        return self._cvar_scale(w, scales)

    def _cvar_scale(self, w: Array, scales: Array) -> float:
        """Where the mean of the worst share of the draws is at the limit."""
        from scipy.optimize import brentq

        def excess(s: float) -> float:
            return cvar(self._or_inf(s * w), self.risk) - self.limit.gray

        positive = scales[scales > 0.0]
        if not positive.size or excess(0.0) >= 0.0:
            return 0.0
        top = float(positive.max())
        if not np.isfinite(top):
            return inf
        return (
            float(brentq(excess, 0.0, top, xtol=1e-14 * top, rtol=1e-13))
            if excess(top) > 0
            else top
        )

    def measure(self, w: Array) -> tuple[float, Array]:
        """Compute what a search over activities holds below the limit, smooth, and its derivative.

        The value of one patient; under uncertainty the conditional value at risk, which is convex in w.
        """
        values, slopes = self._or_inf(w), self.slopes(w)
        if self.chance is None:
            return float(values[0]), slopes[0]
        value, weights = cvar_weights(values, self.risk)
        return value, np.asarray(weights @ np.nan_to_num(slopes))

    def _or_inf(self, w: Array) -> Array:
        """Values at w, where a run that failed exceeds every limit."""
        return np.nan_to_num(self.values(w), nan=inf, posinf=inf)

    def violations(self, w: Array) -> int:
        """Draws above the limit, or without a result."""
        return int((self._or_inf(w) > self.limit.gray * (1.0 + ROUNDING)).sum())


ROUNDING = 1e-9  # relative; a draw that decides sits at the limit itself
