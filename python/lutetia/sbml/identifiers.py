"""SBML identifiers for the parts of a reaction network."""

from __future__ import annotations

import re
from typing import Any


def plain(name: str) -> str:
    """Write a name with letters, digits and underscores alone.

    Examples
    --------
    >>> plain("dotatate[Lu-177]")
    'dotatate_Lu_177'
    """
    out = re.sub(r"[^0-9A-Za-z]+", "_", name).strip("_")
    return out if out and not out[0].isdigit() else "_" + out


class Identifiers:
    """One identifier for every part, in the order of the network's lists."""

    def __init__(self, network: dict[str, Any], sbml: Any) -> None:
        self._sbml = sbml
        self._taken: set[str] = set()
        forms = [form["name"] for form in network["forms"]]

        def of_form(part: dict[str, Any], name: str) -> str:
            return self.unique(f"{plain(forms[part['form']])}__{plain(name)}")

        self.compartments = [self.unique(plain(c["name"])) for c in network["compartments"]]
        self.bookkeeping = self.unique("bookkeeping")
        self.quantities = [self.unique(plain(q["name"])) for q in network["quantities"]]
        self.species = [
            of_form(s, s["name"].removeprefix(forms[s["form"]])) for s in network["species"]
        ]
        self.pools = [self.unique(plain(p["name"])) for p in network["pools"]]
        self.effects = [self.unique(plain(e["name"])) for e in network["effects"]]
        self.concentrations = [self.unique(f"concentration__{e}") for e in self.effects]
        self.reactions = [of_form(r, r["name"] + _end(r, network)) for r in network["reactions"]]
        self.events = [self.unique(f"event_{i}") for i in range(1, len(network["events"]) + 1)]
        self.observables = [
            self.unique(f"activity__{plain(region['name'])}") for region in network["regions"]
        ]
        self.clock_start = self.unique("clock_start")
        self.activity_per_decay_rate = self.unique("activity_per_decay_rate")

    def unique(self, wanted: str) -> str:
        """Return the wanted identifier, with a number if another part has it."""
        name, n = wanted, 2
        while name in self._taken or self._is_word_of_sbml(name):
            name, n = f"{wanted}_{n}", n + 1
        self._taken.add(name)
        return name

    def _is_word_of_sbml(self, name: str) -> bool:
        """Whether formulas read a name as something else, such as ``time`` or ``pi``."""
        return bool(self._sbml.parseL3Formula(name).getType() != self._sbml.AST_NAME)


def _end(reaction: dict[str, Any], network: dict[str, Any]) -> str:
    """Where a reaction leads, or begins, when its name alone would not tell."""
    same = [
        r
        for r in network["reactions"]
        if r["name"] == reaction["name"] and r["form"] == reaction["form"]
    ]
    if len(same) == 1:
        return ""
    species = network["species"]
    prefix = network["forms"][reaction["form"]]["name"]
    begin, to = reaction["from"], reaction["to"]
    # Decay leads to one place from many, everything else from one to many.
    if len({r["to"] for r in same}) == len(same):
        return " to " + str(species[to]["name"]).removeprefix(prefix)
    return " of " + str(species[begin]["name"]).removeprefix(prefix)
