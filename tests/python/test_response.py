"""Tumor response and its feedback on the next cycle."""

import math

import numpy as np
import pandas as pd
import pytest

import lutetia as lt
from lutetia.patient import patient_of
from lutetia.prescription import regimen_of

MODEL = "sstr2_whole_body"
STRONG = {"alpha": "0.1 1/Gy"}  # enough to shrink lesions at the doses of these runs


@pytest.fixture(scope="module")
def patient() -> lt.Patient:
    return lt.Patient(
        sex="male",
        weight="71 kg",
        height="175 cm",
        gfr="100 mL/min",
        lesions=[
            lt.Lesion("small", volume="2 mL", receptor_density="16 nmol/L"),
            lt.Lesion("large", volume="40 mL", site="liver", receptor_density="32 nmol/L"),
        ],
    )


@pytest.fixture(scope="module")
def run(patient: lt.Patient) -> lt.Run:
    return lt.simulate(MODEL, patient, "netter1")


@pytest.fixture(scope="module")
def coupled(patient: lt.Patient) -> lt.ResponseRun:
    return lt.simulate_with_response(MODEL, patient, "netter1", response=lt.TumorResponse(**STRONG))


def test_the_dose_of_the_response_is_the_absorbed_dose(run):
    response = lt.TumorResponse(dose_rate="cycle_mass")
    course = lt.tumor_response(run, response, times=[0.0, 1e5])
    total = lt.absorbed_dose(run).table.loc[run.lesions, "total"]
    found = course.data["absorbed_dose"].isel(time=-1).values
    # 11 years later a half-life of a week has left nothing; each step is within 1e-9.
    np.testing.assert_allclose(found, total, rtol=1e-7)


def test_the_cells_killed_are_alpha_times_bed(run):
    response = lt.TumorResponse(dose_rate="cycle_mass")
    course = lt.tumor_response(run, response, times=[1e5])
    bed = lt.biologically_effective_dose(run).table.loc[run.lesions, "BED_Gy"]
    found = course.data["log_kill"].isel(time=-1).values
    np.testing.assert_allclose(found, 0.0172 * bed, rtol=1e-7)


def test_activity_that_stays_in_a_shrinking_lesion_gives_more_dose(run):
    fast = {"clearance_half_time": "2 day", "volume_doubling_time": math.inf}
    times = ["8 week"]
    stays = lt.tumor_response(run, lt.TumorResponse(**fast), times=times)
    goes = lt.tumor_response(run, lt.TumorResponse(dose_rate="cycle_mass", **fast), times=times)
    ratio = (stays.data["absorbed_dose"] / goes.data["absorbed_dose"]).values
    assert (ratio > 1.01).all()
    assert (ratio < 1.5).all()


def test_a_course_that_is_not_coupled_gives_about_the_dose_of_its_run(run, coupled):
    end = {"times": [1e4]}
    total = lt.absorbed_dose(run).table.loc[run.lesions, "total"].values
    shrinks = lt.tumor_response(run, lt.TumorResponse(**STRONG), **end)
    found = shrinks.data["absorbed_dose"].isel(time=-1).values
    # Within a cycle activity stays in less mass; from cycle to cycle uptake goes with the mass, while the
    # coupled course loses receptors and hence dose.
    assert (found > total).all()
    assert (found < 1.3 * total).all()
    grows = lt.TumorResponse(alpha="0 1/Gy", volume_doubling_time="90 day")
    found = lt.tumor_response(run, grows, **end).data["absorbed_dose"].isel(time=-1).values
    assert (found < total).all()
    assert (found > 0.9 * total).all()
    of_coupled = coupled.response.data["absorbed_dose"].isel(time=-1).values
    assert (of_coupled < shrinks.data["absorbed_dose"].isel(time=-1).values).all()


def test_growth_alone_without_radiosensitivity(run):
    course = lt.tumor_response(run, lt.TumorResponse(alpha="0 1/Gy"), times=["200 day"])
    np.testing.assert_allclose(course.change.values, 1.0, rtol=1e-8)
    measured = lt.TumorResponse(alpha="0 1/Gy", tumor_growth_rate="5 %")
    grown = lt.tumor_response(run, measured, times=["3 month"])
    np.testing.assert_allclose(grown.change.values, 1.05**3 - 1.0, rtol=1e-8)
    ki67 = lt.TumorResponse(alpha="0 1/Gy", ki67="5 %")
    assert ki67.values["volume_doubling_time"] / 24.0 == pytest.approx(284, abs=0.5)


