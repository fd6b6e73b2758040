"""The shipped files: shape, provenance, no orphan sources."""

import json
from pathlib import Path

import jsonschema
import pytest
import yaml

import lutetia as lt

FILES = sorted((Path(__file__).parents[2] / "models").rglob("*.yaml"))


def sourced(node):
    """Every map with a value or formula, anywhere in a document."""
    if isinstance(node, dict):
        if "value" in node or "formula" in node:
            yield node
        for item in node.values():
            yield from sourced(item)
    elif isinstance(node, list):
        for item in node:
            yield from sourced(item)


@pytest.fixture(scope="module")
def schema(root):
    return json.loads((root / "models" / "schema.json").read_text())


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_file_has_the_published_shape(path, schema):
    jsonschema.validate(yaml.safe_load(path.read_text()), schema)


@pytest.mark.parametrize("name", ["model.yaml", "lu177.yaml", "netter1.yaml"])
def test_the_schema_refuses_an_unknown_key(name, schema):
    path = next(p for p in FILES if p.name == name)
    document = {**yaml.safe_load(path.read_text()), "unheard_of": 1}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, schema)


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_every_number_has_a_source_that_exists_and_a_tag(path, root):
    keys = yaml.safe_load((root / "models" / "sources.yaml").read_text())["sources"]
    for entry in sourced(yaml.safe_load(path.read_text())):
        assert "tag" in entry, entry
        sources = entry["source"] if isinstance(entry["source"], list) else [entry["source"]]
        assert sources
        assert set(sources) <= set(keys), entry


def test_the_model_is_complete():
    organs = lt.read_model("sstr2_whole_body").organs
    assert len(organs) == 16
    assert {"kidney", "liver", "spleen", "gi", "red_marrow", "prostate", "uterus", "rest"} <= set(
        organs
    )


def test_at_least_the_asked_nuclides_are_shipped():
    asked = {"lu177", "y90", "ga68", "cu64", "in111", "tc99m", "f18", "tb161", "ho166", "i131"}
    assert asked <= set(lt.library().names("nuclide"))


def test_both_sexes_run():
    female, male = (lt.read_patient(f"reference_{sex}") for sex in ("female", "male"))
    assert "uterus" in lt.simulate("sstr2_whole_body", female, "netter1", end="170 d").regions
    assert "prostate" in lt.simulate("sstr2_whole_body", male, "netter1", end="170 d").regions


ALPHA_REGIMENS = {"ac225_dotatate", "pb212_dotamtate"}


@pytest.mark.parametrize("name", lt.library().names("regimen"))
def test_every_named_regimen_runs(name, reference):
    modules = ["free_daughters"] if name in ALPHA_REGIMENS else []
    run = lt.simulate(
        "sstr2_whole_body", reference, name, modules=modules, times_per_cycle=2, rtol=1e-4
    )
    assert run.data.attrs["mass_balance_total"] < 1e-11
    assert run.administered_activity > 0
