"""Questions to the planner that make no sense: arguments without effect, regions that do not exist."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from lutetia import _core
from lutetia.patient import Patient
from lutetia.planning.delivered import Delivered
from lutetia.planning.limits import nearest_of
from lutetia.planning.objectives import OBJECTIVES
from lutetia.prescription import Regimen
from lutetia.radiobiology import tissues_with


def refuse_what_does_nothing(a: Mapping[str, Any]) -> None:
    """Refuse arguments of `plan` that would be ignored: whoever gives them expects something of them.

    Raises
    ------
    ValueError
        With what they need.
    """
    if a["draws"] is None:
        for name in ("risk", "chance", "n"):
            if a[name] is not None:
                raise ValueError(
                    f"{name} needs draws: without them there is one patient and no risk, found {name}={a[name]!r}; "
                    "pass draws=… or leave it out"
                )
    elif a["n"] is not None and isinstance(a["draws"], pd.DataFrame):
        raise ValueError(
            f"n is how many are drawn from a fit; a table of draws has {len(a['draws'])} rows, found n={a['n']!r}"
        )
    if a["front_loading"] is not None and a["activities"] != "front_loaded":
        raise ValueError(
            f"front_loading needs activities='front_loaded', found activities={a['activities']!r}"
        )
    if a["kill"] is not None and "kill" not in OBJECTIVES[a["objective"]].needs:
        users = " or ".join(repr(o.name) for o in OBJECTIVES.values() if "kill" in o.needs)
        raise ValueError(f"kill needs the objective {users}, found {a['objective']!r}")


def refuse_unknown_regions(
    library: _core.Library,
    model: _core.Model,
    patient: Patient,
    template: Regimen,
    given: Delivered | None,
    tissues: Any,
) -> None:
    """Refuse measured doses and tissues of regions that do not exist.

    Raises
    ------
    ValueError
        With the name that may have been meant.
    """
    if given is None and not isinstance(tissues, Mapping):
        return
    batch = _core.Batch(library, model, [patient.core], [template.core], [], _core.BatchOptions())
    if given is not None:
        _check_measured(given, batch.regions)
    tissues_with(library, tissues, patient.lesions, batch.regions)


def _check_measured(given: Delivered, regions: Sequence[str]) -> None:
    of_cv = given.cv if isinstance(given.cv, Mapping) else {}
    for what, names in (("absorbed_dose", given.absorbed_dose), ("BED", given.BED), ("cv", of_cv)):
        for name in names:
            if name not in regions:
                raise ValueError(
                    f"{what} of the delivered cycles has an unknown region {name!r}, expected one of "
                    f"{list(regions)}{nearest_of(name, regions)}"
                )