def test_lesions_may_differ(run):
    response = {"small": lt.TumorResponse(alpha="0 1/Gy", volume_doubling_time=math.inf)}
    course = lt.tumor_response(run, response, times=["1 year"])
    assert course.change.sel(lesion="small").item() == pytest.approx(0.0, abs=1e-9)
    assert course.change.sel(lesion="large").item() < -0.1


def test_the_coupled_run_is_its_own_fixed_point(patient, coupled):
    """Factors computed once more from the last run are those it was made with."""
    starts = coupled.run.data["cycle_start"].values
    response = lt.TumorResponse(**STRONG)
    course = lt.tumor_response(coupled.run, response, times=[float(t) for t in starts])
    for lesion in patient.lesions:
        volume = 1.0 + course.change.sel(lesion=lesion).values
        # What a cycle begins with depends on the cycles before alone: equal but for rounding.
        np.testing.assert_allclose(coupled.factors[f"{lesion}.volume"], volume, rtol=1e-9)
        viable = course.viable_share.sel(lesion=lesion) * course.data["receptor_factor"].sel(
            lesion=lesion
        )
        np.testing.assert_allclose(coupled.factors[f"{lesion}.receptor_density"], viable, rtol=1e-9)
    kidneys = lt.gfr_course(coupled.run, [float(t) for t in starts])["factor"].values
    np.testing.assert_allclose(coupled.factors["gfr"], kidneys, rtol=1e-9)


def test_the_first_cycle_is_that_of_the_plain_run(run, coupled):
    plain = lt.absorbed_dose(run).table["cycle_1"]
    np.testing.assert_allclose(coupled.dose.table["cycle_1"], plain, rtol=1e-12)
    assert coupled.factors.loc[1].eq(1.0).all()


def test_a_shrinking_lesion_takes_up_less_and_less(coupled):
    for lesion in coupled.run.lesions:
        volumes = coupled.cycles.loc[lesion, "volume_mL"]
        assert volumes.is_monotonic_decreasing
        masses = coupled.run.data["mass"].sel(region=lesion).values
        np.testing.assert_allclose(masses / masses[0], volumes / volumes.iloc[0], rtol=1e-12)
    assert coupled.factors["gfr"].is_monotonic_decreasing
    text = coupled.summary()
    assert coupled.caution in text
    assert "Research use only" in text


def test_without_feedback_nothing_changes(patient, run):
    alone = lt.simulate_with_response(MODEL, patient, "netter1", feedback=())
    pd.testing.assert_frame_equal(alone.dose.table, lt.absorbed_dose(run).table)
    assert alone.factors.shape == (4, 0)


def test_receptors_that_are_lost_lower_the_dose_of_later_cycles(patient, coupled):
    response = lt.TumorResponse(receptor_loss="0.01 1/Gy", **STRONG)
    lost = lt.simulate_with_response(MODEL, patient, "netter1", response=response)
    assert (lost.cycles["dose_ratio"].xs(4, level="cycle") < 0.95).all()
    ratio = lost.cycles["dose_ratio"] / coupled.cycles["dose_ratio"]
    assert (ratio.drop(1, level="cycle") < 1.0).all()
    first = lost.cycles.xs(1, level="cycle")["absorbed_dose_Gy"]
    np.testing.assert_allclose(first, coupled.cycles.xs(1, level="cycle")["absorbed_dose_Gy"])


def test_receptors_do_not_matter_when_none_is_lost_and_no_cell_killed(patient, run):
    """Without kill, loss and growth the coupled run is the plain one."""
    response = lt.TumorResponse(alpha="0 1/Gy", volume_doubling_time=math.inf)
    same = lt.simulate_with_response(
        MODEL, patient, "netter1", response=response, feedback=("volume", "receptors")
    )
    np.testing.assert_allclose(
        same.dose.table["total"], lt.absorbed_dose(run).table["total"], rtol=1e-9
    )


