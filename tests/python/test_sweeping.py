"""Grids of runs, changed regimens, and local sensitivities."""

import numpy as np
import pandas as pd
import pytest

import lutetia as lt
from published import published_infusion, published_model

THERAPY = {"nuclide": "Lu-177", "activity": "7.4 GBq", "amount": "100 nmol", "duration": "30 min"}
FAST = {"rtol": 1e-4, "times_per_cycle": 2}


def kidney(run: lt.Run) -> float:
    return float(lt.absorbed_dose(run).table.at["kidney", "Gy_per_GBq"])


def test_a_grid_holds_the_runs_it_stands_for():
    over = {"gfr": ["50 mL/min", "0.1 L/min"], "amount": ["50 nmol", "0.1 umol", "200 nmol"]}
    table = lt.sweep("sstr2_whole_body", "reference_male", "netter1", over)
    dose = table["dose_per_activity"]
    assert dose.dims == ("gfr", "amount", "region")
    assert dose.attrs == {"units": "Gy/GBq", "convention": "s_values"}
    assert dose["gfr"].values.tolist() == [50, 100]
    assert dose["amount"].values.tolist() == [50, 100, 200]
    assert (dose["gfr"].attrs["units"], dose["amount"].attrs["units"]) == ("mL/min", "nmol")
    given = {**THERAPY, "amount": "200 nmol", "amino_acids": "lysine_arginine"}
    infusion = lt.Infusion("dotatate", **given)
    regimen = lt.repeat(infusion, every="8 week", count=4)
    patient = lt.read_patient("reference_male").with_values({"gfr": "50 mL/min"})
    alone = lt.simulate("sstr2_whole_body", patient, regimen)
    assert float(dose.sel(gfr=50, amount=200, region="kidney")) == kidney(alone)
    fixed = lt.sweep(
        "sstr2_whole_body", patient, regimen, {"gfr": ["0.1 L/min"]}, parameters={"gfr": "1 mL/min"}
    )  # a swept value goes before a fixed one
    np.testing.assert_array_equal(fixed["dose_per_activity"][0], dose.sel(gfr=100, amount=200))
    for axis in (0, 1):  # better filtration and more peptide both spare the kidney
        assert (np.diff(dose.sel(region="kidney"), axis=axis) < 0).all()


def test_peptide_amount_changes_dose_as_published():
    infusion = published_infusion("Lu-177", "7.4 GBq", "1 nmol", "30 min")
    infusion.document["activity"] = "7.4 MBq"  # 0.01 nmol of label
    amounts = ["1 nmol", "10 nmol", "50 nmol", "200 nmol", "400 nmol"]
    table = lt.sweep(
        published_model(),
        "reference_male",
        infusion,
        {"amount": amounts},
        convention="local_electrons",
    )
    dose = table["dose_per_activity"]
    printed = {
        "kidney": ["1.76", "1.53", "0.907", "0.402", "0.251"],
        "spleen": ["3.18", "2.67", "1.52", "0.652", "0.398"],
        "liver": ["0.43", "0.35", "0.20", "0.089", "0.056"],
        "tumor": ["3.25", "3.10", "1.97", "0.84", "0.51"],
    }
    for region, texts in printed.items():
        for text, value in zip(texts, dose.sel(region=region).values, strict=True):
            half_digit = 0.5 * 10.0 ** -len(text.partition(".")[2])
            assert abs(value - float(text)) <= half_digit + 1e-12, (region, text)


