"""Documentation of models: complete, balanced, and readable without internet."""

import re
import xml.etree.ElementTree as ET
from collections import Counter

import matplotlib.pyplot as plt
import pandas as pd
import pytest
import yaml
from click.testing import CliRunner

import lutetia as lt
from lutetia.cli import main

MODEL = "sstr2_whole_body"
MODULES = lt.library().module_names(MODEL)

TINY = """
lutetia: 1
model: tiny
description: Two spaces & <receptors>.
parameters:
  k_out: {value: 0.1 1/min, source: own, tag: A}
  wall: {value: 2 L/h, cv: 30 %, source: own, tag: A, note: "a | b"}
  size: {value: {male: 10 L, female: 8 L}, source: [own, other], tag: M}
  weight: {required: kg, between: [2 kg, 400 kg]}
  density: {value: 2 nmol/L, source: own, tag: A}
  sites: {formula: size * density, source: own, tag: A}
  half: {value: 1 nmol/L, source: own, tag: A}
compartments:
  central: {volume: size}
  tissue: {volume: size / 2}
  bound: {}
  urine: {outside: true}
effects:
  slowed: {saturated_by: tissue, half: half}
processes:
  - exchange: {between: [central, tissue], permeability_surface: wall}
  - transfer: {name: excretion, from: central, to: urine, rate: k_out, effects: slowed}
  - binding: {name: binding, from: tissue, to: bound, receptors: sites, k_on: ligand.k_on, k_off: ligand.k_on * ligand.k_d}
"""


@pytest.fixture(scope="module")
def whole_body():
    return lt.describe(MODEL)


@pytest.fixture(params=["", *MODULES])
def each(request, whole_body):
    return lt.describe(MODEL, modules=[request.param]) if request.param else whole_body


@pytest.fixture
def tiny(tmp_path):
    file = tmp_path / "tiny.yaml"
    file.write_text(TINY)
    return lt.describe(str(file))


def balance(about, structure, compartment):
    found = [e for e in about.equations if (e.structure, e.compartment) == (structure, compartment)]
    assert len(found) == 1
    return found[0]


def test_equations_of_a_tiny_model_are_those_written_by_hand(tiny):
    assert balance(tiny, "", "urine").latex == (
        r"\frac{\mathrm{d} N_{\mathrm{urine}}}{\mathrm{d} t}"
        r" = E_{\mathrm{slowed}} \cdot k_{\mathrm{out}} \cdot N_{\mathrm{central}}"
    )
    assert balance(tiny, "", "central").latex == (
        r"\begin{aligned} \frac{\mathrm{d} N_{\mathrm{central}}}{\mathrm{d} t} = {}"
        r"& - \mathrm{wall} \cdot \left( c_{\mathrm{central}} - c_{\mathrm{tissue}} \right) \\"
        "\n"
        r"& - E_{\mathrm{slowed}} \cdot k_{\mathrm{out}} \cdot N_{\mathrm{central}} \end{aligned}"
    )
    bound = (
        r"k_{\mathrm{on},\ell} \cdot c_{\mathrm{tissue}} \cdot"
        r" \left( \mathrm{sites} - \sum_{j} N_{\mathrm{bound},j} \right)"
        r" - k_{\mathrm{on},\ell} \cdot k_{\mathrm{d},\ell} \cdot N_{\mathrm{bound}}"
    )
    assert balance(tiny, "", "bound").latex == (
        rf"\frac{{\mathrm{{d}} N_{{\mathrm{{bound}}}}}}{{\mathrm{{d}} t}} = {bound}"
    )
    assert rf"& - \left( {bound} \right)" in balance(tiny, "", "tissue").latex
    assert (
        r"E_{\mathrm{slowed}} = \frac{1}{1 + \frac{\sum_{j} c_{\mathrm{tissue},j}}{\mathrm{half}}}"
    ) in tiny.to_markdown()


def test_blood_that_drains_into_the_liver_arrives_there_alone(whole_body):
    (portal,) = (t for t in balance(whole_body, "receptor_organ", "vascular").terms if t.only)
    assert (portal.sign, portal.only, portal.organs) == (1, "liver", ["spleen", "gi"])
    veins = balance(whole_body, "", "veins")
    (collected,) = (t for t in veins.terms if t.process == "outflow")
    assert "liver" in collected.organs
    assert not {"spleen", "gi", "lung"} & set(collected.organs)


