"""Areas, slopes and fractions: exact exponentials, then the model."""

import math

import numpy as np
import pytest

import lutetia as lt
from lutetia.readings.curves import area_under_curve, log_linear, terminal_phase
from published import published_infusion, published_model, with_curves

LU = "7.2414e-5 1/min"  # decay constant of the published regression numbers
DECAY = 7.2414e-5 * 60  # [1/h]


def published_run(times: list[float], regimen: lt.Regimen | None = None, **options) -> lt.Run:
    regimen = regimen or published_infusion("Lu-177", "7.4 GBq", "100 nmol", "30 min")
    return lt.simulate(
        published_model(),
        "reference_male",
        regimen,
        times=times,
        parameters={"Lu-177.decay_constant": LU},
        **options,
    )


@pytest.fixture(scope="module")
def run() -> lt.Run:
    """Many outputs, among them those of the published table."""
    hours = [0.5, 1, 4, 24, 72, 168]
    return published_run(sorted({0.0, *hours, *np.geomspace(0.01, 1000, 300)}))


def test_the_area_is_exact_for_lines_up_and_exponentials_down():
    t = np.array([0.0, 0.5, 1.0, 3.0, 10.0, 11.0])
    k = 0.3
    y = np.where(t <= 1, 8 * t, 8 * np.exp(-k * (t - 1)))
    expected = 4 + 8 / k * (1 - math.exp(-10 * k))
    assert area_under_curve(t, y) == pytest.approx(expected, rel=1e-14)
    assert area_under_curve([0, 1, 2, 3], [2, 2, 0, 0]) == 3.0  # flat, to zero, at zero
    plateau = [0.7 - k * 1.2e-16 for k in range(5)]  # falls by the last digit
    assert area_under_curve(range(5), plateau) == pytest.approx(4 * 0.7, rel=1e-14)


def test_exponentials_between_samples_do_not_care_for_decay_correction():
    t = np.array([0.0, 4.0, 24.0, 100.0])
    y = np.array([5.0, 30.0, 40.0, 12.0])
    expected = sum(
        (a - b) * step / math.log(a / b)
        for a, b, step in zip(y[:-1], y[1:], np.diff(t), strict=True)
    )
    assert area_under_curve(t, y, rising="exponential") == pytest.approx(expected, rel=1e-13)
    # By hand on decay-corrected segments: each is an exponential of rate k − λ.
    decay = math.log(2) / 159.528
    corrected = y * np.exp(decay * t)
    k = np.log(corrected[:-1] / corrected[1:]) / np.diff(t) + decay
    pieces = y[:-1] * -np.expm1(-k * np.diff(t)) / k
    assert pieces.sum() == pytest.approx(expected, rel=1e-13)
    assert area_under_curve([0, 1, 2], [0, 3, 3], rising="exponential") == 4.5  # zero, flat
    with pytest.raises(ValueError, match="rising must be linear or exponential, found 'log'"):
        area_under_curve([0, 1], [1, 2], rising="log")


def test_the_terminal_phase_leaves_the_early_one_out():
    t = np.linspace(0, 60, 61)
    y = 90 * np.exp(-0.9 * t) + 10 * np.exp(-0.05 * t)
    phase = terminal_phase(t, y)
    # Adjusted R² of 1 − 1e-4 at the worst: residuals of 1e-2 of the spread of ln y, 1 % of the slope.
    assert phase.rate == pytest.approx(0.05, rel=0.01)
    assert 3 < phase.first < 15
    assert phase.last == 60
    exact = terminal_phase(t, 10 * np.exp(-0.05 * t))
    assert exact.points == 60  # all but the peak: of equal fits the longest
    assert exact.half_life == pytest.approx(math.log(2) / 0.05, rel=1e-12)


