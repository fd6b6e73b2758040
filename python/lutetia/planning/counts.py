"""Limits of blood counts: what they ask, and the cell line that answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import inf
from typing import Any

from lutetia import _core
from lutetia.planning.limits import nearest_of, risk_of
from lutetia.response.blood import core_line
from lutetia.response.numbers import Rows, replaced, values_of
from lutetia.units import Quantity, to_internal

LEAST_SHARE = (
    0.01  # of the baseline; CTCAE grade 4 begins at a tenth, so less is a slip of the unit
)
SLIPS = (1e3, 1e6, 1e9)  # that a count is too small by: per µL, per mL and per nL taken for per L
DATA = "default"  # file of normal_tissue/
PER_LITER = 1e9  # unit in which counts are shown
SHARE_OF_TRANSIT = 0.1  # of the time in a compartment: length of a step
LONGEST_STEP = 12.0  # [h]


@dataclass(frozen=True)
class CountLimit:
    """The lowest count a line of blood cells may reach, from the first planned cycle to eight weeks after the last one began.

    The nadir is that of the model of `blood_counts`. Its structure is that of cytotoxic drugs and its
    radiosensitivities are assumed: research only, see the caution of `Plan.caution`.

    Parameters
    ----------
    count
        ``"platelets"`` or ``"neutrophils"``, or another line of the library that is not killed in the blood.
    least
        Lowest count, e.g. ``"75e9 1/L"``.
    risk
        Probability of falling below it that is accepted; that of the plan when absent.
    values
        Numbers that replace those of the library, as in `blood_counts`: ``{"baseline": "180e9 1/L"}``; each may
        be a mapping with ``value``, ``source`` and ``tag``, as in files.
    source, tag
        Where the number comes from.

    Raises
    ------
    ValueError
        If a number is out of range.
    UnitError
        If `least` is no count per volume.

    Examples
    --------
    >>> CountLimit("platelets", "75e9 1/L")
    CountLimit('platelets', '7.5e+10 1/L')
    """

    count: str
    least: Quantity
    risk: float | str | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    source: str = ""
    tag: str = ""
    per_liter: float = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        found = to_internal(self.least, "1/L", f"least {self.count}")
        if not 0.0 < found < inf:
            raise ValueError(f"least {self.count} must be positive, found {self.least!r}")
        object.__setattr__(self, "risk", risk_of(self.risk, "risk of a limit"))
        object.__setattr__(self, "per_liter", found)

    @property
    def label(self) -> str:
        """How tables and messages call it: ``platelets nadir``."""
        return f"{self.count} nadir"

    def __str__(self) -> str:
        return f"{self.label} of at least {self.per_liter / PER_LITER:g}e9 1/L"

    def __repr__(self) -> str:
        risk = "" if self.risk is None else f", risk={self.risk!r}"
        return f"CountLimit({self.count!r}, '{self.per_liter:g} 1/L'{risk})"


@dataclass(frozen=True)
class CountedLine:
    """A cell line under a limit.

    Attributes
    ----------
    name : str
    core : _core.CellLine
    baseline : float
        Before treatment [1/L].
    transit : float
        Time in one compartment [h].
    rows : list of dict
        Its numbers as the core lists them.
    caution : str
    """

    name: str
    core: _core.CellLine
    baseline: float
    transit: float
    rows: Rows
    caution: str


def counted_line(limit: CountLimit, tissue: _core.Tissue, library: _core.Library) -> CountedLine:
    """Read the cell line of a limit.

    Raises
    ------
    ValueError
        If there is no such line, it is killed in the blood, or the limit is not below its baseline or next to
        nothing of it.
    """
    read: dict[str, Any] = _core.normal_tissue_data(library, DATA)
    if limit.count not in read["lines"]:
        raise ValueError(
            f"there is no cell line {limit.count!r}; cell lines: {', '.join(read['lines'])}"
            f"{nearest_of(limit.count, list(read['lines']))}"
        )
    rows = replaced(read["lines"][limit.count], limit.values, f"cell line {limit.count!r}")
    v = values_of(rows)
    if v["blood_alpha"] > 0.0:
        raise ValueError(
            f"a plan cannot limit {limit.count}: the dose to the blood kills them, and plans follow that "
            "to the marrow alone; check the plan with lt.blood_counts"
        )
    if limit.per_liter >= v["baseline"]:
        raise ValueError(
            f"least {limit.count} must be below the count before treatment, "
            f"{v['baseline'] / PER_LITER:g}e9 1/L, found {limit.least!r}; "
            "values={'baseline': …} holds that of the patient"
        )
    if limit.per_liter < LEAST_SHARE * v["baseline"]:
        raise ValueError(
            f"least {limit.count} of {limit.per_liter:g} 1/L is less than {LEAST_SHARE:.0%} of the count before "
            f"treatment, {v['baseline'] / PER_LITER:g}e9 1/L{_meant(limit.per_liter, v['baseline'])}"
        )
    transit = v["transit_time"] / (round(v["transits"]) + 1.0)
    core = core_line(v, tissue)
    return CountedLine(limit.count, core, v["baseline"], transit, rows, read["blood_caution"])


def _meant(found: float, baseline: float) -> str:
    """Suggest the unit that makes a count one of the baseline."""
    for slip in SLIPS:
        if LEAST_SHARE * baseline <= found * slip < baseline:
            return f"; did you mean {found * slip / PER_LITER:g}e9 1/L?"
    return ""


def step_of(lines: list[CountedLine]) -> float:
    """Length of the steps in which BED acts on cells [h]: short against their time in a compartment."""
    return min(LONGEST_STEP, *(SHARE_OF_TRANSIT * line.transit for line in lines))
