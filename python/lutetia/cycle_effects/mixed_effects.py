"""Linear mixed-effects models with independent blocks: variances by (restricted) maximum likelihood.

y = Xβ + e, cov(e) = D + Σ_c v_c K_c within a block (a patient), blocks independent. D holds known variances,
the K_c are given, the variances v_c ≥ 0 are estimated; β is profiled out. Every estimate and prediction is the
linear combination λᵀy with least mean squared error, so one formula serves them all.

References
----------
Patterson & Thompson 1971 (restricted likelihood); Robinson 1991, doi:10.1214/ss/1177011926 (prediction);
Giesbrecht & Burns 1985 (degrees of freedom after Satterthwaite).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

# Variances are of logarithms: below 1e-10 (a coefficient of variation of 0.001 %) no measurement can tell,
# and above it the covariance stays invertible.
FLOOR = 1e-10
TOLERANCE = 1e-10  # of the largest Newton step, relative to the total variance
LIKELIHOOD_TOLERANCE = 1e-6  # what a step that cannot be taken may promise
MAX_STEPS = 200
HALVINGS = 40
DEPENDENT = 1e-8  # relative remainder below which a kernel is a combination of others


@dataclass(frozen=True)
class Blocks:
    """Observations of all blocks, padded to the longest one.

    Shapes with m blocks, n observations in the longest, p columns, c variances: `y` (m, n), `x` (m, n, p),
    `kernels` (c, m, n, n), `known` (m, n), the known variances. Padding is zero, but one in `known`.
    `lowest` (c,): bounds of the variances.
    """

    y: Array
    x: Array
    kernels: Array
    known: Array
    lowest: Array
    size: int


@dataclass(frozen=True)
class Target:
    """What is to be estimated or predicted: a fixed part plus random effects of one block.

    `x` (p,): of the fixed effects; `kernels` (c, n): covariance with the observations of block `block` per
    unit of each variance, `variance` (c,): its own variance per unit of each, `known`: variance added to it.
    A block of −1 is a new one.
    """

    x: Array
    kernels: Array
    variance: Array
    block: int = -1
    known: float = 0.0


@dataclass(frozen=True)
class Estimate:
    """A value, its standard error and the degrees of freedom of its t distribution."""

    value: float
    standard_error: float
    freedom: float


@dataclass(frozen=True)
class MixedFit:
    """Estimated variances (c,), fixed effects (p,), their covariance (p, p) and −2 ln likelihood."""

    blocks: Blocks
    variances: Array
    beta: Array
    covariance: Array
    minus_two_log_likelihood: float
    restricted: bool
    inverse: Array  # V⁻¹, (m, n, n)
    variances_covariance: Array  # of the variances within their bounds, (c, c), zero at a bound
    converged: bool


def identifiable(blocks: Blocks) -> list[int]:
    """Find the variances that the contrasts of the data can tell from those before them.

    With M the projection off the columns of X, variances are told apart where the M K_c M are linearly
    independent; their Gram matrix is tr(M K_c M K_d).
    """
    gram = _traces(
        np.broadcast_to(np.eye(blocks.y.shape[1]), blocks.kernels.shape[1:]), blocks, True
    )
    size = np.einsum("cmij,cmij->c", blocks.kernels, blocks.kernels)
    kept: list[int] = []
    for c in range(len(gram)):
        rest = gram[c, c]
        if kept:
            rest -= gram[c, kept] @ np.linalg.solve(gram[np.ix_(kept, kept)], gram[kept, c])
        if rest > DEPENDENT * size[c]:
            kept.append(c)
    return kept


def fit_mixed(blocks: Blocks, *, restricted: bool = True) -> MixedFit:
    """Estimate the variances by Fisher scoring with bounds.

    Parameters
    ----------
    blocks
        With kernels that `identifiable` keeps; none is possible when `known` is given.
    restricted
        Restricted likelihood (variances without the bias of estimating β), or the likelihood itself, which
        compares models of different fixed effects.

    Returns
    -------
    MixedFit
        `converged` is false when no step lowers the objective although the gradient asks for one.
    """
    v = _start(blocks)
    value = _objective(v, blocks, restricted)
    converged = False
    for _ in range(MAX_STEPS):
        slope, information = _derivatives(v, blocks, restricted)
        free = (v > blocks.lowest) | (slope < 0)
        free &= np.diagonal(information) > 0  # rounding, where the data hardly tell a variance
        step = _newton_step(slope, information, free)
        moved, new = _descend(v, step, value, blocks, restricted)
        if (
            new >= value
        ):  # cut at several bounds, a Newton step may not lead down; the gradient does
            downhill = np.zeros_like(v)
            downhill[free] = -slope[free] / np.diagonal(information)[free]
            moved, new = _descend(v, downhill, value, blocks, restricted)
            step = downhill if new < value else step
        change = float(np.abs(moved - v).max(initial=0.0))
        promised = float(np.abs(slope @ (np.maximum(v + step, blocks.lowest) - v)))
        stopped = new >= value
        v, value = moved, new
        if stopped or change <= TOLERANCE * float(np.abs(v).max(initial=FLOOR)):
            converged = promised <= LIKELIHOOD_TOLERANCE
            break
    return _finished(v, value, blocks, restricted, converged)


def combination(fit: MixedFit, target: Target) -> Estimate:
    """Best linear unbiased estimate or prediction of a target.

    With k its covariance with the data, λ = V⁻¹k + V⁻¹X(XᵀV⁻¹X)⁻¹(x − XᵀV⁻¹k); the mean squared error is
    k₀ − 2λᵀk + λᵀVλ. At the minimum its derivative by a variance is k₀_c − 2λᵀk_c + λᵀK_cλ, from which come
    the degrees of freedom, 2 MSE²/(gᵀ cov(v) g).
    """
    blocks = fit.blocks
    weighted = fit.inverse @ blocks.x
    cross = np.zeros_like(blocks.y)
    if target.block >= 0:
        cross[target.block] = fit.variances @ target.kernels
    weights = np.einsum("mij,mj->mi", fit.inverse, cross)
    short = target.x - np.einsum("mip,mi->p", blocks.x, weights)
    weights = weights + weighted @ (fit.covariance @ short)
    value = float(np.sum(weights * blocks.y))
    slope = target.variance + np.einsum("mi,cmij,mj->c", weights, blocks.kernels, weights)
    if target.block >= 0:
        slope = slope - 2 * target.kernels @ weights[target.block]
    error = float(fit.variances @ slope + target.known + np.sum(weights**2 * blocks.known))
    error = max(error, 0.0)
    spread = float(slope @ fit.variances_covariance @ slope)
    freedom = max(1.0, 2 * error**2 / spread) if spread > 0 else np.inf
    return Estimate(value, float(np.sqrt(error)), freedom)


def _newton_step(slope: Array, information: Array, free: npt.NDArray[np.bool_]) -> Array:
    """Solve for the free variances, scaled because they differ by orders of magnitude."""
    step = np.zeros_like(slope)
    if free.any():
        scale = 1 / np.sqrt(np.diagonal(information)[free])
        scaled = information[np.ix_(free, free)] * np.outer(scale, scale)
        step[free] = -scale * np.linalg.lstsq(scaled, scale * slope[free], rcond=1e-12)[0]
    return step


def _covariance(v: Array, blocks: Blocks) -> Array:
    n = blocks.y.shape[1]
    total = np.tensordot(v, blocks.kernels, axes=1) if len(v) else np.zeros((len(blocks.y), n, n))
    return np.asarray(total + blocks.known[:, :, None] * np.eye(n))


def _solved(v: Array, blocks: Blocks) -> tuple[Array, Array, Array, Array, float, float]:
    """Return V⁻¹, β, its covariance, residuals, ln|V| and ln|XᵀV⁻¹X|; LinAlgError unless V is positive definite."""
    total = _covariance(v, blocks)
    root = np.linalg.cholesky(total)
    inverse = np.asarray(np.linalg.inv(total), dtype=np.float64)
    weighted = np.asarray(inverse @ blocks.x)
    information = np.einsum("mip,miq->pq", blocks.x, weighted)
    covariance = np.linalg.inv(information)
    beta = covariance @ np.einsum("mip,mi->p", weighted, blocks.y)
    log_det = 2 * float(np.log(np.diagonal(root, axis1=1, axis2=2)).sum())
    residual = np.asarray(blocks.y - blocks.x @ beta)
    return (
        inverse,
        np.asarray(beta),
        covariance,
        residual,
        log_det,
        float(np.linalg.slogdet(information)[1]),
    )


def _objective(v: Array, blocks: Blocks, restricted: bool) -> float:
    """−2 ln (restricted) likelihood; infinite where the covariance is none."""
    try:
        inverse, beta, _, residual, log_det, log_det_information = _solved(v, blocks)
    except np.linalg.LinAlgError:
        return np.inf
    out = log_det + float(np.einsum("mi,mij,mj->", residual, inverse, residual))
    size = blocks.size - (len(beta) if restricted else 0)
    return out + size * float(np.log(2 * np.pi)) + (log_det_information if restricted else 0.0)


def _derivatives(v: Array, blocks: Blocks, restricted: bool) -> tuple[Array, Array]:
    """Half the gradient of the objective and the expected information, (c,) and (c, c)."""
    inverse, _, covariance, residual, _, _ = _solved(v, blocks)
    weighted = np.einsum("mij,mj->mi", inverse, residual)
    trace = np.einsum("mij,cmji->c", inverse, blocks.kernels)
    if restricted:
        wx = inverse @ blocks.x
        trace = trace - np.einsum(
            "pq,mip,cmij,mjq->c", covariance, wx, blocks.kernels, wx, optimize=True
        )
    square = np.einsum("mi,cmij,mj->c", weighted, blocks.kernels, weighted, optimize=True)
    return (trace - square) / 2, _traces(inverse, blocks, restricted) / 2


def _traces(inverse: Array, blocks: Blocks, restricted: bool) -> Array:
    """tr(P K_c P K_d), with P = V⁻¹ − V⁻¹X(XᵀV⁻¹X)⁻¹XᵀV⁻¹ when restricted, else V⁻¹."""
    h = inverse[None] @ blocks.kernels
    out = np.einsum("cmij,dmji->cd", h, h, optimize=True)
    if restricted:
        wx = inverse @ blocks.x
        c = np.linalg.inv(np.einsum("mip,miq->pq", blocks.x, wx))
        kx = blocks.kernels @ wx[None]
        b = np.einsum("mip,cmiq->cpq", wx, kx)
        twice = np.einsum("cmip,mij,dmjq,qp->cd", kx, inverse, kx, c, optimize=True)
        out = out - 2 * twice + np.einsum("pq,cqr,rs,dsp->cd", c, b, c, b, optimize=True)
    return np.asarray(out)


def _start(blocks: Blocks) -> Array:
    """Equal shares of the variance around an ordinary fit."""
    count = len(blocks.kernels)
    if count == 0:
        return np.zeros(0)
    rows, values = blocks.x.reshape(-1, blocks.x.shape[2]), blocks.y.ravel()
    residual = values - rows @ np.linalg.lstsq(rows, values, rcond=None)[0]
    total = max(float(residual @ residual) / blocks.size, 100 * FLOOR)
    diagonal = np.einsum("cmii->c", blocks.kernels) / blocks.size
    share = np.divide(total / count, diagonal, out=np.zeros(count), where=diagonal > 0)
    return np.asarray(np.maximum(share, blocks.lowest))


def _descend(
    v: Array, step: Array, value: float, blocks: Blocks, restricted: bool
) -> tuple[Array, float]:
    """Halve a step, cut at the bounds, until it lowers the objective."""
    for halving in range(HALVINGS):
        moved = np.maximum(v + step / 2**halving, blocks.lowest)
        new = _objective(moved, blocks, restricted)
        if new < value:
            return moved, new
    return v, value


def _finished(
    v: Array, value: float, blocks: Blocks, restricted: bool, converged: bool
) -> MixedFit:
    inverse, beta, covariance, _, _, _ = _solved(v, blocks)
    spread = np.zeros((len(v), len(v)))
    # A residual at its floor still counts: its degrees of freedom do not become infinite.
    inside = np.flatnonzero((v > blocks.lowest) | (blocks.lowest > 0))
    if inside.size:
        information = _traces(inverse, blocks, True)[np.ix_(inside, inside)] / 2
        spread[np.ix_(inside, inside)] = np.linalg.pinv(information)
    return MixedFit(blocks, v, beta, covariance, value, restricted, inverse, spread, converged)
