"""Other simulators on an exported SBML document: loaded once, run often.

A peer that cannot be loaded raises ImportError; callers report it.
"""

from __future__ import annotations

import locale
import time
import warnings
from collections.abc import Sequence
from importlib import import_module
from typing import Any

import numpy as np

MOST_STEPS = 10_000_000


def imported(name: str) -> Any:
    """Import with its warnings ignored: bindings made by SWIG crash where warnings are errors.

    COPASI sets the locale of the process, and with it the encoding of text files; it is set back.
    """
    before = locale.setlocale(locale.LC_ALL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return import_module(name)
    finally:
        locale.setlocale(locale.LC_ALL, before)


class RoadRunner:
    """LibRoadRunner: CVODE, BDF, dense Jacobian by differences, code compiled by LLVM.

    Parameters
    ----------
    text
        SBML document.
    columns
        Identifiers to return: species as amounts, parameters as values.
    absolute
        Absolute tolerance of each species as a fraction of the relative one; other names have 1.
        A single number would be scaled by the current value of each state.
    """

    def __init__(self, text: str, columns: Sequence[str], absolute: dict[str, float]) -> None:
        library = imported("roadrunner")
        library.Logger.disableLogging()
        self.version = library.__version__
        self._runner = library.RoadRunner(text)
        self._runner.timeCourseSelections = list(columns)
        integrator = self._runner.integrator
        integrator.setValue("maximum_num_steps", MOST_STEPS)
        states = list(self._runner.model.getFloatingSpeciesIds())
        rules = len(integrator.getAbsoluteToleranceVector()) - len(states)  # rate rules come last
        self._absolute = [absolute.get(s, 1.0) for s in states] + [1.0] * rules

    def run(self, times: Sequence[float], rtol: float) -> np.ndarray:
        """Values at `times` [h since SBML time zero], shape (times, columns); keeps `seconds`."""
        asked = list(times) if times[0] == 0.0 else [0.0, *times]
        self._runner.reset()
        integrator = self._runner.integrator
        integrator.setValue("relative_tolerance", rtol)
        integrator.setValue("absolute_tolerance", [rtol * a for a in self._absolute])
        start = time.process_time()
        out = self._runner.simulate(times=asked)
        self.seconds = time.process_time() - start
        return np.array(out)[len(asked) - len(times) :]


class Copasi:
    """COPASI through basico: LSODA, dense Jacobian by differences.

    Parameters
    ----------
    text, columns
        As for `RoadRunner`.
    absolute
        Absolute tolerance as a fraction of the relative one, for all states.
    method
        ``"lsoda"``; its other stiff method refuses events.
    """

    def __init__(
        self, text: str, columns: Sequence[str], absolute: float, method: str = "lsoda"
    ) -> None:
        self._basico = imported("basico")
        self.version = imported("COPASI").__version__
        self._columns, self._absolute, self._method = list(columns), absolute, method
        self._model = self._basico.load_model_from_string(text)
        model = self._model.getModel()
        self._species = {s.getSBMLId() for s in model.getMetabolites()}
        self._number = model.getQuantity2NumberFactor()

    def run(self, times: Sequence[float], rtol: float) -> np.ndarray:
        """Values at `times` [h since SBML time zero], shape (times, columns)."""
        asked = list(times) if times[0] == 0.0 else [0.0, *times]
        frame = self._basico.run_time_course(
            values=asked,
            start_time=0.0,
            r_tol=rtol,
            a_tol=rtol * self._absolute,
            max_steps=MOST_STEPS,
            method=self._method,
            use_sbml_id=True,
            use_numbers=True,
            update_model=False,
            model=self._model,
        )
        if len(frame) != len(asked):
            raise RuntimeError(f"COPASI stopped after {len(frame)} of {len(asked)} outputs")
        return np.column_stack([self._column(frame, c) for c in self._columns])[-len(times) :]

    @property
    def seconds(self) -> float:
        """Processor time of the last run done once more, without what surrounds it [s]."""
        task = self._model.getTask("Time-Course")
        start = time.process_time()
        if not task.process(True):
            raise RuntimeError("COPASI cannot repeat a run")
        return time.process_time() - start

    def _column(self, frame: Any, name: str) -> np.ndarray:
        values = np.asarray(frame[name])
        return values / self._number if name in self._species else values

    def close(self) -> None:
        """Forget the model."""
        self._basico.remove_datamodel(self._model)
