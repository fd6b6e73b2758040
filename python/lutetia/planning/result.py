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

from lutetia.planning.candidates import Candidate
from lutetia.planning.checking import fresh_risks
from lutetia.planning.counts import PER_LITER, CountLimit
from lutetia.planning.courses import Runs
from lutetia.planning.infeasible import described
from lutetia.planning.numbers import numbers_of_question
from lutetia.planning.questions import Question
from lutetia.planning.structures import regimen_for
from lutetia.planning.tables import (
    candidate_table,
    count_table,
    dose_table,
    limit_table,
    pareto_front,
    risk_table,
    target_values,
)
from lutetia.planning.telling import notes_of, told, useful_cycle
from lutetia.planning.verification import (
    Nadir,
    full_run,
    refuse_inexact,
    verified,
    verified_nadirs,
)
from lutetia.prescription import Regimen
from lutetia.result import RESEARCH_ONLY

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from lutetia.fitting.result import Fit
    from lutetia.planning.delivered import Delivered
    from lutetia.planning.limits import Limit

Array = npt.NDArray[np.float64]


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
            refuse_inexact(question, self._verified, self._nadirs)

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
        """What to know before using blood counts or the kill of cells; empty where a plan uses neither."""
        return " ".join(text for text in (self.caution_of_counts, self.caution_of_kill) if text)

    @property
    def caution_of_counts(self) -> str:
        """What to know before using blood counts; empty without limits of counts."""
        lines = self._question.lines if self._question.counts else []
        return lines[0][1].caution if lines else ""

    @property
    def caution_of_kill(self) -> str:
        """What to know before using log cell kill or TCP; empty with other objectives."""
        return "" if self._question.kill is None else self._question.kill.caution

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
        ``binding``, ``feasible``, ``reason`` and ``chosen``; with draws all numbers after ``weeks`` are means over them, as
        ``over_draws`` says.
        """
        return candidate_table(self._question, self._candidates, self._chosen)

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
        return target_values(self._question, self._chosen)

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
        return "\n".join([*told(self), RESEARCH_ONLY])

    @property
    def notes(self) -> list[str]:
        """What tables do not say: the target, what counts as a useful cycle, limits that do not mean what they seem to."""
        return notes_of(self)

    @property
    def useful(self) -> str:
        """What counts as a useful cycle, in words; empty where any activity does."""
        return useful_cycle(self._question)

    def report(self, path: str | Path) -> Path:
        """Write one HTML page: what to give, limits, doses, schedules, and every number it rests on.

        Raises
        ------
        ValueError
            If the plan ends the course.
        """
        from lutetia.reports.plan import write_plan_report  # which compares, and that plots

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
