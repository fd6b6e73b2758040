"""Differential equations of a model, generic over the organs that share a structure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from lutetia.documentation.laws import ANY_ORGAN, Writer, writer_of
from lutetia.documentation.notation import (
    PRODUCT,
    Notation,
    letter,
    relation,
    sum_over,
    time_derivative,
    with_index,
    word,
)
from lutetia.documentation.parts import End, Flux, ModelParts, Structure


@dataclass(frozen=True)
class Term:
    """A signed term of an equation."""

    sign: int
    notation: Notation
    key: str
    process: str
    kind: str
    fluxes: tuple[Flux, ...]  # every one it stands for
    only: str = ""  # the one organ of a structure that has the term

    @property
    def organs(self) -> list[str]:
        """Labels of the organs whose process this is."""
        return [f.organ.label for f in self.fluxes if f.organ]

    @property
    def label(self) -> str:
        """Name of the process, with the organs a sum runs over."""
        several = len(self.organs) > 1 and r"\sum_{o" in self.notation.latex
        return f"{self.process} (o: {', '.join(self.organs)})" if several else self.process

    @property
    def shown(self) -> Notation:
        """The term without its sign, in brackets when it belongs to one organ of several."""
        if not self.only:
            return self.notation
        inner, organ = self.notation, word(self.only)
        return Notation(
            rf"\left[ {inner.latex} \right]_{{{organ.latex}}}",
            f"<msub><mrow><mo>[</mo>{inner.mathml}<mo>]</mo></mrow>{organ.mathml}</msub>",
        )


@dataclass(frozen=True)
class Equation:
    """The balance of one compartment: what arrives with plus, what leaves with minus."""

    structure: str  # "" for a compartment of the model
    compartment: str
    substance: str
    outside: bool
    terms: tuple[Term, ...] = field(default=())

    @property
    def left(self) -> Notation:
        """The derivative."""
        return time_derivative(with_index(letter("N"), word(self.compartment)))

    def signed_terms(self) -> Iterator[tuple[str, Notation, Term]]:
        """Every term with its sign, which is empty for a plus at the beginning, and as shown."""
        for k, term in enumerate(self.terms):
            sign = "-" if term.sign < 0 else "+" if k else ""
            yield sign, term.shown.within(PRODUCT) if sign else term.shown, term

    @property
    def latex(self) -> str:
        """LaTeX, one term per line when there are several."""
        shown = [f"{sign} {term.latex}".lstrip() for sign, term, _ in self.signed_terms()]
        if len(shown) < 2:
            return f"{self.left.latex} = {''.join(shown) or '0'}"
        lines = " \\\\\n".join(f"& {line}" for line in shown)
        return rf"\begin{{aligned}} {self.left.latex} = {{}}{lines} \end{{aligned}}"


def equations(parts: ModelParts) -> list[Equation]:
    """Balance of every compartment: those of the model, then those of each structure.

    Parameters
    ----------
    parts
        The structure of a model.
    """
    out = [_of_model(parts, compartment) for compartment in parts.compartments.values()]
    for structure in parts.structures:
        out += [_of_structure(parts, structure, c) for c in structure.compartments.values()]
    return out


def effect_definitions(parts: ModelParts) -> list[Notation]:
    """Say what every effect is: those of the model, then those of each structure."""
    out = [Writer(parts, None).effect_definition(e) for e in parts.parts["effects"]]
    for structure in parts.structures:
        writer = Writer(parts, structure.organs[0])
        out += [writer.effect_definition(e) for e in structure.effects.values()]
    return out


def _signs_from_outside(flux: Flux, organ: str, compartment: str) -> Iterator[tuple[int, End]]:
    """Sign and end of a flux that reaches a compartment of an organ by another name than its own."""
    for sign, key, end in ((-1, "from", flux.source), (1, "to", flux.target)):
        inside = flux.organ and flux.organ.name == organ and flux.process[key] == compartment
        if end and not inside and (end.organ, end.compartment) == (organ, compartment):
            yield sign, end


def _term(sign: int, notation: Notation, fluxes: Sequence[Flux], only: str = "") -> Term:
    first = fluxes[0]
    name, kind = first.process["name"], first.process["kind"]
    return Term(sign, notation, first.key, name, kind, tuple(fluxes), only)


def _from_outside(
    parts: ModelParts, organ: str, compartment: str, only: str = ""
) -> Iterator[Term]:
    """Write the terms of a compartment that stem from processes of the model or of other organs."""
    alike: dict[tuple[str, int, str, str], list[Flux]] = {}
    for flux in parts.fluxes:
        for sign, end in _signs_from_outside(flux, organ, compartment):
            latex = Writer(parts, flux.organ, (ANY_ORGAN,)).law(flux.process).latex
            alike.setdefault((flux.key, sign, end.connection, latex), []).append(flux)
    for (_, sign, connection, _), fluxes in alike.items():
        process, source = fluxes[0].process, fluxes[0].organ
        if source is None:
            yield _term(sign, Writer(parts, None).law(process), fluxes, only)
        elif len(fluxes) == 1 and not source.lesion:
            law = Writer(parts, source, (word(source.name),)).law(process)
            yield _term(sign, law, fluxes, only)
        else:
            where = relation(ANY_ORGAN, r"\in", word(fluxes[0].key.partition("/")[0]))
            if connection:
                target = word(compartment) if not organ else word(f"{organ}_{compartment}")
                where = relation(relation(ANY_ORGAN, ":", word(connection)), "=", target)
            law = Writer(parts, source, (ANY_ORGAN,)).law(process)
            yield _term(sign, sum_over(where, law), fluxes, only)


def _of_model(parts: ModelParts, compartment: dict[str, Any]) -> Equation:
    name = compartment["name"]
    terms = tuple(_from_outside(parts, "", name))
    return Equation("", name, compartment["substance"], compartment["outside"], terms)


def _of_structure(parts: ModelParts, structure: Structure, compartment: dict[str, Any]) -> Equation:
    name = compartment["name"]
    terms = []
    for key, process in structure.processes.items():
        fluxes = [f for f in parts.fluxes if f.key == key and f.organ in structure.organs]
        places = [process["from"], process["to"]] if process["kind"] == "exchange" else []
        places = places or [process["driven_by"] or process["from"]]
        law = writer_of(parts, structure, places).law(process)
        for end, sign in (("from", -1), ("to", 1)):
            if process[end] == name:
                terms.append(_term(sign, law, fluxes))
    for organ in structure.organs:
        alone = organ.name if len(structure.organs) > 1 else ""
        terms += _from_outside(parts, organ.name, name, alone)
    return Equation(
        structure.name, name, compartment["substance"], compartment["outside"], tuple(terms)
    )
