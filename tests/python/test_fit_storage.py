"""Fits in files and pickles: nothing is lost, and other numbers are refused."""

from __future__ import annotations

import json
import pickle
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import lutetia as lt
from lutetia.data import shipped
from measured import scans

MODEL = "sstr2_whole_body"


def patient() -> lt.Patient:
    """One with everything a description can hold."""
    return lt.Patient(
        sex="female", weight="61 kg", height="166 cm", gfr="gfr_ckd_epi", creatinine="80 umol/L",
        age="58 year", organs={"kidney": "290 mL", "spleen": "absent"}, name="everything",
        lesions=[lt.Lesion("tumor", volume="33 mL", site="liver"), lt.Lesion("node", volume="7 mL")],
        parameters={"kidney.receptor_density": "3.1 nmol/L"},
        cycle_effects=[
            {"parameter": "tumor.receptor_density", "term": "exponential", "decline": 0.07},
            {"parameter": "node.receptor_density", "term": "free_per_cycle", "factors": [1, 0.9]},
        ],
    ).with_values({"tumor.volume": "31.7 mL", "gfr": "88 mL/min"})  # fmt: skip


def regimen() -> lt.Regimen:
    """One with everything a prescription can hold."""
    return lt.Regimen(
        [
            lt.Infusion(
                "dotatate", nuclide="Lu-177", amount="180 ug", duration="30 min",
                calibrated_activity="7.6 GBq", calibration_time="2026-03-01 06:00",
                residual_activity="90 MBq", residual_time="1 h", at="2026-03-01 09:10",
                amino_acids={"mix": "lysine_arginine", "start": "-20 min"}, infusate_decays=False,
            ),
            lt.Bolus(
                "dotatate", nuclide="Lu-177", activity="7.1 GBq", molar_activity="70 MBq/nmol",
                at="2026-05-01 10:00", split={"tumor": "20 %"},
                amino_acids={"start": "-30 min", "duration": "4 h", "amounts": {"lysine": "25 g"}},
            ),
            lt.Infusion("octreotide", amount="60 ug", duration="1 h", at="2026-05-03 10:00"),
        ],
        windows=[{"parameter": "lesions.receptor_density", "factor": 1.5, "from": "-3 day",
                  "to": "10 day"}],
        name="everything",
    )  # fmt: skip


def everything() -> list[tuple[lt.Patient, lt.Regimen]]:
    names = shipped().names
    patients = [p for name in names("patient") for p in lt.read_patients(name)]
    return [(p, lt.read_regimen("netter1")) for p in [*patients, patient()]] + [
        (lt.read_patient("reference_male"), lt.read_regimen(name)) for name in names("regimen")
    ]


def test_documents_make_the_same_patient_and_regimen_again():
    pairs = everything()
    assert len(pairs) > 20
    for person, given in [*pairs, (patient(), regimen())]:
        person_again, given_again = pickle.loads(pickle.dumps((person, given)))
        assert person_again.core.document == person.core.document
        assert given_again.core.document == given.core.document
        assert given_again.administrations == given.administrations
        assert person_again.published == person.published


def test_documents_run_to_the_same_digits():
    for person, given in [(patient(), regimen()), (lt.read_patients("k16_cohort")[2], lt.read_regimen("rr_prrt"))]:  # fmt: skip
        again = pickle.loads(pickle.dumps((person, given)))
        one = lt.simulate(MODEL, person, given, times=[1.0, 30.0, 1700.0])
        two = lt.simulate(MODEL, *again, times=[1.0, 30.0, 1700.0])
        np.testing.assert_array_equal(one.activity, two.activity)
        assert one.data.attrs["parameters"] == two.data.attrs["parameters"]


@pytest.fixture(scope="module")
def fitted() -> lt.Fit:
    """A fit with what is hard to keep: missing cells, censoring, factors, several kinds of errors."""
    frame = scans(sd=False, noise=0.1, seed=5)
    frame["censoring"], frame["detection_limit"], frame["scan"] = "none", np.nan, None
    frame.loc[[0, 13], ["censoring", "detection_limit", "value"]] = ["left", 500.0, np.nan]
    frame.loc[frame["region"] == "liver", "scan"] = "camera A"
    frame.loc[frame["region"] == "spleen", "sd"] = 12.3
    frame.loc[frame["region"] == "spleen", "group"] = "spleen"
    frame.loc[5, "include"] = False
    given = lt.read_regimen("netter1").with_values({"amount": "120 nmol", "amino_acids": "none"})
    return lt.fit(
        MODEL,
        lt.read_patient("reference_male").with_values({"gfr": "77 mL/min"}),
        given,
        lt.Observations.from_frame(frame),
        free=["kidney.receptor_density", "lesions.receptor_density"],
        cycle_effect={"lesions.receptor_density": "per_cycle_factor"},
        between_cycles=["kidney.receptor_density"],
        errors={"organ SPECT Lu-177": lt.ErrorModel("combined_sd", cv=0.1, sd=1.0, estimated=True)},
        starts=2,
    )


