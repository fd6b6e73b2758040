"""PET and SPECT readings: published uptake, decay rules, partial volume, scores."""

import math

import numpy as np
import pytest

import lutetia as lt
from published import published_infusion, published_model, with_curves

DECAY = math.log(2) / (67.71 / 60)  # of Ga-68 [1/h]
HOUR = [lt.Frame("60 min")]


def pet(volume: str, amount: str, frames: list[lt.Frame], **options) -> lt.Run:
    patient = lt.read_patient("reference_male").with_values({"tumor.volume": volume})
    infusion = published_infusion("Ga-68", "92.7 MBq", amount, "1 min")
    times = options.pop("times", lt.frame_times(frames))
    return lt.simulate(published_model(), patient, infusion, times=times, **options)


@pytest.fixture(scope="module")
def hour() -> lt.Run:
    return pet("10 mL", "8.3 nmol", HOUR)


def test_worked_example_16_suv_of_ga68_at_one_hour():
    patient = lt.read_patient("reference_male").with_values({"weight": "75 kg"})
    infusion = published_infusion("Ga-68", "150 MBq", "10 nmol", "1 min")
    times = lt.frame_times(HOUR)
    run = lt.simulate(published_model(), patient, infusion, times=times)
    liver = float(run.volumes().sel(region="liver")) * 1e3  # mL
    run = with_curves(run, {"liver": np.full(run.data.sizes["time"], 0.04 * liver)})
    suv = lt.image(run, HOUR)["suv"].sel(region="liver").isel(frame=0)
    assert float(suv) == pytest.approx(36.964286, abs=5e-7)


def test_uptake_at_one_hour_is_the_published_one(hour):
    suv = lt.image(hour, HOUR)["suv"].isel(frame=0)
    printed = {
        "kidney": 16.3,
        "spleen": 28.7,
        "liver": 4.4,
        "tumor": 26.5,
        "gi": 3.8,
        "red_marrow": 1.7,
    }
    for region, value in printed.items():
        assert abs(float(suv.sel(region=region)) - value) <= 0.05, region  # half of the last digit


@pytest.mark.parametrize(
    ("volume", "spleen", "kidney", "tumor"),
    [("0.01 L", 32.9, 17.6, 25.5), ("1 L", 25.1, 13.4, 19.5), ("2 L", 20.0, 10.7, 15.7)],
)
def test_a_large_tumor_takes_uptake_from_organs(volume, spleen, kidney, tumor):
    suv = lt.image(pet(volume, "3.3 nmol", HOUR), HOUR)["suv"].isel(frame=0)
    # Half of the last digit; the first spleen is 32.847 here, 0.003 beyond it.
    for region, value in (("spleen", spleen), ("kidney", kidney), ("tumor", tumor)):
        assert abs(float(suv.sel(region=region)) - value) <= 0.054, region


def test_the_mean_of_a_frame_is_that_of_many_outputs():
    frames = [lt.Frame("20 min", "40 min"), lt.Frame("60 min", "20 min")]
    ends = [(1 / 3, 1.0), (1.0, 4 / 3)]
    dense = [np.linspace(a, b, 401) for a, b in ends]
    times = np.unique(np.concatenate([*dense, lt.frame_times(frames)]))
    run = pet("10 mL", "8.3 nmol", frames, times=times, rtol=1e-8)
    means = lt.image(run, frames, decay_correction="none")["concentration"]
    for k, grid in enumerate(dense):
        activity = run.activity.sel(time=grid, region=means["region"])
        volume = run.data["volume"].sel(region=means["region"])
        expected = (activity.values[1:] + activity.values[:-1]).mean(axis=0) / 2 / volume
        # 400 trapezoids of curves that change on a scale of 5 min or more: (0.1/5)²/12 at most.
        np.testing.assert_allclose(means.isel(frame=k), expected, rtol=3e-5)


