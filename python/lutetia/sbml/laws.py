"""Kinetic laws, rules and events of a reaction network as formulas of SBML."""

from __future__ import annotations

from typing import Any

from lutetia.sbml.identifiers import Identifiers

ONE = "1 dimensionless"


class Laws:
    """Formulas written with the identifiers of a network."""

    def __init__(self, network: dict[str, Any], ids: Identifiers) -> None:
        self._network, self._ids = network, ids

    def flux(self, reaction: dict[str, Any]) -> str:
        """Amount per time from reactant to product [nmol/h]."""
        ids = self._ids
        factors = [ids.quantities[reaction["rate"]]] if reaction["rate"] >= 0 else []
        if reaction["pool"] >= 0:
            factors.append(ids.pools[reaction["pool"]])
        factors.append(ids.species[reaction["driver"]])
        law = " * ".join(factors)
        if reaction["per_volume"]:
            law += " / " + self._compartment_of(reaction["driver"])
        law = " * ".join([law, *(ids.effects[e] for e in reaction["effects"])])
        if reaction["dissociation"] >= 0:
            law += f" - {ids.quantities[reaction['dissociation']]} * {ids.species[reaction['to']]}"
        return law

    def read_by(self, reaction: dict[str, Any]) -> list[int]:
        """Species whose amounts stand in the law of a reaction."""
        return [
            reaction["driver"],
            *([reaction["to"]] if reaction["dissociation"] >= 0 else []),
        ]

    def free_receptors(self, pool: dict[str, Any]) -> str:
        """Receptors that can bind [nmol]."""
        taken = "".join(f" - {self._ids.species[s]}" for s in pool["taken"])
        return f"{self._ids.quantities[pool['receptors']]}{taken}"

    def concentration(self, effect: dict[str, Any]) -> str:
        """Concentration an effect follows, of all its ligands together [nmol/L]."""
        return " + ".join(
            f"{self._ids.species[s]} / {self._compartment_of(s)}" for s in effect["species"]
        )

    def effect(self, effect: dict[str, Any], concentration: str) -> str:
        """Factor by which an effect multiplies rates."""
        half = self._ids.quantities[effect["half"]]
        saturation = f"{concentration} / ({half} + {concentration})"
        if effect["hill"] >= 0:
            # A power of an error just below zero is no number.
            power = f"(max({concentration}, 0 nmol_per_L) / {half})^{self._ids.quantities[effect['hill']]}"
            saturation = f"{power} / ({ONE} + {power})"
        if effect["maximum"] >= 0:
            saturation = f"{self._ids.quantities[effect['maximum']]} * {saturation}"
        return f"{ONE} {'+' if effect['stimulates'] else '-'} {saturation}"

    def activity(self, region: dict[str, Any]) -> str:
        """Activity in a region, all nuclides together [MBq]; "" when nothing in it decays."""
        inside = dict(region["parts"])
        parts = []
        for form, constant in enumerate(self._network["decay_constants"]):
            amounts = [
                self._part(self._ids.species[i], inside[s["compartment"]])
                for i, s in enumerate(self._network["species"])
                if s["form"] == form and s["compartment"] in inside
            ]
            if constant >= 0 and amounts:
                parts.append(f"{self._ids.quantities[constant]} * ({' + '.join(amounts)})")
        if not parts:
            return ""
        return f"{self._ids.activity_per_decay_rate} * ({' + '.join(parts)})"

    def _part(self, species: str, share: int) -> str:
        return species if share < 0 else f"{self._ids.quantities[share]} * {species}"

    def assignment(self, assignment: dict[str, Any]) -> str:
        """Value of a species after an event: constant + Σ factor·value before."""
        rate = self._network["species"][assignment["species"]]["infusion_rate"]
        unit = "nmol_per_h" if rate else "nmol"
        terms = [
            self._ids.species[s]
            if factor == 1.0
            else f"{factor!r} dimensionless * {self._ids.species[s]}"
            for s, factor in assignment["terms"]
        ]
        if assignment["constant"] or not terms:
            terms.append(f"{assignment['constant']!r} {unit}")
        return " + ".join(terms)

    def _compartment_of(self, species: int) -> str:
        at: int = self._network["species"][species]["compartment"]
        return self._ids.compartments[at]
