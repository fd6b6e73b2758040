"""What is kept of the members of a cohort: everything, or statistics alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from lutetia import _core
from lutetia.batch.blocks import UNITS, Block, Layout

SHOWN_FAILURES = 100  # kept of a reduced cohort


class Members:
    """Keeps every member."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.blocks: list[Block] = []

    def add(self, block: Block) -> None:
        """Take the next block."""
        self.blocks.append(block)

    def data(self) -> xr.Dataset:
        """Return what was kept."""
        return self.layout.dataset(self.blocks)

    def counts(self) -> pd.Series[int]:
        """Count members by status."""
        found = {"ok": 0}
        for block in self.blocks:
            _count(block.run.status, found)
        return _series(found)

    def failures(self) -> pd.DataFrame:
        """List who failed and why."""
        return _failures([row for block in self.blocks for row in block.failed()])


class Reduction:
    """Keeps statistics alone."""

    def __init__(self, layout: Layout, reduce: tuple[str, ...], quantiles: Sequence[float]) -> None:
        self.layout = layout
        self.reduce = reduce
        self.quantiles = quantiles if "quantiles" in reduce else ()
        observe = layout.observe if reduce else ()
        self.statistics = {
            name: _core.Statistics(int(np.prod(layout.shape(name))), bool(self.quantiles))
            for name in observe
        }
        self.found = {"ok": 0}
        self.failed: list[tuple[int, str, str]] = []

    def add(self, block: Block) -> None:
        """Take the next block."""
        for o, statistics in enumerate(self.statistics.values()):
            statistics.add(block.run, o)
        _count(block.run.status, self.found)
        self.failed += block.failed()[: SHOWN_FAILURES - len(self.failed)]

    def data(self) -> xr.Dataset:
        """Return what was kept."""
        variables: dict[str, Any] = {}
        for name, statistics in self.statistics.items():
            dims, shape = self.layout.dims(name), self.layout.shape(name)
            units = {"units": UNITS[name]}
            variables[f"{name}_count"] = (dims, np.reshape(statistics.count, shape))
            for word in self.reduce:
                if word != "quantiles":
                    numbers = getattr(statistics, word).reshape(shape)
                    variables[f"{name}_{word}"] = (dims, numbers, units)
            if self.quantiles:
                numbers = np.stack([statistics.quantile(q).reshape(shape) for q in self.quantiles])
                variables[f"{name}_quantile"] = (("quantile", *dims), numbers, units)
        coordinates = self.layout.coordinates()
        if self.quantiles:
            coordinates["quantile"] = list(self.quantiles)
        return xr.Dataset(variables, coordinates)

    def counts(self) -> pd.Series[int]:
        """Count members by status."""
        return _series(self.found)

    def failures(self) -> pd.DataFrame:
        """List who failed and why."""
        return _failures(self.failed)


def _failures(rows: list[tuple[int, str, str]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["member", "status", "message"]).set_index("member")


def _count(status: Sequence[str], found: dict[str, int]) -> None:
    for word in status:
        found[word] = found.get(word, 0) + 1


def _series(found: dict[str, int]) -> pd.Series[int]:
    return pd.Series(list(found.values()), pd.Index(list(found), name="status"), name="members")
