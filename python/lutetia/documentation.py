"""Documentation of a model, generated from the model itself."""

from __future__ import annotations

import base64
import html
import io
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lutetia import _core
from lutetia.data import read_model, shipped
from lutetia.equations import (
    THIS_LIGAND,
    Equation,
    ModelParts,
    Structure,
    Term,
    Writer,
    equations,
)
from lutetia.notation import (
    PRODUCT,
    Notation,
    fraction,
    greek,
    letter,
    math_element,
    relation,
    signed,
    time_derivative,
    times,
    with_index,
)
from lutetia.parameter_table import PARAMETER_COLUMNS, parameter_rows
from lutetia.result import RESEARCH_ONLY

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

TAGS = {
    "R": "read in the source",
    "R2": "read in a transcription of the source",
    "S": "from a secondary source",
    "C": "computed",
    "M": "recalled, not verified",
    "A": "assumed",
}

STYLE = """
.lutetia { font: 15px/1.5 system-ui, sans-serif; color: #222; max-width: 76rem; }
.lutetia h1, .lutetia h2, .lutetia h3 { line-height: 1.2; margin: 1.6em 0 0.5em; }
.lutetia h1 { margin-top: 0; }
.lutetia h3 { font-size: 1.05em; }
.lutetia img { width: 100%; height: auto; background: white; }
.lutetia table { border-collapse: collapse; font-size: 0.86em; }
.lutetia th, .lutetia td { border: 0; border-bottom: 1px solid #ddd; padding: 0.25em 0.7em 0.25em 0;
  text-align: left; vertical-align: top; }
.lutetia th { border-bottom: 2px solid #999; }
.lutetia table.equation { margin: 0.2em 0 1.2em; font-size: 1em; }
.lutetia table.equation td { border: 0; padding: 0.12em 0.5em 0.12em 0; vertical-align: middle; }
.lutetia table.equation td.process { color: #777; font-size: 0.82em; padding-left: 2em; }
.lutetia math { font-size: 1.05em; }
.lutetia .scroll { overflow-x: auto; }
.lutetia .faint { color: #777; }
"""


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
        import pandas as pd

        return pd.DataFrame(list(parameter_rows(self.parts)), columns=PARAMETER_COLUMNS)

    @cached_property
    def processes(self) -> pd.DataFrame:
        """A row per process as written, with the organs that have it and its rate law."""
        import pandas as pd

        return pd.DataFrame(list(_process_rows(self.parts)))

    @cached_property
    def organs(self) -> pd.DataFrame:
        """A row per organ, and one per type of lesion: type, structure, groups, connections."""
        import pandas as pd

        rows = [
            {
                "organ": organ.label,
                "type": organ.type,
                "structure": self.parts.structure_of(organ.name).name,
                "only": organ.only,
                "groups": ", ".join(organ.groups),
                "connections": ", ".join(f"{k}: {v}" for k, v in organ.connections.items()),
            }
            for organ in self.parts.organs
        ]
        columns = ["organ", "type", "structure", "only", "groups", "connections"]
        return pd.DataFrame(rows, columns=columns)

    @cached_property
    def compartments(self) -> pd.DataFrame:
        """A row per compartment of the model and of each structure."""
        import pandas as pd

        owners = [("model", self.parts.compartments)]
        owners += [(s.name, s.compartments) for s in self.parts.structures]
        rows = [
            {
                "of": owner,
                "name": c["name"],
                "volume": c["volume"]["text"] if c["volume"] else "",
                "substance": c["substance"],
                "outside": "yes" if c["outside"] else "",
            }
            for owner, compartments in owners
            for c in compartments.values()
        ]
        return pd.DataFrame(rows, columns=["of", "name", "volume", "substance", "outside"])

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
        from lutetia.model_graph import draw_model

        return draw_model(self.parts, ax)

    plot = graph

    def to_markdown(self) -> str:
        """Write everything as Markdown, equations as LaTeX between dollar signs."""
        return "\n\n".join(_markdown(self)) + "\n"

    def to_html(self) -> str:
        """Write everything as one page that needs no other file and no internet."""
        title = html.escape(self.model.name)
        return (
            f'<!DOCTYPE html>\n<html lang="en">\n<head><meta charset="utf-8"/><title>{title}</title>'
            f"<style>body {{ margin: 2rem auto; padding: 0 1.5rem; max-width: 76rem; }}{STYLE}</style>"
            f'</head>\n<body><div class="lutetia">{"".join(_html(self))}</div></body>\n</html>\n'
        )

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
        return f'<style>{STYLE}</style><div class="lutetia">{"".join(_html(self))}</div>'


