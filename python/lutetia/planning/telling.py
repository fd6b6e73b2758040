"""A plan in words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from lutetia.planning.infeasible import described
from lutetia.planning.objectives import log_cell_kill
from lutetia.planning.questions import Question
from lutetia.planning.risk import fresh_risk
from lutetia.planning.tables import ANY
from lutetia.planning.wording import activity_text, shown_in

if TYPE_CHECKING:
    from lutetia.planning.result import Plan


def told(plan: Plan) -> Iterator[str]:
    """Describe a plan that goes on: schedule, limits, doses, counts, notes, what it was made from."""
    assert plan._chosen is not None
    objective = plan._question.objective
    allowed = int(plan.table["feasible"].sum())
    yield described(plan._chosen)
    yield (
        f"best of {len(plan.table)} schedules ({allowed} allowed) by {in_words(objective.name)}: "
        f"{_value(plan)}"
    )
    yield f"what binds: {plan.binding}"
    for table in (plan.limits, plan.doses):
        if len(table):
            yield from ("", _text(table))
    if len(plan.counts):
        yield from ("", "blood counts [1e9/L], research only", _text(plan.counts))
    if plan.caution:
        yield f"caution: {plan.caution}"
    yield ""
    yield from plan.notes
    if plan.drawn:
        yield from _of_draws(plan)
    yield f"{plan.members} courses, {plan.seconds:.2g} s"


def _value(plan: Plan) -> str:
    """Write the objective with its unit; activities in that of the cycles."""
    unit, size = plan._question.objective.unit, 1.0
    if unit == "MBq":
        unit, size = shown_in(float(plan.activities.max()))
    return f"{plan.objective / size:.4g}{UNITS.get(unit, f' {unit}')}"


UNITS = {"1": "", "ln": " (natural logarithm)"}


def in_words(objective: str) -> str:
    """Write the name of an objective as one says it."""
    return objective.replace("_", " ").replace("bed", "BED")


def _text(table: pd.DataFrame) -> str:
    return table.to_string(float_format="{:.4g}".format)


def _of_draws(plan: Plan) -> Iterator[str]:
    chance, draws = plan._question.chance, plan._runs.draws
    failed = int(np.isnan(plan.draws().to_numpy()).any(axis=1).sum())
    yield f"{draws} draws ({chance}), {failed} without a result count as violations"
    counted = "violations are counted in the draws the plan was made from"
    if chance != "scenarios":
        yield counted
        return
    mean, low, high = fresh_risk(draws, plan._question.risk)
    yield (
        f"{counted}; fresh ones exceed what binds in {mean:.1%} on average over sets of draws, "
        f"{low:.1%} to {high:.1%} in nine of ten"
    )


def notes_of(plan: Plan) -> list[str]:
    """Say what tables do not: the target, what counts as a useful cycle, limits that do not mean what they seem to."""
    lines = [*_target(plan), *_growth(plan), *_alpha(plan), *_not_lognormal(plan)]
    if plan.useful:
        lines.append(plan.useful)
    if len(plan.risks):
        joint = plan.risks.loc[ANY]
        lines.append(
            f"any limit is exceeded in {joint['violation_probability']:.1%} of the draws "
            f"({joint['low']:.1%} to {joint['high']:.1%}); each limit holds by itself"
        )
    return lines


def _growth(plan: Plan) -> Iterator[str]:
    """Say where a lesion grows by more than is killed."""
    chosen, question = plan._chosen, plan._question
    if chosen is None or question.kill is None:
        return
    answer = chosen.problem.answer
    kill = log_cell_kill(answer, chosen.activities)[0]
    growing = [name for name, decades in zip(answer.lesions, kill, strict=True) if decades < 0.0]
    if growing:
        yield (
            f"net growth: between the first and the last cycle more cells grow than are killed in {', '.join(growing)} "
            f"(log cell kill down to {kill.min():.3g})"
        )


ALPHA_SHARE = 0.01  # of the dose, from which on its kind matters as much as a dose is read to


def _alpha(plan: Plan) -> Iterator[str]:
    """Say where a limit of absorbed dose is one for other radiation."""
    chosen = plan._chosen
    if chosen is None:
        return
    for guard in chosen.problem.guards:
        rbe = plan._runs.tissue(guard.limit.region).rbe_max
        if guard.limit.quantity != "absorbed_dose" or rbe == 1.0:
            continue
        region, w = guard.region, chosen.activities
        with np.errstate(invalid="ignore"):
            effect = (region.bed_linear @ w) / (region.linear @ w)  # 1 + (RBE − 1) share of alpha
        share = float(np.nanmedian((effect - 1.0) / (rbe - 1.0)))
        if share > ALPHA_SHARE:
            yield (
                f"alpha particles give {share:.0%} of the {guard.limit.label}, but the limit of {guard.limit.gray:g} Gy "
                f"comes from photons: with an RBE of {rbe:g} it is a BED of "
                f"{float(np.nanmedian(region.bed(w))):.4g} Gy; limit the BED instead"
            )


def _not_lognormal(plan: Plan) -> Iterator[str]:
    """Say where draws exceed a limit more often than was asked of a log-normal distribution of them."""
    if plan._question.chance != "lognormal":
        return
    for label, row in plan.risks.drop(index=ANY, errors="ignore").iterrows():
        if row["violation_probability"] > row["risk"]:
            yield (
                f"{row['violation_probability']:.1%} of the draws exceed the {label}, {row['risk']:.1%} asked: "
                "they are not log-normal; chance='scenarios' does not suppose it"
            )


def _target(plan: Plan) -> Iterator[str]:
    """Say what was wanted in lesions and what they get."""
    target, found = plan._question.target, plan.target
    if target is None or not found:
        return
    of_draws = " (mean of the draws)" if plan.drawn else ""
    yield (
        f"{target.label}: {target.range} wanted, {found['value_Gy']:.4g} Gy{of_draws}; "
        f"{found['lesions_within']} of {found['lesions']} lesions within"
    )
    if plan.drawn:
        yield (
            f"within in {found['probability']:.1%} of the draws "
            f"({found['low']:.1%} to {found['high']:.1%})"
        )


def useful_cycle(question: Question) -> str:
    """Say what counts as a useful cycle; nothing where any activity does."""
    if not question.smallest > 0.0:
        return ""
    share = question.share
    why = (
        "asked for"
        if share is None
        else f"{share['value']:.0%} of the template, assumed [{share['tag']}]"
    )
    return f"smallest useful cycle: {activity_text(question.smallest)} ({why})"
