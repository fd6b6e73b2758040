"""What a plan says: the regimen, why this one, what it uses of the limits, how sure that is."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from lutetia.errors import SolverError
from lutetia.planning.candidates import Candidate
from lutetia.planning.checking import fresh_risks
from lutetia.planning.counts import PER_LITER, CountLimit
from lutetia.planning.courses import Runs
from lutetia.planning.infeasible import described
from lutetia.planning.numbers import numbers_of_question
from lutetia.planning.objectives import lesion_doses
from lutetia.planning.questions import Question
from lutetia.planning.risk import fresh_risk, wilson_interval
from lutetia.planning.structures import regimen_for
from lutetia.planning.tables import (
    ANY,
    candidate_table,
    count_table,
    dose_table,
    limit_table,
    pareto_front,
    risk_table,
)
from lutetia.planning.verification import Nadir, full_run, verified, verified_nadirs
from lutetia.prescription import Regimen
from lutetia.result import RESEARCH_ONLY
from lutetia.units import MBQ_PER_GBQ

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from lutetia.fitting.result import Fit
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
        self._nadirs: dict[str, Nadir] = {}
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
            run = full_run(runs, chosen)
            self._verified = verified(question, runs, chosen, run)
            self._nadirs = verified_nadirs(question, runs, run)
            _check(question, self._verified, self._nadirs)

    @property
    def lesions(self) -> tuple[str, ...]:
        """Lesions that count."""
        return self._question.lesions

    @property
    def asked_limits(self) -> tuple[Limit, ...]:
        """Limits of doses the plan holds."""
        return tuple(self._question.limits)

    @property
    def asked_counts(self) -> tuple[CountLimit, ...]:
        """Limits of blood counts the plan holds."""
        return tuple(self._question.counts)

    @property
    def drawn(self) -> bool:
        """Whether the plan was made from draws."""
        return self._question.chance is not None

    @property
    def caution(self) -> str:
        """What to know before using blood counts; empty without limits of counts."""
        lines = self._question.lines if self._question.counts else []
        return lines[0][1].caution if lines else ""

    @property
    def numbers(self) -> pd.DataFrame:
        """Numbers the choice rests on besides those of the runs: limits, cells, the smallest useful cycle.

        Columns ``name``, ``value``, ``unit``, ``tag``, ``source``, ``note``; see `Comparison.numbers`.
        """
        return numbers_of_question(self._question)

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
        ``objective``, ``minimum_lesion_dose_Gy``, ``mean_lesion_dose_Gy``, ``<limit>_Gy``, ``<count>_1e9_per_L``,
        ``binding``, ``feasible`` and ``reason``; with draws all numbers after ``weeks`` are means over them, as
        ``over_draws`` says.
        """
        return candidate_table(self._question, self._candidates)

    @cached_property
    def limits(self) -> pd.DataFrame:
        """Limits of doses of the plan.

        Index the limit; columns ``limit_Gy``, ``value_Gy``, ``used_share``, ``verified_Gy`` (of a full run of the
        patient without draws, with what was given before), ``binding``. With draws ``median_Gy`` in place of
        ``value_Gy`` and its ``used_share``, ``quantile_Gy`` (of the draw that decides at the risk) and its ``quantile_used_share``, and as
        in `risks` ``risk``, ``violations``, ``draws``, ``violation_probability``, ``low`` and ``high``.
        """
        return limit_table(self._question, self._chosen, self._verified)

    @cached_property
    def counts(self) -> pd.DataFrame:
        """Limits of blood counts of the plan, from the first planned cycle on; research only, see `caution`.

        Index the limit; columns ``least``, ``nadir`` [1e9/L], ``used_share`` (of the fall from the baseline that
        is allowed), ``verified``, ``cycle``, ``day``, ``grade`` (lowest count of `blood_counts` of a full run of
        the patient without draws; NaN after cycles already given, whose doses a run does not know), ``binding``.
        With draws ``median_nadir`` and ``quantile_nadir`` (of the draw that decides at the risk) in place of ``nadir``, and as in `risks`.
        """
        return count_table(self._question, self._chosen, self._nadirs)

    @cached_property
    def risks(self) -> pd.DataFrame:
        """How many draws of the plan exceed each limit, and any of them; empty without draws.

        Index the limit, the last one ``"any limit"``; columns ``risk`` (accepted; of any limit none was asked),
        ``violations`` (draws beyond the limit or without a result), ``draws``, ``violation_probability`` and
        its 95 % interval after Wilson, ``low`` and ``high``. The draws are those the plan was made from: `check`
        tells about others.
        """
        if self._chosen is None or not self.drawn:
            return pd.DataFrame()
        return risk_table(self._chosen)

    def check(
        self, draws: pd.DataFrame | Fit, *, n: int = 200, seed: int = 1, threads: int | None = None
    ) -> pd.DataFrame:
        """Run the plan in draws it was not made from.

        Parameters
        ----------
        draws, n, seed
            As in `plan`; with another seed than that of the plan.
        threads
            As in `plan`; those of the plan when absent.

        Returns
        -------
        pandas.DataFrame
            As `risks`.

        Raises
        ------
        ValueError
            If the plan ends the course.

        Examples
        --------
        >>> import lutetia as lt
        >>> who = ("sstr2_whole_body", "reference_male", "netter1")
        >>> draws = [lt.virtual_patients(*who, n=60, seed=seed) for seed in (1, 2)]
        >>> found = lt.plan(*who, limits=[lt.Limit("kidney", "23 Gy")], draws=draws[0])
        >>> found.check(draws[1])["violations"].to_dict()
        {'kidney absorbed dose': 4, 'any limit': 4}
        """
        if self._chosen is None:
            raise ValueError(f"the course ends, there is nothing to check: {self.stop[0]}")
        return fresh_risks(self._question, self._chosen, draws, n, seed, threads)

    @cached_property
    def doses(self) -> pd.DataFrame:
        """Absorbed dose and BED of the limited regions and lesions over the course, what was given included.

        Index region; columns ``absorbed_dose_Gy`` and ``BED_Gy``; with draws ``…_median_Gy`` and the 5 and 95 %
        quantiles, ``…_low_Gy`` and ``…_high_Gy``.
        """
        return dose_table(self._question, self._chosen)

    def draws(self) -> pd.DataFrame:
        """Every draw: limited quantities and absorbed doses of lesions, ``<limit>_Gy``, ``<count>_1e9_per_L`` and ``<lesion>_Gy``."""
        if self._chosen is None:
            return pd.DataFrame()
        w, problem = self._chosen.activities, self._chosen.problem
        columns = {f"{g.limit.label}_Gy": g.values(w) for g in problem.guards}
        columns |= {f"{g.limit.label}_1e9_per_L": g.values(w) / PER_LITER for g in problem.counts}
        columns |= {f"{name}_Gy": r.dose(w) for name, r in problem.answer.lesions.items()}
        return pd.DataFrame(columns).rename_axis("draw")

    @cached_property
    def target(self) -> dict[str, float]:
        """The dose lesions were to get, and what they get.

        ``value_Gy`` (of what the target is about; of every lesion the least), ``least_Gy``, ``most_Gy``,
        ``lesions_within`` of ``lesions``: how many of them get a dose from the least to the most. With draws these
        are of mean doses over draws, and the ``probability`` that what was asked is reached, ``low`` to ``high``
        (95 %, Wilson), is the share of draws.
        """
        if self._chosen is None or self._question.target is None:
            return {}
        problem, w, target = self._chosen.problem, self._chosen.activities, self._question.target
        least, most = target.gray
        means = lesion_doses(problem.answer, w)[0]
        each = [replace(target, of=name).within(means, self.lesions) for name in self.lesions]
        out = {
            "value_Gy": problem.target_value(w),
            "least_Gy": least,
            "most_Gy": most,
            "lesions_within": int(np.sum(each)),
            "lesions": len(each),
        }
        if self._question.chance is not None:
            doses = np.array([r.dose(w) for r in problem.answer.lesions.values()])
            inside = np.asarray(target.within(doses, self.lesions))
            out["probability"] = float(inside.mean())
            out["low"], out["high"] = wilson_interval(int(inside.sum()), len(inside))
        return out

    @property
    def target_of(self) -> str:
        """As `DoseTarget.of`; empty without a target."""
        return "" if self._question.target is None else self._question.target.of

    @property
    def target_label(self) -> str:
        """What the target is about: ``target of the mean of the lesions``; empty without one."""
        return "" if self._question.target is None else self._question.target.label

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
        if len(self.counts):
            counts = self.counts.to_string(float_format="{:.4g}".format)
            lines += ["", "blood counts [1e9/L], research only", counts, f"caution: {self.caution}"]
        lines += ["", *self.notes]
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

    @property
    def notes(self) -> list[str]:
        """What tables do not say: the target, what counts as a useful cycle, how often any limit is exceeded."""
        lines = self.target_lines + [self.useful] * bool(self.useful)
        if len(self.risks):
            joint = self.risks.loc[ANY]
            lines.append(
                f"any limit is exceeded in {joint['violation_probability']:.1%} of the draws "
                f"({joint['low']:.1%} to {joint['high']:.1%}); each limit holds by itself"
            )
        return lines

    @property
    def target_lines(self) -> list[str]:
        """What was wanted in lesions and what they get, in words; empty without a target."""
        target, found = self._question.target, self.target
        if target is None or not found:
            return []
        of_draws = " (mean of the draws)" if self.drawn else ""
        lines = [
            f"{target.label}: {target.range} wanted, {found['value_Gy']:.4g} Gy{of_draws}; "
            f"{found['lesions_within']} of {found['lesions']} lesions within"
        ]
        if "probability" in found:
            lines.append(
                f"within in {found['probability']:.1%} of the draws "
                f"({found['low']:.1%} to {found['high']:.1%})"
            )
        return lines

    @property
    def useful(self) -> str:
        """What counts as a useful cycle, in words; empty where any activity does."""
        q = self._question
        if not q.smallest > 0.0:
            return ""
        why = (
            "asked for"
            if q.share is None
            else f"{q.share['value']:.0%} of the template, assumed [{q.share['tag']}]"
        )
        return f"smallest useful cycle: {q.smallest / MBQ_PER_GBQ:.4g} GBq ({why})"

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


def _check(question: Question, found: Mapping[str, float], nadirs: Mapping[str, Nadir]) -> None:
    """Raise when the full run of the only patient exceeds a limit by more than its tolerance."""
    for count in question.counts if question.chance is None and nadirs else ():
        if nadirs[count.label].count < count.per_liter * (1.0 - VERIFIED):
            raise SolverError(
                f"the full run of the plan gives {nadirs[count.label].count / PER_LITER:.6g}e9 1/L for the "
                f"{count}: the runs it was made of are not accurate enough; use a smaller rtol"
            )
    for limit in question.limits if question.chance is None else ():
        if found[limit.label] > limit.gray * (1.0 + VERIFIED):
            raise SolverError(
                f"the full run of the plan gives {found[limit.label]:.6g} Gy for the {limit}: the runs it "
                "was made of are not accurate enough; use a smaller rtol"
            )
