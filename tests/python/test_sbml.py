"""Exported SBML: consistent, readable, and the same course when others integrate it."""

import re

import numpy as np
import pytest
from click.testing import CliRunner

import lutetia as lt
from bench.sbml_peers import Copasi, RoadRunner
from lutetia import _core
from lutetia.cli import main
from lutetia.sbml import export
from lutetia.sbml.export import check
from lutetia.sbml.identifiers import Identifiers
from lutetia.sbml.laws import Laws
from lutetia.sbml.units import Units
from lutetia.sbml.writer import libsbml, write_document

# At these tolerances every solver is within 1e-8 of peak of the solution: a hundredth of the 1e-6
# promised, ten times the sum of the errors seen.
AGREEMENT = 1e-7
PEER_RTOL, OUR_RTOL = 1e-9, 1e-9

CYCLE = lt.Infusion(
    "dotatate",
    nuclide="Lu-177",
    activity="7.4 GBq",
    amount="100 nmol",
    duration="30 min",
    amino_acids="lysine_arginine",
)


def written(model, patient, regimen, tmp_path, **options) -> str:
    return lt.export_sbml(model, patient, regimen, tmp_path / "course.xml", **options).read_text()


def clock_start(text: str) -> float:
    return float(re.search(r'<parameter id="clock_start"[^>]* value="([^"]+)"', text)[1])


def tolerances(text: str) -> dict[str, float]:
    """Absolute tolerances of species over the relative one; amino acids are given in mol."""
    species = re.findall(r'<species id="([^"]+)"', text)
    acids = ("lysine", "arginine")
    return {s: 1e3 if s.startswith(acids) else 1e-3 for s in species}


def check_agreement(run: lt.Run, text: str, peer: str = "roadrunner") -> None:
    """Compare the activity of every region at all output times, relative to the peak of each.

    Labels follow the amounts of all peptide, so these are compared along with them.
    """
    times = run.activity.time.values - clock_start(text)
    everywhere = [str(r) for r in run.activity.region.values]
    regions = [r for r in everywhere if f'"activity__{r}"' in text]
    for empty in set(everywhere) - set(regions):  # nothing is in them: walls, absorbing organs
        assert float(run.activity.sel(region=empty).max()) == 0.0
    columns = [f"activity__{r}" for r in regions]
    if peer == "roadrunner":
        found = RoadRunner(text, columns, tolerances(text)).run(times, PEER_RTOL)
    else:
        copasi = Copasi(text, columns, absolute=1e-3)
        found = copasi.run(times, PEER_RTOL)
        copasi.close()
    expected = run.activity.sel(region=regions).transpose("time", "region").values
    difference = np.abs(found - expected).max(axis=0) / expected.max(axis=0)
    assert {r: d for r, d in zip(regions, difference, strict=True) if not d <= AGREEMENT} == {}


@pytest.mark.parametrize("peer", ["roadrunner", "copasi"])
@pytest.mark.parametrize("case", ["golden", "netter1_reference"])
def test_peers_agree_on_a_case(case, peer):
    ours = next(lt.run_case(case, rtol=OUR_RTOL)).run
    _, text = next(export.export_case(case))
    check_agreement(ours, text, peer)


@pytest.mark.parametrize("peer", ["roadrunner", "copasi"])
def test_peers_agree_on_a_cycle_with_amino_acids(peer, tmp_path):
    course = ("sstr2_whole_body", "reference_male", CYCLE)
    check_agreement(lt.simulate(*course, rtol=OUR_RTOL), written(*course, tmp_path), peer)


