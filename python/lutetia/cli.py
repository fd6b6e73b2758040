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
    import pandas as pd

    from lutetia.case import CaseResult

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

    from lutetia.case import read_case, run_case

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
        published = _published(results)
        if published is not None:
            published.to_csv(folder / "published.csv", float_format="%.6g")
    if quiet:
        return
    _report(results)
    if published is not None:
        _report_published(published)
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
    from lutetia.case_fit import fit_case

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
    from lutetia.case_plan import plan_case

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


def _published(results: list[CaseResult]) -> pd.DataFrame | None:
    """Compare all patients with their published values; None when no patient has any."""
    import pandas as pd

    if not any(r.patient.published for r in results):
        return None
    return pd.concat({r.patient.name: r.comparison() for r in results}, names=["patient"])


def _report(results: list[CaseResult]) -> None:
    from lutetia.result import RESEARCH_ONLY

    if len(results) == 1:
        run, dose = results[0].run, results[0].dose
        click.echo(run.summary())
        click.echo("")
        click.echo(dose.summary())
        if dose.convention != "s_values":
            _report_default_convention(results[0])
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
    import pandas as pd

    from lutetia.plotting import MAIN_REGIONS

    table = pd.DataFrame({r.patient.name: r.dose.table["Gy_per_GBq"] for r in results})
    lesions = [r for r in table.index if any(r in x.run.lesions for x in results)]
    return table.loc[[r for r in MAIN_REGIONS if r in table.index] + lesions]


def _report_default_convention(result: CaseResult) -> None:
    """Dose per activity in the convention of the case beside that of the default one."""
    import pandas as pd

    from lutetia.dose import absorbed_dose

    default = absorbed_dose(result.run, tail=result.dose.tail)
    beside = pd.DataFrame({d.convention: d.table["Gy_per_GBq"] for d in (result.dose, default)})
    click.echo("\nGy/GBq in both conventions; compare numbers only within one")
    click.echo(beside.map(lambda v: f"{v:.3g}").to_string())


def _report_published(table: pd.DataFrame) -> None:
    """Model over published individual values, with the median ratio per region."""
    import pandas as pd

    regions = list(dict.fromkeys(table.index.get_level_values("region")))
    ratio = table["ratio"].unstack("region")[regions]
    ratio.loc["median"] = ratio.median()
    click.echo("\nTime-integrated activity, simulated / published")
    click.echo(ratio.map(lambda v: f"{v:.2f}" if pd.notna(v) else "-").to_string())
