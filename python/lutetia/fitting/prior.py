"""What is known of a patient before the scans: a normal distribution of logarithms."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from lutetia import _core
from lutetia.data import shipped
from lutetia.fitting.coordinates import Coordinate, between_cycle_coordinates, cycle_coordinates
from lutetia.patient import Patient
from lutetia.prescription import Infusion, Regimen
from lutetia.sweeping import described

if TYPE_CHECKING:
    from lutetia.fitting.result import Fit

Array = npt.NDArray[np.float64]


class Prior:
    """Joint prior of the coordinates of a fit, φ ~ N(μ, Ω) in logarithms.

    The median of a parameter is exp(μ); a coefficient of variation CV is ω = √ln(1 + CV²). The most
    probable φ of a fit is the mode of the density of φ, not of the parameter itself. A prior that
    knows nothing has a large ω; a coordinate without a prior does not exist.

    Attributes
    ----------
    coordinates : tuple of Coordinate
    mean : numpy.ndarray
        μ, shape (coordinates,).
    covariance : numpy.ndarray
        Ω, shape (coordinates, coordinates).
    """

    def __init__(
        self, coordinates: Sequence[Coordinate], mean: npt.ArrayLike, covariance: npt.ArrayLike
    ) -> None:
        self.coordinates = tuple(coordinates)
        self.mean = np.array(mean, dtype=float)
        self.covariance = np.array(covariance, dtype=float)
        names = self.names
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"every coordinate needs a name of its own, found {twice} twice")
        _core.Prior(names, self.mean, self.covariance)  # refuses what is no distribution

    @classmethod
    def population(
        cls,
        model: str | _core.Model,
        patient: str | Patient,
        regimen: str | Regimen | Infusion | Sequence[Infusion],
        *,
        free: Sequence[str] | None = None,
        shared: Sequence[str] | None = None,
        cv: Mapping[str, float] | None = None,
        correlation: Mapping[tuple[str, str], float] | None = None,
        cycle_effect: Mapping[str, str] | None = None,
        between_cycles: Sequence[str] = (),
        logit: Sequence[str] = (),
        modules: Sequence[str] = (),
        library: _core.Library | None = None,
    ) -> Prior:
        """Prior from the spread between subjects that model files carry.

        Parameters
        ----------
        model, patient, regimen, modules, library
            As in `simulate`. The values of model and patient are the medians.
        free
            Full names of parameters; ``"lesions.receptor_density"`` is that of every lesion, each of its
            own, correlated by what lesions of a patient share. All parameters with a published spread
            when absent, with what tumors share in `shared`.
        shared
            Names ``"lesions.…"`` for one factor common to all lesions; by default the release and
            internalization rates of tumors.
        cv
            Coefficients of variation by name in `free` or `shared`, before those of the model.
        correlation
            Of logarithms, by pairs of names of coordinates.
        cycle_effect
            How parameters follow the cycles: ``{"lesions.receptor_density": "per_cycle_factor"}``; terms
            ``"per_cycle_factor"`` (factor^(cycle - 1)), ``"after_first"`` and ``"free_per_cycle"``.
            Their median is 1.
        between_cycles
            Parameters that vary from cycle to cycle without trend; a factor for each cycle.
        logit
            Names in `free` that are shares between 0 and 1.

        Returns
        -------
        Prior

        Raises
        ------
        ValueError
            If a name is none, has no spread, or numbers are out of range.

        Examples
        --------
        >>> prior = Prior.population("sstr2_whole_body", "reference_male", "netter1")
        >>> row = prior.table.loc["kidney.receptor_density"]
        >>> float(row["value"]), row["unit"], float(row["cv"])
        (2.275, 'nmol/L', 0.45)
        """
        library = library or shipped()
        read = described(model, patient, regimen, library, modules)
        course = _core.PatientCourse(
            library, read[0], read[1].core, read[2].core, [], _core.BatchOptions().simulation
        )
        rows = {row["name"]: row for row in course.parameters}
        builder = _Builder(
            rows, list(read[1].lesions), cv or {}, logit, _core.fit_assumptions(library, "default")
        )
        if free is None:
            free, by_default = builder.published()
            shared = by_default if shared is None else shared
        for name in free:
            builder.add_values(name)
        for name in shared or ():
            builder.add_shared(name)
        cycles = len(course.cycle_starts)
        for name, term in (cycle_effect or {}).items():
            builder.add_factors(name, "cycle_effect", term, cycles)
        for name in between_cycles:
            builder.add_factors(name, "between_cycles", "", cycles)
        return builder.prior(correlation or {})

    @classmethod
    def after(cls, fit: Fit, *, regimen: Regimen | None = None) -> Prior:
        """Take what is known after a fit, φ and their covariance, as the prior of the next one.

        For measurements the fit has not seen, such as the first SPECT after a PET. Calibration factors and
        scales of errors belong to the measurements of the fit and are left out.

        Parameters
        ----------
        fit
            A fitted patient.
        regimen
            That of the next measurements, when it is another one; see
            `lutetia.fitting.occasions.in_regimen` for what holds there.

        Examples
        --------
        >>> import lutetia as lt, pandas as pd
        >>> scan = lt.Bolus("dotatate", nuclide="Ga-68", activity="100 MBq", amount="10 nmol")
        >>> pet = pd.DataFrame({"t_h": [1.0], "value": [8.0], "region": "kidney"})
        >>> table = lt.Observations.from_frame(pet, defaults=dict(
        ...     patient="p1", cycle=1, region_class="organ", quantity="activity", unit="MBq",
        ...     decay_corrected=False, modality="PET", nuclide="Ga-68"))
        >>> found = lt.fit("sstr2_whole_body", "reference_male", scan, table, starts=1,
        ...                free=["kidney.receptor_density"])
        >>> prior = Prior.after(found, regimen=lt.read_regimen("netter1"))
        >>> before, after = found.prior.table["cv"].iloc[0], prior.table["cv"].iloc[0]
        >>> bool(after < before)
        True
        """
        from lutetia.fitting.occasions import in_regimen

        coordinates, phi, covariance = in_regimen(fit, regimen)
        symmetric = 0.5 * (covariance + covariance.T)  # to the last digit
        return cls(coordinates, phi, symmetric)

    @property
    def names(self) -> list[str]:
        """Names of the coordinates."""
        return [c.name for c in self.coordinates]

    @property
    def table(self) -> pd.DataFrame:
        """Median, unit, CV and 90 % range of every coordinate, index name."""
        rows = []
        for c, mean, sd in zip(
            self.coordinates, self.mean, np.sqrt(np.diag(self.covariance)), strict=True
        ):
            low, high = (c.value(mean + s * 1.6448536269514722 * sd) for s in (-1, 1))
            rows.append((c.value(mean), c.unit, np.sqrt(np.expm1(sd**2)), low, high))
        index = pd.Index(self.names, name="name")
        return pd.DataFrame(rows, index, ["value", "unit", "cv", "low", "high"]).round({"cv": 12})

    def with_values(self, values: Mapping[str, tuple[float, float]]) -> Prior:
        """Copy with other medians and coefficients of variation; correlations stay.

        Parameters
        ----------
        values
            ``{"kidney.receptor_density": (3.0, 0.3)}``: median in the unit of the table, and CV.
        """
        mean, covariance = self.mean.copy(), self.covariance.copy()
        for name, (value, cv) in values.items():
            i = self._index(name)
            mean[i] = self.coordinates[i].phi(value)
            ratio = np.sqrt(np.log1p(cv**2) / covariance[i, i])
            covariance[i, :] *= ratio
            covariance[:, i] *= ratio
        return Prior(self.coordinates, mean, covariance)

    def without(self, names: Sequence[str]) -> Prior:
        """Copy without some coordinates: their parameters stay as model and patient give them."""
        drop = {self._index(name) for name in names}
        keep = [i for i in range(len(self.coordinates)) if i not in drop]
        return Prior(
            [self.coordinates[i] for i in keep],
            self.mean[keep],
            self.covariance[np.ix_(keep, keep)],
        )

    def _index(self, name: str) -> int:
        if name not in self.names:
            raise ValueError(f"the prior has no coordinate {name!r}; it has {self.names}")
        return self.names.index(name)

    def to_dict(self) -> dict[str, Any]:
        """As JSON keeps it."""
        return {
            "coordinates": [c.to_dict() for c in self.coordinates],
            "mean": self.mean.tolist(),
            "covariance": self.covariance.tolist(),
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Prior:
        """Read what `to_dict` wrote."""
        return cls(
            [Coordinate.from_dict(c) for c in data["coordinates"]], data["mean"], data["covariance"]
        )

    def __repr__(self) -> str:
        return f"<Prior of {len(self.coordinates)} coordinates: {', '.join(self.names)}>"

    def _repr_html_(self) -> str:
        return f"<b>{html.escape('Prior')}</b>{self.table.to_html(float_format='{:.3g}'.format)}"


class _Builder:
    """Collects coordinates with their medians and spreads."""

    def __init__(
        self,
        rows: dict[str, dict[str, Any]],
        lesions: list[str],
        cv: Mapping[str, float],
        logit: Sequence[str],
        assumptions: dict[str, Any],
    ) -> None:
        self.rows = rows
        self.lesions = lesions
        self.cv = cv
        self.logit = logit
        self.spread = assumptions["spread"]
        self.coordinates: list[Coordinate] = []
        self.mean: list[float] = []
        self.omega: list[float] = []
        self.together: dict[str, str] = {}  # lesion coordinates → the name they came from

    def published(self) -> tuple[list[str], list[str]]:
        """Parameters with a spread in the model: values, and what all lesions share."""
        own = [
            n for n, row in self.rows.items() if row["cv"] and n.split(".")[0] not in self.lesions
        ]
        of_lesions = dict.fromkeys(
            n.partition(".")[2]
            for n, row in self.rows.items()
            if row["cv"] and n.split(".")[0] in self.lesions
        )
        density = [f"lesions.{p}" for p in of_lesions if p == "receptor_density"]
        return own + density, [f"lesions.{p}" for p in of_lesions if p != "receptor_density"]

    def expanded(self, name: str) -> tuple[str, ...]:
        """Full names of the parameters a name stands for."""
        group, dot, field = name.partition(".")
        names = (
            [f"{lesion}.{field}" for lesion in self.lesions]
            if group == "lesions" and dot
            else [name]
        )
        unknown = [n for n in names if n not in self.rows]
        if unknown or not names:
            from difflib import get_close_matches

            near = get_close_matches(
                name,
                [
                    *self.rows,
                    *(
                        f"lesions.{n.partition('.')[2]}"
                        for n in self.rows
                        if n.split(".")[0] in self.lesions
                    ),
                ],
                1,
            )
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise ValueError(f"no parameter {name!r} to fit in this run{hint}")
        return tuple(names)

    def _omega(self, asked: str, name: str) -> float:
        cv = self.cv.get(name, self.cv.get(asked, self.rows[name]["cv"]))
        if cv is None:
            raise ValueError(
                f"{asked!r} has no published spread; give one, e.g. cv={{{asked!r}: 0.3}}"
            )
        if not 0.0 < cv < np.inf:
            raise ValueError(f"the CV of {asked!r} must be positive, found {cv}")
        return float(np.sqrt(np.log1p(cv**2)))

    def _add(self, coordinate: Coordinate, mean: float, omega: float) -> None:
        self.coordinates.append(coordinate)
        self.mean.append(mean)
        self.omega.append(omega)

    def add_values(self, name: str) -> None:
        """One coordinate for each parameter."""
        for full in self.expanded(name):
            row = self.rows[full]
            logit = name in self.logit or full in self.logit
            if not row["internal"] > 0.0 or (logit and not row["internal"] < 1.0):
                what = "between 0 and 1" if logit else "positive"
                raise ValueError(f"{full!r} must be {what} to be fitted, found {row['internal']}")
            coordinate = Coordinate(full, (full,), None, row["unit"], logit)
            omega = self._omega(name, full)
            if logit:
                omega /= 1.0 - row["internal"]
            if full != name:
                self.together[full] = name
            self._add(coordinate, coordinate.phi(row["internal"]), omega)

    def add_shared(self, name: str) -> None:
        """One factor for all lesions."""
        parameters = self.expanded(name)
        self._add(
            Coordinate(f"{name}, common factor", parameters, (1.0,)),
            0.0,
            self._omega(name, parameters[0]),
        )

    def add_factors(self, name: str, kind: str, term: str, cycles: int) -> None:
        """Factors that follow the cycles."""
        parameters = self.expanded(name)
        if kind == "cycle_effect":
            coordinates = cycle_coordinates(name, parameters, term, cycles)
            omega = self.spread["cycle_effect"]
        else:
            coordinates = between_cycle_coordinates(name, parameters, cycles)
            tumor = parameters[0].split(".")[0] in self.lesions
            omega = self.spread[f"between_cycles_{'tumor' if tumor else 'organ'}"]
        for coordinate in coordinates:
            spread = self.cv.get(coordinate.name, self.cv.get(f"{name}, {kind}", omega))
            self._add(coordinate, 0.0, float(spread))

    def prior(self, correlation: Mapping[tuple[str, str], float]) -> Prior:
        """Put the covariance together."""
        omega = np.array(self.omega)
        covariance = np.diag(omega**2)
        names = [c.name for c in self.coordinates]
        within = self.spread["between_lesions"]
        for i, a in enumerate(names):
            for j, b in enumerate(names):
                if i != j and a in self.together and self.together.get(b) == self.together[a]:
                    covariance[i, j] = max(omega[i] * omega[j] - within**2, 0.0)
        for (a, b), rho in correlation.items():
            if a not in names or b not in names or a == b:
                raise ValueError(f"correlation must name two of {names}, found {(a, b)}")
            i, j = names.index(a), names.index(b)
            covariance[i, j] = covariance[j, i] = rho * omega[i] * omega[j]
        return Prior(self.coordinates, self.mean, covariance)
