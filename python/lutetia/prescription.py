"""Administrations and regimens; as patients, they pass through the reader of the YAML files."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from lutetia import _core
from lutetia.data import shipped
from lutetia.errors import DataError
from lutetia.units import HOURS_PER_DAY, MBQ_PER_GBQ, Quantity, as_text, without_none

# What a new value of a regimen makes void.
REPLACED = {
    "activity": ("calibrated_activity", "calibration_time"),
    "amount": ("molar_activity",),
}


class _Administration:
    kind = ""

    def __init__(self, ligand: str, **keys: Quantity) -> None:
        self.document = without_none({self.kind: ligand, **keys})

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
        Peptide in the syringe, labeled and unlabeled, as amount or mass: ``"100 nmol"``,
        ``"180 ug"``; a residual reduces it by the share of activity left behind. Or give
        `molar_activity`, that at the start. One of them is mandatory: it decides receptor saturation.
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

    _unseen: tuple[str, ...] = ()  # keys of its file that `administrations` does not show

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

    def with_values(self, values: Mapping[str, Quantity]) -> Regimen:
        """Copy with another amount, activity or duration.

        Parameters
        ----------
        values
            ``"amount"``, ``"activity"`` or ``"duration"`` of all administrations (activity of the
            labeled ones), or ``"administration_2.amount"`` of one, in order of time from 1. An activity
            is that at the start and replaces a calibrated one; an amount replaces a molar activity.

        Returns
        -------
        Regimen
            One entry per administration; sources and tags of a file are not kept.

        Raises
        ------
        ValueError
            If a name is none of these.
        DataError
            If the regimen was read from a file and the file says what would get lost.
        ModelError
            If a value is wrong.

        Examples
        --------
        >>> read_regimen("netter1").with_values({"administration_1.activity": "3.7 GBq"})
        <Regimen 'netter1': 4 administrations, 25.9 GBq>
        """
        documents = self._documents({name for name in values if "." not in name})
        for name, value in values.items():
            match = re.fullmatch(
                r"(?:administration_([1-9]\d*)\.)?(amount|activity|duration)", name
            )
            number = int(match[1] or 0) if match else -1
            if match is None or number > len(documents):
                raise ValueError(
                    f"a value of a regimen must be amount, activity or duration, of one of its "
                    f"{len(documents)} administrations as in administration_1.amount, found {name!r}"
                )
            key = match[2]
            for k, document in enumerate(documents, 1):
                if number == k or (number == 0 and (key != "activity" or "nuclide" in document)):
                    for old in REPLACED.get(key, ()):
                        document.pop(old, None)
                    document[key] = as_text(value)
        for k, document in enumerate(documents, 1):
            if not {"amount", "molar_activity"} & document.keys():
                raise DataError(
                    f"the file of regimen {self.name!r} does not give the amount of administration "
                    f"{k} in mol, which would get lost; give it too, e.g. 'amount': '100 nmol'"
                )
        copy = Regimen.__new__(Regimen)
        copy.document = {"regimen": self.name, "administrations": documents}
        copy.core = _core.Regimen(copy.document)
        return copy

    def _documents(self, replaced: set[str]) -> list[dict[str, Any]]:
        """One document per administration, in order of time, starts relative to the first."""
        if self.document:
            given = self.document["administrations"]
            kinds = ["bolus" if "bolus" in d else "infusion" for d in given]
            # Instead of its ligand each one carries its number through the expansion of repeats.
            named = [{**d, kinds[i]: f"number_{i}"} for i, d in enumerate(given)]
            expanded = _core.Regimen({"administrations": named}).administrations
            pairs = [
                (given[int(a["ligand"].removeprefix("number_"))], a["time_h"]) for a in expanded
            ]
            return [
                {**{k: v for k, v in d.items() if k != "repeat"}, "at": f"{time!r} h"}
                for d, time in pairs
            ]
        kept = {old for key in replaced for old in REPLACED.get(key, ())}
        lost = [key for key in self._unseen if key not in kept]
        if lost:
            raise DataError(
                f"values of regimen {self.name!r} cannot be changed: its file holds "
                f"{', '.join(lost)}, which would get lost; write the regimen with Infusion or Bolus"
            )
        return [
            without_none(
                {
                    "infusion" if a["duration_h"] > 0 else "bolus": a["ligand"],
                    "nuclide": a["nuclide"] or None,
                    "activity": a["activity_MBq"] and f"{a['activity_MBq']!r} MBq",
                    "amount": a["amount_nmol"] and f"{a['amount_nmol']!r} nmol",
                    "duration": f"{a['duration_h']!r} h" if a["duration_h"] > 0 else None,
                    "at": f"{a['time_h']!r} h",
                    "infusate_decays": a["infusate_decays"],
                }
            )
            for a in self.administrations
        ]

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
        activity = sum(a["activity_MBq"] or 0.0 for a in self.administrations) / MBQ_PER_GBQ
        return (
            f"<Regimen {self.name!r}: {n} administration{'' if n == 1 else 's'}, {activity:g} GBq>"
        )

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{a['time_h'] / HOURS_PER_DAY:.4g} d</td><td>{html.escape(a['ligand'])}</td>"
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
    library = library or shipped()
    out = Regimen._of(_core.read_regimen(library, name))
    text = Path(library.find("regimen", name)).read_text(encoding="utf-8")
    keys = ("calibrated_activity", "residual_activity", "molar_activity", "route")
    out._unseen = tuple(key for key in keys if re.search(rf"\b{key}\b", text))
    return out


regimen = read_regimen
