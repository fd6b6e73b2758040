"""Pages as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from lutetia.documentation.blocks import (
    Block,
    Formula,
    Heading,
    Image,
    Items,
    Paragraph,
    Picture,
    Plot,
    Summary,
    Table,
)

if TYPE_CHECKING:
    import pandas as pd


def markdown(blocks: Iterable[Block]) -> str:
    r"""Write a page as Markdown, notation as LaTeX between dollar signs.

    Examples
    --------
    >>> markdown([Heading(2, "Sources"), Paragraph(("As read.",))])
    '## Sources\n\nAs read.\n'
    """
    return "\n\n".join(text for block in blocks for text in _written(block)) + "\n"


def _written(block: Block) -> Iterator[str]:
    match block:
        case Heading(level, text):
            yield f"{'#' * level} {text}"
        case Summary(model):
            yield model.description
            if model.reference:
                yield f"Reference: {model.reference}"
            if model.modules:
                yield f"Modules: {', '.join(model.modules)}"
        case Paragraph(pieces):
            text = "".join(p if isinstance(p, str) else f"${p.latex}$" for p in pieces)
            yield f"*{text}*" if block.emphasized else text
        case Items(texts):
            yield "\n".join(f"- {text}" for text in texts)
        case Picture():
            yield "![compartments](graph.png)"
        case Plot(_, shows) | Image(_, shows):
            yield f"*Figure: {shows}.*"
        case Table(frame, code):
            yield _table(frame, code)
        case Formula(notation):
            yield f"$$\n{notation.latex}\n$$"
        case equation:
            yield f"$$\n{equation.latex}\n$$"
            yield "Terms: " + "; ".join(t.label for t in equation.terms) + "."


def _table(frame: pd.DataFrame, code: tuple[str, ...]) -> str:
    def cell(column: str, value: object) -> str:
        text = str(value).replace("|", "\\|").replace("\n", " ")
        return f"`{text}`" if column in code and text else text.replace("*", "\\*")

    rows = [list(frame.columns), ["---"] * len(frame.columns)]
    for values in frame.itertuples(index=False):
        rows.append([cell(c, v) for c, v in zip(frame.columns, values, strict=True)])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)
