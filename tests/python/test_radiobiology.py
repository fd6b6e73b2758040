"""Dose rates and biologically effective doses of runs."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import lutetia as lt


@pytest.fixture(scope="module")
def run():
    return lt.simulate("sstr2_whole_body", "reference_male", "netter1", rtol=1e-5)


@pytest.fixture(scope="module")
def bed(run):
    return lt.biologically_effective_dose(run)


def test_dose_and_bed_agree_with_the_table_of_doses(run, bed):
    dose = lt.absorbed_dose(run).table["total"]
    np.testing.assert_allclose(bed.table["absorbed_dose_Gy"], dose, rtol=1e-10)
    table = bed.table
    np.testing.assert_allclose(
        table["BED_Gy"],
        table["absorbed_dose_Gy"] + table["protraction_Gy2"] / table["alpha_beta_Gy"],
        rtol=1e-12,
    )
    np.testing.assert_allclose(table["protraction_Gy2"], table["G"] * dose**2, rtol=1e-9)
    assert table["G"].between(0, 1, inclusive="right").all()
    assert table.loc["kidney", "alpha_beta_Gy"] == 2.5
    assert table.loc["tumor", "alpha_beta_Gy"] == 10.0
    np.testing.assert_allclose(bed.cycles.sum("cycle"), table["BED_Gy"], rtol=1e-12)


def test_the_dose_rate_is_the_activity_times_the_s_value(run):
    rate = lt.dose_rate(run, convention="local_electrons")
    dose = lt.absorbed_dose(run, convention="local_electrons").table
    tia = run.time_integrated_activity().xs("total", level="cycle").droplevel("nuclide")
    s_value = dose.loc["kidney", "total"] / tia.loc["kidney", "tia_MBq_h"]
    away_from_jumps = slice(5, 40)
    np.testing.assert_allclose(
        rate.sel(region="kidney").values[away_from_jumps],
        s_value * run.activity.sel(region="kidney").values[away_from_jumps],
        rtol=1e-9,
    )


def test_a_run_in_a_file_has_the_same_bed(run, bed, tmp_path):
    run.save(tmp_path / "run.nc")
    loaded = lt.biologically_effective_dose(lt.load_run(tmp_path / "run.nc"))
    pd.testing.assert_frame_equal(loaded.table, bed.table)


def test_a_run_without_curves_is_refused(run):
    old = lt.Run(run.data.drop_vars(["activity_curve", "knot"]))
    with pytest.raises(lt.DataError, match="holds no activity curves"):
        lt.biologically_effective_dose(old)
    with pytest.raises(lt.DataError, match="holds no activity curves"):
        lt.dose_rate(old)


def test_values_at_times_reach_the_table(run, bed):
    at = bed.at(["8 week", 2000.0, np.inf])
    assert at["BED"].dims == ("time", "region")
    np.testing.assert_allclose(at["BED"].isel(time=-1), bed.table["BED_Gy"].to_numpy(), rtol=1e-12)
    np.testing.assert_allclose(at["BED"].isel(time=0), bed.cycles.sel(cycle=1), rtol=1e-12)
    assert (at["BED"].diff("time") > 0).all()
    assert (at["unrepaired_damage"].sel(time=np.inf) == 0).all()


def test_tissue_parameters_replace_those_of_the_library(run, bed):
    fast = lt.biologically_effective_dose(
        run, {"kidney": {"repair": "0 h"}, "lesion": {"alpha_beta": "5 Gy"}}
    )
    kidney = fast.table.loc["kidney"]
    assert kidney["BED_Gy"] == kidney["absorbed_dose_Gy"]
    assert fast.table.loc["tumor", "BED_Gy"] > bed.table.loc["tumor", "BED_Gy"]
    never = lt.biologically_effective_dose(run, {"kidney": {"repair": [(np.inf, 1.0)]}})
    np.testing.assert_allclose(never.table.loc["kidney", "G"], 1.0, rtol=1e-9)
    parts = [
        lt.biologically_effective_dose(run, {"kidney": {"repair": repair}}).table.loc[
            "kidney", "protraction_Gy2"
        ]
        for repair in ("0.5 h", "5 h", [("0.5 h", 0.4), ("5 h", 0.6)])
    ]
    np.testing.assert_allclose(parts[2], 0.4 * parts[0] + 0.6 * parts[1], rtol=1e-12)


@pytest.mark.parametrize(
    ("tissues", "message"),
    [
        ({"kidney": {"alphabeta": "2 Gy"}}, "takes alpha_beta, repair and rbe_max, found"),
        ({"kidney": {"alpha_beta": "0 Gy"}}, "needs a positive alpha_beta and rbe_max, found 0"),
        ({"kidney": {"repair": [("1 h", 0.4)]}}, "weights of repair half-lives must add up to 1"),
        ({"kidney": {"repair": "-1 h"}}, "repair half-life must not be negative, found -1 h"),
        (
            {"tumour": {"rbe_max": 3}},
            "tissues has an unknown region 'tumour'; did you mean 'tumor'?",
        ),
    ],
)
def test_tissue_parameters_that_cannot_be_are_refused(run, tissues, message):
    with pytest.raises(ValueError, match=message):
        lt.biologically_effective_dose(run, tissues)


def test_what_is_not_given_of_a_region_stays_that_of_its_kind(run, bed):
    as_it_is = lt.biologically_effective_dose(run, {"tumor": {"repair": "1.5 h"}})
    pd.testing.assert_frame_equal(as_it_is.table, bed.table)
    lesion = {"alpha_beta": "20 Gy"}
    for given in (
        {"tumor": {"rbe_max": 3}, "lesion": lesion},
        {"lesion": lesion, "tumor": {"rbe_max": 3}},
    ):
        table = lt.biologically_effective_dose(run, given).table
        assert table.loc["tumor", "alpha_beta_Gy"] == 20.0


def test_alpha_particles_count_in_the_equivalent_uniform_dose():
    run = lt.simulate(
        "sstr2_whole_body", "reference_male", "ac225_dotatate", modules=["free_daughters"]
    )
    found = lt.biologically_effective_dose(run)
    np.testing.assert_allclose(
        found.equivalent_uniform("0.1 1/Gy", 0.0), found.table["BED_Gy"], rtol=1e-12
    )


def test_worked_example_14_repopulation_of_a_falling_dose_rate():
    cells = {"alpha": "0.1 1/Gy", "doubling_time": "60 day"}
    time = lt.critical_time("0.3 Gy/h", half_life="80 h", **cells)
    assert time == pytest.approx(476.938, abs=5e-4)
    assert lt.repopulation_loss("1 day", **cells) == pytest.approx(0.1155245, abs=5e-8)
    late = lt.repopulation_loss("30 day", kick_off="28 day", **cells)
    assert late == pytest.approx(2 * 0.1155245, abs=1e-7)
    assert lt.repopulation_loss("27 day", kick_off="28 day", **cells) == 0.0
    assert lt.critical_time("1e-6 Gy/h", half_life="80 h", **cells) == 0.0


def test_repopulation_needs_cells_that_divide():
    with pytest.raises(ValueError, match="alpha must be positive, found 0 1/Gy"):
        lt.repopulation_loss("1 day", alpha="0 1/Gy", doubling_time="60 day")
    with pytest.raises(ValueError, match="time must not be negative, found -1 day"):
        lt.repopulation_loss("-1 day", alpha="0.1 1/Gy", doubling_time="60 day")
    with pytest.raises(lt.UnitError, match="half_life"):
        lt.critical_time("0.3 Gy/h", half_life="80 Gy", alpha="0.1 1/Gy", doubling_time="60 day")


def test_words_are_checked(run):
    with pytest.raises(ValueError, match="convention must be one of"):
        lt.biologically_effective_dose(run, convention="mird")
    with pytest.raises(ValueError, match="tail must be one of"):
        lt.dose_rate(run, tail="long")


def test_heterogeneity_lowers_what_a_dose_is_worth(bed):
    uniform = bed.equivalent_uniform("0.1 1/Gy", 0.0)
    np.testing.assert_allclose(uniform, bed.table["BED_Gy"], rtol=1e-12)
    assert (bed.equivalent_uniform("0.1 1/Gy", 0.3) < uniform).all()
    with pytest.raises(ValueError, match="alpha must be positive"):
        bed.equivalent_uniform("0 1/Gy", 0.3)


def test_outcomes_of_a_batch_are_those_of_runs(bed):
    observe = ["protraction", "total_protraction", "total_biologically_effective_dose"]
    who = ("sstr2_whole_body", "reference_male", "netter1")
    cohort = lt.simulate_many(*who, observe=observe, rtol=1e-5, reproducible=True)
    member = cohort.data.isel(member=0).sel(region=bed.table.index.to_list())
    np.testing.assert_allclose(member["protraction"], bed.protraction, rtol=1e-9)
    np.testing.assert_allclose(member["total_protraction"], bed.table["protraction_Gy2"], rtol=1e-9)
    np.testing.assert_allclose(
        member["total_biologically_effective_dose"], bed.table["BED_Gy"], rtol=1e-9
    )
    assert cohort.data["protraction"].attrs["units"] == "Gy^2"


def test_members_that_share_steps_have_the_same_bed():
    who = ("sstr2_whole_body", "reference_male", "netter1")
    options = dict(
        parameters={"gfr [mL/min]": [50.0, 80.0, 100.0, 120.0, 90.0]},
        observe=["biologically_effective_dose"],
        tissues={"kidney": {"alpha_beta": "2 Gy"}},
    )
    together = lt.simulate_many(*who, **options).data["biologically_effective_dose"]
    alone = lt.simulate_many(*who, reproducible=True, **options).data["biologically_effective_dose"]
    known = alone.notnull()
    xr.testing.assert_allclose(together.where(known), alone, rtol=1e-4)
    assert known.sel(region="kidney").all()
    with pytest.raises(ValueError, match="tissues belong to outcomes of radiobiology"):
        lt.simulate_many(*who, tissues={"kidney": {"alpha_beta": "2 Gy"}})


def test_derivatives_of_bed():
    who = ("sstr2_whole_body", "reference_male", "netter1")
    by = ["administration_1.activity", "kidney.receptor_density"]
    s = lt.sensitivities(*who, by, rtol=1e-6)
    assert s.biologically_effective_dose.dims == ("region", "cycle", "direction")
    kidney = s.relative("protraction").sel(region="kidney", cycle=1)
    # At a fixed amount of peptide the dose rate is linear in the activity, so Q is quadratic.
    np.testing.assert_allclose(kidney.sel(direction=by[0]), 2.0, rtol=1e-6)
    density = float(s.data["value"].sel(direction=by[1]))
    values = [
        lt.biologically_effective_dose(
            lt.simulate(*who, rtol=1e-9, parameters={by[1]: f"{density * f!r} nmol/L"})
        ).table.loc["kidney", "BED_Gy"]
        for f in (0.999, 1.001)
    ]
    np.testing.assert_allclose(
        s.biologically_effective_dose.sel(region="kidney", direction=by[1]).sum(),
        (values[1] - values[0]) / (0.002 * density),
        rtol=1e-5,
    )


def test_a_case_tabulates_bed_beside_the_dose():
    (result,) = lt.run_case("netter1_reference")
    table = result.dose_frame().set_index(["region", "cycle"])
    columns = list(table)
    assert columns.index("bed_Gy") == columns.index("absorbed_dose_Gy") + 1
    kidney = table.loc["kidney", "bed_Gy"]
    np.testing.assert_allclose(kidney["total"], result.bed.table.loc["kidney", "BED_Gy"])
    np.testing.assert_allclose(kidney.drop("total").sum(), kidney["total"])
    assert table["bed_Gy"].isna().equals(table["absorbed_dose_Gy"].isna())
