"""The course all solvers integrate, what is asked of them, and how an answer is judged."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

import lutetia as lt
from lutetia import _core
from lutetia.data import shipped
from lutetia.run import simulate_core
from lutetia.sbml.export import document_text
from lutetia.sbml.identifiers import Identifiers
from lutetia.sbml.writer import libsbml

CASE = "netter1_reference"
LEFT_OUT = (
    "rest",
    "serum",
    "whole_body",
    "urine",
)  # 20 regions remain, as in the compiled benchmark
REFERENCE_RTOL = 1e-11
ABSOLUTE = 1e-3  # absolute tolerance over rtol and amount given, as everywhere in lutetia


@dataclass(frozen=True)
class Course:
    """Four cycles of the reference patient as a reaction network, with outputs and tolerances."""

    network: dict[str, Any]
    document: str  # SBML, the laws alone
    document_with_integrals: str  # with time-integrated activities as further states
    ids: Identifiers
    times: np.ndarray  # of outputs [h since the start of the clock]
    cycle_marks: np.ndarray  # positions in `times` of cycle starts and end
    regions: list[str]
    sums: np.ndarray  # shape (regions, species): amounts to activities [MBq/nmol]
    scale: np.ndarray  # amount given of the form of each species [nmol]
    reference: np.ndarray = field(repr=False)  # activity, shape (times, regions) [MBq]
    reference_tia: np.ndarray = field(repr=False)  # shape (regions, cycles) [MBq·h]

    @property
    def absolute(self) -> np.ndarray:
        """Absolute tolerance of each species over rtol [nmol]."""
        return ABSOLUTE * self.scale

    def peak_error(self, activity: np.ndarray) -> float:
        """Largest deviation of an activity, shape (times, regions), over the peak of its region."""
        return float((np.abs(activity - self.reference).max(0) / self.reference.max(0)).max())

    def cumulated_error(self, integrals: np.ndarray) -> float:
        """Largest relative deviation of a time-integrated activity.

        Parameters
        ----------
        integrals
            From the start of the clock to each output, shape (times, regions) [MBq·h].
        """
        tia = np.diff(integrals[self.cycle_marks], axis=0).T
        return float(np.abs(tia / self.reference_tia - 1.0).max())


def reference_course() -> Course:
    """Read the course and solve it tightly."""
    library, case = shipped(), lt.read_case(CASE)
    arguments = (library, case.model, case.patients[0], case.regimen)
    network = _core.reaction_network(*arguments, case.request)
    ids = Identifiers(network, libsbml())
    run = simulate_case(case, REFERENCE_RTOL)
    regions = [str(r) for r in run.activity.region.values if r not in LEFT_OUT]
    assert len(regions) == 20
    times = run.activity.time.values - network["start"]
    marks = np.append(run.data["cycle_start"].values - network["start"], times[-1])
    sums = np.zeros((len(regions), len(ids.species)))
    compartments = {r["name"]: set(r["compartments"]) for r in network["regions"]}
    for i, s in enumerate(network["species"]):
        constant = network["decay_constants"][s["form"]]
        if constant < 0:
            continue
        decay = network["quantities"][constant]["values"][0]
        for r, region in enumerate(regions):
            if s["compartment"] in compartments[region]:
                sums[r, i] = decay * network["activity_per_decay_rate"]
    given = np.zeros(len(network["forms"]))
    for event in network["events"]:
        for a in event["assignments"]:
            if not network["species"][a["species"]]["infusion_rate"]:
                given[network["species"][a["species"]]["form"]] += a["constant"]
    tia = run.data["time_integrated_activity"].isel(nuclide=0)
    return Course(
        network=network,
        document=document_text(*arguments, case.request, observables=False),
        document_with_integrals=_with_integrals(
            document_text(*arguments, case.request, observables=True), regions
        ),
        ids=ids,
        times=times,
        cycle_marks=np.searchsorted(times, marks),
        regions=regions,
        sums=sums,
        scale=given[[s["form"] for s in network["species"]]],
        reference=run.activity.sel(region=regions).transpose("time", "region").values,
        reference_tia=tia.sel(region=regions).transpose("region", "cycle").values,
    )


def simulate_case(case: Any, rtol: float) -> lt.Run:
    """Run a case that has been read at another tolerance."""
    request = _core.RunRequest(case.request)
    options = request.options
    options.rtol = rtol
    request.options = options
    return simulate_core(shipped(), case.model, case.patients[0], case.regimen, request)


def _with_integrals(text: str, regions: list[str]) -> str:
    sbml = libsbml()
    document = sbml.readSBMLFromString(text)
    model = document.getModel()
    for region in regions:
        integral = model.createParameter()
        integral.setId(f"cumulated__{region}")
        integral.setValue(0.0)
        integral.setConstant(False)
        rule = model.createRateRule()
        rule.setVariable(integral.getId())
        rule.setMath(sbml.parseL3Formula(f"activity__{region}"))
    return str(sbml.writeSBMLToString(document))
