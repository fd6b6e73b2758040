"""Every usual error is found in a table that is good but for it, and good tables are clean."""

import numpy as np
import pandas as pd
import pytest

import lutetia as lt
from measured import HALF_LIFE, scans, two_cycles

NOISE = 0.15


def audited(frame: pd.DataFrame, nuclide: str = "Lu-177", given=None, **options) -> lt.Audit:
    run = two_cycles(nuclide) if given is None else given
    return lt.audit(lt.Observations.from_frame(frame), run, **options)


def only(found: lt.Audit, check: str) -> pd.Series:
    """The one kind of finding there is; its first row."""
    assert set(found.findings["check"]) == {check}, found.summary()
    assert not found.ok
    return found.findings.iloc[0]


def decayed(frame: pd.DataFrame, times: int) -> pd.Series:
    """Values multiplied by exp(λt) so many times."""
    half_life = frame["nuclide"].map(HALF_LIFE)
    return frame["value"] * 2 ** (times * frame["t_h"] / half_life)


def seeds(nuclide: str, count: int, **options) -> pd.DataFrame:
    """Tables of many seeds as one, a patient each."""
    return pd.concat(
        scans(nuclide, seed=seed, **options).assign(patient=f"seed {seed}") for seed in range(count)
    )


@pytest.mark.parametrize(("corrected", "sd"), [(False, False), (True, True)])
@pytest.mark.parametrize("nuclide", ["Lu-177", "Ga-68"])
def test_good_tables_are_clean(nuclide, sd, corrected):
    found = audited(seeds(nuclide, 50, noise=NOISE, corrected=corrected, sd=sd), nuclide)
    assert found.ok, found.summary()
    assert found.skipped == []


def test_slow_washout_is_no_missing_decay():
    # Slopes of 1.1 to 1.2 λ, each uncertain by a third of λ: single ones look flat.
    frame = seeds("Lu-177", 50, noise=NOISE, slow=True)
    found = audited(frame, given=two_cycles("Lu-177", slow=True))
    assert found.ok, found.summary()


@pytest.mark.parametrize(
    ("stated", "hint"), [(False, "are probably decay-corrected already"), (True, "corrected twice")]
)
def test_values_corrected_once_more_than_stated(stated, hint):
    frame = seeds("Ga-68", 20, noise=NOISE).reset_index(drop=True)
    frame = frame.assign(value=decayed(frame, 1 + stated), decay_corrected=stated)
    frame["sd"] = NOISE * frame["value"]
    findings = audited(frame, "Ga-68").findings.query("check == 'decay_correction'")
    assert len(findings) == frame["patient"].nunique()  # one for each
    for finding in findings.itertuples():
        assert finding.column == "decay_corrected"
        assert finding.what == "late activity falls slower than by physical decay"
        assert finding.hint.endswith(hint)
        assert frame.at[finding.row - 1, "t_h"] == 3.0
        assert (finding.severity == "error") == ("whole_body" in finding.found)


def test_values_corrected_once_more_under_a_long_half_life():
    # Label that stays: washout slower than decay, 5 % noise.
    given = two_cycles("Lu-177", slow=True)
    frame = seeds("Lu-177", 20, noise=0.05, slow=True)
    assert audited(frame, given=given).ok
    frame["value"] = decayed(frame, 1)
    found = audited(frame, given=given).findings
    assert found["check"].tolist() == ["decay_correction"] * 40  # SPECT and planar of each


def test_a_repeated_correction_is_not_seen_where_washout_is_faster_than_decay():
    # What the documentation says the audit cannot do: effective half-lives of some 65 h.
    frame = scans()
    assert audited(frame.assign(value=decayed(frame, 1))).ok


@pytest.mark.parametrize(
    ("nuclide", "slow", "noise"), [("Ga-68", False, 0.15), ("Lu-177", True, 0.05)]
)
def test_values_that_were_not_corrected_though_stated(nuclide, slow, noise):
    frame = seeds(nuclide, 5, noise=noise, slow=slow).assign(decay_corrected=True)
    found = audited(frame, nuclide, two_cycles(nuclide, slow))
    finding = only(found, "decay_correction")
    assert len(found.findings) == 5
    assert (finding["severity"], finding["column"]) == ("warning", "decay_corrected")
    assert finding["what"] == "decay-corrected values of all regions fall as physical decay does"
    assert finding["hint"] == "the values were probably not decay-corrected"


@pytest.mark.parametrize(
    ("region", "factor", "size", "severity", "what"),
    [
        ("kidney", 1e3, "1,000 times smaller", "error", "more activity than was administered"),
        ("kidney", 1e6, "1,000,000 times smaller", "error", "more activity than was administered"),
        ("whole_body", 1e3, "1,000 times smaller", "error", "more activity than was administered"),
        ("whole_body", 1e-3, "1,000 times larger", "warning", "hardly any of the administered"),
        ("whole_body", 1e-6, "1,000,000 times larger", "warning", "hardly any of the administered"),
        ("kidney", 1e-6, "times larger", "warning", "hardly any of the administered"),
    ],
)
def test_an_activity_in_another_unit(region, factor, size, severity, what):
    frame = scans(noise=NOISE)
    wrong = (frame["region"] == region) & (frame["cycle"] == 2)
    frame.loc[wrong, ["value", "sd"]] *= factor
    found = audited(frame)
    finding = only(found, "unit")
    assert (finding["severity"], finding["column"]) == (severity, "unit")
    assert wrong[finding["row"] - 1]
    assert what in finding["what"]
    assert f"is the unit one {size}" in finding["hint"] or size in finding["hint"]
    assert len(found.findings) == 1


