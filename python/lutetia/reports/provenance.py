"""Every number results rest on, how sure it is, and what it was taken from."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from lutetia import _core
from lutetia.data import shipped

if TYPE_CHECKING:
    from lutetia.radiobiology import TissueValues
    from lutetia.result import Run

COLUMNS = ["name", "value", "unit", "tag", "source", "note"]
UNCERTAIN = ("A", "S", "M")
OF_ADMINISTRATION = re.compile(r"administration (\d+) (.+)")
ADMINISTRATION = "administration #"


def table_of(rows: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """Table of numbers as the core lists them: name, value, unit, tag, source, note."""
    return pd.DataFrame([{c: row[c] for c in COLUMNS} for row in rows], columns=COLUMNS)


def numbers_of_run(run: Run) -> pd.DataFrame:
    """Numbers of the model, the patient, the ligands, the regimen and the nuclides of a run.

    Returns
    -------
    pandas.DataFrame
        Columns ``name``, ``value``, ``unit``, ``tag``, ``source`` (a list of keys), ``note``; an empty
        tag marks a number the user gave.
    """
    attributes = run.data.attrs
    return table_of(
        [*json.loads(attributes["parameters"]), *json.loads(attributes["other_numbers"])]
    )


def numbers_of_s_values(
    sex: str, nuclides: Iterable[str], library: _core.Library | None = None
) -> pd.DataFrame:
    """Numbers of the S-value files for one phantom, as written; columns as in `numbers_of_run`.

    Parameters
    ----------
    sex
        Of the phantom.
    nuclides
        Files of other nuclides are left out.
    library
        The shipped one when absent.
    """
    library = library or shipped()
    given = set(nuclides)
    named = {_core.word(library, "nuclide", n, "nuclide") for n in library.names("nuclide")}
    unused = {"male", "female", *named} - {sex, *given}
    rows = []
    for name in library.names("s_values"):
        if _core.word(library, "s_values", name, "nuclide") not in {"", *given}:
            continue
        for row in _core.numbers(library, "s_values", name):
            if not unused & set(re.split(r"[. ,]+", row["name"])):
                rows.append({**row, "name": f"s_values {name}: {row['name']}"})
    return table_of(rows)


def numbers_of_tissues(
    tissues: TissueValues | str | None = None, library: _core.Library | None = None
) -> pd.DataFrame:
    """Tissue parameters as `biologically_effective_dose` takes them; columns as in `numbers_of_run`.

    What a user gave for a region replaces what the library says, and has no tag.
    """
    known = _core.tissues(library or shipped(), tissues if isinstance(tissues, str) else "default")
    given = (
        {}
        if tissues is None or isinstance(tissues, str)
        else {
            f"{region}.{key}": value
            for region, keys in tissues.items()
            for key, value in keys.items()
        }
    )
    rows = [
        {**row, "name": f"tissues {row['name']}"}
        for row in known.numbers
        if not any(f".{row['name']}".startswith((f".{name}", f".tissues.{name}")) for name in given)
    ]
    return table_of(rows)


def numbers_of_doses(
    run: Run,
    convention: str = "s_values",
    tissues: TissueValues | str | None = None,
    library: _core.Library | None = None,
) -> pd.DataFrame:
    """Numbers of a run and of its absorbed doses and BED; columns as in `numbers_of_run`."""
    parts = [numbers_of_run(run)]
    if convention == "s_values":
        nuclides = [str(n) for n in run.data["nuclide"].values]
        parts.append(numbers_of_s_values(str(run.data.attrs["sex"]), nuclides, library))
    parts.append(numbers_of_tissues(tissues, library))
    return pd.concat(parts, ignore_index=True)


def uncertain(numbers: pd.DataFrame) -> pd.DataFrame:
    """Those tagged A (assumed), S (secondary) or M (recalled)."""
    return numbers[numbers["tag"].isin(UNCERTAIN)].reset_index(drop=True)


def merged(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """One table of the numbers of several results, each number once.

    Parameters
    ----------
    tables
        By the name of the result, such as a regimen.

    Returns
    -------
    pandas.DataFrame
        Columns of the tables and ``in``: the results that rest on a number, ``"all"`` when every one
        does. Administrations with the same number share a row.
    """
    found: dict[tuple[Any, ...], dict[str, list[str]]] = {}
    administrations: dict[str, set[str]] = {}
    for result, table in tables.items():
        for row in table.to_dict("records"):
            match = OF_ADMINISTRATION.fullmatch(row["name"])
            name = f"{ADMINISTRATION} {match[2]}" if match else row["name"]
            key = (name, row["value"], row["unit"], row["tag"], tuple(row["source"]), row["note"])
            those = found.setdefault(key, {}).setdefault(result, [])
            if match:
                administrations.setdefault(result, set()).add(match[1])
                those += [match[1]] if match[1] not in those else []
    rows = []
    for (name, value, unit, tag, source, note), where in found.items():
        shown: dict[str, list[str]] = {}
        for result, those in where.items():
            every = set(those) == administrations.get(result)
            shown.setdefault(_numbered(name, those, every), []).append(result)
        for text, results in shown.items():
            of = "all" if len(results) == len(tables) else ", ".join(results)
            rows.append((text, value, unit, tag, list(source), note, of))
    return pd.DataFrame(rows, columns=[*COLUMNS, "in"])


def _numbered(name: str, numbers: Sequence[str], every: bool) -> str:
    """Name of a number that several administrations share."""
    if not numbers:
        return name
    if every and len(numbers) > 1:
        return name.replace(ADMINISTRATION, "every administration", 1)
    plural = "s" if len(numbers) > 1 else ""
    return name.replace(ADMINISTRATION, f"administration{plural} {', '.join(numbers)}", 1)


def cited(numbers: pd.DataFrame, library: _core.Library | None = None) -> pd.DataFrame:
    """List the sources of numbers.

    Returns
    -------
    pandas.DataFrame
        Columns ``key`` and ``citation``, in the order of the keys.
    """
    citations = _core.citations(library or shipped())
    keys = sorted({key for keys in numbers["source"] for key in keys})
    rows = [(key, citations.get(key, "not in the library")) for key in keys]
    return pd.DataFrame(rows, columns=["key", "citation"])