def test_curves_without_a_terminal_phase_have_none():
    assert terminal_phase([0, 1, 2], [3, 2, 1]) is None  # two points after the peak
    assert terminal_phase([0, 1, 2, 3, 4], [1, 2, 3, 4, 5]) is None
    assert terminal_phase([0, 1, 2, 3], [2, 1, 1, 1]) is None  # flat
    assert terminal_phase([0, 1, 2, 3], [2, 1.004, 1.002, 1]) is None  # as good as flat
    with pytest.raises(lt.DataError, match="at least 3 times with a positive value, found 2"):
        log_linear([0, 1, 2], [1, 0, 1])
    assert log_linear([0, 1, 2], [1, 2, 4]).half_life == math.inf


def test_two_compartments_give_their_clearance_and_volume(run):
    # C = A·e^(−αt) + B·e^(−βt) [MBq/L] after 7400 MBq: CL = D/(A/α + B/β), V = CL/β.
    t = run.data["time"].values
    a, b, alpha, beta = 300.0, 20.0, 1.2, 0.02
    liters = float(run.data["volume"].sel(region="serum"))
    curve = a * np.exp(-alpha * t) + b * np.exp(-beta * t)
    table = lt.noncompartmental(with_curves(run, {"serum": curve * liters}), reading="activity")
    value = table["value"]
    area = a / alpha + b / beta
    # 305 samples to 14 half-lives; log-down trapezoids of a sum of exponentials are 1e-4 off, and the
    # rule of the terminal phase lets a little of the early one in.
    assert value["auc_infinity"] == pytest.approx(area, rel=1e-3)
    assert value["clearance"] == pytest.approx(7400 / area, rel=1e-3)
    assert value["terminal_half_life"] == pytest.approx(math.log(2) / beta, rel=1e-2)
    assert value["volume"] == pytest.approx(7400 / area / beta, rel=1e-2)
    assert (value["cmax"], value["tmax"]) == (a + b, 0.0)
    short = published_run([0.0, *np.geomspace(0.01, 50, 150)])  # 37 % of the area of B lie beyond
    t_short = short.data["time"].values
    begun = (a * np.exp(-alpha * t_short) + b * np.exp(-beta * t_short)) * liters
    table = lt.noncompartmental(with_curves(short, {"serum": begun}), reading="activity")["value"]
    assert table["auc_infinity"] == pytest.approx(area, rel=1e-2)  # as good as the terminal rate
    assert table["auc_extrapolated"] == pytest.approx(
        b / beta * math.exp(-50 * beta) / area, rel=0.02
    )
    corrected = curve * np.exp(-DECAY * t)
    again = lt.noncompartmental(
        with_curves(run, {"serum": corrected * liters}), reading="decay_corrected"
    )
    np.testing.assert_allclose(again["value"], value, rtol=1e-9)
    early = with_curves(run, {"serum": np.exp(-alpha * t)})
    half = lt.noncompartmental(early, reading="activity").at["early_half_life", "value"]
    assert half == pytest.approx(math.log(2) / alpha, rel=1e-9)


def test_the_area_is_the_time_integrated_activity_of_the_run(run):
    table = lt.noncompartmental(run, reading="activity")["value"]
    tia = run.time_integrated_activity().loc[("serum", "Lu-177", "total"), "tia_MBq_h"]
    liters = float(run.data["volume"].sel(region="serum"))
    # 60 outputs per decade: trapezoids of ln 10/60 in ln t are good to (0.04)²/12 of the curvature.
    assert table["auc_infinity"] * liters == pytest.approx(tia, rel=1e-3)
    assert table["tmax"] == 0.5
    assert table["auc_extrapolated"] < 0.02


def test_the_readings_of_serum_differ_as_they_must(run):
    table = {
        reading: lt.noncompartmental(run, reading=reading)
        for reading in ("activity", "decay_corrected", "peptide")
    }
    assert table["peptide"].at["cmax", "unit"] == "nmol/L"
    assert table["activity"].at["cmax", "unit"] == "MBq/L"
    value = {reading: t["value"] for reading, t in table.items()}
    # Bound peptide is never released: without decay the serum ends on a plateau, which has no end.
    assert value["activity"]["clearance"] > 0
    assert np.isnan(value["decay_corrected"]["clearance"])
    # Label that does not decay follows the peptide: all of 100 nmol behave alike.
    np.testing.assert_allclose(
        value["decay_corrected"]["cmax"] / 7400, value["peptide"]["cmax"] / 100, rtol=2e-3
    )
    early = [value[r]["early_half_life"] for r in ("activity", "decay_corrected")]
    assert early[0] < early[1]


