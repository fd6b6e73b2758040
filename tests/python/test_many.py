"""Many members: the same numbers as single runs, statistics that stream, failures that stay failures."""

import numpy as np
import pandas as pd
import pint
import pytest
import xarray as xr

import lutetia as lt

MODEL, PATIENT = "sstr2_whole_body", "reference_male"
CYCLE = lt.Infusion(
    "dotatate", nuclide="Lu-177", activity="7.4 GBq", amount="100 nmol", duration="30 min"
)
NAMES = {"gfr": "mL/min", "kidney.receptor_density": "nmol/L", "tumor.volume": "mL"}
TABLE = pd.DataFrame(
    {
        "gfr [mL/min]": [100.0, 60.0, 80.0, 120.0, 40.0],
        "kidney.receptor_density [nmol/L]": [2.2, 1.1, 4.0, 3.0, 2.0],
        "tumor.volume [mL]": [50.0, 20.0, 5.0, 100.0, 10.0],
    }
)


def many(parameters, **options) -> lt.Cohort:
    return lt.simulate_many(MODEL, PATIENT, CYCLE, parameters=parameters, **options)


def single(row: int) -> lt.Run:
    values = {
        name: f"{float(TABLE.iloc[row, i])!r} {unit}"
        for i, (name, unit) in enumerate(NAMES.items())
    }
    return lt.simulate(MODEL, PATIENT, CYCLE, parameters=values, rtol=1e-4, times=["1 h", "7 day"])


def test_members_are_those_of_single_runs():
    observe = ["absorbed_dose", "total_time_integrated_activity", "activity"]
    options = {"observe": observe, "times": ["1 h", "7 day"]}
    exact = many(TABLE, reproducible=True, threads=1, **options).data
    xr.testing.assert_identical(
        exact.drop_attrs(), many(TABLE, reproducible=True, threads=2, **options).data.drop_attrs()
    )
    shared = many(TABLE, **options).data
    for row in range(len(TABLE)):
        run = single(row)
        dose = lt.absorbed_dose(run).table["cycle_1"]
        tia = run.time_integrated_activity()["tia_MBq_h"].xs("total", level="cycle")
        member = exact.sel(member=row)
        np.testing.assert_array_equal(member["activity"], run.activity.T)
        # A run adds its tail to the sum of a region, a member to each compartment: rounding.
        found = member["absorbed_dose"].sel(region=dose.index)[:, 0]
        np.testing.assert_allclose(found, dose.to_numpy(), rtol=1e-14)
        found = member["total_time_integrated_activity"]
        np.testing.assert_allclose(found, tia.to_numpy(), rtol=1e-14)
    for name in observe:  # sharing steps changes less than the tolerance, here of the largest value
        scale = exact[name].max([d for d in exact[name].dims if d in ("cycle", "time")])
        assert (abs(shared[name] - exact[name]) / scale).max() < 1e-4, name


def test_parameters_that_change_from_cycle_to_cycle_do_so_for_members():
    patient = lt.Patient(
        sex="male",
        weight="71 kg",
        height="175 cm",
        gfr="100 mL/min",
        lesions=[lt.Lesion("liver_1", site="liver", volume="50 mL")],
        cycle_effects=[
            {"parameter": "lesions.volume", "term": "per_cycle_factor", "factor": 0.8},
            {"parameter": "kidney.receptor_density", "term": "per_cycle_factor", "factor": 0.9},
        ],
    )
    factors = {"gfr [mL/min]": [100.0, 60.0]}
    for reproducible, rtol in ((True, 1e-14), (False, 1e-4)):
        data = lt.simulate_many(
            MODEL, patient, "netter1", parameters=factors, reproducible=reproducible
        ).data
        for row, gfr in enumerate(("100 mL/min", "60 mL/min")):
            run = lt.simulate(MODEL, patient, "netter1", parameters={"gfr": gfr}, rtol=1e-4)
            dose = lt.absorbed_dose(run).table[[f"cycle_{c}" for c in (1, 2, 3, 4)]]
            found = data["absorbed_dose"].sel(member=row, region=dose.index)
            np.testing.assert_allclose(found, dose, rtol=rtol)


