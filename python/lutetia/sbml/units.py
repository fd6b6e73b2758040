"""Units of a reaction network as SBML unit definitions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

# In the order of the core's exponents: (symbol, exponent of one symbol, unit kind, scale, multiplier).
# A length in internal units is a decimeter: volumes are liters.
BASES = (
    ("h", 1, "UNIT_KIND_SECOND", 0, 3600.0),
    ("L", 3, "UNIT_KIND_LITRE", 0, 1.0),
    ("kg", 1, "UNIT_KIND_KILOGRAM", 0, 1.0),
    ("nmol", 1, "UNIT_KIND_MOLE", -9, 1.0),
    ("MBq", 1, "UNIT_KIND_BECQUEREL", 6, 1.0),
)
TIME, VOLUME, AMOUNT, ACTIVITY = (1,), (0, 3), (0, 0, 0, 1), (0, 0, 0, 0, 1)


class Units:
    """Unit definitions of a model, written when they are first asked for."""

    def __init__(self, model: Any, sbml: Any) -> None:
        self._model, self._sbml = model, sbml

    def __call__(self, exponents: Sequence[int]) -> str:
        """Return the identifier of the unit with these exponents of the internal bases.

        Raises
        ------
        ValueError
            If there is no such unit: for lengths that are no volumes, energies and absorbed doses.
        """
        powers = [e // size for e, (_, size, *_) in zip(exponents, BASES, strict=False)]
        if any(exponents[len(BASES) :]) or any(
            p * base[1] != e for p, e, base in zip(powers, exponents, BASES, strict=False)
        ):
            raise ValueError(f"no SBML unit for the exponents {tuple(exponents)}")
        parts = [(base, power) for base, power in zip(BASES, powers, strict=False) if power]
        if not parts:
            return "dimensionless"
        over = [_symbol(base, power) for base, power in parts if power > 0]
        under = [_symbol(base, -power) for base, power in parts if power < 0]
        name = "_".join(over) + "".join(f"_per_{symbol}" for symbol in under)
        return self._defined(name.lstrip("_"), parts)

    def _defined(self, name: str, parts: list[tuple[tuple[Any, ...], int]]) -> str:
        if self._model.getUnitDefinition(name) is None:
            definition = self._model.createUnitDefinition()
            definition.setId(name)
            for (_, _, kind, scale, multiplier), power in parts:
                unit = definition.createUnit()
                unit.setKind(getattr(self._sbml, kind))
                unit.setExponent(power)
                unit.setScale(scale)
                unit.setMultiplier(multiplier)
        return name


def _symbol(base: tuple[Any, ...], power: int) -> str:
    return str(base[0]) + (str(power) if power > 1 else "")
