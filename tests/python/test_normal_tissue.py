"""Kidneys and blood counts under the dose of a run."""

import numpy as np
import pytest

import lutetia as lt


def test_complication_probability_of_kidneys():
    """Worked example 15: complication probability by BED."""
    effect = lt.kidney_effect(["40 Gy", "41.4 Gy", "44 Gy", "50.4 Gy"])
    printed = ["0.0195330", "0.0370728", "0.1020706", "0.5000000"]
    assert [f"{p:.7f}" for p in effect.table["ntcp_lyman"]] == printed
    assert effect.table["ntcp_logistic"].round(3).tolist()[:3] == [0.024, 0.041, 0.102]
    # 1 % a year of age and half of 10 % at BED₅₀
    assert effect.table["gfr_loss_per_year"].iloc[-1] == pytest.approx(0.06, rel=1e-12)
    assert "external beams" in effect.caution
    assert effect.caution in effect.summary()
    assert effect.numbers.loc["bed_50", "tag"] == "C"


def test_kidney_numbers_can_be_replaced():
    effect = lt.kidney_effect(45.0, {"bed_50": "45 Gy"})
    assert effect.table["ntcp_lyman"].item() == pytest.approx(0.5)
    assert effect.numbers.loc["bed_50", ["value", "note"]].tolist() == ["45 Gy", "given"]


def test_kidney_requests_that_make_no_sense():
    with pytest.raises(ValueError, match="a BED must not be negative"):
        lt.kidney_effect(-1.0)
    with pytest.raises(ValueError, match="kidney of normal_tissue 'default' has no 'bed50'"):
        lt.kidney_effect(40.0, {"bed50": "45 Gy"})


def test_filtration_falls_with_the_bed_of_the_kidneys(course):
    bed = lt.biologically_effective_dose(course).table.loc["kidney", "BED_Gy"]
    years = lt.gfr_course(course, ["2 year", "3 year"])
    assert years["BED"].values[-1] == pytest.approx(bed, rel=1e-7)
    yearly = lt.kidney_effect(float(bed)).table["gfr_loss_per_year"].item()
    factor = years["factor"].values
    assert np.log(factor[0] / factor[1]) == pytest.approx(yearly, rel=1e-6)
    assert "external beams" in years.attrs["caution"]
    other = lt.gfr_course(course, ["2 year"], {"gfr_largest_loss": "0 1/year"})
    assert other["factor"].item() == pytest.approx(np.exp(-0.02), rel=1e-9)


@pytest.fixture(scope="module")
def counts(course) -> lt.BloodCounts:
    return lt.blood_counts(course)


def test_counts_fall_some_weeks_after_each_cycle_and_recover(counts):
    assert list(counts.counts["line"].values) == ["platelets", "neutrophils", "lymphocytes"]
    nadirs = counts.nadirs.loc["platelets"]
    assert len(nadirs) == 4
    assert nadirs["day"].between(25, 40).all()
    assert (nadirs["share"] < 0.99).all()
    assert counts.nadirs["grade"].between(0, 4).all()
    first = counts.counts.sel(line="platelets").values[0]
    assert first == pytest.approx(250.0)
    assert (counts.reserve.values == 1.0).all()


def test_lymphocytes_fall_by_the_dose_to_blood(course, counts):
    without = lt.blood_counts(course, blood=None)
    lymphocytes = without.counts.sel(line="lymphocytes").values
    np.testing.assert_allclose(lymphocytes, 1.8, rtol=1e-9)
    assert counts.nadirs.loc[("lymphocytes", 1), "share"] < 0.995


def test_alpha_particles_in_blood_count_with_the_rbe_of_blood(reference):
    """Lymphocytes neither come nor go here, so ln of their loss is α_b·(D + RBE·D_α) of the blood."""
    model = lt.read_model("sstr2_whole_body", modules=["free_daughters"])
    dose = lt.Bolus("dotatate", nuclide="Ac-225", activity="8 MBq", amount="100 nmol")
    run = lt.simulate(model, reference, dose)
    steady = {"lymphocytes": {"transit_time": "1e9 h", "alpha": "0 1/Gy"}}

    def loss(rbe):
        tissues = {"serum": {"rbe_max": rbe}, "red_marrow": {"rbe_max": 20}}
        counts = lt.blood_counts(run, steady, tissues=tissues).counts.sel(line="lymphocytes").values
        return -np.log(counts[-1] / counts[0])

    one, two, five = loss(1), loss(2), loss(5)
    # Of counts within 1e-9; their difference is some 1e-2.
    assert five - one == pytest.approx(4 * (two - one), rel=1e-5)
    assert five > 4 * one  # nearly all energy is that of alpha particles


def test_a_drug_that_sensitizes_the_marrow_lowers_counts(course, counts):
    drug = lt.blood_counts(course, sensitizers=[(1.5, "0 h", "1 year")])
    assert (drug.nadirs.loc["platelets", "count"] < counts.nadirs.loc["platelets", "count"]).all()
    slower = lt.blood_counts(course, repair_factors=[(4.0, "0 h", "1 year")])
    assert (
        slower.nadirs.loc[("platelets", 1), "count"] < counts.nadirs.loc[("platelets", 1), "count"]
    )


def test_numbers_of_a_line_can_be_replaced(course):
    weak = lt.blood_counts(
        course, {"platelets": {"baseline": "60e9 1/L", "transit_time": "140 h"}}, end="33 week"
    )
    assert weak.nadirs.loc[("platelets", 1), "grade"] == 2
    assert weak.nadirs.loc[("platelets", 1), "day"] < 16
    assert weak.numbers.loc[("platelets", "baseline"), "value"] == "60e9 1/L"


def test_counts_carry_their_caution(counts):
    assert "did not predict toxicity" in counts.caution
    assert counts.caution in counts.summary()
    assert "Research use only" in counts.summary()
    assert counts.plot().get_ylabel() == "Count [% of that before treatment]"
    assert repr(counts) == "<BloodCounts: platelets, neutrophils, lymphocytes>"


def test_requests_for_counts_that_make_no_sense(course):
    with pytest.raises(ValueError, match="there is no cell line 'reds'; cell lines: platelets"):
        lt.blood_counts(course, {"reds": {}})
    with pytest.raises(ValueError, match="cell line 'platelets' has no 'mtt'"):
        lt.blood_counts(course, {"platelets": {"mtt": "3 h"}})
    for name in ("sensitizers", "repair_factors"):
        with pytest.raises(ValueError, match=f"'olaparib' in {name}; none is known here, give a"):
            lt.blood_counts(course, **{name: [("olaparib", "0 h", "1 year")]})
    with pytest.raises(ValueError, match="step must be positive, found 0 h"):
        lt.blood_counts(course, step="0 h")
    with pytest.raises(ValueError, match="end must be later than the start of the last cycle"):
        lt.blood_counts(course, end="1 week")
    with pytest.raises(lt.DataError, match="the run has no dose to 'bone_marrow'; it has "):
        lt.blood_counts(course, marrow="bone_marrow")
    with pytest.raises(lt.DataError, match="the dose to blood needs a region 'plasma'"):
        lt.blood_counts(course, blood="plasma")
