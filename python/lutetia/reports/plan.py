"""One page from a plan: what to give, why, and everything it rests on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from lutetia import _core
from lutetia.comparing import Comparison, compare
from lutetia.comparing.page import doses, lesions, warnings
from lutetia.documentation.blocks import Block, Heading, Items, Paragraph, Plot
from lutetia.patient import Patient
from lutetia.prescription import Regimen
from lutetia.reports.page import few_digits, given_table, without_empty, write_report
from lutetia.reports.provenance import cited, uncertain

if TYPE_CHECKING:
    from lutetia.planning.result import Plan

SHOWN = 30  # candidates


def write_plan_report(
    plan: Plan, path: str | Path, model: _core.Model, patient: Patient, **options: Any
) -> Path:
    """Write one page of a plan: regimen, limits, doses, candidates, assumptions and sources.

    The planned regimen is simulated once more in the patient, which gives the curves of the page and the
    list of every number the plan rests on.

    Parameters
    ----------
    plan
        Of `lutetia.plan`, with a regimen.
    path
        Of the HTML file.
    model, patient
        The plan was made for.
    **options
        Of `compare`: ``modules``, ``convention``, ``tissues``, ``library``.

    Returns
    -------
    pathlib.Path
        Of the file.

    Raises
    ------
    ValueError
        If the plan ends the course: it has no regimen.
    """
    if plan.regimen is None:
        raise ValueError(f"the plan has no regimen to report: {plan.summary()}")
    found = compare(model, patient, {"plan": plan.regimen}, limits=plan.asked_limits, **options)
    numbers = with_choice(plan, found.numbers.drop(columns="in"))
    blocks = [*_planned(plan, plan.regimen), *_in_full(plan, found)]
    title = f"Plan for {found.patients[0]}"
    sources = cited(numbers, options.get("library"))
    return write_report(path, title, blocks, uncertain(numbers), sources)


def with_choice(plan: Plan, of_runs: pd.DataFrame) -> pd.DataFrame:
    """Join the numbers of the runs of a plan and those of its choice, each once."""
    others = plan.numbers[~plan.numbers["name"].isin(of_runs["name"])]
    return pd.concat([of_runs, others], ignore_index=True)


def _planned(plan: Plan, regimen: Regimen) -> Iterator[Block]:
    yield Heading(2, "Plan")
    told = [*plan.summary().splitlines()[:3], *plan.notes]
    yield Items(tuple(line for line in told if line))
    if plan.caution_of_kill:
        yield Paragraph((f"Caution: {plan.caution_of_kill}",), emphasized=True)
    yield few_digits(given_table(regimen))
    yield Plot(plan.plot(), "the plan: limits, lesions and candidates")
    yield from _limits(plan)
    yield Heading(2, "Candidates")
    count = len(plan.table)
    first = f"The first {SHOWN} of {count}. " if count > SHOWN else ""
    equal = "Of equally good ones the one closest to the regimen that was asked about is taken."
    drawn = " Doses, counts and objective are means over the draws." if plan.drawn else ""
    yield Paragraph((f"{first}{equal}{drawn}",))
    table = plan.table.set_axis(range(1, count + 1)).rename_axis("rank")
    table = table[(table.index <= SHOWN) | table["chosen"]]
    marks = table.pop("chosen").map({True: "chosen", False: ""})
    table.insert(0, "", marks)
    table, empty = without_empty(table)
    yield few_digits(table)
    if empty:
        yield Paragraph(
            (f"As in the regimen that was asked about, or nothing to say: {', '.join(empty)}.",)
        )


def _limits(plan: Plan) -> Iterator[Block]:
    yield Heading(2, "Limits")
    if plan.drawn:
        yield Paragraph(
            (
                "Of the draws the plan was made from, so fresh ones may differ; what follows the candidates is of "
                "the patient without draws.",
            )
        )
    if len(plan.limits):
        yield few_digits(plan.limits)
    if len(plan.counts):
        yield Heading(3, "Blood counts [1e9/L], research only")
        yield Paragraph((f"Caution: {plan.caution_of_counts}",), emphasized=True)
        yield few_digits(plan.counts)
    if len(plan.risks):
        yield Heading(3, "Draws beyond a limit")
        yield few_digits(plan.risks)
    yield Heading(3, "Doses of what is limited, and of lesions")
    yield few_digits(plan.doses)


def _in_full(plan: Plan, found: Comparison) -> Iterator[Block]:
    """Show what the full run of the regimen adds."""
    yield from warnings(found)
    yield from lesions(found)
    yield from doses(found)
