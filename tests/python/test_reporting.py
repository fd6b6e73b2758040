"""Reports show everything their numbers rest on, and need nothing but themselves."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml
from click.testing import CliRunner

import lutetia as lt
from lutetia.cli import main
from lutetia.documentation.blocks import Heading, Paragraph
from lutetia.reports.folder import report_folder
from lutetia.reports.page import report_page, write_report
from lutetia.reports.provenance import merged, numbers_of_run, uncertain

MODEL = "sstr2_whole_body"
MODULES = ["bladder", "metabolite"]
NO_SOURCES = pd.DataFrame(columns=["key", "citation"])


@pytest.fixture(scope="module")
def comparison(reference: lt.Patient) -> lt.Comparison:
    regimens = ["five_weekly", "r_prrt", "reduced_3p7"]
    return lt.compare(MODEL, reference, regimens, limits={"kidney": "23 Gy"}, modules=MODULES)


@pytest.fixture(scope="module")
def page(comparison: lt.Comparison, tmp_path_factory: pytest.TempPathFactory) -> str:
    return comparison.report(tmp_path_factory.mktemp("r") / "new" / "index.html").read_text("utf-8")


def test_a_report_is_one_file(page):
    assert re.findall(r'(?:src|href)="(?!data:)', page) == []
    assert "<script" not in page
    assert page.count("data:image/svg+xml;base64,") == 2  # limits, lesions


def test_a_report_says_what_it_is_for_and_shows_tables_and_sources(page, comparison):
    assert page.count("Research use only, not for patient treatment.") == 2
    for part in ("five_weekly", "kidney absorbed dose", "Strosberg J", "BED_Gy"):
        assert part in page, part
    for name in comparison.assumptions["name"]:
        assert f"<td>{name}</td>" in page, name


def test_assumptions_need_tags(tmp_path):
    with pytest.raises(ValueError, match=r"assumptions need a column 'tag', found \['name'\]"):
        write_report(tmp_path / "x.html", "x", [], pd.DataFrame(columns=["name"]), NO_SOURCES)
    assert not (tmp_path / "x.html").exists()


def test_text_of_a_report_is_escaped():
    numbers = pd.DataFrame([("<k>", 1.0, "A")], columns=["name", "value", "tag"])
    text = report_page("a < b", [Heading(2, "<i>"), Paragraph(("<b>",))], numbers, NO_SOURCES)
    assert "<b>" not in text
    assert "&lt;k&gt;" in text


def test_the_folder_of_a_command_becomes_a_page(tmp_path):
    runner = CliRunner()
    out = tmp_path / "run"
    arguments = ["simulate", "netter1_reference", "--out", str(out), "--rtol", "1e-4"]
    assert runner.invoke(main, [*arguments, "--quiet"]).exit_code == 0
    done = runner.invoke(main, ["report", str(out)])
    assert (done.exit_code, done.output) == (0, f"written to {out / 'report.html'}\n")
    page = (out / "report.html").read_text("utf-8")
    assert "Research use only, not for patient treatment." in page
    assert page.count("data:image/png;base64,") == 1
    summary = json.loads((out / "summary.json").read_text())
    assert len(summary["assumptions"]) > 20
    for row in summary["assumptions"]:
        assert f"<td>{row['name']}</td>" in page, row["name"]
    assert "netter1_reference" in page
    assert "absorbed_dose_Gy" in page  # dose.csv as a table
    assert re.search(r"\d+ rows in activity.csv", page)


def test_a_plan_becomes_a_page(tmp_path):
    amounts = [f"{n} nmol" for n in range(50, 90, 5)]
    course = (MODEL, "reference_male", "netter1")
    plan = lt.plan(*course, limits="kidney_23_gy", cycles=range(1, 5), amount=amounts)
    page = plan.report(tmp_path / "plan.html").read_text("utf-8")
    assert "Research use only, not for patient treatment." in page
    first = plan.summary().splitlines()[0]
    for part in ("Plan for reference_male", first, "kidney absorbed dose", "The first 30 of 32."):
        assert part in page, part
    found = lt.compare(MODEL, "reference_male", {"plan": plan.regimen}, limits="kidney_23_gy")
    assert len(found.assumptions) > 30
    for name in found.assumptions["name"]:
        assert f"<td>{name}</td>" in page, name
    assert not re.search(r"<td>(nan|None|NaN|True|False)</td>", page)
    ended = lt.plan(*course, limits="kidney_23_gy", cycles=4, status={"platelets": "10e9 1/L"})
    with pytest.raises(ValueError, match="the plan has no regimen to report: "):
        ended.report(tmp_path / "none.html")
    assert not (tmp_path / "none.html").exists()


def test_a_plan_lists_the_assumptions_of_planning_it_used(tmp_path):
    cycle = lt.read_regimen("netter1")
    course = (MODEL, "reference_male", cycle)
    given = lt.Delivered(
        lt.Infusion("dotatate", nuclide="Lu-177", activity="7.4 GBq", amount="100 nmol", duration="30 min"),
        {"kidney": "4.6 Gy", "tumor": "21 Gy", "red_marrow": "0.2 Gy"},
        cv="one_scan",
    )  # fmt: skip
    plain = lt.plan(*course, limits="kidney_23_gy", cycles=4)
    assert not plain.numbers["name"].str.contains("stop|measured").any()
    later = lt.plan(
        *course, limits="kidney_23_gy", cycles=4, given=given, status={"platelets": "200e9 1/L"}
    )
    rows = later.numbers.set_index("name")
    assert rows.loc["plan stop.platelets", ["value", "unit", "tag"]].tolist() == [75e9, "1/L", "A"]
    assert not rows.index.str.contains("measured").any()  # errors count with draws alone
    draws = lt.virtual_patients(*course, n=40, seed=1)
    drawn = lt.plan(*course, limits="kidney_23_gy", cycles=4, given=given, draws=draws)
    assert drawn.numbers["name"].str.contains("measured_dose_error.one_scan").any()
    page = later.report(tmp_path / "later.html").read_text("utf-8")
    assert "<td>plan stop.gfr</td>" in page


def test_a_folder_of_a_cohort_has_a_section_for_each_patient(tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "summary.json").write_text('{"case": "two", "warnings": ["beware"]}')
    report_folder(tmp_path)
    page = (tmp_path / "report.html").read_text("utf-8")
    assert "<h2>a</h2>" in page
    assert "<h2>b</h2>" in page
    assert page.count("<li>beware</li>") == 2


def test_a_folder_without_results_is_refused(tmp_path):
    done = CliRunner().invoke(main, ["report", str(tmp_path)])
    assert done.exit_code == 2
    assert "holds no results: expected one of summary.json, fit.json, plan.json" in done.output
    assert not (tmp_path / "report.html").exists()


# --- no number that was not read in its source is missing -------------------------------------------


def written(file: Path) -> Iterator[tuple[tuple[str, ...], str, str]]:
    """Keys, text and tag of every number of a data file; a tag holds for what stands below it."""
    yield from _written((), yaml.safe_load(file.read_text("utf-8")), "")


def _written(keys: tuple[str, ...], node: Any, tag: str) -> Iterator[tuple[Any, str, str]]:
    if isinstance(node, dict):
        tag = node.get("tag", tag)
        if "value" in node and not isinstance(node["value"], dict):
            yield keys, str(node["value"]), tag
            return
        for key, value in node.items():
            if key not in ("lutetia", "tag", "source", "note", "description"):
                yield from _written((*keys, str(key)), value, tag)
    elif isinstance(node, list):
        for item in node:
            own = [str(item[k]) for k in ("name", "region", "target") if k in item] if isinstance(
                item, dict
            ) else []  # fmt: skip
            yield from _written((*keys, *own), item, tag)
    elif re.match(r"-?\d", str(node)) and not isinstance(node, bool):
        yield keys, str(node), tag


def internal(text: str) -> float:
    """A number in internal units."""
    number, _, unit = text.partition(" ")
    return lt._core.to_internal(text, unit) if unit else float(number)


# Numbers no run of these patients uses, and why.
ALPHA_CHAINS = ("Ac-225", "Fr-221", "Bi-213", "Pb-209", "Tl-209", "Pb-212", "Bi-212", "Tl-208")
ALPHA_EMITTERS = (*ALPHA_CHAINS, "At-211", "Ra-224", "Rn-220", "Tb-149")
UNUSED = {
    **dict.fromkeys(ALPHA_EMITTERS, "of another nuclide"),
    "between": "a range that refuses slips of unit",
    "labeled": "for information: what binds is the k_d",
    "unlabeled": "for information",
    "count": "a number of administrations, not a quantity",
    "female": "the patient is male",
    "Y-90": "of another nuclide",
    "thyroid_analog_factor": "of an organ of another module",
}
MEASURED = {  # replaced by what was measured in reference_male
    *("dubois_factor", "dubois_weight", "dubois_height"),
    *("dubois_weight_exponent", "dubois_height_exponent"),
    *("ckd_epi_standard", "ckd_epi_surface", "ckd_epi_creatinine", "ckd_epi_low", "ckd_epi_high"),
    *("ckd_epi_yearly", "ckd_epi_sex", "spleen"),
}
LISTED_AS = {"every": "at", "start": "at"}
OTHER_FORMULAS = {"cockcroft_gault_age", "cockcroft_gault_factor", "mag3_share"}


def uncertain_numbers_missing(comparison, files, unused):
    """Uncertain numbers of the files that the comparison does not list, and how many were looked at."""
    names: dict[str, str] = {}
    for name, value, unit in comparison.assumptions[["name", "value", "unit"]].itertuples(
        index=False
    ):
        number = internal(repr(value) if unit == "1" else f"{value!r} {unit}")
        names[f"{number:.9g}"] = names.get(f"{number:.9g}", "") + f" {name}"
    missing, looked_at = [], 0
    for file in files:
        for keys, text, tag in written(file):
            if tag not in ("A", "S", "M") or unused & set(keys):
                continue
            looked_at += 1
            key = [k for k in keys if k not in ("value", "male")][-1]
            if LISTED_AS.get(key, key) not in names.get(f"{internal(text):.9g}", ""):
                missing.append((file.name, keys, text))
    return missing, looked_at


def files_of(models, comparison):
    return [
        models / MODEL / "model.yaml",
        *(models / MODEL / "modules" / f"{name}.yaml" for name in MODULES),
        *(models / "regimens" / f"{name}.yaml" for name in comparison.regimens),
        models / "amino_acids" / "lysine_arginine.yaml",
        *(models / "ligands" / f"{name}.yaml" for name in ("dotatate", "lysine", "arginine")),
        models / "nuclides" / "lu177.yaml",
        models / "radiobiology" / "default.yaml",
        models / "s_values" / "general.yaml",
        models / "s_values" / "opendose_lu177.yaml",
    ]


def test_no_uncertain_number_of_the_files_is_missing(comparison, root):
    files = [
        *files_of(root / "models", comparison),
        root / "models" / "patients" / "reference_male.yaml",
    ]
    # The spleen of the model is male 150 mL, of the patient 180 mL; only the model's is unused.
    unused = {*UNUSED, *OTHER_FORMULAS, *MEASURED}
    missing, looked_at = uncertain_numbers_missing(comparison, files, unused)
    assert looked_at > 40
    assert not missing, "\n".join(map(str, missing))


def test_numbers_behind_computed_covariates_are_not_missing(root):
    patient = lt.Patient(
        sex="male",
        weight="80 kg",
        height="180 cm",
        gfr="gfr_ckd_epi",
        creatinine="90 umol/L",
        age="60 year",
    )
    found = lt.compare(MODEL, patient, ["netter1"], modules=MODULES)
    assert set(found.assumptions["tag"]) == {"A", "S", "M"}
    missing, looked_at = uncertain_numbers_missing(
        found, files_of(root / "models", found), {*UNUSED, *OTHER_FORMULAS}
    )
    assert looked_at > 40
    assert not missing, "\n".join(map(str, missing))


def test_a_number_of_the_user_has_no_tag_and_is_no_assumption():
    regimen = lt.read_regimen("five_weekly").with_values({"activity": "7 GBq", "amount": "80 nmol"})
    run = lt.simulate(MODEL, "reference_male", regimen)
    names = set(uncertain(numbers_of_run(run))["name"])
    assert "administration 1 activity" not in names
    assert "administration 1 lysine amount" in names  # recalled; nobody replaced it
    kept = lt.simulate(MODEL, "reference_male", lt.read_regimen("five_weekly"))
    assert "administration 1 activity" in set(uncertain(numbers_of_run(kept))["name"])


def test_a_regimen_written_and_read_again_keeps_its_sources():
    from lutetia.prescription import regimen_of

    for name in ("r_prrt", "front_loaded", "y90_dotatoc_4p4"):
        regimen = lt.read_regimen(name)
        first = numbers_of_run(lt.simulate(MODEL, "reference_male", regimen))
        again = numbers_of_run(lt.simulate(MODEL, "reference_male", regimen_of(regimen.document)))
        given = first[first["name"].str.startswith("administration")]
        assert len(given)
        pd.testing.assert_frame_equal(first, again)


# A number of each kind a patient and a regimen may hold, no two alike; all of them assumed.
ADMINISTRATIONS = """
- {infusion: dotatate, nuclide: Lu-177, calibrated_activity: 7.101 GBq, calibration_time: -2.5 h,
   residual_activity: 0.113 GBq, residual_time: 1.75 h, amount: 101 nmol, duration: 31 min,
   split: {liver: 17 %}, impurities: {Lu-177m: 1.1e-4},
   amino_acids: {start: -37 min, duration: 251 min, amounts: {lysine: 131 mmol}}}
