"""A fit under another regimen: what of it holds there, and what is new in every cycle."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from lutetia.fitting.coordinates import (
    PER_CYCLE,
    VARIATION,
    Coordinate,
    between_cycle_coordinates,
)
from lutetia.prescription import Regimen

if TYPE_CHECKING:
    from lutetia.fitting.result import Fit

Array = npt.NDArray[np.float64]


def in_regimen(fit: Fit, regimen: Regimen | None) -> tuple[tuple[Coordinate, ...], Array, Array]:
    """Coordinates of the model under a regimen, with their distribution after the fit.

    Receptor densities, rates and effects of the cycles stay what they are; a factor per cycle goes on in
    further cycles. What varies between cycles was seen only in cycles the two regimens share, those that
    begin at the same time with the same nuclide, and all before them do. In every other cycle it is as
    unknown as before the fit.

    Parameters
    ----------
    fit
        A fitted patient.
    regimen
        None: the one of the fit.

    Returns
    -------
    tuple
        Coordinates, their φ, shape (coordinates,), and covariance, shape (coordinates, coordinates).
    """
    n = fit.model_coordinates
    own = fit.prior.coordinates[:n]
    if regimen is None:
        return own, fit.phi[:n], fit.covariance[:n, :n]
    old, new = cycle_starts(fit._setup.regimen), cycle_starts(regimen)
    cycles = max(len(new), 1)
    different = [c for c, pair in enumerate(zip(old, new, strict=False)) if pair[0] != pair[1]]
    shared = min([len(old), len(new), *different])
    kept = [i for i, c in enumerate(own) if not _is_unseen(c, shared)]
    coordinates = [_continued(own[i], cycles) for i in kept]
    fresh, variances = _fresh(own, np.diag(fit.prior.covariance), shared, cycles)
    k, m = len(kept), len(kept) + len(fresh)
    phi, covariance = np.zeros(m), np.zeros((m, m))
    phi[:k], covariance[:k, :k] = fit.phi[kept], fit.covariance[np.ix_(kept, kept)]
    covariance[range(k, m), range(k, m)] = variances
    return (*coordinates, *fresh), phi, covariance


def cycle_starts(regimen: Regimen) -> list[tuple[float, frozenset[str]]]:
    """Time [h] and nuclides of what begins each cycle."""
    labeled = [a for a in regimen.administrations if a["nuclide"]]
    begins = [a for a in labeled if a["begins_cycle"]] or labeled[:1]
    nuclides: dict[float, set[str]] = {}
    for a in begins:
        nuclides.setdefault(a["time_h"], set()).add(a["nuclide"])
    return [(time, frozenset(found)) for time, found in sorted(nuclides.items())]


def _is_unseen(coordinate: Coordinate, shared: int) -> bool:
    """Tell whether a coordinate is the variation of a cycle the regimens do not share."""
    _, variation, cycle = coordinate.name.partition(VARIATION)
    return bool(variation) and int(cycle) > shared


def _continued(coordinate: Coordinate, cycles: int) -> Coordinate:
    """Let a factor per cycle go on where there are more cycles."""
    if not coordinate.name.endswith(PER_CYCLE):
        return coordinate
    exponents = tuple(float(c) for c in range(max(cycles, len(coordinate.exponents or ()))))
    return replace(coordinate, exponents=exponents)


def _fresh(
    own: tuple[Coordinate, ...], variances: Array, shared: int, cycles: int
) -> tuple[list[Coordinate], list[float]]:
    """Variation of cycles that were not seen, with the variances of the prior."""
    families: dict[str, tuple[tuple[str, ...], float]] = {}
    for coordinate, variance in zip(own, variances, strict=False):
        family, variation, _ = coordinate.name.partition(VARIATION)
        if variation:
            families.setdefault(family, (coordinate.parameters, float(variance)))
    out, spreads = [], []
    for family, (parameters, variance) in families.items():
        more = between_cycle_coordinates(family, parameters, cycles)[shared:]
        out += more
        spreads += [variance] * len(more)
    return out, spreads
