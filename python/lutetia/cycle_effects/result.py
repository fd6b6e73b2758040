"""A fitted cycle effect: parameters, predictions, comparison, figure."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from lutetia.cycle_effects.design import DEVIATIONS, VALUE, VOLUME, Design
from lutetia.cycle_effects.estimates import (
    first_cycle,
    interval,
    log_factor,
    parameter_table,
    predicted,
    variability_table,
)
from lutetia.cycle_effects.mixed_effects import MixedFit
from lutetia.result import RESEARCH_ONLY

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from lutetia.cycle_effects.comparison import CycleEffectComparison


class CycleEffectFit:
    """A fitted cycle effect.

    Attributes
    ----------
    table : pandas.DataFrame
        What was fitted.
    term : str
        As in `fit_cycle_effect`.
    n_values : int
        Values, volumes included when fitted.
    n_parameters : int
        Estimated effects and variances, those estimated as zero included.
    minus_two_log_likelihood : float
        Restricted or not, as fitted; of ln value.
    deviations : tuple of str
        Those asked for that the table could tell apart.
    """

    def __init__(self, made: Design, mixed: MixedFit, inter_cycle_cv: float | None = None) -> None:
        self._inter_cycle_cv = inter_cycle_cv
        self._design = made
        self._mixed = mixed
        self.table = made.table
        self.term = made.term
        self.n_values = made.blocks.size
        self.n_parameters = len(mixed.beta) + len(mixed.variances)
        self.minus_two_log_likelihood = mixed.minus_two_log_likelihood
        kinds = {c.kind for c in made.components}
        self.deviations = tuple(name for name, kind in DEVIATIONS.items() if kind in kinds)
        self._parameters: pd.DataFrame | None = None

    @property
    def aicc(self) -> float:
        """Akaike's criterion with the correction for few values; NaN when values − parameters < 2.

        Only comparable between fits with ``restricted=False``.
        """
        n, k = self.n_values, self.n_parameters
        if n - k < 2:
            return float("nan")
        return self.minus_two_log_likelihood + 2 * k + 2 * k * (k + 1) / (n - k - 1)

    @property
    def parameters(self) -> pd.DataFrame:
        """Effects of groups, patients and lesions with intervals.

        Returns
        -------
        pandas.DataFrame
            Index quantity: ``decline_percent_per_cycle``, ``decline_percent_after_first`` or
            ``decline_percent_from_first`` (with its cycle), positive for a fall; ``decline`` [1/cycle] of the
            exponential; ``value_in_first_cycle``, the median of a group; the same of volumes, with ``volume_``
            before them. Columns ``group``, ``patient``, ``lesion`` (empty where it is of all of them),
            ``cycle``, ``estimate``, ``low_90``, ``high_90``, ``low_95``, ``high_95``, ``standard_error`` (of
            ln) and ``freedom`` (degrees of the t distribution). Patients and lesions are shrunk towards
            their group.
        """
        if self._parameters is None:
            self._parameters = parameter_table(self._design, self._mixed)
        return self._parameters

    @property
    def variability(self) -> pd.DataFrame:
        """Estimated spread of ln value (and volume): standard deviation and coefficient of variation.

        Returns
        -------
        pandas.DataFrame
            Index component: ``residual`` (inter-cycle variability of a lesion, with the measurement error unless
            that is given), ``patient_cycle`` (what the lesions of a patient share in a cycle), ``patient_slope``
            and ``lesion_slope`` (deviation of the effect), ``patient_level`` and ``lesion_level``. Columns
            ``of`` (value or volume), ``standard_deviation``, ``cv_percent``. Components that are not listed
            could not be told from those that are.
        """
        return variability_table(self._design, self._mixed)

    @property
    def first_cycle(self) -> pd.Series[float]:
        """Fitted value of every lesion in the first cycle, index (patient, lesion), in the unit of the table."""
        return first_cycle(self._design, self._mixed)

    def predict(
        self,
        cycle: int | Sequence[int],
        patient: str | None = None,
        lesion: str | None = None,
        *,
        group: str | None = None,
        new_lesion: bool = False,
        coverage: float = 0.90,
        measurement_cv: float = 0.0,
        of: str = "value",
    ) -> pd.DataFrame:
        """Predict values of cycles, seen or not, in patients seen or not.

        Intervals are for one new value: they contain the uncertainty of the estimates, the deviations of patient and
        lesion, and the inter-cycle variability, with the t distribution that the number of values
        allows. Errors of the measurement are contained as far as the fitted residual contains them: add
        `measurement_cv` when the table had a ``standard_deviation``.

        Parameters
        ----------
        cycle
            One or several, from 1.
        patient
            One of the table; when absent a patient never seen, unless the table has a single one.
        lesion
            One of the patient; all of them when absent.
        group
            Of the patient never seen; needed when there are several.
        new_lesion
            Predict a lesion of the patient that was not measured.
        coverage
            Of the interval, in (0, 1).
        measurement_cv
            Coefficient of variation of the measurement to be predicted.
        of
            ``"value"`` or ``"volume"``.

        Returns
        -------
        pandas.DataFrame
            Columns ``patient``, ``lesion``, ``cycle``, ``estimate`` (median), ``low``, ``high``, in the unit of the table,
            ``standard_error`` (of ln) and ``freedom``.

        Raises
        ------
        ValueError
            If there is no such patient, lesion, group or cycle.

        Examples
        --------
        >>> import lutetia as lt
        >>> table = pd.DataFrame({"patient": list("ABCD"), "cycle_1": [40.0, 31.0, 22.0, 35.0],
        ...                       "cycle_2": [37.0, 27.0, 21.0, 31.0], "cycle_3": [33.0, 25.0, 17.0, 28.0]})
        >>> fit = lt.fit_cycle_effect(table)
        >>> fit.predict(cycle=4, patient="A")[["estimate", "low", "high"]].round(0)
           estimate   low  high
        0      29.0  27.0  32.0
        """
        cycles = [cycle] if isinstance(cycle, (int, np.integer)) else list(cycle)
        response = self._response(of)
        if not cycles or any(c != int(c) or c < 1 for c in cycles):
            raise ValueError(f"cycle must be whole numbers from 1, found {cycle!r}")
        if not 0 < coverage < 1:
            raise ValueError(f"coverage must lie in (0, 1), found {coverage}")
        if not measurement_cv >= 0:
            raise ValueError(f"measurement_cv must not be negative, found {measurement_cv}")
        who = self._who(patient, lesion, group, new_lesion)
        rows = []
        for name, number, of_group in who:
            for c in map(int, cycles):
                guess = predicted(
                    self._design, self._mixed, of_group, name, number, c, response, measurement_cv
                )
                low, high = interval(guess, coverage)
                lesion_name = self._design.lesions[number][1] if number >= 0 else ""
                row = (name or "", lesion_name, c, guess.value, low, high)
                rows.append((*row[:3], *np.exp(row[3:]), guess.standard_error, guess.freedom))
        names = [
            "patient",
            "lesion",
            "cycle",
            "estimate",
            "low",
            "high",
            "standard_error",
            "freedom",
        ]
        return pd.DataFrame(rows, columns=names)

    def as_cycle_effect(
        self,
        parameter: str = "lesions.receptor_density",
        *,
        patient: str | None = None,
        group: str | None = None,
        of: str = "value",
    ) -> dict[str, Any]:
        """Write the effect as a patient's description takes it (`cycle_effects` of `Patient`).

        Parameters
        ----------
        parameter
            What shall follow the cycles.
        patient
            Take the effect of this patient, in the mean of the lesions; that of the group when absent.
        group
            Needed without a patient when there are several.
        of
            ``"value"`` or ``"volume"``.

        Returns
        -------
        dict
            ``after_first`` becomes ``free_per_cycle`` with two factors, the last of which stays.

        Raises
        ------
        ValueError
            If there is no such patient or group, or several groups and none is given.

        Examples
        --------
        >>> import lutetia as lt
        >>> table = pd.DataFrame({"patient": ["A"], "cycle_1": [40.0], "cycle_2": [36.0], "cycle_3": [32.4]})
        >>> lt.fit_cycle_effect(table).as_cycle_effect()
        {'parameter': 'lesions.receptor_density', 'term': 'per_cycle_factor', 'factor': 0.9}
        """
        response = self._response(of)
        name, _, of_group = self._who(patient, None, group, new_lesion=True)[0]

        def factor(cycle: int) -> float:
            who = name if patient else None
            effect = log_factor(self._design, self._mixed, of_group, who, -1, cycle, response)
            return float(round(np.exp(effect.value), 6))

        if response == VOLUME or self.term == "per_cycle_factor":
            return {"parameter": parameter, "term": "per_cycle_factor", "factor": factor(2)}
        if self.term == "exponential":
            return {
                "parameter": parameter,
                "term": "exponential",
                "decline": round(-np.log(factor(2)), 6),
            }
        if self.term == "none":
            return {"parameter": parameter, "term": "none"}
        last = 2 if self.term == "after_first" else self._design.last_cycle
        factors = [1.0, *(factor(c) for c in range(2, last + 1))]
        return {"parameter": parameter, "term": "free_per_cycle", "factors": factors}

    def compare(
        self, terms: Sequence[str] | None = None, *, prediction: bool = True
    ) -> CycleEffectComparison:
        """Compare terms of the value on the table of this fit, see `compare_cycle_effects`."""
        from lutetia.cycle_effects.comparison import compare_cycle_effects

        return compare_cycle_effects(
            self.table, terms, prediction=prediction, inter_cycle_cv=self._inter_cycle_cv
        )

    def plot(self, ax: Axes | None = None, *, coverage: float = 0.90) -> Axes:
        """Draw values and fitted curves of every lesion relative to its first cycle, see `plot_cycle_effect`."""
        from lutetia.cycle_effects.plot import plot_cycle_effect

        return plot_cycle_effect(self, ax, coverage=coverage)

    def summary(self) -> str:
        """Write the effects and the spread as text."""
        made = self._design
        shown = self.parameters
        shown = shown[(shown["patient"] == "")].drop(columns=["patient", "lesion"]).round(3)
        left_out = [name for name in DEVIATIONS if name not in self.deviations]
        lines = [
            f"Cycle effect {self.term!r} of {made.table.attrs.get('value', 'value')}: {len(made.patients)} patients, "
            f"{len(made.lesions)} lesions, {len(made.table)} values",
            shown.to_string(),
            "Spread (of the logarithm):",
            self.variability.round(4).to_string(),
        ]
        if left_out:
            lines.append(f"Not estimated from this table, deviations of: {', '.join(left_out)}")
        return "\n".join([*lines, RESEARCH_ONLY])

    def __repr__(self) -> str:
        return f"<CycleEffectFit: {self.term!r}, {len(self._design.patients)} patients, {self.n_values} values>"

    def _repr_html_(self) -> str:
        shown = self.parameters[self.parameters["patient"] == ""]
        return f"<p>Cycle effect {html.escape(self.term)}</p>{shown.round(3).to_html()}<p>{RESEARCH_ONLY}</p>"

    def _response(self, of: str) -> int:
        if of not in ("value", "volume"):
            raise ValueError(f"of must be 'value' or 'volume', found {of!r}")
        if of == "volume" and all(c.response == VALUE for c in self._design.columns):
            raise ValueError("volumes were not fitted; use fit_cycle_effect(…, volume=True)")
        return VOLUME if of == "volume" else VALUE

    def _who(
        self, patient: str | None, lesion: str | None, group: str | None, new_lesion: bool
    ) -> list[tuple[str | None, int, str]]:
        """Patient, number of the lesion and group of everyone asked for."""
        made = self._design
        if patient is None and len(made.patients) == 1 and group is None:
            patient = made.patients[0]
        if patient is None:
            if lesion is not None:
                raise ValueError("lesion needs the patient it belongs to")
            if group is None and len(made.groups) > 1:
                raise ValueError(f"group must be one of {made.groups} for a patient never seen")
            if group is not None and group not in made.groups:
                raise ValueError(f"group must be one of {made.groups}, found {group!r}")
            return [(None, -1, group or made.groups[0])]
        if patient not in made.patients:
            raise ValueError(f"patient must be one of {made.patients}, found {patient!r}")
        of_group = made.group_of[patient]
        if group not in (None, of_group):
            raise ValueError(f"patient {patient!r} is of group {of_group!r}, found group {group!r}")
        if new_lesion:
            return [(patient, -1, of_group)]
        known = {name: i for i, (p, name) in enumerate(made.lesions) if p == patient}
        if lesion is not None and lesion not in known:
            raise ValueError(f"lesion must be one of {list(known)}, found {lesion!r}")
        return [(patient, i, of_group) for name, i in known.items() if lesion in (None, name)]
