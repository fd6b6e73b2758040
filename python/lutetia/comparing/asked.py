"""What is compared, by name, and what each patient is given of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, TypeAlias

from lutetia import _core
from lutetia.batch.many import Prescription, prescribed, refuse_later_administrations
from lutetia.errors import PlanError
from lutetia.patient import Patient
from lutetia.planning.policies import Policy, policy
from lutetia.prescription import Infusion, Regimen

if TYPE_CHECKING:
    from lutetia.radiobiology import TissueValues

Asked: TypeAlias = "Regimen | Policy"
Compared: TypeAlias = "Prescription | Policy"


@dataclass(frozen=True)
class Given:
    """What each patient is given.

    Attributes
    ----------
    asked : dict of str to Regimen or Policy
        By the names of tables and figures.
    patients : list of Patient
    regimens : dict of (str, str) to Regimen
        By patient and name; without those that are not possible.
    reasons : dict of (str, str) to str
        Why something is not possible, by patient and name.
    """

    asked: dict[str, Asked]
    patients: list[Patient]
    regimens: dict[tuple[str, str], Regimen]
    reasons: dict[tuple[str, str], str]

    @property
    def adapted(self) -> list[str]:
        """Names of the policies."""
        return [name for name, what in self.asked.items() if isinstance(what, Policy)]

    def of(self, patient: Patient) -> dict[str, Regimen]:
        """Look up what one patient is given, by name."""
        return {name: r for (who, name), r in self.regimens.items() if who == patient.name}

    def under(self, name: str) -> dict[str, Regimen]:
        """Look up what the patients are given under one name, by patient."""
        return {who: r for (who, of), r in self.regimens.items() if of == name}


def named(
    given: Sequence[Compared] | Mapping[str, Compared], library: _core.Library
) -> dict[str, Asked]:
    """Read regimens and policies; a name of both is that of a regimen.

    Raises
    ------
    DataError
        If nothing has such a name.
    ValueError
        If there is none, names repeat, or administrations of one regimen seem to be listed.
    """
    if isinstance(given, str | Regimen | Infusion | Policy):
        raise ValueError(f"regimens must be a list or a mapping, found {given!r}")
    if isinstance(given, Mapping):
        pairs = [(str(name), _read(what, library)) for name, what in given.items()]
    else:
        refuse_later_administrations(given)
        pairs = [(what.name, what) for what in (_read(entry, library) for entry in given)]
    if not pairs:
        raise ValueError("compare needs at least one regimen, found none")
    refuse_repeats("regimens", [name for name, _ in pairs])
    return dict(pairs)


def given_to(
    people: Sequence[Patient],
    asked: dict[str, Asked],
    model: _core.Model,
    convention: str,
    tissues: TissueValues | str | None,
    threads: int | None,
    library: _core.Library,
) -> Given:
    """Adapt policies to each patient; regimens stay as they are."""
    regimens: dict[tuple[str, str], Regimen] = {}
    reasons: dict[tuple[str, str], str] = {}
    for patient in people:
        for name, what in asked.items():
            key = (patient.name, name)
            if isinstance(what, Regimen):
                regimens[key] = what
                continue
            try:
                regimens[key] = what.regimen(
                    model,
                    patient,
                    convention=convention,
                    tissues=tissues,
                    threads=threads,
                    library=library,
                )
            except PlanError as error:
                reasons[key] = str(error)
            except ValueError as error:
                if patient.lesions or "no lesion" not in str(error):
                    raise
                reasons[key] = str(error)  # a policy for lesions, and he has none
    return Given(asked, list(people), regimens, reasons)


def refuse_repeats(what: str, names: list[str]) -> None:
    """Raise when a name stands twice."""
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        hint = "; give them as a mapping from names" if what == "regimens" else ""
        raise ValueError(f"names of {what} must differ, found {', '.join(repeated)} twice{hint}")


def _read(given: Compared, library: _core.Library) -> Asked:
    if isinstance(given, Policy):
        return given
    if isinstance(given, str) and _is_policy(given, library):
        return policy(given, library=library)
    return prescribed(given, library)


def _is_policy(name: str, library: _core.Library) -> bool:
    """Tell whether a name is a policy's, or a slip of one, and no regimen's."""
    regimens, policies = library.names("regimen"), library.names("policy")
    if name in regimens or name in policies:
        return name not in regimens
    near = get_close_matches(name, [*regimens, *policies], n=1)
    return bool(near) and near[0] not in regimens