def test_a_measure_may_be_a_number_a_mapping_or_a_series():
    over = {"tumor.volume": ["10 mL", "1 L"]}

    def series(run: lt.Run) -> "pd.Series[float]":
        return run.activity.max("time").to_series()

    def several(run: lt.Run) -> dict:
        return {"kidney": kidney(run), "peak": series(run)}

    common = ("sstr2_whole_body", "reference_male", "netter1", over)
    number = lt.sweep(*common, measure=kidney, **FAST)
    assert number["value"].dims == ("tumor.volume",)
    assert float(number["value"][0]) > float(number["value"][1])  # the tumor takes
    mapping = lt.sweep(*common, measure=several, **FAST)
    assert mapping["peak"].dims == ("tumor.volume", "region")
    np.testing.assert_array_equal(mapping["kidney"], number["value"])
    np.testing.assert_array_equal(
        lt.sweep(*common, measure=series, **FAST)["activity"], mapping["peak"]
    )
    with pytest.raises(ValueError, match="at tumor.volume = 1 L: the measure must have the labels"):
        lt.sweep(
            *common,
            measure=lambda run: {"a": 1.0} if run.data["volume"].sel(region="tumor") < 0.1 else {},
            **FAST,
        )


def test_a_failure_names_its_point():
    def tried(over, **options):
        lt.sweep("sstr2_whole_body", "reference_male", "netter1", over, **FAST, **options)

    with pytest.raises(lt.ModelError, match="at gfr = 50 mL/min, gfrr = 1 mL/min: ") as caught:
        tried({"gfr": ["50 mL/min"], "gfrr": ["1 mL/min"]})
    assert caught.value.problems[0]["path"] == "gfrr"
    with pytest.raises(lt.ModelError, match="at gfr = 5 L/min: .*'gfr' is not plausible"):
        tried({"gfr": ["50 mL/min", "5 L/min"]})
    with pytest.raises(
        ValueError, match="at administration_5.amount = 1 nmol: .*of 4 administrations"
    ):
        tried({"administration_5.amount": ["1 nmol"]})
    with pytest.raises(ZeroDivisionError, match="at gfr = 50 mL/min: division by zero"):
        tried({"gfr": ["50 mL/min"]}, measure=lambda run: 1 / 0)
    with pytest.raises(lt.UnitError, match="gfr: "):
        tried({"gfr": ["50 mL/min", "50 mL"]})
    for empty in ({}, {"gfr": []}, {"gfr": "50 mL/min"}):
        with pytest.raises(ValueError, match="over must hold a list of values"):
            tried(empty)


def test_a_regimen_without_new_values_stays_what_it_is():
    for regimen in (
        lt.read_regimen("netter1"),
        lt.repeat(lt.Infusion("dotatate", **THERAPY), every="8 week", count=4),
    ):
        same = regimen.with_values({})
        assert same.administrations == regimen.administrations
        before, after = (
            lt.simulate("sstr2_whole_body", "reference_male", r).activity for r in (regimen, same)
        )
        assert after.identical(before)


@pytest.mark.parametrize("source", ["file", "python"])
def test_one_or_all_administrations_take_a_value(source):
    cycle = lt.Infusion("dotatate", **THERAPY)
    regimen = (
        lt.read_regimen("netter1")
        if source == "file"
        else lt.repeat(cycle, every="8 week", count=4)
    )
    changed = regimen.with_values(
        {
            "amount": "50 nmol",
            "administration_3.activity": "3.7 GBq",
            "administration_1.duration": "1 h",
        }
    ).administrations
    assert [a["amount_nmol"] for a in changed] == [50] * 4
    assert [a["activity_MBq"] for a in changed] == [7400, 7400, 3700, 7400]
    assert [a["duration_h"] for a in changed] == [1, 0.5, 0.5, 0.5]
    assert [a["time_h"] for a in changed] == [a["time_h"] for a in regimen.administrations]
    for wrong in (
        "administration_0.amount",
        "administration_00.amount",
        "administration_5.amount",
        "dose",
        "x.amount",
    ):
        with pytest.raises(ValueError, match="a regimen of 4 administrations has no"):
            regimen.with_values({wrong: "1 nmol"})


