"""Cycles already given, the state of the patient, and when a course ends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from lutetia import _core
from lutetia.errors import UnitError
from lutetia.planning.limits import ROUNDING, dose_of
from lutetia.prescription import Infusion, Regimen
from lutetia.units import Quantity, share_of, to_internal

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Delivered:
    """Cycles already given with the doses that were measured.

    Parameters
    ----------
    regimen
        What was given; the first cycles of the course.
    absorbed_dose
        Measured, over all these cycles, by region: ``{"kidney": "4.6 Gy"}``. Every limited region and every
        lesion that counts must be there.
    BED
        Where it was computed, at least the absorbed dose; else it follows from that, equal in all cycles, with the
        protraction of the model.
    cv
        Coefficient of variation of the measured doses, of all or by region (0.13 or ``"13 %"``), or how they were
        measured, ``"three_scans"`` or ``"one_scan"`` (published for kidneys). Only plans under uncertainty use it.

    Raises
    ------
    ValueError
        If a number is out of range.
    UnitError
        If a text is no absorbed dose.

    Examples
    --------
    >>> import lutetia as lt
    >>> cycle = lt.Infusion("dotatate", nuclide="Lu-177", activity="7.4 GBq", amount="100 nmol",
    ...                     duration="30 min")
    >>> Delivered(cycle, {"kidney": "4.6 Gy", "tumor": "21 Gy"}, cv=0.13).cycles
    1
    """

    regimen: Regimen | Infusion
    absorbed_dose: Mapping[str, Quantity]
    BED: Mapping[str, Quantity] = field(default_factory=dict)
    cv: float | str | Mapping[str, float | str] = 0.0

    def __post_init__(self) -> None:
        if not isinstance(self.regimen, Regimen):
            object.__setattr__(self, "regimen", Regimen([self.regimen]))
        for name in ("absorbed_dose", "BED"):
            measured = {
                region: dose_of(value, f"{name} of {region}")
                for region, value in getattr(self, name).items()
            }
            for region, value in measured.items():
                if not 0.0 <= value < np.inf:
                    raise ValueError(f"{name} of {region} must not be negative, found {value:g} Gy")
            object.__setattr__(self, name, measured)
        for region, bed in self.BED.items():
            dose = self.absorbed_dose.get(region, 0.0)
            if bed < dose * (1.0 - ROUNDING):
                raise ValueError(
                    f"BED of {region} must not be below its absorbed dose of {dose:g} Gy, found {bed:g} Gy"
                )
        cv = self.cv
        read = {region: _cv(v) for region, v in cv.items()} if isinstance(cv, Mapping) else _cv(cv)
        object.__setattr__(self, "cv", read)

    @property
    def administrations(self) -> Regimen:
        """What was given, as a regimen."""
        assert isinstance(self.regimen, Regimen)
        return self.regimen

    @property
    def cycles(self) -> int:
        """How many."""
        return sum(bool(a["nuclide"]) for a in self.administrations.administrations)

    def dose(self, region: str) -> float:
        """Measured absorbed dose of a region [Gy].

        Raises
        ------
        ValueError
            If there is none.
        """
        if region not in self.absorbed_dose:
            raise ValueError(
                f"absorbed_dose of the delivered cycles lacks {region!r}, which the plan counts; "
                f"found {sorted(self.absorbed_dose)}"
            )
        return float(self.absorbed_dose[region])

    def with_errors(self, known: Mapping[str, float]) -> Delivered:
        """Put numbers in the place of words for ways of measuring.

        Raises
        ------
        ValueError
            If a word is none of these ways.
        """

        def number(value: float | str) -> float:
            if isinstance(value, str) and value not in known:
                raise ValueError(
                    f"cv of measured doses must be a number or one of {', '.join(known)}, found {value!r}"
                )
            return known[value] if isinstance(value, str) else float(value)

        if isinstance(self.cv, Mapping):
            return replace(self, cv={region: number(v) for region, v in self.cv.items()})
        return replace(self, cv=number(self.cv))

    def errors(self, region: str, draws: int, rng: np.random.Generator) -> Array:
        """Factors between what was measured and what may be true, shape (draws,), log-normal."""
        cv = self.cv.get(region, 0.0) if isinstance(self.cv, Mapping) else self.cv
        assert not isinstance(cv, str)
        sigma = np.sqrt(np.log1p(cv**2))
        return np.asarray(np.exp(sigma * rng.standard_normal(draws)))


def _cv(value: float | str) -> float | str:
    """Read a coefficient of variation; a word for a way of measuring stays one."""
    try:
        found = share_of(value, "cv")
    except UnitError:
        if isinstance(value, str):
            return value
        raise
    if not found >= 0.0:
        raise ValueError(f"cv of measured doses must not be negative, found {value}")
    if found > 1.0:
        percent = not isinstance(value, str) and found <= 100.0
        hint = f"; did you mean '{found:g} %'?" if percent else ""
        raise ValueError(f"cv of measured doses must not be above 1, found {value}{hint}")
    return found


@dataclass(frozen=True)
class StopRules:
    """When no further cycle is given.

    Parameters
    ----------
    platelets, neutrophils
        Fewest cells, e.g. ``"75e9 1/L"``; absent ones are not asked for.
    gfr
        Lowest, e.g. ``"40 mL/min"``.
    progression
        Whether progression of a lesion ends the course.

    Raises
    ------
    UnitError
        If a text has another dimension.
    """

    platelets: Quantity = None
    neutrophils: Quantity = None
    gfr: Quantity = None
    progression: bool = True

    def reasons(self, status: Mapping[str, Any]) -> list[str]:
        """Say what of the present state of a patient ends the course.

        Parameters
        ----------
        status
            ``platelets``, ``neutrophils``, ``gfr`` and ``progression``, any of them.

        Returns
        -------
        list of str
            Empty when it goes on.

        Raises
        ------
        ValueError
            If a name is none of these, or ``progression`` is not True or False.

        Examples
        --------
        >>> StopRules(platelets="75e9 1/L").reasons({"platelets": "60e9 1/L"})
        ['platelets are 60e9 1/L, below 75e9 1/L']
        """
        unknown = [name for name in status if name not in (*UNITS, "progression")]
        if unknown:
            raise ValueError(
                f"status must be of {', '.join(UNITS)}, progression, found {unknown[0]!r}"
            )
        progression = status.get("progression")
        if progression is not None and not isinstance(progression, bool | np.bool_):
            raise ValueError(f"progression must be True or False, found {progression!r}")
        out = []
        for name, (unit, verb) in UNITS.items():
            least, found = getattr(self, name), status.get(name)
            if least is None or found is None:
                continue
            if to_internal(found, unit, name) < to_internal(least, unit, name):
                out.append(f"{name} {verb} {found}, below {least}")
        if self.progression and progression:
            out.append("a lesion progresses")
        return out


UNITS = {"platelets": ("1/L", "are"), "neutrophils": ("1/L", "are"), "gfr": ("L/h", "is")}


def stop_rules(library: _core.Library) -> StopRules:
    """Rules of the library."""
    rules = _core.planning_assumptions(library, "default")["stop"]
    return StopRules(rules["platelets"], rules["neutrophils"], rules["gfr"])


def smallest_share(library: _core.Library) -> dict[str, Any]:
    """Activity of the smallest useful cycle over that of the template: a number of the library, with its source."""
    rows = _core.numbers(library, "planning_assumptions", "default")
    (row,) = [row for row in rows if row["name"] == "useful_cycle.smallest_share"]
    return row


def measured_errors(library: _core.Library) -> dict[str, float]:
    """Coefficients of variation of measured doses, by the way of measuring."""
    table = _core.planning_assumptions(library, "default")["measured_dose_error"]
    return {way: to_internal(cv, "1", way) for way, cv in table.items()}
