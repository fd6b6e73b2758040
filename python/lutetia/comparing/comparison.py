"""The result of a comparison of regimens."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from lutetia.batch.cohort import Cohort
from lutetia.comparing.numbers import numbers_of_comparison
from lutetia.comparing.setting import Setting
from lutetia.comparing.tables import course_table, dose_table, limit_table, typical_column
from lutetia.planning.limits import Limit
from lutetia.radiobiology import BiologicallyEffectiveDose, biologically_effective_dose
from lutetia.reports.provenance import cited, uncertain
from lutetia.result import RESEARCH_ONLY, Run

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MAIN_REGIONS = ("kidney", "red_marrow", "liver", "spleen")


class Comparison:
    """Regimens side by side; see `compare`.

    Attributes
    ----------
    regimens : dict of str to Regimen or Policy
        By the names of tables and figures.
    given : dict of (str, str) to Regimen
        What each patient gets, by patient and regimen; without what is not possible.
    runs : dict of (str, str) to Run
        By patient and regimen: all of a single patient; of several patients those of the first who can have
        it under every regimen and of the others under the first regimen they can have.
    members : Cohort or None
        Every draw, patient and regimen; None for one patient without draws, and when nobody gets any.
    varied : list of str
        Parameters the draws vary.
    """

    def __init__(
        self,
        setting: Setting,
        runs: Mapping[tuple[str, str], Run],
        members: Cohort | None,
        limits: Sequence[Limit],
        varied: Sequence[str],
    ) -> None:
        self.regimens = dict(setting.given.asked)
        self.given = dict(setting.given.regimens)
        self.runs = dict(runs)
        self.members = members
        self.varied = list(varied)
        self.convention = setting.convention
        self._setting = setting
        self._limits = list(limits)

    @property
    def patients(self) -> list[str]:
        """Names of the patients."""
        return [patient.name for patient in self._setting.given.patients]

    @property
    def lesions(self) -> list[str]:
        """Lesions of the patients."""
        return list(dict.fromkeys(name for run in self.runs.values() for name in run.lesions))

    @cached_property
    def effective_doses(self) -> dict[str, BiologicallyEffectiveDose]:
        """BED of a single patient by regimen; empty with several patients."""
        if len(self.patients) != 1:
            return {}
        return {
            regimen: biologically_effective_dose(
                run, self._setting.tissues, convention=self.convention
            )
            for (_, regimen), run in self.runs.items()
        }

    @cached_property
    def courses(self) -> pd.DataFrame:
        """What each regimen gives.

        Index regimen; columns ``activity_GBq``, ``cycles`` and ``weeks``, from the first cycle to the last; of
        several patients the medians. With policies also ``possible``, the number of patients who can have it.
        """
        return course_table(self._setting.given)

    @cached_property
    def impossible(self) -> pd.DataFrame:
        """Policies that give a patient no cycle.

        Index patient, regimen; column ``reason``.
        """
        reasons = self._setting.given.reasons
        index = pd.MultiIndex.from_tuples(list(reasons), names=["patient", "regimen"])
        return pd.DataFrame({"reason": list(reasons.values())}, index=index)

    def possible_for(self, regimen: str) -> int:
        """Count the patients who can have a regimen."""
        return len(self._setting.given.under(regimen))

    def status_of(self, regimen: str) -> str:
        """Say for whom a regimen is possible; empty where it is for all."""
        count, patients = self.possible_for(regimen), len(self.patients)
        if count == patients:
            return ""
        return "not possible" if not count else f"{count} of {patients} patients"

    @cached_property
    def doses(self) -> pd.DataFrame:
        """Absorbed dose and biologically effective dose of every organ and lesion over all cycles.

        Index regimen, region; columns ``Gy_per_GBq`` (absorbed dose per activity of the patient, of
        several patients the median), ``absorbed_dose_Gy`` and ``BED_Gy`` of a single patient, and over
        draws or patients ``absorbed_dose_median_Gy``, ``absorbed_dose_low_Gy`` and
        ``absorbed_dose_high_Gy`` (5 and 95 %), and the same of ``BED``. A regimen that is possible for nobody
        has no rows.
        """
        return dose_table(self._setting.given, self.effective_doses, self.members)

    @cached_property
    def limits(self) -> pd.DataFrame:
        """How much of each limit a regimen uses.

        Index regimen, limit; columns ``limit_Gy``, ``dose_Gy`` (of the patient; of several patients the
        median) and ``used_share``. Over draws or patients also ``used_low`` and ``used_high`` (5 and 95 %)
        and ``violation_share``, the share above the limit, with its 95 % interval ``violation_low`` to
        ``violation_high``. The share uses all who ran; `Cohort.failed` counts the others.
        """
        return limit_table(list(self.regimens), self._limits, self.doses, self.members)

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row per regimen: what it gives, main organs and lesions [Gy], limits used and exceeded.

        Where a policy is not possible for all, ``status`` says so.
        """
        column = typical_column("absorbed_dose", self.doses)
        out = self.courses.copy()
        if len(self.impossible):
            out["status"] = [self.status_of(name) or "possible" for name in out.index]
        for region in (*MAIN_REGIONS, *self.lesions):
            if region in self.doses.index.get_level_values("region"):
                out[f"{region}_Gy"] = self.doses[column].xs(region, level="region")
        for limit in self._limits:
            shares = self.limits.xs(limit.label, level="limit")
            out[f"{limit.label} used"] = shares["used_share"]
            if "violation_share" in shares:
                out[f"{limit.label} exceeded"] = shares["violation_share"]
        return out

    @cached_property
    def numbers(self) -> pd.DataFrame:
        """Every number the comparison rests on.

        Columns ``name``, ``value``, ``unit``, ``tag``, ``source``, ``note`` and ``in``, the regimens that
        rest on it. Values are those of the patient; draws replace the ones in `varied`. Limits are among
        them, as far as they say where they come from, and the numbers of policies.
        """
        return numbers_of_comparison(self)

    @property
    def assumptions(self) -> pd.DataFrame:
        """The numbers tagged A (assumed), S (secondary) or M (recalled)."""
        return uncertain(self.numbers)

    @property
    def sources(self) -> pd.DataFrame:
        """Sources of all numbers: columns ``key`` and ``citation``."""
        return cited(self.numbers, self._setting.library)

    def _who(self) -> str:
        return self.patients[0] if len(self.patients) == 1 else f"{len(self.patients)} patients"

    def warnings(self) -> list[str]:
        """List what to know before using the numbers."""
        found = [warning for run in self.runs.values() for warning in run.warnings()]
        if self.members is not None and self.members.failed:
            found.append(
                f"{self.members.failed} of {self.members.size} members failed and are in no statistic"
            )
        return list(dict.fromkeys(found))

    def summary(self) -> str:
        """Write the table as text, with warnings and assumptions counted."""
        drawn = "" if self.members is None else f", {self.members.size} members"
        tags = self.assumptions["tag"].value_counts()
        return "\n".join(
            [
                f"{len(self.regimens)} regimens in {self._who()}{drawn}; absorbed dose [Gy], "
                f"convention {self.convention}",
                self.table.T.to_string(float_format="{:.3g}".format, na_rep="–"),
                *(f"not possible: {line}" for line in self._impossible_lines()),
                *(f"warning: {warning}" for warning in self.warnings()),
                f"rests on {tags.get('A', 0)} numbers assumed [A], {tags.get('S', 0)} from secondary "
                f"sources [S], {tags.get('M', 0)} unverified [M] (.assumptions lists them)",
                RESEARCH_ONLY,
            ]
        )

    def _impossible_lines(self) -> list[str]:
        return [
            f"{regimen} for {patient}: {reason}"
            for (patient, regimen), reason in self._setting.given.reasons.items()
        ]

    def plot_limits(self, ax: Axes | None = None) -> Axes:
        """Draw the share of every limit used, as bars; see `lutetia.comparing.figures.plot_limits`."""
        from lutetia.comparing.figures import plot_limits

        return plot_limits(self, ax)

    def plot_regions(
        self,
        regions: Sequence[str] | None = None,
        *,
        quantity: str = "absorbed_dose",
        ax: Axes | None = None,
    ) -> Axes:
        """Draw doses over time; see `lutetia.comparing.figures.plot_regions`."""
        from lutetia.comparing.figures import plot_regions

        return plot_regions(self, regions, quantity=quantity, ax=ax)

    def plot_members(
        self, region: str, *, quantity: str = "absorbed_dose", ax: Axes | None = None
    ) -> Axes:
        """Draw the dose of a region over time as bands; see `lutetia.comparing.figures.plot_members`."""
        from lutetia.comparing.figures import plot_members

        return plot_members(self, region, quantity=quantity, ax=ax)

    def report(self, path: str | Path) -> Path:
        """Write one HTML page with tables, figures, assumptions and sources; see `lutetia.reports.page`."""
        from lutetia.comparing.page import sections
        from lutetia.reports.page import write_report

        title = f"Comparison of {len(self.regimens)} regimens"
        return write_report(path, title, sections(self), self.assumptions, self.sources)

    def __repr__(self) -> str:
        drawn = "" if self.members is None else f", {self.members.size} members"
        return f"<Comparison of {', '.join(self.regimens)} in {self._who()}{drawn}>"

    def _repr_html_(self) -> str:
        return (
            f"<p>{html.escape(self._who())}, absorbed dose</p>{self.table.T.round(3).to_html()}"
            f"<p>{RESEARCH_ONLY}</p>"
        )
