"""Random models, patients and regimens for hypothesis.

Models are made of pieces that cannot make an amount negative by themselves: an uptake driven by
another compartment takes a part of what the same compartment just brought.
"""

from typing import Any

from hypothesis import strategies as st

Document = dict[str, Any]

PEPTIDES = ["dotatate", "dotatoc"]
NUCLIDES = {"Lu-177": "5 GBq", "Ga-68": "100 MBq"}


@st.composite
def logarithmic(draw, low: float, high: float, unit: str) -> str:
    """Draw a quantity spread evenly over its decades, with three digits."""
    return f"{low * (high / low) ** draw(st.floats(0, 1)):.3g} {unit}"


class _Builder:
    """Collects the parts of a model; every number becomes a named parameter."""

    def __init__(self, draw) -> None:
        self.draw = draw
        self.parameters: Document = {"acid_volume": "20 L"}
        self.compartments: Document = {"out": {"outside": True}}
        self.processes: list[Document] = []
        self.effects: Document = {}

    def number(self, low: float, high: float, unit: str) -> str:
        name = f"p{len(self.parameters)}"
        self.parameters[name] = self.draw(logarithmic(low, high, unit))
        return name

    def rate(self) -> str:
        return self.number(1e-3, 10, "1/h")

    def flow(self) -> str:
        return self.number(0.05, 20, "L/h")

    def some_effects(self) -> Document:
        names = st.lists(st.sampled_from(sorted(self.effects)), max_size=2, unique=True)
        chosen = self.draw(names) if self.effects else []
        return {"effects": chosen} if chosen else {}

    def effect(self, by: list[str]) -> None:
        kind = self.draw(st.sampled_from(["inhibited_by", "stimulated_by", "saturated_by"]))
        out: Document = {
            kind: self.draw(st.sampled_from(by)),
            "half": self.number(0.1, 100, "nmol/L"),
        }
        if kind != "saturated_by":
            out["maximum"] = self.number(0.01, 1, "")
            if self.draw(st.booleans()):
                out["hill"] = self.number(1, 4, "")
        self.effects[f"effect{len(self.effects)}"] = out

    def process(self, names: list[str]) -> None:
        kinds = ["transfer", "clearance", "exchange", "perfusion", "binding", "driven"]
        kind = self.draw(st.sampled_from(kinds))
        a, b = self.draw(st.permutations(names))[:2]
        getattr(self, f"_{kind}")(a, b)

    def _add(self, kind: str, **keys: Any) -> None:
        keys["name"] = f"{kind} {len(self.processes)}"
        self.processes.append({kind: keys})

    def _transfer(self, a: str, b: str) -> None:
        self._add("transfer", **{"from": a, "to": b, "rate": self.rate()}, **self.some_effects())

    def _clearance(self, a: str, b: str) -> None:
        to = self.draw(st.sampled_from([b, "out"]))
        self._add(
            "clearance", **{"from": a, "to": to, "clearance": self.flow()}, **self.some_effects()
        )

    def _exchange(self, a: str, b: str) -> None:
        self._add("exchange", between=[a, b], permeability_surface=self.flow())

    def _perfusion(self, a: str, b: str) -> None:
        flow = self.flow()
        self._add("perfusion", **{"from": a, "to": b, "flow": flow})
        self._add("perfusion", **{"from": b, "to": a, "flow": flow})

    def _driven(self, a: str, b: str) -> None:
        flow, share, kept = (
            self.flow(),
            self.number(0.01, 0.99, ""),
            f"kept{len(self.compartments)}",
        )
        self.compartments[kept] = {}
        slowing = [n for n, e in self.effects.items() if "stimulated_by" not in e]
        chosen = {"effects": slowing[:1]} if slowing and self.draw(st.booleans()) else {}
        self._add("clearance", **{"from": a, "to": b, "clearance": flow})
        self._add(
            "clearance",
            **{"from": b, "to": kept, "driven_by": a, "clearance": f"{share} * {flow}"},
            **chosen,
        )
        self._add("transfer", **{"from": kept, "to": "out", "rate": self.rate()})

    def _binding(self, a: str, _: str) -> None:
        n = len(self.compartments)
        bound, inside, hidden = f"bound{n}", f"inside{n}", f"hidden{n}"
        internalization = self.rate()
        self.compartments |= {bound: {}, inside: {}}
        keys = {
            "from": a,
            "to": bound,
            "receptors": self.number(0.1, 100, "nmol"),
            "k_on": "ligand.k_on"
            if self.draw(st.booleans())
            else self.number(0.1, 100, "L/nmol/h"),
            "k_off": "ligand.k_on * ligand.k_d",
        }
        if self.draw(st.booleans()):
            self.compartments[hidden] = {"substance": "receptor"}
            keys["unavailable"] = hidden
            self._add("transfer", driven_by=bound, to=hidden, rate=internalization)
            self._add("transfer", **{"from": hidden, "rate": self.rate()})
        self._add("binding", **keys)
        self._add("transfer", **{"from": bound, "to": inside, "rate": internalization})
        self._add("transfer", **{"from": inside, "to": "out", "rate": self.rate()})


