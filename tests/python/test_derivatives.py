"""Derivatives by name: labels, units, and agreement with runs that differ a little."""

import numpy as np
import pytest

import lutetia as lt

MODEL, PATIENT = "sstr2_whole_body", "reference_male"
THERAPY = lt.Infusion(
    "dotatate",
    nuclide="Lu-177",
    activity="7.4 GBq",
    amount="100 nmol",
    duration="30 min",
    amino_acids="lysine_arginine",
)
REGIMEN = lt.repeat(THERAPY, every="200 h", count=2)
NAMES = [
    "administration_2.at",
    "kidney.receptor_density",
    "administration_1.amount",
    "administration_2.amino_acids.start",
]
OPTIONS = {"times": ["10 h", "100 h", "210 h", "350 h"], "end": "400 h"}


@pytest.fixture(scope="module")
def found() -> lt.Sensitivities:
    return lt.sensitivities(MODEL, PATIENT, REGIMEN, NAMES, **OPTIONS)


def test_arrays_have_names_units_and_the_order_asked_for(found):
    assert found.activity.dims == ("time", "region", "direction")
    assert found.time_integrated_activity.dims == ("nuclide", "region", "cycle", "direction")
    assert found.absorbed_dose.dims == ("region", "cycle", "direction")
    assert found.data["direction"].values.tolist() == NAMES
    assert found.data["unit"].values.tolist() == ["h", "nmol/L", "nmol", "h"]
    assert found.data["value"].values.tolist() == [200.0, 2.275, 100.0, -0.5]
    assert found.activity.attrs["units"] == "MBq per unit"
    assert "by administration_2.at" in repr(found)
    assert np.isnan(found.absorbed_dose.sel(region="urine")).all()  # it has no mass
    plain = lt.simulate(MODEL, PATIENT, REGIMEN, **OPTIONS)
    np.testing.assert_array_equal(found.run.activity, plain.activity)


@pytest.mark.parametrize(
    ("name", "low", "high", "by"),
    [
        ("administration_2.at", "199.95 h", "200.05 h", 0.1),
        ("kidney.receptor_density", "2.27 nmol/L", "2.28 nmol/L", 0.01),
        ("administration_1.amount", "99.5 nmol", "100.5 nmol", 1.0),
        ("administration_2.amino_acids.start", "-0.502 h", "-0.498 h", 0.004),
    ],
)
def test_a_sweep_by_the_same_name_gives_the_difference(found, name, low, high, by):
    def measure(run: lt.Run) -> dict:
        dose = lt.absorbed_dose(run).table["cycle_2"]
        return {
            "dose": dose.rename_axis("region"),
            "kidney": float(run.activity.sel(region="kidney")[-1]),
        }

    table = lt.sweep(
        MODEL, PATIENT, REGIMEN, {name: [low, high]}, measure=measure, rtol=1e-9, **OPTIONS
    )
    difference = table["dose"].diff(name).squeeze(name) / by
    exact = found.absorbed_dose.sel(cycle=2, direction=name, region=difference["region"])
    scale = float(abs(exact).max())
    # Differences of second order, quartered with half the step; the run itself errs by 1e-6.
    assert float(abs(difference - exact).max()) < 2e-4 * scale
    kidney = float(table["kidney"].diff(name).squeeze()) / by
    at_end = float(found.activity.sel(direction=name, region="kidney")[-1])
    assert abs(kidney - at_end) < 2e-4 * abs(at_end)


def test_relative_derivatives_are_per_cent_per_cent(found):
    name = "kidney.receptor_density"
    dose = lt.absorbed_dose(found.run).table
    share = found.relative().sel(direction=name, region="kidney")
    absolute = found.absorbed_dose.sel(direction=name, region="kidney")
    np.testing.assert_allclose(
        share, absolute * 2.275 / dose.loc["kidney", ["cycle_1", "cycle_2"]].to_numpy(dtype=float)
    )
    frame = found.to_frame().set_index(["direction", "region"]).loc[(name, "kidney")]
    assert frame["derivative"] == pytest.approx(float(absolute.sum()), rel=1e-12)
    assert frame["relative"] == pytest.approx(
        float(absolute.sum()) * 2.275 / dose.loc["kidney", "total"], rel=1e-12
    )
    assert found.relative("activity").dims == found.activity.dims
    assert found.relative("time_integrated_activity").dims == (
        "nuclide",
        "region",
        "cycle",
        "direction",
    )
    with pytest.raises(ValueError, match="quantity must be one of activity, time_integrated_ac"):
        found.relative("dose")


def test_the_tail_and_the_convention_are_those_asked_for():
    by = ["tumor.volume"]
    base = lt.sensitivities(MODEL, PATIENT, THERAPY, by, end="100 h", times=[])
    for more in ({"tail": "none"}, {"tail": "physical"}, {"convention": "local_electrons"}):
        other = lt.sensitivities(MODEL, PATIENT, THERAPY, by, end="100 h", times=[], **more)
        assert (
            abs(
                float(other.absorbed_dose.sel(region="tumor").item())
                / base.absorbed_dose.sel(region="tumor").item()
                - 1
            )
            > 1e-3
        )
    values = lt.sensitivities(
        MODEL, PATIENT, THERAPY, by, end="100 h", times=[], parameters={"tumor.volume": "20 mL"}
    )
    assert values.data["value"].item() == pytest.approx(0.02)


def test_the_check_reports_every_direction_and_sees_a_tolerance():
    options = {"end": "60 h", "times_per_cycle": 8}
    by = ["gfr", "administration_1.at"]
    report = lt.check_derivatives(MODEL, PATIENT, THERAPY, by, **options)
    assert report["direction"].tolist() == ["gfr"] * 3 + ["administration_1.at"] * 3
    assert report["passed"].all()
    assert (report["dual_error"] < 1e-10).all()
    assert (report["difference_error"] < 1e-6).all()
    assert report["where"].str.contains(" at .* h| in cycle 1").all()
    strict = lt.check_derivatives(
        MODEL, PATIENT, THERAPY, by, difference_tolerance=1e-15, **options
    )
    assert not strict["passed"].any()


def test_messages():
    run = (MODEL, PATIENT, THERAPY)
    with pytest.raises(
        lt.ModelError, match="no parameter 'kidney.receptor_densty' to differentiate"
    ):
        lt.sensitivities(*run, ["kidney.receptor_densty"])
    with pytest.raises(
        lt.ModelError, match=r"this run has no 'administration_2.at' to differentiate"
    ):
        lt.sensitivities(*run, ["administration_2.at"])
    person = lt.read_patient(PATIENT).with_values({"Lu-177.decay_constant": "4.34e-3 1/h"})
    with pytest.raises(
        lt.ModelError, match="no derivative with respect to 'Lu-177.decay_constant'"
    ):
        lt.sensitivities(MODEL, person, THERAPY, ["Lu-177.decay_constant"])
    with pytest.raises(ValueError, match="by must be a list of names, each once, found 'gfr'"):
        lt.sensitivities(*run, "gfr")
    with pytest.raises(ValueError, match="by must be a list of names, each once"):
        lt.sensitivities(*run, ["gfr", "gfr"])
    with pytest.raises(
        ValueError, match="tail must be one of none, physical, linear, found 'long'"
    ):
        lt.sensitivities(*run, ["gfr"], tail="long")
    with pytest.raises(
        ValueError, match="convention must be one of s_values, local_electrons, found"
    ):
        lt.check_derivatives(*run, ["gfr"], convention="mird")
    with pytest.raises(ValueError, match="output times are chosen by the check"):
        lt.check_derivatives(*run, ["gfr"], times=[1.0])