def test_retention_and_urine_are_the_published_ones(run):
    body = lt.whole_body_retention(run).set_index("since_start_h")
    urine = lt.urine_fraction(run, reading="peptide")
    hours = [0.5, 1, 4, 24, 72, 168]
    printed = [0.9268909, 0.8220003, 0.4724709, 0.1398567, 0.08244041, 0.03137358]
    excreted = [0.0721145, 0.1753033, 0.5192424, 0.8308850, 0.8370571, 0.8370591]
    # rtol 1e-6 per step and seven printed digits
    np.testing.assert_allclose(body.loc[hours, "fraction_of_cycle"], printed, rtol=2e-6)
    np.testing.assert_allclose(urine.loc[hours], excreted, rtol=2e-6)
    np.testing.assert_allclose(
        body["biological_fraction_of_cycle"], body["fraction_of_cycle"] * np.exp(DECAY * body.index)
    )
    label = lt.urine_fraction(run, reading="decay_corrected")
    np.testing.assert_allclose(label.loc[hours], excreted, rtol=2e-3)  # decay while entering: 0.1 %
    activity = lt.urine_fraction(run, reading="activity")
    np.testing.assert_allclose(activity, label * np.exp(-DECAY * label.index), rtol=1e-12)


def test_later_cycles_count_from_their_own_start():
    cycle = published_infusion("Lu-177", "7.4 GBq", "100 nmol", "30 min")
    week = 168.0
    times = [0, 24, 168, week * 8, week * 8 + 24, week * 8 + 168]
    course = published_run(times, lt.repeat(cycle, every="8 week", count=2))
    for reading in ("peptide", "decay_corrected", "activity"):
        first, second = (lt.urine_fraction(course, reading=reading, cycle=c) for c in (1, 2))
        # What the first cycle left in the body after 8 weeks is excreted too: some 1e-4.
        np.testing.assert_allclose(first.iloc[:3], second, rtol=1e-3, atol=1e-12)
        decayed = math.exp(-24 * DECAY) if reading == "activity" else 1.0
        assert first[24.0] == pytest.approx(0.8308850 * decayed, rel=2e-3)
    body = lt.whole_body_retention(course)
    assert body["cycle"].to_list() == [1, 1, 1, 2, 2, 2]
    second = body[body["cycle"] == 2]
    np.testing.assert_allclose(
        second["fraction_of_administered"], second["fraction_of_cycle"] / 2, rtol=1e-12
    )
    biological = body["biological_fraction_of_cycle"]
    np.testing.assert_allclose(biological[1:3], biological[4:6], rtol=1e-3)
    with pytest.raises(lt.DataError, match="urine of cycle 2 needs an output at its start"):
        lt.urine_fraction(
            published_run(times[:3] + times[4:], lt.repeat(cycle, every="8 week", count=2)),
            reading="peptide",
            cycle=2,
        )


def test_half_lives_of_exact_exponentials(run):
    t = run.data["time"].values
    curves = {
        "kidney": 100 * np.exp(-0.02 * t),
        "liver": 100 * np.exp(-DECAY * t),  # nothing leaves
        "spleen": 100 * (1 + t),  # fills
    }
    table = lt.effective_half_lives(with_curves(run, curves), start="24 h", end="168 h")
    assert set(table.index) == set(curves)
    kidney = table.loc["kidney"]
    assert kidney["effective_half_life_h"] == pytest.approx(math.log(2) / 0.02, rel=1e-12)
    assert kidney["biological_half_life_h"] == pytest.approx(
        math.log(2) / (0.02 - DECAY), rel=1e-12
    )
    assert kidney["points"] == ((t >= 24) & (t <= 168)).sum()
    assert table.at["liver", "biological_half_life_h"] > 1e9  # infinite but for rounding
    assert math.isinf(table.at["spleen", "effective_half_life_h"])
    with pytest.raises(lt.DataError, match="at least 3 times"):
        lt.effective_half_lives(run, start="24 h", end="24.1 h")
    with pytest.raises(ValueError, match="start and end must be two ascending times"):
        lt.effective_half_lives(run, start="48 h", end="24 h")