def summary_html(model: _core.Model) -> str:
    """Describe a model in a few lines, for a notebook.

    Examples
    --------
    >>> "lt.describe(model)" in summary_html(read_model("sstr2_whole_body"))
    True
    """
    return f"<div>{''.join(_summary(model))}<p><code>lt.describe(model)</code> shows all of it.</p></div>"


def _summary(model: _core.Model) -> Iterator[str]:
    name, about = html.escape(model.name), html.escape(model.description)
    yield f"<p><b>{name}</b>: {about}</p>"
    for label, values in (
        ("reference", [model.reference] if model.reference else []),
        ("organs", [o.replace("_", " ") for o in model.organs]),
        ("modules", model.modules),
    ):
        if values:
            yield f"<p>{label}: {html.escape(', '.join(values))}</p>"


# Tables


def _process_rows(parts: ModelParts) -> Iterator[dict[str, str]]:
    owners: list[tuple[str, str, list[dict[str, Any]]]] = [("", "model", parts.parts["processes"])]
    owners += [(t["name"], t["name"], t["processes"]) for t in parts.types.values()]
    for owner, shown, processes in owners:
        for k, process in enumerate(processes):
            organs = [f.organ.label for f in parts.fluxes if f.key == f"{owner}/{k}" and f.organ]
            yield {
                "of": shown,
                "kind": process["kind"],
                "name": process["name"],
                "from": process["from"],
                "to": process["to"],
                "rate": _rate_text(process),
                "organs": ", ".join(organs),
            }


def _rate_text(process: dict[str, Any]) -> str:
    """Rate law as text, with formulas as the file writes them."""

    def factor(key: str) -> str:
        text, tree = process[key]["text"], process[key]["tree"]
        return f"({text})" if tree[0] in ("add", "subtract", "negate") else str(text)

    source, target = process["from"], process["to"]
    if process["kind"] == "binding":
        taken = "".join(f" - N({place})" for place in [target, *process["unavailable"]])
        free = f"({process['receptors']['text']}{taken})"
        return f"{factor('k_on')} * c({source}) * {free} - {factor('k_off')} * N({target})"
    if process["kind"] == "exchange":
        return f"{factor('rate')} * (c({source}) - c({target}))"
    symbol = "N" if process["kind"] == "transfer" else "c"
    effects = "".join(f" * {effect}" for effect in process["effects"])
    return f"{factor('rate')} * {symbol}({process['driven_by'] or source}){effects}"


# Pages


def _labeled() -> Notation:
    """How the labeled balance differs from the total one."""
    labeled = with_index(letter("N"), _star())
    change = with_index(letter("F"), _star())
    decay = times(greek(r"\lambda", "&#x3BB;"), labeled)
    return relation(time_derivative(labeled), "=", signed([(1, change), (-1, decay)]))


def _star() -> Notation:
    return Notation(r"\ast", "<mo>*</mo>")


def _reading(about: ModelDescription) -> list[str | Notation]:
    """How to read the equations, text and notation in turn."""
    n, c, v = letter("N"), letter("c"), letter("V")
    made = any(f.source is None or f.target is None for f in about.parts.fluxes)
    receptors = " Receptors alone may come from nowhere and go nowhere." if made else ""
    return [
        "Every equation is the balance of one compartment and holds for each ligand by itself: ",
        n,
        " is an amount, ",
        relation(c, "=", fraction(n, v)),
        " a concentration, ",
        letter("E"),
        " the factor of an effect. Names without an index belong to the organ itself or to the "
        "model; an index ",
        THIS_LIGAND,
        " marks what belongs to the ligand. A sum over ",
        letter("o"),
        " runs over organs, lesions among them, a sum over ",
        letter("j"),
        " over all ligands: they share the receptors. A term in brackets exists in the organ named "
        "at their corner alone. Each flux leaves one compartment (minus) and enters another (plus), "
        f"so that nothing is lost.{receptors}",
    ]


