"""What a plan says: the regimen, why this one, what it uses of the limits, how sure that is."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from lutetia.errors import SolverError
from lutetia.planning.candidates import Candidate
from lutetia.planning.courses import Runs
from lutetia.planning.infeasible import described
from lutetia.planning.questions import Question
from lutetia.planning.risk import fresh_risk, wilson_interval
from lutetia.planning.structures import regimen_for
from lutetia.planning.tables import candidate_table, dose_table, limit_table, pareto_front
from lutetia.planning.verification import verified
from lutetia.prescription import Regimen
from lutetia.result import RESEARCH_ONLY

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from lutetia.planning.delivered import Delivered
    from lutetia.planning.limits import Limit

Array = npt.NDArray[np.float64]

VERIFIED = 1e-3  # of a limit: what a full run may give more


class Plan:
    """A schedule that holds all limits, the best of those tried.

    Attributes
    ----------
    regimen : Regimen or None
        To simulate; with the cycles already given at next to no label. None: the course ends.
    activities : numpy.ndarray
        Of the planned cycles, shape (remaining,) [MBq].
    stop : tuple of str
        Why no further cycle is given; empty when there is one.
    binding : str
        What would not let the activities be larger.
    seconds : float
    members : int
        Courses that were run to find it, every draw of every candidate counted.
    """

    def __init__(
        self,
        question: Question,
        runs: Runs,
        candidates: Sequence[Candidate],
        chosen: Candidate | None,
        stop: Sequence[str],
        asked: Mapping[str, Any],
        seconds: float,
    ) -> None:
        self._asked = dict(asked)
        self._question = question
        self._verified: dict[str, float] = {}
        self._runs = runs
        self._candidates = list(candidates)
        self._chosen = chosen
        self.stop = tuple(stop)
        self.seconds = seconds
        self.members = sum(runs.counted)
        self.activities = np.empty(0) if chosen is None else chosen.activities
        self.binding = "" if chosen is None else chosen.binding
        self.regimen: Regimen | None = None
        if chosen is not None:
            self.regimen = regimen_for(
                runs.cycle, chosen.structure, chosen.activities, runs.before, "plan"
            )
            self._verified = verified(question, runs, chosen)
            _check(question, self._verified)

    @property
    def lesions(self) -> tuple[str, ...]:
        """Lesions that count."""
        return self._question.lesions

    @property
    def asked_limits(self) -> tuple[Limit, ...]:
        """Limits the plan holds."""
        return tuple(self._question.limits)

    @property
    def objective_name(self) -> str:
        """What was made large."""
        return self._question.objective.name

    @property
    def objective(self) -> float:
        """Value of the objective; NaN when the course ends."""
        return np.nan if self._chosen is None else self._chosen.objective

    @cached_property
    def table(self) -> pd.DataFrame:
        """All candidates, the best first.

        Columns ``cycles``, ``interval_week``, ``amount_nmol``, ``duration``, ``amino_acids``, ``route``,
        ``front_loading``, ``activity_GBq`` (of the first planned cycle), ``cumulative_activity_GBq``, ``weeks``,
        ``objective``, ``minimum_lesion_dose_Gy``, ``mean_lesion_dose_Gy``, ``<limit>_Gy`` (mean over draws),
        ``binding``, ``feasible`` and ``reason``.
        """
        return candidate_table(self._question, self._candidates)

    @cached_property
    def limits(self) -> pd.DataFrame:
        """Limits of the plan.

        Index the limit; columns ``limit_Gy``, ``value_Gy`` (of one patient, or the median of the draws),
        ``used_share``, ``verified_Gy`` (of a full run of the patient without draws, with what was given
        before), ``binding``; with draws ``risk``, ``violations`` (draws above the limit or without a
        result), ``violation_probability`` and its 95 % interval after Wilson, ``low`` and ``high``.
        """
        return limit_table(self._question, self._chosen, self._verified)

    @cached_property
    def doses(self) -> pd.DataFrame:
        """Absorbed dose and BED of the limited regions and lesions over the course, what was given included.

        Index region; columns ``absorbed_dose_Gy`` and ``BED_Gy``, medians of the draws; with draws their 5 and 95 %
        quantiles, ``…_low`` and ``…_high``.
        """
        return dose_table(self._question, self._chosen)

    def draws(self) -> pd.DataFrame:
        """Every draw: the limited quantities and absorbed doses of lesions [Gy], one row per draw."""
        if self._chosen is None:
            return pd.DataFrame()
        w, problem = self._chosen.activities, self._chosen.problem
        columns = {g.limit.label: g.values(w) for g in problem.guards}
        columns |= {name: r.dose(w) for name, r in problem.answer.lesions.items()}
        return pd.DataFrame(columns).rename_axis("draw")

    @cached_property
    def target(self) -> dict[str, float]:
        """The dose lesions were to get: ``value_Gy`` and, with draws, the ``probability`` to lie within."""
        if self._chosen is None or self._question.target is None:
            return {}
        problem, w = self._chosen.problem, self._chosen.activities
        least, most = self._question.target.gray
        out = {"value_Gy": problem.target_value(w), "least_Gy": least, "most_Gy": most}
        if self._question.chance is not None:
            doses = np.array([r.dose(w) for r in problem.answer.lesions.values()])
            of = self._question.target.of
            if of in ("mean", "minimum"):
                values = doses.mean(axis=0) if of == "mean" else doses.min(axis=0)
            else:
                values = doses[self._question.lesions.index(of)]
            inside = (values >= least) & (values <= most)
            out["probability"] = float(inside.mean())
            out["low"], out["high"] = wilson_interval(int(inside.sum()), len(inside))
        return out

    def pareto(self, x: str, y: str, *, levels: int = 20) -> pd.DataFrame:
        """Candidates of which none has less of `x` and more of `y`, at fractions of their activities.

        Parameters
        ----------
        x, y
            Columns of numbers of `table`; little of `x` and much of `y` is wanted.
        levels
            Fractions of the largest activities that are tried, from 1/levels to 1.

        Returns
        -------
        pandas.DataFrame
            Columns of `table` and ``fraction``, ordered by `x`.
        """
        return pareto_front(self._question, self._candidates, x, y, levels)

    def after(self, given: Delivered, **changes: Any) -> Plan:
        """Plan the rest of the course after some of its cycles.

        Parameters
        ----------
        given
            Cycles given so far with measured doses.
        **changes
            Arguments of `plan` that are to differ: ``draws`` (an updated fit), ``status``, …

        Returns
        -------
        Plan
        """
        from lutetia.planning.planner import plan

        return plan(**{**self._asked, **changes, "given": given})

    def summary(self) -> str:
        """Describe the plan, its limits and what it rests on, as text."""
        if self._chosen is None:
            return "\n".join(["no further cycle", *(f"- {r}" for r in self.stop), RESEARCH_ONLY])
        q = self._question
        tried = f"best of {len(self._candidates)} schedules ({int(self.table['feasible'].sum())} allowed)"
        lines = [
            described(self._chosen),
            f"{tried} by {q.objective.name.replace('_', ' ')}: {self.objective:.4g} {q.objective.unit}",
            f"what binds: {self.binding}",
            "",
            self.limits.to_string(float_format="{:.4g}".format),
            "",
            self.doses.to_string(float_format="{:.4g}".format),
        ]
        if self.target:
            lines += ["", f"{q.target}: {self.target['value_Gy']:.4g} Gy"]
            if "probability" in self.target:
                lines[-1] += f", within with probability {self.target['probability']:.2f}"
        if q.chance is not None:
            failed = int(np.isnan(self.draws().to_numpy()).any(axis=1).sum())
            lines.append(
                f"{self._runs.draws} draws ({q.chance}), {failed} without a result count as violations"
            )
            lines.append("violations are counted in the draws the plan was made from")
            if q.chance == "scenarios":
                mean, low, high = fresh_risk(self._runs.draws, q.risk)
                lines[-1] += (
                    f"; fresh ones exceed what binds in {mean:.1%} on average over sets of draws, "
                    f"{low:.1%} to {high:.1%} in nine of ten"
                )
        lines.append(f"{self.members} courses, {self.seconds:.2g} s")
        return "\n".join([*lines, RESEARCH_ONLY])

    def report(self, path: str | Path) -> Path:
        """Write one HTML page: what to give, limits, doses, schedules, and every number it rests on.

        Raises
        ------
        ValueError
            If the plan ends the course.
        """
        from lutetia.plan_report import write_plan_report  # which compares, and that plots

        runs = self._runs
        return write_plan_report(
            self,
            path,
            runs.model,
            runs.patient,
            convention=runs.convention,
            tissues=runs.tissues,
            library=runs.library,
        )

    def plot(self) -> Figure:
        """Limits as bars, lesions, and all candidates; see `lutetia.planning.plots.plot_plan`."""
        from lutetia.planning.plots import plot_plan

        return plot_plan(self)

    def __repr__(self) -> str:
        if self._chosen is None:
            return f"<Plan: no further cycle; {self.stop[0]}>"
        return f"<Plan: {described(self._chosen)}; {self.binding} binds>"

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(self.summary())}</pre>"


def _check(question: Question, found: Mapping[str, float]) -> None:
    """Raise when the full run of the only patient exceeds a limit by more than its tolerance."""
    for limit in question.limits if question.chance is None else ():
        if found[limit.label] > limit.gray * (1.0 + VERIFIED):
            raise SolverError(
                f"the full run of the plan gives {found[limit.label]:.6g} Gy for the {limit}: the runs it "
                "was made of are not accurate enough; use a smaller rtol"
            )