def test_what_has_no_answer_is_refused(run):
    for reading in ("activty", "total"):
        with pytest.raises(ValueError, match="reading must be one of activity, decay_corrected"):
            lt.noncompartmental(run, reading=reading)
    with pytest.raises(lt.DataError, match="'whole_body' has no volume"):
        lt.noncompartmental(run, "whole_body", reading="activity")
    with pytest.raises(ValueError, match="region must be one of"):
        lt.noncompartmental(run, "blood", reading="activity")
    with pytest.raises(lt.DataError, match="needs at least 3 output times, found 2"):
        lt.noncompartmental(published_run([1.0, 2.0]), reading="activity")
    cold = lt.simulate(
        published_model(), "reference_male", lt.Bolus("dotatate", amount="1 nmol"), times=[1.0]
    )
    with pytest.raises(lt.DataError, match="no labeled administration"):
        lt.whole_body_retention(cold)


def test_nuclides_given_together_must_be_chosen():
    both = [
        published_infusion("Lu-177", "7.4 GBq", "50 nmol", "30 min"),
        published_infusion("Y-90", "1 GBq", "50 nmol", "30 min"),
    ]
    times = [0, *np.geomspace(0.1, 300, 60)]
    run = lt.simulate(published_model(), "reference_male", both, times=times)
    for call in (
        lambda **k: lt.noncompartmental(run, reading="activity", **k),
        lambda **k: lt.whole_body_retention(run, **k),
        lambda **k: lt.effective_half_lives(run, start="24 h", end="168 h", **k),
    ):
        with pytest.raises(ValueError, match="choose one with nuclide="):
            call()
        with pytest.raises(ValueError, match="nuclide must be one of"):
            call(nuclide="I-131")
    lutetium, yttrium = (
        lt.whole_body_retention(run, nuclide=n)["biological_fraction_of_cycle"]
        for n in ("Lu-177", "Y-90")
    )
    # The same peptide: only decay while it enters differs (0.5 h of 64 h half-life: 0.3 %).
    np.testing.assert_allclose(lutetium[1:], yttrium[1:], rtol=4e-3)
    urine = lt.urine_fraction(run, reading="peptide", nuclide="Y-90")
    np.testing.assert_allclose(
        urine, lt.urine_fraction(published_run(times), reading="peptide"), rtol=1e-5, atol=1e-12
    )
    # 50 + 50 nmol are 100 nmol; not the area to infinity: bound to protein, peptide hardly leaves.
    value = lt.noncompartmental(run, reading="peptide", nuclide="Y-90")["value"]
    alone = lt.noncompartmental(published_run(times), reading="peptide")["value"]
    np.testing.assert_allclose(value["auc_last"], alone["auc_last"], rtol=1e-5)


def test_metrics_of_a_run_whose_parameters_follow_the_cycles():
    cycle = published_infusion("Lu-177", "7.4 GBq", "100 nmol", "30 min")
    patient = lt.Patient(
        sex="male",
        weight="71 kg",
        height="175 cm",
        gfr="100 mL/min",
        lesions=[lt.Lesion("tumor", volume="50 mL")],
        cycle_effects=[{"parameter": "lesions.volume", "term": "per_cycle_factor", "factor": 0.8}],
    )
    run = lt.simulate(published_model(), patient, lt.repeat(cycle, every="8 week", count=2))
    first, second = (
        lt.noncompartmental(run, reading="activity", cycle=n).at["cmax", "value"] for n in (1, 2)
    )
    assert second == pytest.approx(first, rel=0.02)
    assert run.volumes(2).sel(region="tumor") == pytest.approx(
        0.8 * float(run.volumes(1).sel(region="tumor"))
    )
    assert run.concentration.sel(region="tumor").notnull().all()