- {infusion: dotatate, nuclide: Lu-177, activity: 3.707 GBq, molar_activity: 71 MBq/nmol, duration: 29 min,
   at: 8.1 week, repeat: {every: 7.9 week, count: 2}}
"""
WINDOWS = "[{parameter: kidney.receptor_density, factor: 1.21, from: 3.1 day, to: 9.3 day}]"
CYCLE_EFFECTS = """
- {parameter: lesions.receptor_density, term: per_cycle_factor, factor: 0.937}
- {parameter: lesions.volume, term: exponential, decline: 0.0613}
- {parameter: kidney.receptor_density, term: free_per_cycle, factors: [1, 0.911, 0.887]}
"""
PATIENT = """
{sex: male, weight: 71.3 kg, height: 175.7 cm, gfr: 101.9 mL/min, organs: {kidney: 311.7 mL},
 lesions: [{name: tumor, volume: 50.3 mL}], parameters: {spleen.receptor_density: 7.03 nmol/L}}
"""
NO_NUMBER = {  # keys of a description that hold no number, or one by which cycles are counted
    *("patient", "description", "sex", "model", "name", "type", "site", "published", "lutetia"),
    *("infusion", "bolus", "nuclide", "route", "infusate_decays", "begins_cycle", "unlabeled_as"),
    *("regimen", "source", "tag", "note", "parameter", "term", "mix", "count", "administrations"),
}


def test_no_kind_of_number_of_a_patient_or_regimen_is_forgotten(root):
    """A key the format learns must be added here, and is then looked up in the list of assumptions."""
    from lutetia.patient import patient_of
    from lutetia.prescription import regimen_of

    read = [yaml.safe_load(text) for text in (ADMINISTRATIONS, WINDOWS, CYCLE_EFFECTS, PATIENT)]
    administrations, windows, effects, person = read
    known = json.loads((root / "models" / "schema.json").read_text())["$defs"]
    for items, kind in (
        (administrations, known["administration"]),
        (windows, known["regimen"]["properties"]["windows"]["items"]),
        (effects, known["cycle_effects"]["items"]),
        ([person | {"cycle_effects": effects}], known["patient"]),
    ):
        assert set(kind["properties"]) <= {key for item in items for key in item} | NO_NUMBER
    mark = {"tag": "A", "source": "lutetia"}
    patient = patient_of({**person, "cycle_effects": effects, **mark})
    regimen = regimen_of(
        {"regimen": "all", "administrations": administrations, "windows": windows, **mark}
    )
    for again in (False, True):
        if again:  # written and read
            patient, regimen = patient_of(patient.document), regimen_of(regimen.document)
        run = lt.simulate(MODEL, patient, regimen, rtol=1e-4)
        listed = uncertain(numbers_of_run(run))
        values = {
            f"{internal(repr(value) if unit == '1' else f'{value!r} {unit}'):.9g}"
            for value, unit in zip(listed["value"], listed["unit"], strict=True)
        }
        texts = [text for _, text, _ in _written((), read, "A")]
        counts = {"1", "2"}  # the factor of the first cycle, and how often
        shown = {"7.9 week": "16 week"}  # a repeat is listed by the starts it makes
        asked = [shown.get(text, text) for text in texts if text not in counts]
        missing = [text for text in asked if f"{internal(text):.9g}" not in values]
        assert len(texts) > 25
        assert not missing


def test_effects_of_cycles_of_a_case_have_its_source(tmp_path):
    file = tmp_path / "case.yaml"
    file.write_text(
        "{lutetia: 1, case: tired, model: sstr2_whole_body, patient: reference_male, regimen: netter1, source: hope22,\n"
        " tag: S, cycle_effects: [{parameter: lesions.receptor_density, term: per_cycle_factor, factor: 0.94}]}\n"
    )
    (result,) = lt.run_case(str(file), rtol=1e-4)
    row = result.run.assumptions.loc["cycle effect lesions.receptor_density factor"]
    assert row[["value", "unit", "tag", "source"]].tolist() == [0.94, "1", "S", "hope22"]


def test_every_kind_of_file_is_looked_up_or_has_a_reason(root):
    """A new kind of file in the library must be listed by reports, or be named here."""
    read_by_runs = {  # test_no_uncertain_number_of_the_files_is_missing
        *("patients", "regimens", "amino_acids", "ligands", "nuclides", "radiobiology", "s_values"),
    }
    elsewhere = {
        "cases": "made of the others",
        "dose_limits": "listed where they are used, as policies: test_comparing, test_policies",
        "policies": "as dose_limits",
        "planning_assumptions": "listed by reports of plans",
        "fit_assumptions": "of fits, whose own report shows the prior",
        "population_half_lives": "of population_fit",
        "tumor_response": "of simulate_with_response, which lists them itself",
        "normal_tissue": "of kidney_effect and blood_counts, which list them themselves",
    }
    kinds = {
        folder.name
        for folder in (root / "models").iterdir()
        if folder.is_dir() and not (folder / "model.yaml").exists()
    }
    assert kinds == read_by_runs | set(elsewhere)


def test_numbers_of_several_results_are_listed_once():
    def row(name, value, tag="A"):
        return (name, value, "h", tag, ["lutetia"], "")

    columns = ["name", "value", "unit", "tag", "source", "note"]
    one = pd.DataFrame([row("x", 1.0), row("administration 1 at", 2.0)], columns=columns)
    two = pd.DataFrame(
        [row("x", 1.0), *(row(f"administration {n} at", 2.0 + (n > 2)) for n in (1, 2, 3))],
        columns=columns,
    )
    table = merged({"a": one, "b": two})
    assert table[["name", "in"]].to_numpy().tolist() == [
        ["x", "all"],
        ["administration 1 at", "a"],
        ["administrations 1, 2 at", "b"],
        ["administration 3 at", "b"],
    ]
