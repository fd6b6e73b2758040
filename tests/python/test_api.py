"""The Python surface: descriptions, runs, doses."""

import itertools

import numpy as np
import pint
import pytest

import lutetia as lt

CYCLE = {
    "nuclide": "Lu-177",
    "activity": "7.4 GBq",
    "amount": "100 nmol",
    "duration": "30 min",
    "amino_acids": "lysine_arginine",
}


def test_the_documented_names_exist_and_nothing_else_is_promised():
    assert sorted(lt.__all__) == lt.__all__
    for name in lt.__all__:
        assert getattr(lt, name) is not None
    with pytest.raises(AttributeError, match="No lutetia attribute simulat"):
        _ = lt.simulat


def test_python_and_yaml_descriptions_give_identical_runs(course):
    patient = lt.Patient(
        name="by_hand",
        sex="male",
        weight="71 kg",
        body_surface_area="1.9 m^2",
        gfr="0.10 L/min",  # as the file writes it: other units round differently
        hematocrit=0.45,
        organs={"kidney": "310 mL", "liver": "1.8 L", "spleen": {"volume": "180 mL"}},
        lesions=[lt.Lesion("tumor", volume="50 mL")],
    )
    regimen = lt.repeat(lt.Infusion("dotatate", **CYCLE), every="8 week", count=4)
    run = lt.simulate("sstr2_whole_body", patient, regimen)
    np.testing.assert_array_equal(run.activity.values, course.activity.values)


def test_adult_organs_in_a_child_are_pointed_out(reference):
    child = {"sex": "male", "weight": "20 kg", "height": "115 cm", "gfr": "60 mL/min"}
    dose = lt.Bolus("dotatate", amount="10 nmol")
    run = lt.simulate("sstr2_whole_body", lt.Patient(**child), dose, end="1 d")
    assert any("adult volumes of kidney, liver, spleen" in w for w in run.warnings())
    scaled = lt.simulate(
        "sstr2_whole_body", lt.Patient(**child), dose, end="1 d", modules=["scaled_organs"]
    )
    assert not any("adult volumes" in w for w in scaled.warnings())
    adult = lt.simulate("sstr2_whole_body", reference, dose, end="1 d")
    assert not any("adult volumes" in w for w in adult.warnings())


def test_pint_quantities_are_accepted(reference):
    unit = pint.UnitRegistry()
    text = lt.Infusion("dotatate", **CYCLE)
    quantities = lt.Infusion(
        "dotatate",
        nuclide="Lu-177",
        activity=unit.Quantity(7.4, "GBq"),
        amount=unit.Quantity(0.1, "micromol"),
        duration=unit.Quantity(0.5, "hour"),
        amino_acids="lysine_arginine",
    )
    options = {"times": [1, unit.Quantity(1, "day")], "end": "2 d"}
    a = lt.simulate("sstr2_whole_body", reference, text, **options)
    b = lt.simulate("sstr2_whole_body", reference, quantities, **options)
    np.testing.assert_allclose(a.activity.values, b.activity.values, rtol=1e-9)


def test_results_are_labeled_with_units(course):
    assert course.activity.dims == ("time", "region")
    assert course.activity.attrs["units"] == "MBq"
    assert course.concentration.attrs["units"] == "MBq/mL"
    assert course.data["time"].attrs["units"] == "h"
    assert course.amount.sel(form="dotatate[Lu-177]").attrs["units"] == "nmol"
    assert course.lesions == ["tumor"]


def test_a_run_survives_saving_without_loss(course, tmp_path):
    course.save(tmp_path / "run.nc")
    again = lt.load_run(tmp_path / "run.nc")
    assert again.data.identical(course.data)
    assert again.summary() == course.summary()
    before, after = lt.absorbed_dose(course), lt.absorbed_dose(again)
    assert before.table.equals(after.table)


def test_time_integrated_activity_of_the_course_is_the_sum_of_its_cycles(course):
    tia = course.time_integrated_activity()["tia_MBq_h"]
    cycles = tia.drop("total", level="cycle").groupby("region").sum()
    np.testing.assert_allclose(
        cycles.loc["kidney"], tia.loc[("kidney", "Lu-177", "total")], rtol=1e-12
    )


