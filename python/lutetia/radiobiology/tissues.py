"""Radiobiological parameters of tissues: those of the library, and those given instead."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from difflib import get_close_matches
from typing import Any

from lutetia import _core
from lutetia.units import hours_of, to_internal

TissueValues = Mapping[str, Mapping[str, Any]]


def tissues_with(
    library: _core.Library,
    given: TissueValues | str | None,
    lesions: Collection[str] = (),
    regions: Collection[str] | None = None,
) -> _core.Tissues:
    """Tissue parameters of the library with the values a user gives instead.

    What is not given of a region stays that of its kind: values of lesions and of all others are set first.
    `regions` are those that exist; names are not checked without them.
    """
    known = _core.tissues(library, given if isinstance(given, str) else "default")
    if given is None or isinstance(given, str):
        return known
    tissues = dict(known.tissues)
    kinds = ("lesion", "other")
    allowed = None if regions is None else {*regions, *tissues}
    for region in sorted(given, key=lambda name: name not in kinds):
        values = given[region]
        if allowed is not None and region not in allowed:
            nearest = get_close_matches(region, allowed, 1)
            hint = f"; did you mean {nearest[0]!r}?" if nearest else ""
            raise ValueError(f"tissues has an unknown region {region!r}{hint}")
        unknown = set(values) - {"alpha_beta", "repair", "rbe_max"}
        if unknown:
            raise ValueError(
                f"tissues[{region!r}] takes alpha_beta, repair and rbe_max, found {sorted(unknown)}"
            )
        base = tissues.get(region) or tissues["lesion" if region in lesions else "other"]
        where = f"tissues[{region!r}]"
        alpha_beta = base.alpha_beta
        if "alpha_beta" in values:
            alpha_beta = to_internal(values["alpha_beta"], "Gy", f"{where}['alpha_beta']")
        rbe_max = float(values.get("rbe_max", base.rbe_max))
        if not (alpha_beta > 0 and rbe_max > 0):
            raise ValueError(
                f"{where} needs a positive alpha_beta and rbe_max, found {alpha_beta} Gy and {rbe_max}"
            )
        repair = _repair(values["repair"], where) if "repair" in values else base.repair
        tissues[region] = _core.Tissue(alpha_beta, repair, rbe_max)
    known.tissues = tissues
    return known


def _repair(given: Any, where: str) -> list[tuple[float, float]]:
    """Half-lives [h] with their weights."""
    name = f"{where}['repair']"
    if isinstance(given, list | tuple):
        return [(hours_of(half_life, name), float(weight)) for half_life, weight in given]
    return [(hours_of(given, name), 1.0)]
