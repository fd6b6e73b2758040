"""A reaction network as an SBML document."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from functools import cache
from importlib import import_module
from typing import Any

from lutetia.errors import InternalError
from lutetia.sbml.identifiers import Identifiers, plain
from lutetia.sbml.laws import Laws
from lutetia.sbml.notes import body, origin
from lutetia.sbml.units import ACTIVITY, AMOUNT, TIME, VOLUME, Units

LEVEL, VERSION = 3, 2


@cache
def libsbml() -> Any:
    """Import libSBML when it is needed.

    Raises
    ------
    ImportError
        If it is not installed.
    """
    try:
        with warnings.catch_warnings():
            # Its start crashes where its own deprecation warnings are errors.
            warnings.simplefilter("ignore")
            return import_module("libsbml")
    except ImportError as error:
        raise ImportError(
            "SBML needs the package python-libsbml; hint: pip install 'lutetia[sbml]'"
        ) from error


def write_document(
    network: dict[str, Any], name: str, notes: str, *, observables: bool = True
) -> Any:
    """Return the document of a reaction network.

    Parameters
    ----------
    network
        As the core describes it.
    name
        Of the model.
    notes
        XHTML body.
    observables
        With the activity of every region.

    Returns
    -------
    libsbml.SBMLDocument
    """
    document = libsbml().SBMLDocument(LEVEL, VERSION)
    _Writer(document.createModel(), network).write(name, notes, observables)
    return document


class _Writer:
    """Writes the lists of a model in the order in which the schema has them."""

    def __init__(self, model: Any, network: dict[str, Any]) -> None:
        self._sbml = libsbml()
        self._model, self._network = model, network
        self._ids = Identifiers(network, self._sbml)
        self._laws = Laws(network, self._ids)
        self._units = Units(model, self._sbml)

    def write(self, name: str, notes: str, observables: bool) -> None:
        model = self._model
        model.setId(plain(name))
        model.setName(name)
        model.setNotes(notes)
        model.setTimeUnits(self._units(TIME))
        model.setSubstanceUnits(self._units(AMOUNT))
        model.setExtentUnits(self._units(AMOUNT))
        model.setVolumeUnits(self._units(VOLUME))
        self._compartments()
        self._species()
        self._quantities()
        self._pools()
        self._effects()
        self._reactions()
        self._events()
        if observables:
            self._observables()

    def _math(self, formula: str) -> Any:
        settings = self._sbml.L3ParserSettings()
        settings.setModel(self._model)
        node = self._sbml.parseL3FormulaWithSettings(formula, settings)
        if node is None:
            raise InternalError(f"no formula: {formula}: {self._sbml.getLastParseL3Error()}")
        return node

    def _compartments(self) -> None:
        used = {s["compartment"] for s in self._network["species"]}
        first = self._network["phase"]
        for i, c in enumerate(self._network["compartments"]):
            if i in used:
                volume = c["volume"]
                size = volume[first] if volume else 1.0
                changes = len(set(volume)) > 1
                self._compartment(self._ids.compartments[i], c["name"], size, changes, bool(volume))
        self._compartment(self._ids.bookkeeping, "bags and decayed label", 1.0, False, False)

    def _compartment(self, id_: str, name: str, size: float, changes: bool, real: bool) -> None:
        c = self._model.createCompartment()
        c.setId(id_)
        c.setName(name)
        c.setSpatialDimensions(3)
        c.setSize(size)
        c.setUnits(self._units(VOLUME))
        c.setConstant(not changes)
        if not real:
            c.setNotes(body(["Holds an amount; its size stands in no law."]))

    def _species(self) -> None:
        for i, s in enumerate(self._network["species"]):
            if s["infusion_rate"]:
                self._parameter(
                    self._ids.species[i], s["name"], 0.0, self._units((-1, 0, 0, 1)), constant=False
                )
                continue
            out = self._model.createSpecies()
            out.setId(self._ids.species[i])
            out.setName(s["name"])
            at = s["compartment"]
            out.setCompartment(self._ids.compartments[at] if at >= 0 else self._ids.bookkeeping)
            out.setInitialAmount(0.0)
            out.setSubstanceUnits(self._units(AMOUNT))
            out.setHasOnlySubstanceUnits(True)
            out.setBoundaryCondition(False)
            out.setConstant(False)

    def _parameter(
        self, id_: str, name: str, value: float | None, unit: str, *, constant: bool
    ) -> Any:
        p = self._model.createParameter()
        p.setId(id_)
        p.setName(name)
        if value is not None:
            p.setValue(value)
        p.setUnits(unit)
        p.setConstant(constant)
        return p

    def _quantities(self) -> None:
        first = self._network["phase"]
        for i, q in enumerate(self._network["quantities"]):
            p = self._parameter(
                self._ids.quantities[i],
                q["name"],
                q["values"][first],
                self._units(q["exponents"]),
                constant=len(set(q["values"])) == 1,
            )
            if about := origin(q):
                p.setNotes(body([about]))
        start = self._parameter(
            self._ids.clock_start, "course time at SBML time zero", self._network["start"],
            self._units(TIME), constant=True,
        )  # fmt: skip
        start.setNotes(body(["Stands in no law."]))

    def _rule(self, id_: str, name: str, unit: Sequence[int], formula: str) -> None:
        """Write a parameter that follows a formula."""
        self._parameter(id_, name, None, self._units(unit), constant=False)
        rule = self._model.createAssignmentRule()
        rule.setVariable(id_)
        rule.setMath(self._math(formula))

    def _pools(self) -> None:
        for id_, pool in zip(self._ids.pools, self._network["pools"], strict=True):
            self._rule(id_, pool["name"], AMOUNT, self._laws.free_receptors(pool))

    def _effects(self) -> None:
        for i, effect in enumerate(self._network["effects"]):
            if not effect["species"]:
                continue  # nobody is given what it follows: no law names it
            s = self._ids.concentrations[i]
            name = f"concentration of {effect['name']}"
            self._rule(s, name, (0, -3, 0, 1), self._laws.concentration(effect))
            self._rule(self._ids.effects[i], effect["name"], (), self._laws.effect(effect, s))

    def _reactions(self) -> None:
        rates: dict[int, list[str]] = {}
        species = self._network["species"]
        for i, r in enumerate(self._network["reactions"]):
            law = self._laws.flux(r)
            if r["from"] >= 0 and species[r["from"]]["infusion_rate"]:
                rates.setdefault(r["from"], []).append(law)
                continue
            out = self._model.createReaction()
            out.setId(self._ids.reactions[i])
            out.setName(r["name"])
            out.setReversible(r["dissociation"] >= 0)
            for at, create in ((r["from"], out.createReactant), (r["to"], out.createProduct)):
                if at >= 0:
                    reference = create()
                    reference.setSpecies(self._ids.species[at])
                    reference.setStoichiometry(1.0)
                    reference.setConstant(True)
            for at in self._laws.read_by(r):
                if at not in (r["from"], r["to"]) and not species[at]["infusion_rate"]:
                    out.createModifier().setSpecies(self._ids.species[at])
            out.createKineticLaw().setMath(self._math(law))
        for at, laws in rates.items():
            rule = self._model.createRateRule()
            rule.setVariable(self._ids.species[at])
            rule.setMath(self._math("-(" + " + ".join(laws) + ")"))

    def _events(self) -> None:
        phase = self._network["phase"]
        for id_, e in zip(self._ids.events, self._network["events"], strict=True):
            assigned = {
                self._ids.species[a["species"]]: self._laws.assignment(a) for a in e["assignments"]
            }
            assigned |= self._changes(phase, e["phase"])
            phase = e["phase"]
            if not assigned:
                continue  # a stop for other reasons
            event = self._model.createEvent()
            event.setId(id_)
            event.setName(e["name"])
            event.setUseValuesFromTriggerTime(True)
            trigger = event.createTrigger()
            trigger.setPersistent(True)
            trigger.setInitialValue(False)  # so that what happens at time zero happens
            since = e["time"] - self._network["start"]
            trigger.setMath(self._math(f"time >= {since!r} h"))
            for variable, formula in assigned.items():
                assignment = event.createEventAssignment()
                assignment.setVariable(variable)
                assignment.setMath(self._math(formula))

    def _changes(self, before: int, after: int) -> dict[str, str]:
        """Parameters and volumes that have other values in another phase."""
        out = {}
        for id_, q in zip(self._ids.quantities, self._network["quantities"], strict=True):
            if q["values"][before] != q["values"][after]:
                out[id_] = f"{q['values'][after]!r} {self._units(q['exponents'])}"
        used = {s["compartment"] for s in self._network["species"]}
        for i, c in enumerate(self._network["compartments"]):
            if i in used and c["volume"] and c["volume"][before] != c["volume"][after]:
                out[self._ids.compartments[i]] = f"{c['volume'][after]!r} {self._units(VOLUME)}"
        return out

    def _observables(self) -> None:
        constant = self._network["activity_per_decay_rate"]
        self._parameter(
            self._ids.activity_per_decay_rate, "activity per decay rate", constant,
            self._units((1, 0, 0, -1, 1)), constant=True,
        )  # fmt: skip
        for id_, region in zip(self._ids.observables, self._network["regions"], strict=True):
            if formula := self._laws.activity(region):
                self._rule(id_, f"activity of {region['name']}", ACTIVITY, formula)
