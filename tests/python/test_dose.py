"""What doses are made of: emissions, source regions, marrow, cortex, bladder wall, uncertainty."""

import numpy as np
import pytest
import xarray as xr

import lutetia as lt
from lutetia import _core
from lutetia.dosimetry.sources import source_terms

KAPPA = 1.602176634e-13 * 3.6e9 * 1e3  # Gy·g/(MBq·h·MeV)
EE, EG = 0.14792, 0.03509  # MeV of Lu-177
CYCLE = {"nuclide": "Lu-177", "activity": "7.4 GBq", "amount": "100 nmol", "duration": "30 min"}


@pytest.fixture(scope="module")
def dose(course):
    return lt.absorbed_dose(course)


def tia(run, region, cycle="total", nuclide="Lu-177"):
    return run.time_integrated_activity().at[(region, nuclide, cycle), "tia_MBq_h"]


@pytest.mark.parametrize("convention", ["s_values", "local_electrons"])
def test_emissions_and_sources_add_up_to_the_doses_of_the_table(course, convention):
    dose = lt.absorbed_dose(course, convention=convention)
    cycles = dose.table[[f"cycle_{k}" for k in range(1, 5)]].to_numpy()
    np.testing.assert_allclose(dose.parts.sum("emission"), cycles, rtol=1e-13)
    assert np.all(dose.parts.sel(emission="alpha") == 0.0)
    by_region = dose.contributions()["absorbed_dose_Gy"].groupby("region").sum()
    np.testing.assert_allclose(by_region[dose.table.index], dose.table["total"], rtol=1e-12)
    kinds = set(dose.contributions()["kind"])
    if convention == "local_electrons":
        assert kinds == {"local electrons"}
        assert np.all(dose.parts.sel(emission="photon") == 0.0)
    else:
        assert kinds == {"tabulated", "sphere", "formula", "remainder"}


def test_the_remainder_of_the_body_is_what_no_other_source_is(dose, course):
    found = dose.contributions("red_marrow").xs("red_marrow", level="region").droplevel("nuclide")
    assert list(found.index) == ["kidney", "liver", "spleen", "red_marrow", "remainder"]
    rest = tia(course, "whole_body") - sum(tia(course, r) for r in found.index[:-1])
    assert found.at["remainder", "tia_MBq_h"] == pytest.approx(rest, rel=1e-12)
    # κ·E_γ·0.33/m of the body: 9.2e-5 mGy/(MBq·h) as printed, with one digit too many
    assert found.at["remainder", "S_mGy_per_MBq_h"] == pytest.approx(
        KAPPA * EG * 0.33 / 73.0, rel=1e-9
    )
    lesion = dose.contributions("tumor").xs("tumor", level="region").droplevel("nuclide")
    assert list(lesion["kind"]) == ["sphere", "remainder"]
    with pytest.raises(ValueError, match="no absorbed dose of 'serum'; there is one of"):
        dose.contributions("serum")


def test_spheres_from_micrometers_to_liters():
    per_decay = 1e-3 / (1e6 * 3600)  # of mGy/(MBq·h) in Gy/(Bq·s)
    for diameter, printed in (("20 um", 2.33e-4), ("200 um", 1.48e-6), ("500 um", 1.69e-7)):
        found = lt.sphere_s_value("Lu-177", diameter=diameter)["electron"] * per_decay
        assert found == pytest.approx(printed, rel=4e-3)  # three digits
    assert lt.sphere_s_value("Tb-161", "100 g")["electron"] == pytest.approx(1.1615, abs=5e-5)
    parts = lt.sphere_s_value("Lu-177", "1 kg")
    assert parts["total"] == parts["alpha"] + parts["electron"] + parts["photon"]
    with pytest.raises(lt.DataError, match="below the smallest of nuclide 'Y-90', 1e-08 kg"):
        lt.sphere_s_value("Y-90", "1 ug")
    with pytest.raises(ValueError, match="either a mass or a diameter"):
        lt.sphere_s_value("Y-90")


