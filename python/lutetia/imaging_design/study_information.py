"""Information of a study with random effects, for designs of imaging times."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from lutetia.imaging_design.information import posterior_covariance

Array = npt.NDArray[np.float64]


def population_information(
    sensitivity: npt.ArrayLike,
    effects: npt.ArrayLike,
    effect_variances: npt.ArrayLike,
    residual_variance: npt.ArrayLike,
    residual_by_variances: npt.ArrayLike,
    *,
    effects_by_fixed: npt.ArrayLike | None = None,
    residual_by_fixed: npt.ArrayLike | None = None,
    subjects: int = 1,
) -> Array:
    """Compute the expected information of fixed effects and variances in the first-order (FO) approximation.

    The model is linearized at random effects η = 0: mean f, covariance V = G Ω Gᵀ + diag(R) with diagonal
    Ω. With m = ∂f/∂ϑ and V_k = ∂V/∂ϑ_k for all parameters ϑ (fixed effects β, variances of effects,
    residual variances)

    M_kl = N [ m_kᵀ V⁻¹ m_l + ½ tr(V⁻¹ V_k V⁻¹ V_l) ].

    The *reduced* matrix neglects ∂V/∂β and is block diagonal; the *full* one keeps it.

    Parameters
    ----------
    sensitivity
        ∂f/∂β, shape (n, p).
    effects
        G = ∂f/∂η, shape (n, q); for a log-normal parameter β e^η this is β ∂f/∂β.
    effect_variances
        Diagonal of Ω, shape (q,).
    residual_variance
        R, shape (n,), e.g. σ_p² f² + σ_a².
    residual_by_variances
        ∂R/∂σ² of each residual variance, shape (n, r), e.g. columns f² and 1.
    effects_by_fixed, residual_by_fixed
        ∂G/∂β, shape (n, q, p), and ∂R/∂β, shape (n, p). Both given: the full matrix; both absent: the
        reduced one.
    subjects
        N, each observed at the same n times.

    Returns
    -------
    numpy.ndarray
        Shape (p + q + r, p + q + r).

    Raises
    ------
    ValueError
        If shapes do not fit, or one of the two derivatives by fixed effects is given without the other.

    References
    ----------
    Nyberg et al. 2015, Br J Clin Pharmacol 79:6 (both matrices, several programs; recalled, not opened).

    Examples
    --------
    The mean of a normal population of variance 0.15, each of 20 subjects observed once with a variance of 0.1:

    >>> m = population_information([[1.0]], [[1.0]], [0.15], [0.1], [[1.0]], subjects=20)
    >>> float((1 / m[0, 0]) ** 0.5).__round__(4)  # sqrt((0.15 + 0.1)/20)
    0.1118
    """
    jacobian, g = np.asarray(sensitivity, dtype=float), np.asarray(effects, dtype=float)
    omega, r = np.asarray(effect_variances, dtype=float), np.asarray(residual_variance, dtype=float)
    r_by = np.asarray(residual_by_variances, dtype=float)
    if jacobian.ndim != 2 or g.ndim != 2 or r_by.ndim != 2:
        raise ValueError("sensitivity, effects and residual_by_variances must have two dimensions")
    (n, p), q = jacobian.shape, g.shape[1]
    for name, found, wanted in (
        ("effects", g.shape, (n, q)),
        ("effect_variances", omega.shape, (q,)),
        ("residual_variance", r.shape, (n,)),
        ("residual_by_variances", r_by.shape, (n, r_by.shape[1])),
    ):
        if found != wanted:
            raise ValueError(f"{name} must have shape {wanted}, found {found}")
    if subjects < 1:
        raise ValueError(f"subjects must be at least 1, found {subjects}")
    by_variances = [np.outer(column, column) for column in g.T] + [np.diag(c) for c in r_by.T]
    by_fixed = _by_fixed(g, omega, effects_by_fixed, residual_by_fixed, p)
    slopes = np.array([*by_fixed, *by_variances])
    covariance = (g * omega) @ g.T + np.diag(r)
    mean = np.hstack([jacobian, np.zeros((n, len(slopes) - p))])
    weighted = np.linalg.solve(covariance, slopes)  # V⁻¹ V_k
    fixed = mean.T @ np.linalg.solve(covariance, mean)
    return np.asarray(subjects * (fixed + 0.5 * np.einsum("kij,lji->kl", weighted, weighted)))


def relative_standard_errors(information: npt.ArrayLike, values: npt.ArrayLike) -> Array:
    """Return the standard errors an information matrix promises, relative to the values.

    Parameters
    ----------
    information
        Shape (q, q), positive definite.
    values
        Of the parameters, shape (q,), none zero.

    Returns
    -------
    numpy.ndarray
        Shape (q,) [1].

    Raises
    ------
    FitError
        If the matrix is singular.

    Examples
    --------
    >>> relative_standard_errors([[4.0]], [10.0]).item()
    0.05
    """
    errors = np.sqrt(np.diag(posterior_covariance(information)))
    return np.asarray(errors / np.abs(np.asarray(values, dtype=float)))


def _by_fixed(
    g: Array,
    omega: Array,
    effects_by_fixed: npt.ArrayLike | None,
    residual_by_fixed: npt.ArrayLike | None,
    p: int,
) -> Array:
    """∂V/∂β, shape (p, n, n): zero in the reduced matrix."""
    n, q = g.shape
    if (effects_by_fixed is None) != (residual_by_fixed is None):
        raise ValueError(
            "effects_by_fixed and residual_by_fixed belong together: give both or none"
        )
    if effects_by_fixed is None or residual_by_fixed is None:
        return np.zeros((p, n, n))
    slope, r_slope = np.asarray(effects_by_fixed, float), np.asarray(residual_by_fixed, float)
    if slope.shape != (n, q, p) or r_slope.shape != (n, p):
        raise ValueError(
            f"effects_by_fixed and residual_by_fixed must have shapes {(n, q, p)} and {(n, p)}, "
            f"found {slope.shape} and {r_slope.shape}"
        )
    half = np.einsum("iqk,q,jq->kij", slope, omega, g)
    diagonal = np.einsum("ik,ij->kij", r_slope, np.eye(n))
    return np.asarray(half + half.transpose(0, 2, 1) + diagonal)