def test_label_that_stands_still_shows_the_decay_rules():
    frames = [lt.Frame("1 h"), lt.Frame("1 h", "30 min"), lt.Frame("3 h", "1 h")]
    run = pet("10 mL", "8.3 nmol", frames)
    liver = 9.0 * np.exp(-DECAY * run.data["time"].values)  # MBq in 1.8 L: 5 kBq/mL at the start
    run = with_curves(run, {"liver": liver})
    starts = np.array([1.0, 1.0, 3.0])
    ends = np.array([1.0, 1.5, 4.0])

    def shown(rule):
        images = lt.image(run, frames, decay_correction=rule)
        return images["concentration"].sel(region="liver").values, images

    # 5-point Gauss–Legendre of an exponential over λd < 0.62: below 1e-12.
    injected, images = shown("injection")
    np.testing.assert_allclose(injected, 5.0, rtol=1e-10)
    np.testing.assert_allclose(shown("frame_start")[0], 5 * np.exp(-DECAY * starts), rtol=1e-10)
    integral = (np.exp(-DECAY * starts[1:]) - np.exp(-DECAY * ends[1:])) / DECAY
    none = shown("none")[0]
    np.testing.assert_allclose(none[1:], 5 * integral / (ends - starts)[1:], rtol=1e-10)
    assert none[0] == pytest.approx(5 * math.exp(-DECAY), rel=1e-10)
    for rule in ("injection", "frame_start", "none"):  # SUV is always that of the injection
        suv = shown(rule)[1]["suv"].sel(region="liver")
        np.testing.assert_allclose(suv, 5 / (92.7 / 71), rtol=1e-10)
    assert images["suv"].attrs["units"] == "g/mL"
    assert images["concentration"].attrs["units"] == "kBq/mL"
    assert images["concentration"].dims == ("region", "frame")


def test_ratios_are_those_of_the_uptake(hour):
    images = lt.image(hour, HOUR, reference="spleen").isel(frame=0)
    suv = {
        region: float(images["suv"].sel(region=region)) for region in ("tumor", "kidney", "spleen")
    }
    assert float(images["suvr"].sel(region="kidney")) == suv["kidney"] / suv["spleen"]
    assert float(images["tumor_to_kidney"].sel(region="tumor")) == suv["tumor"] / suv["kidney"]
    assert np.isnan(images["tumor_to_kidney"].sel(region="spleen"))
    assert not {"whole_body", "urine"} & set(images["region"].values)


def blurred_mean(diameter: float) -> float:
    """Mean over a sphere of its image, by the radial profile of the image; lengths in σ."""
    radius = diameter / 2
    x, w = np.polynomial.legendre.leggauss(60)
    r = radius * (1 + x) / 2
    up, down = (radius + r) / math.sqrt(2), (radius - r) / math.sqrt(2)
    erf = np.vectorize(math.erf)
    profile = (erf(up) + erf(down)) / 2
    profile -= (np.exp(-(down**2)) - np.exp(-(up**2))) / (r * math.sqrt(2 * math.pi))
    return float(3 / radius**3 * np.sum(w * radius / 2 * profile * r**2))


@pytest.mark.parametrize("diameter", [0.2, 0.49, 0.51, 1.0, 2.0, 5.0, 10.0])
def test_recovery_of_a_sphere_is_the_mean_of_its_image(diameter):
    fwhm = 6.0  # mm
    sigma = fwhm / math.sqrt(8 * math.log(2))
    volume = math.pi / 6 * (diameter * sigma) ** 3 / 1000  # mL
    # The profile cancels for small spheres: 1e-16 over recovery × r² of some 1e-4.
    expected = blurred_mean(diameter)
    assert lt.sphere_recovery(f"{volume!r} mL", f"{fwhm} mm") == pytest.approx(expected, rel=1e-9)


def test_recovery_rises_from_zero_to_one_with_volume():
    values = [lt.sphere_recovery(f"{10.0**k:g} mL", "6 mm") for k in range(-6, 13)]
    assert all(np.diff(values) > 0)
    sigma = 0.6 / math.sqrt(8 * math.log(2))  # cm
    # A point: its volume over that of the Gaussian; next order D²/20 of 2e-4 with D the diameter over σ.
    assert values[0] == pytest.approx(1e-6 / (math.sqrt(2 * math.pi) * sigma) ** 3, rel=5e-4)
    # A plane surface: 1 − 3·√(2/π)/D; next order D⁻².
    diameter = (6e12 / math.pi) ** (1 / 3) / sigma
    assert 1 - values[-1] == pytest.approx(3 * math.sqrt(2 / math.pi) / diameter, rel=1e-6)


