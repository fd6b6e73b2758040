"""Protocols by name: a regimen and how it is adapted to a patient."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lutetia import _core
from lutetia.data import shipped
from lutetia.patient import Patient
from lutetia.planning.planner import plan
from lutetia.planning.result import Plan
from lutetia.planning.settings import plan_arguments
from lutetia.prescription import Regimen, read_regimen, regimen_of


@dataclass(frozen=True)
class Policy:
    """A protocol of the library.

    Attributes
    ----------
    name, description : str
    prescribed : Regimen
        As it is before any adaptation.
    settings : dict or None
        Arguments of `plan`; None: the regimen is given whatever the doses.
    sources : tuple of str
    tag : str
    """

    name: str
    description: str
    prescribed: Regimen
    settings: Mapping[str, Any] | None
    sources: tuple[str, ...]
    tag: str

    def plan(self, model: str | _core.Model, patient: str | Patient, **changes: Any) -> Plan:
        """Adapt the regimen to a patient.

        Parameters
        ----------
        model, patient
            As in `plan`.
        **changes
            Arguments of `plan` before those of the policy: ``draws``, ``given``, …

        Raises
        ------
        ValueError
            If the policy adapts nothing.
        PlanError
            As `plan`.
        """
        if self.settings is None:
            raise ValueError(f"policy {self.name!r} adapts nothing; its regimen is `prescribed`")
        return plan(model, patient, self.prescribed, **{**self.settings, **changes})

    def regimen(self, model: str | _core.Model, patient: str | Patient, **changes: Any) -> Regimen:
        """Give what the patient gets.

        Raises
        ------
        PlanError
            If no cycle can be given.
        """
        if self.settings is None:
            return self.prescribed
        found = self.plan(model, patient, **changes).regimen
        assert found is not None  # a course that has not begun does not stop
        return found

    def __repr__(self) -> str:
        return f"<Policy {self.name!r}: {self.description}>"


def policy(name: str, *, library: _core.Library | None = None) -> Policy:
    """Read a policy by library name or path.

    Raises
    ------
    ModelError
        With every problem of the file.

    Examples
    --------
    >>> uppsala = policy("kidney_23_gy")
    >>> uppsala.regimen("sstr2_whole_body", "reference_male")  # 7.4 GBq until the next would be too much
    <Regimen 'plan': 4 administrations, 29.6 GBq>
    """
    library = library or shipped()
    read = _core.policy(library, name)
    named = isinstance(read["regimen"], str)
    return Policy(
        read["name"],
        read["description"],
        read_regimen(read["regimen"], library=library) if named else regimen_of(read["regimen"]),
        None if read["plan"] is None else plan_arguments(read["plan"]),
        tuple(read["sources"]),
        read["tag"],
    )
