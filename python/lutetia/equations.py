"""Differential equations of a model, generic over the organs that share a structure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from lutetia.notation import (
    Notation,
    fraction,
    greek,
    letter,
    number,
    of_formula,
    power,
    relation,
    signed,
    sum_over,
    time_derivative,
    times,
    with_index,
    word,
)

RECEPTOR = "receptor"
ANY_ORGAN = letter("o")
ANY_LIGAND = letter("j")
THIS_LIGAND = greek(r"\ell", "&#x2113;")


@dataclass(frozen=True)
class OrganOf:
    """An organ of a model, or every lesion of one type, with what its types pass on."""

    name: str
    type: str
    lesion: bool
    only: str
    groups: tuple[str, ...]
    connections: dict[str, str]
    parameters: dict[str, dict[str, Any]]
    compartments: dict[str, dict[str, Any]]
    processes: dict[str, dict[str, Any]]  # key: owner and position, the same in every heir
    effects: dict[str, dict[str, Any]]

    @property
    def label(self) -> str:
        """Name as shown: lesions stand for all of their type."""
        return f"{self.name} lesions" if self.lesion else self.name.replace("_", " ")


@dataclass(frozen=True)
class Structure:
    """Compartments and processes shared by organs that differ in parameters alone."""

    name: str
    description: str
    types: tuple[str, ...]
    organs: tuple[OrganOf, ...]

    @property
    def compartments(self) -> dict[str, dict[str, Any]]:
        """Compartments of each organ."""
        return self.organs[0].compartments

    @property
    def processes(self) -> dict[str, dict[str, Any]]:
        """Processes of each organ, by key."""
        return self.organs[0].processes

    @property
    def effects(self) -> dict[str, dict[str, Any]]:
        """Effects of each organ."""
        return self.organs[0].effects


@dataclass(frozen=True)
class End:
    """Where a process begins or ends: a compartment of an organ, or of the model."""

    organ: str  # "" for the model
    compartment: str
    connection: str = ""  # the name under which the process knows it

    @property
    def full_name(self) -> str:
        """Name with the organ: ``kidney.vascular``."""
        return f"{self.organ}.{self.compartment}" if self.organ else self.compartment


@dataclass(frozen=True)
class Flux:
    """One process in one organ (or in the model), from one compartment to another."""

    key: str
    process: dict[str, Any]
    organ: OrganOf | None
    source: End | None
    target: End | None


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

    @property
    def latex(self) -> str:
        """LaTeX, one term per line when there are several."""
        shown = [
            signed([(t.sign, t.shown)]).latex if k == 0 or t.sign < 0 else f"+ {_latex(t)}"
            for k, t in enumerate(self.terms)
        ]
        if len(shown) < 2:
            return f"{self.left.latex} = {''.join(shown) or '0'}"
        lines = " \\\\\n".join(f"& {line}" for line in shown)
        return rf"\begin{{aligned}} {self.left.latex} = {{}}{lines} \end{{aligned}}"


def _latex(term: Term) -> str:
    return signed([(1, number(0)), (1, term.shown)]).latex.removeprefix("0 + ")


class ModelParts:
    """The structure of a model with organ types instantiated, as its compiler does."""

    def __init__(self, parts: dict[str, Any]) -> None:
        self.parts = parts
        self.types: dict[str, dict[str, Any]] = {t["name"]: t for t in parts["organ_types"]}
        self.compartments = {c["name"]: c for c in parts["compartments"]}
        self.parameters = {p["name"]: p for p in parts["parameters"]}
        self.organs = [self._organ(o) for o in parts["organs"]]
        self.organs += [self._lesions(t) for t in parts["organ_types"] if t["lesion"]]
        self.by_name = {organ.name: organ for organ in self.organs}
        self.structures = list(self._structures())
        self.fluxes = list(self._fluxes())

    def lineage(self, name: str) -> list[dict[str, Any]]:
        """Return a type after those it extends."""
        chain = []
        while name in self.types:
            chain.append(self.types[name])
            name = self.types[name]["extends"]
        return chain[::-1]

    def _organ(self, organ: dict[str, Any], lesion: bool = False) -> OrganOf:
        layers = [*self.lineage(organ["type"]), organ]
        named = {
            key: {item["name"]: item for layer in layers for item in layer.get(key, [])}
            for key in ("parameters", "compartments", "effects")
        }
        processes = {
            f"{layer['name']}/{k}": process
            for layer in layers
            for k, process in enumerate(layer.get("processes", []))
        }
        return OrganOf(
            name=organ["name"],
            type=organ["type"],
            lesion=lesion,
            only=organ.get("only", ""),
            groups=tuple(g for layer in layers for g in layer["groups"]),
            connections={k: v for layer in layers for k, v in layer["connections"].items()},
            processes=processes,
            **named,
        )

    def _lesions(self, kind: dict[str, Any]) -> OrganOf:
        nothing = {"name": kind["name"], "type": kind["name"], "groups": [], "connections": {}}
        return self._organ(nothing, lesion=True)

    def _structures(self) -> Iterator[Structure]:
        alike: dict[tuple[Any, ...], list[OrganOf]] = {}
        for organ in self.organs:
            key = (tuple(organ.compartments), tuple(organ.processes), tuple(organ.effects))
            alike.setdefault(key, []).append(organ)
        for organs in alike.values():
            types = tuple(dict.fromkeys(o.type for o in organs))
            name = next((t for t in self.types if t in types), types[0])
            yield Structure(name, self.types[name]["description"], types, tuple(organs))

    def structure_of(self, organ: str) -> Structure:
        """Return the structure an organ has."""
        return next(s for s in self.structures if any(o.name == organ for o in s.organs))

    def place(self, name: str, organ: OrganOf | None) -> End:
        """Resolve a compartment as the compiler does: own, by connection, in full."""
        if organ and name in organ.compartments:
            return End(organ.name, name)
        if organ and name in organ.connections:
            end = self.place(organ.connections[name], None)
            return End(end.organ, end.compartment, name)
        owner, dot, compartment = name.partition(".")
        return End(owner, compartment) if dot else End("", name)

    def substance(self, end: End) -> str:
        """Return what a compartment holds."""
        owner = self.by_name[end.organ].compartments if end.organ else self.compartments
        return str(owner[end.compartment]["substance"])

    def _fluxes(self) -> Iterator[Flux]:
        def ends(process: dict[str, Any], organ: OrganOf | None) -> list[End | None]:
            return [self.place(process[k], organ) if process[k] else None for k in ("from", "to")]

        for k, process in enumerate(self.parts["processes"]):
            yield Flux(f"/{k}", process, None, *ends(process, None))
        for organ in self.organs:
            for key, process in organ.processes.items():
                yield Flux(key, process, organ, *ends(process, organ))


@dataclass(frozen=True)
class Writer:
    """Writes rate laws of one scope: within an organ, for a named organ, or under a sum."""

    parts: ModelParts
    organ: OrganOf | None  # whose names are meant; None in the scope of the model
    index: tuple[Notation, ...] = ()  # of everything that belongs to the organ
    common: bool = True  # whether connections lead to the same compartment in all organs meant

    def parameter(self, name: str) -> Notation:
        """Write a parameter: ``k_release`` as k with an index, others in words."""
        owner, dot, own = name.partition(".")
        if dot and owner == "ligand":
            return _named(own, (THIS_LIGAND,))
        if dot:
            return _named(own, (word(owner),))
        mine = self.organ is not None and name in self.organ.parameters
        return _named(name, self.index if mine else ())

    def group_sum(self, name: str) -> Notation:
        """Write a sum of a parameter over the organs of a group."""
        group, _, parameter = name.partition(".")
        return sum_over(relation(ANY_ORGAN, r"\in", word(group)), _named(parameter, (ANY_ORGAN,)))

    def formula(self, formula: dict[str, Any]) -> Notation:
        """Write a formula."""
        return of_formula(formula["tree"], self.parameter, self.group_sum)

    def of(self, symbol: str, place: str, *indices: Notation) -> Notation:
        """Write an amount N or a concentration c of a compartment."""
        end = self.parts.place(place, self.organ)
        if end.connection and not self.common:
            return with_index(letter(symbol), word(place), *self.index, *indices)
        if self.organ and end.organ == self.organ.name and not end.connection:
            return with_index(letter(symbol), word(end.compartment), *self.index, *indices)
        owner = (word(end.organ),) if end.organ else ()
        return with_index(letter(symbol), word(end.compartment), *owner, *indices)

    def over_ligands(self, symbol: str, place: str) -> Notation:
        """Write a sum over all ligands; receptors have none to sum over."""
        if self.parts.substance(self.parts.place(place, self.organ)) == RECEPTOR:
            return self.of(symbol, place)
        return sum_over(ANY_LIGAND, self.of(symbol, place, ANY_LIGAND))

    def effect(self, name: str) -> Notation:
        """Write the factor by which an effect multiplies a rate."""
        mine = self.organ is not None and name in self.organ.effects
        return with_index(letter("E"), word(name), *(self.index if mine else ()))

    def effect_definition(self, effect: dict[str, Any]) -> Notation:
        """Write what an effect is."""
        s = signed([(1, self.over_ligands("c", place)) for place in effect["by"]])
        half = self.formula(effect["half"])
        if effect["kind"] == "saturates":
            right = fraction(number(1), signed([(1, number(1)), (1, fraction(s, half))]))
        else:
            if effect["hill"]:
                hill = self.formula(effect["hill"])
                s, half = power(s, hill), power(half, hill)
            share = fraction(s, signed([(1, half), (1, s)]))
            change = times(self.formula(effect["maximum"]), share)
            right = signed([(1, number(1)), (-1 if effect["kind"] == "inhibits" else 1, change)])
        return relation(self.effect(effect["name"]), "=", right)

    def law(self, process: dict[str, Any]) -> Notation:
        """Write the amount a process moves per time."""
        kind = process["kind"]
        if kind == "binding":
            return self._binding(process)
        rate = self.formula(process["rate"])
        if kind == "exchange":
            ends = [(1, self.of("c", process["from"])), (-1, self.of("c", process["to"]))]
            return times(rate, signed(ends))
        driver = process["driven_by"] or process["from"]
        symbol = "N" if kind == "transfer" else "c"
        ends_hold = {
            self.parts.substance(self.parts.place(process[k], self.organ))
            for k in ("from", "to")
            if process[k]
        }
        of_driver = (
            self.over_ligands(symbol, driver)
            if ends_hold == {RECEPTOR}
            else self.of(symbol, driver)
        )
        return times(*(self.effect(e) for e in process["effects"]), rate, of_driver)

    def _binding(self, process: dict[str, Any]) -> Notation:
        free = signed(
            [
                (1, self.formula(process["receptors"])),
                (-1, self.over_ligands("N", process["to"])),
                *((-1, self.over_ligands("N", place)) for place in process["unavailable"]),
            ]
        )
        binds = times(self.formula(process["k_on"]), self.of("c", process["from"]), free)
        leaves = times(self.formula(process["k_off"]), self.of("N", process["to"]))
        return signed([(1, binds), (-1, leaves)])


def _named(name: str, index: tuple[Notation, ...]) -> Notation:
    if name.startswith("k_") and len(name) > 2:
        return with_index(letter("k"), word(name[2:]), *index)
    return with_index(word(name), *index)


def writer_of(parts: ModelParts, structure: Structure, place_names: Sequence[str] = ()) -> Writer:
    """Return the writer for equations that hold in every organ of a structure."""
    targets = {
        tuple(parts.place(name, organ).full_name for name in place_names if name)
        for organ in structure.organs
        if place_names
    }
    own = all(name in structure.compartments for name in place_names if name)
    return Writer(parts, structure.organs[0], common=own or len(targets) <= 1)


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
