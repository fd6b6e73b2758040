"""Partial-volume effect: what share of a region's concentration an image shows."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import xarray as xr

from lutetia.units import Quantity, to_internal


def sphere_recovery(volume: Quantity, fwhm: Quantity) -> float:
    """Mean recovery of a uniform sphere in a cold surrounding, seen with Gaussian resolution.

    The share of its activity that appears inside it. With D the diameter over σ, σ = FWHM/√(8 ln 2):

    RC = erf(D/√2) − √(2/π)·[3/D − 4/D³ − (1/D − 4/D³)·exp(−D²/2)],

    the mean of the sphere's autocorrelation 1 − 3u/2D + u³/2D³ over distances u (in σ) of a
    three-dimensional Gaussian. It rises from D³/(12·√(2π)) at 0 to 1.

    Parameters
    ----------
    volume
        Of the sphere, e.g. ``"10 mL"``.
    fwhm
        Full width at half maximum of the resolution, e.g. ``"6 mm"``.

    Returns
    -------
    float
        Between 0 and 1.

    Raises
    ------
    ValueError
        If one is not positive.

    Examples
    --------
    >>> round(sphere_recovery("10 mL", "6 mm"), 3), round(sphere_recovery("0.5 mL", "6 mm"), 3)
    (0.775, 0.436)
    """
    liters = to_internal(volume, "L", "volume")
    width = to_internal(fwhm, "m", "fwhm")  # internal lengths are the root of L, dm
    if not (liters > 0 and width > 0):
        raise ValueError(f"volume and fwhm must be positive, found {volume} and {fwhm}")
    d = (6 * liters / math.pi) ** (1 / 3) * math.sqrt(8 * math.log(2)) / width
    if d < 0.5:  # the closed form cancels; series of exp(−u²/2) under the integral
        powers = (
            (-1.0) ** k / 2.0**k / math.factorial(k) * d ** (2 * k)
            * (1 / (2 * k + 3) - 1.5 / (2 * k + 4) + 0.5 / (2 * k + 6))
            for k in range(8)
        )  # fmt: skip
        return float(math.sqrt(2 / math.pi) * d**3 * sum(powers))
    bracket = 3 / d - 4 / d**3 - (1 / d - 4 / d**3) * math.exp(-d * d / 2)
    return float(math.erf(d / math.sqrt(2)) - math.sqrt(2 / math.pi) * bracket)


def recovery_of(regions: xr.Dataset, recovery: Mapping[str, float] | Quantity) -> xr.DataArray:
    """Recovery coefficient of every region, see `lutetia.image`.

    Parameters
    ----------
    regions
        With ``volume`` [L] and ``is_lesion``, dims (region).
    recovery
        None, coefficients by region, or a resolution.

    Returns
    -------
    xarray.DataArray
        Dims (region), in (0, 1].

    Raises
    ------
    ValueError
        If a region is unknown or a coefficient outside (0, 1].
    """
    out = xr.ones_like(regions["volume"]).assign_attrs(units="1")
    names = [str(name) for name in regions["region"].values]
    if isinstance(recovery, Mapping):
        for name, value in recovery.items():
            if name not in names:
                raise ValueError(f"region of a recovery must be one of {names}, found {name!r}")
            if not 0 < value <= 1:
                raise ValueError(f"recovery of {name!r} must lie in (0, 1], found {value}")
            out.loc[{"region": name}] = value
    elif recovery is not None:
        for name in np.array(names)[regions["is_lesion"].values]:
            liters = float(regions["volume"].sel(region=name))
            out.loc[{"region": name}] = sphere_recovery(f"{liters!r} L", recovery)
    return out
