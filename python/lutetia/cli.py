"""The ``lutetia`` command."""

from __future__ import annotations

import math
import shutil
import sys
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lutetia import __version__
from lutetia.errors import FitError, PlanError, SolverError

if TYPE_CHECKING:
    from lutetia.cases.case import CaseResult

INPUT_IS_WRONG = 2
MATHEMATICS_FAILED = 3


class _Group(click.Group):
    """Turns errors into messages and exit codes: 2 the input is wrong, 3 the mathematics failed."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except (SolverError, FitError, PlanError) as error:
            click.echo(str(error), err=True)
            sys.exit(MATHEMATICS_FAILED)
        except (
            ValueError,
            OSError,
            ImportError,  # of an optional package
        ) as error:  # ModelError, UnitError and DataError are ValueErrors
            click.echo(str(error), err=True)
            sys.exit(INPUT_IS_WRONG)


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
    import pandas as pd
    from tqdm.auto import tqdm

    from lutetia.cases.case import read_case, run_case
    from lutetia.cases.output import echo_published, echo_results, published_table

    if rtol is not None and not math.isfinite(rtol):
        raise ValueError(f"rtol must be a number, found {rtol}")
    read = read_case(case)
    results: list[CaseResult] = []
    progress = tqdm(total=len(read.patients), desc=read.name, delay=2, disable=quiet, leave=False)
    for result in run_case(read, rtol=rtol):
        results.append(result)
        progress.update()
    progress.close()
    with _staged(out) as folder:
        for result in results:
            result.write(folder if len(results) == 1 else folder / result.patient.name, read)
        if len(results) > 1:
            table = pd.concat([r.dose_frame().assign(patient=r.patient.name) for r in results])
            table.to_csv(folder / "dose.csv", index=False, float_format="%.9g")
        published = published_table(results)
        if published is not None:
            published.to_csv(folder / "published.csv", float_format="%.6g")
    if quiet:
        return
    echo_results(results)
    if published is not None:
        echo_published(published)
    click.echo(f"written to {out}/")


@main.command()
@click.argument("case")
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), required=True, help="Output folder."
)
@click.option(
    "--starts", type=click.IntRange(min=1), help="Searches; instead of those of the case."
)
@click.option(
    "--seed", type=click.IntRange(min=0), help="Of the starts; instead of that of the case."
)
@click.option("--threads", type=click.IntRange(min=1), help="All cores when absent.")
@click.option("--quiet", is_flag=True, help="Print nothing.")
def fit(case: str, out: Path, quiet: bool, **options: int | None) -> None:
    """Fit CASE (a library name or a file) to its observations and write JSON, CSV and PNG.

    One patient is written to the output folder itself, each patient of a cohort to a folder of its own.
    A fit that was cancelled is written as far as it came; the exit code is 3.
    """
    from lutetia.cases.fit import fit_case

    given: dict[str, Any] = {name: v for name, v in options.items() if v is not None}
    with warnings.catch_warnings():
        if quiet:
            warnings.simplefilter("ignore")
        results = list(fit_case(case, progress=not quiet, **given))
    with _staged(out) as folder:
        for result in results:
            result.write(folder if len(results) == 1 else folder / result.patient.name)
    if not quiet:
        click.echo("\n\n".join(result.report() for result in results))
        click.echo(f"written to {out}/")
    if any(result.fit.status != "converged" for result in results):
        sys.exit(MATHEMATICS_FAILED)


@main.command()
@click.argument("case")
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), required=True, help="Output folder."
)
@click.option(
    "--seed", type=click.IntRange(min=0), help="Of the draws; instead of that of the case."
)
@click.option("--threads", type=click.IntRange(min=1), help="All cores when absent.")
@click.option("--quiet", is_flag=True, help="Print nothing.")
def plan(case: str, out: Path, quiet: bool, **options: int | None) -> None:
    """Plan a schedule for CASE (a library name or a file) under its limits and write JSON, CSV and PNG.

    One patient is written to the output folder itself, each patient of a cohort to a folder of its own. Without a
    schedule that holds the limits nothing is written; the exit code is 3.
    """
    from lutetia.cases.plan import plan_case

    given: dict[str, Any] = {name: v for name, v in options.items() if v is not None}
    results = list(plan_case(case, progress=not quiet, **given))
    with _staged(out) as folder:
        for result in results:
            result.write(folder if len(results) == 1 else folder / result.patient.name)
    if not quiet:
        click.echo("\n\n".join(result.plan.summary() for result in results))
        click.echo(f"written to {out}/")


@contextmanager
def _staged(out: Path) -> Iterator[Path]:
    """Give a folder beside `out`; its files move to `out` when all of them are written."""
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}-") as folder:
        yield Path(folder)
        shutil.copytree(folder, out, dirs_exist_ok=True)


@main.command()
@click.argument("model")
@click.option("--module", "modules", multiple=True, help="Merge this module; may be repeated.")
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), required=True, help="Output folder."
)
def describe(model: str, modules: tuple[str, ...], out: Path) -> None:
    """Document MODEL (a library name or a file): organs, processes, equations, parameters, picture."""
    from lutetia.documentation import describe as of_model

    about = of_model(model, modules=modules)
    with _staged(out) as folder:
        about.write(folder)
    click.echo(
        f"{model}: {len(about.parameters)} parameters, {len(about.processes)} processes, "
        f"{len(about.equations)} equations"
    )
    click.echo(f"written to {out}/")


@main.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
def validate(files: tuple[Path, ...]) -> None:
    """Check FILES of any kind; print every problem of every file, exit 2 if there is one."""
    from lutetia.cases.case import validate as check

    count = 0
    for file in files:
        for message in check(file):
            click.echo(message)
            count += 1
    if count:
        click.echo(f"{count} problem{'s' if count > 1 else ''}", err=True)
        sys.exit(INPUT_IS_WRONG)
    click.echo(f"{len(files)} file{'s' if len(files) > 1 else ''} without problems")


@main.command()
@click.argument("case")
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), required=True, help="Output folder."
)
@click.option(
    "--observables/--no-observables", default=True, help="Write the activity of every region."
)
def export(case: str, out: Path, observables: bool) -> None:
    """Write CASE (a library name or a file) as SBML, a file for each patient."""
    from lutetia.sbml import export_case

    with _staged(out) as folder:
        count = 0
        for patient, text in export_case(case, observables=observables):
            (folder / f"{patient}.xml").write_text(text, encoding="utf-8")
            count += 1
    click.echo(f"{count} document{'s' if count > 1 else ''} written to {out}/")


@main.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
def report(folder: Path) -> None:
    """Write FOLDER/report.html: one page of what another command wrote to FOLDER."""
    from lutetia.reports.folder import report_folder

    click.echo(f"written to {report_folder(folder)}")