def test_every_flux_leaves_one_compartment_and_enters_another(each):
    """Each process of each organ stands once with minus where it begins, once with plus where it ends."""
    seen = Counter()
    for equation in each.equations:
        for term in equation.terms:
            for flux in term.fluxes:
                end = flux.source if term.sign < 0 else flux.target
                assert end.compartment == equation.compartment
                home = each.parts.structure_of(end.organ).name if end.organ else ""
                assert home == equation.structure
                assert term.only in ("", end.organ)
                organ = flux.organ.name if flux.organ else ""
                seen[flux.key, organ, term.sign] += 1
    wanted = Counter()
    for flux in each.parts.fluxes:
        organ = flux.organ.name if flux.organ else ""
        wanted.update(
            (flux.key, organ, sign)
            for sign, end in ((-1, flux.source), (1, flux.target))
            if end is not None
        )
    assert seen == wanted


def test_a_flux_within_an_organ_is_written_alike_at_both_ends(each):
    written = {}
    for equation in each.equations:
        for term in equation.terms:
            if equation.structure and not term.only:
                sides = written.setdefault((equation.structure, term.key), {})
                sides[term.sign] = term.notation.latex
    pairs = [sides for sides in written.values() if len(sides) == 2]
    inside = [
        process
        for s in each.parts.structures
        for process in s.processes.values()
        if {process["from"], process["to"]} <= set(s.compartments)
    ]
    assert len(pairs) == len(inside) > 0
    assert all(sides[1] == sides[-1] for sides in pairs)


def test_every_process_and_compartment_is_described(each):
    structure = each.parts.parts
    written = len(structure["processes"]) + sum(
        len(t["processes"]) for t in structure["organ_types"]
    )
    assert len(each.processes) == written
    assert len(each.equations) == len(each.compartments)
    in_equations = {t.process for e in each.equations for t in e.terms}
    assert set(each.processes["name"]) == in_equations


def test_every_number_of_the_file_is_in_the_table(whole_body, root):
    """Counted in the file itself: parameters of the model, of organ types and of organs."""
    file = yaml.safe_load((root / "models" / MODEL / "model.yaml").read_text())
    owners = [file, *file["organ_types"].values(), *file["organs"].values()]
    assert len(whole_body.parameters) == sum(len(o.get("parameters", {})) for o in owners)
    table = whole_body.parameters.set_index("name")
    assert table.index.is_unique
    kidney = file["organs"]["kidney"]["parameters"]["k_megalin_release"]
    row = table.loc["kidney.k_megalin_release"]
    assert f"{row['value']} {row['unit']}" == str(kidney["value"])
    assert row["source"] == ", ".join(kidney["source"])
    assert (row["tag"], row["note"]) == (kidney["tag"], kidney["note"])


def test_parameters_of_every_kind(tiny):
    table = tiny.parameters.set_index("name")
    assert table.loc["k_out", ["value", "unit"]].tolist() == ["0.1", "1/min"]
    assert table.loc["wall", "cv"] == "30 %"
    assert table.loc["size", "value"] == "female 8, male 10"
    assert table.loc["size", "source"] == "own, other"
    assert table.loc["weight", ["value", "unit"]].tolist() == ["given with the patient", "kg"]
    assert table.loc["weight", "plausible"] == "2 – 400"
    assert table.loc["sites", ["value", "unit"]].tolist() == ["size * density", "nmol"]


def test_units_of_formulas_are_told(whole_body):
    table = whole_body.parameters.set_index("name")
    assert (table["unit"] != "").all()
    assert table.loc["liver.outflow", "unit"] == "L/h"
    assert table.loc["gfr_cockcroft_gault", "unit"] == "L/h"
    assert table.loc["body_surface_area", "unit"] == "m^2"
    assert table.loc["net.receptor_density", "unit"] == "nmol/L"


