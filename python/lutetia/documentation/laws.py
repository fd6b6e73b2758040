"""Rate laws and effects of a model in mathematical notation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lutetia.documentation.notation import (
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
    times,
    with_index,
    word,
)
from lutetia.documentation.parts import ModelParts, OrganOf, Structure

RECEPTOR = "receptor"
ANY_ORGAN = letter("o")
ANY_LIGAND = letter("j")
THIS_LIGAND = greek(r"\ell", "&#x2113;")


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


def writer_of(parts: ModelParts, structure: Structure, place_names: Sequence[str]) -> Writer:
    """Return the writer for equations that hold in every organ of a structure."""
    targets = {
        tuple(parts.place(name, organ).full_name for name in place_names if name)
        for organ in structure.organs
    }
    own = all(name in structure.compartments for name in place_names if name)
    return Writer(parts, structure.organs[0], common=own or len(targets) <= 1)
