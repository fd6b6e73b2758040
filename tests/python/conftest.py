"""Shared fixtures."""

from pathlib import Path

import matplotlib as mpl
import pytest

import lutetia as lt

mpl.use("agg")

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def reference() -> lt.Patient:
    return lt.read_patient("reference_male")


@pytest.fixture(scope="session")
def course(reference: lt.Patient) -> lt.Run:
    return lt.simulate("sstr2_whole_body", reference, "netter1")
