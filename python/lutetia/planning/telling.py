"""A plan in words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from lutetia.planning.infeasible import described
from lutetia.planning.questions import Question
from lutetia.planning.risk import fresh_risk
from lutetia.planning.tables import ANY
from lutetia.units import MBQ_PER_GBQ

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
        f"{plan.objective:.4g} {objective.unit}"
    )
    yield f"what binds: {plan.binding}"
    for table in (plan.limits, plan.doses):
        if len(table):
            yield from ("", _text(table))
    if len(plan.counts):
        yield from ("", "blood counts [1e9/L], research only", _text(plan.counts))
        yield f"caution: {plan.caution}"
    yield ""
    yield from plan.notes
    if plan.drawn:
        yield from _of_draws(plan)
    yield f"{plan.members} courses, {plan.seconds:.2g} s"


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
    """Say what tables do not: the target, what counts as a useful cycle, how often any limit is exceeded."""
    lines = [*_target(plan)]
    if plan.useful:
        lines.append(plan.useful)
    if len(plan.risks):
        joint = plan.risks.loc[ANY]
        lines.append(
            f"any limit is exceeded in {joint['violation_probability']:.1%} of the draws "
            f"({joint['low']:.1%} to {joint['high']:.1%}); each limit holds by itself"
        )
    return lines


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
    return f"smallest useful cycle: {question.smallest / MBQ_PER_GBQ:.4g} GBq ({why})"