def test_tails_are_ordered_and_their_share_is_reported(reference):
    short = lt.simulate("sstr2_whole_body", reference, lt.Infusion("dotatate", **CYCLE), end="2 d")
    long = lt.simulate("sstr2_whole_body", reference, lt.Infusion("dotatate", **CYCLE), end="60 d")

    def kidney(run, tail):
        return run.time_integrated_activity(tail).loc[("kidney", "Lu-177", "total")]

    none, linear, physical = (
        kidney(short, tail)["tia_MBq_h"] for tail in ("none", "linear", "physical")
    )
    assert none < linear < physical
    # Two days after 100 nmol receptors are nearly free again: the linearized tail is good to 1 %.
    np.testing.assert_allclose(linear, kidney(long, "linear")["tia_MBq_h"], rtol=0.01)
    assert kidney(short, "linear")["tail_share"] > 0.2
    assert any("kidney" in warning for warning in short.warnings())
    assert not long.warnings()
    with pytest.raises(ValueError, match="tail must be one of"):
        short.time_integrated_activity("guess")


def test_dose_table_and_long_form_agree(course):
    dose = lt.absorbed_dose(course)
    long = dose.to_frame().set_index(["region", "cycle"])
    assert long.at[("kidney", "total"), "absorbed_dose_Gy"] == dose.table.at["kidney", "total"]
    assert np.isnan(long.at[("serum", "1"), "absorbed_dose_Gy"])
    assert dose.table.at["tumor", "s_value"] == "sphere"
    assert dose.table.at["kidney", "s_value"] == "tabulated"
    with pytest.raises(ValueError, match="convention must be one of"):
        lt.absorbed_dose(course, convention="guess")


def test_the_user_sees_what_is_assumed(course):
    table = course.parameters
    assert {"value", "unit", "source", "tag", "note"} <= set(table.columns)
    assert table.at["liver.receptor_density", "tag"] == "R2"
    assert set(course.assumptions["tag"]) <= {"A", "M"}
    assert "unverified [M]" in course.summary()
    assert "split between the two is an assumption" in course.summary()
    assert "Research use only" in course.summary()


def test_values_can_be_replaced_by_name(reference):
    def kidney(**parameters):
        regimen = lt.Infusion("dotatate", **CYCLE)
        run = lt.simulate("sstr2_whole_body", reference, regimen, parameters=parameters)
        return lt.absorbed_dose(run).table.at["kidney", "Gy_per_GBq"]

    assert kidney(gfr="50 mL/min") > kidney()
    assert kidney(**{"kidney.receptor_density": "2 nmol/L"}) < kidney()
    with pytest.raises(lt.ModelError, match="did you mean 'kidney.receptor_density'"):
        kidney(**{"kidney.receptor_densty": "2 nmol/L"})


def test_unlabeled_peptide_alone_gives_no_activity(reference):
    run = lt.simulate(
        "sstr2_whole_body", reference, lt.Bolus("dotatate", amount="100 nmol"), end="1 d"
    )
    assert run.activity.values.max() == 0.0
    assert float(run.amount.sel(form="dotatate", region="whole_body").max()) > 0
    assert "0 cycles" in run.summary()


def test_outputs_at_a_bolus_show_the_side_that_was_asked_for(reference):
    bolus = lt.Bolus("dotatate", nuclide="Lu-177", activity="7.4 GBq", amount="100 nmol")
    before = lt.simulate("sstr2_whole_body", reference, bolus, times=[0, 1])
    after = lt.simulate("sstr2_whole_body", reference, bolus, times=[0, 1], at_event="after")
    assert float(before.activity.sel(region="whole_body")[0]) == 0.0
    np.testing.assert_allclose(float(after.activity.sel(region="whole_body")[0]), 7400.0)


def test_objects_describe_themselves(course, reference):
    dose = lt.absorbed_dose(course)
    for thing in (course, dose, reference, lt.read_regimen("netter1")):
        assert repr(thing).startswith("<")
        assert "<" in thing._repr_html_()
    assert "29.6 GBq" in repr(lt.read_regimen("netter1"))


def test_plots_return_axes_with_units(course):
    import matplotlib.pyplot as plt

    from lutetia import plotting

    dose = lt.absorbed_dose(course)
    ax = course.plot()
    assert "[MBq]" in ax.get_ylabel()
    assert "[d]" in ax.get_xlabel()
    assert "[Gy]" in plotting.plot_dose(dose).get_xlabel()
    assert len(plotting.plot_run(course, dose).axes) == 3
    with pytest.raises(ValueError, match="unknown regions"):
        course.plot(["kidny"])
    plt.close("all")


