"""From a table of values per cycle to the mixed-effects model of a cycle effect.

ln value = level + group effect(cycle) + deviations of patient and lesion + error. A deviation multiplies the
same function of the cycle, z: cycle − 1, or one after the first cycle.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from lutetia.cycle_effects.mixed_effects import FLOOR, Array, Blocks, Target, identifiable
from lutetia.errors import DataError

Indices = npt.NDArray[np.int64]

TERMS = ("none", "after_first", "per_cycle_factor", "exponential", "free_per_cycle")
VALUE, VOLUME = 0, 1
# In the order of preference where data cannot tell two of them apart.
COMPONENTS = (
    "residual",
    "patient_level",
    "lesion_level",
    "patient_slope",
    "lesion_slope",
    "patient_cycle",
)
DEVIATIONS = {"patient": "patient_slope", "lesion": "lesion_slope", "cycle": "patient_cycle"}


@dataclass(frozen=True)
class Column:
    """One fixed effect: the level of a group (cycle 1), or its change from cycle 1 to `cycle`."""

    response: int
    group: str
    cycle: int


@dataclass(frozen=True)
class Component:
    """One variance: a kind of `COMPONENTS`, of the value or the volume."""

    kind: str
    response: int


@dataclass(frozen=True)
class Design:
    """Everything the fit needs; lesions are numbered through all patients, in the order of the table."""

    table: pd.DataFrame
    term: str
    groups: list[str]
    group_of: dict[str, str]
    patients: list[str]
    lesions: list[tuple[str, str]]
    columns: list[Column]
    components: list[Component]
    blocks: Blocks
    lesion: Indices  # (m, n), −1 where there is no observation; so are cycle and response
    cycle: Indices
    response: Indices
    known_inter_cycle: float = 0.0  # variance of ln value, when given

    def shape(self, cycle: npt.ArrayLike, response: int = VALUE) -> Array:
        """Return z of a cycle."""
        z = np.asarray(cycle, dtype=float) - 1.0
        if response == VALUE and self.term == "after_first":
            return np.asarray(np.minimum(z, 1.0))
        if response == VALUE and self.term == "free_per_cycle":
            return np.asarray(np.minimum(z, self.last_cycle - 1.0))
        return z

    @property
    def last_cycle(self) -> int:
        """Last cycle of the table; terms without a curve keep their last factor after it."""
        return int(self.table["cycle"].max())

    def later_cycles(self, group: str) -> list[int]:
        """Cycles of a group that have a factor of their own."""
        return [c.cycle for c in self.columns if _of(c, group, VALUE) and c.cycle > 1]

    def row(self, group: str, cycle: int, response: int, *, level: bool = True) -> Array:
        """Coefficients of the fixed effects at a cycle, (p,)."""
        out = np.zeros(len(self.columns))
        last = max((c.cycle for c in self.columns if _of(c, group, response)), default=1)
        for i, column in enumerate(self.columns):
            if _of(column, group, response):
                if column.cycle == 1:
                    out[i] = float(level)
                elif response == VALUE and self.term == "free_per_cycle":
                    out[i] = float(min(cycle, last) == column.cycle)
                else:
                    out[i] = float(self.shape(cycle, response))
        return out

    def target(
        self,
        x: Array,
        loads: Mapping[str, float],
        *,
        response: int = VALUE,
        patient: str | None = None,
        lesion: int = -1,
        cycle: int = 0,
        known: float = 0.0,
    ) -> Target:
        """Add to a fixed part `loads` times random effects of a patient (None: new) and a lesion (−1: new)."""
        block = -1 if patient is None else self.patients.index(patient)
        kernels = np.zeros((len(self.components), self.blocks.y.shape[1]))
        variance = np.zeros(len(self.components))
        for i, component in enumerate(self.components):
            load = loads.get(component.kind, 0.0) if component.response == response else 0.0
            variance[i] = load**2
            if block >= 0 and load:
                seen = self.response[block] == response
                z = self.shape(self.cycle[block], response)
                same_lesion = self.lesion[block] == lesion
                kernels[i] = (
                    load
                    * {
                        "patient_level": seen,
                        "lesion_level": seen & same_lesion,
                        "patient_slope": seen * z,
                        "lesion_slope": seen * same_lesion * z,
                        "patient_cycle": seen & (self.cycle[block] == cycle),
                        "residual": np.zeros_like(
                            seen
                        ),  # of a new value: independent of all others
                    }[component.kind]
                )
        return Target(x, kernels, variance, block, known)


def design(
    table: pd.DataFrame,
    term: str,
    deviations: Sequence[str],
    inter_cycle_cv: float | None,
    volume: bool,
) -> Design:
    """Build the model; the table is as `read_cycle_table` returns it.

    Raises
    ------
    DataError
        If the table cannot carry the term.
    """
    _check_cycles(table, term, volume)
    groups = sorted(table["group"].unique()) if "group" in table else ["all"]
    patients = list(dict.fromkeys(table["patient"]))
    of = table["group"] if "group" in table else pd.Series("all", index=table.index)
    group_of = dict(zip(table["patient"], of, strict=True))
    lesions = list(dict.fromkeys(zip(table["patient"], table["lesion"], strict=True)))
    long = _long(table, inter_cycle_cv, volume)
    number = {pair: i for i, pair in enumerate(lesions)}
    place = long.groupby("patient", sort=False).cumcount().to_numpy()
    block = long["patient"].map({p: i for i, p in enumerate(patients)}).to_numpy()
    shape = (len(patients), int(place.max()) + 1)

    def padded(values: npt.ArrayLike, empty: float) -> Array:
        out = np.full(shape, empty)
        out[block, place] = values
        return out

    pairs = zip(long["patient"], long["lesion"], strict=True)
    lesion = padded([number[pair] for pair in pairs], -1).astype(np.int64)
    cycle = padded(long["cycle"], -1).astype(np.int64)
    response = padded(long["response"], -1).astype(np.int64)
    blocks = Blocks(
        padded(long["y"], 0.0),
        np.zeros((*shape, 0)),
        np.zeros((0, *shape, shape[1])),
        padded(long["known"], 1.0),
        np.zeros(0),
        len(long),
    )
    columns = _columns(table, term, groups, group_of, volume)
    out = Design(
        table,
        term,
        groups,
        group_of,
        patients,
        lesions,
        columns,
        [],
        blocks,
        lesion,
        cycle,
        response,
    )
    x = np.zeros((*shape, len(columns)))
    for i, (patient, at, kind) in enumerate(
        zip(long["patient"], long["cycle"], long["response"], strict=True)
    ):
        x[block[i], place[i]] = out.row(group_of[patient], int(at), int(kind))
    responses = (VALUE, VOLUME) if volume else (VALUE,)
    kinds = [c for c in COMPONENTS if c not in DEVIATIONS.values()]
    kinds += [kind for name, kind in DEVIATIONS.items() if name in deviations]
    wanted = [Component(kind, r) for r in responses for kind in kinds if _wanted(kind, r, term)]
    kernels = np.stack([_kernel(out, c) for c in wanted])
    lowest = np.array([FLOOR if c.kind == "residual" else 0.0 for c in wanted])
    full = Blocks(blocks.y, x, kernels, blocks.known, lowest, blocks.size)
    # A given residual is told apart from the others like an estimated one, and then not estimated.
    given = [] if inter_cycle_cv is None else [Component("residual", VALUE)]
    kept = identifiable(full)
    lost = [c for i, c in enumerate(wanted) if c.kind == "residual" and i not in kept]
    if set(lost) - set(given) or blocks.size < len(columns):
        raise DataError(
            f"{blocks.size} values for {len(columns)} fixed effects leave nothing to estimate the spread between "
            "cycles from, expected more cycles or lesions; or give the spread with inter_cycle_cv="
        )
    kept = [k for k in kept if wanted[k] not in given]
    return replace(
        out,
        components=[wanted[k] for k in kept],
        blocks=replace(full, kernels=kernels[kept], lowest=lowest[kept]),
        known_inter_cycle=_known(inter_cycle_cv),
    )


def _of(column: Column, group: str, response: int) -> bool:
    return column.group == group and column.response == response


def _wanted(kind: str, response: int, term: str) -> bool:
    return not (response == VALUE and term == "none" and kind.endswith("slope"))


def _known(inter_cycle_cv: float | None) -> float:
    """Variance of the logarithm of a log-normal value."""
    return 0.0 if inter_cycle_cv is None else float(np.log1p(inter_cycle_cv**2))


def _long(table: pd.DataFrame, inter_cycle_cv: float | None, volume: bool) -> pd.DataFrame:
    """One row per observation of value or volume, with known variances of the logarithm."""
    known = np.full(len(table), _known(inter_cycle_cv))
    if "standard_deviation" in table:
        known = known + np.log1p((table["standard_deviation"] / table["value"]).to_numpy() ** 2)
    keys = table[["patient", "lesion", "cycle"]]
    parts = [keys.assign(response=VALUE, y=np.log(table["value"]), known=known)]
    if volume:
        measured = keys.assign(response=VOLUME, y=np.log(table["volume_mL"]), known=0.0)
        parts.append(measured[table["volume_mL"].notna()])
    return pd.concat(parts, ignore_index=True)


def _columns(
    table: pd.DataFrame, term: str, groups: list[str], group_of: dict[str, str], volume: bool
) -> list[Column]:
    out = []
    for group in groups:
        inside = table["patient"].map(group_of) == group
        seen = sorted(table.loc[inside, "cycle"].unique())
        later = {"none": [], "free_per_cycle": [c for c in seen if c > 1]}.get(term, [2])
        out += [Column(VALUE, group, int(c)) for c in (1, *later)]
        if volume:
            out += [Column(VOLUME, group, c) for c in (1, 2)]
    return out


def _kernel(of: Design, component: Component) -> Array:
    """Covariance of the observations per unit of a variance, (m, n, n)."""
    lesion, cycle, response = of.lesion, of.cycle, of.response
    same_lesion = lesion[:, :, None] == lesion[:, None, :]
    same_cycle = cycle[:, :, None] == cycle[:, None, :]
    seen = response == component.response
    both = seen[:, :, None] & seen[:, None, :]
    z = of.shape(cycle, component.response)
    products = z[:, :, None] * z[:, None, :]
    return np.asarray(
        {
            "residual": both & same_lesion & same_cycle,
            "patient_level": both,
            "lesion_level": both & same_lesion,
            "patient_slope": both * products,
            "lesion_slope": both * same_lesion * products,
            "patient_cycle": both & same_cycle,
        }[component.kind],
        dtype=float,
    )


def _check_cycles(table: pd.DataFrame, term: str, volume: bool) -> None:
    """Refuse a term that the cycles of a group cannot tell from the levels of its lesions."""
    if volume and ("volume_mL" not in table or table["volume_mL"].isna().all()):
        raise DataError("the table has no volumes, expected a column 'volume_mL' for volume=True")
    groups = table.groupby("group") if "group" in table else [("all", table)]
    for name, part in groups:
        where = f"group {name!r}" if "group" in table else "the table"
        spans = part.groupby(["patient", "lesion"])["cycle"].agg(["min", "max"])
        if term != "none" and not (spans["min"] < spans["max"]).any():
            raise DataError(
                f"{where} has one cycle of each lesion, expected at least two for the term {term!r}"
            )
        if (
            term in ("after_first", "free_per_cycle")
            and not ((spans["min"] == 1) & (spans["max"] > 1)).any()
        ):
            raise DataError(
                f"{where} has no lesion with cycle 1 and a later one, "
                f"which the term {term!r} compares; use 'per_cycle_factor'"
            )
        if volume and not _measured_twice(part):
            raise DataError(
                f"{where} has no lesion with volumes of two cycles, expected for volume=True"
            )


def _measured_twice(part: pd.DataFrame) -> bool:
    measured = part[part["volume_mL"].notna()]
    return bool(measured.duplicated(["patient", "lesion"]).any())