def test_mates_and_order_do_not_matter_when_reproducible():
    exact = many(TABLE, reproducible=True).data["absorbed_dose"]
    order = [3, 1, 4, 0]
    other = many(TABLE.iloc[order], reproducible=True).data["absorbed_dose"]
    np.testing.assert_array_equal(other.values, exact.isel(member=order).values)
    blocks = (TABLE[i : i + 2] for i in range(0, 5, 2))
    np.testing.assert_array_equal(many(blocks, reproducible=True).data["absorbed_dose"], exact)


def test_members_know_what_they_are():
    data = lt.simulate_many(
        MODEL,
        [PATIENT, lt.read_patient(PATIENT).with_values({"weight": "60 kg"})],
        [CYCLE, "netter1"],
        parameters={"gfr": ["0.1 L/min", "50 mL/min"]},
        observe=["total_absorbed_dose"],
    ).data
    assert data["total_absorbed_dose"].dims == ("member", "region")
    assert data["total_absorbed_dose"].attrs["units"] == "Gy"
    assert data["regimen"].values.tolist() == ["regimen", "netter1"] * 4
    assert data["patient"].values.tolist() == [PATIENT] * 8
    assert data["gfr"].attrs["units"] == "L/min"
    np.testing.assert_allclose(data["gfr"], [0.1] * 4 + [0.05] * 4, rtol=1e-15)
    assert (data["status"] == "ok").all()
    assert (data["message"] == "").all()
    assert data.attrs["notice"].startswith("Research use only")
    kidney = data["total_absorbed_dose"].sel(region="kidney").values
    assert (kidney[1::2] > 2.5 * kidney[::2]).all()  # four cycles against one


def test_units_stand_in_names_values_or_arrays():
    texts = many({"gfr": ["6 L/h", "50 mL/min"]}, reproducible=True).data["absorbed_dose"]
    numbers = many({"gfr [L/h]": [6, 3.0]}, reproducible=True).data["absorbed_dose"]
    np.testing.assert_allclose(texts, numbers, rtol=1e-12)  # 50 mL/min are 3 L/h but for rounding
    units = pint.UnitRegistry()
    array = units.Quantity(np.array([6.0, 3.0]), "L/hour")
    np.testing.assert_array_equal(
        many({"gfr": array}, reproducible=True).data["absorbed_dose"], numbers
    )


def test_what_is_wrong_with_columns_is_said_at_once():
    columns = {"gfrr": ["1 L/h"], "gfr [kg]": [1.0], "tumor.volume": ["1 mLL"], "hematocrit": ["a"]}
    with pytest.raises(lt.ModelError) as error:
        many({**columns, "hematocrit": [0.4]})
    messages = [problem["message"] for problem in error.value.problems]
    assert len(messages) == 3
    text = "\n".join(messages)
    assert (
        "parameters.gfrr: model 'sstr2_whole_body' has no parameter 'gfrr'; did you mean 'gfr'?"
        in text
    )
    assert (
        "parameters.gfr: unit of 'gfr', found values in kg (mass), expected time^-1·volume" in text
    )
    assert "parameters.tumor.volume: 'mLL' is not a unit" in text
    with pytest.raises(ValueError, match="column 'a.b..': expected a name") as caught:
        many({"a[b]]": [1.0], "gfr": "3 L/h", "weight [kg]": ["70 kg"], "x": [1], "x [m]": [1, 2]})
    assert str(caught.value).splitlines()[1:] == [
        "column 'gfr': expected one value per row, found '3 L/h'",
        "column 'weight [kg]': expected numbers in kg, found '70 kg'",
        "columns must have the same length, found x: 1, x: 2",
        "parameter 'x' has more than one column",
    ]
    with pytest.raises(lt.UnitError) as units:
        many({"gfr": ["6 L/h", "6 kg", "six"]})
    assert [line.partition(":")[0] for line in str(units.value).splitlines()] == [
        "gfr of row 1",
        "gfr of row 2",
    ]
    with pytest.raises(ValueError, match="block 2 must have the columns and units of the first"):
        many([{"gfr [L/h]": [6.0]}, {"gfr [mL/min]": [60.0]}])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"observe": ["dose"]}, "observe must be one of absorbed_dose"),
        ({"observe": "activity"}, "observe must be a list of different words, found 'activity'"),
        ({"times": ["1 h"]}, "times belong to observe"),
        ({"observe": ["activity"]}, "times belong to observe"),
        ({"observe": ["activity"], "times": [2, 1]}, "output times must ascend"),
        ({"end": "1 min"}, "the run ends at 0.0166.* h, before the last event"),
        ({"rtol": 1.0}, "rtol must be between 1e-13 and 0.1, found 1"),
        ({"reduce": ["median"]}, "reduce must be of mean, sd, min, max, quantiles, found 'median'"),
        ({"reduce": "mean"}, "reduce must be a list of words, found 'mean'"),
        ({"reduce": ["quantiles"], "quantiles": [2]}, "quantiles must be from 0 to 1, found 2"),
        ({"threads": 0}, "threads must be at least 1, found 0"),
        ({"max_steps": 0}, "max_steps must be at least 1, found 0"),
        ({"parameters": []}, "parameters holds no row"),
        ({"parameters": {"gfr [L/h]": []}}, "parameters holds no row"),
        ({"patients": []}, "simulate_many needs at least one patient and one regimen, found none"),
    ],
)
def test_wrong_options_are_refused(options, message):
    patients = options.pop("patients", PATIENT)
    with pytest.raises(ValueError, match=message):
        lt.simulate_many(
            MODEL, patients, CYCLE, **{"parameters": {"gfr [L/h]": [6.0, 5.0]}, **options}
        )


