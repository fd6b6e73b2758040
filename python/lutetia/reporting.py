"""Reports: one self-contained page with tables, figures, and everything the numbers rest on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from lutetia import __version__
from lutetia.documentation.blocks import Block, Heading, Paragraph, Table
from lutetia.documentation.tables import TAGS
from lutetia.documentation.web_page import page
from lutetia.provenance import UNCERTAIN
from lutetia.result import RESEARCH_ONLY

if TYPE_CHECKING:
    import pandas as pd

DIGITS = 4  # of numbers in tables


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
    """Copy a table for a page: its index as columns, numbers as text of four digits."""
    shown = frame.reset_index()
    for column in shown.select_dtypes("number"):
        shown[column] = [f"{value:.{DIGITS}g}" for value in shown[column]]
    return Table(shown)


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
        yield Table(_shown(assumptions))
    yield Heading(2, "Sources")
    yield Table(sources)
    yield Paragraph((f"lutetia {__version__}. {RESEARCH_ONLY}",), faint=True)


def _shown(assumptions: pd.DataFrame) -> pd.DataFrame:
    """Numbers and sources as text."""
    shown = assumptions.copy()
    if "value" in shown:
        shown["value"] = [f"{v:.6g}" if isinstance(v, float) else str(v) for v in shown["value"]]
    if "source" in shown:
        shown["source"] = [s if isinstance(s, str) else ", ".join(s) for s in shown["source"]]
    return shown
