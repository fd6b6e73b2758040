"""What a run is described by: model, patient, regimen.

Descriptions written in Python become the same document as a YAML file and pass through the same
reader, with the same checks and messages.
"""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from lutetia import _core
from lutetia.units import as_text

Quantity = Any  # text with a unit, a pint quantity, or a plain number where dimensionless


@cache
def _shipped() -> _core.Library:
    return _core.Library(str(Path(__file__).parent / "models"))


def library(path: str | Path | None = None) -> _core.Library:
    """Folder of models, nuclides, ligands, regimens, patients and cases.

    Parameters
    ----------
    path
        A folder of your own; the shipped one when absent.

    Returns
    -------
    Library
        With ``names(kind)`` and ``find(kind, name)``.

    Examples
    --------
    >>> "netter1" in library().names("regimen")
    True
    """
    return _shipped() if path is None else _core.Library(str(path))


def read_model(name: str, *, library: _core.Library | None = None) -> _core.Model:
    """Read a model by name or path.

    Raises
    ------
    ModelError
        With every problem of the file.
    DataError
        If there is no such model.

    Examples
    --------
    >>> read_model("sstr2_whole_body").name
    'sstr2_whole_body'
    """
    return _core.read_model(library or _shipped(), name)


def _without_none(document: Mapping[str, Any]) -> dict[str, Any]:
    return {key: as_text(value) for key, value in document.items() if value is not None}


class Lesion:
    """A lesion: name, volume and any parameter of its type in the model.

    Parameters
    ----------
    name
        Letters, digits, underscores; unique in the patient.
    volume
        Volume, e.g. ``"50 mL"``.
    type
        Lesion type of the model, e.g. ``"net"`` or ``"meningioma"``; the model's default when absent.
    site
        Where it sits, e.g. ``"liver"``.
    **parameters
        ``receptor_density="48 nmol/L"``, ``perfusion="0.5 mL/min/g"``, …

    Examples
    --------
    >>> Lesion("liver_1", volume="50 mL", site="liver", receptor_density="48 nmol/L")
    Lesion('liver_1', volume='50 mL', site='liver', receptor_density='48 nmol/L')
    """

    def __init__(
        self,
        name: str,
        *,
        volume: Quantity,
        type: str | None = None,
        site: str | None = None,
        **parameters: Quantity,
    ) -> None:
        self.document = _without_none(
            {"name": name, "type": type, "site": site, "volume": volume, **parameters}
        )

    def __repr__(self) -> str:
        rest = {"volume": self.document["volume"], **self.document}
        shown = ", ".join(f"{k}={v!r}" for k, v in rest.items() if k != "name")
        return f"Lesion({self.document['name']!r}, {shown})"


