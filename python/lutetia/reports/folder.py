"""One page from the folder a command wrote."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from lutetia import _core
from lutetia.data import shipped
from lutetia.documentation.blocks import Block, Heading, Image, Items, Paragraph, Table
from lutetia.prescription import regimen_of
from lutetia.reports.page import few_digits, given_table, shown, without_empty, write_report
from lutetia.reports.provenance import COLUMNS, cited

RESULTS = ("summary.json", "fit.json", "plan.json")
LONGEST = 200  # rows of a table on the page
ELSEWHERE = ("notice", "lutetia_fit", "objective_unit")  # said by the page or beside another fact
UNITS = {"h": "h", "s": "s"}  # the last word of a key


def report_folder(folder: str | Path, *, library: _core.Library | None = None) -> Path:
    """Write ``report.html`` from the results in a folder: figures, tables, warnings, assumptions, sources.

    Parameters
    ----------
    folder
        That `lutetia simulate`, `fit` or `plan` wrote; of a cohort, with a folder for each patient.
    library
        Where citations are looked up; the shipped library when absent.

    Returns
    -------
    pathlib.Path
        Of the page.

    Raises
    ------
    FileNotFoundError
        If the folder holds no results.

    Examples
    --------
    >>> import tempfile
    >>> report_folder(tempfile.gettempdir() + "/nothing")
    Traceback (most recent call last):
    FileNotFoundError: ...nothing holds no results: expected one of summary.json, fit.json, plan.json
    """
    folder = Path(folder)
    found = sorted({file.parent for name in RESULTS for file in folder.glob(f"**/{name}")})
    if not found:
        raise FileNotFoundError(f"{folder} holds no results: expected one of {', '.join(RESULTS)}")
    contents = {part: _results(part) for part in found}
    numbers = pd.DataFrame(
        [row for part in contents.values() for row in part.get("assumptions", [])], columns=COLUMNS
    )
    numbers["source"] = [s.split(", ") if isinstance(s, str) else s for s in numbers["source"]]
    kept = ~numbers.astype({"source": str}).duplicated()
    numbers = numbers[kept]
    first = next(iter(contents.values()))
    title = str(first.get("case", folder.name)).replace("_", " ")
    blocks = [block for part in found for block in _blocks(part, contents[part], folder)]
    if folder not in found:  # a cohort: its own tables before those of the patients
        blocks = [block for file in sorted(folder.glob("*.csv")) for block in _table(file)] + blocks
    return write_report(
        folder / "report.html", title, blocks, numbers, cited(numbers, library or shipped())
    )


def _results(folder: Path) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for name in RESULTS:
        if (folder / name).exists():
            out |= json.loads((folder / name).read_text(encoding="utf-8"))
    return out


def _blocks(part: Path, results: dict[str, Any], folder: Path) -> Iterator[Block]:
    if part != folder:
        yield Heading(2, part.name.replace("_", " "))
    yield Table(pd.DataFrame(_facts(results), columns=["", " "]))
    for key in ("stop", "notes", "warnings"):
        if results.get(key):
            yield Items(tuple(str(line) for line in results[key]))
    if "candidates" in results and results.get("regimen"):  # a plan
        yield Heading(3, "what is given")
        yield few_digits(given_table(regimen_of(results["regimen"])))
    for key in ("limits", "counts", "risks", "doses"):
        if results.get(key):
            yield Heading(3, f"{key} of the plan")
            rows = pd.DataFrame(results[key])
            yield few_digits(rows.set_index(rows.columns[0]))
    for picture in sorted(part.glob("*.png")):
        yield Heading(3, picture.stem)
        yield Image(picture.read_bytes(), picture.stem)
    for file in sorted(part.glob("*.csv")):
        yield from _table(file)


def _facts(results: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """List what is said in a word or a number, numbers rounded and with their unit."""
    for key, value in results.items():
        if key in ELSEWHERE or not isinstance(value, str | int | float):
            continue
        words = key.split("_")
        unit = UNITS.get(words[-1], "") if len(words) > 1 else ""
        if unit:
            words.pop()
        elif key == "seconds":
            words, unit = ["computing", "time"], "s"
        elif key == "objective":
            unit = results.get("objective_unit", "").replace("1", "")  # none of a ratio
        name = " ".join(words)
        yield name, f"{shown(value)} {unit}".rstrip()


def _table(file: Path) -> Iterator[Block]:
    table = pd.read_csv(file)
    yield Heading(3, file.name)
    if len(table) > LONGEST:
        yield Paragraph((f"{len(table)} rows in {file.name}.",))
        return
    table, empty = without_empty(table)
    yield few_digits(table.set_index(table.columns[0]))
    if empty:
        yield Paragraph((f"Columns without a value in any row: {', '.join(empty)}.",))
