"""The library of data files, and models read from it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

from lutetia import _core


@cache
def shipped() -> _core.Library:
    """Return the library installed with the package."""
    return _core.Library(str(Path(__file__).parent / "models"))


def library(path: str | Path | None = None) -> _core.Library:
    """Folder of models, nuclides, ligands, regimens, patients and cases.

    Parameters
    ----------
    path
        A folder of your own; the shipped one when absent.

    Returns
    -------
    Library
        With ``names(kind)`` and ``find(kind, name)``.

    Examples
    --------
    >>> "netter1" in library().names("regimen")
    True
    """
    return shipped() if path is None else _core.Library(str(path))


def read_model(
    name: str, *, modules: Sequence[str] = (), library: _core.Library | None = None
) -> _core.Model:
    """Read a model by name or path, with optional modules merged into it.

    Parameters
    ----------
    name
        A name of the library or the path of a model file.
    modules
        Names of modules of the model or paths of module files, in the order they are merged.

    Raises
    ------
    ModelError
        With every problem of the file.
    DataError
        If there is no such model or module.

    Examples
    --------
    >>> read_model("sstr2_whole_body", modules=["bladder"]).modules
    ['bladder']
    >>> read_model("sstr2_whole_body").name
    'sstr2_whole_body'
    """
    if isinstance(modules, str):
        raise ValueError(f"modules must be a list of names, found {modules!r}")
    return _core.read_model(library or shipped(), name, list(modules))
