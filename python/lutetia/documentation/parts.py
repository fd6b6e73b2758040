"""What a model consists of, with organ types passed on to the organs that are of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any


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
