"""Names of regions in other tables, and what they are here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from lutetia.measurements.columns import GIVEN_NAMES, REGION_CLASSES
from lutetia.measurements.problems import TableProblems

Region: TypeAlias = "str | Mapping[str, Any] | None"


def read_regions(
    regions: Mapping[Any, Region], problems: TableProblems
) -> dict[str, dict[str, Any] | None]:
    """Read what names mean: a region of the model, or columns of its rows; None leaves a name out.

    A region is an organ unless it is named as a class (``"whole_body"``, ``"blood"``) or says
    ``region_class``.
    """
    out: dict[str, dict[str, Any] | None] = {}
    for name, region in regions.items():
        if region is None:
            out[str(name)] = None
            continue
        columns = {"region": region} if isinstance(region, str) else dict(region)
        for column in columns:
            if column not in GIVEN_NAMES:
                problems.unknown(f"column of region {str(name)!r}", column, GIVEN_NAMES)
        if "region" not in columns:
            problems.add(f"region {str(name)!r} does not say which one it is", expected="'region'")
        named = columns.get("region")
        usual = named if named in REGION_CLASSES else "organ"
        out[str(name)] = {"region_class": usual, **columns}
    return out