def _reading_labeled() -> list[str | Notation]:
    f, labeled = letter("F"), with_index(letter("F"), _star())
    return [
        "The equations are those of the total peptide, labeled or not, which does not decay. With ",
        f,
        " for the right-hand side, labeled peptide obeys ",
        _labeled(),
        ": ",
        labeled,
        " is ",
        f,
        " with the labeled amounts in place of ",
        letter("N"),
        ", but receptors and effects are those that the total amounts leave. The labeled part is "
        "linear given the total one.",
    ]


def _in_html(pieces: Sequence[str | Notation]) -> str:
    shown = (html.escape(p) if isinstance(p, str) else math_element(p.mathml) for p in pieces)
    return f"<p>{''.join(shown)}</p>"


def _in_markdown(pieces: Sequence[str | Notation]) -> str:
    return "".join(p if isinstance(p, str) else f"${p.latex}$" for p in pieces)


def _effects(about: ModelDescription) -> list[tuple[str, Notation]]:
    """Definition of every effect, with whom it belongs to."""
    parts = about.parts
    out = [("model", Writer(parts, None).effect_definition(e)) for e in parts.parts["effects"]]
    for structure in parts.structures:
        writer = Writer(parts, structure.organs[0])
        out += [(structure.name, writer.effect_definition(e)) for e in structure.effects.values()]
    return out


def _blocks(about: ModelDescription) -> Iterator[tuple[str, str, list[Equation]]]:
    """Title, subtitle and equations: of the model, then of each structure."""
    of_model = [e for e in about.equations if not e.structure]
    if of_model:
        yield "Model", "", of_model
    for s in about.parts.structures:
        yield (
            s.name.replace("_", " "),
            _members(s),
            [e for e in about.equations if e.structure == s.name],
        )


def _members(structure: Structure) -> str:
    return f"{structure.description}: {', '.join(o.label for o in structure.organs)}".lstrip(": ")


def _process_label(term: Term) -> str:
    organs = term.organs
    several = len(organs) > 1 and r"\sum_{o" in term.notation.latex
    return f"{term.process} (o: {', '.join(organs)})" if several else term.process


def _tables(about: ModelDescription) -> list[tuple[str, str, pd.DataFrame]]:
    """Heading, explanation and table of what is tabulated."""
    import pandas as pd

    parts = about.parts.parts
    used = list(dict.fromkeys(k for keys in about.parameters["source"] for k in keys.split(", ")))
    sources = [(k, about.citations.get(k, "")) for k in used if k]
    observables = [
        (
            o["name"],
            ", ".join(o["compartments"]),
            o["volume"]["text"] if o["volume"] else "",
        )
        for o in parts["observables"]
    ]
    routes = [
        (
            r["name"],
            ", ".join(r["into"])
            or f"{r['compartment']} of {r['group']} organs in proportion to "
            f"{r['in_proportion_to']['text']}",
        )
        for r in parts["routes"]
    ]
    voiding = [
        (v["from"], v["to"], *(v[k]["text"] for k in ("fraction", "first", "interval")))
        for v in parts["voiding"]
    ]
    tags = "; ".join(f"{tag}: {what}" for tag, what in TAGS.items())
    made = [
        (
            "Parameters",
            f"Tags say how sure a number is. {tags}. A name with a dot belongs to an organ, or to an "
            "organ type and so to each of its organs that gives no value of its own.",
            about.parameters,
        ),
        ("Sources", "", pd.DataFrame(sources, columns=["key", "citation"])),
        ("Observables", "", pd.DataFrame(observables, columns=["name", "compartments", "volume"])),
        ("Routes", "", pd.DataFrame(routes, columns=["route", "into"])),
        (
            "Voiding",
            "Emptied at intervals.",
            pd.DataFrame(voiding, columns=["from", "to", "fraction", "first", "interval"]),
        ),
    ]
    return [entry for entry in made if len(entry[2])]


def _notes(about: ModelDescription) -> list[str]:
    refused = about.parts.parts["refuses"]
    return [*about.model.notes, *(f"{substance}: {why}" for substance, why in refused.items())]