def failing() -> pd.DataFrame:
    """Rows 1, 3 and 6 fail: a filtration nobody has, no number, voids without end."""
    return pd.DataFrame(
        {
            "gfr [L/h]": [6.0, 600.0, 5.0, np.nan, 4.0, 6.5, 6.0, 3.0],
            "void_interval [h]": [100.0, 100.0, 100.0, 100.0, 200.0, 100.0, 0.5, 100.0],
        }
    )


FAILED = {1: "ModelError", 3: "ModelError", 6: "SolverError"}


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("reproducible", [True, False])
def test_who_fails_has_no_number_and_disturbs_nobody(threads, reproducible):
    options = {"modules": ["bladder"], "max_steps": 1000, "threads": threads}
    table = failing()
    good = [row for row in range(len(table)) if row not in FAILED]
    cohort = many(table, reproducible=reproducible, **options)
    assert cohort.counts.to_dict() == {"ok": 5, "ModelError": 2, "SolverError": 1}
    assert (cohort.size, cohort.failed) == (8, 3)
    assert cohort.failures["status"].to_dict() == FAILED
    assert "'gfr' is not plausible, found 600 L/h" in cohort.failures["message"][1]
    assert "'gfr' is not finite, found nan" in cohort.failures["message"][3]
    assert "too many steps" in cohort.failures["message"][6]
    assert cohort.data["status"].values[list(FAILED)].tolist() == list(FAILED.values())
    assert "3 failed" in cohort.summary()
    assert "ModelError: 2, e.g. " in cohort.summary()
    dose = cohort.data["absorbed_dose"]
    assert bool(dose.isel(member=list(FAILED)).isnull().all())
    alone = many(table.iloc[good], reproducible=True, **options).data["absorbed_dose"]
    np.testing.assert_allclose(dose.isel(member=good), alone, rtol=0.0 if reproducible else 1e-4)
    reduced = many(
        table, reduce=["mean", "sd", "min", "max", "quantiles"], quantiles=[0, 1],
        reproducible=reproducible, **options
    )  # fmt: skip
    assert reduced.counts.to_dict() == cohort.counts.to_dict()
    pd.testing.assert_frame_equal(reduced.failures, cohort.failures)
    dose = dose.dropna("member", how="all").sel(region="kidney", cycle=1)
    at = reduced.data.sel(region="kidney", cycle=1)
    assert int(at["absorbed_dose_count"]) == 5
    np.testing.assert_allclose(at["absorbed_dose_mean"], dose.mean(), rtol=1e-14)
    np.testing.assert_allclose(at["absorbed_dose_sd"], dose.std(ddof=1), rtol=1e-12)
    assert float(at["absorbed_dose_min"]) == float(dose.min())
    assert float(at["absorbed_dose_max"]) == float(dose.max())
    np.testing.assert_allclose(
        at["absorbed_dose_quantile"], [dose.min(), dose.max()], rtol=1.001e-3
    )


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_with_any_seed_a_number_belongs_to_a_solve_that_went_well(seed):
    spread = {"gfr": 1.5, "tumor.volume": 3.0, "kidney.receptor_density": 2.0}
    table = lt.virtual_patients(MODEL, PATIENT, CYCLE, n=30, seed=seed, cv=spread)
    unlimited = many(table, reproducible=True).data["absorbed_dose"]
    regions = unlimited["region"][unlimited.notnull().any(["member", "cycle"])]
    for reproducible in (True, False):
        for threads in (1, 2, 3):
            # About half of these patients need more steps.
            options = {"reproducible": reproducible, "threads": threads, "max_steps": 76}
            cohort = many(table, **options)
            dose = cohort.data["absorbed_dose"].sel(region=regions)
            ok = (cohort.data["status"] == "ok").values
            assert 0 < ok.sum() < 30  # or this proves nothing
            assert set(cohort.failures["status"]) <= {"ModelError", "SolverError"}
            assert bool(dose[ok].notnull().all())
            assert bool(dose[~ok].isnull().all())
            reference = unlimited.sel(region=regions)[ok]
            np.testing.assert_allclose(dose[ok], reference, rtol=0.0 if reproducible else 1e-4)
            count = many(table, reduce=["mean"], **options).data["absorbed_dose_count"]
            assert set(count.sel(region=regions).values.ravel().tolist()) == {int(ok.sum())}


