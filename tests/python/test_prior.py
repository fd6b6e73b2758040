"""Priors: where their numbers come from, and how lesions and cycles hang together."""

import numpy as np
import pytest

import lutetia as lt
from lutetia import _core
from lutetia.data import shipped

MODEL = "sstr2_whole_body"


def lesions(n: int = 3) -> lt.Patient:
    return lt.Patient(
        sex="male", weight="71 kg", height="176 cm", gfr="120 mL/min",
        lesions=[lt.Lesion(f"lesion_{i}", volume="20 mL") for i in range(1, n + 1)],
    )  # fmt: skip


def population(**options) -> lt.Prior:
    return lt.Prior.population(MODEL, options.pop("patient", lesions()), "netter1", **options)


def test_the_default_is_every_parameter_with_a_published_spread():
    table = population().table
    assert table.loc["spleen.receptor_density", ["value", "unit", "cv"]].tolist() == [
        7.37,
        "nmol/L",
        0.52,
    ]
    assert table.loc["lesion_2.receptor_density", "cv"] == pytest.approx(1.01)
    assert table.loc["lesions.k_release, common factor", ["value", "unit", "cv"]].tolist() == [
        1.0,
        "1",
        0.36,
    ]
    # Budiansah 2025, table 1: ten parameters, here with one receptor density per lesion.
    assert len(table) == 7 + 3 + 2


def test_lesions_of_a_patient_share_all_but_what_lies_between_them():
    prior = population(free=["lesions.receptor_density"])
    within = _core.fit_assumptions(shipped(), "default")["spread"]["between_lesions"]
    omega2 = np.log1p(1.01**2)
    expected = np.full((3, 3), omega2 - within**2) + within**2 * np.eye(3)
    np.testing.assert_allclose(prior.covariance, expected)


def test_correlations_are_those_of_logarithms():
    pair = ("kidney.receptor_density", "liver.receptor_density")
    prior = population(free=list(pair), correlation={pair: 0.3})
    sd = np.sqrt(np.diag(prior.covariance))
    assert prior.covariance[0, 1] == pytest.approx(0.3 * sd[0] * sd[1])
    wider = prior.with_values({pair[0]: (4.0, 1.0)})
    assert wider.table.loc[pair[0], ["value", "cv"]].tolist() == pytest.approx([4.0, 1.0])
    sd = np.sqrt(np.diag(wider.covariance))
    assert wider.covariance[0, 1] == pytest.approx(0.3 * sd[0] * sd[1])
    assert prior.without([pair[0]]).names == [pair[1]]


def test_factors_follow_the_cycles():
    names = {
        "per_cycle_factor": {"factor per cycle": (0.0, 1.0, 2.0, 3.0)},
        "after_first": {"factor after cycle 1": (0.0, 1.0)},
        "free_per_cycle": {
            "factor in cycle 2": (0.0, 1.0, 0.0, 0.0),
            "factor in cycle 3": (0.0, 0.0, 1.0, 0.0),
            "factor in cycle 4": (0.0, 0.0, 0.0, 1.0),
        },
    }
    for term, expected in names.items():
        prior = population(free=[], cycle_effect={"lesions.receptor_density": term})
        found = {c.name.partition(", ")[2]: c.exponents for c in prior.coordinates}
        assert found == expected
        assert prior.coordinates[0].parameters == tuple(
            f"lesion_{i}.receptor_density" for i in (1, 2, 3)
        )
        assert prior.table["value"].tolist() == [1.0] * len(expected)
    varying = population(free=[], between_cycles=["kidney.receptor_density"])
    assert [c.exponents for c in varying.coordinates][:2] == [(1.0, 0.0), (0.0, 1.0, 0.0)]


def test_a_share_has_a_logit():
    prior = population(free=["hematocrit"], cv={"hematocrit": 0.1}, logit=["hematocrit"])
    row = prior.table.iloc[0]
    low, high = row["low"], row["high"]
    assert 0.0 < low < row["value"] < high < 1.0
    assert np.log(high / (1 - high)) + np.log(low / (1 - low)) == pytest.approx(
        2 * np.log(row["value"] / (1 - row["value"]))
    )


def test_a_prior_survives_json():
    prior = population(cycle_effect={"lesions.receptor_density": "per_cycle_factor"})
    again = lt.Prior.from_dict(prior.to_dict())
    assert again.coordinates == prior.coordinates
    assert (again.covariance == prior.covariance).all()
    assert "receptor_density" in repr(again)
    assert "<table" in again._repr_html_()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"free": ["kidney.receptor_densty"]}, "did you mean 'kidney.receptor_density'"),
        ({"free": ["lesions.volumes"]}, "no parameter 'lesions.volumes' to fit in this run; did you mean 'lesions.volume'"),
        ({"free": ["gfr"]}, "'gfr' has no published spread; give one, e.g. cv={'gfr': 0.3}"),
        ({"free": ["gfr"], "cv": {"gfr": -1.0}}, "the CV of 'gfr' must be positive, found -1.0"),
        ({"cycle_effect": {"lesions.receptor_density": "linear"}}, "must be one of per_cycle_factor, after_first, free_per_cycle, found 'linear'"),
        ({"correlation": {("a", "b"): 0.1}}, "correlation must name two of"),
        ({"free": ["gfr"], "cv": {"gfr": 0.1}, "logit": ["gfr"]}, "'gfr' must be between 0 and 1 to be fitted"),
        ({"free": ["lesions.receptor_density"], "patient": "reference_male_without"}, "unknown patient"),
    ],
)  # fmt: skip
def test_what_a_prior_refuses(options: dict, message: str):
    with pytest.raises((ValueError, lt.Error)) as error:
        population(**options)
    assert message in str(error.value)


def test_a_distribution_must_be_one():
    c = population(free=["kidney.receptor_density"]).coordinates[0]
    with pytest.raises(ValueError, match="needs a finite mean and a positive variance"):
        lt.Prior([c], [0.0], [[0.0]])
    with pytest.raises(ValueError, match="found \\['kidney.receptor_density'\\] twice"):
        lt.Prior([c, c], [0.0, 0.0], np.eye(2))
    with pytest.raises(ValueError, match="the prior has no coordinate 'x'"):
        lt.Prior([c], [0.0], [[1.0]]).without(["x"])