def test_partial_volume_is_off_unless_asked_for(hour):
    plain, mapped, sphere = (
        lt.image(hour, HOUR, recovery=recovery)["suv"].isel(frame=0)
        for recovery in (None, {"spleen": 0.5}, "6 mm")
    )
    assert float(mapped.sel(region="spleen") / plain.sel(region="spleen")) == 0.5
    assert float(mapped.sel(region="tumor")) == float(plain.sel(region="tumor"))
    share = float(sphere.sel(region="tumor") / plain.sel(region="tumor"))
    assert share == pytest.approx(lt.sphere_recovery("10 mL", "6 mm"), rel=1e-12)
    assert float(sphere.sel(region="spleen")) == float(plain.sel(region="spleen"))
    for bad, message in (
        ({"spleen": 0.0}, "must lie in"),
        ({"spleen": 1.1}, "must lie in"),
        ({"spln": 0.5}, "must be one of"),
        ("0 mm", "must be positive"),
    ):
        with pytest.raises(ValueError, match=message):
            lt.image(hour, HOUR, recovery=bad)
    with pytest.raises(lt.UnitError):
        lt.image(hour, HOUR, recovery="6 mL")


@pytest.mark.parametrize(
    ("tumor", "score"),
    [(0.9, 0), (1.0, 0), (1.1, 1), (8.9, 1), (9.1, 2), (10.9, 2), (11.1, 3), (30.0, 3), (31.0, 4)],
)
def test_scores_follow_the_stated_rule(hour, tumor, score):
    uptake = {"muscle": 1.0, "liver": 10.0, "spleen": 30.0, "kidney": 20.0, "tumor": tumor}
    images = lt.image(hour, HOUR)
    images["suv"] = images["suv"] * 0.0
    for region, value in uptake.items():
        images["suv"].loc[{"region": region}] = value
    scores = lt.krenning_score(images)
    assert list(scores["region"].values) == ["tumor"]
    assert int(scores[0, 0]) == score
    wide = lt.krenning_score(images, margin=0.2, upper="kidney")
    assert int(wide[0, 0]) == {8.9: 2, 11.1: 2, 30.0: 4}.get(tumor, score)


def test_without_a_spleen_the_kidney_is_the_upper_reference():
    patient = lt.Patient(
        sex="male",
        weight="71 kg",
        height="175 cm",
        gfr="100 mL/min",
        organs={"spleen": "absent"},
        lesions=[lt.Lesion("tumor", volume="10 mL")],
    )
    infusion = published_infusion("Ga-68", "92.7 MBq", "8.3 nmol", "1 min")
    run = lt.simulate(published_model(), patient, infusion, times=lt.frame_times(HOUR))
    scores = lt.krenning_score(lt.image(run, HOUR))
    assert scores.attrs["upper"] == "kidney"
    assert int(scores.sel(region="tumor")[0]) == 4  # above the kidney, see the published uptake
    with pytest.raises(ValueError, match="reference must be one of"):
        lt.krenning_score(lt.image(run, HOUR), upper="spleen")
    with pytest.raises(ValueError, match="margin must lie in"):
        lt.krenning_score(lt.image(run, HOUR), margin=1.0)