class Patient:
    """A patient: covariates, organ volumes, lesions, overrides.

    Parameters
    ----------
    sex
        ``"male"`` or ``"female"``.
    weight, height, gfr
        With units; GFR absolute, e.g. ``"100 mL/min"``.
    body_surface_area
        Instead of the value computed from weight and height.
    hematocrit
        Fraction; a typical value by sex when absent.
    organs
        ``{"kidney": "310 mL", "spleen": "absent"}`` or ``{"kidney": {"volume": "310 mL", …}}``.
    lesions
        Any number of `Lesion`.
    parameters
        Other parameters of the model by full name, ``{"kidney.receptor_density": "4 nmol/L"}``.
    name
        Shown in results.

    Raises
    ------
    ModelError
        With every problem of the description.

    Examples
    --------
    >>> Patient(sex="male", weight="71 kg", height="175 cm", gfr="100 mL/min",
    ...         lesions=[Lesion("liver_1", volume="50 mL")])
    <Patient 'patient': male, 1 lesion>
    """

    def __init__(
        self,
        *,
        sex: str,
        weight: Quantity = None,
        height: Quantity = None,
        gfr: Quantity = None,
        body_surface_area: Quantity = None,
        hematocrit: Quantity = None,
        organs: Mapping[str, Any] | None = None,
        lesions: Sequence[Lesion] = (),
        parameters: Mapping[str, Quantity] | None = None,
        name: str = "patient",
    ) -> None:
        self.document = _without_none(
            {
                "patient": name,
                "sex": sex,
                "weight": weight,
                "height": height,
                "gfr": gfr,
                "body_surface_area": body_surface_area,
                "hematocrit": hematocrit,
                "organs": dict(organs) if organs else None,
                "lesions": [lesion.document for lesion in lesions] or None,
                "parameters": dict(parameters) if parameters else None,
            }
        )
        self.core = _core.Patient(self.document)

    @classmethod
    def _of(cls, core: _core.Patient) -> Patient:
        patient = cls.__new__(cls)
        patient.document = {}
        patient.core = core
        return patient

    @property
    def name(self) -> str:
        """Name shown in results."""
        return self.core.name

    @property
    def sex(self) -> str:
        """``"male"`` or ``"female"``."""
        return self.core.sex

    @property
    def lesions(self) -> list[str]:
        """Names of the lesions."""
        return self.core.lesions

    @property
    def published(self) -> dict[str, tuple[float, str]]:
        """Published results of this patient: value in internal units and the unit."""
        return self.core.published

    def with_values(self, values: Mapping[str, Quantity]) -> Patient:
        """Copy with other parameter values.

        Parameters
        ----------
        values
            By full name: ``{"kidney.receptor_density": "3 nmol/L", "weight": "60 kg"}``.

        Examples
        --------
        >>> read_patient("reference_male").with_values({"gfr": "50 mL/min"})
        <Patient 'reference_male': male, 1 lesion>
        """
        core = self.core
        for name, value in values.items():
            core = core.with_value(name, str(as_text(value)))
        return Patient._of(core)

    def __repr__(self) -> str:
        n = len(self.lesions)
        return f"<Patient {self.name!r}: {self.sex}, {n} lesion{'' if n == 1 else 's'}>"

    def _repr_html_(self) -> str:
        return f"<code>{html.escape(repr(self))}</code> {html.escape(', '.join(self.lesions))}"


def read_patients(name: str, *, library: _core.Library | None = None) -> list[Patient]:
    """Read a patient or a cohort by library name or path; a single patient is a list of one.

    Examples
    --------
    >>> len(read_patients("k16_cohort"))
    8
    """
    return [Patient._of(core) for core in _core.read_patients(library or _shipped(), name)]


def read_patient(name: str, *, library: _core.Library | None = None) -> Patient:
    """Read one patient by library name or path.

    Raises
    ------
    ValueError
        If the file holds a cohort.
    """
    patients = read_patients(name, library=library)
    if len(patients) != 1:
        raise ValueError(f"{name!r} holds {len(patients)} patients; use read_patients")
    return patients[0]


class _Administration:
    kind = ""

    def __init__(self, ligand: str, **keys: Quantity) -> None:
        self.document = _without_none({self.kind: ligand, **keys})

    def __repr__(self) -> str:
        shown = ", ".join(f"{k}={v!r}" for k, v in self.document.items() if k != self.kind)
        return f"{type(self).__name__}({self.document[self.kind]!r}, {shown})"


