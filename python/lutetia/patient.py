"""Patients and lesions.

Descriptions written in Python become the same document as a YAML file and pass through the same
reader, with the same checks and messages.
"""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from typing import Any

from lutetia import _core
from lutetia.data import shipped
from lutetia.units import Quantity, as_text, without_none


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
        Where it sits, e.g. ``"liver"``: a lesion of the liver shares what is given into the hepatic
        artery.
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
        self.document = without_none(
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
        With units; GFR absolute, e.g. ``"100 mL/min"``, or the name of the parameter that computes
        it: ``"gfr_ckd_epi"`` or ``"gfr_cockcroft_gault"`` (from `creatinine` and `age`),
        ``"gfr_mag3"`` (from `mag3_clearance`).
    body_surface_area
        Instead of the value computed from weight and height.
    hematocrit
        Fraction; a typical value by sex when absent.
    organs
        ``{"kidney": "310 mL", "spleen": "absent"}`` or ``{"kidney": {"volume": "310 mL", …}}``.
    lesions
        Any number of `Lesion`.
    creatinine, age, mag3_clearance
        Serum creatinine (``"80 umol/L"``), age and tubular extraction rate, for a computed GFR.
    parameters
        Other parameters of the model by full name, ``{"kidney.receptor_density": "4 nmol/L"}``.
    cycle_effects
        How parameters follow the cycles: ``{"parameter": "lesions.receptor_density", "term":
        "per_cycle_factor", "factor": 0.94}``; terms ``none``, ``per_cycle_factor`` (factor),
        ``exponential`` (decline), ``free_per_cycle`` (factors, 1 first).
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
        creatinine: Quantity = None,
        age: Quantity = None,
        mag3_clearance: Quantity = None,
        organs: Mapping[str, Any] | None = None,
        lesions: Sequence[Lesion] = (),
        parameters: Mapping[str, Quantity] | None = None,
        cycle_effects: Sequence[Mapping[str, Any]] = (),
        name: str = "patient",
    ) -> None:
        self.document = without_none(
            {
                "patient": name,
                "sex": sex,
                "weight": weight,
                "height": height,
                "gfr": gfr,
                "body_surface_area": body_surface_area,
                "hematocrit": hematocrit,
                "creatinine": creatinine,
                "age": age,
                "mag3_clearance": mag3_clearance,
                "organs": dict(organs) if organs else None,
                "lesions": [lesion.document for lesion in lesions] or None,
                "parameters": dict(parameters) if parameters else None,
                "cycle_effects": [dict(effect) for effect in cycle_effects] or None,
            }
        )
        self.core = _core.Patient(self.document)

    @classmethod
    def _of(cls, core: _core.Patient) -> Patient:
        patient = cls.__new__(cls)
        patient.document = core.document
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

    def __reduce__(self) -> tuple[Any, ...]:
        return patient_of, (self.core.document,)

    def __repr__(self) -> str:
        n = len(self.lesions)
        return f"<Patient {self.name!r}: {self.sex}, {n} lesion{'' if n == 1 else 's'}>"

    def _repr_html_(self) -> str:
        return f"<code>{html.escape(repr(self))}</code> {html.escape(', '.join(self.lesions))}"


def patient_of(document: Mapping[str, Any]) -> Patient:
    """Patient of a description as in a file, such as `Patient.document`.

    Raises
    ------
    ModelError
        With every problem of the description.

    Examples
    --------
    >>> patient_of(read_patient("reference_male").document)
    <Patient 'reference_male': male, 1 lesion>
    """
    return Patient._of(_core.Patient(dict(document)))


def read_patients(name: str, *, library: _core.Library | None = None) -> list[Patient]:
    """Read a patient or a cohort by library name or path; a single patient is a list of one.

    Examples
    --------
    >>> len(read_patients("k16_cohort"))
    8
    """
    return [Patient._of(core) for core in _core.read_patients(library or shipped(), name)]


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