def test_a_gfr_that_is_computed_cannot_follow_the_cycles():
    by_creatinine = lt.Patient(
        sex="male",
        weight="71 kg",
        height="175 cm",
        gfr="gfr_ckd_epi",
        creatinine="80 umol/L",
        age="60 year",
        lesions=[lt.Lesion("small", volume="2 mL")],
    )
    with pytest.raises(lt.DataError, match="GFR of the patient is computed by 'gfr_ckd_epi'"):
        lt.simulate_with_response(MODEL, by_creatinine, "netter1")
    coupled = lt.simulate_with_response(MODEL, by_creatinine, "netter1", feedback=["volume"])
    assert list(coupled.factors) == ["small.volume"]


def test_less_filtration_means_more_dose_to_the_kidneys(patient, run):
    fast = {"gfr_largest_loss": "10 1/year"}
    coupled = lt.simulate_with_response(MODEL, patient, "netter1", feedback=["gfr"], kidney=fast)
    assert coupled.factors["gfr"].iloc[-1] < 0.98
    plain = lt.absorbed_dose(run).table.loc["kidney"]
    assert coupled.dose.table.loc["kidney", "cycle_4"] > 1.001 * plain["cycle_4"]


def test_a_drug_that_raises_receptors_raises_the_dose_of_its_cycle(patient, coupled):
    window = {
        "parameter": "lesions.receptor_density",
        "factor": 1.5,
        "from": "50 day",
        "to": "70 day",
    }
    drug = regimen_of({**lt.read_regimen("netter1").document, "windows": [window]})
    response = lt.TumorResponse(**STRONG)
    raised = lt.simulate_with_response(MODEL, patient, drug, response=response)
    ratio = raised.cycles["absorbed_dose_Gy"] / coupled.cycles["absorbed_dose_Gy"]
    np.testing.assert_allclose(ratio.xs(1, level="cycle"), 1.0, rtol=1e-6)
    assert (ratio.xs(2, level="cycle") > 1.2).all()


def test_a_lesion_that_vanishes_is_no_failure(run):
    gone = lt.TumorResponse(alpha="0.5 1/Gy", clearance_half_time="0 h")
    for convention in ("s_values", "local_electrons"):
        course = lt.tumor_response(run, gone, times=["1 year"], convention=convention)
        assert np.isfinite(course.data["log_kill"].values).all()
        assert (course.volume.values < 1e-3).all()


def test_the_response_classes_follow_the_volumes(run):
    course = lt.tumor_response(run, times=[0.0, 4000.0, 8000.0])
    table = course.recist()
    assert table["response"].iloc[0] == "SD"
    assert table["sum_of_diameters_mm"].iloc[0] == pytest.approx(
        sum((6000.0 * v / math.pi) ** (1 / 3) for v in (2.0, 40.0)), rel=1e-9
    )
    one = course.recist(["large"])
    expected = np.cbrt(1.0 + course.change.sel(lesion="large").values) - 1.0
    np.testing.assert_allclose(one["change_from_baseline"], expected, atol=1e-12)
    growing = lt.TumorResponse(alpha="0 1/Gy", volume_doubling_time="100 day")
    later = lt.tumor_response(run, growing, times=["79 day", "80 day"])
    # 20 % in diameter is 72.8 % in volume: 100·log2(1.728) = 78.9 days.
    assert later.recist(["large"])["response"].tolist() == ["PD", "PD"]
    early = lt.tumor_response(run, growing, times=["78 day"])
    assert early.recist(["large"])["response"].tolist() == ["SD"]
    assert later.recist(["small"])["response"].tolist() == ["SD", "SD"]  # less than 5 mm


def test_drugs_and_oxygen(run):
    window = ("0 h", "52 week")

    def kill(**options):
        response = lt.TumorResponse(dose_rate="cycle_mass", **options)
        course = lt.tumor_response(run, response, times=["52 week"])
        return course.data["log_kill"].values

    plain = kill()
    drug = kill(sensitizers=[("parp_inhibitor", *window)])
    np.testing.assert_allclose(drug, 1.2 * plain, rtol=1e-8)
    np.testing.assert_allclose(kill(sensitizers=[(1.2, *window)]), drug, rtol=1e-12)
    assert (kill(repair_factors=[(2.0, *window)]) > plain).all()
    assert (kill(oxygen="1 mmHg") < 0.6 * plain).all()
    assert (kill(heterogeneity=0.5) < plain).all()


