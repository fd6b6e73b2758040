"""Administrations and regimens; as patients, they pass through the reader of the YAML files."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from typing import Any

from lutetia import _core
from lutetia.data import shipped
from lutetia.units import HOURS_PER_DAY, MBQ_PER_GBQ, Quantity, as_text, without_none


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
    amino_acids
        A mix of the library (``"lysine_arginine"``: 25 g of each over 4 h from 30 min before),
        ``{"mix": "lysine_arginine", "start": "60 min"}``, or all of ``start``, ``duration`` and
        ``amounts``; none when absent.
    unlabeled_as
        Ligand the unlabeled part of the peptide is, when its affinity differs.
    split
        Shares that enter compartments or organs directly, ``{"liver_1": "60 %"}``; the rest takes
        the usual way of the route.
    impurities
        Other nuclides on the same ligand, as fractions of the activity at the time it refers to:
        ``{"Lu-177m": 1e-4}``.
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
        amino_acids: str | Mapping[str, Any] | None = None,
        unlabeled_as: str | None = None,
        split: Mapping[str, Quantity] | None = None,
        impurities: Mapping[str, Quantity] | None = None,
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
            amino_acids=dict(amino_acids) if isinstance(amino_acids, Mapping) else amino_acids,
            unlabeled_as=unlabeled_as,
            split=dict(split) if split else None,
            impurities=dict(impurities) if impurities else None,
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
    windows
        Factors on parameters for some time, such as a drug that raises receptor density:
        ``{"parameter": "lesions.receptor_density", "factor": 1.5, "from": "-3 day", "to": "10 day"}``.
    name
        Shown in results.

    Raises
    ------
    ModelError
        With every problem of the description.
    """

    def __init__(
        self,
        administrations: Sequence[Infusion],
        *,
        windows: Sequence[Mapping[str, Any]] = (),
        name: str = "regimen",
    ) -> None:
        self.document: dict[str, Any] = {
            "regimen": name,
            "administrations": [a.document for a in administrations],
        }
        if windows:
            self.document["windows"] = [dict(window) for window in windows]
        self.core = _core.Regimen(self.document)

    @classmethod
    def _of(cls, core: _core.Regimen) -> Regimen:
        regimen = cls.__new__(cls)
        regimen.document = core.document
        regimen.core = core
        return regimen

    def with_values(self, values: Mapping[str, Any]) -> Regimen:
        """Copy with other amounts, activities, durations, starts or amino acids.

        Parameters
        ----------
        values
            ``"amount"``, ``"duration"``, ``"route"``, ``"infusate_decays"``, ``"amino_acids"``,
            ``"amino_acids.start"`` or ``"amino_acids.duration"`` of all administrations,
            ``"activity"``, ``"molar_activity"``, ``"nuclide"`` or ``"unlabeled_as"`` of the labeled
            ones, or ``"administration_2.amount"`` of one, in order of time from 1;
            ``"at"`` of one. An activity is that at the start and replaces a calibrated one with its
            residual; an amount replaces a molar activity. The order of the names does not matter: what
            holds for all goes before what holds for one, a mix before its start and duration, times
            last.

        Raises
        ------
        ModelError
            If a name or a value is wrong.

        Examples
        --------
        >>> read_regimen("netter1").with_values({"administration_1.activity": "3.7 GBq"})
        <Regimen 'netter1': 4 administrations, 25.9 GBq>
        """
        core = self.core
        for name in sorted(values, key=_application_order):
            core = core.with_value(name, as_text(values[name]))
        return Regimen._of(core)

    @property
    def name(self) -> str:
        """Name shown in results."""
        return self.core.name

    @property
    def administrations(self) -> list[dict[str, Any]]:
        """Every administration with repeats expanded; times in h, activity in MBq, amount in nmol."""
        return self.core.administrations

    def __reduce__(self) -> tuple[Any, ...]:
        return regimen_of, (self.core.document,)

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


def _application_order(name: str) -> tuple[bool, bool, bool]:
    """Order in which changes apply: a mix would reset its start, a time may change the numbering."""
    number, dot, rest = name.partition(".")
    one = bool(dot) and number.startswith("administration_")
    field = rest if one else name
    return field == "at", field.startswith("amino_acids."), one


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


def regimen_of(document: Mapping[str, Any]) -> Regimen:
    """Regimen of a description as in a file, such as `Regimen.document`.

    Raises
    ------
    ModelError
        With every problem of the description.

    Examples
    --------
    >>> regimen_of(read_regimen("netter1").document)
    <Regimen 'netter1': 4 administrations, 29.6 GBq>
    """
    return Regimen._of(_core.Regimen(dict(document)))


def read_regimen(name: str, *, library: _core.Library | None = None) -> Regimen:
    """Read a regimen by library name or path.

    Examples
    --------
    >>> read_regimen("netter1")
    <Regimen 'netter1': 4 administrations, 29.6 GBq>
    """
    return Regimen._of(_core.read_regimen(library or shipped(), name))


regimen = read_regimen
