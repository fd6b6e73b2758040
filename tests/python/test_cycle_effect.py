"""Cycle effects: exact answers where there are some, and what must not matter does not."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from scipy import stats

import lutetia as lt

# Accuracy of the variances: the scoring ends when a step changes none by 1e-10 of the largest.
VARIANCE = 1e-6
LINEAR = 1e-9  # what follows from given variances is linear algebra


def simulated(seed=1, patients=8, lesions=3, cycles=4, noise=0.1, between=0.1, decline=0.15):
    """Draw an unbalanced table with deviations of every kind."""
    random = np.random.default_rng(seed)
    rows = []
    for p in range(patients):
        level, own = 3 + 0.5 * random.normal(), -decline + between * random.normal()
        shared = 0.5 * noise * random.normal(size=cycles + 1)
        for lesion in range(1 + (p % lesions)):
            first, slope = level + 0.4 * random.normal(), own + between * random.normal() / 2
            for c in range(1, cycles + 1 - p % 2):
                ln = first + slope * (c - 1) + shared[c] + noise * random.normal()
                rows.append((f"P{p}", f"L{lesion}", c, np.exp(ln), "ab"[p % 2]))
    return pd.DataFrame(rows, columns=["patient", "lesion", "cycle", "value", "group"])


def row_of(fit, quantity="decline_percent_per_cycle", patient="", lesion=""):
    found = fit.parameters.loc[[quantity]]
    found = found[(found["patient"] == patient) & (found["lesion"] == lesion)]
    assert len(found) == 1
    return found.iloc[0]


def near(found, expected, rel):
    np.testing.assert_allclose(found, expected, rtol=rel, atol=0)


# Exact answers


def test_one_lesion_is_linear_regression():
    values = np.array([30.0, 26.0, 25.0, 21.0, 20.5])
    table = pd.DataFrame({"patient": "A", "cycle": range(1, 6), "value": values})
    line = stats.linregress(np.arange(5), np.log(values))
    fit = lt.fit_cycle_effect(table)
    row = row_of(fit)
    near(row["estimate"], -100 * np.expm1(line.slope), LINEAR)
    near(row["standard_error"], line.stderr, VARIANCE)
    near(row["freedom"], 3, VARIANCE)
    t = stats.t.ppf(0.95, 3)
    near(row["low_90"], -100 * np.expm1(line.slope + t * line.stderr), VARIANCE)
    near(row["high_90"], -100 * np.expm1(line.slope - t * line.stderr), VARIANCE)
    near(row_of(fit, "value_in_first_cycle")["estimate"], np.exp(line.intercept), LINEAR)
    # Textbook prediction of a new value at z = 6: s²(1 + 1/n + (z − z̄)²/Sxx).
    residual = np.log(values) - line.intercept - line.slope * np.arange(5)
    s2 = residual @ residual / 3
    error = np.sqrt(s2 * (1 + 1 / 5 + (6 - 2) ** 2 / 10))
    guess = fit.predict(7).iloc[0]
    near(guess["standard_error"], error, VARIANCE)
    middle = line.intercept + 6 * line.slope
    near([guess["low"], guess["high"]], np.exp(middle + t * error * np.array([-1, 1])), VARIANCE)
    assert fit.variability.loc["residual", "standard_deviation"] == pytest.approx(np.sqrt(s2))


def test_two_cycles_are_a_paired_t_test():
    random = np.random.default_rng(3)
    first = np.exp(random.normal(3, 0.6, 9))
    second = first * np.exp(random.normal(-0.1, 0.08, 9))
    table = pd.DataFrame({"patient": list("ABCDEFGHI"), "cycle_1": first, "cycle_2": second})
    expected = stats.ttest_1samp(np.log(second / first), 0).confidence_interval(0.90)
    for term, quantity in (
        ("per_cycle_factor", "decline_percent_per_cycle"),
        ("after_first", "decline_percent_after_first"),
        ("free_per_cycle", "decline_percent_from_first"),
    ):
        row = row_of(lt.fit_cycle_effect(table, term), quantity)
        near(
            [row["low_90"], row["high_90"]],
            -100 * np.expm1([expected.high, expected.low]),
            VARIANCE,
        )
        near(row["freedom"], 8, VARIANCE)


@pytest.mark.parametrize("between", [0.5, 0.0])
def test_balanced_levels_are_an_analysis_of_variance(between):
    """Restricted likelihood: σ² = MSW, level variance (MSB − MSW)/n, or all pooled when that is negative."""
    random = np.random.default_rng(11 if between else 13)
    y = 3 + between * random.normal(size=(7, 1)) + 0.2 * random.normal(size=(7, 4))
    table = pd.DataFrame(np.exp(y), columns=[f"cycle_{c}" for c in (1, 2, 3, 4)]).assign(
        patient=list("ABCDEFG")
    )
    fit = lt.fit_cycle_effect(table, "none", deviations=())
    within = ((y - y.mean(axis=1, keepdims=True)) ** 2).sum() / 21
    among = 4 * y.mean(axis=1).var(ddof=1)
    spread = fit.variability["standard_deviation"] ** 2
    level = row_of(fit, "value_in_first_cycle")
    near(level["estimate"], np.exp(y.mean()), LINEAR)
    if between:
        assert among > within
        near(spread["residual"], within, VARIANCE)
        near(spread["patient_level"], (among - within) / 4, VARIANCE)
        near(level["standard_error"] ** 2, among / 28, VARIANCE)
        near(level["freedom"], 6, VARIANCE)
        new = fit.predict(1).iloc[0]
        near(new["standard_error"] ** 2, (among - within) / 4 + within + among / 28, VARIANCE)
    else:
        assert among < within
        assert spread["patient_level"] == 0
        near(spread["residual"], y.var(ddof=1), VARIANCE)
        near(level["freedom"], 27, VARIANCE)


def test_the_slope_of_a_balanced_group_is_the_mean_of_its_slopes():
    random = np.random.default_rng(5)
    y = random.normal(3, 1, (10, 1)) + random.normal(-0.1, 0.2, (10, 1)) * np.arange(4)
    y += 0.1 * random.normal(size=y.shape)
    table = pd.DataFrame(np.exp(y), columns=[f"cycle_{c}" for c in (1, 2, 3, 4)])
    table = table.assign(
        patient=[f"P{k // 2}" for k in range(10)], lesion=range(10), group=["x"] * 4 + ["y"] * 6
    )
    fit = lt.fit_cycle_effect(table)
    slopes = np.polyfit(np.arange(4), y.T, 1)[0]
    found = (
        fit.parameters.loc["decline_percent_per_cycle"].query("patient == ''").set_index("group")
    )
    near(found.at["x", "estimate"], -100 * np.expm1(slopes[:4].mean()), LINEAR)
    near(found.at["y", "estimate"], -100 * np.expm1(slopes[4:].mean()), LINEAR)


def test_free_factors_of_a_balanced_table_are_geometric_means_of_ratios():
    table = simulated(patients=6, lesions=1, cycles=4).drop(columns="group")
    table = table[table["cycle"] < 4]
    wide = table.pivot(index="patient", columns="cycle", values="value")
    ratios = np.exp(np.log(wide.div(wide[1], axis=0)).mean())
    fit = lt.fit_cycle_effect(table, "free_per_cycle")
    found = (
        fit.parameters.loc["decline_percent_from_first"].query("patient == ''").set_index("cycle")
    )
    near(found["estimate"], 100 * (1 - ratios[[2, 3]]), LINEAR)
    effect = fit.as_cycle_effect()
    assert effect["term"] == "free_per_cycle"
    np.testing.assert_allclose(effect["factors"], [1, *ratios[[2, 3]]], atol=1e-6)
    kept = fit.predict([3, 4, 9])["estimate"]  # the last factor stays
    near(kept, kept[0], LINEAR)


def dense(rows):
    """Every kernel of the table as a full matrix, and its fixed effects with two groups."""
    z = rows["cycle"].to_numpy() - 1.0
    of = {
        key: rows[key].to_numpy(dtype=object)[:, None] == rows[key].to_numpy(dtype=object)
        for key in ("patient", "lesion", "cycle")
    }
    lesion = of["patient"] & of["lesion"]
    kernels = {
        "residual": np.eye(len(z)),
        "patient_level": of["patient"],
        "lesion_level": lesion,
        "patient_slope": of["patient"] * np.outer(z, z),
        "lesion_slope": lesion * np.outer(z, z),
        "patient_cycle": of["patient"] & of["cycle"],
    }
    b = (rows["group"] == "b").to_numpy(dtype=float)
    return kernels, np.column_stack([1 - b, (1 - b) * z, b, b * z])


@pytest.mark.parametrize("restricted", [False, True])
def test_the_likelihood_is_that_of_a_normal_distribution_and_the_variances_maximize_it(restricted):
    table = lt.read_cycle_table(simulated())
    fit = lt.fit_cycle_effect(table, restricted=restricted)
    y = np.log(table["value"].to_numpy())
    kernels, x = dense(table)

    def objective(variances):
        covariance = sum(v * kernels[k] for k, v in variances.items())
        inverse = np.linalg.inv(covariance)
        beta = np.linalg.solve(x.T @ inverse @ x, x.T @ inverse @ y)
        out = -2 * stats.multivariate_normal.logpdf(y, x @ beta, covariance)
        if restricted:
            out += np.linalg.slogdet(x.T @ inverse @ x)[1] - x.shape[1] * np.log(2 * np.pi)
        return out

    found = (fit.variability["standard_deviation"] ** 2).to_dict()
    assert set(found) == set(kernels)
    near(fit.minus_two_log_likelihood, objective(found), 1e-9)
    for name in found:
        for factor in (0.98, 1.02):
            assert objective({**found, name: found[name] * factor + 1e-6}) > objective(found) - 1e-9


@pytest.mark.parametrize("cycle", [2, 5])
def test_a_prediction_is_the_conditional_normal_distribution(cycle):
    """Fixed effects with a very wide normal prior, all else conditioned on; degrees of freedom by differences."""
    table = lt.read_cycle_table(simulated())
    fit = lt.fit_cycle_effect(table)
    new = table.iloc[[0]].assign(patient="P2", lesion="L1", cycle=cycle, group="a")
    kernels, x = dense(pd.concat([table, new], ignore_index=True))
    y, wide = np.log(table["value"].to_numpy()), 1e4

    def conditional(variances):
        covariance = sum(v * kernels[k] for k, v in variances.items()) + wide * x @ x.T
        weights = np.linalg.solve(covariance[:-1, :-1], covariance[:-1, -1])
        return weights @ y, covariance[-1, -1] - weights @ covariance[:-1, -1]

    found = (fit.variability["standard_deviation"] ** 2).to_dict()
    guess = fit.predict(cycle, "P2", "L1").iloc[0]
    middle, variance = conditional(found)
    near(np.log(guess["estimate"]), middle, 1e-5)  # the prior shrinks by 1/wide
    near(guess["standard_error"] ** 2, variance, 1e-4)
    slope, spread = [], fit._mixed.variances_covariance
    for name, v in found.items():
        ends = [conditional({**found, name: v + h})[1] for h in (-1e-5, 1e-5)]
        slope.append((ends[1] - ends[0]) / 2e-5)
    near(guess["freedom"], 2 * variance**2 / (np.array(slope) @ spread @ slope), 1e-2)


def test_without_noise_everything_is_recovered():
    """The residual keeps its floor, a coefficient of variation of 0.001 %, so the rest is exact to some 1e-8."""
    rows = []
    declines = {"A": 0.1, "B": 0.2, "C": -0.05}
    for patient, decline in declines.items():
        for k, first in enumerate((40.0, 10.0)):
            rows += [(patient, k, c, first * (1 - decline) ** (c - 1)) for c in (1, 2, 3)]
    table = pd.DataFrame(rows, columns=["patient", "lesion", "cycle", "value"])
    fit = lt.fit_cycle_effect(table)
    for patient, decline in declines.items():
        near(row_of(fit, patient=patient)["estimate"], 100 * decline, 1e-6)
        guess = fit.predict([4, 5], patient, "0").set_index("cycle")
        near(guess["estimate"], 40 * (1 - decline) ** np.array([3.0, 4.0]), 1e-6)
    factors = np.mean([np.log1p(-d) for d in declines.values()])
    near(row_of(fit)["estimate"], -100 * np.expm1(factors), 1e-6)


def test_given_noise_and_measured_standard_deviations_weigh_the_values():
    values, sd = np.array([30.0, 25.0, 24.0]), np.array([1.0, 4.0, 2.0])
    table = pd.DataFrame(
        {"patient": "A", "cycle": [1, 2, 3], "value": values, "standard_deviation": sd}
    )
    variance = np.log1p(0.08**2) + np.log1p((sd / values) ** 2)
    (slope, level), covariance = np.polyfit(
        [0, 1, 2], np.log(values), 1, w=variance**-0.5, cov="unscaled"
    )
    fit = lt.fit_cycle_effect(table, inter_cycle_cv=0.08)
    row = row_of(fit)
    near(row["estimate"], -100 * np.expm1(slope), LINEAR)
    near(row["standard_error"], np.sqrt(covariance[0, 0]), LINEAR)
    assert row["freedom"] == np.inf
    assert fit.variability.empty
    # A new value scatters by the given noise, and by its measurement when that is told.
    at = np.array([3.0, 1.0])
    guess = fit.predict(4, measurement_cv=0.05).iloc[0]
    near(guess["estimate"], np.exp(level + 3 * slope), LINEAR)
    error = at @ covariance @ at + np.log1p(0.08**2) + np.log1p(0.05**2)
    near(guess["standard_error"] ** 2, error, LINEAR)


def test_patients_are_shrunk_towards_their_group():
    table = simulated(patients=12, lesions=1, noise=0.25, between=0.15).drop(columns="group")
    fit = lt.fit_cycle_effect(table)
    own = {
        patient: np.polyfit(rows["cycle"] - 1.0, np.log(rows["value"]), 1)[0]
        for patient, rows in table.groupby("patient")
    }
    effects = fit.parameters.loc["decline_percent_per_cycle"].set_index("patient")["estimate"]
    spread = np.std([np.log1p(-effects[p] / 100) for p in own])
    assert 0.2 * np.std(list(own.values())) < spread < 0.95 * np.std(list(own.values()))
    same = lt.fit_cycle_effect(table, deviations=())
    assert same.deviations == ()
    assert set(same.parameters.loc[["decline_percent_per_cycle"], "patient"]) == {""}


def test_a_patient_never_seen_is_less_certain_than_a_lesion_never_seen_than_one_seen():
    fit = lt.fit_cycle_effect(simulated())
    seen = fit.predict(3, "P2", "L1").iloc[0]
    lesion = fit.predict(3, "P2", new_lesion=True).iloc[0]
    patient = fit.predict(3, group="a").iloc[0]
    assert seen["standard_error"] < lesion["standard_error"] < patient["standard_error"]
    residual = fit.variability.loc["residual", "standard_deviation"]
    assert seen["standard_error"] > residual  # inter-cycle variability is part of it
    wider = fit.predict(3, "P2", "L1", coverage=0.99).iloc[0]
    assert wider["low"] < seen["low"] < seen["estimate"] < seen["high"] < wider["high"]
    assert fit.predict(3, "P2")["lesion"].tolist() == ["L0", "L1", "L2"]


def test_the_exponential_is_the_same_curve():
    table = simulated()
    one, two = lt.fit_cycle_effect(table), lt.fit_cycle_effect(table, "exponential")
    assert one.minus_two_log_likelihood == two.minus_two_log_likelihood
    rate = two.parameters.loc["decline", "estimate"].to_numpy()
    percent = one.parameters.loc["decline_percent_per_cycle", "estimate"].to_numpy()
    near(rate, -np.log1p(-percent / 100), LINEAR)


def test_volume_and_value_are_fitted_together():
    table = simulated()
    random = np.random.default_rng(4)
    volumes = 50 * 0.8 ** (table["cycle"] - 1) * np.exp(0.1 * random.normal(size=len(table)))
    table = table.assign(volume_mL=volumes.where(table["cycle"] != 2))
    both = lt.fit_cycle_effect(table, volume=True)
    alone = lt.fit_cycle_effect(table)
    measured = (
        table[table["volume_mL"].notna()]
        .drop(columns="value")
        .rename(columns={"volume_mL": "size"})
    )
    size = lt.fit_cycle_effect(measured, value="size")
    quantity = "decline_percent_per_cycle"
    for name, fit in ((quantity, alone), (f"volume_{quantity}", size)):
        columns = ["estimate", "standard_error"]
        near(both.parameters.loc[name, columns], fit.parameters.loc[quantity, columns], 1e-5)
    total = alone.minus_two_log_likelihood + size.minus_two_log_likelihood
    near(both.minus_two_log_likelihood, total, 1e-9)
    assert both.n_values == len(table) + len(measured)
    near(
        both.predict(4, "P2", "L0", of="volume")["estimate"],
        size.predict(4, "P2", "L0")["estimate"],
        1e-5,
    )
    effect = both.as_cycle_effect("lesions.volume", patient="P2", of="volume")
    assert effect["term"] == "per_cycle_factor"
    assert 0.75 < effect["factor"] < 0.85


# What must not matter


def test_order_of_rows_unit_and_names_do_not_matter():
    table = simulated()
    base = lt.fit_cycle_effect(table)
    shuffled = lt.fit_cycle_effect(table.sample(frac=1, random_state=2))
    pd.testing.assert_frame_equal(shuffled.parameters, base.parameters, check_exact=True)
    scaled = lt.fit_cycle_effect(table.assign(value=1000 * table["value"]))
    declines = ["estimate", "low_90", "high_95", "standard_error", "freedom"]
    quantity = "decline_percent_per_cycle"
    near(scaled.parameters.loc[quantity, declines], base.parameters.loc[quantity, declines], 1e-5)
    near(scaled.predict(5, "P1")["high"], 1000 * base.predict(5, "P1")["high"], 1e-6)
    renamed = lt.fit_cycle_effect(table.assign(patient="Q" + table["patient"].str[::-1]))
    near(
        renamed.parameters["estimate"].sort_values(),
        base.parameters["estimate"].sort_values(),
        1e-6,
    )


def test_tables_of_every_size_are_fitted():
    """What a table cannot tell apart is left out: never an error, never a number from nothing."""
    table = simulated().drop(columns="group")
    one_patient = table[table["patient"] == "P2"]
    one_lesion = one_patient[one_patient["lesion"] == "L0"]
    one_each = table[table["lesion"] == "L0"]
    for part, components in (
        (one_lesion, ["residual"]),
        (one_patient, ["residual", "lesion_level", "lesion_slope", "patient_cycle"]),
        (one_each, ["residual", "patient_level", "patient_slope"]),
    ):
        for term in ("none", "after_first", "per_cycle_factor", "free_per_cycle"):
            if term == "free_per_cycle" and part is one_lesion:
                continue
            fit = lt.fit_cycle_effect(part, term)
            expected = [c for c in components if term != "none" or not c.endswith("slope")]
            if term == "free_per_cycle":  # takes what the lesions of one patient share in a cycle
                expected = [c for c in expected if c != "patient_cycle"]
            assert fit.variability.index.tolist() == expected
            numbers = fit.parameters[["estimate", "low_90", "high_95", "standard_error"]]
            assert np.isfinite(numbers.to_numpy()).all()
    with pytest.raises(
        lt.DataError, match=r"4 values for 4 fixed effects leave nothing to estimate the spread"
    ):
        lt.fit_cycle_effect(one_lesion, "free_per_cycle")


# Messages and forms


def test_a_term_the_table_cannot_carry_is_refused():
    table = pd.DataFrame(
        {
            "patient": list("ABAB"),
            "cycle": [2, 1, 3, 1],
            "value": [3.0, 4.0, 2.0, 5.0],
            "lesion": list("xxxy"),
        }
    )
    with pytest.raises(
        lt.DataError,
        match="the table has no lesion with cycle 1 and a later one, which the term 'after_first' compares; use 'per_cycle_factor'",
    ):
        lt.fit_cycle_effect(table, "after_first")
    with pytest.raises(
        lt.DataError,
        match="group 'g' has one cycle of each lesion, expected at least two for the term 'per_cycle_factor'",
    ):
        lt.fit_cycle_effect(table[table["cycle"] < 3].assign(group="g"))
    with pytest.raises(
        lt.DataError,
        match="the table has no volumes, expected a column 'volume_mL' for volume=True",
    ):
        lt.fit_cycle_effect(table, volume=True)
    with pytest.raises(
        lt.DataError,
        match="the table has no lesion with volumes of two cycles, expected for volume=True",
    ):
        lt.fit_cycle_effect(table.assign(volume_mL=[1, 2, None, 3]), volume=True)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"term": "linear"}, "term must be one of none, after_first, .*, found 'linear'"),
        ({"deviations": "patient"}, r"deviations must be some of \['patient', 'lesion', 'cycle'\], found 'patient'"),
        ({"deviations": ["day"]}, "deviations must be some of"),
        ({"inter_cycle_cv": 0.0}, "inter_cycle_cv must be above zero, found 0.0"),
    ],
)  # fmt: skip
def test_wrong_options_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        lt.fit_cycle_effect(simulated(), **options)


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"cycle": 0}, "cycle must be whole numbers from 1, found 0"),
        ({"cycle": []}, "cycle must be whole numbers from 1"),
        ({"cycle": 2, "coverage": 1.0}, r"coverage must lie in \(0, 1\), found 1.0"),
        ({"cycle": 2, "measurement_cv": -1.0}, "measurement_cv must not be negative, found -1.0"),
        ({"cycle": 2}, r"group must be one of \['a', 'b'\] for a patient never seen"),
        ({"cycle": 2, "group": "c"}, r"group must be one of \['a', 'b'\], found 'c'"),
        ({"cycle": 2, "lesion": "L0"}, "lesion needs the patient it belongs to"),
        ({"cycle": 2, "patient": "Q"}, "patient must be one of .*, found 'Q'"),
        ({"cycle": 2, "patient": "P0", "group": "b"}, "patient 'P0' is of group 'a', found group 'b'"),
        ({"cycle": 2, "patient": "P0", "lesion": "L9"}, r"lesion must be one of \['L0'\], found 'L9'"),
        ({"cycle": 2, "patient": "P0", "of": "mass"}, "of must be 'value' or 'volume', found 'mass'"),
        ({"cycle": 2, "patient": "P0", "of": "volume"}, "volumes were not fitted; use fit_cycle_effect"),
    ],
)  # fmt: skip
def test_predictions_of_nobody_are_refused(asked, message):
    fit = lt.fit_cycle_effect(simulated())
    with pytest.raises(ValueError, match=message):
        fit.predict(**asked)


@pytest.mark.parametrize(
    "term", ["none", "after_first", "per_cycle_factor", "exponential", "free_per_cycle"]
)
def test_a_patient_takes_the_fitted_effect(term):
    table = simulated().drop(columns="group")
    fit = lt.fit_cycle_effect(table, term, deviations=("patient", "lesion"))
    effect = fit.as_cycle_effect("lesions.receptor_density", patient="P2")
    lt.Patient(sex="male", weight="71 kg", height="175 cm", gfr="100 mL/min", cycle_effects=[effect],
               lesions=[lt.Lesion("liver_1", volume="50 mL")])  # fmt: skip
    first, second = fit.predict([1, 2], "P2", new_lesion=True)["estimate"]
    expected = {
        "none": lambda: 1.0,
        "per_cycle_factor": lambda: effect["factor"],
        "exponential": lambda: np.exp(-effect["decline"]),
    }.get(effect["term"], lambda: effect["factors"][1])()
    near(second / first, expected, 2e-6)  # written with six digits


def test_a_group_has_an_effect_of_its_own():
    fit = lt.fit_cycle_effect(simulated())
    declines = fit.parameters.loc["decline_percent_per_cycle"].query("patient == ''")
    for group, decline in zip(declines["group"], declines["estimate"], strict=True):
        factor = fit.as_cycle_effect(group=group)["factor"]
        assert factor == pytest.approx(1 - decline / 100, abs=1e-6)
    with pytest.raises(ValueError, match=r"group must be one of \['a', 'b'\]"):
        fit.as_cycle_effect()


def test_variances_that_do_not_converge_are_no_result(monkeypatch):
    monkeypatch.setattr("lutetia.cycle_effects.mixed_effects.MAX_STEPS", 1)
    with pytest.raises(
        lt.SolverError, match="the variances of term 'per_cycle_factor' did not converge; leave out"
    ):
        lt.fit_cycle_effect(simulated())


def test_a_fit_shows_itself():
    fit = lt.fit_cycle_effect(simulated())
    text = fit.summary()
    for part in (
        "'per_cycle_factor' of value: 8 patients",
        "decline_percent_per_cycle",
        "patient_slope",
        "Research use only",
    ):
        assert part in text
    assert "Not estimated" not in text
    small = lt.fit_cycle_effect(simulated(patients=2, lesions=1).drop(columns="group"))
    assert "Not estimated from this table, deviations of: lesion, cycle" in small.summary()
    assert repr(fit) == f"<CycleEffectFit: 'per_cycle_factor', 8 patients, {len(fit.table)} values>"
    assert "<table" in fit._repr_html_()
    _, ax = plt.subplots()
    assert fit.plot(ax) is ax
    assert [text.get_text() for text in ax.get_legend().get_texts()] == [
        f"{g}, mean and 90% interval" for g in "ab"
    ]
    lesion = fit.table.query("patient == 'P2' and lesion == 'L1'")
    drawn = [line.get_ydata() for line in ax.lines]
    assert any(
        np.allclose(y, lesion["value"] / fit.first_cycle["P2", "L1"])
        for y in drawn
        if len(y) == len(lesion)
    )
    plt.close()
