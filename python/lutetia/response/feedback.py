"""Tumors and kidneys that answer to a cycle change the next one: the mechanistic cycle effect.

What a cycle begins with depends on the cycles before it alone. So the course is run once per cycle, each time with the
factors of one more cycle known; the last run is exact, and every run is an ordinary one.
"""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import xarray as xr

from lutetia import _core
from lutetia.data import shipped
from lutetia.dosimetry.dose import DoseTable, absorbed_dose
from lutetia.errors import DataError
from lutetia.patient import Patient, patient_of, read_patient
from lutetia.prescription import Infusion, Regimen
from lutetia.radiobiology import TissueValues
from lutetia.response.kidney import gfr_course
from lutetia.response.tumor import Responses, TumorCourse, tumor_response
from lutetia.result import RESEARCH_ONLY, Run
from lutetia.run import model_of, simulate
from lutetia.units import Quantity

FEEDBACK = ("volume", "receptors", "gfr")


def simulate_with_response(
    model: str | _core.Model,
    patient: str | Patient,
    regimen: str | Regimen | Infusion | Sequence[Infusion],
    *,
    response: Responses = None,
    feedback: Sequence[str] = FEEDBACK,
    kidney: Mapping[str, Quantity] | None = None,
    tissues: TissueValues | str | None = None,
    convention: str = "s_values",
    library: _core.Library | None = None,
    **options: Any,
) -> ResponseRun:
    """Simulate a regimen in a patient whose lesions and kidneys change from cycle to cycle.

    At the start of each cycle the volume of a lesion is that of its viable and doomed cells, its receptor density
    that of the viable ones, χ·N/(N + M); flow, permeability, spaces and S value follow the volume as the model says.
    Filtration follows its course by BED. Within a cycle these stay constant in the kinetics. Drugs that raise the
    receptor density are windows of the regimen, radiosensitizers belong to `response`.

    Parameters
    ----------
    model, patient, regimen
        As in `simulate`.
    response
        What is assumed of the lesions, for all or by name; ``TumorResponse()`` when absent.
    feedback
        What acts on the next cycle: any of ``"volume"``, ``"receptors"``, ``"gfr"``; none of them leaves every cycle
        alike.
    kidney
        Numbers that replace those of ``normal_tissue/default``, as in `kidney_effect`.
    tissues, convention
        As in `biologically_effective_dose`.
    library
        Data to use; the shipped ones when absent.
    **options
        Further arguments of `simulate`.

    Returns
    -------
    ResponseRun

    Raises
    ------
    DataError
        If the patient already has a cycle effect on what the feedback changes, or a GFR that is computed.
    ModelError
        If the model does not know a parameter the feedback changes.
    ValueError
        If an option is unknown.

    References
    ----------
    Kletting et al. 2019, J Nucl Med 60:65, doi:10.2967/jnumed.118.210377.

    Examples
    --------
    >>> import lutetia as lt
    >>> course = lt.simulate_with_response("sstr2_whole_body", "reference_male", "netter1")
    >>> course.factors.loc[1].tolist()
    [1.0, 1.0, 1.0]
    >>> course.factors["tumor.receptor_density"].round(2).tolist()
    [1.0, 0.95, 0.95, 0.94]
    """
    library = library or shipped()
    unknown = [word for word in feedback if word not in FEEDBACK]
    if unknown or isinstance(feedback, str):
        raise ValueError(f"feedback must be some of {list(FEEDBACK)}, found {feedback!r}")
    if isinstance(patient, str):
        patient = read_patient(patient, library=library)
    names = [
        *(f"{lesion}.volume" for lesion in patient.lesions if "volume" in feedback),
        *(f"{lesion}.receptor_density" for lesion in patient.lesions if "receptors" in feedback),
        *(["gfr"] if "gfr" in feedback else []),
    ]
    _refuse_other_effects(patient, names)
    if "gfr" in feedback:
        _refuse_computed_gfr(patient)
    core_model = model_of(model, options.pop("modules", ()), library)
    run = simulate(core_model, patient, regimen, library=library, **options)
    starts = [float(t) for t in run.data["cycle_start"].values]
    factors = pd.DataFrame({name: [1.0] for name in names}, index=pd.Index([1], name="cycle"))
    for cycle in range(2, len(starts) + 1 if names else 2):
        start = starts[cycle - 1]
        course = tumor_response(
            run, response, times=[start], tissues=tissues, convention=convention, library=library
        )
        factors.loc[cycle] = _factors(run, course, names, start, kidney, tissues, convention)
        changed = _with_factors(patient, factors)
        run = simulate(core_model, changed, regimen, library=library, **options)
    if not names:
        factors = pd.DataFrame(index=pd.RangeIndex(1, len(starts) + 1, name="cycle"))
    times = sorted({*starts, *(float(t) for t in run.data["time"].values)})
    course = tumor_response(
        run, response, times=times, tissues=tissues, convention=convention, library=library
    )
    dose = absorbed_dose(run, convention=convention, library=library)
    return ResponseRun(run, course, factors, dose)