def test_times_from_the_end_of_the_infusion():
    frame = scans().query("region != 'whole_body' or t_h > 4")
    # The body counted right after the infusion, before it was emptied, as 100 % at time zero.
    first = scans().iloc[[4]].assign(t_h=0.0, value=7400.0)
    finding = only(audited(pd.concat([frame, first])), "infusion")
    assert (finding["severity"], finding["row"], finding["column"]) == ("error", 39, "t_h")
    assert finding["found"] == "7400 MBq at 0 h"
    assert finding["expected"] == "at most 0 MBq, the infusion lasts 0.5 h"
    assert "was it counted from the end?" in finding["hint"]
    early = scans().iloc[[0]].assign(t_h=0.4)
    finding = only(audited(pd.concat([frame, early])), "infusion")
    assert (finding["severity"], finding["what"]) == ("warning", "a scan during the infusion")
    blood = early.assign(region="serum", region_class="blood", modality="counter")
    assert audited(pd.concat([frame, blood])).ok  # samples are taken during infusions


def test_regions_that_hold_too_much_together():
    frame = scans(noise=0.05).query("region != 'whole_body'").reset_index(drop=True)
    scan = (frame["t_h"] == 24) & (frame["cycle"] == 1)
    frame.loc[scan, ["value", "sd"]] *= 0.8 * 7400 / frame.loc[scan, "value"].max()
    frame.loc[scan, "value"] = frame.loc[scan, "value"].clip(lower=2000)
    finding = only(audited(frame), "sum")
    assert (finding["severity"], finding["column"]) == ("error", "value")
    assert scan[finding["row"] - 1]
    assert "MBq in 4 regions at 24 h" in finding["found"]


def test_a_region_that_holds_more_than_the_body():
    frame = scans(noise=0.05)
    row = frame.query("region == 'liver' and t_h == 72 and cycle == 2").index[0]
    frame.loc[row, ["value", "sd"]] *= 15
    finding = only(audited(frame), "whole_body")
    assert (finding["severity"], finding["row"], finding["column"]) == ("error", row + 1, "value")
    body = frame.query("region == 'whole_body' and t_h == 72 and cycle == 2").index[0]
    assert finding["expected"].endswith(f"from row {body + 1}")


def test_a_body_scanned_earlier_bounds_later_regions():
    # By 72 h decay alone leaves 2.6 of the 3.5 GBq of the first scan; too short for slopes.
    frame = scans(noise=0.05).query("t_h < 168 and (region != 'whole_body' or t_h == 4)")
    frame = frame.reset_index(drop=True)
    assert audited(frame).ok
    row = frame.query("region == 'liver' and t_h == 72 and cycle == 1").index[0]
    frame.loc[row, ["value", "sd"]] = [4000.0, 200.0]
    finding = only(audited(frame), "whole_body")
    assert finding["row"] == row + 1


def test_rows_that_stand_there_twice():
    frame = scans(noise=NOISE)
    finding = only(audited(pd.concat([frame, frame.iloc[[7]]])), "duplicate")
    assert (finding["severity"], finding["row"]) == ("error", 41)
    assert finding["what"] == "the row stands there twice"
    assert finding["found"].endswith("as row 8")
    other = frame.iloc[[7]].assign(value=frame.at[7, "value"] * 1.05)
    finding = only(audited(pd.concat([frame, other])), "duplicate")
    assert (finding["severity"], finding["what"]) == ("warning", "two values of one scan")
    assert audited(pd.concat([frame, other.assign(scan="repeat")])).ok


@pytest.mark.parametrize("corrected", [False, True])
@pytest.mark.parametrize("known", [False, True])
def test_times_of_a_later_cycle_from_the_first_one(corrected, known):
    frame = scans(noise=NOISE, corrected=corrected)
    frame["t_h"] += 1344 * (frame["cycle"] - 1)
    given = lt.administration_table(two_cycles("Lu-177"))
    if not known:
        given = given.drop(columns="time_h")
    finding = only(audited(frame, given=given), "cycle_time")
    assert (finding["severity"], finding["column"]) == ("error" if known else "warning", "t_h")
    assert frame.at[finding["row"] - 1, "cycle"] == 2
    assert finding["found"] == "first scan of cycle 2 at 1348 h"
    assert ("which is at 1344 h" in finding["expected"]) == known
    assert finding["hint"] == "subtract the start of the cycle"


