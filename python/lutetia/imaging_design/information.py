"""What data tell about parameters: information, posterior covariance, gain, sloppy directions.

Pure functions of arrays. Parameters φ are in the coordinates of the estimation (logarithms for positive
quantities), so a standard deviation of 0.1 is about 10 %.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from lutetia.errors import FitError

Array = npt.NDArray[np.float64]

SHOWN_SHARE = 0.3  # of the largest component: a smaller one is left out of the words of a direction


def fisher_information(
    sensitivity: npt.ArrayLike,
    variance: npt.ArrayLike,
    variance_sensitivity: npt.ArrayLike | None = None,
) -> Array:
    """Compute the expected (Fisher) information of independent Gaussian observations, without prior.

    I = Σ_j [ G_jᵀ G_j / R_j + ½ c_jᵀ c_j ],  c_j = (∂R_j/∂φ)/R_j

    Parameters
    ----------
    sensitivity
        G = ∂f/∂φ, shape (n, q) [unit of the observation]. For log-normal errors that of ln f.
    variance
        R, shape (n,) [unit of the observation, squared]; positive.
    variance_sensitivity
        ∂R/∂φ, shape (n, q); absent when the variance depends on no parameter.

    Returns
    -------
    numpy.ndarray
        Shape (q, q), symmetric and positive semidefinite.

    Raises
    ------
    ValueError
        If shapes do not fit, a variance is not positive or a number is not finite.

    Examples
    --------
    >>> fisher_information([[1.0], [1.0]], [0.04, 0.04]).item()  # two observations with a deviation of 0.2
    50.0
    """
    g = _matrix(sensitivity, "sensitivity")
    r = np.asarray(variance, dtype=float)
    if r.shape != g.shape[:1] or not (np.isfinite(r).all() and (r > 0).all()):
        raise ValueError(f"variance must be {len(g)} positive numbers, found {r.tolist()}")
    out = g.T @ (g / r[:, None])
    if variance_sensitivity is not None:
        c = _matrix(variance_sensitivity, "variance_sensitivity", g.shape) / r[:, None]
        out = out + 0.5 * c.T @ c
    return np.asarray(out)


def posterior_covariance(
    information: npt.ArrayLike, prior_precision: npt.ArrayLike | None = None
) -> Array:
    """Invert the information of data and prior, (I + Ω⁻¹)⁻¹.

    Parameters
    ----------
    information
        Of the data, shape (q, q).
    prior_precision
        Ω⁻¹, shape (q, q); absent for the data alone.

    Returns
    -------
    numpy.ndarray
        Covariance of φ, shape (q, q).

    Raises
    ------
    FitError
        If the sum is singular: some combination of parameters is not identified. No pseudo-inverse is
        taken, since it shows a small variance where the true one has no bound.
    ValueError
        If shapes do not fit or a number is not finite.

    Examples
    --------
    >>> posterior_covariance([[50.0]], [[50.0]]).item()
    0.01
    """
    total = _square(information, "information")
    if prior_precision is not None:
        total = total + _square(prior_precision, "prior_precision", len(total))
    # Scaled to a unit diagonal, so that units of the parameters cannot look like a defect of rank.
    scale = np.sqrt(np.diag(total))
    if (scale > 0).all():
        values, vectors = np.linalg.eigh(total / np.outer(scale, scale))
        if values[0] > len(total) * np.finfo(float).eps * values[-1]:
            inverse = (vectors / values) @ vectors.T
            return np.asarray(inverse / np.outer(scale, scale))
    raise FitError(
        "not identified: the information matrix is singular, so a combination of parameters may take "
        "any value; give a prior, fix a parameter or add observations"
    )


def coefficients_of_variation(covariance: npt.ArrayLike) -> Array:
    """Coefficients of variation of exp(φ), sqrt(exp(Var φ) − 1).

    Parameters
    ----------
    covariance
        Of logarithms, shape (q, q).

    Returns
    -------
    numpy.ndarray
        Shape (q,) [1].

    Examples
    --------
    >>> coefficients_of_variation([[0.04]]).round(4).item()
    0.202
    """
    return np.asarray(np.sqrt(np.expm1(np.diag(_square(covariance, "covariance")))))


def correlations(covariance: npt.ArrayLike) -> Array:
    """Correlation matrix of a covariance, shape (q, q).

    Examples
    --------
    >>> correlations([[4.0, 1.0], [1.0, 1.0]])[0, 1].item()
    0.5
    """
    matrix = _square(covariance, "covariance")
    deviation = np.sqrt(np.diag(matrix))
    return np.asarray(matrix / np.outer(deviation, deviation))


def derived_variance(gradient: npt.ArrayLike, covariance: npt.ArrayLike) -> Array:
    """Variance of quantities computed from the parameters, sᵀ C s (delta method).

    Parameters
    ----------
    gradient
        s = ∂h/∂φ, shape (…, q); of ln h for a relative error (time-integrated activity, absorbed dose).
    covariance
        Of φ, shape (q, q).

    Returns
    -------
    numpy.ndarray
        Shape (…) [unit of h, squared].

    Examples
    --------
    >>> derived_variance([1.0, 1.0], [[0.04, -0.03], [-0.03, 0.04]]).round(3).item()
    0.02
    """
    matrix = _square(covariance, "covariance")
    s = np.asarray(gradient, dtype=float)
    if s.shape[-1:] != matrix.shape[:1]:
        raise ValueError(f"gradient must end in {len(matrix)} parameters, found shape {s.shape}")
    return np.asarray(np.einsum("...i,ij,...j->...", s, matrix, s))


def information_gain(covariance: npt.ArrayLike, prior_covariance: npt.ArrayLike) -> Array:
    """Share of the prior variance that the data removed, 1 − Var_posterior/Var_prior.

    Near 0 the estimate is the prior; near 1 the data decide.

    Parameters
    ----------
    covariance, prior_covariance
        Of φ after and before the data, shape (q, q).

    Returns
    -------
    numpy.ndarray
        Shape (q,) [1].

    Examples
    --------
    >>> information_gain([[0.01]], [[0.04]]).item()
    0.75
    """
    after = np.diag(_square(covariance, "covariance"))
    before = np.diag(_square(prior_covariance, "prior_covariance", len(after)))
    return np.asarray(1.0 - after / before)


def sloppy_directions(
    names: Sequence[str], information: npt.ArrayLike, prior_covariance: npt.ArrayLike
) -> pd.DataFrame:
    """Rank combinations of parameters from the one the data tell least about to the one they tell most.

    Eigenvectors of Lᵀ I L, with the prior covariance L Lᵀ: directions in units of the prior. An eigenvalue
    above 1 means that the data beat the prior there; its share is λ/(1 + λ).

    Parameters
    ----------
    names
        Of the parameters, length q.
    information
        Of the data alone, shape (q, q).
    prior_covariance
        Shape (q, q), positive definite.

    Returns
    -------
    pandas.DataFrame
        One row per direction: ``eigenvalue``, ``gain`` (0 prior alone, 1 data alone), ``decided_by``
        (``"data"`` or ``"prior"``), ``direction`` in words (what moves together; small parts left out) and
        a column per parameter with the move of φ for one prior standard deviation along the direction.

    Raises
    ------
    ValueError
        If shapes do not fit or the prior is not positive definite.

    Examples
    --------
    >>> table = sloppy_directions(["flow", "density"], [[100, 100], [100, 100]], [[1, 0], [0, 1]])
    >>> table["direction"].tolist()
    ['flow up while density down', 'flow and density up']
    >>> table["decided_by"].tolist()
    ['prior', 'data']
    """
    info = _square(information, "information", len(names))
    prior = _square(prior_covariance, "prior_covariance", len(names))
    try:
        factor = np.linalg.cholesky(prior)
    except np.linalg.LinAlgError:
        raise ValueError("prior_covariance must be positive definite") from None
    values, vectors = np.linalg.eigh(factor.T @ info @ factor)
    values = np.maximum(values, 0.0)  # rounding may leave −1e-17
    moves = factor @ vectors
    deviations = np.sqrt(np.diag(prior))
    rows = []
    for value, move in zip(values, moves.T, strict=True):
        relative = move / deviations
        move = move * np.sign(relative[np.abs(relative).argmax()])
        rows.append(
            {
                "eigenvalue": value,
                "gain": value / (1.0 + value),
                "decided_by": "data" if value > 1.0 else "prior",
                "direction": _in_words(names, move / deviations),
                **dict(zip(names, move, strict=True)),
            }
        )
    return pd.DataFrame(rows)


def _in_words(names: Sequence[str], move: Array) -> str:
    shown = np.abs(move) >= SHOWN_SHARE * np.abs(move).max()
    up = [n for n, m, s in zip(names, move, shown, strict=True) if s and m > 0]
    down = [n for n, m, s in zip(names, move, shown, strict=True) if s and m < 0]
    parts = [f"{_listed(group)} {way}" for group, way in ((up, "up"), (down, "down")) if group]
    return " while ".join(parts)


def _listed(names: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def _matrix(values: npt.ArrayLike, name: str, shape: tuple[int, ...] | None = None) -> Array:
    matrix = np.asarray(values, dtype=float)
    if matrix.ndim != 2 or (shape is not None and matrix.shape != shape):
        wanted = "(n, q)" if shape is None else str(shape)
        raise ValueError(f"{name} must have shape {wanted}, found {matrix.shape}")
    if not np.isfinite(matrix).all():
        raise ValueError(f"{name} must be finite numbers")
    return matrix


def _square(values: npt.ArrayLike, name: str, size: int | None = None) -> Array:
    matrix = _matrix(values, name)
    q = matrix.shape[0] if size is None else size
    if matrix.shape != (q, q):
        raise ValueError(f"{name} must have shape ({q}, {q}), found {matrix.shape}")
    return matrix
