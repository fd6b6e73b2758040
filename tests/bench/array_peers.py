"""Solvers that integrate arrays from event to event: SciPy and diffrax.

All have `run(rtol)`, which returns activities (or, when they carry them as further states, their time
integrals) of shape (times, regions) and keeps `seconds`, the processor time of the integration.
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from bench.course import Course
from bench.equations import Equations, segments


class ArraySolver:
    """What such solvers share; `stretch` integrates between two events."""

    def __init__(self, course: Course, *, integrals: bool) -> None:
        self.course, self.integrals = course, integrals
        self.equations = Equations(course.network)
        self.parts = list(segments(course))
        # An output at the time of an event shows what was before it.
        self.inside = [(course.times > a) & (course.times <= b) for a, b, _ in self.parts]

    def run(self, rtol: float) -> np.ndarray:
        """Integrate the course."""
        course, size = self.course, self.equations.size
        absolute = rtol * course.absolute
        if self.integrals:
            absolute = np.append(absolute, rtol * course.reference_tia.max(axis=1))
        x = np.zeros(len(absolute))
        states = np.zeros((len(course.times), len(x)))
        clock = time.process_time()
        for (start, end, event), inside in zip(self.parts, self.inside, strict=True):
            x[:size] = self.equations.apply(event, x[:size])
            found = self.stretch(start, end, course.times[inside], x, rtol, absolute)
            states[inside], x = found[:-1], found[-1].copy()
        self.seconds = time.process_time() - clock
        return states[:, size:] if self.integrals else states @ course.sums.T

    def stretch(
        self, start: float, end: float, times: np.ndarray, x: np.ndarray, rtol: float,
        absolute: np.ndarray,
    ) -> np.ndarray:  # fmt: skip
        """States at `times` and, last, at `end`; shape (times + 1, states)."""
        raise NotImplementedError


class SciPy(ArraySolver):
    """One method of solve_ivp; BDF and Radau take sparse Jacobians, LSODA dense ones."""

    def __init__(self, course: Course, method: str, *, integrals: bool) -> None:
        import scipy

        super().__init__(course, integrals=integrals)
        self.version, self._method = scipy.__version__, method

    def stretch(
        self, start: float, end: float, times: np.ndarray, x: np.ndarray, rtol: float,
        absolute: np.ndarray,
    ) -> np.ndarray:  # fmt: skip
        from scipy.integrate import solve_ivp

        asked = times if times.size and times[-1] == end else np.append(times, end)
        done = solve_ivp(
            self._slopes, (start, end), x, method=self._method, t_eval=asked, rtol=rtol,
            atol=absolute, jac=self._jacobian,
        )  # fmt: skip
        if not done.success:
            raise RuntimeError(f"SciPy {self._method}: {done.message}")
        return np.vstack([done.y.T[: times.size], done.y[:, -1]])

    def _slopes(self, t: float, x: np.ndarray) -> np.ndarray:
        amounts = x[: self.equations.size]
        out = self.equations.slopes(t, amounts)
        return np.append(out, self.course.sums @ amounts) if self.integrals else out

    def _jacobian(self, t: float, x: np.ndarray) -> Any:
        from scipy.sparse import block_array, csr_array

        out = self.equations.jacobian(t, x[: self.equations.size])
        if self.integrals:
            count = len(self.course.regions)
            sums = csr_array(self.course.sums)
            out = block_array([[out, None], [sums, csr_array((count, count))]]).tocsc()
        return out.toarray() if self._method == "LSODA" else out


class Diffrax(ArraySolver):
    """Kvaerno5 in double precision, compiled by JAX before it is timed."""

    def __init__(self, course: Course, *, integrals: bool) -> None:
        import diffrax
        import jax

        super().__init__(course, integrals=integrals)
        jax.config.update("jax_enable_x64", True)
        self.version = f"{diffrax.__version__}, jax {jax.__version__}"
        self._most = max(int(i.sum()) for i in self.inside) + 1
        self._solve = jax.jit(self._traced)
        self.run(1e-3)

    def stretch(
        self, start: float, end: float, times: np.ndarray, x: np.ndarray, rtol: float,
        absolute: np.ndarray,
    ) -> np.ndarray:  # fmt: skip
        asked = np.full(self._most, end)  # one length for all stretches: compiled once
        asked[: times.size] = times
        found = np.asarray(self._solve(start, end, asked, x, rtol, absolute))
        if not np.isfinite(found).all():
            raise RuntimeError(f"diffrax failed between {start} h and {end} h")
        return np.vstack([found[: times.size], found[-1]])

    def _slopes(self, _: Any, x: Any, __: Any) -> Any:
        import jax.numpy as jnp

        amounts = x[: self.equations.size]
        out = self.equations.traced_slopes(jnp, amounts)
        return jnp.concatenate([out, self.course.sums @ amounts]) if self.integrals else out

    def _traced(self, start: Any, end: Any, asked: Any, x: Any, rtol: Any, absolute: Any) -> Any:
        import diffrax

        return diffrax.diffeqsolve(
            diffrax.ODETerm(self._slopes),
            diffrax.Kvaerno5(),
            start,
            end,
            dt0=None,
            y0=x,
            saveat=diffrax.SaveAt(ts=asked),
            stepsize_controller=diffrax.PIDController(rtol=rtol, atol=absolute),
            max_steps=100_000,
            throw=False,
        ).ys
