"""What the checks of an audit look at, and where they put what they find."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

Array = npt.NDArray[np.float64]

ASSUMED_ERROR = 0.15  # relative, of a value without sd: usual for a region in a SPECT
SURE = 3.0  # standard errors beyond a bound before a value counts as impossible
COLUMNS = ["severity", "check", "row", "column", "what", "found", "expected", "hint"]
SERIES = ["patient", "cycle", "region", "nuclide", "modality", "scan"]


@dataclass
class Context:
    """Included rows of the table, with what is known of their administrations.

    Attributes
    ----------
    frame : pandas.DataFrame
        Rows of the table with ``row`` (from 1), ``decay_constant`` [1/h], ``duration_h`` and ``time_h``
        of the administration and ``error``, the relative standard error of the value.
    volumes : dict
        Volume of the organs of a reference patient [L].
    known : list of str
        Regions of the model; empty when no model was given.
    """

    frame: pd.DataFrame
    volumes: dict[str, float] = field(default_factory=dict)
    known: list[str] = field(default_factory=list)
    findings: list[dict[str, Any]] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    doubted: set[int] = field(default_factory=set)

    def add(
        self,
        severity: str,
        check: str,
        row: Any,
        column: str,
        what: str,
        *,
        found: str,
        expected: str,
        hint: str = "",
    ) -> None:
        """Note a finding: an ``"error"`` cannot be, a ``"warning"`` is unlikely."""
        cells = (severity, check, int(row), column, what, found, expected, hint)
        self.findings.append(dict(zip(COLUMNS, cells, strict=True)))

    def doubt(self, rows: pd.DataFrame) -> None:
        """Keep rows that are wrong beyond doubt out of the checks that follow."""
        self.doubted.update(rows["row"])

    @property
    def values(self) -> pd.DataFrame:
        """Uncensored positive values that are not doubted."""
        f = self.frame
        good = (f["censoring"] == "none") & (f["activity_MBq"] > 0) & ~f["row"].isin(self.doubted)
        return f[good]


def margin(*errors: Any) -> Any:
    """Factor by which a ratio of values with these relative errors may exceed its bound by chance."""
    return np.exp(SURE * np.sqrt(sum(np.square(error) for error in errors)))


def thousands(share: float) -> str:
    """Hint for a share of the administered activity no region can have: the power of 1000 that mends it.

    Above 1 the smallest power that brings it below, below 1 the largest that keeps it there.
    """
    log = np.log10(share) / 3
    steps = int(np.ceil(log) if log > 0 else max(1, np.floor(-log)))
    size = "smaller" if log > 0 else "larger"
    return f"is the unit one {1000**steps:,} times {size}? else check the administered activity"
