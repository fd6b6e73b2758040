"""Combinations of parameters the measurements do not determine, in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from lutetia.fitting.report import SMALLEST_GAIN, is_nuisance

if TYPE_CHECKING:
    from lutetia.fitting.result import Fit

Array = npt.NDArray[np.float64]

ALONE = 0.9  # share of a coordinate in what is unknown that makes it unknown by itself
NAMED = 0.3  # load, relative to the largest, of a coordinate worth naming
SPANNED = 0.5  # singular value of a direction that remains without those unknown by themselves


@dataclass(frozen=True)
class Direction:
    """A combination of coordinates along which predictions hardly change.

    Attributes
    ----------
    names : tuple of str
        Coordinates that take part, the largest load first.
    loads : tuple of float
        Change of each along the direction, in standard deviations of the prior.
    gain : float
        1 − Var/Var_prior along the direction.
    text : str
        In words.
    """

    names: tuple[str, ...]
    loads: tuple[float, ...]
    gain: float
    text: str


def sloppy_directions(fit: Fit) -> list[Direction]:
    """Find what the measurements leave to the prior.

    Eigenvectors of the information of the measurements in units of the prior, nuisances integrated out;
    those with an eigenvalue λ of which λ/(1+λ), the gain, is below 0.2. Coordinates that lie in their
    span are named alone; what remains is combinations.

    Returns
    -------
    list of Direction
    """
    kept = np.flatnonzero(~is_nuisance(fit))
    if not kept.size:
        return []
    names = [fit.prior.names[i] for i in kept]
    information = _without_nuisances(fit)
    factor = np.linalg.cholesky(fit.prior.covariance[np.ix_(kept, kept)])
    whitened = factor.T @ information @ factor
    values, vectors = np.linalg.eigh(whitened)
    span = vectors[:, values < SMALLEST_GAIN / (1.0 - SMALLEST_GAIN)]
    functionals = (
        factor / np.linalg.norm(factor, axis=1)[:, None]
    )  # of each φ, of unit prior spread
    share = ((functionals @ span) ** 2).sum(axis=1)
    out = [
        _direction(
            [names[k]], [1.0], whitened, functionals[k], f"the data say nothing about {names[k]!r}"
        )
        for k in np.flatnonzero(share > ALONE)
    ]
    rest = _orthogonal(span, functionals[share > ALONE])
    return out + [_combination(v, names, functionals, whitened) for v in rest.T]


def _without_nuisances(fit: Fit) -> Array:
    """Information about what is asked, when calibration and the like are unknown within their priors."""
    nuisance = is_nuisance(fit)
    a, b = np.flatnonzero(~nuisance), np.flatnonzero(nuisance)
    own = fit.information[np.ix_(a, a)]
    if not b.size:
        return np.asarray(own)
    cross = fit.information[np.ix_(a, b)]
    inner = fit.information[np.ix_(b, b)] + np.linalg.inv(fit.prior.covariance[np.ix_(b, b)])
    return np.asarray(own - cross @ np.linalg.solve(inner, cross.T))


def _orthogonal(span: Array, alone: Array) -> Array:
    """Part of a span that is orthogonal to some vectors, as columns."""
    if not alone.size or not span.size:
        return span
    basis = np.linalg.qr(alone.T)[0]
    u, s, _ = np.linalg.svd(span - basis @ (basis.T @ span), full_matrices=False)
    return np.asarray(u[:, s > SPANNED])


def _gain(v: Array, whitened: Array) -> float:
    """1 − Var/Var_prior of a functional of the whitened coordinates."""
    variance = v @ np.linalg.solve(np.eye(len(v)) + whitened, v)
    return float(1.0 - variance / (v @ v))


def _direction(
    names: list[str], loads: list[float], whitened: Array, v: Array, text: str
) -> Direction:
    return Direction(tuple(names), tuple(loads), _gain(v, whitened), text)


def _combination(v: Array, names: list[str], functionals: Array, whitened: Array) -> Direction:
    """Name the coordinates that move along v, and what is known of them together."""
    loads = functionals @ v
    # Rounded, so that equal loads stay in the order of the coordinates.
    order = np.argsort(-np.abs(loads).round(6), kind="stable")
    order = order[np.abs(loads[order]) > NAMED * np.abs(loads[order[0]])]
    loads = loads / np.sign(loads[order[0]])
    chosen, by = [names[k] for k in order], [float(loads[k]) for k in order]
    quoted = [repr(n) for n in chosen]
    if len(order) == 1:
        text = f"the data say little about {quoted[0]}"
    elif len(order) == 2:
        a, b = order
        # What stays the same along v: the one weighted with the load of the other.
        together = loads[b] * functionals[a] - loads[a] * functionals[b]
        known = _gain(together, whitened) >= SMALLEST_GAIN
        sign = "×" if loads[b] < 0.0 else "/"
        text = (
            f"the data know {quoted[0]} {sign} {quoted[1]}, not each"
            if known
            else f"the data know neither {quoted[0]} nor {quoted[1]}, nor both together"
        )
    else:
        up = " and ".join(n for n, c in zip(quoted, by, strict=True) if c > 0.0)
        down = " and ".join(n for n, c in zip(quoted, by, strict=True) if c < 0.0)
        other = f" with a fall of {down}" if down else ""
        text = f"a rise of {up}{other} hardly changes the predictions"
    return Direction(tuple(chosen), tuple(by), _gain(v, whitened), text)