def _html(about: ModelDescription) -> Iterator[str]:
    def heading(level: int, text: str) -> str:
        return f"<h{level}>{html.escape(text)}</h{level}>"

    def table(frame: pd.DataFrame) -> str:
        return f'<div class="scroll">{frame.to_html(index=False, border=0, na_rep="")}</div>'

    yield heading(1, about.model.name)
    yield from _summary(about.model)
    if notes := _notes(about):
        yield f"<ul>{''.join(f'<li>{html.escape(n)}</li>' for n in notes)}</ul>"
    yield f'<p class="faint">{html.escape(RESEARCH_ONLY)}</p>'
    yield heading(2, "Compartments")
    yield f'<img alt="compartments of {html.escape(about.model.name)}" src="{_picture(about)}"/>'
    if len(about.organs):
        yield table(about.organs)
    yield table(about.compartments)
    yield heading(2, "Processes") + table(about.processes)
    yield heading(2, "Equations")
    yield _in_html(_reading(about)) + _in_html(_reading_labeled())
    for title, members, block in _blocks(about):
        yield heading(3, title)
        if members:
            yield f'<p class="faint">{html.escape(members)}</p>'
        yield from (f'<div class="scroll">{_equation_html(e)}</div>' for e in block)
    if effects := _effects(about):
        yield heading(3, "Effects")
        yield from (f"<p>{math_element(e.mathml, large=True)}</p>" for _, e in effects)
    for title, text, frame in _tables(about):
        yield heading(2, title)
        if text:
            yield f"<p>{html.escape(text)}</p>"
        yield table(frame)


def _equation_html(equation: Equation) -> str:
    left = math_element(f"{equation.left.mathml}<mo>=</mo>", large=True)
    rows = []
    for k, term in enumerate(equation.terms):
        sign = "" if k == 0 and term.sign > 0 else "<mo>+</mo>"
        if term.sign < 0:
            sign = "<mo>&#x2212;</mo>"
        shown = term.shown.within(PRODUCT) if sign else term.shown
        rows.append(
            f"<tr><td>{left if k == 0 else ''}</td>"
            f"<td>{math_element(sign + shown.mathml, large=True)}</td>"
            f'<td class="process">{html.escape(_process_label(term))}</td></tr>'
        )
    zero = f"<tr><td>{left}</td><td>{math_element('<mn>0</mn>')}</td></tr>"
    return f'<table class="equation">{"".join(rows) or zero}</table>'


def _picture(about: ModelDescription) -> str:
    """Return the picture as the address of an image that carries its own data."""
    import matplotlib.pyplot as plt

    about.graph()
    buffer = io.BytesIO()
    nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
    with plt.rc_context({"svg.hashsalt": about.model.name}):  # the same model, the same file
        plt.savefig(buffer, format="svg", metadata=nothing)
    plt.close()
    return f"data:image/svg+xml;base64,{base64.b64encode(buffer.getvalue()).decode()}"


def _markdown(about: ModelDescription) -> Iterator[str]:
    model = about.model
    yield f"# {model.name}"
    yield model.description
    if model.reference:
        yield f"Reference: {model.reference}"
    if model.modules:
        yield f"Modules: {', '.join(model.modules)}"
    if notes := _notes(about):
        yield "\n".join(f"- {note}" for note in notes)
    yield f"*{RESEARCH_ONLY}*"
    yield "## Compartments"
    yield "![compartments](graph.png)"
    if len(about.organs):
        yield _markdown_table(about.organs)
    yield _markdown_table(about.compartments)
    yield "## Processes"
    yield _markdown_table(about.processes, code=("rate",))
    yield "## Equations"
    yield _in_markdown(_reading(about))
    yield _in_markdown(_reading_labeled())
    for title, members, block in _blocks(about):
        yield f"### {title}"
        if members:
            yield members
        for equation in block:
            yield f"$$\n{equation.latex}\n$$"
            yield "Terms: " + "; ".join(_process_label(t) for t in equation.terms) + "."
    if effects := _effects(about):
        yield "### Effects"
        yield from (f"$$\n{e.latex}\n$$" for _, e in effects)
    for title, text, frame in _tables(about):
        yield f"## {title}"
        if text:
            yield text
        yield _markdown_table(frame, code=("value",) if title == "Parameters" else ())


def _markdown_table(frame: pd.DataFrame, code: Sequence[str] = ()) -> str:
    def cell(column: str, value: object) -> str:
        text = str(value).replace("|", "\\|").replace("\n", " ")
        return f"`{text}`" if column in code and text else text.replace("*", "\\*")

    rows = [list(frame.columns), ["---"] * len(frame.columns)]
    for values in frame.itertuples(index=False):
        rows.append([cell(c, v) for c, v in zip(frame.columns, values, strict=True)])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)
