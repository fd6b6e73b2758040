"""Virtual patients: parameter values drawn from the spread between subjects."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from lutetia import _core
from lutetia.data import shipped
from lutetia.patient import Patient, read_patient
from lutetia.prescription import Infusion, Regimen, read_regimen
from lutetia.run import model_of

Array = npt.NDArray[np.float64]

BLOCK = 4096


def virtual_patients(
    model: str | _core.Model,
    patient: str | Patient,
    regimen: str | Regimen | Infusion,
    n: int,
    seed: int,
    *,
    first: int = 0,
    cv: Mapping[str, float] | None = None,
    modules: Sequence[str] = (),
    library: _core.Library | None = None,
) -> pd.DataFrame:
    """Draw parameter values of `n` virtual patients.

    Every parameter with a between-subject coefficient of variation is log-normal, independent of the
    others, with its value in `patient` as the median and ω² = ln(1 + CV²). Every value comes from its own
    place in a counter-based stream of random numbers (Philox: Salmon et al. 2011,
    doi:10.1145/2063384.2063405), found by seed, name and number of the patient: a virtual patient stays the same
    whatever `n`, the division into blocks, and which other parameters vary.

    Parameters
    ----------
    model, modules, library
        As in `simulate`.
    patient
        Whose values are the medians.
    regimen
        Decides which parameters matter: those of a ligand only when it is given.
    n
        How many.
    seed
        From 0 to 2⁶⁴ − 1.
    first
        Number of the first one; `n` more follow from there.
    cv
        Coefficients of variation by name (0.3 is 30 %), besides those of the model and before them; 0 keeps
        a parameter fixed.

    Returns
    -------
    pandas.DataFrame
        Index member; a column ``"name [unit]"`` for each parameter that varies, as
        `simulate_many` takes it.

    Raises
    ------
    ValueError
        If a name in `cv` is no parameter of the run or nothing varies, or a number is out of range.

    Examples
    --------
    >>> table = virtual_patients("sstr2_whole_body", "reference_male", "netter1", n=3, seed=1)
    >>> table["kidney.receptor_density [nmol/L]"].round(2).tolist()
    [1.94, 1.19, 4.08]
    >>> later = virtual_patients("sstr2_whole_body", "reference_male", "netter1", n=1, seed=1, first=2)
    >>> bool((later.loc[2] == table.loc[2]).all())
    True
    """
    if n < 0 or first < 0:
        raise ValueError(f"n and first must not be negative, found {n} and {first}")
    return _drawn(_spreads(model, patient, regimen, cv, modules, library), n, seed, first)


def virtual_patient_blocks(
    model: str | _core.Model,
    patient: str | Patient,
    regimen: str | Regimen | Infusion,
    n: int,
    seed: int,
    *,
    block: int = BLOCK,
    cv: Mapping[str, float] | None = None,
    modules: Sequence[str] = (),
    library: _core.Library | None = None,
) -> Iterator[pd.DataFrame]:
    """Draw the same patients as `virtual_patients` in blocks, so that no table holds them all.

    Parameters
    ----------
    model, patient, regimen, n, seed, cv, modules, library
        As in `virtual_patients`.
    block
        Patients at a time.

    Yields
    ------
    pandas.DataFrame
        Of at most `block` patients.

    Examples
    --------
    >>> blocks = virtual_patient_blocks("sstr2_whole_body", "reference_male", "netter1", 5, 1, block=2)
    >>> [table.index.tolist() for table in blocks]
    [[0, 1], [2, 3], [4]]
    """
    if n < 0 or block < 1:
        raise ValueError(f"n must not be negative and block at least 1, found {n} and {block}")
    spreads = _spreads(model, patient, regimen, cv, modules, library)
    for first in range(0, n, block):
        yield _drawn(spreads, min(block, n - first), seed, first)


def _spreads(
    model: str | _core.Model,
    patient: str | Patient,
    regimen: str | Regimen | Infusion,
    cv: Mapping[str, float] | None,
    modules: Sequence[str],
    library: _core.Library | None,
) -> dict[str, tuple[str, float, float]]:
    """Name, column, median and ω of every parameter that varies."""
    library = library or shipped()
    if isinstance(patient, str):
        patient = read_patient(patient, library=library)
    if isinstance(regimen, str):
        regimen = read_regimen(regimen, library=library)
    elif not isinstance(regimen, Regimen):
        regimen = Regimen([regimen])
    core = model_of(model, modules, library)
    batch = _core.Batch(library, core, [patient.core], [regimen.core], [], _core.BatchOptions())
    rows = {row["name"]: row for row in batch.parameters}
    unknown = [name for name in cv or () if name not in rows]
    if unknown:
        raise ValueError(f"cv must name parameters of the run, found {unknown}")
    out = {}
    for name, row in rows.items():
        spread = (cv or {}).get(name, row["cv"])
        if spread is None or spread == 0:
            continue
        if not 0 < spread < np.inf or not row["value"] > 0:
            raise ValueError(
                f"{name} needs a positive value and coefficient of variation to be log-normal, "
                f"found {row['value']} {row['unit']} and {spread}"
            )
        header = name if row["unit"] == "1" else f"{name} [{row['unit']}]"
        out[name] = (header, float(row["value"]), float(np.sqrt(np.log1p(spread**2))))
    if not out:
        raise ValueError("no parameter has a coefficient of variation; give some with cv=")
    return out


def _drawn(
    spreads: Mapping[str, tuple[str, float, float]], n: int, seed: int, first: int
) -> pd.DataFrame:
    columns = {
        header: median * np.exp(omega * _normal(name, n, seed, first))
        for name, (header, median, omega) in spreads.items()
    }
    return pd.DataFrame(columns, index=pd.RangeIndex(first, first + n, name="member"))


def _normal(name: str, n: int, seed: int, first: int) -> Array:
    """Draw standard normal numbers of one parameter, shape (n,).

    The key of the stream is seed and name, its counter the number of the patient. Each count yields four
    uniform numbers; Box and Muller make one normal number of the first two.
    """
    if not 0 <= seed < 2**64:
        raise ValueError(f"seed must be from 0 to 2**64 - 1, found {seed}")
    stream = int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "little")
    bits = np.random.Philox(key=(stream << 64) | seed, counter=first)
    uniform = np.random.Generator(bits).random((n, 4))
    radius = np.sqrt(-2.0 * np.log1p(-uniform[:, 0]))  # random() may be 0, never 1
    return np.asarray(radius * np.cos(2.0 * np.pi * uniform[:, 1]))
