"""Statements that hold for every model, patient and regimen, tried on random ones.

Runs are the same on every machine; HYPOTHESIS_PROFILE=search looks for new counterexamples.
"""

import itertools
import os
import tempfile
from pathlib import Path

import numpy as np
import pytest
import yaml
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

import lutetia as lt
from strategies import models, patients, regimens

common = {
    "deadline": None,
    "print_blob": True,
    "suppress_health_check": [HealthCheck.too_slow, HealthCheck.data_too_large],
}
settings.register_profile("repeatable", derandomize=True, database=None, **common)
settings.register_profile("search", max_examples=2000, **common)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeatable"))
EXAMPLES = None if "HYPOTHESIS_PROFILE" in os.environ else 150

WHOLE_BODY = "sstr2_whole_body"
MODULES = lt.library().module_names(WHOLE_BODY)
EXCLUDED = {"published_kidney", "amino_acid_hemodynamics"}
RTOL = 1e-7
TWICE = {"5 GBq": "10 GBq", "100 MBq": "200 MBq"}


def some(test):
    """Few enough examples for every commit."""
    return settings(max_examples=EXAMPLES)(test) if EXAMPLES else test


def regimen_of(document):
    given_things = [
        (lt.Infusion if "infusion" in a else lt.Bolus)(
            a.get("infusion") or a["bolus"],
            **{k: v for k, v in a.items() if k not in ("infusion", "bolus")},
        )
        for a in document["administrations"]
    ]
    return lt.Regimen(given_things, windows=document["windows"])


def read(document, text=None):
    """A model as a file, the way it reaches the reader."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.yaml"
        path.write_text(text or yaml.safe_dump(document, sort_keys=False))
        problems = lt.validate(path)
        assert problems == [], "\n".join(problems)
        return lt.read_model(str(path))


def run_of(model, patient, regimen, **options):
    last = max(g["time_h"] + g["duration_h"] for g in regimen.administrations)
    times = [float(t) for t in np.linspace(0.5, last + 24, 9)]
    return lt.simulate(
        model, patient, regimen, times=times, end=f"{last + 24} h", rtol=RTOL, **options
    )


def check_conserved(run):
    a = run.data.attrs
    assert a["mass_balance_total"] <= 1e-11
    assert a["mass_balance_labeled"] <= 1e-11
    # One step may err by the absolute tolerance, 1e-3 rtol of what was given; hundreds of steps.
    assert a["lowest_relative_state"] >= -RTOL
    for amount in (run.amount.values, run.activity.values):
        assert np.isfinite(amount).all()


def check_equal(one, other, tolerance):
    """Equal to a part of the largest value of each form, whatever the order of regions."""
    regions = [str(r) for r in one.data["region"].values]
    for form in one.data["form"].values:
        a = one.amount.sel(form=form, region=regions).values
        b = other.amount.sel(form=form, region=regions).values
        np.testing.assert_allclose(a, b, rtol=0, atol=tolerance * max(np.abs(a).max(), 1e-12))


def anyone():
    return lt.Patient(sex="male", name="anyone")


def random_case(data, mixed=True):
    model = data.draw(models())
    # Rates of processes of peptides; without amino acids nothing depends on theirs.
    keys = ("rate", "clearance", "permeability_surface")
    bodies = [next(iter(p.values())) for p in model["processes"]]
    rates = {b[k] for b in bodies if b.get("from") != "acids" for k in keys if k in b}
    changeable = sorted(rates & set(model["parameters"]))
    document = data.draw(
        regimens(
            amino="acids" in model["compartments"],
            mixed=mixed,
            places=[n for n in model["compartments"] if n[0] == "c"],
            changeable=changeable,
        )
    )
    note(yaml.safe_dump(model, sort_keys=False))
    note(yaml.safe_dump(document, sort_keys=False))
    return model, document


@some
@given(st.data())
def test_random_models_conserve_what_is_given(data):
    model, document = random_case(data)
    check_conserved(run_of(read(model), anyone(), regimen_of(document)))


@some
@given(st.data())
def test_the_order_of_a_file_means_nothing(data):
    model, document = random_case(data)
    shuffled = dict(model)
    shuffled["processes"] = data.draw(st.permutations(model["processes"]))
    for section in ("compartments", "organs", "parameters", "effects"):
        if section in model:
            shuffled[section] = dict(data.draw(st.permutations(list(model[section].items()))))
    one, other = (run_of(read(m), anyone(), regimen_of(document)) for m in (model, shuffled))
    # Sums in another order differ by rounding, which moves the steps by as much.
    check_equal(one, other, 1e-9)


@some
@given(st.data())
def test_twice_the_label_on_the_same_peptide_is_twice_the_activity(data):
    # Unlabeled peptide of another ligand would shrink with it, and compete less.
    model, document = random_case(data, mixed=False)
    twice = [
        {**a, "activity": TWICE[a["activity"]]} if "activity" in a else a
        for a in document["administrations"]
    ]
    core = read(model)
    one = run_of(core, anyone(), regimen_of(document)).activity.values
    other = run_of(
        core, anyone(), regimen_of({**document, "administrations": twice})
    ).activity.values
    np.testing.assert_allclose(2 * one, other, rtol=0, atol=1e-9 * max(np.abs(other).max(), 1e-12))


@some
@given(st.data())
def test_random_patients_and_modules_conserve_what_is_given(data):
    person = data.draw(patients())
    modules = data.draw(st.lists(st.sampled_from(MODULES), unique=True, max_size=4))
    if set(modules) >= EXCLUDED:
        modules.remove("published_kidney")
    if person["sex"] == "female" and "optional_organs" in modules:
        modules.remove("optional_organs")  # see test_women_have_optional_organs
    lesions = [lesion["name"] for lesion in person["lesions"]]
    regimen = data.draw(
        regimens(
            amino="published_kidney" not in modules,
            routes=("intravenous", "hepatic_artery"),
            places=[
                *lesions,
                "kidney",
                "liver",
                *(["injection_site"] * ("extravasation" in modules)),
            ],
            changeable=["k_protein_binding", "lesions.perfusion", "k_internalization_normal"],
        )
    )
    note(f"{person}\n{modules}\n{regimen}")
    person["lesions"] = [lt.Lesion(**lesion) for lesion in person["lesions"]]
    patient = lt.Patient(**person)
    run = run_of(WHOLE_BODY, patient, regimen_of(regimen), modules=modules)
    check_conserved(run)
    assert set(run.lesions) == set(lesions)


@pytest.mark.parametrize(("one", "two"), list(itertools.combinations(MODULES, 2)))
def test_modules_combine_in_any_order(one, two, reference):
    cycle = lt.Infusion(
        "dotatate", nuclide="Lu-177", activity="7.4 GBq", amount="100 nmol", duration="30 min"
    )
    if {one, two} == EXCLUDED:
        for order in ([one, two], [two, one]):
            with pytest.raises(lt.ModelError, match="exclude each other; the published kidney"):
                lt.read_model(WHOLE_BODY, modules=order)
        return
    runs = [
        run_of(WHOLE_BODY, reference, lt.Regimen([cycle]), modules=order)
        for order in ([one, two], [two, one])
    ]
    check_conserved(runs[0])
    check_equal(*runs, 1e-9)


def test_women_have_optional_organs():
    cycle = lt.Bolus("dotatate", amount="100 nmol")
    run = run_of(WHOLE_BODY, "reference_female", lt.Regimen([cycle]), modules=["optional_organs"])
    check_conserved(run)
