"""One page from a plan: what to give, why, and everything it rests on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from lutetia import _core
from lutetia.comparing import Comparison, compare
from lutetia.comparing.page import doses, lesions, warnings
from lutetia.data import shipped
from lutetia.documentation.blocks import Block, Heading, Items, Paragraph, Plot
from lutetia.patient import Patient
from lutetia.prescription import Regimen
from lutetia.provenance import cited, table_of, uncertain
from lutetia.reporting import few_digits, given_table, without_empty, write_report

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
    library = options.get("library")
    numbers = pd.concat(
        [found.numbers.drop(columns="in"), numbers_of_plan(plan, library)], ignore_index=True
    )
    blocks = [*_planned(plan, plan.regimen), *_in_full(plan, found)]
    title = f"Plan for {found.patients[0]}"
    return write_report(path, title, blocks, uncertain(numbers), cited(numbers, library))


def numbers_of_plan(plan: Plan, library: _core.Library | None = None) -> pd.DataFrame:
    """Numbers of the planning assumptions a plan used: stop rules where the state of the patient was given, errors of measured doses with draws.

    Columns as in `lutetia.provenance.numbers_of_run`.
    """
    asked = plan._asked
    given = asked["given"]
    used = []
    if asked["status"] and asked["stop"] is None:
        used.append("stop.")
    if given is not None and isinstance(given.cv, str) and asked["draws"] is not None:
        used.append(f"measured_dose_error.{given.cv}")
    rows = _core.numbers(library or shipped(), "planning_assumptions", "default")
    return table_of(
        {**row, "name": f"plan {row['name']}"}
        for row in rows
        if any(row["name"].startswith(start) for start in used)
    )


def _planned(plan: Plan, regimen: Regimen) -> Iterator[Block]:
    yield Heading(2, "Plan")
    yield Items(tuple(_said(plan)))
    yield few_digits(given_table(regimen))
    yield Plot(plan.plot(), "the plan: limits, lesions and candidates")
    yield Heading(2, "Limits")
    yield few_digits(plan.limits)
    yield few_digits(plan.doses)
    yield Heading(2, "Candidates")
    count = len(plan.table)
    first = f"The first {SHOWN} of {count}. " if count > SHOWN else ""
    equal = "Of equally good ones the one closest to the regimen that was asked about is taken."
    yield Paragraph((f"{first}{equal}",))
    table, empty = without_empty(plan.table.head(SHOWN))
    yield few_digits(table.set_axis(range(1, len(table) + 1)).rename_axis("rank"))
    if empty:
        yield Paragraph(
            (f"As in the regimen that was asked about, or nothing to say: {', '.join(empty)}.",)
        )


def _said(plan: Plan) -> Iterator[str]:
    """Say what is given, why, and how sure it is, a sentence each."""
    yield from plan.summary().splitlines()[:3]
    if plan.target:
        target = plan.target
        least, most = f"{target['least_Gy']:.4g}", f"{target['most_Gy']:.4g}"
        text = f"dose wanted in lesions: {least} to {most} Gy; found {target['value_Gy']:.4g} Gy"
        if "probability" in target:
            text += (
                f", within in {target['probability']:.0%} of the draws "
                f"(95 % interval {target['low']:.0%} to {target['high']:.0%})"
            )
        yield text
    if "violations" in plan.limits:
        yield (
            f"limits hold over {len(plan.draws())} draws; doses of this section are their medians, "
            "those that follow are of the patient without draws"
        )


def _in_full(plan: Plan, found: Comparison) -> Iterator[Block]:
    """Show what the full run of the regimen adds."""
    yield from warnings(found)
    yield from lesions(found)
    yield from doses(found)