@st.composite
def models(draw) -> Document:
    """Draw a small model of any structure; `amino` says whether it holds amino acids."""
    b = _Builder(draw)
    names = [f"c{i}" for i in range(draw(st.integers(2, 6)))]
    b.compartments |= {name: {"volume": b.number(0.1, 20, "L")} for name in names}
    amino = draw(st.booleans())
    if amino:
        b.compartments["acids"] = {"volume": "acid_volume", "substance": "amino_acid"}
        b.compartments["acids_out"] = {"outside": True, "substance": "amino_acid"}
        b._add("transfer", **{"from": "acids", "to": "acids_out", "rate": b.rate()})
    for _ in range(draw(st.integers(0, 3))):
        b.effect([*names, "acids"] if amino else names)
    for _ in range(draw(st.integers(1, 7))):
        b.process(names)
    out: Document = {
        "lutetia": 1,
        "model": "random",
        "routes": {"intravenous": ["c0", "acids"] if amino else "c0"},
        "parameters": b.parameters,
        "compartments": b.compartments,
        "processes": b.processes,
        "observables": {
            "all": {"compartments": ["*"]},
            "some": {"compartments": draw(st.lists(st.sampled_from(names), min_size=1))},
        },
    }
    if b.effects:
        out["effects"] = b.effects
    organs = draw(st.integers(0, 3))
    if organs:
        out["organ_types"] = {
            "plain": {
                "connections": {"supply": "c0", "drain": "c1"},
                "groups": ["organs"],
                "parameters": {"size": "1 L", "stream": {"formula": "flow_density * size"}},
                "compartments": {"blood": {"volume": "size"}},
                "processes": [
                    {"clearance": {"from": "supply", "to": "blood", "clearance": "stream"}},
                    {"clearance": {"from": "blood", "to": "drain", "clearance": "stream"}},
                ],
            },
            "saturable": {
                "extends": "plain",
                "compartments": {"kept": {}},
                "effects": {"slower": {"saturated_by": "blood", "half": "half"}},
                "processes": [
                    {"transfer": {"from": "blood", "to": "kept", "rate": "k", "effects": "slower"}}
                ],
                "parameters": {
                    "half": draw(logarithmic(0.1, 100, "nmol/L")),
                    "k": draw(logarithmic(1e-3, 10, "1/h")),
                },
            },
        }
        b.parameters["flow_density"] = "3 1/h"
        out["organs"] = {
            f"organ{i}": {
                "type": draw(st.sampled_from(["plain", "saturable"])),
                "parameters": {"size": draw(logarithmic(0.01, 5, "L"))},
            }
            for i in range(organs)
        }
        b.parameters["all_organs"] = {"formula": "sum(organs.size)"}
        out["observables"]["organ_blood"] = {"compartments": ["*.blood"], "volume": "all_organs"}
    return out


