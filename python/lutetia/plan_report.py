"""One page from a plan: what to give, why, and everything it rests on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from lutetia import _core
from lutetia.comparing import compare
from lutetia.comparing.page import sections
from lutetia.documentation.blocks import Block, Heading, Items, Paragraph, Plot
from lutetia.patient import Patient
from lutetia.prescription import Regimen
from lutetia.provenance import cited, uncertain
from lutetia.reporting import few_digits, write_report
from lutetia.units import HOURS_PER_WEEK, MBQ_PER_GBQ

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
    blocks = [*_blocks(plan, plan.regimen), *sections(found)]
    title = f"Plan for {found.patients[0]}"
    numbers = with_choice(plan, found.numbers)
    sources = cited(numbers, options.get("library"))
    return write_report(path, title, blocks, uncertain(numbers), sources)


def with_choice(plan: Plan, of_runs: pd.DataFrame) -> pd.DataFrame:
    """Join the numbers of the runs of a plan and those of its choice, each once."""
    own = plan.numbers.assign(**{"in": "all"})
    others = own[~own["name"].isin(of_runs["name"])]
    return pd.concat([of_runs, others], ignore_index=True)


def _blocks(plan: Plan, regimen: Regimen) -> Iterator[Block]:
    yield Heading(2, "Plan")
    told = [*plan.summary().splitlines()[:3], *plan.notes]
    yield Items(tuple(line for line in told if line))
    yield few_digits(_given(regimen).set_index("week"))
    yield Plot(plan.plot(), "the plan: limits, lesions and candidates")
    yield Heading(2, "Limits of the plan")
    if plan.drawn:
        yield Paragraph(("Of the draws the plan was made from, so fresh ones may differ.",))
    if len(plan.limits):
        yield few_digits(plan.limits)
    if len(plan.counts):
        yield Heading(3, "Blood counts [1e9/L], research only")
        yield Paragraph((f"Caution: {plan.caution}",), emphasized=True)
        yield few_digits(plan.counts)
    if len(plan.risks):
        yield Heading(3, "Draws beyond a limit")
        yield few_digits(plan.risks)
    yield Heading(2, "Doses of the plan")
    yield few_digits(plan.doses)
    yield Heading(2, "Candidates")
    count = len(plan.table)
    if count > SHOWN:
        yield Paragraph((f"The first {SHOWN} of {count}.",))
    if plan.drawn:
        yield Paragraph(("Doses, counts and objective are means over the draws.",))
    yield few_digits(plan.table.head(SHOWN).rename_axis("rank"))


def _given(regimen: Regimen) -> pd.DataFrame:
    """Administrations with their week, activity [GBq] and peptide [nmol]."""
    return pd.DataFrame(
        [
            {
                "week": a["time_h"] / HOURS_PER_WEEK,
                "ligand": a["ligand"],
                "nuclide": a["nuclide"],
                "activity_GBq": (a["activity_MBq"] or 0.0) / MBQ_PER_GBQ,
                "amount_nmol": a["amount_nmol"],
            }
            for a in regimen.administrations
        ]
    )