def test_a_cohort_shows_itself(capsys):
    cohort = many(TABLE, progress=True)
    assert repr(cohort) == "<Cohort: 5 members, 0 failed; absorbed_dose>"
    assert "sstr2_whole_body" in cohort._repr_html_()
    assert cohort.failures.empty
    assert capsys.readouterr().out == ""


def test_damage_of_one_region_adds_up_to_its_doses():
    ends = [1344.0, 2688.0, 4032.0, 40_000.0]
    cohort = lt.simulate_many(
        "sstr2_whole_body",
        "reference_male",
        "netter1",
        parameters={"gfr [mL/min]": [60.0, 120.0]},
        observe=["absorbed_dose", "protraction", "damage"],
        times=ends,
        damage_region="kidney",
    ).data
    damage = cohort["damage"]
    assert damage.dims == ("member", "part", "time")
    by_cycle = damage.diff("time").rename(time="cycle").assign_coords(cycle=[2, 3, 4])
    for part, outcome in (("dose", "absorbed_dose"), ("protraction", "protraction")):
        expected = cohort[outcome].sel(region="kidney")
        # Weeks after the last cycle nothing is left: 0.5 to the power of more than 200 half-lives.
        np.testing.assert_allclose(by_cycle.sel(part=part), expected[:, 1:], rtol=1e-9)
        np.testing.assert_allclose(damage.sel(part=part)[:, 0], expected[:, 0], rtol=1e-9)
    assert (damage.sel(part="alpha_dose") == 0.0).all()


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"observe": ["damage"], "times": [1.0]}, "damage_region belongs to observe"),
        ({"damage_region": "kidney"}, "damage_region belongs to observe"),
        ({"observe": ["damage"], "damage_region": "kidney"}, "times belong to observe"),
        (
            {"observe": ["damage"], "damage_region": "kidny", "times": [1.0]},
            "patient 'reference_male' has no region 'kidny' with an absorbed dose; regions: ",
        ),
    ],
)
def test_damage_needs_a_region_and_times(asked, message):
    with pytest.raises(ValueError, match=message):
        lt.simulate_many("sstr2_whole_body", "reference_male", "netter1", **asked)
