"""An audit of measurements: what cannot be, and what is likelier an error than a finding."""

from __future__ import annotations

import html
from typing import Any

import numpy as np
import pandas as pd

from lutetia import _core
from lutetia.data import read_model, shipped
from lutetia.errors import DataError, ModelError
from lutetia.measurements import audit_amounts, audit_decay, audit_rows
from lutetia.measurements.administrations import (
    Administrations,
    administered,
    administration_table,
)
from lutetia.measurements.audit_context import ASSUMED_ERROR, COLUMNS, Context
from lutetia.measurements.canonical import decay_constants
from lutetia.measurements.cells import tuples
from lutetia.measurements.observations import Observations
from lutetia.measurements.problems import TableProblems
from lutetia.patient import read_patient
from lutetia.prescription import read_regimen

# In this order: rows an earlier check is sure about are kept out of the later ones.
CHECKS = (
    audit_rows.duplicates,
    audit_rows.cycle_times,
    audit_rows.errors,
    audit_rows.censoring,
    audit_rows.volumes,
    audit_rows.names,
    audit_amounts.infusion,
    audit_amounts.units,
    audit_amounts.sums,
    audit_amounts.whole_body,
    audit_decay.mixed,
    audit_decay.slopes,
)
REFERENCE = ("reference_male", "netter1")  # whose organ volumes others are compared with


class Audit:
    """Findings of `audit`.

    Attributes
    ----------
    findings : pandas.DataFrame
        Columns severity (``"error"`` cannot be, ``"warning"`` is unlikely), check, row (from 1), column,
        what, found, expected, hint; sorted by row.
    skipped : list of str
        What could not be checked, and why.
    """

    def __init__(self, findings: pd.DataFrame, skipped: list[str]) -> None:
        self.findings = findings
        self.skipped = skipped

    @property
    def ok(self) -> bool:
        """Nothing was found, by the checks that could be made."""
        return self.findings.empty

    def summary(self) -> str:
        """List every finding, and what could not be checked, as text."""
        lines = [
            f"{f.severity}: row {f.row}, column {f.column!r}: {f.what}, found {f.found}, "
            f"expected {f.expected}" + (f"; {f.hint}" if f.hint else "")
            for f in tuples(self.findings)
        ]
        return "\n".join([repr(self)[1:-1], *lines, *(f"not checked: {s}" for s in self.skipped)])

    def __repr__(self) -> str:
        errors = int((self.findings["severity"] == "error").sum())
        warnings = len(self.findings) - errors
        plural = ["" if n == 1 else "s" for n in (errors, warnings)]
        return f"<Audit: {errors} error{plural[0]}, {warnings} warning{plural[1]}>"

    def _repr_html_(self) -> str:
        table = "" if self.ok else self.findings.to_html(index=False)
        skipped = "".join(f"<li>not checked: {html.escape(text)}</li>" for text in self.skipped)
        return f"<b>{html.escape(repr(self)[1:-1])}</b>{table}<ul>{skipped}</ul>"


def audit(
    observations: Observations,
    administrations: Administrations | None = None,
    *,
    model: str | _core.Model | None = "sstr2_whole_body",
    library: _core.Library | None = None,
) -> Audit:
    """Look for the usual errors in a table of measurements.

    Decay correction applied twice or not at all, activities and volumes in another unit, times from the
    end of the infusion or, in a later cycle, from the start of the first one, more activity than there
    can be, repeated rows, wrong standard deviations and detection limits, organs the model does not have.
    Bounds hold beyond three standard errors of a value, 15 % where it states none. Rows with
    ``include`` false are left out.

    A missing or repeated decay correction shows in slopes and only where washout is slower than decay:
    clearly under 68Ga, under 177Lu in regions that keep their label; a clean audit does not prove it.

    Parameters
    ----------
    observations
        From `Observations.read` or `Observations.from_frame`.
    administrations
        See `administration_table`; without it the checks that need durations and starts are skipped.
    model
        Whose regions and organ volumes the table is compared with; None for no comparison.
    library
        Where model and half-lives come from; the shipped one when absent.

    Returns
    -------
    Audit

    Raises
    ------
    DataError
        If the table of administrations is wrong.

    Examples
    --------
    >>> import pandas as pd
    >>> scans = pd.DataFrame({
    ...     "patient": "p1", "cycle": 1, "region": "kidney", "region_class": "organ", "t_h": [24.0, 72.0],
    ...     "quantity": "activity", "value": [138_000.0, 71_000.0], "unit": "MBq",
    ...     "decay_corrected": False, "modality": "SPECT", "nuclide": "Lu-177"})
    >>> given = {1: {"activity_MBq": 7400, "duration_h": 0.5, "nuclide": "Lu-177"}}
    >>> found = audit(Observations.from_frame(scans, administrations=given), given)
    >>> found.findings[["row", "column", "hint"]].values.tolist()
    [[1, 'unit', 'is the unit one 1,000 times smaller? else check the administered activity']]
    """
    library = library or shipped()
    table = None if administrations is None else administration_table(administrations)
    context = Context(_rows(observations, table, library))
    if model is not None:
        core = read_model(model, library=library) if isinstance(model, str) else model
        observables = [row["name"] for row in _core.structure(core)["observables"]]
        context.known = [*core.organs, *observables]
        context.volumes = _volumes(core, library)
        if not context.volumes:
            context.skipped.append(f"volumes of organs: model {core.name!r} has no reference here")
    for check in CHECKS:
        check(context)
    findings = pd.DataFrame(context.findings, columns=COLUMNS)
    return Audit(findings.sort_values("row", kind="stable").reset_index(drop=True), context.skipped)


def _rows(
    observations: Observations, table: pd.DataFrame | None, library: _core.Library
) -> pd.DataFrame:
    frame = observations.frame
    frame["row"] = np.arange(1, len(frame) + 1)
    frame["decay_constant"] = decay_constants(
        frame["nuclide"], library, TableProblems("observations")
    )
    relative = (frame["sd"] / frame["value"]).clip(upper=1.0)
    frame["error"] = relative.where(relative > 0, ASSUMED_ERROR)
    for name in ("time_h", "duration_h"):
        frame[name] = np.nan
    groups: Any = frame.groupby(["patient", "cycle", "nuclide"])
    for name, rows in groups if table is not None else ():
        given = administered(table, *name)  # type: ignore[arg-type]
        if given is not None:
            frame.loc[rows.index, ["time_h", "duration_h"]] = [given["time_h"], given["duration_h"]]
            frame.loc[rows.index, "administered_activity_MBq"] = given["activity_MBq"]
    return frame[frame["include"]]


def _volumes(model: _core.Model, library: _core.Library) -> dict[str, float]:
    """Volumes of organs of a reference patient under this model [L], by region."""
    try:
        patient = read_patient(REFERENCE[0], library=library)
        regimen = read_regimen(REFERENCE[1], library=library)
        batch = _core.Batch(
            library, model, [patient.core], [regimen.core], [], _core.BatchOptions()
        )
    except (DataError, ModelError):
        return {}  # a library or model of another kind; the caller says so
    out = {}
    for row in batch.parameters:
        region, _, word = row["name"].partition(".")
        if word in ("volume", "reference_volume") and region in model.organs:
            out[region] = float(row["value"])
    return out
