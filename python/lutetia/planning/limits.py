"""What a plan must hold: limits of organs and the dose wanted in lesions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from math import inf
from typing import Any

import numpy as np

from lutetia import _core
from lutetia.data import shipped
from lutetia.units import Quantity, share_of, to_internal

QUANTITIES = ("absorbed_dose", "BED", "EQD2")
FRACTION = 2.0  # [Gy] of EQD2, by definition
ROUNDING = 1e-9  # relative: a target that is met exactly may miss by rounding
TARGETS = {
    "mean": "the mean of the lesions",
    "minimum": "the lesion that gets least",
    "every": "every lesion",
}


@dataclass(frozen=True)
class Limit:
    """The most a region may get over all cycles.

    Parameters
    ----------
    region
        Of the model, such as ``"kidney"``.
    most
        E.g. ``"23 Gy"``.
    quantity
        ``"absorbed_dose"``, ``"BED"`` (biologically effective dose) or ``"EQD2"``.
    risk
        Probability of exceeding it that is accepted, 0.05 or ``"5 %"``; that of the plan when absent.
    source, tag
        Where the number comes from.

    Raises
    ------
    ValueError
        If a word or number is wrong.
    UnitError
        If `most` is no absorbed dose.

    Examples
    --------
    >>> Limit("kidney", "40 Gy", quantity="BED")
    Limit('kidney', '40 Gy', quantity='BED')
    """

    region: str
    most: Quantity
    quantity: str = "absorbed_dose"
    risk: float | str | None = None
    source: str = ""
    tag: str = ""
    gray: float = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.quantity not in QUANTITIES:
            raise ValueError(
                f"quantity of a limit must be one of {', '.join(QUANTITIES)}, found {self.quantity!r}"
            )
        gray = dose_of(self.most, f"limit of {self.region}")
        if not 0.0 < gray < inf:
            raise ValueError(f"limit of {self.region} must be positive, found {self.most!r}")
        object.__setattr__(self, "risk", risk_of(self.risk, "risk of a limit"))
        object.__setattr__(self, "gray", gray)

    @property
    def needs_protraction(self) -> bool:
        """True where the rate at which the dose is given matters."""
        return self.quantity != "absorbed_dose"

    @property
    def label(self) -> str:
        """How tables and messages call it: ``kidney BED``."""
        return f"{self.region} {self.quantity.replace('_', ' ')}"

    def __str__(self) -> str:
        return f"{self.label} of {self.gray:g} Gy"

    def __repr__(self) -> str:
        shown = "" if self.quantity == "absorbed_dose" else f", quantity={self.quantity!r}"
        risk = "" if self.risk is None else f", risk={self.risk!r}"
        return f"Limit({self.region!r}, {self.gray:g} Gy{shown}{risk})".replace(
            f"{self.gray:g} Gy", repr(f"{self.gray:g} Gy")
        )


@dataclass(frozen=True)
class DoseTarget:
    """The absorbed dose lesions are to get over all cycles.

    Parameters
    ----------
    least, most
        E.g. ``"80 Gy"`` and ``"120 Gy"``; `least` must be reached, more than `most` is not given. Either may be
        absent.
    of
        ``"mean"`` of the lesions; ``"minimum"``, the lesion that gets least; ``"every"`` lesion, so that none gets
        less or more; or the name of one.

    Raises
    ------
    ValueError
        If nothing is wanted or `least` exceeds `most`.
    UnitError
        If a text is no absorbed dose.

    Examples
    --------
    >>> DoseTarget("80 Gy", "120 Gy").of
    'mean'
    """

    least: Quantity = None
    most: Quantity = None
    of: str = "mean"
    gray: tuple[float, float] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        least = 0.0 if self.least is None else dose_of(self.least, "least dose of lesions")
        most = inf if self.most is None else dose_of(self.most, "largest dose of lesions")
        if self.least is None and self.most is None:
            raise ValueError("a target needs a least or a largest dose, found neither")
        if not 0.0 <= least <= most or most == 0.0:
            raise ValueError(
                f"a target needs 0 <= least <= most, found {self.least!r} and {self.most!r}"
            )
        object.__setattr__(self, "gray", (least, most))

    def value(self, doses: Any, lesions: Sequence[str]) -> Any:
        """Compute what the target is about, of doses by lesion (first axis); of every lesion the least."""
        if self.of == "mean":
            return np.mean(doses, axis=0)
        if self.of in TARGETS:
            return np.min(doses, axis=0)
        return doses[list(lesions).index(self.of)]

    def within(self, doses: Any, lesions: Sequence[str]) -> Any:
        """Whether doses by lesion (first axis) are what was asked."""
        least, most = self.gray[0] * (1.0 - ROUNDING), self.gray[1] * (1.0 + ROUNDING)
        top = np.max(doses, axis=0) if self.of == "every" else self.value(doses, lesions)
        return (self.value(doses, lesions) >= least) & (top <= most)

    @property
    def label(self) -> str:
        """How tables, figures and messages call it: ``target of the mean of the lesions``."""
        return f"target of {TARGETS.get(self.of, self.of)}"

    @property
    def range(self) -> str:
        """The doses that are wanted, in words."""
        least, most = self.gray
        if most == inf:
            return f"at least {least:g} Gy"
        return f"{least:g} to {most:g} Gy" if least else f"at most {most:g} Gy"

    def __str__(self) -> str:
        return f"{self.label}, {self.range},"


def dose_limits(name: str, *, library: _core.Library | None = None) -> list[Limit]:
    """Limits of a file of the library, or of a path.

    Raises
    ------
    ModelError
        With every problem of the file.

    Examples
    --------
    >>> dose_limits("kidney_bed_40_gy")
    [Limit('kidney', '40 Gy', quantity='BED'), Limit('red_marrow', '2 Gy')]
    """
    return [
        Limit(
            row["name"],
            f"{row['value']!r} {row['unit']}",
            quantity=row["quantity"],
            source=", ".join(row["source"]),
            tag=row["tag"],
        )
        for row in _core.dose_limits(library or shipped(), name)
    ]


def nearest_of(word: str, known: Sequence[str]) -> str:
    """Write what may have been meant: ``; did you mean 'kidney'?``, or nothing."""
    near = get_close_matches(str(word), known, 1)
    return f"; did you mean {near[0]!r}?" if near else ""


def risk_of(risk: float | str | None, name: str) -> float | None:
    """Read a probability between 0 and 1; None where there is none.

    Raises
    ------
    ValueError
        If it is out of range.
    UnitError
        If a text is no number.

    Examples
    --------
    >>> risk_of("5 %", "risk")
    0.05
    """
    if risk is None:
        return None
    found = share_of(risk, name)
    if not 0.0 < found < 1.0:
        percent = not isinstance(risk, str) and 1.0 <= found < 100.0
        hint = f"; did you mean '{found:g} %'?" if percent else ""
        raise ValueError(f"{name} must be between 0 and 1, found {risk}{hint}")
    return found


def limits_of(
    given: Any,
    library: _core.Library | None = None,
) -> list[Any]:
    """List limits: a text names a file of them, a mapping holds doses by region, or by region and quantity; or one alone.

    Raises
    ------
    ValueError
        If a limit is not positive or of an unknown quantity.
    UnitError
        If a text is no absorbed dose.

    Examples
    --------
    >>> [limit.label for limit in limits_of({"kidney": "23 Gy", "kidney BED": "40 Gy"})]
    ['kidney absorbed dose', 'kidney BED']
    """
    if isinstance(given, str):
        return list(dose_limits(given, library=library))
    if isinstance(given, Mapping):
        return [_named(name, value) for name, value in given.items()]
    return list(given) if isinstance(given, Iterable) else [given]


def _named(name: str, value: Quantity) -> Limit:
    region, _, quantity = name.partition(" ")
    return Limit(region, value, quantity.replace(" ", "_") or QUANTITIES[0])


def dose_of(value: Any, name: str) -> float:
    """Absorbed dose in Gy; a plain number is one already."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    return to_internal(value, "Gy", name)