@pytest.mark.parametrize(
    ("sd", "what"),
    [
        (lambda f: f["value"] * 1.2, "the sd is as large as the value"),
        (lambda f: f["value"] * 1e-3, "the sd is implausibly small"),
        (lambda f: 0.15, "the same sd for values of different size"),
    ],
)
def test_a_wrong_sd(sd, what):
    frame = scans(noise=NOISE)
    finding = only(audited(frame.assign(sd=sd(frame))), "sd")
    assert (finding["severity"], finding["row"], finding["column"]) == ("warning", 1, "sd")
    assert finding["what"] == what


@pytest.mark.parametrize(
    ("changes", "severity", "what", "column"),
    [
        ({"censoring": "left", "detection_limit": 1.0}, "error", "a censored value above its detection limit", "censoring"),
        ({"detection_limit": 1e4}, "warning", "a value below its detection limit that is not censored", "censoring"),
        ({"value": 0.0}, "warning", "a value of zero that is not censored", "value"),
    ],
)  # fmt: skip
def test_a_value_on_the_wrong_side_of_its_limit(changes, severity, what, column):
    frame = scans(noise=NOISE, sd=False).assign(censoring="none", detection_limit=np.nan)
    frame.loc[5, list(changes)] = list(changes.values())
    finding = only(audited(frame), "censoring")
    assert (finding["severity"], finding["row"], finding["column"]) == (severity, 6, column)
    assert finding["what"] == what


def test_a_censored_value_below_its_limit_is_fine():
    frame = scans(noise=NOISE, sd=False).assign(censoring="none", detection_limit=np.nan)
    frame.loc[5, ["censoring", "detection_limit", "value"]] = ["left", 1.0, np.nan]
    assert audited(frame).ok


@pytest.mark.parametrize(
    ("factor", "hint"), [(1e-3, "is it in L?"), (1e3, "is it in mm^3?")]
)  # fmt: skip
@pytest.mark.parametrize("rows", ["region == 'kidney'", "region == 'tumor' and cycle == 2"])
def test_a_volume_in_another_unit(rows, factor, hint):
    frame = scans(noise=NOISE)
    wrong = frame.query(rows).index
    frame.loc[wrong, "volume_mL"] *= factor
    found = audited(frame)
    finding = only(found, "volume")
    assert (finding["severity"], finding["column"]) == ("warning", "volume_mL")
    if "kidney" in rows:
        assert finding["row"] == wrong[0] + 1
        assert (finding["hint"], finding["expected"]) == (hint, "about 310 mL")
        assert audited(frame, model=None).ok


def test_people_have_organs_of_all_sizes():
    for factor in (0.2, 5.0):
        frame = scans(noise=NOISE)
        assert audited(frame.assign(volume_mL=factor * frame["volume_mL"])).ok


def test_mixed_states_in_one_series():
    frame = scans("Ga-68", noise=NOISE)
    row = frame.query("region == 'liver' and t_h == 2 and cycle == 1").index[0]
    frame.loc[row, "decay_corrected"] = True
    found = audited(frame, "Ga-68").findings.query("check == 'mixed'").iloc[0]
    assert (found["severity"], found["row"], found["column"]) == (
        "warning",
        row + 1,
        "decay_corrected",
    )
    assert found["what"] == "decay-corrected and decaying values in one series"


def test_an_organ_the_model_does_not_have():
    frame = scans(noise=NOISE).replace({"region": {"kidney": "kidneys"}})
    found = audited(frame)
    finding = only(found, "region")
    assert (finding["severity"], finding["row"], finding["column"]) == ("warning", 1, "region")
    assert finding["hint"] == "did you mean 'kidney'?"
    assert audited(frame, model=None).ok


def test_rows_that_are_not_included_are_not_audited():
    frame = scans(noise=NOISE).assign(include=True)
    frame.loc[3, ["value", "include"]] = [1e9, False]
    assert audited(frame).ok


def test_what_cannot_be_checked_is_said():
    found = lt.audit(lt.Observations.from_frame(scans(noise=NOISE)))
    assert found.ok
    assert [text.split(":")[0] for text in found.skipped] == [
        "times from the end of the infusion",
        "units against the administered activity",
    ]
    assert (
        "not checked: units against the administered activity: it is not known" in found.summary()
    )
    given = [{"cycle": 1, "nuclide": "Lu-177", "activity_MBq": -1}]
    with pytest.raises(lt.DataError, match="administrations: row 1, column 'activity_MBq'"):
        lt.audit(lt.Observations.from_frame(scans()), given)


def test_another_model_without_reference_volumes():
    frame = scans(noise=NOISE)
    found = audited(frame, model="ha_dotatate_six_compartment")
    assert found.skipped == [
        "volumes of organs: model 'ha_dotatate_six_compartment' has no reference here"
    ]


def test_an_audit_shows_itself():
    frame = scans(noise=NOISE).replace({"region": {"kidney": "kidneys"}})
    found = audited(pd.concat([frame, frame.iloc[[0]]]))
    assert repr(found) == "<Audit: 1 error, 1 warning>"
    assert "error: row 41, column 'value': the row stands there twice, found " in found.summary()
    assert "<table" in found._repr_html_()
    assert "did you mean" in found._repr_html_()
    assert list(found.findings.columns) == [
        *("severity", "check", "row", "column", "what", "found", "expected", "hint")
    ]