def same(one: lt.Fit, two: lt.Fit) -> None:
    pd.testing.assert_frame_equal(one.parameters, two.parameters, check_exact=True)
    pd.testing.assert_frame_equal(one.rows, two.rows, check_exact=True)
    pd.testing.assert_frame_equal(one.correlation, two.correlation, check_exact=True)
    for name in ("z", "phi", "information", "covariance"):
        np.testing.assert_array_equal(getattr(one, name), getattr(two, name))
    for name in ("status", "objective", "log_likelihood", "groups", "best", "seconds", "unique"):
        assert getattr(one, name) == getattr(two, name), name
    np.testing.assert_equal(one.minima, two.minima)
    assert one.summary() == two.summary()
    later = lt.Infusion("dotatate", nuclide="Lu-177", activity="5 GBq", amount="50 nmol",
                        duration="30 min", amino_acids="lysine_arginine")  # fmt: skip
    for other in (None, lt.repeat(later, every="6 week", count=2)):
        predicted = [
            fit.predict(regimen=other, times=[2.0, 40.0, 1500.0]).data for fit in (one, two)
        ]
        assert predicted[0].identical(predicted[1])


def test_a_saved_fit_is_the_same_fit(fitted: lt.Fit, tmp_path: Path):
    fitted.save(tmp_path / "fit.json")
    again = lt.load_fit(tmp_path / "fit.json")
    same(fitted, again)
    again.save(tmp_path / "again.json")
    assert (tmp_path / "again.json").read_text() == (tmp_path / "fit.json").read_text()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["again.json", "fit.json"]


def test_a_pickled_fit_is_the_same_fit(fitted: lt.Fit):
    same(fitted, pickle.loads(pickle.dumps(fitted)))


def test_a_loaded_fit_is_a_start(fitted: lt.Fit, tmp_path: Path):
    fitted.save(tmp_path / "fit.json")
    again = lt.load_fit(tmp_path / "fit.json")
    prior = lt.Prior(
        again.prior.coordinates[: again.model_coordinates],
        *(again.prior.mean[: again.model_coordinates],
          again.prior.covariance[: again.model_coordinates, : again.model_coordinates]),
    )  # fmt: skip
    table = lt.Observations.from_frame(scans(sd=False, noise=0.1, seed=5))
    more = lt.fit(MODEL, again._setup.patient, again._setup.regimen, table, prior=prior,
                  previous=again, starts=2)  # fmt: skip
    assert more.status == "converged"
    # The second start is where the loaded fit ended.
    start = more._objective.prior.coordinates(np.array(more.minima[1]["start"]))
    np.testing.assert_allclose(start[: len(prior.mean)], again.phi[: len(prior.mean)], rtol=1e-9)


def edited(library: Path, file: str, old: str, new: str) -> lt.data.library:
    shutil.copytree(shipped().root, library)
    path = library / file
    assert path.read_text().count(old) == 1
    path.write_text(path.read_text().replace(old, new))
    return lt.library(library)


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        ("sstr2_whole_body/model.yaml", "lutetia: 1", "lutetia: 1 # edited", "model 'sstr2_whole_body' is another one here than where the fit was saved, found hash "),
        ("ligands/dotatate.yaml", "value: 0.4 nmol/L", "value: 0.5 nmol/L", "gives other numbers than where the fit was saved: dotatate.k_d found 0.5, expected 0.4"),
        ("nuclides/lu177.yaml", "lutetia: 1", "lutetia: 1 # edited", "the library gives other numbers than where the fit was saved: data of Lu-177; give the library of the fit"),
        ("s_values/general.yaml", "lutetia: 1", "lutetia: 1 # edited", "tables of S values"),
    ],
)  # fmt: skip
def test_a_library_with_other_numbers_is_refused(fitted, tmp_path, file, old, new, message):
    fitted.save(tmp_path / "fit.json")
    with pytest.raises(lt.DataError) as error:
        lt.load_fit(tmp_path / "fit.json", library=edited(tmp_path / "models", file, old, new))
    assert message in str(error.value)
    assert "fit.json" in str(error.value)


def test_a_library_of_the_same_numbers_is_taken(fitted, tmp_path):
    fitted.save(tmp_path / "fit.json")
    shutil.copytree(shipped().root, tmp_path / "models")
    again = lt.load_fit(tmp_path / "fit.json", library=lt.library(tmp_path / "models"))
    same(fitted, again)
    assert pickle.loads(pickle.dumps(again))._setup.library.root == str(tmp_path / "models")


def broken(fitted: lt.Fit, path: Path, change) -> str:
    fitted.save(path)
    data = json.loads(path.read_text())
    change(data)
    path.write_text(json.dumps(data))
    with pytest.raises(lt.DataError) as error:
        lt.load_fit(path)
    return str(error.value)


def test_files_that_hold_no_fit(fitted, tmp_path):
    path = tmp_path / "fit.json"
    assert "holds no fit: it was not written by Fit.save" in broken(fitted, path, dict.clear)
    newer = broken(fitted, path, lambda d: d.update(lutetia_fit=7))
    assert "has the unknown format 7 of a fit, expected 1" in newer
    assert "is damaged or was edited: KeyError('prior')" in broken(
        fitted, path, lambda d: d.pop("prior")
    )
    moved = broken(fitted, path, lambda d: d["searches"][d["best"]]["z"].__setitem__(0, 0.9))
    assert "the fit has another objective here than where it was saved" in moved
    other = broken(fitted, path, lambda d: d["model"].update(name="nobody", file="/nowhere.yaml"))
    assert "model 'nobody' cannot be read here" in other
    path.write_text("{")
    with pytest.raises(lt.DataError, match="holds no fit"):
        lt.load_fit(path)
    with pytest.raises(FileNotFoundError):
        lt.load_fit(tmp_path / "absent.json")
