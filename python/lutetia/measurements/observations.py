"""The table of measurements: one row per measured value, checked when it is made."""

from __future__ import annotations

import html
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from lutetia import _core
from lutetia.data import shipped
from lutetia.measurements.administrations import Administrations, administration_table
from lutetia.measurements.agreement import check_canonical, check_values
from lutetia.measurements.canonical import with_administered, with_canonical
from lutetia.measurements.cells import filled, read_cells
from lutetia.measurements.columns import CANONICAL_NAMES, GIVEN, GIVEN_NAMES
from lutetia.measurements.files import read_table, write_table
from lutetia.measurements.problems import TableProblems


class Observations:
    """Measured values of one or more patients.

    Made by `from_frame` or `read`; it does not change afterwards. Columns, one row per value:

    ============================  ==========================================================================
    ``patient``                   name
    ``cycle``                     1 for the first administration that begins a cycle
    ``region``                    as in the model, ``"kidney"``, or the name of a lesion
    ``region_class``              organ, tumor, blood, whole_body or excreta
    ``t_h``                       from the *start* of the administration of the cycle [h]
    ``quantity``                  activity, concentration or fraction (of the administered activity)
    ``value``, ``unit``           any unit of the quantity: MBq, kBq/mL, %
    ``sd``                        standard deviation in the same unit, optional
    ``censoring``                 none (default) or left: below ``detection_limit``, the value may be empty
    ``detection_limit``           in the same unit
    ``decay_corrected``           true: to the start of the administration of the cycle; false: as it was
    ``modality``                  SPECT, planar, PET or counter
    ``nuclide``                   e.g. Lu-177
    ``volume_mL``                 of the region; needed for a concentration
    ``scan``                      name of a series that shares its calibration, optional
    ``include``                   false: kept in the table but not used; default true
    ``group``                     name of an error model of its own, optional
    ``administered_activity_MBq`` of the cycle, at its start; needed for a fraction, else optional
    ============================  ==========================================================================

    Columns that are added: ``activity_MBq``, ``sd_MBq`` and ``detection_limit_MBq``, the decaying activity
    in the region at the time of the scan, whatever was written down.

    Examples
    --------
    >>> import pandas as pd
    >>> scans = pd.DataFrame({
    ...     "patient": "p1", "cycle": 1, "region": ["kidney", "liver"], "region_class": "organ",
    ...     "t_h": 24.0, "quantity": "fraction", "value": [1.9, 2.4], "unit": "%",
    ...     "decay_corrected": False, "modality": "SPECT", "nuclide": "Lu-177"})
    >>> observations = Observations.from_frame(
    ...     scans, administrations={1: {"activity_MBq": 7400, "nuclide": "Lu-177"}})
    >>> observations
    <Observations: 2 values of 1 patient, 1 cycle, 2 regions>
    >>> observations.frame["activity_MBq"].round(1).tolist()
    [140.6, 177.6]
    """

    def __init__(self, frame: pd.DataFrame) -> None:
        self._frame = frame

    @classmethod
    def from_frame(
        cls,
        frame: pd.DataFrame,
        *,
        administrations: Administrations | None = None,
        library: _core.Library | None = None,
        defaults: Mapping[str, Any] | None = None,
    ) -> Observations:
        """Check a DataFrame and convert its values.

        Parameters
        ----------
        frame
            Columns as in the class; numbers may be texts.
        administrations
            Fills in ``administered_activity_MBq``; see `administration_table`.
        library
            Where half-lives come from; the shipped one when absent.
        defaults
            One value for all rows of columns the table lacks, ``{"nuclide": "Lu-177"}``.

        Raises
        ------
        DataError
            With every problem of the table, each with row and column (``error.problems``).
        """
        problems = TableProblems("observations")
        return cls.checked(frame, problems, administrations, library, defaults)

    @classmethod
    def read(
        cls,
        path: str | Path,
        *,
        administrations: Administrations | None = None,
        library: _core.Library | None = None,
        defaults: Mapping[str, Any] | None = None,
    ) -> Observations:
        """Read a CSV or Parquet file, as its suffix says; see `from_frame`.

        Raises
        ------
        DataError
            With every problem of the file, each with row, line and column.
        FileNotFoundError
            If there is no such file.
        ImportError
            If Parquet needs a package that is not installed.
        """
        frame, lines = read_table(Path(path))
        return cls.checked(
            frame, TableProblems(str(path), lines), administrations, library, defaults
        )

    @classmethod
    def checked(
        cls,
        raw: pd.DataFrame,
        problems: TableProblems,
        administrations: Administrations | None,
        library: _core.Library | None,
        defaults: Mapping[str, Any] | None = None,
    ) -> Observations:
        """Check a table whose problems are named as those of another one, as `from_frame` does."""
        table = None if administrations is None else administration_table(administrations)
        raw = filled(raw, defaults or {}, problems)
        frame = read_cells(raw, GIVEN, problems, CANONICAL_NAMES)
        frame["censoring"] = [word or "none" for word in frame["censoring"]]
        frame["include"] = pd.Series(
            [word is not False for word in frame["include"].astype("object")], dtype="bool"
        )
        check_values(frame, problems)
        frame = with_administered(frame, table, problems)
        frame = with_canonical(frame, library or shipped(), problems)
        check_canonical(raw, frame, problems)
        problems.raise_if_any()
        return cls(frame)

    @property
    def frame(self) -> pd.DataFrame:
        """All columns, those of the class and the added ones; a copy."""
        return self._frame.copy()

    @property
    def patients(self) -> list[str]:
        """Patients in the order they appear."""
        return list(dict.fromkeys(self._frame["patient"]))

    @property
    def regions(self) -> list[str]:
        """Regions in the order they appear."""
        return list(dict.fromkeys(self._frame["region"]))

    def for_patient(self, name: str) -> Observations:
        """Select the rows of one patient.

        Raises
        ------
        ValueError
            If there is no such patient.
        """
        if name not in self.patients:
            hint = _core.suggestion(str(name), self.patients)
            raise ValueError(f"unknown patient {name!r}; {hint}")
        rows = self._frame[self._frame["patient"] == name]
        return Observations(rows.reset_index(drop=True))

    def write(self, path: str | Path) -> None:
        """Write a CSV or Parquet file that `read` gives back without loss.

        The added columns are left out: they follow from the others.
        """
        write_table(self._frame[GIVEN_NAMES], Path(path))

    def table(self) -> pd.DataFrame:
        """Tabulate activity [MBq] by region.

        Returns
        -------
        pandas.DataFrame
            Index patient, cycle, nuclide, modality, ``t_h`` and, where values repeat, ``repeat``; a column
            per region. NaN for a censored value.
        """
        index = ["patient", "cycle", "nuclide", "modality", "t_h"]
        frame = self._frame[[*index, "region", "activity_MBq"]]
        frame = frame.assign(
            activity_MBq=frame["activity_MBq"].where(self._frame["censoring"] == "none"),
            repeat=frame.groupby([*index, "region"]).cumcount() + 1,
        )
        if (frame["repeat"] > 1).any():
            index = [*index, "repeat"]
        return frame.pivot(index=index, columns="region", values="activity_MBq")[self.regions]

    def summary(self) -> str:
        """Describe patients, cycles, regions, modalities and what is censored as text."""
        f = self._frame
        lines = [repr(self)[1:-1]]
        for (nuclide, modality), rows in f.groupby(["nuclide", "modality"], sort=False):
            states = sorted(set(rows["decay_corrected"]))
            words = " and ".join("decay-corrected" if s else "decaying" for s in states)
            times = f"{rows['t_h'].min():g} to {rows['t_h'].max():g} h"
            lines.append(f"{nuclide} {modality}: {len(rows)} values, {words}, {times}")
        lines.append(f"regions: {', '.join(self.regions)}")
        censored, left_out = int((f["censoring"] == "left").sum()), int((~f["include"]).sum())
        lines.append(
            f"{censored} below the detection limit, {int(f['sd'].isna().sum())} without sd, "
            f"{left_out} not included"
        )
        return "\n".join(lines)

    def __len__(self) -> int:
        return len(self._frame)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Observations) and self._frame.equals(other._frame)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        cycles = len(self._frame[["patient", "cycle"]].drop_duplicates())
        counts = [
            _count(len(self.patients), "patient"),
            _count(cycles, "cycle"),
            _count(len(self.regions), "region"),
        ]
        return f"<Observations: {_count(len(self), 'value')} of {', '.join(counts)}>"

    def _repr_html_(self) -> str:
        table = self.table().to_html(na_rep="", float_format="{:.4g}".format)
        return f"<b>{html.escape(repr(self)[1:-1])}</b>, activity [MBq]{table}"


def _count(number: int, word: str) -> str:
    return f"{number} {word}" + ("" if number == 1 else "s")