def test_the_bladder_wall_gets_half_of_the_electron_dose_of_the_contents(reference):
    run = lt.simulate(
        "sstr2_whole_body", reference, lt.Infusion("dotatate", **CYCLE), modules=["bladder"]
    )
    dose = lt.absorbed_dose(run)
    found = (
        dose.contributions("bladder_wall").xs("bladder_wall", level="region").droplevel("nuclide")
    )
    content = tia(run, "bladder_content")
    parts = dose.parts.sel(region="bladder_wall").sum("cycle")
    assert float(parts.sel(emission="electron")) == pytest.approx(
        0.5 * KAPPA * EE / 200 * content, rel=1e-9
    )
    assert found.at["bladder_content", "kind"] == "wall"
    assert (
        found.at["bladder_content", "absorbed_dose_Gy"]
        > 100 * found.at["kidney", "absorbed_dose_Gy"]
    )
    # The wall does not change the kinetics, and what it sees is not counted to the remainder.
    rest = (
        tia(run, "whole_body") - content - sum(tia(run, r) for r in ("kidney", "liver", "spleen"))
    )
    assert found.at["remainder", "tia_MBq_h"] == pytest.approx(rest, rel=1e-12)


def test_worked_example_11_ratio_of_marrow_to_blood():
    assert lt.marrow_to_blood_ratio(0.40) == pytest.approx(0.3166667, abs=5e-8)
    assert lt.marrow_to_blood_ratio(0.47) == pytest.approx(0.358, abs=5e-4)
    assert lt.marrow_to_blood_ratio(0.0, extracellular_fraction=0.2) == 0.2
    with pytest.raises(ValueError, match="hematocrit must be at least 0 and below 1, found 1.2"):
        lt.marrow_to_blood_ratio(1.2)


def test_marrow_by_compartment_blood_and_image(course, dose):
    compartment = lt.red_marrow_dose(course)
    row = dose.table.loc["red_marrow"]
    np.testing.assert_allclose(
        compartment["total_Gy"],
        row[["cycle_1", "cycle_2", "cycle_3", "cycle_4", "total"]].astype(float),
        rtol=1e-12,
    )
    mass = float(row["mass_g"])
    s_self = KAPPA * EE * 0.7 / mass  # Gy/(MBq·h)
    plasma = tia(course, "serum", "1") / float(course.volumes().sel(region="serum"))  # MBq·h/L
    in_blood = plasma * (1 - 0.45) / 1.06  # MBq·h/kg
    blood = lt.red_marrow_dose(course, "blood")
    assert blood.at["cycle_1", "self_Gy"] == pytest.approx(s_self * in_blood * mass / 1e3, rel=1e-9)
    half = lt.red_marrow_dose(course, "blood", blood_ratio=0.5)
    assert half.at["total", "self_Gy"] == pytest.approx(
        0.5 * blood.at["total", "self_Gy"], rel=1e-12
    )
    dense = lt.red_marrow_dose(course, "blood", hematocrit=0.0, blood_density="1.0 kg/L")
    assert dense.at["total", "self_Gy"] == pytest.approx(
        blood.at["total", "self_Gy"] / (0.55 / 1.06), rel=1e-12
    )
    # Image: the concentration of the compartment gives its dose back; the remainder follows.
    own = [tia(course, "red_marrow", str(k)) / (mass / 1e3) for k in range(1, 5)]
    image = lt.red_marrow_dose(course, "image", concentration=own)
    np.testing.assert_allclose(image, compartment, rtol=1e-12)
    more = lt.red_marrow_dose(course, "image", concentration=[2 * x for x in own])
    moved = tia(course, "red_marrow") * KAPPA * EG * 0.33 / 73e3
    assert compartment.at["total", "cross_Gy"] - more.at["total", "cross_Gy"] == pytest.approx(
        moved, rel=1e-6
    )


def test_marrow_methods_say_what_they_need(course):
    with pytest.raises(
        ValueError, match="method must be one of compartment, blood, image, found 'x'"
    ):
        lt.red_marrow_dose(course, "x")
    with pytest.raises(ValueError, match="a concentration belongs to the method 'image'"):
        lt.red_marrow_dose(course, "image")
    with pytest.raises(lt.DataError, match="no region 'plasma'; there are lung, kidney"):
        lt.red_marrow_dose(course, "blood", plasma="plasma")
    with pytest.raises(lt.DataError, match="region 'urine' has no volume"):
        lt.red_marrow_dose(course, "blood", plasma="urine")


@pytest.mark.parametrize(
    ("method", "values", "message"),
    [
        ("blood", {"hematocrit": 45}, "hematocrit must be at least 0 and below 1, found 45"),
        ("blood", {"blood_ratio": -1.0}, "blood_ratio must not be negative, found -1"),
        ("blood", {"blood_density": "0 kg/L"}, "blood_density must be positive, found 0 kg/L"),
        ("compartment", {"blood_ratio": 5.0}, "blood_ratio belongs to the method 'blood', found"),
        ("image", {"concentration": [1.0, 2.0]}, "concentration must be one number or 4, one for"),
        ("image", {"concentration": -3.0}, "one for each cycle, and not negative, found -3"),
    ],
)
def test_marrow_refuses_what_cannot_be(course, method, values, message):
    with pytest.raises(ValueError, match=message):
        lt.red_marrow_dose(course, method, **values)


