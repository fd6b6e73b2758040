"""The ``lutetia`` command."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from lutetia import __version__
from lutetia.errors import DataError, ModelError, SolverError, UnitError

if TYPE_CHECKING:
    from lutetia.case import CaseResult

INPUT_IS_WRONG = 2
MATHEMATICS_FAILED = 3


class _Group(click.Group):
    """Turns errors into messages and exit codes: 2 the input is wrong, 3 the mathematics failed."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except (ModelError, UnitError, DataError) as error:
            click.echo(str(error), err=True)
            sys.exit(INPUT_IS_WRONG)
        except SolverError as error:
            click.echo(str(error), err=True)
            sys.exit(MATHEMATICS_FAILED)


@click.group(cls=_Group)
@click.version_option(__version__)
def main() -> None:
    """Whole-body simulator for somatostatin-receptor radioligand therapy. Research use only."""


@main.command()
@click.argument("case")
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), required=True, help="Output folder."
)
@click.option(
    "--rtol", type=click.FloatRange(1e-13, 0.1), help="Instead of the tolerance of the case."
)
@click.option("--quiet", is_flag=True, help="Print nothing.")
def simulate(case: str, out: Path, rtol: float | None, quiet: bool) -> None:
    """Simulate CASE (a library name or a file) and write CSV, JSON and PNG.

    One patient is written to the output folder itself, each patient of a cohort to a folder of its own.
    """
    from tqdm.auto import tqdm

    from lutetia.case import read_case, run_case

    read = read_case(case)
    results: list[CaseResult] = []
    progress = tqdm(total=len(read.patients), desc=read.name, delay=2, disable=quiet, leave=False)
    for result in run_case(read, rtol=rtol):
        results.append(result)
        progress.update()
    progress.close()
    # Nothing is written before every patient has succeeded: no partial result.
    for result in results:
        result.write(out if len(results) == 1 else out / result.patient.name, read)
    if len(results) > 1:
        _cohort_table(results).to_csv(out / "dose.csv", index=False, float_format="%.9g")
    if not quiet:
        _report(results, out)


@main.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
def validate(files: tuple[Path, ...]) -> None:
    """Check FILES of any kind; print every problem of every file, exit 2 if there is one."""
    from lutetia.case import validate as check

    count = 0
    for file in files:
        for message in check(file):
            click.echo(message)
            count += 1
    if count:
        click.echo(f"{count} problem{'s' if count > 1 else ''}", err=True)
        sys.exit(INPUT_IS_WRONG)
    click.echo(f"{len(files)} file{'s' if len(files) > 1 else ''} without problems")


def _cohort_table(results: list[CaseResult]):  # type: ignore[no-untyped-def]
    import pandas as pd

    return pd.concat(
        [r.dose.to_frame().assign(patient=r.patient.name) for r in results], ignore_index=True
    )


def _report(results: list[CaseResult], out: Path) -> None:
    import pandas as pd

    from lutetia.result import RESEARCH_ONLY

    if len(results) == 1:
        click.echo(results[0].run.summary())
        click.echo("")
        click.echo(results[0].dose.summary())
    else:
        table = pd.DataFrame({r.patient.name: r.dose.table["Gy_per_GBq"] for r in results})
        shown = [r for r in ("kidney", "liver", "spleen", "red_marrow") if r in table.index]
        lesions = [r for r in table.index if any(r in x.run.lesions for x in results)]
        click.echo(
            f"Absorbed dose per activity [Gy/GBq] ({results[0].dose.convention}, tail: {results[0].dose.tail})"
        )
        click.echo(table.loc[shown + lesions].map(lambda v: f"{v:.3g}").to_string())
        for note in results[0].run.notes():
            click.echo(f"note: {note}")
        click.echo(RESEARCH_ONLY)
    if any(r.patient.published for r in results):
        _report_published(results, out)
    click.echo(f"written to {out}/")


def _report_published(results: list[CaseResult], out: Path) -> None:
    """Model against published individual values, with the median ratio per region."""
    import pandas as pd

    table = pd.concat({r.patient.name: r.comparison() for r in results}, names=["patient"])
    table.to_csv(out / "published.csv", float_format="%.6g")
    ratio = table["ratio"].unstack("region")[
        list(dict.fromkeys(table.index.get_level_values("region")))
    ]
    ratio.loc["median"] = ratio.median()
    click.echo("\nTime-integrated activity, simulated / published")
    click.echo(ratio.map(lambda v: f"{v:.2f}" if pd.notna(v) else "-").to_string())
