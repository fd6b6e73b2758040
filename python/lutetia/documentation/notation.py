"""Mathematical notation, written as LaTeX and as MathML at the same time."""

from __future__ import annotations

import html
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

# How tightly a piece of notation holds together.
SUM, PRODUCT, POWER, ATOM = range(4)


@dataclass(frozen=True)
class Notation:
    """A piece of notation in both languages."""

    latex: str
    mathml: str
    holds: int = ATOM

    def within(self, holds: int) -> Notation:
        """Itself, in parentheses when it holds less tightly than asked for."""
        if self.holds >= holds:
            return self
        return Notation(
            rf"\left( {self.latex} \right)", f"<mrow><mo>(</mo>{self.mathml}<mo>)</mo></mrow>"
        )


def letter(text: str) -> Notation:
    """Write a variable of one letter, italic."""
    return Notation(text, f"<mi>{html.escape(text)}</mi>")


def greek(latex: str, character: str) -> Notation:
    """Write a letter that LaTeX knows by a command."""
    return Notation(latex, f"<mi>{character}</mi>")


def word(name: str) -> Notation:
    r"""Write a name in upright letters; underscores become spaces.

    Examples
    --------
    >>> word("receptor_density").latex
    '\\mathrm{receptor\\ density}'
    """
    parts = [part for part in name.split("_") if part]
    shown = "\N{NO-BREAK SPACE}".join(parts)
    return Notation(
        r"\mathrm{" + r"\ ".join(parts) + "}",
        f'<mi mathvariant="normal">{html.escape(shown)}</mi>',
    )


def number(value: float) -> Notation:
    """Write a number of a formula."""
    text = f"{value:.10g}"
    return Notation(text, f"<mn>{text}</mn>")


def with_index(base: Notation, *indices: Notation) -> Notation:
    """Write indices at the lower right, separated by commas."""
    if not indices:
        return base
    latex = ",".join(i.latex for i in indices)
    mathml = "<mo>,</mo>".join(i.mathml for i in indices)
    return Notation(f"{base.latex}_{{{latex}}}", f"<msub>{base.mathml}<mrow>{mathml}</mrow></msub>")


def times(*factors: Notation) -> Notation:
    """Write a product; factors that are 1 are left out."""
    shown = [f.within(PRODUCT) for f in factors if f.latex != "1"] or [number(1)]
    return Notation(
        r" \cdot ".join(f.latex for f in shown),
        "<mo>&#x22C5;</mo>".join(f.mathml for f in shown),
        PRODUCT if len(shown) > 1 else shown[0].holds,
    )


def fraction(above: Notation, below: Notation) -> Notation:
    """Write a fraction."""
    return Notation(
        rf"\frac{{{above.latex}}}{{{below.latex}}}",
        f"<mfrac><mrow>{above.mathml}</mrow><mrow>{below.mathml}</mrow></mfrac>",
        PRODUCT,
    )


def signed(terms: Sequence[tuple[int, Notation]]) -> Notation:
    """Write a sum of terms, each with its sign; the first plus is left out."""
    latex, mathml = [], []
    for k, (sign, term) in enumerate(terms):
        shown = term if k == 0 and sign > 0 else term.within(PRODUCT)
        if k or sign < 0:
            latex.append("+" if sign > 0 else "-")
            mathml.append(f"<mo>{'+' if sign > 0 else '&#x2212;'}</mo>")
        latex.append(shown.latex)
        mathml.append(shown.mathml)
    single = len(terms) == 1 and terms[0][0] > 0
    return Notation(" ".join(latex), "".join(mathml), terms[0][1].holds if single else SUM)


def power(base: Notation, exponent: Notation) -> Notation:
    """Write a power."""
    base = base.within(ATOM)
    return Notation(
        f"{{{base.latex}}}^{{{exponent.latex}}}",
        f"<msup><mrow>{base.mathml}</mrow><mrow>{exponent.mathml}</mrow></msup>",
        POWER,
    )


def call(name: str, *arguments: Notation) -> Notation:
    """Write a function with its arguments."""
    latex = ", ".join(a.latex for a in arguments)
    mathml = "<mo>,</mo>".join(a.mathml for a in arguments)
    return Notation(
        rf"\{name}\left( {latex} \right)",
        f"<mrow><mi>{name}</mi><mo>(</mo>{mathml}<mo>)</mo></mrow>",
    )


def sum_over(below: Notation, summand: Notation) -> Notation:
    """Write a sum over what stands below the sign."""
    shown = summand.within(PRODUCT)
    return Notation(
        rf"\sum_{{{below.latex}}} {shown.latex}",
        f"<munder><mo>&#x2211;</mo><mrow>{below.mathml}</mrow></munder>{shown.mathml}",
        PRODUCT,
    )


def relation(left: Notation, sign: str, right: Notation) -> Notation:
    r"""Write two sides around a sign of LaTeX: ``=``, ``:``, ``\in``, ``\to``."""
    character = {r"\in": "&#x2208;", r"\to": "&#x2192;"}.get(sign, sign)
    return Notation(
        f"{left.latex} {sign} {right.latex}",
        f"{left.mathml}<mo>{character}</mo>{right.mathml}",
        SUM,
    )


def time_derivative(of: Notation) -> Notation:
    """Write a derivative with respect to time."""
    d = Notation(r"\mathrm{d}", '<mi mathvariant="normal">d</mi>')
    return fraction(
        Notation(f"{d.latex} {of.latex}", d.mathml + of.mathml),
        Notation(rf"{d.latex} t", d.mathml + "<mi>t</mi>"),
    )


def math_element(mathml: str, *, large: bool = False) -> str:
    """Wrap MathML in the element a browser renders; `large` as on a line of its own."""
    style = ' displaystyle="true"' if large else ""
    return f'<math xmlns="http://www.w3.org/1998/Math/MathML"{style}><mrow>{mathml}</mrow></math>'


def of_formula(
    tree: tuple[Any, ...],
    symbol: Callable[[str], Notation],
    group_sum: Callable[[str], Notation],
) -> Notation:
    r"""Write a formula of a model; names are written by the caller.

    Examples
    --------
    >>> of_formula(("divide", ("symbol", "a"), ("number", 2.0)), word, word).latex
    '\\frac{\\mathrm{a}}{2}'
    """
    operation, *arguments = tree
    if operation == "number":
        return number(arguments[0])
    if operation == "symbol":
        return symbol(arguments[0])
    if operation == "sum":
        return group_sum(arguments[0])
    parts = [of_formula(a, symbol, group_sum) for a in arguments]
    if operation == "add":
        return signed([(1, parts[0]), (1, parts[1])])
    if operation == "subtract":
        return signed([(1, parts[0]), (-1, parts[1])])
    if operation == "negate":
        return signed([(-1, parts[0])])
    if operation == "multiply":
        return times(*parts)
    if operation == "divide":
        return fraction(*parts)
    if operation == "power":
        return power(*parts)
    if operation == "sqrt":
        inner = parts[0]
        return Notation(rf"\sqrt{{{inner.latex}}}", f"<msqrt>{inner.mathml}</msqrt>")
    return call(operation, *parts)
