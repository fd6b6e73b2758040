"""How measurements scatter, by group of region, modality and nuclide."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from lutetia import _core

KINDS = tuple(_core.ErrorKind.__members__)


@dataclass(frozen=True)
class ErrorModel:
    """Error model of a group of measurements.

    Parameters
    ----------
    kind
        ``"log_normal"`` (default), ``"fixed"`` (column ``sd`` of the table), ``"proportional_data"``,
        ``"proportional_model"``, ``"combined_sd"`` (combined 1: SD = a + b·f), ``"combined_variance"``
        (combined 2: variance = a² + b²·f²) or ``"student_t"`` (of logarithms).
    cv
        Relative standard deviation b, or that of the logarithm.
    sd
        Absolute standard deviation a [MBq], of the combined ones.
    degrees
        Of freedom of Student's t.
    estimated
        The scale of the errors is a coordinate of the fit, with a log-normal prior about this model.
    scale_spread
        Standard deviation of the logarithm of that scale.

    Notes
    -----
    Weighting by the data ("proportional_data") is biased low by about 2·cv²: 2 % at 10 %, 6 % at 20 %.

    Examples
    --------
    >>> ErrorModel(cv=0.1)
    ErrorModel(kind='log_normal', cv=0.1, sd=0.0, degrees=4.0, estimated=False, scale_spread=0.5)
    """

    kind: str = "log_normal"
    cv: float = 0.0
    sd: float = 0.0
    degrees: float = 4.0
    estimated: bool = False
    scale_spread: float = 0.5

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"kind must be one of {', '.join(KINDS)}, found {self.kind!r}")
        if self.cv < 0.0 or self.sd < 0.0 or not self.degrees > 0.0 or not self.scale_spread > 0.0:
            raise ValueError("cv and sd must not be negative, degrees and scale_spread positive")
        if self.kind != "fixed" and not self.cv + self.sd > 0.0:
            raise ValueError(f"{self.kind} needs a positive cv, found {self.cv}")

    @property
    def core(self) -> _core.ErrorModel:
        """As the compiled core takes it."""
        return _core.ErrorModel(
            _core.ErrorKind[self.kind],
            a=self.sd,
            b=self.cv,
            degrees=self.degrees,
            estimated=self.estimated,
        )

    def standard_deviation(self, activity: float, given: float = float("nan")) -> float:
        """Compute the standard deviation about an activity [MBq]; of logarithmic models to first order.

        Parameters
        ----------
        activity
            What it is relative to [MBq]: measured for ``"proportional_data"``, else predicted.
        given
            Of the measurement itself [MBq], for ``"fixed"``.

        Examples
        --------
        >>> ErrorModel("combined_sd", cv=0.1, sd=2.0).standard_deviation(30.0)
        5.0
        """
        if self.kind == "fixed":
            return float(given)
        if self.kind == "combined_sd":
            return self.sd + self.cv * activity
        if self.kind == "combined_variance":
            return float(np.hypot(self.sd, self.cv * activity))
        return self.cv * activity

    def to_dict(self) -> dict[str, Any]:
        """As JSON keeps it."""
        return asdict(self)


def group_names(rows: pd.DataFrame, small: float, volumes: Mapping[str, float]) -> pd.Series:
    """Group of every row: its own, or region class × modality × nuclide.

    Parameters
    ----------
    rows
        Of an `Observations` table.
    small
        Volume below which a tumor is small [mL].
    volumes
        Of the regions in the model [mL], where the table has none.
    """
    known = rows["volume_mL"].fillna(rows["region"].map(volumes)).astype(float)
    kind = rows["region_class"].astype(str)
    kind = kind.where(~((kind == "tumor") & (known < small)), "small_tumor")
    named = kind + " " + rows["modality"].astype(str) + " " + rows["nuclide"].astype(str)
    return rows["group"].where(rows["group"].notna() & (rows["group"] != ""), named)


def default_error(group: str, rows: pd.DataFrame, numbers: Mapping[str, float]) -> ErrorModel:
    """Error model of a group nothing is known of; fixed where every row has a standard deviation."""
    if rows["sd_MBq"].notna().all():
        return ErrorModel("fixed")
    kinds = sorted(set(zip(rows["region_class"], rows["modality"], strict=True)))
    if len(kinds) > 1:
        raise ValueError(
            f"group {group!r} holds measurements of several kinds, {kinds}; give it an error model, "
            f"errors={{{group!r}: ErrorModel(cv=…)}}"
        )
    kind, modality = kinds[0]
    if group.startswith("small_tumor"):
        kind = "small_tumor"
    if kind in ("blood", "whole_body"):
        name = kind
    elif modality in ("SPECT", "PET"):
        name = f"{modality}_{kind if kind in ('tumor', 'small_tumor') else 'organ'}"
    else:
        name = "planar" if modality == "planar" else "whole_body"
    return ErrorModel(cv=numbers[name])


def largest_cv(models: Mapping[str, ErrorModel]) -> float:
    """Largest relative error of the groups weighted by the data."""
    return float(
        np.max([m.cv for m in models.values() if m.kind == "proportional_data"], initial=0.0)
    )
