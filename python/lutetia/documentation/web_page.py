"""Pages as HTML that needs no other file and no internet."""

from __future__ import annotations

import base64
import html
import io
from collections.abc import Iterable, Iterator
from typing import Any

from lutetia import _core
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
from lutetia.documentation.equations import Equation
from lutetia.documentation.graph_drawing import draw_model
from lutetia.documentation.notation import math_element

STYLE = """
.lutetia { font: 15px/1.5 system-ui, sans-serif; color: #222; max-width: 76rem; }
.lutetia h1, .lutetia h2, .lutetia h3 { line-height: 1.2; margin: 1.6em 0 0.5em; }
.lutetia h1 { margin-top: 0; }
.lutetia h3 { font-size: 1.05em; }
.lutetia img { width: 100%; height: auto; background: white; }
.lutetia img.plot { width: auto; max-width: 100%; }
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
FAINT = ' class="faint"'


def page(title: str, blocks: Iterable[Block]) -> str:
    """Write a whole page."""
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head><meta charset="utf-8"/>'
        f"<title>{html.escape(title)}</title>"
        f"<style>body {{ margin: 2rem auto; padding: 0 1.5rem; max-width: 76rem; }}{STYLE}</style>"
        f"</head>\n<body>{_content(blocks)}</body>\n</html>\n"
    )


def fragment(blocks: Iterable[Block]) -> str:
    """Write blocks for a notebook."""
    return f"<style>{STYLE}</style>{_content(blocks)}"


def summary(model: _core.Model) -> Iterator[str]:
    """Write what a model says about itself, in a few lines."""
    name, about = html.escape(model.name), html.escape(model.description)
    yield f"<p><b>{name}</b>: {about}</p>"
    for label, values in (
        ("reference", [model.reference] if model.reference else []),
        ("organs", [o.replace("_", " ") for o in model.organs]),
        ("modules", model.modules),
    ):
        if values:
            yield f"<p>{label}: {html.escape(', '.join(values))}</p>"


def _content(blocks: Iterable[Block]) -> str:
    return f'<div class="lutetia">{"".join(map(_written, blocks))}</div>'


def _written(block: Block) -> str:
    match block:
        case Heading(level, text):
            return f"<h{level}>{html.escape(text)}</h{level}>"
        case Summary(model):
            return "".join(summary(model))
        case Paragraph(pieces):
            shown = (
                html.escape(p) if isinstance(p, str) else math_element(p.mathml) for p in pieces
            )
            text = "".join(shown)
            if block.emphasized and not block.faint:
                text = f"<strong>{text}</strong>"
            return f"<p{FAINT if block.faint else ''}>{text}</p>"
        case Items(texts):
            return f"<ul>{''.join(f'<li>{html.escape(text)}</li>' for text in texts)}</ul>"
        case Picture(name):
            return f'<img alt="compartments of {html.escape(name)}" src="{_address(block)}"/>'
        case Image(png, shows):
            data = base64.b64encode(png).decode()
            source = f"data:image/png;base64,{data}"
            return f'<img class="plot" alt="{html.escape(shows)}" src="{source}"/>'
        case Plot(figure, shows):
            source = _embedded(figure, shows)
            return f'<img class="plot" alt="{html.escape(shows)}" src="{source}"/>'
        case Table(frame):
            shown_frame = frame.to_html(index=False, border=0, na_rep="")
            return f'<div class="scroll">{shown_frame}</div>'
        case Formula(notation):
            return f"<p>{math_element(notation.mathml, large=True)}</p>"
        case equation:
            return f'<div class="scroll">{_equation(equation)}</div>'


def _equation(equation: Equation) -> str:
    left = math_element(f"{equation.left.mathml}<mo>=</mo>", large=True)
    rows = []
    for k, (sign, shown, term) in enumerate(equation.signed_terms()):
        mark = {"": "", "+": "<mo>+</mo>", "-": "<mo>&#x2212;</mo>"}[sign]
        rows.append(
            f"<tr><td>{left if k == 0 else ''}</td>"
            f"<td>{math_element(mark + shown.mathml, large=True)}</td>"
            f'<td class="process">{html.escape(term.label)}</td></tr>'
        )
    zero = f"<tr><td>{left}</td><td>{math_element('<mn>0</mn>')}</td></tr>"
    return f'<table class="equation">{"".join(rows) or zero}</table>'


def _address(picture: Picture) -> str:
    """Return a picture as the address of an image that carries its own data."""
    import matplotlib.pyplot as plt

    figure = draw_model(picture.parts).figure
    address = _embedded(figure, picture.name)
    plt.close()
    return address


def _embedded(figure: Any, name: str) -> str:
    """Write a figure as an address that carries its own data; the same one, the same text."""
    import matplotlib.pyplot as plt

    buffer = io.BytesIO()
    nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
    with plt.rc_context({"svg.hashsalt": name}):
        figure.savefig(buffer, format="svg", metadata=nothing)
    return f"data:image/svg+xml;base64,{base64.b64encode(buffer.getvalue()).decode()}"