class Infusion(_Administration):
    """Constant-rate administration.

    Parameters
    ----------
    ligand
        Name in the library, e.g. ``"dotatate"``.
    duration
        E.g. ``"30 min"``.
    amount
        Peptide, labeled and unlabeled, as amount or mass: ``"100 nmol"``, ``"180 ug"``. Or give
        `molar_activity`. One of them is mandatory: it decides receptor saturation.
    nuclide, activity
        E.g. ``"Lu-177"``, ``"7.4 GBq"`` at the start; absent for unlabeled peptide.
    calibrated_activity, calibration_time
        Instead of `activity`: measured at a clock time or relative to the start (``"-3 h"``).
    residual_activity, residual_time
        Left in vial and lines.
    at
        Start after the start of the regimen, or a clock time ``"2026-03-01 09:00"``.
    route
        A route of the model.
    infusate_decays
        False: label enters at a constant rate, as published models assume.

    Examples
    --------
    >>> Infusion("dotatate", nuclide="Lu-177", activity="7.4 GBq", amount="100 nmol",
    ...          duration="30 min")
    Infusion('dotatate', nuclide='Lu-177', activity='7.4 GBq', amount='100 nmol', duration='30 min')
    """

    kind = "infusion"

    def __init__(
        self,
        ligand: str,
        *,
        nuclide: str | None = None,
        activity: Quantity = None,
        amount: Quantity = None,
        duration: Quantity = None,
        molar_activity: Quantity = None,
        calibrated_activity: Quantity = None,
        calibration_time: Quantity = None,
        residual_activity: Quantity = None,
        residual_time: Quantity = None,
        at: Quantity = None,
        route: str | None = None,
        infusate_decays: bool | None = None,
        amino_acids: str | None = None,
    ) -> None:
        super().__init__(
            ligand,
            nuclide=nuclide,
            activity=activity,
            amount=amount,
            duration=duration,
            molar_activity=molar_activity,
            calibrated_activity=calibrated_activity,
            calibration_time=calibration_time,
            residual_activity=residual_activity,
            residual_time=residual_time,
            at=at,
            route=route,
            infusate_decays=infusate_decays,
            amino_acids=amino_acids,
        )


class Bolus(Infusion):
    """Administration at one instant; as `Infusion` without a duration."""

    kind = "bolus"


class Regimen:
    """Administrations over time.

    Parameters
    ----------
    administrations
        `Infusion` and `Bolus` objects, in any order.
    name
        Shown in results.

    Raises
    ------
    ModelError
        With every problem of the description.
    """

    def __init__(self, administrations: Sequence[Infusion], *, name: str = "regimen") -> None:
        self.document: dict[str, Any] = {
            "regimen": name,
            "administrations": [a.document for a in administrations],
        }
        self.core = _core.Regimen(self.document)

    @classmethod
    def _of(cls, core: _core.Regimen) -> Regimen:
        regimen = cls.__new__(cls)
        regimen.document = {}
        regimen.core = core
        return regimen

    @property
    def name(self) -> str:
        """Name shown in results."""
        return self.core.name

    @property
    def administrations(self) -> list[dict[str, Any]]:
        """Every administration with repeats expanded; times in h, activity in MBq, amount in nmol."""
        return self.core.administrations

    def __len__(self) -> int:
        return len(self.administrations)

    def __repr__(self) -> str:
        n = len(self)
        activity = sum(a["activity_MBq"] or 0.0 for a in self.administrations) / 1000.0
        return (
            f"<Regimen {self.name!r}: {n} administration{'' if n == 1 else 's'}, {activity:g} GBq>"
        )

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{a['time_h'] / 24:.4g} d</td><td>{html.escape(a['ligand'])}</td>"
            f"<td>{html.escape(a['nuclide'])}</td><td>{a['activity_MBq'] or 0:g} MBq</td></tr>"
            for a in self.administrations
        )
        return f"<b>{html.escape(self.name)}</b><table>{rows}</table>"


def repeat(administration: Infusion, *, every: Quantity, count: int) -> Regimen:
    """Repeat an administration; `count` is the total number.

    Examples
    --------
    >>> cycle = Infusion("dotatate", nuclide="Lu-177", activity="7.4 GBq", amount="100 nmol",
    ...                  duration="30 min")
    >>> repeat(cycle, every="8 week", count=4)
    <Regimen 'regimen': 4 administrations, 29.6 GBq>
    """
    document = {
        **administration.document,
        "repeat": {"every": as_text(every), "count": count},
    }
    regimen = Regimen.__new__(Regimen)
    regimen.document = {"regimen": "regimen", "administrations": [document]}
    regimen.core = _core.Regimen(regimen.document)
    return regimen


def read_regimen(name: str, *, library: _core.Library | None = None) -> Regimen:
    """Read a regimen by library name or path.

    Examples
    --------
    >>> read_regimen("netter1")
    <Regimen 'netter1': 4 administrations, 29.6 GBq>
    """
    return Regimen._of(_core.read_regimen(library or _shipped(), name))


regimen = read_regimen
