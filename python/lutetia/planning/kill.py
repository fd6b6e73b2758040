"""How cells of lesions answer to dose: given by the user, or taken from the library."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf
from typing import Any

import numpy as np

from lutetia import _core
from lutetia.response.numbers import Rows, replaced, values_of, written_value
from lutetia.units import GRAMS_PER_KILOGRAM, Quantity, to_internal


@dataclass(frozen=True)
class CellKill:
    """How lesions answer to dose: for the objectives ``"log_cell_kill"`` and ``"tcp"``.

    What is absent is that of the library (`of_library`), so a plan without any takes all from there.

    Parameters
    ----------
    alpha
        Radiosensitivity, e.g. ``"0.0172 1/Gy"``.
    doubling_time
        Of surviving cells, e.g. ``"60 day"``; infinity: no repopulation.
    clonogens
        Cells per mass that can regrow a lesion, e.g. ``"1e7 1/g"``; for ``"tcp"``.

    A number may be a mapping with ``value``, ``source`` and ``tag``, as in files.

    Raises
    ------
    ValueError
        If a number is not positive.
    UnitError
        If a text has another dimension.

    Examples
    --------
    >>> CellKill("0.03 1/Gy", doubling_time="60 day").alpha
    '0.03 1/Gy'
    """

    alpha: Quantity | Mapping[str, Any] = None
    doubling_time: Quantity | Mapping[str, Any] = None
    clonogens: Quantity | Mapping[str, Any] = None

    def __post_init__(self) -> None:
        for name, unit in UNITS_OF_KILL.items():
            value = written_value(getattr(self, name), name)
            endless = isinstance(value, float) and value == inf
            if value is not None and not endless and not to_internal(value, unit, name) > 0.0:
                raise ValueError(
                    f"alpha, doubling_time and clonogens must be positive, found {self}"
                )

    def of_library(self, library: _core.Library) -> Kill:
        """Fill what is absent with the numbers of ``tumor_response/default``."""
        read = _core.tumor_response_data(library, "default")
        rows = {row["name"]: row for row in read["values"]}
        given = {
            IN_LIBRARY[name]: getattr(self, name)
            for name in IN_LIBRARY
            if getattr(self, name) is not None
        }
        used = replaced([rows[name] for name in IN_LIBRARY.values()], given, "kill")
        return Kill(values_of(used), used, read["caution"])


UNITS_OF_KILL = {"alpha": "1/Gy", "doubling_time": "h", "clonogens": "1/kg"}
IN_LIBRARY = {
    "alpha": "alpha",
    "doubling_time": "volume_doubling_time",
    "clonogens": "clonogen_density",
}


@dataclass(frozen=True)
class Kill:
    """Numbers of a `CellKill`.

    Attributes
    ----------
    values : dict of str to float
        ``alpha`` [1/Gy], ``volume_doubling_time`` [h], ``clonogen_density`` [1/kg].
    rows : list of dict
        The same with where they come from.
    caution : str
    """

    values: Mapping[str, float]
    rows: Rows
    caution: str

    @property
    def per_gray(self) -> float:
        """Radiosensitivity [1/Gy]."""
        return self.values["alpha"]

    @property
    def hours(self) -> float:
        """Doubling time of surviving cells [h]."""
        return self.values["volume_doubling_time"]

    @property
    def per_gram(self) -> float:
        """Cells that can regrow a lesion [1/g]."""
        return self.values["clonogen_density"] / GRAMS_PER_KILOGRAM

    def lost(self, hours: float) -> float:
        """BED that repopulation takes back between the first and the last cycle [Gy]."""
        return float(np.log(2.0) * hours / (self.per_gray * self.hours))
