"""Limits of regions, and how much of them a regimen uses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd

from lutetia.provenance import table_of
from lutetia.units import Quantity, to_internal

Array = npt.NDArray[np.float64]
QUANTITIES = ("absorbed_dose", "BED")


class LimitLike(Protocol):
    """The most a region may get over all cycles."""

    @property
    def region(self) -> str:
        """Region of the model."""

    @property
    def quantity(self) -> str:
        """``"absorbed_dose"`` or ``"BED"``."""

    @property
    def gray(self) -> float:
        """The most of it [Gy]."""

    @property
    def label(self) -> str:
        """How tables call it."""


@dataclass(frozen=True)
class NamedLimit:
    """A limit written as an entry of a mapping."""

    region: str
    quantity: str
    gray: float

    @property
    def label(self) -> str:
        """How tables call it."""
        return f"{self.region} {self.quantity.replace('_', ' ')}"


def limits_of(given: str | Sequence[LimitLike] | Mapping[str, Quantity] | None) -> list[LimitLike]:
    """Limits as a list; a text names a file of limits, a mapping holds absorbed doses by region, and BED by region and "BED".

    Raises
    ------
    ValueError
        If a limit is not positive or of a quantity that is not compared.
    UnitError
        If a text is no absorbed dose.

    Examples
    --------
    >>> [limit.label for limit in limits_of({"kidney": "23 Gy", "kidney BED": "40 Gy"})]
    ['kidney absorbed dose', 'kidney BED']
    """
    if isinstance(given, str):
        from lutetia.planning.limits import dose_limits  # which plans may compare themselves with

        given = dose_limits(given)
    if isinstance(given, Mapping):
        given = [_named(name, value) for name, value in given.items()]
    limits = list(given or ())
    for limit in limits:
        if limit.quantity not in QUANTITIES:
            raise ValueError(
                f"a limit of {limit.region} must be of one of {', '.join(QUANTITIES)}, "
                f"found {limit.quantity!r}"
            )
        if not 0.0 < limit.gray < np.inf:
            raise ValueError(f"limit of {limit.region} must be positive, found {limit.gray:g} Gy")
    return limits


def violation(doses: Array, most: float) -> tuple[float, float, float]:
    """Share of draws above a limit and its 95 % interval (Wilson 1927, doi:10.1080/01621459.1927.10502953).

    Parameters
    ----------
    doses
        Of the draws [Gy], shape (n,); NaN is left out.
    most
        The limit [Gy].

    Examples
    --------
    >>> import numpy as np
    >>> tuple(round(p, 3) for p in violation(np.array([20.0, 22.0, 24.0, 21.0]), 23.0))
    (0.25, 0.046, 0.699)
    """
    from scipy.stats import binomtest

    known = doses[np.isfinite(doses)]
    if not known.size:
        return np.nan, np.nan, np.nan
    above = int((known > most).sum())
    interval = binomtest(above, known.size).proportion_ci(0.95, method="wilson")
    return above / known.size, float(interval.low), float(interval.high)


def numbers_of_limits(limits: Sequence[LimitLike]) -> pd.DataFrame:
    """Limits as numbers with their ``tag`` and ``source`` (keys separated by commas), as far as they have any."""
    rows = []
    for limit in limits:
        keys = str(getattr(limit, "source", "")).split(", ")
        rows.append(
            {
                "name": f"limit {limit.label}",
                "value": limit.gray,
                "unit": "Gy",
                "tag": str(getattr(limit, "tag", "")),
                "source": [key for key in keys if key],
                "note": "",
            }
        )
    return table_of(rows)


def _named(name: str, value: Quantity) -> NamedLimit:
    region, _, quantity = name.partition(" ")
    number = isinstance(value, int | float)
    gray = float(value) if number else to_internal(value, "Gy", f"limit of {name}")
    return NamedLimit(region, quantity.replace(" ", "_") or QUANTITIES[0], gray)
