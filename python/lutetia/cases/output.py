"""What the command prints of simulated cases."""

from __future__ import annotations

import click
import pandas as pd

from lutetia.cases.case import CaseResult
from lutetia.dosimetry.dose import absorbed_dose
from lutetia.plotting import MAIN_REGIONS
from lutetia.result import RESEARCH_ONLY


def published_table(results: list[CaseResult]) -> pd.DataFrame | None:
    """Compare all patients with their published values; None when no patient has any."""
    if not any(r.patient.published for r in results):
        return None
    return pd.concat({r.patient.name: r.comparison() for r in results}, names=["patient"])


def echo_results(results: list[CaseResult]) -> None:
    """Print the summary of one patient, doses per activity of several."""
    if len(results) == 1:
        run, dose = results[0].run, results[0].dose
        click.echo(run.summary())
        click.echo("")
        click.echo(dose.summary())
        if dose.convention != "s_values":
            _echo_default_convention(results[0])
        return
    click.echo(
        f"Absorbed dose per activity [Gy/GBq] ({results[0].dose.convention}, tail: {results[0].dose.tail})"
    )
    click.echo(_cohort_doses(results).map(lambda v: f"{v:.3g}").to_string())
    for note in results[0].run.notes():
        click.echo(f"note: {note}")
    click.echo(RESEARCH_ONLY)


def _cohort_doses(results: list[CaseResult]) -> pd.DataFrame:
    """Gy/GBq of the main organs and all lesions, a column per patient."""
    table = pd.DataFrame({r.patient.name: r.dose.table["Gy_per_GBq"] for r in results})
    lesions = [r for r in table.index if any(r in x.run.lesions for x in results)]
    return table.loc[[r for r in MAIN_REGIONS if r in table.index] + lesions]


def _echo_default_convention(result: CaseResult) -> None:
    """Dose per activity in the convention of the case beside that of the default one."""
    default = absorbed_dose(result.run, tail=result.dose.tail)
    beside = pd.DataFrame({d.convention: d.table["Gy_per_GBq"] for d in (result.dose, default)})
    click.echo("\nGy/GBq in both conventions; compare numbers only within one")
    click.echo(beside.map(lambda v: f"{v:.3g}").to_string())


def echo_published(table: pd.DataFrame) -> None:
    """Print model over published individual values, with the median ratio per region."""
    regions = list(dict.fromkeys(table.index.get_level_values("region")))
    ratio = table["ratio"].unstack("region")[regions]
    ratio.loc["median"] = ratio.median()
    click.echo("\nTime-integrated activity, simulated / published")
    click.echo(ratio.map(lambda v: f"{v:.2f}" if pd.notna(v) else "-").to_string())