def test_order_is_that_of_time_and_unlabeled_peptide_keeps_none():
    cold = lt.Bolus("octreotide_like", amount="5 nmol", at="2026-03-01 08:50")
    hot = lt.Infusion(
        "dotatate",
        nuclide="Lu-177",
        calibrated_activity="8 GBq",
        calibration_time="-3 h",
        molar_activity="74 MBq/nmol",
        duration="30 min",
        at="2026-03-01 09:00",
    )
    regimen = lt.Regimen([hot, cold])
    changed = regimen.with_values({"activity": "7.4 GBq", "administration_2.amount": "100 nmol"})
    first, second = changed.administrations
    assert (first["ligand"], first["activity_MBq"], first["amount_nmol"]) == (
        "octreotide_like",
        None,
        5,
    )
    assert (second["activity_MBq"], second["amount_nmol"]) == (7400, 100)
    assert second["time_h"] == pytest.approx(1 / 6, abs=1e-9)
    with pytest.raises(lt.ModelError, match="a bolus has no duration"):
        regimen.with_values({"duration": "1 h"})


def test_a_changed_regimen_keeps_the_rest_of_its_file():
    scan = lt.read_regimen("ga68_dotatate_pet")  # its amount is a mass
    run = lt.simulate("sstr2_whole_body", "reference_male", scan.with_values({"duration": "2 min"}))
    assert "administration 1 amount" not in run.assumptions.index  # it is tagged R
    assert scan.with_values({"amount": "8.3 nmol"}).administrations[0]["amount_nmol"] == 8.3


def test_amino_acids_are_fields_of_a_regimen():
    regimen = lt.read_regimen("netter1").with_values({"amino_acids.start": "60 min"})
    table = lt.sweep(
        "sstr2_whole_body",
        "reference_male",
        lt.Infusion("dotatate", **THERAPY, amino_acids="lysine_arginine"),
        {"amino_acids": ["none", "lysine_arginine"]},
        rtol=1e-4,
    )
    kidney = table["dose_per_activity"].sel(region="kidney")
    assert kidney.sel(amino_acids="lysine_arginine") < 0.7 * kidney.sel(amino_acids="none")
    assert len(regimen) == 4
    with pytest.raises(lt.ModelError, match="without amino acids"):
        lt.Regimen([lt.Infusion("dotatate", **THERAPY)]).with_values({"amino_acids.start": "1 h"})


def test_the_order_of_changes_does_not_matter():
    cycle = lt.Infusion("dotatate", **THERAPY, amino_acids="lysine_arginine")
    cold = lt.Bolus("octreotide", amount="5 nmol", at="0 min")
    for regimen, changes in (
        (lt.Regimen([cycle]), {"amino_acids": "lysine_arginine_18g", "amino_acids.start": "2 h"}),
        (
            lt.repeat(cycle, every="8 week", count=2),
            {"amount": "50 nmol", "administration_2.amount": "80 nmol"},
        ),
        (
            lt.Regimen([cold, lt.Infusion("dotatate", **THERAPY, at="10 min")]),
            {"administration_2.amount": "80 nmol", "administration_1.at": "20 min"},
        ),
    ):
        there = regimen.with_values(changes)
        back = regimen.with_values(dict(reversed(changes.items())))
        assert there.administrations == back.administrations
        runs = [lt.simulate("sstr2_whole_body", "reference_male", r, **FAST) for r in (there, back)]
        assert runs[0].activity.identical(runs[1].activity)
    starts = {"amino_acids.start": ["-30 min", "4 h"], "amino_acids": ["lysine_arginine"]}
    table = lt.sweep("sstr2_whole_body", "reference_male", cycle, starts, measure=kidney, **FAST)
    early, late = table["value"].values.ravel()
    assert late > 1.2 * early


def test_modules_are_merged_once_for_all_points():
    over = {"gfr": ["50 mL/min", "100 mL/min"]}
    modules = ["amino_acid_hemodynamics"]
    common = ("reference_male", "netter1")
    named = lt.sweep("sstr2_whole_body", *common, over, modules=modules, **FAST)
    read = lt.read_model("sstr2_whole_body", modules=modules)
    assert named.identical(lt.sweep(read, *common, over, **FAST))
    assert not named.identical(lt.sweep("sstr2_whole_body", *common, over, **FAST))
    with pytest.raises(ValueError, match="modules need a model given by name"):
        lt.sweep(read, *common, over, modules=modules)
    table = lt.elasticity("sstr2_whole_body", *common, ["gfr_rise"], modules=modules, **FAST)
    assert table.at["gfr_rise", "kidney"] < 0