def test_the_cortex_holds_more_than_its_share(course, dose, reference):
    table = lt.kidney_cortex_dose(course)
    assert table.at["total", "kidney_Gy"] == pytest.approx(
        dose.table.at["kidney", "total"], rel=1e-12
    )
    electrons = float(dose.parts.sel(region="kidney", emission="electron").sum())
    c = 0.85 / 0.70
    added = (0.9 * c + 0.1 - 1) * electrons
    assert table.at["total", "cortex_Gy"] - table.at["total", "kidney_Gy"] == pytest.approx(
        added, rel=1e-9
    )
    percent = lt.kidney_cortex_dose(course, activity_share="85 %", smoothing="10 %")
    number = lt.kidney_cortex_dose(course, activity_share=0.85, smoothing=0.1)
    np.testing.assert_array_equal(percent, number)
    even = lt.kidney_cortex_dose(course, activity_share=0.7)
    np.testing.assert_allclose(even["ratio"], 1.0, rtol=1e-12)
    smooth = lt.kidney_cortex_dose(course, smoothing={"Lu-177": 1.0})
    np.testing.assert_allclose(smooth["ratio"], 1.0, rtol=1e-12)
    yttrium = lt.simulate(
        "sstr2_whole_body", reference, lt.Infusion("dotatate", **{**CYCLE, "nuclide": "Y-90"})
    )
    assert lt.kidney_cortex_dose(yttrium).at["total", "ratio"] == pytest.approx(
        0.6 * c + 0.4, rel=1e-9
    )


def test_the_cortex_needs_a_known_nuclide_and_shares(course, reference):
    gallium = lt.simulate(
        "sstr2_whole_body",
        reference,
        lt.Bolus("dotatate", nuclide="Ga-68", activity="100 MBq", amount="10 nmol"),
    )
    with pytest.raises(
        lt.DataError, match="no smoothing of the kidney cortex is known of Ga-68; give one"
    ):
        lt.kidney_cortex_dose(gallium)
    assert lt.kidney_cortex_dose(gallium, smoothing=0.4).at["total", "ratio"] > 1
    with pytest.raises(ValueError, match="mass_share must be above 0 and at most 1, found 0"):
        lt.kidney_cortex_dose(course, mass_share=0)
    with pytest.raises(ValueError, match="smoothing must be between 0 and 1, found 2"):
        lt.kidney_cortex_dose(course, smoothing=2)


def test_the_cortex_gets_alpha_particles_where_they_are_emitted(reference):
    """x = 0 for them, and x of each daughter for its electrons."""
    model = lt.read_model("sstr2_whole_body", modules=["free_daughters"])
    run = lt.simulate(
        model,
        reference,
        lt.Bolus("dotatate", nuclide="Ac-225", activity="8 MBq", amount="100 nmol"),
    )
    table = lt.kidney_cortex_dose(run)
    dose = lt.absorbed_dose(run)
    c = 0.85 / 0.70
    alpha = float(dose.parts.sel(region="kidney", emission="alpha").sum())
    terms = source_terms(
        run, ["kidney"], convention="s_values", tail="linear", library=lt.library()
    )
    own = terms[terms["source"] == "kidney"]
    assert set(own["nuclide"]) == {"Ac-225", "Fr-221", "Bi-213", "Pb-209", "Tl-209"}
    x = own["nuclide"].map({"Bi-213": 0.25, "Pb-209": 0.14, "Tl-209": 0.32}).fillna(0.10)
    electrons = (1.0 - x) * (c - 1.0) * own["electron"] * own["tia_MBq_h"]
    added = table.at["total", "cortex_Gy"] - table.at["total", "kidney_Gy"]
    assert added == pytest.approx((c - 1.0) * alpha + electrons.sum(), rel=1e-9)
    still = lt.kidney_cortex_dose(run, smoothing=1.0)
    assert still.at["total", "cortex_Gy"] - still.at["total", "kidney_Gy"] == pytest.approx(
        (c - 1.0) * alpha, rel=1e-9
    )


