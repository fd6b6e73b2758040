"""Tables of blood samples, as PyTheranostics takes them."""

from __future__ import annotations

import pandas as pd

from lutetia import _core
from lutetia.measurements.administrations import Administrations
from lutetia.measurements.cells import Column, read_cells
from lutetia.measurements.observations import Observations
from lutetia.measurements.problems import TableProblems
from lutetia.units import MILLILITERS_PER_LITER, Quantity, to_internal

BLOOD = (
    Column("PatientID", "text"),
    Column("Time_hr", "number", required=True, least=0.0),
    Column("Volume_mL", "number", above=0.0),
    Column("Activity_Bq", "number", required=True, least=0.0),
    Column("Haematocrit", "number", above=0.0),
)


def read_pytheranostics_blood(
    blood: pd.DataFrame,
    *,
    cycle: int,
    nuclide: str,
    decay_corrected: bool,
    activity: str,
    sample: str,
    volume: Quantity,
    region: str = "serum",
    patient: str | None = None,
    administrations: Administrations | None = None,
    library: _core.Library | None = None,
) -> Observations:
    """Import a table of blood samples as PyTheranostics takes it.

    Parameters
    ----------
    blood
        Columns ``PatientID``, ``Time_hr``, ``Volume_mL``, ``Activity_Bq`` and ``Haematocrit``.
    cycle, nuclide, decay_corrected
        Of all rows.
    activity
        What ``Activity_Bq`` is: ``"per_mL"`` (as that program uses it) or ``"per_sample"`` (of
        ``Volume_mL``).
    sample
        ``"plasma"``, or ``"whole_blood"``: then divided by 1 − Haematocrit, since labeled peptides stay
        out of cells.
    volume
        Of the region, e.g. ``"3 L"`` of serum: turns concentration into activity.
    region
        Of the model.
    patient
        Instead of ``PatientID``.
    administrations, library
        As in `Observations.from_frame`.

    Returns
    -------
    Observations
        Concentrations; put together with others by ``pd.concat`` of their frames.

    Raises
    ------
    DataError
        With every problem of the table.

    Examples
    --------
    >>> blood = pd.DataFrame({"PatientID": "p1", "Time_hr": [1.0], "Volume_mL": [2.0],
    ...                       "Activity_Bq": [2e5], "Haematocrit": [0.4]})
    >>> samples = read_pytheranostics_blood(
    ...     blood, cycle=1, nuclide="Lu-177", decay_corrected=False, activity="per_sample",
    ...     sample="whole_blood", volume="3 L")
    >>> samples.frame["activity_MBq"].round(3).tolist()
    [500.0]
    """
    _one_of("activity", activity, ("per_mL", "per_sample"))
    _one_of("sample", sample, ("whole_blood", "plasma"))
    problems = TableProblems("blood")
    f = read_cells(blood, BLOOD, problems)
    needed = {"Volume_mL": activity == "per_sample", "Haematocrit": sample == "whole_blood"}
    needed["PatientID"] = patient is None
    for column in (name for name, is_needed in needed.items() if is_needed):
        for row in f.index[f[column].isna()]:
            problems.add("the value is missing", row=int(row) + 1, column=column)
    for row, hematocrit in enumerate(f["Haematocrit"], 1):
        if not hematocrit >= 1:
            continue
        problems.add(
            "the hematocrit is no fraction",
            row=row,
            column="Haematocrit",
            found=f"{hematocrit:g}",
            expected="a number between 0 and 1",
        )
    problems.raise_if_any()
    value = f["Activity_Bq"]
    if activity == "per_sample":
        value = value / f["Volume_mL"]
    if sample == "whole_blood":
        value = value / (1 - f["Haematocrit"])
    frame = pd.DataFrame(
        {
            "patient": f["PatientID"] if patient is None else patient,
            "cycle": cycle,
            "region": region,
            "region_class": "blood",
            "t_h": f["Time_hr"],
            "quantity": "concentration",
            "value": value,
            "unit": "Bq/mL",
            "decay_corrected": decay_corrected,
            "modality": "counter",
            "nuclide": nuclide,
            "volume_mL": to_internal(volume, "L", "volume") * MILLILITERS_PER_LITER,
        }
    )
    problems.columns = {"patient": "PatientID", "t_h": "Time_hr", "value": "Activity_Bq"}
    return Observations.checked(frame, problems, administrations, library)


def _one_of(name: str, word: str, words: tuple[str, ...]) -> None:
    if word not in words:
        raise ValueError(f"{name} must be one of {', '.join(words)}, found {word!r}")