def test_words_and_whole_regimens_are_swept():
    table = lt.sweep(
        "sstr2_whole_body",
        "reference_male_six_lesions",
        lt.Infusion("dotatate", **THERAPY),
        {"route": ["intravenous", "hepatic_artery"]},
        rtol=1e-4,
    )
    dose = table["dose_per_activity"].sel(region="liver_1")
    assert dose.sel(route="hepatic_artery") > dose.sel(route="intravenous")
    table = lt.sweep(
        "sstr2_whole_body",
        "reference_male",
        "netter1",
        {"regimen": ["netter1", "reduced_3p7"]},
        measure=lambda run: run.administered_activity,
        rtol=1e-4,
    )
    assert table["value"].sel(regimen="netter1") > table["value"].sel(regimen="reduced_3p7")


def test_elasticity_of_a_power_is_its_exponent():
    def powers(run: lt.Run) -> dict[str, float]:
        volume = float(run.data["volume"].sel(region="kidney"))
        return {"cube": volume**3, "inverse": 1 / volume, "constant": 2.0, "none": -1.0}

    table = lt.elasticity(
        "sstr2_whole_body",
        "reference_male",
        "netter1",
        ["gfr", "kidney.volume"],
        measure=powers,
        **FAST,
    )
    assert table.index.to_list() == ["kidney.volume", "gfr"]  # the larger first
    row = table.loc["kidney.volume"]
    np.testing.assert_allclose(row[["cube", "inverse", "constant"]], [3, -1, 0], atol=1e-12)
    assert np.isnan(row["none"])
    np.testing.assert_array_equal(table.loc["gfr", ["cube", "inverse", "constant"]], 0)


def test_elasticities_of_all_rates_add_up_to_that_of_time():
    # With every rate times c a bolus runs c times as fast: ∫A dt per activity goes with 1/c, so the
    # elasticities of all parameters with a time in their unit add up to −1 (Euler).
    bolus = lt.Bolus("dotatate", nuclide="Lu-177", activity="7.4 GBq", amount="100 nmol")

    def coefficient(run: lt.Run) -> "pd.Series[float]":
        table = run.time_integrated_activity()["tia_coefficient_h"]
        return (
            table.xs("total", level="cycle").droplevel("nuclide").loc[["kidney", "tumor", "liver"]]
        )

    run = lt.simulate("sstr2_whole_body", "reference_male", bolus)
    per_hour = [name for name, unit in run.parameters["unit"].items() if "h" in unit]
    assert len(per_hour) > 20
    table = lt.elasticity(
        "sstr2_whole_body", "reference_male", bolus, per_hour, measure=coefficient, rtol=1e-8
    )
    # Central differences: step²/6 of third derivatives that may be some 10.
    np.testing.assert_allclose(table.sum(), -1.0, atol=2e-4)
    assert table.abs().max(axis=1).is_monotonic_decreasing
    with pytest.raises(ValueError, match=r"found \['gfrr'\]"):
        lt.elasticity("sstr2_whole_body", "reference_male", bolus, ["gfrr"])
    with pytest.raises(ValueError, match="step must lie in"):
        lt.elasticity("sstr2_whole_body", "reference_male", bolus, ["gfr"], step=0.0)


def test_every_number_of_a_run_can_be_varied():
    infusion = published_infusion("Lu-177", "7.4 GBq", "100 nmol", "30 min")
    table = lt.elasticity("sstr2_whole_body", "reference_male", infusion, progress=False, **FAST)
    run = lt.simulate("sstr2_whole_body", "reference_male", infusion)
    zero = run.parameters.index[run.parameters["value"] == 0]
    assert list(zero) == ["analog_concentration"]  # nothing to vary by a factor
    assert set(table.index) == set(run.parameters.index) - set(zero)
    assert np.isfinite(table).all(axis=None)
    assert table["kidney"].idxmax() == "kidney.megalin_fraction"  # without amino acids
