"""How much a course may be scaled: every limit, every draw, every bound of an activity."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

import numpy as np
import numpy.typing as npt

from lutetia.planning.closed_form import largest_scale
from lutetia.planning.limits import FRACTION, Limit
from lutetia.planning.objectives import Region
from lutetia.planning.risk import cvar, cvar_weights, scale_with_risk

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

    def given(self, base: Array) -> Array:
        """Compute what is used without what is to be scaled, shape (draws,) [Gy]."""
        return self.values(base)

    def scales(self, shape: Array, base: Array) -> Array:
        """Largest factor on a shape, added to a base, each draw allows, shape (draws,); 0 where a run failed.

        No cycle has activity in both, so protraction is that of each.
        """
        budget = self.limit.gray - self.given(base)
        linear = self.region.linear @ shape
        quadratic = np.zeros_like(linear)
        if self.limit.needs_protraction:
            linear = self.region.bed_linear @ shape
            quadratic = self.region.quadratic @ (shape * shape) / self.region.alpha_beta
            if self.limit.quantity == "EQD2":
                linear, quadratic = linear / self._eqd2, quadratic / self._eqd2
        return np.nan_to_num(largest_scale(budget, linear, quadratic), nan=0.0, posinf=inf)

    def scale(self, shape: Array, base: Array) -> float:
        """Largest factor on a shape the limit allows with its risk."""
        scales = self.scales(shape, base)
        if self.chance != "cvar":
            return scale_with_risk(scales, self.chance, self.risk)
        return self._cvar_scale(shape, base, scales)

    def _cvar_scale(self, shape: Array, base: Array, scales: Array) -> float:
        """Where the mean of the worst share of the draws is at the limit."""
        from scipy.optimize import brentq

        def excess(s: float) -> float:
            return cvar(self._or_inf(base + s * shape), self.risk) - self.limit.gray

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

    def rooms(self, w: Array) -> tuple[Array, Array]:
        """Compute what a search over activities holds above zero, smooth, and its derivative, (1,) and (1, activities).

        The share of the limit that is left to one patient; under uncertainty to the conditional value at
        risk, which is convex in w.
        """
        values, slopes = self._or_inf(w), self.slopes(w)
        if self.chance is None:
            value, slope = float(values[0]), slopes[0]
        else:
            value, weights = cvar_weights(values, self.risk)
            slope = np.asarray(weights @ np.nan_to_num(slopes))
        return np.array([1.0 - value / self.limit.gray]), -slope[None, :] / self.limit.gray

    def _or_inf(self, w: Array) -> Array:
        """Values at w, where a run that failed exceeds every limit."""
        return np.nan_to_num(self.values(w), nan=inf, posinf=inf)

    def violated(self, w: Array) -> npt.NDArray[np.bool_]:
        """Draws above the limit, or without a result, shape (draws,)."""
        return np.asarray(self._or_inf(w) > self.limit.gray * (1.0 + ROUNDING))

    def used_up(self, base: Array) -> npt.NDArray[np.bool_]:
        """Draws in which nothing may be added to a base, shape (draws,)."""
        return np.asarray(self.given(base) >= self.limit.gray)

    def told(self, base: Array) -> str:
        """Say what was used before the plan."""
        how = "with the first cycle" if base.any() else "were given"
        return f"the {self.limit} is used up: {np.nanmedian(self.given(base)):.4g} Gy {how}"

    def asked_and_worst(self, w: Array) -> tuple[float, float]:
        """Give the limit and the worst of all draws [Gy]."""
        return self.limit.gray, float(np.nanmax(self.values(w)))


ROUNDING = 1e-9  # relative; a draw that decides sits at the limit itself
