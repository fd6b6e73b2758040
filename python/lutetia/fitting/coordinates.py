"""Coordinates of a fit: logarithms of parameters, or of factors that follow the cycles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from lutetia import _core

#: exponent of a factor in each cycle
CYCLE_TERMS = ("per_cycle_factor", "after_first", "free_per_cycle")

PER_CYCLE = ", factor per cycle"  # end of the name of such a factor
VARIATION = ", variation of cycle "  # in the name of one, before the cycle


@dataclass(frozen=True)
class Coordinate:
    """A coordinate φ and the parameters of the model it moves.

    Attributes
    ----------
    name : str
        Of the parameter, or what the factor is.
    parameters : tuple of str
        By full name. A value has one.
    exponents : tuple of float or None
        None: exp(φ) is the value of the parameter. Else every parameter is multiplied by
        exp(φ·exponent) in each cycle; the last exponent holds for later cycles.
    unit : str
        Of exp(φ).
    logit : bool
        φ is the logit of a share between 0 and 1.
    """

    name: str
    parameters: tuple[str, ...]
    exponents: tuple[float, ...] | None = None
    unit: str = "1"
    logit: bool = False

    @property
    def is_factor(self) -> bool:
        """True when it multiplies what model and patient give."""
        return self.exponents is not None

    @property
    def core(self) -> _core.FreeParameter:
        """As the compiled core takes it."""
        return _core.FreeParameter(
            self.name,
            list(self.parameters),
            factor=self.is_factor,
            logit=self.logit,
            exponents=list(self.exponents or ()),
        )

    def value(self, phi: float) -> float:
        """Value of the parameter, or the factor, at φ."""
        return float(1.0 / (1.0 + np.exp(-phi)) if self.logit else np.exp(phi))

    def phi(self, value: float) -> float:
        """φ of a value."""
        return float(np.log(value / (1.0 - value)) if self.logit else np.log(value))

    def to_dict(self) -> dict[str, Any]:
        """As JSON keeps it."""
        return {
            "name": self.name,
            "parameters": list(self.parameters),
            "exponents": None if self.exponents is None else list(self.exponents),
            "unit": self.unit,
            "logit": self.logit,
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Coordinate:
        """Read what `to_dict` wrote."""
        exponents = data["exponents"]
        return cls(
            data["name"],
            tuple(data["parameters"]),
            None if exponents is None else tuple(exponents),
            data["unit"],
            data["logit"],
        )


def cycle_coordinates(
    name: str, parameters: tuple[str, ...], term: str, cycles: int
) -> list[Coordinate]:
    """Coordinates of a cycle effect: how parameters follow the cycles; all are one in the first."""
    if term not in CYCLE_TERMS:
        raise ValueError(
            f"the cycle effect of {name!r} must be one of {', '.join(CYCLE_TERMS)}, found {term!r}"
        )
    if cycles < 2:
        raise ValueError(f"a cycle effect of {name!r} needs a regimen of two cycles at least")
    if term == "per_cycle_factor":
        return [
            Coordinate(f"{name}{PER_CYCLE}", parameters, tuple(float(c) for c in range(cycles)))
        ]
    if term == "after_first":
        return [Coordinate(f"{name}, factor after cycle 1", parameters, (0.0, 1.0))]
    return [
        Coordinate(
            f"{name}, factor in cycle {c + 1}",
            parameters,
            tuple(1.0 if k == c or (c == cycles - 1 and k > c) else 0.0 for k in range(cycles)),
        )
        for c in range(1, cycles)
    ]


def between_cycle_coordinates(
    name: str, parameters: tuple[str, ...], cycles: int
) -> list[Coordinate]:
    """One factor for each cycle, for what differs between cycles without a trend."""
    return [
        Coordinate(
            f"{name}{VARIATION}{c + 1}",
            parameters,
            (*(1.0 if k == c else 0.0 for k in range(c + 1)), 0.0),
        )
        for c in range(cycles)
    ]
