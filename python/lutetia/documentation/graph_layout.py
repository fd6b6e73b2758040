"""Where the compartments of a picture stand: columns by distance, rows with few crossings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import permutations


@dataclass
class Edge:
    """An arrow from one compartment to another, for every process between them."""

    source: str
    target: str
    labels: list[str]
    both_ways: bool = False
    virtual: bool = False  # what arrives is made, in proportion to the source
    hints: list[tuple[str, str]] = field(default_factory=list)  # (compartment, what it does)


def layered(
    nodes: Sequence[str],
    edges: Sequence[Edge],
    roots: Sequence[str],
    before: set[str],
    below: Iterable[str],
) -> dict[str, tuple[float, float]]:
    """Columns by distance from the roots, rows with few crossings.

    Nodes `before` stand to the left of the roots, nodes `below` under others of their column.
    """
    influences = [(by, e) for e in edges for by, _ in e.hints]
    column = dict.fromkeys(before, -1)
    column |= dict.fromkeys(roots, 0)
    queue = list(dict.fromkeys(roots))
    waiting = [n for n in nodes if n not in column]
    while queue or waiting:
        if not queue:
            fresh = next((n for n in waiting if all(e.target != n for e in edges)), waiting[0])
            aims = [column[e.target] for e in edges if e.source == fresh and e.target in column]
            column[fresh] = max(min(aims, default=1) - 1, 0)
            queue = [fresh]
        for node in queue:
            steps = [e.target for e in edges if e.source == node]
            steps += [e.source for e in edges if e.target == node and e.both_ways]
            new = [n for n in steps if n not in column]
            column |= dict.fromkeys(new, column[node] + 1)
            queue = queue[1:] + new
        beside = [(by, e) for by, e in influences if by not in column and e.source in column]
        column |= {by: column[e.source] for by, e in beside}
        waiting = [n for n in nodes if n not in column]
    layers: dict[int, list[str]] = {}
    for node in sorted(nodes, key=_together(nodes, edges).__getitem__):
        layers.setdefault(column[node], []).append(node)
    row = {n: k - (len(layer) - 1) / 2 for layer in layers.values() for k, n in enumerate(layer)}

    def cost() -> float:
        lengths = sum(abs(row[e.source] - row[e.target]) for e in edges)
        lengths += sum(abs(2 * row[by] - row[e.source] - row[e.target]) for by, e in influences)
        lengths -= sum(5 * row[node] for node in below)
        return lengths + 3 * _crossings(edges, column, row)

    for _ in range(3):
        for layer in layers.values():
            best: tuple[float, tuple[str, ...]] | None = None
            for order in permutations(layer) if len(layer) <= 5 else [tuple(layer)]:
                row |= {n: k - (len(order) - 1) / 2 for k, n in enumerate(order)}
                if best is None or cost() < best[0] - 1e-9:
                    best = cost(), order
            assert best is not None
            row |= {n: k - (len(best[1]) - 1) / 2 for k, n in enumerate(best[1])}
    return {n: (column[n], row[n]) for n in nodes}


def _together(nodes: Sequence[str], edges: Sequence[Edge]) -> dict[str, int]:
    """Return the number of the connected part each node belongs to."""
    part = {node: k for k, node in enumerate(nodes)}
    for _ in nodes:
        for e in edges:
            part[e.source] = part[e.target] = min(part[e.source], part[e.target])
    return part


def _crossings(edges: Sequence[Edge], column: dict[str, int], row: dict[str, float]) -> int:
    count = 0
    for k, a in enumerate(edges):
        for b in edges[:k]:
            if len({a.source, a.target, b.source, b.target}) < 4:
                continue
            (a0, a1), (b0, b1) = (
                sorted([(column[e.source], row[e.source]), (column[e.target], row[e.target])])
                for e in (a, b)
            )
            if a0[0] == b0[0] and a1[0] == b1[0]:
                count += (a0[1] - b0[1]) * (a1[1] - b1[1]) < 0
    return count