def test_control_probability_falls_with_spread_of_dose(run):
    bed = lt.biologically_effective_dose(run)
    response = lt.TumorResponse(alpha="0.2 1/Gy", alpha_cv="20 %")
    even = lt.tumor_control_probability(bed, response)
    spread = lt.tumor_control_probability(
        bed, lt.TumorResponse(alpha="0.2 1/Gy", alpha_cv="20 %", heterogeneity=0.4)
    )
    slow = lt.tumor_control_probability(bed, response, doubling_time="60 day")
    assert (spread["tcp"] < even["tcp"]).all()
    assert (slow["tcp"] < even["tcp"]).all()
    for time in ("-60 day", "0 day"):
        with pytest.raises(ValueError, match=f"doubling_time must be positive, found {time}"):
            lt.tumor_control_probability(bed, response, doubling_time=time)
    # 1e7 cells in a gram, exp(−N₀·exp(−α·BED)) without spread
    row = even.loc["small"]
    assert row["clonogens"] == pytest.approx(2e7)
    by_hand = math.exp(-2e7 * math.exp(-0.2 * row["BED_Gy"]))
    assert row["tcp_of_mean_alpha"] == pytest.approx(by_hand, rel=1e-9)


def test_oxygen_and_sensitizers_act_on_control_as_on_the_cells(run):
    """−ln of the surviving share that the probability rests on is the log kill of the course of cells."""
    bed = lt.biologically_effective_dose(run)
    fixed = {"alpha": "0.1 1/Gy", "alpha_cv": 0.0, "dose_rate": "cycle_mass"}
    drugs = [
        (1.3, "-1 week", "3 week"),
        ("parp_inhibitor", "2 week", "9 week"),
        (2.0, "20 week", "21 week"),
    ]
    for changed in (
        {"oxygen": "2 mmHg"},
        {"sensitizers": drugs},
        {"oxygen": "5 mmHg", "sensitizers": drugs},
    ):
        response = lt.TumorResponse(**fixed, **changed)
        kill = lt.tumor_response(run, response, times=[1e5]).data["log_kill"].isel(time=-1)
        table = lt.tumor_control_probability(bed, response)
        plain = lt.tumor_control_probability(bed, lt.TumorResponse(**fixed))
        # Each step of the course is within 1e-9.
        np.testing.assert_allclose(0.1 * table["BED_Gy"], kill.values, rtol=1e-7)
        assert (abs(table["BED_Gy"] / plain["BED_Gy"] - 1) > 0.01).all()
        survivors = table["clonogens"] * np.exp(-0.1 * table["BED_Gy"])
        np.testing.assert_allclose(table["tcp_of_mean_alpha"], np.exp(-survivors), rtol=1e-9)
    slow = lt.TumorResponse(repair_factors=[(2.0, "0 h", "1 week")])
    with pytest.raises(ValueError, match="takes no repair_factors: repair is part of the BED"):
        lt.tumor_control_probability(bed, slow)


def test_growth_rates():
    """Worked example 21: tumor growth rates."""
    assert round(100 * lt.tumor_growth_rate("20 mm", "21 mm", "3 month"), 1) == 5.0
    assert round(100 * lt.tumor_growth_rate("20 mm", "24 mm", "3 month"), 1) == 20.0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"growth": "linear"}, "growth must be one of exponential, gompertz, logistic"),
        ({"dose_rate": "x"}, "dose_rate must be one of present_mass, cycle_mass, found 'x'"),
        ({"growth": "gompertz"}, "growth 'gompertz' needs a capacity, e.g. '500 g'"),
        ({"capacity": "500 g"}, "exponential growth has no capacity"),
        (
            {"ki67": "5 %", "tumor_growth_rate": "4 %"},
            "give one of volume_doubling_time, tumor_growth_rate, ki67, found",
        ),
        ({"alfa": "0.1 1/Gy"}, "tumor_response 'default' has no 'alfa'; it has alpha,"),
        ({"alpha": "0.1 Gy"}, "alpha: '0.1 Gy' has dimension"),
        ({"alpha": "-0.1 1/Gy"}, "alpha must not be negative, found -0.1 1/Gy"),
        ({"volume_doubling_time": "0 day"}, "volume_doubling_time must be positive"),
        ({"tumor_growth_rate": "-1 %"}, "tumor_growth_rate must not be negative, found -1 %"),
        (
            {"sensitizers": [("aspirin", 0, 1)]},
            "unknown drug 'aspirin' in sensitizers; known: parp",
        ),
        ({"sensitizers": [(1.2, 5, 1)]}, "sensitizers need a positive factor and an end after"),
        (
            {"sensitizers": [(1.2, 5)]},
            r"sensitizers are a list of \(factor or drug, from, to\), found",
        ),
        (
            {"sensitizers": (1.2, "0 h", "1 year")},
            r"found 1.2; write sensitizers=\[\(1.2, '0 h', '1 year'\)\]",
        ),
        (
            {"tumor_growth_rate": 4},
            "is a share per month, found 4; write '4 %', or '400 %' where that is meant",
        ),
    ],
)
def test_impossible_parameters_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        lt.TumorResponse(**options)


