"""Description of a model, generated from the model itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from lutetia import _core
from lutetia.data import read_model, shipped
from lutetia.documentation.blocks import (
    Block,
    Formula,
    Heading,
    Items,
    Paragraph,
    Picture,
    Summary,
    Table,
)
from lutetia.documentation.equations import Equation, effect_definitions, equations
from lutetia.documentation.graph_drawing import draw_model
from lutetia.documentation.markdown import markdown
from lutetia.documentation.parameter_table import parameter_table
from lutetia.documentation.parts import ModelParts
from lutetia.documentation.reading import reading, reading_labeled
from lutetia.documentation.tables import (
    compartment_table,
    organ_table,
    process_table,
    reference_tables,
)
from lutetia.documentation.web_page import fragment, page, summary
from lutetia.result import RESEARCH_ONLY

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


def describe(
    model: str | _core.Model,
    *,
    modules: Sequence[str] = (),
    library: _core.Library | None = None,
) -> ModelDescription:
    r"""Describe a model: parameters with their sources, processes, equations, a picture.

    Parameters
    ----------
    model
        A model or its name.
    modules
        Optional modules merged into a model given by name.
    library
        Where names are looked up; the shipped library when absent.

    Examples
    --------
    >>> about = describe("sstr2_whole_body")
    >>> about.parameters.set_index("name").loc["kidney.flow_fraction", ["value", "unit", "tag"]].tolist()
    ['0.19', '1', 'R2']
    >>> next(e for e in about.equations if e.compartment == "protein_bound").latex
    '\\frac{\\mathrm{d} N_{\\mathrm{protein\\ bound}}}{\\mathrm{d} t} = k_{...'
    """
    library = library or shipped()
    if modules and not isinstance(model, str):
        raise ValueError("modules need a model given by name; pass them to read_model")
    read = read_model(model, modules=modules, library=library) if isinstance(model, str) else model
    return ModelDescription(read, _core.citations(library))


class ModelDescription:
    """What a model consists of; see `describe`."""

    def __init__(self, model: _core.Model, citations: dict[str, str]) -> None:
        self.model = model
        self.citations = citations
        self.parts = ModelParts(_core.structure(model))

    @cached_property
    def parameters(self) -> pd.DataFrame:
        """A row per parameter as written: value or formula, unit, sources, tag, note.

        `name` is qualified with the organ or organ type it belongs to (`of`); what an organ type
        says holds for each of its organs that says nothing else.
        """
        return parameter_table(self.parts)

    @cached_property
    def processes(self) -> pd.DataFrame:
        """A row per process as written, with the organs that have it and its rate law."""
        return process_table(self.parts)

    @cached_property
    def organs(self) -> pd.DataFrame:
        """A row per organ, and one per type of lesion: type, structure, groups, connections."""
        return organ_table(self.parts)

    @cached_property
    def compartments(self) -> pd.DataFrame:
        """A row per compartment of the model and of each structure."""
        return compartment_table(self.parts)

    @cached_property
    def equations(self) -> list[Equation]:
        """Balance of every compartment of the model and of each structure, total peptide."""
        return equations(self.parts)

    def graph(self, ax: Axes | None = None) -> Axes:
        """Draw blood flow and the inside of each kind of organ.

        Parameters
        ----------
        ax
            Axes to draw on; a figure of fitting size when absent.
        """
        return draw_model(self.parts, ax)

    plot = graph

    def to_markdown(self) -> str:
        """Write everything as Markdown, equations as LaTeX between dollar signs."""
        return markdown(self._blocks())

    def to_html(self) -> str:
        """Write everything as one page that needs no other file and no internet."""
        return page(self.model.name, self._blocks())

    def write(self, folder: str | Path) -> None:
        """Write ``model.html``, ``model.md``, ``parameters.csv`` and ``graph.png``."""
        import matplotlib.pyplot as plt

        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "model.html").write_text(self.to_html(), encoding="utf-8")
        (folder / "model.md").write_text(self.to_markdown(), encoding="utf-8")
        self.parameters.to_csv(folder / "parameters.csv", index=False)
        self.graph()
        plt.savefig(folder / "graph.png", dpi=150)
        plt.close()

    def __repr__(self) -> str:
        return (
            f"<ModelDescription of {self.model.name!r}: {len(self.parameters)} parameters, "
            f"{len(self.processes)} processes, {len(self.equations)} equations>"
        )

    def _repr_html_(self) -> str:
        return fragment(self._blocks())

    def _blocks(self) -> Iterator[Block]:
        model, parts = self.model, self.parts
        refused = (f"{substance}: {why}" for substance, why in parts.parts["refuses"].items())
        yield Heading(1, model.name)
        yield Summary(model)
        if notes := (*model.notes, *refused):
            yield Items(notes)
        yield Paragraph((RESEARCH_ONLY,), faint=True, emphasized=True)
        yield Heading(2, "Compartments")
        yield Picture(model.name, parts)
        if len(self.organs):
            yield Table(self.organs)
        yield Table(self.compartments)
        yield Heading(2, "Processes")
        yield Table(self.processes, code=("rate",))
        yield Heading(2, "Equations")
        yield Paragraph(reading(parts))
        yield Paragraph(reading_labeled())
        yield from self._equation_blocks()
        for title, text, frame in reference_tables(parts, self.parameters, self.citations):
            yield Heading(2, title)
            if text:
                yield Paragraph((text,))
            yield Table(frame, code=("value",) if title == "Parameters" else ())

    def _equation_blocks(self) -> Iterator[Block]:
        if of_model := [e for e in self.equations if not e.structure]:
            yield Heading(3, "Model")
            yield from of_model
        for structure in self.parts.structures:
            organs = ", ".join(organ.label for organ in structure.organs)
            yield Heading(3, structure.name.replace("_", " "))
            yield Paragraph((f"{structure.description}: {organs}".lstrip(": "),), faint=True)
            yield from (e for e in self.equations if e.structure == structure.name)
        if effects := effect_definitions(self.parts):
            yield Heading(3, "Effects")
            yield from (Formula(effect) for effect in effects)


def summary_html(model: _core.Model) -> str:
    """Describe a model in a few lines, for a notebook.

    Examples
    --------
    >>> "lt.describe(model)" in summary_html(read_model("sstr2_whole_body"))
    True
    """
    return f"<div>{''.join(summary(model))}<p><code>lt.describe(model)</code> shows all of it.</p></div>"