@st.composite
def administrations(
    draw, *, amino: bool, mixed: bool, routes: tuple[str, ...], places: list[str]
) -> Document:
    """Draw one administration of one of two peptides."""
    ligand = draw(st.sampled_from(PEPTIDES))
    out: Document = {"amount": draw(logarithmic(50, 500, "nmol"))}
    if draw(st.booleans()):
        out |= {"infusion": ligand, "duration": draw(logarithmic(1, 300, "min"))}
    else:
        out["bolus"] = ligand
    nuclide = draw(st.sampled_from([None, *NUCLIDES]))
    if nuclide:
        out |= {"nuclide": nuclide, "activity": NUCLIDES[nuclide]}
        out["infusate_decays"] = draw(st.booleans())
        if mixed and draw(st.booleans()):
            out["unlabeled_as"] = draw(st.sampled_from([*PEPTIDES, "octreotide"]))
    if amino and draw(st.booleans()):
        mix = {"mix": "lysine_arginine", "start": draw(st.sampled_from(["-30 min", "2 h"]))}
        out["amino_acids"] = draw(st.sampled_from(["lysine_arginine", mix]))
    if places and draw(st.booleans()):
        chosen = draw(st.lists(st.sampled_from(places), min_size=1, max_size=2, unique=True))
        out["split"] = {place: draw(st.sampled_from(["10 %", "50 %"])) for place in chosen}
    out["route"] = draw(st.sampled_from(routes))
    out["at"] = f"{draw(st.integers(0, 72))} h"
    return out


@st.composite
def regimens(
    draw, *, amino: bool, mixed=True, routes=("intravenous",), places=(), changeable=()
) -> Document:
    """Draw up to three administrations, and windows on what may change.

    Receptors must not be among it: with fewer receptors than are occupied the free ones are
    negative, and a label that arrives later follows them below zero.
    """
    one = administrations(amino=amino, mixed=mixed, routes=tuple(routes), places=list(places))
    out: Document = {"administrations": draw(st.lists(one, min_size=1, max_size=3)), "windows": []}
    for parameter in (
        draw(st.lists(st.sampled_from(list(changeable)), max_size=2)) if changeable else []
    ):
        start = draw(st.integers(-10, 80))
        out["windows"].append(
            {
                "parameter": parameter,
                "factor": draw(st.sampled_from([0.1, 0.5, 3])),
                "from": f"{start} h",
                "to": f"{start + draw(st.integers(1, 40))} h",
            }
        )
    return out


@st.composite
def patients(draw) -> Document:
    """Draw keywords of a whole-body patient; organs and GFR in ranges any body has room for."""
    sites = ["liver", "lymph_node", "bone", None]
    out: Document = {
        "sex": draw(st.sampled_from(["male", "female"])),
        "weight": f"{draw(st.integers(50, 110))} kg",
        "height": f"{draw(st.integers(150, 195))} cm",
        "gfr": f"{draw(st.integers(15, 140))} mL/min",
        "organs": {
            o: "absent" for o in draw(st.sets(st.sampled_from(["spleen", "adrenals", "heart"])))
        },
        "lesions": [
            {
                "name": f"lesion_{i}",
                "volume": draw(logarithmic(0.01, 300, "mL")),
                "site": draw(st.sampled_from(sites)),
                "type": draw(st.sampled_from(["net", "meningioma"])),
                "receptor_density": draw(st.sampled_from(["0 nmol/L", "5 nmol/L", "60 nmol/L"])),
            }
            for i in range(draw(st.integers(0, 8)))
        ],
    }
    if draw(st.booleans()):
        out |= {
            "gfr": "gfr_ckd_epi",
            "age": "60 year",
            "creatinine": draw(logarithmic(50, 400, "umol/L")),
        }
    if draw(st.booleans()):
        out["organs"]["kidney"] = draw(logarithmic(200, 450, "mL"))
    if draw(st.booleans()):
        term = {"term": "per_cycle_factor", "factor": draw(st.sampled_from([0, 0.8, 1.3]))}
        out["cycle_effects"] = [{"parameter": "lesions.k_release", **term}]
    return out