def test_pages_are_well_formed_and_need_no_other_file(each):
    page = each.to_html()
    tree = ET.fromstring(page.removeprefix("<!DOCTYPE html>\n"))
    for element in tree.iter():
        for name, value in element.attrib.items():
            if name.rpartition("}")[2] in ("src", "href", "data", "action", "srcset"):
                assert value.startswith("data:image/svg+xml;base64,")
    assert not re.search(r"@import|url\(|<script|<link", page)
    assert "Research use only" in page
    assert sum(1 for e in tree.iter() if e.tag.endswith("}math")) > len(each.equations)
    plt.close("all")


def test_text_of_a_model_is_escaped(tiny):
    assert "Two spaces &amp; &lt;receptors&gt;." in tiny.to_html()
    assert "&lt;receptors&gt;" in tiny.model._repr_html_()
    assert "a \\| b" in tiny.to_markdown()


def test_markdown_has_all_equations_and_sources(whole_body):
    text = whole_body.to_markdown()
    assert all(f"$$\n{e.latex}\n$$" in text for e in whole_body.equations)
    assert "doi:10.1186/s40658-025-00726-7" in text
    assert r"F_{\ast} - \lambda \cdot N_{\ast}" in text
    assert text.count("{") == text.count("}")


def test_shared_contents_and_releases_of_daughters_are_told():
    text = lt.describe(MODEL, modules=["free_daughters"]).to_markdown()
    assert "Shared contents" in text
    row = "| vascular_organ | free_daughters | vascular_volume / plasma_with_lesions |"
    assert row in re.sub(" +", " ", text)
    assert "Shared contents" not in lt.describe(MODEL).to_markdown()


def test_models_and_descriptions_show_themselves_in_notebooks(whole_body):
    shown = whole_body.model._repr_html_()
    ET.fromstring(shown)
    assert "adrenals" in shown
    assert "Kletting 2016" in shown
    assert "lt.describe(model)" in shown
    assert "bladder" in lt.read_model(MODEL, modules=["bladder"])._repr_html_()
    assert repr(whole_body.model) == f"<Model '{MODEL}': 16 organs>"
    assert "<math" in whole_body._repr_html_()
    assert "17 processes" in repr(whole_body)


def drawn(ax):
    return " ".join(t.get_text().replace("\n", " ") for t in ax.texts)


def test_the_picture_names_every_organ_compartment_and_process(each):
    text = drawn(each.graph())
    plt.close("all")
    for organ in each.model.organs:
        assert organ.replace("_", " ") in text
    for compartment in each.compartments["name"]:
        if compartment != "cleared" or "cleared" in {
            p["to"] for p in each.parts.parts["processes"]
        }:
            assert compartment.replace("_", " ") in text
    for process in each.processes["name"]:
        assert process in text
    assert {"lesions (net, meningioma)", "prostate (male)"} <= {
        t.get_text() for t in each.plot().texts
    }
    plt.close("all")


def test_the_picture_can_be_drawn_on_given_axes(tiny):
    _, ax = plt.subplots(figsize=(3, 2))
    assert tiny.graph(ax) is ax
    assert "central" in drawn(ax)
    plt.close("all")


def test_describe_writes_the_promised_files(tmp_path):
    out = tmp_path / "about"
    done = CliRunner().invoke(
        main, ["describe", MODEL, "--module", "bladder", "--module", "biliary", "--out", str(out)]
    )
    assert done.exit_code == 0, done.output
    assert {f.name for f in out.iterdir()} == {
        "model.html",
        "model.md",
        "parameters.csv",
        "graph.png",
    }
    assert (out / "graph.png").read_bytes().startswith(b"\x89PNG")
    table = pd.read_csv(out / "parameters.csv")
    assert {"void_interval", "k_bile"} <= set(table["name"])
    assert "Modules: bladder, biliary" in (out / "model.md").read_text()
    assert not plt.get_fignums()


def test_an_unknown_module_leaves_nothing_behind(tmp_path):
    out = tmp_path / "about"
    done = CliRunner().invoke(main, ["describe", MODEL, "--module", "bladdr", "--out", str(out)])
    assert done.exit_code == 2
    assert "bladder" in done.output
    assert not list(tmp_path.iterdir())


def test_modules_need_a_name(whole_body):
    with pytest.raises(ValueError, match="modules need a model given by name"):
        lt.describe(whole_body.model, modules=["bladder"])