def test_impossible_requests_are_refused(patient, run):
    with pytest.raises(lt.DataError, match="the patient has no lesion 'bone'; lesions: "):
        lt.tumor_response(run, lesions=["bone"])
    with pytest.raises(lt.DataError, match="response names 'bone', which is no lesion of the"):
        lt.tumor_response(run, {"bone": lt.TumorResponse()})
    with pytest.raises(ValueError, match="times must ascend from 0 h on"):
        lt.tumor_response(run, times=[5.0, 1.0])
    with pytest.raises(ValueError, match="capacity must be larger than the mass"):
        lt.tumor_response(run, lt.TumorResponse(growth="logistic", capacity="10 g"))
    with pytest.raises(ValueError, match="feedback must be some of"):
        lt.simulate_with_response(MODEL, patient, "netter1", feedback=["flow"])
    document = {**patient.document}
    document["cycle_effects"] = [
        {"parameter": "lesions.volume", "term": "per_cycle_factor", "factor": 0.9}
    ]
    with pytest.raises(lt.DataError, match="already|has a cycle effect on 'lesions.volume'"):
        lt.simulate_with_response(MODEL, patient_of(document), "netter1")
    tiny = lt.simulate(
        MODEL,
        lt.Patient(
            sex="male",
            weight="71 kg",
            height="175 cm",
            gfr="100 mL/min",
            lesions=[lt.Lesion("dot", volume="0.1 mL")],
        ),
        "netter1",
    )
    with pytest.raises(lt.DataError, match="no lesion is large enough for RECIST"):
        lt.tumor_response(tiny).recist()


def test_cautions_stand_beside_the_numbers(run):
    course = lt.tumor_response(run)
    assert "no prognosis" in course.caution
    assert course.caution in course.summary()
    assert "TumorResponse('default'" in repr(lt.TumorResponse())
    assert "<TumorCourse: 2 lesions" in repr(course)
    ax = course.plot()
    assert ax.get_ylabel() == "Volume [% of that before treatment]"


@pytest.mark.parametrize(
    ("option", "days", "note"),
    [
        ({"tumor_growth_rate": "4 %"}, 537.9, "from tumor_growth_rate 4 % per month"),
        ({"tumor_growth_rate": "150 %"}, 23.03, "from tumor_growth_rate 150 % per month"),
        ({"ki67": "5 %"}, 284.1, "from ki67 5 %, cell_cycle_time and cell_loss"),
    ],
)
def test_the_table_holds_the_doubling_time_that_is_used(option, days, note):
    response = lt.TumorResponse(**option)
    row = response.table.loc["volume_doubling_time"]
    assert row.tolist() == [f"{days} day", "", "", note]
    # four digits are shown
    assert response.values["volume_doubling_time"] / 24.0 == pytest.approx(days, rel=5e-4)


def test_a_patient_without_lesions_has_a_summary(patient):
    bare = patient_of({**patient.document, "lesions": []})
    run = lt.simulate(MODEL, bare, "netter1")
    coupled = lt.simulate_with_response(MODEL, bare, "netter1")
    assert "\nno lesions\n" in lt.tumor_response(run).summary()
    for text in (lt.tumor_response(run).summary(), coupled.summary()):
        assert "no lesions" in text
        assert "Empty" not in text
        assert "caution: \n" not in text