def test_running_a_case_does_not_change_it():
    case = lt.read_case("golden")
    loose = next(lt.run_case(case, rtol=1e-3)).run.data.attrs["accepted_steps"]
    assert next(lt.run_case(case)).run.data.attrs["accepted_steps"] > loose


def test_a_dose_is_computed_from_the_data_of_the_run(root, tmp_path, reference):
    import shutil

    shutil.copytree(root / "models", tmp_path / "models")
    nuclide = tmp_path / "models" / "nuclides" / "lu177.yaml"
    nuclide.write_text(nuclide.read_text().replace("0.14792 MeV", "0.29584 MeV"))
    own = lt.library(tmp_path / "models")
    run = lt.simulate("sstr2_whole_body", reference, lt.Infusion("dotatate", **CYCLE), library=own)
    doubled = lt.absorbed_dose(run).table
    with pytest.raises(lt.DataError, match="not those the run was made with"):
        lt.absorbed_dose(run, library=lt.library())
    run.save(tmp_path / "run.nc")
    with pytest.raises(lt.DataError, match="pass the library of the run"):
        lt.absorbed_dose(lt.load_run(tmp_path / "run.nc"))
    plain = lt.simulate("sstr2_whole_body", reference, lt.Infusion("dotatate", **CYCLE))
    assert doubled.at["tumor", "total"] > 1.9 * lt.absorbed_dose(plain).table.at["tumor", "total"]


def test_equal_cycles_show_equal_peaks(course):
    starts = [*course.data["cycle_start"].values, course.data.attrs["end_h"]]
    peaks = [
        float(course.activity.sel(region="liver", time=slice(a, b - 1)).max())
        for a, b in itertools.pairwise(starts)
    ]
    # Carry-over from a cycle eight weeks earlier is some 1e-4 of the peak.
    np.testing.assert_allclose(peaks, peaks[0], rtol=1e-3)


def test_two_nuclides_keep_where_their_s_values_come_from(reference):
    second = {**CYCLE, "nuclide": "Y-90", "activity": "3 GBq", "at": "8 week"}
    regimen = [lt.Infusion("dotatate", **CYCLE), lt.Infusion("dotatate", **second)]
    run = lt.simulate("sstr2_whole_body", reference, regimen)
    assert lt.absorbed_dose(run).table.at["kidney", "s_value"] == "tabulated, formula"
    coefficients = run.time_integrated_activity()["tia_coefficient_h"]
    assert np.isnan(coefficients.loc[("kidney", "Y-90", "1")])
    assert np.isfinite(coefficients.drop("1", level="cycle").drop("2", level="cycle")).all()


def test_convenient_forms_of_a_call_are_equal(course):
    by_name = lt.simulate("sstr2_whole_body", "reference_male", "netter1")
    np.testing.assert_array_equal(by_name.activity.values, course.activity.values)
    with pytest.raises(ValueError, match="times must be a list"):
        lt.simulate("sstr2_whole_body", "reference_male", "netter1", times="24 h")
    with pytest.raises(ValueError, match="max_steps must be at least 1"):
        lt.simulate("sstr2_whole_body", "reference_male", "netter1", max_steps=-3)


def test_a_foreign_file_is_no_run(tmp_path):
    import xarray as xr

    xr.Dataset({"a": ("x", [1.0])}).to_netcdf(tmp_path / "other.nc", engine="h5netcdf")
    with pytest.raises(lt.DataError, match="holds no run"):
        lt.load_run(tmp_path / "other.nc")


@pytest.mark.parametrize(
    ("name", "value"), [("height", "175 m"), ("hematocrit", 45), ("weight", "71 g")]
)
def test_slips_of_unit_are_refused(name, value):
    given = {"sex": "male", "weight": "71 kg", "height": "175 cm", "gfr": "100 mL/min", name: value}
    with pytest.raises(lt.ModelError, match=f"'{name}' is not plausible"):
        lt.simulate("sstr2_whole_body", lt.Patient(**given), lt.Infusion("dotatate", **CYCLE))