HOURS = list(np.linspace(0.25, 100, 60))
BOLUS = lt.Bolus("dotatate", nuclide="Lu-177", activity="7.4 GBq", amount="100 nmol")
INTRA_ARTERIAL = [
    lt.Infusion(
        "dotatate",
        nuclide="Lu-177",
        activity="7.4 GBq",
        amount="100 nmol",
        duration="30 min",
        route="hepatic_artery",
        **more,
    )
    for more in ({"at": "0 h"}, {"at": "48 h", "split": {"metastasis": "40 %"}})
]
GROWING = lt.Patient(
    sex="male",
    weight="71 kg",
    height="175 cm",
    gfr="100 mL/min",
    lesions=[lt.Lesion("metastasis", site="liver", volume="50 mL")],
    cycle_effects=[{"parameter": "lesions.volume", "term": "free_per_cycle", "factors": [1, 2]}],
)
PIECES = {
    "voids, receptors that are counted": dict(
        regimen=CYCLE, modules=["bladder", "receptor_recycling"]
    ),
    "hyperfiltration, a hill exponent": dict(
        regimen=CYCLE,
        modules=["amino_acid_hemodynamics"],
        parameters={"kidney.inhibition_hill": 1.5},
    ),
    "a window": dict(
        regimen=lt.Regimen(
            [BOLUS], windows=[{"parameter": "gfr", "factor": 0.5, "from": "2 h", "to": "20 h"}]
        )
    ),
    "a decay chain": dict(
        regimen=lt.Infusion(
            "dotatate", nuclide="Pb-212", activity="178 MBq", amount="50 nmol", duration="30 min"
        ),
        modules=["free_daughters"],
    ),
    "daughters in the blood of a lesion that grows between cycles": dict(
        patient=GROWING,
        regimen=[
            lt.Infusion(
                "dotatate",
                nuclide="Pb-212",
                activity="178 MBq",
                amount="50 nmol",
                duration="30 min",
                at=at,
            )
            for at in ("0 h", "48 h")
        ],
        modules=["free_daughters"],
    ),
    "a shared route with and without a split, a volume that changes between cycles": dict(
        patient=GROWING, regimen=INTRA_ARTERIAL
    ),
}


@pytest.mark.parametrize("piece", PIECES)
def test_roadrunner_agrees_on_what_a_course_may_have(piece, tmp_path):
    options = dict(patient="reference_male", end=100) | PIECES[piece]
    course = ("sstr2_whole_body", options.pop("patient"), options.pop("regimen"))
    ours = lt.simulate(*course, times=HOURS, rtol=OUR_RTOL, **options)
    check_agreement(ours, written(*course, tmp_path, **options))


def test_roadrunner_agrees_on_another_model():
    ours = next(lt.run_case("ha_dotatate_lu177", rtol=OUR_RTOL)).run
    _, text = next(export.export_case("ha_dotatate_lu177"))
    check_agreement(ours, text)


@pytest.fixture(scope="module")
def network():
    library = lt.library()
    case = lt.read_case("netter1_reference")
    return _core.reaction_network(library, case.model, case.patients[0], case.regimen, case.request)


def test_identifiers_are_unique_and_readable(network):
    ids = Identifiers(network, libsbml())
    everything = (
        ids.compartments + ids.quantities + ids.species + ids.pools + ids.effects + ids.reactions
        + ids.events + ids.observables
    )  # fmt: skip
    assert len(set(everything)) == len(everything)
    assert {"dotatate_Lu_177__kidney_vascular", "lysine__amino_acids"} <= set(ids.species)
    assert {"kidney_flow", "Lu_177_decay_constant", "k_release_normal"} <= set(ids.quantities)
    assert {"dotatate__kidney_filtration", "dotatate__liver_exchange_to_liver_vascular"} <= set(
        ids.reactions
    )


@pytest.mark.parametrize("word", ["time", "pi", "avogadro", "true"])
def test_words_of_sbml_are_no_identifiers(network, word):
    assert Identifiers(network, libsbml()).unique(word) == f"{word}_2"


def test_every_process_is_a_reaction_between_the_right_species(network):
    document = write_document(network, "m", "")  # a model lives as long as its document
    model = document.getModel()

    def ends(reaction):
        r = model.getReaction(reaction)
        law = libsbml().formulaToL3String(r.getKineticLaw().getMath())
        return r.getReactant(0).getSpecies(), r.getProduct(0).getSpecies(), law

    assert ends("dotatate__kidney_filtration") == (
        "dotatate__kidney_vascular",
        "dotatate__kidney_interstitial",
        "kidney_filtration * dotatate__kidney_vascular / kidney_vascular",
    )
    assert ends("dotatate_Lu_177__liver_binding") == (
        "dotatate_Lu_177__liver_interstitial",
        "dotatate_Lu_177__liver_bound",
        "liver_binding_k_on * liver_binding_free_receptors * dotatate_Lu_177__liver_interstitial"
        " / liver_interstitial - liver_binding_k_off * dotatate_Lu_177__liver_bound",
    )
    assert ends("dotatate_Lu_177__decay_of_liver_bound") == (
        "dotatate_Lu_177__liver_bound",
        "dotatate_Lu_177__decayed",
        "Lu_177_decay_constant * dotatate_Lu_177__liver_bound",
    )