def test_uncertain_masses_scatter_doses_as_a_simulation_does(course, dose):
    table = lt.dose_uncertainty(dose, mass_cv=0.15, s_value_cv=0.0)
    rng = np.random.default_rng(4)
    n, sd = 200, np.sqrt(np.log1p(0.15**2))
    names = list(dose.table.index)
    library = lt.library()
    values, tails = course._tia_arrays("linear")
    starts = [float(t) for t in course.data["cycle_start"].values]
    given = [float(a) for a in course.data["administered_activity"].values[0]]
    integrated = _core.TimeIntegratedActivity(
        "Lu-177",
        course.regions,
        starts,
        given,
        [float(v) for v in values[0].ravel()],
        [float(t) for t in tails[0]],
    )
    masses = dose.table["mass_g"].to_numpy() / 1e3
    lesion = [name in course.lesions for name in names]
    draws = []
    for factor in np.exp(sd * rng.normal(size=n)):
        scaled = [
            _core.TargetRegion(name, factor * m, is_lesion)
            for name, m, is_lesion in zip(names, masses, lesion, strict=True)
        ]
        found = _core.absorbed_dose(
            library, scaled, [integrated], "male", _core.DoseConvention.s_values
        )
        draws.append(found.values.sum(axis=1))
    spread = np.log(draws).std(axis=0)
    # All regions share the draws, whose deviation has an error of 1/√400 = 5 %; bands are three of them.
    np.testing.assert_allclose(table["mass_sd"], spread, rtol=0.15)


def test_causes_of_uncertainty_add_as_variances_of_logarithms(dose):
    table = lt.dose_uncertainty(
        dose, mass_cv={"kidney": 0.2}, s_value_cv=0.1, activity_sd={"kidney": 0.3}
    )
    kidney = table.loc["kidney"]
    response = (
        float(dose.mass_response.sel(region="kidney").sum()) / dose.table.at["kidney", "total"]
    )
    assert kidney["mass_sd"] == pytest.approx(-response * np.sqrt(np.log(1.04)), rel=1e-12)
    total = np.sqrt(kidney["mass_sd"] ** 2 + np.log(1.01) + 0.3**2)
    assert kidney["cv"] == pytest.approx(np.sqrt(np.expm1(total**2)), rel=1e-12)
    assert kidney["high_Gy"] / kidney["absorbed_dose_Gy"] == pytest.approx(
        np.exp(1.6448536 * total), rel=1e-7
    )
    assert kidney["low_Gy"] * kidney["high_Gy"] == pytest.approx(
        kidney["absorbed_dose_Gy"] ** 2, rel=1e-12
    )
    assert table.at["liver", "activity_sd"] == 0.0
    # Electrons alone follow 1/m exactly.
    local = lt.absorbed_dose(dose.run, convention="local_electrons")
    np.testing.assert_allclose(
        lt.dose_uncertainty(local, mass_cv=0.1, s_value_cv=0)["mass_sd"],
        np.sqrt(np.log(1.01)),
        rtol=1e-9,
    )
    default = lt.dose_uncertainty(local)
    assert default.at["tumor", "mass_sd"] == pytest.approx(np.sqrt(np.log(1.04)), rel=1e-9)
    assert default.at["kidney", "mass_sd"] == pytest.approx(np.sqrt(np.log(1.01)), rel=1e-9)


def test_draws_of_doses_keep_their_spread_and_get_that_of_masses(dose):
    regions = list(dose.table.index)
    n, sd = 4000, 0.2
    z = np.random.default_rng(8).normal(size=(n, len(regions)))
    draws = xr.DataArray(
        dose.table["total"].to_numpy() * np.exp(sd * z),
        dims=("sample", "target"),
        coords={"target": regions},
    )
    found = lt.dose_uncertainty(dose, samples=draws)
    expected = lt.dose_uncertainty(dose, activity_sd=sd)
    # Ends of intervals of 4000 draws err by some 0.7 %, their spread by 1.1 %; bands are four of these.
    for column in ("absorbed_dose_Gy", "low_Gy", "high_Gy"):
        np.testing.assert_allclose(found[column], expected[column], rtol=0.03)
    np.testing.assert_allclose(found["activity_sd"], sd, rtol=0.045)
    np.testing.assert_allclose(found["cv"], expected["cv"], rtol=0.05)
    exact = lt.dose_uncertainty(dose, samples=draws, mass_cv=0.0, s_value_cv=0.0, level=0.5)
    np.testing.assert_allclose(exact["low_Gy"], draws.quantile(0.25, "sample"), rtol=1e-3)
    given = xr.DataArray(np.full(len(regions), sd), dims="target", coords={"target": regions})
    np.testing.assert_array_equal(
        lt.dose_uncertainty(dose, activity_sd=given)["cv"], expected["cv"]
    )