def test_frames_refer_to_the_chosen_cycle():
    scan = published_infusion("Ga-68", "92.7 MBq", "8.3 nmol", "1 min")
    frames = [lt.Frame("60 min", "20 min")]
    times = [*lt.frame_times(frames), *lt.frame_times(frames, start="8 week")]
    regimen = lt.repeat(scan, every="8 week", count=2)
    run = lt.simulate(published_model(), "reference_male", regimen, times=times)
    first, second = (lt.image(run, frames, cycle=c)["suv"] for c in (1, 2))
    # Peptide of the first scan that still occupies receptors after 8 weeks: some 1e-4.
    np.testing.assert_allclose(first, second, rtol=1e-3)
    with pytest.raises(ValueError, match="cycle must be one of the 2"):
        lt.image(run, frames, cycle=3)
    with pytest.raises(ValueError, match="must end before cycle 2 starts"):
        lt.image(run, [lt.Frame("7 week", "2 week")])


def test_another_nuclide_in_the_body_must_be_chosen_away():
    therapy = published_infusion("Lu-177", "7.4 GBq", "100 nmol", "30 min")
    scan = published_infusion("Ga-68", "92.7 MBq", "8.3 nmol", "1 min")
    scan.document["at"] = "2 d"
    times = [1.0, *lt.frame_times(HOUR, start="2 d")]
    run = lt.simulate(published_model(), "reference_male", [therapy, scan], times=times)
    with pytest.raises(ValueError, match="Lu-177 is in the body during Frame"):
        lt.image(run, HOUR, cycle=2)
    chosen = lt.image(run, HOUR, cycle=2, nuclide="Ga-68")
    assert chosen.attrs["given_activity_MBq"] == pytest.approx(92.7)
    np.testing.assert_allclose(  # far less than with the 177Lu that is there
        chosen["suv"].sel(region="spleen"), 28.7, rtol=0.5
    )
    assert lt.image(run, HOUR)["suv"].sel(region="spleen") > 0  # the scan was not given yet
    with pytest.raises(ValueError, match="nuclide must be one of cycle 2"):
        lt.image(run, HOUR, cycle=2, nuclide="Lu-177")


def test_what_a_run_cannot_answer_is_refused(hour):
    with pytest.raises(lt.DataError, match=r"no outputs at the times of Frame\(start='2 h'"):
        lt.image(hour, [lt.Frame("2 h")])
    with pytest.raises(ValueError, match="decay_correction must be one of"):
        lt.image(hour, HOUR, decay_correction="admin")
    with pytest.raises(ValueError, match="reference must be one of"):
        lt.image(hour, HOUR, reference="whole_body")
    for call in (lambda: lt.image(hour, []), lambda: lt.frame_times([])):
        with pytest.raises(ValueError, match="frames is empty"):
            call()
    with pytest.raises(ValueError, match="duration of a frame must not be negative"):
        lt.Frame("1 h", "-1 min")
    with pytest.raises(lt.UnitError, match="start of a frame"):
        lt.Frame(60)
    cold = lt.simulate(
        published_model(), "reference_male", lt.Bolus("dotatate", amount="1 nmol"), times=[1.0]
    )
    with pytest.raises(ValueError, match="cycle must be one of the 0"):
        lt.image(cold, HOUR)


def test_a_scan_of_the_second_cycle_uses_the_volumes_of_that_cycle():
    frames = [lt.Frame("24 h", "20 min")]
    cycle = published_infusion("Lu-177", "7.4 GBq", "100 nmol", "30 min")
    regimen = lt.repeat(cycle, every="8 week", count=2)

    def scanned(number: int, effects: list[dict[str, object]]) -> float:
        patient = lt.Patient(
            sex="male",
            weight="71 kg",
            height="175 cm",
            gfr="100 mL/min",
            lesions=[lt.Lesion("tumor", volume="50 mL")],
            cycle_effects=effects,
        )
        times = lt.frame_times(frames, start=f"{(number - 1) * 56 * 24} h")
        run = lt.simulate(published_model(), patient, regimen, times=times)
        suv = lt.image(run, frames, cycle=number)["suv"]
        return float(suv.sel(region="tumor").item())

    halved = [{"parameter": "tumor.volume", "term": "free_per_cycle", "factors": [1, 0.5]}]
    assert scanned(1, halved) == pytest.approx(scanned(1, []), rel=1e-6)
    # Half the lesion with the same density shows the same concentration.
    assert scanned(2, halved) == pytest.approx(scanned(2, []), rel=0.02)