def test_events_are_persistent_and_fire_at_time_zero(network):
    document = write_document(network, "m", "")
    model = document.getModel()
    assert model.getNumEvents() == 16  # start and end of two infusions in four cycles, all apart
    for event in (model.getEvent(i) for i in range(model.getNumEvents())):
        assert event.getTrigger().getPersistent()
        assert not event.getTrigger().getInitialValue()
        assert event.getUseValuesFromTriggerTime()
    first = model.getEvent(0)
    assert first.getName() == "start of administration 1, start of administration 2"
    assert libsbml().formulaToL3String(first.getTrigger().getMath()) == "time >= 0 h"
    assert model.getParameter("clock_start").getValue() == -0.5


def test_the_document_says_where_it_comes_from():
    _, text = next(export.export_case("netter1_reference"))
    case = lt.read_case("netter1_reference")
    for said in ("Research use only", case.model.hash, "sstr2_whole_body", "netter1", "tag: R2"):
        assert said in text
    assert "b25: Budiansah" in text  # the citation, not only its key


def test_observables_can_be_left_out(tmp_path):
    text = written("sstr2_whole_body", "reference_male", BOLUS, tmp_path, observables=False)
    assert "activity__" not in text


def test_libsbml_finds_nothing_in_any_case(root):
    # Export itself refuses what libSBML finds anything in, warnings included.
    for file in sorted((root / "models" / "cases").glob("*.yaml")):
        assert "<sbml" in next(export.export_case(file.stem))[1]


def test_a_wrong_unit_is_found(network):
    document = write_document(network, "m", "")
    document.getModel().getParameter("kidney_flow").setUnits("nmol")
    with pytest.raises(lt.InternalError, match=r"libSBML finds \d+ problems .*first: line"):
        check(document, libsbml())


def test_a_law_that_is_no_formula_is_found(network, monkeypatch):
    monkeypatch.setattr(Laws, "flux", lambda self, reaction: "k * ")
    with pytest.raises(lt.InternalError, match=r"no formula: k \* : .*syntax error"):
        write_document(network, "m", "")


def test_there_are_no_units_for_what_no_law_has(network):
    document = libsbml().SBMLDocument(3, 2)
    units = Units(document.createModel(), libsbml())
    assert units((-1, 3, 0, -1)) == "L_per_h_per_nmol"
    for length, energy in ((2, 0), (0, 1)):
        exponents = (0, length, 0, 0, 0, energy, 0)
        with pytest.raises(ValueError, match=f"no SBML unit for the exponents \\(0, {length}"):
            units(exponents)


def test_a_missing_libsbml_is_named(monkeypatch, tmp_path):
    from lutetia.sbml import writer

    def absent(name):
        raise ImportError(name)

    monkeypatch.setattr(writer, "import_module", absent)
    writer.libsbml.cache_clear()
    with pytest.raises(ImportError, match=r"SBML needs the package python-libsbml; hint: pip"):
        lt.export_sbml("sstr2_whole_body", "reference_male", BOLUS, tmp_path / "a.xml")
    done = CliRunner().invoke(main, ["export", "golden", "--out", str(tmp_path / "out")])
    assert (done.exit_code, "python-libsbml" in done.output) == (2, True)
    assert not (tmp_path / "out").exists()
    writer.libsbml.cache_clear()


def test_the_command_line_exports_a_file_for_each_patient(tmp_path):
    done = CliRunner().invoke(main, ["export", "golden", "--out", str(tmp_path / "out")])
    assert done.exit_code == 0, done.output
    assert [f.name for f in (tmp_path / "out").iterdir()] == ["reference_male.xml"]
    assert "1 document written" in done.output
