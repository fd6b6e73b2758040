"""AMICI on an exported SBML document: C++ generated and compiled once, then CVODES with KLU."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bench.sbml_peers import MOST_STEPS, imported


class Amici:
    """AMICI with a sparse symbolic Jacobian.

    Parameters
    ----------
    text, columns
        As for the other readers of SBML; columns are states.
    absolute
        Absolute tolerance as a fraction of the relative one, for all states.
    folder
        Where compiled models are kept; compiling takes minutes.
    """

    def __init__(self, text: str, columns: Sequence[str], absolute: float, folder: Path) -> None:
        library = imported("amici")
        self._sundials: Any = imported("amici.sim.sundials")
        self.version = library.__version__
        name = "course_" + hashlib.sha256(text.encode()).hexdigest()[:12]
        if not (folder / name / "done").exists():
            self._compile(library, text, name, folder / name)
        model = library.import_model_module(name, folder / name).get_model()
        self._model, self._solver, self._absolute = model, model.create_solver(), absolute
        self._solver.set_max_steps(MOST_STEPS)
        states = list(model.get_state_ids())
        self._columns = [states.index(c) for c in columns]

    def run(self, times: Sequence[float], rtol: float) -> np.ndarray:
        """Values at `times` [h since SBML time zero], shape (times, columns).

        Keeps `seconds` as AMICI reports them, without what surrounds the integration.
        """
        self._model.set_timepoints(list(times))
        self._solver.set_relative_tolerance(rtol)
        self._solver.set_absolute_tolerance(rtol * self._absolute)
        done = self._sundials.run_simulation(self._model, self._solver)
        if done.status != self._sundials.AMICI_SUCCESS:
            raise RuntimeError(f"AMICI failed with status {done.status}")
        self.seconds = 1e-3 * done.cpu_time
        return np.asarray(done.x)[:, self._columns]

    @staticmethod
    def _compile(library: Any, text: str, name: str, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        document = folder / "course.xml"
        document.write_text(text, encoding="utf-8")
        # Its build looks for swig, which comes with it into the environment.
        tools = str(Path(sys.executable).parent)
        os.environ["PATH"] = tools + os.pathsep + os.environ["PATH"]
        library.SbmlImporter(str(document)).sbml2amici(
            name, folder, generate_sensitivity_code=False, verbose=False
        )
        (folder / "done").touch()
