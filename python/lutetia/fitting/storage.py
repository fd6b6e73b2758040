"""Keep fits in files: one JSON document that makes the same fit again, or says why it cannot."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from lutetia import __version__, _core
from lutetia.data import read_model, shipped
from lutetia.errors import DataError, ModelError
from lutetia.fitting.error_models import ErrorModel
from lutetia.fitting.prior import Prior
from lutetia.fitting.result import Fit, Setup
from lutetia.patient import patient_of
from lutetia.prescription import regimen_of
from lutetia.result import RESEARCH_ONLY

FORMAT = 1
SAME_NUMBER = 1e-12  # relative, of a parameter that went through text
SAME_OBJECTIVE = 1e-6  # other instructions or another release round differently
COMPUTED = ("predicted_MBq", "residual")  # columns of the rows that follow from the others
SHOWN = 5  # differing parameters in a message


def save(fit: Fit, path: str | Path, *, about: Mapping[str, Any] | None = None) -> None:
    """Write a fit to one JSON file that `load_fit` gives back without loss.

    The file holds patient, regimen, prior, error models, measurements and searches, the name of the
    model, and what tells whether the library still gives the same numbers.

    Parameters
    ----------
    fit
        A fitted patient.
    path
        Of the file; it is written whole or not at all.
    about
        Further facts to keep beside the fit, as JSON takes them.
    """
    path = Path(path)
    part = path.with_name(f".{path.name}.part")
    try:
        part.write_text(to_text(fit, about) + "\n", encoding="utf-8")
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def load_fit(path: str | Path, *, library: _core.Library | None = None) -> Fit:
    """Read a fit written by `Fit.save`: the same tables and predictions, ready to predict further.

    Parameters
    ----------
    path
        Of the file.
    library
        Where model, nuclides and S values come from; the shipped one when absent.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    DataError
        If the file holds no fit, or the library gives other numbers than those of the fit.

    Examples
    --------
    >>> import lutetia as lt, pandas as pd, tempfile
    >>> scan = pd.DataFrame({"t_h": [24.0, 96.0], "value": [160.0, 62.0], "region": "kidney"})
    >>> table = lt.Observations.from_frame(scan, defaults=dict(
    ...     patient="p1", cycle=1, region_class="organ", quantity="activity", unit="MBq",
    ...     decay_corrected=False, modality="SPECT", nuclide="Lu-177"))
    >>> found = lt.fit("sstr2_whole_body", "reference_male", "netter1", table, starts=1,
    ...                free=["kidney.receptor_density"])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     found.save(f"{folder}/fit.json")
    ...     again = load_fit(f"{folder}/fit.json")
    >>> again.parameters.equals(found.parameters)
    True
    """
    text = Path(path).read_text(encoding="utf-8")
    root = None if library is None else library.root
    return from_text(text, root, name=str(path))


def library_path(fit: Fit) -> str | None:
    """Folder of the data of a fit; None for the shipped ones."""
    root = fit._setup.library.root
    return None if root == shipped().root else root


def to_text(fit: Fit, about: Mapping[str, Any] | None = None) -> str:
    """Write a fit as JSON; see `save`."""
    setup = fit._setup
    document = {
        "notice": RESEARCH_ONLY,
        "lutetia_fit": FORMAT,
        "version": __version__,
        **(about or {}),
        "status": fit.status,
        "objective": fit.objective,
        "model": {
            "name": setup.model.name,
            "file": setup.model.file,
            "modules": setup.model.modules,
            "hash": setup.model.hash,
        },
        "patient": setup.patient.core.document,
        "regimen": setup.regimen.core.document,
        "rtol": setup.rtol,
        "max_steps": setup.max_steps,
        "prior": fit.prior.to_dict(),
        "model_coordinates": fit.model_coordinates,
        "errors": {name: error.to_dict() for name, error in fit.groups.items()},
        "measurements": _columns(fit.rows.drop(columns=list(COMPUTED))),
        "searches": [{key: _plain(v) for key, v in minimum.items()} for minimum in fit.minima],
        "best": fit.best,
        "seconds": fit.seconds,
        "numbers": _numbers(setup, fit._course),
    }
    return json.dumps(document, indent=1, allow_nan=False, ensure_ascii=False)


def from_text(text: str, root: str | None = None, *, name: str = "the text") -> Fit:
    """Make the fit `to_text` wrote again; `root` is the folder of the data, `name` for messages."""
    library = shipped() if root is None else _core.Library(root)
    try:
        data = json.loads(text)
        form = data["lutetia_fit"]
    except (json.JSONDecodeError, KeyError, TypeError):
        raise DataError(f"{name} holds no fit: it was not written by Fit.save") from None
    if form != FORMAT:
        raise DataError(f"{name} has the unknown format {form!r} of a fit, expected {FORMAT}")
    try:
        return _restored(data, library, name)
    except (KeyError, TypeError, ModelError) as error:
        raise DataError(f"{name} is damaged or was edited: {error!r}") from None


def _restored(data: dict[str, Any], library: _core.Library, name: str) -> Fit:
    setup = Setup(
        _model(data, library, name),
        patient_of(data["patient"]),
        regimen_of(data["regimen"]),
        library,
        data["rtol"],
        data["max_steps"],
    )
    prior = Prior.from_dict(data["prior"])
    groups = {group: ErrorModel(**error) for group, error in data["errors"].items()}
    rows = _frame(data["measurements"])
    course = setup.course(prior.coordinates[: data["model_coordinates"]])
    _check_numbers(data, _numbers(setup, course), name)
    fit = Fit(
        setup=setup,
        prior=prior,
        model_coordinates=data["model_coordinates"],
        groups=groups,
        rows=rows,
        minima=[
            {key: np.nan if v is None else v for key, v in search.items()}
            for search in data["searches"]
        ],
        best=data["best"],
        seconds=data["seconds"],
        objective=setup.objective(course, rows, groups, prior),
        course=course,
    )
    if not abs(fit.objective - data["objective"]) <= SAME_OBJECTIVE * max(1.0, abs(fit.objective)):
        raise DataError(
            f"{name}: the fit has another objective here than where it was saved, found "
            f"{fit.objective:.12g}, expected {data['objective']:.12g}; it was written by version "
            f"{data['version']}, this is {__version__}; fit again"
        )
    return fit


def _model(data: dict[str, Any], library: _core.Library, name: str) -> _core.Model:
    """Read the model by its name in the library, else from its file."""
    of = data["model"]
    known = of["name"] if of["name"] in library.names("model") else of["file"]
    try:
        model = read_model(known, modules=of["modules"], library=library)
    except (DataError, ModelError) as error:
        raise DataError(f"{name}: model {of['name']!r} cannot be read here: {error}") from None
    if model.hash != of["hash"]:
        raise DataError(
            f"{name}: model {of['name']!r} is another one here than where the fit was saved, found "
            f"hash {model.hash}, expected {of['hash']}; give the library of the fit, or fit again"
        )
    return model


def _numbers(setup: Setup, course: _core.PatientCourse) -> dict[str, Any]:
    """Every number of the run, and hashes of the data a dose rests on besides."""
    nuclides = sorted({a["nuclide"] for a in setup.regimen.administrations if a["nuclide"]})
    return {
        "parameters": {row["name"]: row["internal"] for row in course.parameters},
        "nuclides": {n: _core.nuclide_data(setup.library, [n]) for n in nuclides},
        "s_values": _core.s_value_data(setup.library),
    }


def _check_numbers(data: dict[str, Any], found: dict[str, Any], name: str) -> None:
    expected = data["numbers"]
    here, there = found["parameters"], expected["parameters"]
    differing = [
        f"{key} found {here.get(key)}, expected {there.get(key)}"
        for key in dict.fromkeys([*there, *here])
        if key not in here
        or key not in there
        or abs(here[key] - there[key]) > SAME_NUMBER * abs(there[key])
    ]
    differing += [
        f"data of {key}" for key, value in expected["nuclides"].items() if found["nuclides"].get(key) != value
    ]  # fmt: skip
    if found["s_values"] != expected["s_values"]:
        differing.append("tables of S values")
    if differing:
        more = f" and {len(differing) - SHOWN} more" if len(differing) > SHOWN else ""
        raise DataError(
            f"{name}: the library gives other numbers than where the fit was saved: "
            f"{'; '.join(differing[:SHOWN])}{more}; give the library of the fit, or fit again"
        )


def _columns(frame: pd.DataFrame) -> dict[str, Any]:
    return {
        str(name): {
            "dtype": str(frame[name].dtype),
            "values": [_plain(value) for value in frame[name]],
        }
        for name in frame.columns
    }


def _frame(columns: dict[str, Any]) -> pd.DataFrame:
    return pd.DataFrame(
        {name: pd.Series(of["values"], dtype=of["dtype"]) for name, of in columns.items()}
    )


def _plain(value: Any) -> Any:
    """As JSON takes it; what is missing or no number is null."""
    if isinstance(value, (list, str, bool)):
        return value
    if pd.isna(value):
        return None
    return value.item() if isinstance(value, np.generic) else value
