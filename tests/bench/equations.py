"""The equations of a reaction network as arrays: slopes, exact Jacobian, stops at events."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from bench.course import Course


class Equations:
    """dx/dt = linear·x + binding and effects, with the exact Jacobian.

    Every reaction is a column of the stoichiometry times a flux; fluxes that are proportional to one
    species go into one sparse matrix.
    """

    def __init__(self, network: dict[str, Any]) -> None:
        from scipy.sparse import coo_array

        self._network = network
        self.size = len(network["species"])
        entries: list[tuple[int, int, float]] = []
        bindings, modulated = [], []
        for r in network["reactions"]:
            rate = self._rate(r)
            if r["pool"] >= 0:
                bindings.append((r, rate))
                entries += self._column(
                    r["from"], r["to"], r["to"], -self._number(r["dissociation"])
                )
            elif r["effects"]:
                modulated.append((r, rate))
            else:
                entries += self._column(r["from"], r["to"], r["driver"], rate)
        self._free = np.array([b["from"] for b, _ in bindings])
        self._bound = np.array([b["to"] for b, _ in bindings])
        self._on = np.array([rate for _, rate in bindings])
        pools = [network["pools"][b["pool"]] for b, _ in bindings]
        self._receptors = np.array([self._number(p["receptors"]) for p in pools])
        taken = [(k, s) for k, p in enumerate(pools) for s in p["taken"]]
        self._taken = _sparse(taken, (len(bindings), self.size))
        self._modulated = [self._effects(r, rate) for r, rate in modulated]
        rows, columns, values = zip(*entries, strict=True)
        self._linear = coo_array((values, (rows, columns)), shape=(self.size, self.size)).tocsr()
        signs = [(self._bound[k], k, 1.0) for k in range(len(bindings))]
        signs += [(self._free[k], k, -1.0) for k in range(len(bindings))]
        rows, columns, values = zip(*signs, strict=True)
        self._flux = coo_array((values, (rows, columns)), shape=(self.size, len(bindings))).tocsr()

    def slopes(self, _: float, x: np.ndarray) -> np.ndarray:
        """dx/dt [nmol/h]."""
        out = self._linear @ x
        out += self._flux @ (self._on * x[self._free] * (self._receptors - self._taken @ x))
        for driver, source, to, rate, effects in self._modulated:
            flux = rate * x[driver]
            for weights, maximum, half, _ in effects:
                s = weights @ x
                flux *= 1.0 + maximum * s / (half + s)
            out[source] -= flux
            out[to] += flux
        return out

    def traced_slopes(self, np_like: Any, x: Any) -> Any:
        """`slopes` with dense matrices, for array libraries that trace."""
        free = self._receptors - self._taken.toarray() @ x
        out = self._linear.toarray() @ x + self._flux.toarray() @ (self._on * x[self._free] * free)
        for driver, source, to, rate, effects in self._modulated:
            flux = rate * x[driver]
            for weights, maximum, half, _ in effects:
                s = np_like.asarray(weights) @ x
                flux = flux * (1.0 + maximum * s / (half + s))
            out = out.at[source].add(-flux).at[to].add(flux)
        return out

    def jacobian(self, _: float, x: np.ndarray) -> Any:
        """Exact derivative, sparse, shape (size, size)."""
        from scipy.sparse import coo_array, diags_array

        k = np.arange(len(self._on))
        slope = (
            coo_array(
                (self._on * (self._receptors - self._taken @ x), (k, self._free)),
                shape=(len(k), self.size),
            )
            - diags_array(self._on * x[self._free]) @ self._taken
        )
        out = self._linear + self._flux @ slope
        rows, columns, values = [], [], []
        for driver, source, to, rate, effects in self._modulated:
            s = [weights @ x for weights, *_ in effects]
            factors = [1.0 + m * a / (h + a) for a, (_, m, h, _) in zip(s, effects, strict=True)]
            gradient = {driver: rate * np.prod(factors)}
            for e, (_, maximum, half, states) in enumerate(effects):
                others = np.prod(factors[:e] + factors[e + 1 :])
                steep = rate * x[driver] * others * maximum * half / (half + s[e]) ** 2
                for state, weight in states:
                    gradient[state] = gradient.get(state, 0.0) + steep * weight
            for column, value in gradient.items():
                rows += [source, to]
                columns += [column, column]
                values += [-value, value]
        return (out + coo_array((values, (rows, columns)), shape=out.shape)).tocsc()

    def apply(self, event: dict[str, Any], x: np.ndarray) -> np.ndarray:
        """Return the state after an event."""
        out = x.copy()
        for a in event["assignments"]:
            out[a["species"]] = a["constant"] + sum(f * x[s] for s, f in a["terms"])
        return out

    def _number(self, quantity: int) -> float:
        return float(self._network["quantities"][quantity]["values"][0]) if quantity >= 0 else 1.0

    def _volume(self, species: int) -> float:
        at = self._network["species"][species]["compartment"]
        return float(self._network["compartments"][at]["volume"][0])

    def _rate(self, reaction: dict[str, Any]) -> float:
        rate = self._number(reaction["rate"])
        return rate / self._volume(reaction["driver"]) if reaction["per_volume"] else rate

    @staticmethod
    def _column(source: int, to: int, driver: int, rate: float) -> list[tuple[int, int, float]]:
        ends = [(source, driver, -rate), (to, driver, rate)]
        return [entry for entry in ends if entry[0] >= 0]

    def _effects(self, reaction: dict[str, Any], rate: float) -> tuple[Any, ...]:
        effects = []
        for e in (self._network["effects"][i] for i in reaction["effects"]):
            if e["hill"] >= 0:
                raise NotImplementedError(f"effect {e['name']} has an exponent")
            states = [(s, 1.0 / self._volume(s)) for s in e["species"]]
            weights = np.zeros(self.size)
            for state, weight in states:
                weights[state] += weight
            sign = 1.0 if e["stimulates"] else -1.0
            effects.append(
                (weights, sign * self._number(e["maximum"]), self._number(e["half"]), states)
            )
        return reaction["driver"], reaction["from"], reaction["to"], rate, effects


def _sparse(entries: list[tuple[int, int]], shape: tuple[int, int]) -> Any:
    from scipy.sparse import coo_array

    rows, columns = zip(*entries, strict=True)
    return coo_array((np.ones(len(rows)), (rows, columns)), shape=shape).tocsr()


def segments(course: Course) -> Iterator[tuple[float, float, dict[str, Any]]]:
    """Start, end and opening event of every stretch between events."""
    events = course.network["events"]
    starts = [e["time"] - course.network["start"] for e in events]
    yield from zip(starts, [*starts[1:], course.times[-1]], events, strict=True)
