"""Simulate one patient."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from lutetia import _core
from lutetia.data import read_model, shipped
from lutetia.patient import Patient, read_patient
from lutetia.prescription import Infusion, Regimen, read_regimen
from lutetia.result import RESEARCH_ONLY, Run
from lutetia.units import Quantity, hours_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def simulate(
    model: str | _core.Model,
    patient: str | Patient,
    regimen: str | Regimen | Infusion | Sequence[Infusion],
    *,
    modules: Sequence[str] = (),
    times: Sequence[Quantity] | None = None,
    end: Quantity = None,
    times_per_cycle: int = 50,
    parameters: Mapping[str, Quantity] | None = None,
    rtol: float = 1e-6,
    method: str = "rodas5p",
    at_event: str = "before",
    max_steps: int = 200_000,
    library: _core.Library | None = None,
) -> Run:
    """Simulate a regimen in a patient.

    Parameters
    ----------
    model
        A model or its name.
    patient
        A `Patient` or its name.
    regimen
        A `Regimen`, its name, one administration or a list of them.
    modules
        Optional modules merged into a model given by name, e.g. ``["bladder"]``;
        ``library().module_names("sstr2_whole_body")`` lists them.
    times
        Output times, shape (n,), ascending, numbers in h or quantities; `times_per_cycle` times in
        each cycle when absent.
    end
        End of the run; late enough for a small tail when absent.
    parameters
        Values that replace those of model and patient, by full name.
    rtol
        Relative error per step (1e-4 is enough for cohorts).
    method
        ``"rodas5p"`` or ``"rodas4p"``.
    at_event
        Whether an output at the time of a bolus shows the state ``"before"`` or ``"after"`` it.

    Returns
    -------
    Run

    Raises
    ------
    ModelError
        If the descriptions do not fit together.
    SolverError
        If the integration fails.

    Examples
    --------
    >>> from lutetia import Infusion, read_patient
    >>> cycle = Infusion("dotatate", nuclide="Lu-177", activity="7.4 GBq", amount="100 nmol",
    ...                  duration="30 min", amino_acids="lysine_arginine")
    >>> run = simulate("sstr2_whole_body", read_patient("reference_male"), cycle)
    >>> round(float(run.activity.sel(region="kidney").max()))  # MBq
    155
    """
    library = library or shipped()
    core_model = model_of(model, modules, library)
    if isinstance(regimen, str):
        regimen = read_regimen(regimen, library=library)
    elif not isinstance(regimen, Regimen):
        regimen = Regimen([regimen] if isinstance(regimen, Infusion) else regimen)
    if isinstance(patient, str):
        patient = read_patient(patient, library=library)
    if parameters:
        patient = patient.with_values(parameters)
    request = request_of(
        times=times,
        end=end,
        times_per_cycle=times_per_cycle,
        rtol=rtol,
        method=method,
        at_event=at_event,
        max_steps=max_steps,
    )
    return simulate_core(library, core_model, patient.core, regimen.core, request)


def request_of(
    *,
    times: Sequence[Quantity] | None = None,
    end: Quantity = None,
    times_per_cycle: int = 50,
    rtol: float = 1e-6,
    method: str = "rodas5p",
    at_event: str = "before",
    max_steps: int = 200_000,
) -> _core.RunRequest:
    """Output times, end and options of a run, checked; as in `simulate`."""
    request = _core.RunRequest()
    if isinstance(times, str):
        raise ValueError(f"times must be a list of times, found {times!r}")
    if times is not None:
        request.times = [hours_of(t, "times") for t in times]
    if end is not None:
        request.end = hours_of(end, "end")
    if times_per_cycle < 1:
        raise ValueError(f"times_per_cycle must be at least 1, found {times_per_cycle}")
    if max_steps < 1:
        raise ValueError(f"max_steps must be at least 1, found {max_steps}")
    request.times_per_cycle = times_per_cycle
    options = _core.SimulationOptions()
    options.rtol = rtol
    options.max_steps = max_steps
    options.method = _choice(_core.Method, method, "method")
    options.at_event = _choice(_core.AtEvent, at_event, "at_event")
    request.options = options
    return request


def model_of(
    model: str | _core.Model, modules: Sequence[str], library: _core.Library
) -> _core.Model:
    """Read a model given by name with its modules; a model already read takes none."""
    if isinstance(model, str):
        return read_model(model, modules=modules, library=library)
    if modules:
        raise ValueError("modules need a model given by name; pass them to read_model")
    return model


def simulate_core(
    library: _core.Library,
    model: _core.Model,
    patient: _core.Patient,
    regimen: _core.Regimen,
    request: _core.RunRequest,
) -> Run:
    """Simulate checked descriptions; `simulate` and the cases share this."""
    request = _core.RunRequest(request)
    options = request.options
    options.curves = True  # dose rates are made of them
    request.options = options
    start = time.perf_counter()
    result = _core.simulate(library, model, patient, regimen, request)
    return Run(run_dataset(result, model, patient, regimen, time.perf_counter() - start), library)


def _choice(enum: Any, word: str, name: str) -> Any:
    if word not in enum.__members__:
        raise ValueError(f"{name} must be one of {', '.join(enum.__members__)}, found {word!r}")
    return enum[word]


def _sizes(
    result: dict[str, Any], key: str, changing: str, along: str
) -> tuple[tuple[str, ...], np.ndarray]:
    """Sizes of the regions; along a second dimension when a parameter changes during the run."""
    regions = result["regions"]
    first = np.array([np.nan if r[key] is None else r[key] for r in regions], dtype=float)
    if not any(changing in r for r in regions):
        return ("region",), first
    length = len(result["times"] if along == "time" else result["cycle_starts"])
    constant = [[value] * length for value in first]
    rows = [r.get(changing, same) for r, same in zip(regions, constant, strict=True)]
    return ("region", along), np.array(rows, dtype=float)


def run_dataset(
    result: dict[str, Any],
    model: _core.Model,
    patient: _core.Patient,
    regimen: _core.Regimen,
    seconds: float,
) -> xr.Dataset:
    """Arrange what the core returns of a run; `simulate` and `sensitivities` share this."""
    regions = [r["name"] for r in result["regions"]]
    nuclides = [tia.nuclide for tia in result["tia"]]
    cycles = np.arange(1, len(result["cycle_starts"]) + 1)

    def stacked(parts: list[np.ndarray], shape: tuple[int, ...]) -> np.ndarray:
        return np.array(parts, dtype=float).reshape(shape)

    shape = (len(nuclides), len(regions))
    data = xr.Dataset(
        {
            "activity": (("region", "time"), result["activity"], {"units": "MBq"}),
            "amount": (("form", "region", "time"), result["amount"], {"units": "nmol"}),
            "volume": (*_sizes(result, "volume_L", "volume_by_time_L", "time"), {"units": "L"}),
            "mass": (*_sizes(result, "mass_kg", "mass_by_cycle_kg", "cycle"), {"units": "kg"}),
            "is_lesion": ("region", np.array([r["lesion"] for r in result["regions"]])),
            "time_integrated_activity": (
                ("nuclide", "region", "cycle"),
                stacked([t.values for t in result["tia"]], (*shape, len(cycles))),
                {"units": "MBq*h", "long_name": "within the run, without tail"},
            ),
            "tail_linear": (
                ("nuclide", "region"),
                stacked([t.tail for t in result["tia_linear"]], shape),
                {"units": "MBq*h"},
            ),
            "tail_physical": (
                ("nuclide", "region"),
                stacked([t.tail for t in result["tia_physical"]], shape),
                {"units": "MBq*h"},
            ),
            "administered_activity": (
                ("nuclide", "cycle"),
                stacked(
                    [t.administered_activity for t in result["tia"]], (len(nuclides), len(cycles))
                ),
                {"units": "MBq"},
            ),
            "cycle_start": ("cycle", np.array(result["cycle_starts"], dtype=float), {"units": "h"}),
        },
        coords={
            "time": ("time", result["times"], {"units": "h"}),
            "region": regions,
            "form": result["forms"],
            "nuclide": np.array(nuclides, dtype=str),
            "cycle": cycles,
        },
        attrs={
            "model": model.name,
            "model_hash": result["model_hash"],
            "model_notes": json.dumps(model.notes),
            "modules": json.dumps(model.modules),
            "patient": patient.name,
            "sex": patient.sex,
            "regimen": regimen.name,
            "version": _core.__version__,
            "seconds": seconds,
            "given": json.dumps(result["given"]),
            "parameters": json.dumps(result["parameters"]),
            "other_numbers": json.dumps(result["other_numbers"]),
            "missing_substances": json.dumps(result["missing_substances"]),
            "unfollowed_daughters": json.dumps(result["unfollowed_daughters"]),
            "nuclide_data": result["nuclide_data"],
            "notice": RESEARCH_ONLY,
            **result["work"],
        },
    )
    if "knots" in result:
        data["knot"] = ("knot", result["knots"], {"units": "h"})
        data["activity_curve"] = (
            ("interval", "nuclide", "region", "place"),
            result["activity_curve"],
            {
                "units": "MBq",
                "long_name": "at five equidistant places between two knots, of the fourth degree",
            },
        )
    return data