def _factors(
    run: Run,
    course: TumorCourse,
    names: Sequence[str],
    start: float,
    kidney: Mapping[str, Quantity] | None,
    tissues: TissueValues | str | None,
    convention: str,
) -> list[float]:
    """Factors at the start of a cycle, in the order of `names`."""
    volume = 1.0 + course.change.isel(time=0)
    receptors = (course.viable_share * course.data["receptor_factor"]).isel(time=0)
    out = []
    for name in names:
        lesion, _, parameter = name.partition(".")
        if name == "gfr":
            loss = gfr_course(
                run, [start], kidney, tissues=tissues, convention=convention, library=run.library
            )
            out.append(float(loss["factor"].values[0]))
        else:
            chosen = volume if parameter == "volume" else receptors
            out.append(float(chosen.sel(lesion=lesion)))
    return out


def _refuse_other_effects(patient: Patient, names: Sequence[str]) -> None:
    for effect in patient.document.get("cycle_effects") or []:
        parameter = str(effect["parameter"])
        _, _, last = parameter.rpartition(".")
        clash = [n for n in names if n == parameter or n.endswith(f".{last}")]
        if clash:
            raise DataError(
                f"the patient has a cycle effect on {parameter!r}, which the response sets as well; take it out or "
                "leave its part out of feedback"
            )


def _refuse_computed_gfr(patient: Patient) -> None:
    gfr = str(patient.document.get("gfr", ""))
    if gfr.isidentifier():
        raise DataError(
            f"the GFR of the patient is computed by {gfr!r}, so it cannot follow the cycles; give it as a number or "
            "leave 'gfr' out of feedback"
        )


def _with_factors(patient: Patient, factors: pd.DataFrame) -> Patient:
    """Give the patient a free factor for each cycle known so far."""
    effects = [
        {
            "parameter": name,
            "term": "free_per_cycle",
            "factors": [float(f) for f in factors[name]],
        }
        for name in factors
    ]
    others = patient.document.get("cycle_effects") or []
    return patient_of({**patient.document, "cycle_effects": [*others, *effects]})


class ResponseRun:
    """A run whose lesions and kidneys changed from cycle to cycle.

    Attributes
    ----------
    run : Run
        The run with all factors: an ordinary one with cycle effects.
    response : TumorCourse
        Lesions over time.
    factors : pandas.DataFrame
        Index cycle; one column for each parameter that followed the cycles, 1 in the first.
    cycles : pandas.DataFrame
        Index lesion, cycle; columns ``volume_mL``, ``viable_share`` and ``receptor_factor`` at its start,
        ``absorbed_dose_Gy`` of the run, and ``dose_ratio`` to the first cycle.
    dose : DoseTable
        Absorbed dose of the run.
    """

    def __init__(
        self,
        run: Run,
        response: TumorCourse,
        factors: pd.DataFrame,
        dose: DoseTable,
    ) -> None:
        self.run = run
        self.response = response
        self.factors = factors
        self.dose = dose
        at = response.data.sel(time=run.data["cycle_start"].values)
        share = response.viable_share.sel(time=run.data["cycle_start"].values)
        rows = []
        for lesion in run.lesions:
            doses = dose.table.loc[lesion].to_dict()
            volumes, shares = (
                at["volume"].sel(lesion=lesion).values,
                share.sel(lesion=lesion).values,
            )
            receptors = at["receptor_factor"].sel(lesion=lesion).values
            for i, cycle in enumerate(run.data["cycle"].values):
                gray = float(doses[f"cycle_{cycle}"])
                ratio = gray / float(doses["cycle_1"])
                rows.append((lesion, int(cycle), volumes[i], shares[i], receptors[i], gray, ratio))
        columns = ["lesion", "cycle", "volume_mL", "viable_share", "receptor_factor"]
        columns += ["absorbed_dose_Gy", "dose_ratio"]
        self.cycles = pd.DataFrame(rows, columns=columns).set_index(["lesion", "cycle"])

    @property
    def volume(self) -> xr.DataArray:
        """Volumes of the lesions, dims (time, lesion) [mL]."""
        return self.response.volume

    @property
    def recist(self) -> pd.DataFrame:
        """Response class over time, see `TumorCourse.recist`."""
        return self.response.recist()

    @property
    def caution(self) -> str:
        """What to know before using the numbers."""
        return self.response.caution

    def summary(self) -> str:
        """Cycles, volumes and cautions as text."""
        return "\n".join(
            [
                "What each cycle began with and its absorbed dose",
                "no lesions" if self.cycles.empty else self.cycles.map("{:.4g}".format).to_string(),
                *([] if self.factors.empty else [f"factors\n{self.factors.round(4).to_string()}"]),
                self.response.summary(),
            ]
        )

    def __repr__(self) -> str:
        return f"<ResponseRun: {len(self.run.lesions)} lesions, {len(self.factors)} cycles>"

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(self.summary())}</pre><p>{RESEARCH_ONLY}</p>"
