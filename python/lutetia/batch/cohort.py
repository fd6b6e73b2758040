"""The result of many runs: one labeled dataset, and who failed and why."""

from __future__ import annotations

import html

import pandas as pd
import xarray as xr

from lutetia.result import RESEARCH_ONLY


class Cohort:
    """Result of `simulate_many`.

    Attributes
    ----------
    data : xarray.Dataset
        Dims (member, region, cycle) or (member, region, time), with units in the attributes; NaN for a
        member that failed, and where a member has no such region or cycle. Coordinates of a member:
        ``patient``, ``regimen``, every given parameter, ``status`` (``"ok"`` or the class of the
        error) and ``message``. A reduced cohort has statistics instead, dims (region, cycle):
        ``absorbed_dose_mean``, ``absorbed_dose_quantile`` (with a first dim ``quantile``), …, and the
        number of members behind each, ``absorbed_dose_count``. Mind that ``sum`` of xarray skips NaN, so
        that who failed would sum to zero: observe ``"total_absorbed_dose"`` or pass ``skipna=False``.
    counts : pandas.Series
        Members by status.
    failures : pandas.DataFrame
        Status and message of members that failed, by their number; the first ones when reduced.
    """

    def __init__(self, data: xr.Dataset, counts: pd.Series[int], failures: pd.DataFrame) -> None:
        self.data = data
        self.counts = counts
        self.failures = failures

    @property
    def size(self) -> int:
        """Members that were run, failed ones included."""
        return int(self.counts.sum())

    @property
    def failed(self) -> int:
        """Members that failed; they are in no statistic."""
        return self.size - int(self.counts.get("ok", 0))

    def summary(self) -> str:
        """Describe size, failures and accuracy as text."""
        a = self.data.attrs
        lines = [
            f"model {a['model']} ({a['model_hash']}), {self.size} members, {self.failed} failed",
            f"{a['seconds']:.3g} s on {a['threads']} threads, rtol {a['rtol']:g}"
            + (", reproducible" if a["reproducible"] else ""),
        ]
        for status, count in self.counts.items():
            if status != "ok":
                first = self.failures[self.failures["status"] == status]
                example = f", e.g. {first['message'].iloc[0].splitlines()[0]}" if len(first) else ""
                lines.append(f"{status}: {count}{example}")
        return "\n".join([*lines, RESEARCH_ONLY])

    def __repr__(self) -> str:
        variables = ", ".join(str(name) for name in self.data.data_vars)
        return f"<Cohort: {self.size} members, {self.failed} failed; {variables}>"

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(self.summary())}</pre>"
