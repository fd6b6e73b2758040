"""Quantities in, plain numbers out: one function converts, everything else calls it.

Internal units are h, L, kg, nmol, MBq, MeV, Gy. Text ("7.4 GBq") is read by the compiled core;
`pint` quantities are written as text first, so both take the same way.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from lutetia import _core

HOURS_PER_DAY = 24.0
HOURS_PER_WEEK = 7.0 * HOURS_PER_DAY
MINUTES_PER_HOUR = 60.0
MILLILITERS_PER_LITER = 1000.0
GRAMS_PER_KILOGRAM = 1000.0
MBQ_PER_GBQ = 1000.0
MILLISECONDS_PER_SECOND = 1000.0

Quantity = Any  # text with a unit, a pint quantity, or a plain number where dimensionless


def as_text(value: Any) -> Any:
    """Write pint quantities as text, recursively; leave everything else alone.

    Parameters
    ----------
    value
        A quantity, text, number, or lists and dicts of them.

    Returns
    -------
    The same structure without pint objects.

    Examples
    --------
    >>> import pint
    >>> as_text({"activity": pint.UnitRegistry().Quantity(7.4, "GBq")})
    {'activity': '7.4 GBq'}
    """
    if isinstance(value, dict):
        return {key: as_text(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [as_text(item) for item in value]
    if hasattr(value, "magnitude") and hasattr(value, "units"):
        return f"{float(value.magnitude)!r} {value.units:~C}".strip()
    return value


def to_internal(quantity: Any, unit: str, name: str = "value") -> float:
    """Convert a quantity to the internal unit of the dimension of `unit`.

    Parameters
    ----------
    quantity
        Text with a unit, a pint quantity, or (dimensionless only) a number.
    unit
        Any unit of the wanted dimension, e.g. ``"h"``.
    name
        How messages call the quantity.

    Returns
    -------
    float
        In internal units.

    Raises
    ------
    UnitError
        If the text is no quantity or has another dimension.

    Examples
    --------
    >>> to_internal("30 min", "h")
    0.5
    """
    text = str(as_text(quantity))
    try:
        return _core.to_internal(text, unit)
    except ValueError as error:
        bare = isinstance(quantity, int | float | np.number) and not isinstance(quantity, bool)
        hint = "; write the unit after the number" if bare and unit != "1" else ""
        raise type(error)(f"{name}: {error}{hint}") from None


def hours_of(value: Quantity, name: str) -> float:
    """Read a time [h]; plain numbers are hours."""
    if isinstance(value, int | float | np.number):
        return float(value)
    return to_internal(value, "h", name)


def share_of(value: Quantity, name: str) -> float:
    """Read a number without a dimension, such as 0.05 or ``"5 %"``.

    Raises
    ------
    UnitError
        If a text is no number or has a dimension.

    Examples
    --------
    >>> share_of("5 %", "risk")
    0.05
    """
    if isinstance(value, int | float | np.number) and not isinstance(value, bool):
        return float(value)
    return to_internal(value, "1", name)


def to_internal_array(quantities: Any, unit: str, name: str) -> npt.NDArray[np.float64]:
    """Convert numbers or quantities to the internal unit of the dimension of `unit`.

    Parameters
    ----------
    quantities
        One or a list of numbers (already internal) or quantities with a unit.
    unit, name
        As in `to_internal`.

    Returns
    -------
    numpy.ndarray
        In internal units, shape (n,) for a list and () for one.

    Raises
    ------
    UnitError
        If a text is no quantity or has another dimension.

    Examples
    --------
    >>> to_internal_array(["90 min", 4], "h", "times").tolist()
    [1.5, 4.0]
    """

    def one(value: Any) -> float:
        number = isinstance(value, int | float | np.number) and not isinstance(value, bool)
        return float(value) if number else to_internal(value, unit, name)

    if isinstance(quantities, np.ndarray) and quantities.dtype.kind in "fiu":
        return np.asarray(quantities, dtype=float)
    if isinstance(quantities, str) or not hasattr(quantities, "__len__"):
        return np.asarray(one(quantities))
    return np.array([one(value) for value in quantities])


def without_none(document: Mapping[str, Any]) -> dict[str, Any]:
    """Drop what was not given and write quantities as text: the form the readers take."""
    return {key: as_text(value) for key, value in document.items() if value is not None}
