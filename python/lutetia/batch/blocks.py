"""Blocks of members on all cores, in order, and the names of what they return."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from lutetia import _core
from lutetia.batch.members import Array, Rows

SLICE = 0.1  # [s] between two looks at signals
UNITS = {
    "absorbed_dose": "Gy",
    "total_absorbed_dose": "Gy",
    "time_integrated_activity": "MBq*h",
    "total_time_integrated_activity": "MBq*h",
    "activity": "MBq",
    "protraction": "Gy^2",
    "total_protraction": "Gy^2",
    "biologically_effective_dose": "Gy",
    "total_biologically_effective_dose": "Gy",
    "damage": "Gy",
}


PARTS = ("dose", "alpha_dose", "protraction")  # of a damage; the last in Gy^2


@dataclass(frozen=True)
class Block:
    """Members that have run: their first number, what they were given, how they went."""

    first: int
    rows: Rows
    run: _core.BlockRun

    def failed(self) -> list[tuple[int, str, str]]:
        """List number, status and message of those who failed."""
        status, messages = self.run.status, self.run.messages
        return [(self.first + m, status[m], message) for m, message in messages.items()]


def finished_blocks(
    batch: _core.Batch, first: Rows, others: Iterator[Rows], threads: int, bar: Any
) -> Generator[Block, None, None]:
    """Run blocks in order; one runs while the next is read and the last is looked at."""
    running: Block | None = None
    try:
        number = 0
        for rows in _chained(first, others):
            values = rows.internal()
            if running is not None:
                _wait(running, bar)
            done, running = running, Block(number, rows, _core.BlockRun(batch, values, threads))
            number += rows.count * len(batch.courses)
            if done is not None:
                yield done
        if running is not None:
            _wait(running, bar)
            yield running
    finally:
        if running is not None:
            running.run.stop()
            while not running.run.wait(SLICE):
                pass


def _chained(first: Rows, others: Iterator[Rows]) -> Iterator[Rows]:
    yield first
    yield from others


def _wait(block: Block, bar: Any) -> None:
    """Wait in slices: between them Python sees Ctrl-C."""
    shown = 0
    while not block.run.wait(SLICE):
        now = block.run.finished
        bar.update(now - shown)
        shown = now
    bar.update(block.run.finished - shown)


class Layout:
    """Names of what a batch returns."""

    def __init__(self, batch: _core.Batch, observe: tuple[str, ...], times: Array):
        self.batch = batch
        self.observe = observe
        self.times = times

    def dims(self, name: str) -> tuple[str, ...]:
        """Dims of an outcome, without that of the members."""
        if name.startswith("total_"):
            return ("region",)
        if name == "damage":
            return ("part", "time")
        return ("region", "time" if name == "activity" else "cycle")

    def shape(self, name: str) -> tuple[int, ...]:
        """Sizes of these dims."""
        sizes = {
            "region": len(self.batch.regions),
            "part": len(PARTS),
            "time": self.times.size,
            "cycle": self.batch.cycles,
        }
        return tuple(sizes[dim] for dim in self.dims(name))

    def coordinates(self) -> dict[str, Any]:
        """Coordinates of these dims."""
        out: dict[str, Any] = {"region": self.batch.regions}
        dims = {dim for name in self.observe for dim in self.dims(name)}
        if "cycle" in dims:
            out["cycle"] = np.arange(1, self.batch.cycles + 1)
        if "part" in dims:
            out["part"] = list(PARTS)
        if "time" in dims:
            out["time"] = ("time", self.times, {"units": "h"})
        return out

    def dataset(self, blocks: Sequence[Block]) -> xr.Dataset:
        """Everything of the members of some blocks."""
        values = [block.run.values(self.batch) for block in blocks]
        variables = {
            name: (
                ("member", *self.dims(name)),
                np.concatenate([v[o] for v in values]).reshape(-1, *self.shape(name)),
                {"units": UNITS[name]},
            )
            for o, name in enumerate(self.observe)
        }
        patients, regimens = zip(*self.batch.courses, strict=True)
        rows = sum(block.rows.count for block in blocks)
        status = [word for block in blocks for word in block.run.status]
        messages = np.full(len(status), "", dtype=object)
        for block in blocks:
            for member, message in block.run.messages.items():
                messages[block.first - blocks[0].first + member] = message
        members: dict[str, Any] = {
            "member": np.arange(blocks[0].first, blocks[0].first + len(status)),
            "patient": ("member", np.tile(np.array(patients, dtype=str), rows)),
            "regimen": ("member", np.tile(np.array(regimens, dtype=str), rows)),
            "status": ("member", np.array(status, dtype=str)),
            "message": ("member", messages),
        }
        shown = [block.rows.shown() for block in blocks]
        for name, (_, unit) in shown[0].items():
            column = np.concatenate([s[name][0] for s in shown])
            members[name] = ("member", np.repeat(column, len(patients)), {"units": unit})
        return xr.Dataset(variables, {**self.coordinates(), **members})
