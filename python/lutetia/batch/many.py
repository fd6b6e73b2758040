"""Simulate many members: patients, parameter values and regimens, on all cores."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from typing import TypeAlias

import numpy as np
import xarray as xr
from tqdm import tqdm

from lutetia import _core
from lutetia.batch.blocks import Layout, finished_blocks
from lutetia.batch.cohort import Cohort
from lutetia.batch.keeping import Members, Reduction
from lutetia.batch.members import Table, blocks_of, rows_in
from lutetia.data import shipped
from lutetia.patient import Patient, read_patients
from lutetia.prescription import Infusion, Regimen, read_regimen
from lutetia.radiobiology import TissueValues, tissues_with
from lutetia.result import RESEARCH_ONLY
from lutetia.run import _choice, model_of
from lutetia.sweeping import PATIENCE
from lutetia.units import Quantity, hours_of

BLOCK = 4096  # members that are in memory at once, twice
STATISTICS = ("mean", "sd", "min", "max", "quantiles")
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)

Prescription: TypeAlias = "str | Regimen | Infusion"


def simulate_many(
    model: str | _core.Model,
    patients: str | Patient | Sequence[str | Patient],
    regimens: Prescription | Sequence[Prescription],
    *,
    parameters: Table | Iterable[Table] | None = None,
    modules: Sequence[str] = (),
    times: Sequence[Quantity] | None = None,
    end: Quantity = None,
    observe: Sequence[str] = ("absorbed_dose",),
    reduce: Sequence[str] | None = None,
    quantiles: Sequence[float] = QUANTILES,
    damage_region: str = "",
    on_chunk: Callable[[xr.Dataset], object] | None = None,
    convention: str = "s_values",
    tail: str = "linear",
    tissues: TissueValues | str | None = None,
    rtol: float = 1e-4,
    method: str = "rodas5p",
    max_steps: int = 20_000,
    threads: int | None = None,
    reproducible: bool = False,
    progress: bool = False,
    library: _core.Library | None = None,
) -> Cohort:
    """Simulate every row of parameter values in every patient under every regimen.

    Members are numbered by row, then by patient, then by regimen, so a longer table only adds members.
    A member that fails is NaN with a status and disturbs no other. Up to four members of neighboring
    rows share their steps; that changes a result by less than `rtol`, and by nothing when
    `reproducible`. No result depends on `threads`.

    Parameters
    ----------
    model, modules, method, library
        As in `simulate`.
    patients
        A `Patient`, a name (of a patient or a cohort), or a list of them.
    regimens
        A `Regimen`, a name, a single administration, or a list of them, each a regimen of its own: in a list
        no administration may have a later start (``at``), or the list would look like one regimen.
    parameters
        Values that replace those of model and patient, one row per member of each patient and regimen:
        a mapping or a DataFrame by full name, with units in the values (``{"gfr": ["90 mL/min"]}``) or
        in the name (``{"gfr [mL/min]": [90.0]}``); or an iterable of such blocks, which are asked for
        one by one. See `virtual_patients`.
    times
        Output times of ``"activity"`` or ``"damage"``, shape (n,), ascending, numbers in h or quantities.
    end
        End of the runs; chosen for each member when absent.
    observe
        ``"absorbed_dose"``, ``"time_integrated_activity"``, ``"protraction"`` (Q = G·D²) and
        ``"biologically_effective_dose"`` by region and cycle, each with ``"total_"`` before it by
        region, ``"activity"`` by region and time, and ``"damage"`` of one region by part and time: absorbed dose
        of electrons and photons and that of alpha particles [Gy], and protraction [Gy²], from the start on.
    reduce
        None keeps every member. Else only statistics are kept, whatever the number of members:
        any of ``"mean"``, ``"sd"``, ``"min"``, ``"max"``, ``"quantiles"`` (within 0.1 % of their
        value), or none of them.
    quantiles
        Which ones, from 0 to 1.
    damage_region
        Whose damage is observed.
    on_chunk
        Called with a dataset of some thousand members at a time, in their order; what it returns is
        ignored. With ``reduce=()`` nothing else is kept.
    convention, tail
        As in `absorbed_dose`.
    tissues
        As in `biologically_effective_dose`.
    rtol, max_steps
        Relative error per step and attempted steps of a run. One that needs more is reported as failed.
    threads
        All cores when absent.
    reproducible
        Run every member by itself: results are those of `simulate`, bit by bit, whatever the order and
        company of the members.
    progress
        Show a bar when it takes more than two seconds.

    Returns
    -------
    Cohort

    Raises
    ------
    ModelError
        With every name and unit of a parameter that is wrong; values that are wrong fail their member.
    ValueError
        If options, columns or times are wrong.
    KeyboardInterrupt
        Within two seconds of Ctrl-C.

    Examples
    --------
    >>> cohort = simulate_many("sstr2_whole_body", "reference_male", "netter1",
    ...                        parameters={"gfr [mL/min]": [50.0, 100.0, 1e6]},
    ...                        observe=["total_absorbed_dose"])
    >>> cohort.data["total_absorbed_dose"].sel(region="kidney").round(1).values.tolist()
    [25.2, 18.8, nan]
    >>> cohort.counts.to_dict()
    {'ok': 2, 'ModelError': 1}
    """
    library = library or shipped()
    options = _options(times, end, observe, convention, tail, rtol, method, max_steps)
    options.reproducible = reproducible
    options.damage_region = damage_region
    if ("damage" in observe) != bool(damage_region):
        raise ValueError("damage_region belongs to observe=['damage', …]: give both or neither")
    people = _people(patients, library)
    if any(
        word.endswith(("protraction", "biologically_effective_dose", "damage")) for word in observe
    ):
        lesions = {lesion for person in people for lesion in person.lesions}
        options.tissues = tissues_with(library, tissues, lesions)
    elif tissues is not None:
        raise ValueError("tissues belong to outcomes of radiobiology; observe asks for none")
    _check_reduction(reduce, quantiles)
    if threads is not None and threads < 1:
        raise ValueError(f"threads must be at least 1, found {threads}")
    core_model = model_of(model, modules, library)
    courses = _courses(regimens, library)
    if not people or not courses:
        raise ValueError("simulate_many needs at least one patient and one regimen, found none")
    rows_at_once = max(4, BLOCK // (len(people) * len(courses)) // 4 * 4)
    blocks = blocks_of(parameters, rows_at_once)
    first = next(blocks, None)
    if first is None:
        raise ValueError("parameters holds no row")
    batch = _core.Batch(
        library,
        core_model,
        [p.core for p in people],
        [c.core for c in courses],
        first.given,
        options,
    )
    layout = Layout(batch, tuple(observe), np.array(options.times))
    kept = Members(layout) if reduce is None else Reduction(layout, tuple(reduce), quantiles)
    threads = threads or _core.all_threads()
    start = time.perf_counter()
    total = rows_in(parameters)
    with (
        tqdm(
            total=total and total * len(batch.courses),
            desc="members",
            delay=PATIENCE,
            disable=not progress,
            leave=False,
        ) as bar,
        closing(finished_blocks(batch, first, blocks, threads, bar)) as done,
    ):
        for block in done:
            kept.add(block)
            if on_chunk is not None:
                on_chunk(layout.dataset([block]))
    attributes = {
        "model": core_model.name,
        "model_hash": core_model.hash,
        "modules": json.dumps(core_model.modules),
        "version": _core.__version__,
        "convention": convention,
        "tail": tail,
        "rtol": rtol,
        "reproducible": int(reproducible),
        "threads": threads,
        "seconds": time.perf_counter() - start,
        "notice": RESEARCH_ONLY,
    }
    return Cohort(kept.data().assign_attrs(attributes), kept.counts(), kept.failures())


def _options(
    times: Sequence[Quantity] | None,
    end: Quantity,
    observe: Sequence[str],
    convention: str,
    tail: str,
    rtol: float,
    method: str,
    max_steps: int,
) -> _core.BatchOptions:
    if isinstance(observe, str) or not observe or len(set(observe)) < len(observe):
        raise ValueError(f"observe must be a list of different words, found {observe!r}")
    if isinstance(times, str):
        raise ValueError(f"times must be a list of times, found {times!r}")
    over_time = "activity" in observe or "damage" in observe
    if over_time != (times is not None and len(times) > 0):
        raise ValueError(
            "times belong to observe=['activity', …] or ['damage', …]: give both or neither"
        )
    if max_steps < 1:
        raise ValueError(f"max_steps must be at least 1, found {max_steps}")
    out = _core.BatchOptions()
    out.observe = [_choice(_core.Outcome, word, "observe") for word in observe]
    out.convention = _choice(_core.DoseConvention, convention, "convention")
    out.tail = _choice(_core.Tail, tail, "tail")
    out.times = [hours_of(t, "times") for t in times or ()]
    if end is not None:
        out.end = hours_of(end, "end")
    simulation = _core.SimulationOptions()
    simulation.rtol = rtol
    simulation.max_steps = max_steps
    simulation.method = _choice(_core.Method, method, "method")
    out.simulation = simulation
    return out


def _check_reduction(reduce: Sequence[str] | None, quantiles: Sequence[float]) -> None:
    if isinstance(reduce, str):
        raise ValueError(f"reduce must be a list of words, found {reduce!r}")
    for word in reduce or ():
        if word not in STATISTICS:
            raise ValueError(f"reduce must be of {', '.join(STATISTICS)}, found {word!r}")
    for q in quantiles:
        if not 0 <= q <= 1:
            raise ValueError(f"quantiles must be from 0 to 1, found {q}")


def _people(
    patients: str | Patient | Sequence[str | Patient], library: _core.Library
) -> list[Patient]:
    listed = [patients] if isinstance(patients, str | Patient) else patients
    out: list[Patient] = []
    for patient in listed:
        out += (
            [patient] if isinstance(patient, Patient) else read_patients(patient, library=library)
        )
    return out


def _courses(
    regimens: Prescription | Sequence[Prescription], library: _core.Library
) -> list[Regimen]:
    if isinstance(regimens, str | Regimen | Infusion):
        return [prescribed(regimens, library)]
    refuse_later_administrations(regimens)
    return [prescribed(regimen, library) for regimen in regimens]


def prescribed(given: Prescription, library: _core.Library) -> Regimen:
    """Read a regimen by name; a single administration is a regimen of its own.

    Raises
    ------
    ValueError
        If it is none of them.
    """
    if isinstance(given, str):
        return read_regimen(given, library=library)
    if isinstance(given, Infusion):
        return Regimen([given])
    if not isinstance(given, Regimen):
        raise ValueError(
            f"a regimen must be a Regimen, a name or an administration, found {given!r}"
            + (
                "; give what its regimen(model, patient) returns"
                if hasattr(given, "prescribed")
                else ""
            )
        )
    return given


def refuse_later_administrations(regimens: Sequence[object]) -> None:
    """Raise when a list of regimens holds an administration with a start: it is rather one regimen.

    Raises
    ------
    ValueError
        With the place in the list, counted from 0.
    """
    for k, given in enumerate(regimens):
        at = given.document.get("at") if isinstance(given, Infusion) else None
        if at is not None and not _is_zero(at):
            raise ValueError(
                f"regimens[{k}] is a single administration at {at}, and each entry of a list of regimens is a "
                "regimen of its own; for one regimen pass [lt.Regimen([…])], for regimens of one "
                "administration leave 'at' out"
            )


def _is_zero(at: Quantity) -> bool:
    """Tell whether a start is that of the regimen; a clock time is not."""
    try:
        return hours_of(at, "at") == 0.0
    except ValueError:  # UnitError is one
        return False