def test_cycles_have_uncertainties_of_their_own(dose):
    table = lt.dose_uncertainty(dose, activity_sd=0.1, by_cycle=True)
    total = lt.dose_uncertainty(dose, activity_sd=0.1)
    assert table.index.names == ["region", "cycle"]
    assert list(table.loc["kidney"].index) == [1, 2, 3, 4]
    first = table.xs(1, level="cycle")
    np.testing.assert_allclose(
        first["absorbed_dose_Gy"], dose.table["cycle_1"][first.index], rtol=1e-14
    )
    # Masses stay, so every cycle has the elasticity of the total.
    np.testing.assert_allclose(first["cv"], total["cv"][first.index], rtol=1e-3)
    assert (first["sd_Gy"] < 0.3 * total["sd_Gy"]).all()
    regions = list(dose.table.index)
    z = np.random.default_rng(5).normal(size=(200, len(regions), 4))
    draws = xr.DataArray(
        dose.table[[f"cycle_{k}" for k in range(1, 5)]].to_numpy() * np.exp(0.2 * z),
        dims=("sample", "region", "cycle"),
        coords={"region": regions},
    )
    drawn = lt.dose_uncertainty(dose, samples=draws, by_cycle=True)
    alone = lt.dose_uncertainty(dose, samples=draws.isel(cycle=2), by_cycle=False)
    of_third = drawn.xs(3, level="cycle")
    np.testing.assert_allclose(of_third["activity_sd"], alone["activity_sd"], rtol=1e-12)
    np.testing.assert_allclose(of_third["low_Gy"], alone["low_Gy"], rtol=1e-3)
    with pytest.raises(ValueError, match="samples by cycle need a dimension 'cycle', found"):
        lt.dose_uncertainty(dose, samples=draws.isel(cycle=0), by_cycle=True)


def test_uncertainties_that_cannot_be_are_refused(dose):
    with pytest.raises(ValueError, match="mass_cv: no absorbed dose of liver_1"):
        lt.dose_uncertainty(dose, mass_cv={"liver_1": 0.2})
    with pytest.raises(ValueError, match="s_value_cv must not be negative"):
        lt.dose_uncertainty(dose, s_value_cv=-0.1)
    with pytest.raises(ValueError, match="level must be between 0 and 1, found 90"):
        lt.dose_uncertainty(dose, level=90)
    regions = list(dose.table.index)
    draws = xr.DataArray(
        np.zeros((2, len(regions))), dims=("sample", "region"), coords={"region": regions}
    )
    with pytest.raises(ValueError, match="samples of absorbed doses must be positive"):
        lt.dose_uncertainty(dose, samples=draws)


def test_terms_follow_the_masses_of_the_cycles(reference):
    patient = lt.Patient(
        sex="male", weight="71 kg", height="175 cm", gfr="100 mL/min",
        lesions=[lt.Lesion("tumor", volume="50 mL")],
        cycle_effects=[{"parameter": "tumor.volume", "term": "per_cycle_factor", "factor": 0.5}],
    )  # fmt: skip
    regimen = lt.repeat(lt.Infusion("dotatate", **CYCLE), every="8 week", count=2)
    run = lt.simulate("sstr2_whole_body", patient, regimen)
    terms = source_terms(run, ["tumor"])
    own = terms[terms["source"] == "tumor"].set_index("cycle")
    assert own.at[2, "mass_kg"] == pytest.approx(0.5 * own.at[1, "mass_kg"], rel=1e-12)
    terms["Gy"] = terms[["alpha", "electron", "photon"]].sum(axis=1) * terms["tia_MBq_h"]
    dose = lt.absorbed_dose(run)
    np.testing.assert_allclose(
        terms.groupby("cycle")["Gy"].sum(),
        dose.table.loc["tumor", ["cycle_1", "cycle_2"]].astype(float),
        rtol=1e-12,
    )


def test_uncertainties_may_be_percents(dose):
    number = lt.dose_uncertainty(dose, mass_cv=0.1, s_value_cv={"kidney": 0.2})
    percent = lt.dose_uncertainty(dose, mass_cv="10 %", s_value_cv={"kidney": "20 %"})
    np.testing.assert_array_equal(percent, number)
