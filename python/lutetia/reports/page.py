"""Reports: one self-contained page with tables, figures, and everything the numbers rest on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from lutetia import __version__
from lutetia.documentation.blocks import Block, Heading, Paragraph, Table
from lutetia.documentation.tables import TAGS
from lutetia.documentation.web_page import page
from lutetia.reports.provenance import UNCERTAIN
from lutetia.result import RESEARCH_ONLY
from lutetia.units import HOURS_PER_WEEK, MBQ_PER_GBQ

if TYPE_CHECKING:
    from lutetia.prescription import Regimen

DIGITS = 4  # of numbers in tables
NOTHING = "–"
LARGE = 1e7  # from here on numbers have an exponent


def write_report(
    path: str | Path,
    title: str,
    sections: Iterable[Block],
    assumptions: pd.DataFrame,
    sources: pd.DataFrame,
) -> Path:
    """Write a report that needs no other file and no internet.

    Parameters
    ----------
    path
        Of the HTML file; its folder is made.
    title
        Heading of the page.
    sections
        Blocks of `lutetia.documentation.blocks`: headings of level 2, paragraphs, tables, plots.
    assumptions
        Numbers the report rests on that were assumed, secondary or recalled; a row each, with a column
        ``tag``.
    sources
        Columns ``key`` and ``citation``.

    Returns
    -------
    pathlib.Path
        Of the file.

    Raises
    ------
    ValueError
        If the assumptions have no tags.

    Examples
    --------
    >>> import pandas as pd
    >>> numbers = pd.DataFrame([("gain", 2.0, "1", "A")], columns=["name", "value", "unit", "tag"])
    >>> cited = pd.DataFrame(columns=["key", "citation"])
    >>> text = report_page("Example", [Paragraph(("Nothing was given.",))], numbers, cited)
    >>> "Research use only" in text and "gain" in text
    True
    """
    path = Path(path)
    text = report_page(title, sections, assumptions, sources)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def report_page(
    title: str, sections: Iterable[Block], assumptions: pd.DataFrame, sources: pd.DataFrame
) -> str:
    """Text of the page of `write_report`."""
    if "tag" not in assumptions:
        raise ValueError(f"assumptions need a column 'tag', found {list(assumptions)}")
    return page(title, _blocks(title, sections, assumptions, sources))


def few_digits(frame: pd.DataFrame) -> Table:
    """Copy a table for a page: its index as columns, cells as `shown` writes them."""
    table = frame.reset_index()
    return Table(table.apply(lambda column: column.map(shown)))


def shown(value: object) -> str:
    """Write a cell: numbers with four digits, yes or no, a dash where there is no value.

    Examples
    --------
    >>> [shown(value) for value in (12.3456, 65420.1, 6, True, float("nan"), None, "kidney")]
    ['12.35', '65420', '6', 'yes', '–', '–', 'kidney']
    """
    if value is None or value != value or value == "":  # NaN differs from itself
        return NOTHING
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    if not isinstance(value, int | float | np.number):
        return str(value)
    text = f"{value:.{DIGITS}g}"
    number = float(text)
    return f"{number:.0f}" if "e+" in text and abs(number) < LARGE else text


def without_empty(frame: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Leave out the columns that have no value in any row, and name them."""
    empty = [str(c) for c in frame if all(shown(value) == NOTHING for value in frame[c])]
    return frame.drop(columns=empty), empty


def given_table(regimen: Regimen) -> pd.DataFrame:
    """Administrations by week, with activity [GBq] and peptide [nmol]."""
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
    ).set_index("week")


def _blocks(
    title: str, sections: Iterable[Block], assumptions: pd.DataFrame, sources: pd.DataFrame
) -> Iterator[Block]:
    yield Heading(1, title)
    yield Paragraph((RESEARCH_ONLY,), emphasized=True)
    yield from sections
    yield Heading(2, "Assumptions")
    counts = assumptions["tag"].value_counts()
    told = "; ".join(f"{counts.get(t, 0)} [{t}], {TAGS[t]}" for t in UNCERTAIN)
    yield Paragraph((f"Numbers these results rest on that nobody read in their source: {told}.",))
    if len(assumptions):
        yield Table(_as_text(assumptions))
    yield Heading(2, "Sources")
    yield Table(sources)
    yield Paragraph((f"lutetia {__version__}. {RESEARCH_ONLY}",), faint=True)


def _as_text(assumptions: pd.DataFrame) -> pd.DataFrame:
    """Numbers and sources as text."""
    table = assumptions.copy()
    if "value" in table:
        table["value"] = [f"{v:.6g}" if isinstance(v, float) else str(v) for v in table["value"]]
    if "source" in table:
        table["source"] = [s if isinstance(s, str) else ", ".join(s) for s in table["source"]]
    return table
