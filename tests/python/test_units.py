"""Our unit parser agrees with pint; conversions happen at one place."""

import math

import pint
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lutetia as lt
from lutetia import _core
from lutetia.units import as_text, to_internal

UNITS = [
    "s", "min", "h", "d", "week", "mL", "L", "uL", "kg", "g", "mg", "ug", "nmol", "pmol", "umol", "mol",
    "nmol/L", "mL/min", "L/h", "mL/min/g", "1/h", "1/min", "1/s", "GBq", "MBq", "kBq", "mCi", "GBq/umol",
    "cm", "m**2", "g/mL", "L/nmol/min", "cm**2/g", "MeV", "keV", "MBq*h", "nM",
]  # fmt: skip
REGISTRY = pint.UnitRegistry()
REGISTRY.define("molar_nano = nanomolar = nM")


@given(st.sampled_from(UNITS), st.floats(1e-6, 1e6))
def test_conversions_agree_with_pint(unit, value):
    internal = _core.internal_unit(unit)
    ours = _core.to_internal(f"{value!r} {unit}", unit)
    dimension = internal.replace("^", "**")
    theirs = REGISTRY.Quantity(value, unit).to(dimension).magnitude
    # Internal lengths are kept in dm so that L = dm^3; shown units differ for lengths alone.
    assert math.isclose(_core.from_internal(ours, internal), theirs, rel_tol=1e-12)


@given(st.sampled_from(UNITS), st.floats(1e-6, 1e6))
def test_there_and_back_is_the_identity(unit, value):
    assert math.isclose(
        _core.from_internal(_core.to_internal(f"{value!r} {unit}", unit), unit),
        value,
        rel_tol=1e-14,
    )


@given(st.text(max_size=30))
def test_any_text_is_a_quantity_or_a_unit_error(text):
    try:
        assert math.isfinite(_core.to_internal(text, "h"))
    except lt.UnitError as error:
        assert str(error)


def test_messages_name_what_was_found_and_expected():
    with pytest.raises(
        lt.UnitError, match=r"times: '3 kg' has dimension mass, expected time, e.g. h"
    ):
        to_internal("3 kg", "h", "times")
    with pytest.raises(lt.UnitError, match="'GBk' is not a unit"):
        to_internal("3 GBk", "MBq")


def test_numbers_without_unit_are_dimensionless():
    assert _core.to_internal("0.45", "1") == 0.45
    assert math.isclose(_core.to_internal("45 %", "1"), 0.45)
    with pytest.raises(lt.UnitError):
        _core.to_internal("0.45", "h")


def test_pint_objects_become_text_at_any_depth():
    q = REGISTRY.Quantity
    assert as_text({"a": [q(30, "min"), "x"], "b": 1}) == {"a": ["30.0 min", "x"], "b": 1}
    assert to_internal(q(2, "week"), "h") == 336.0
