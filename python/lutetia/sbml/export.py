"""From a description of a run to a checked SBML file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from lutetia import _core
from lutetia.data import shipped
from lutetia.errors import InternalError
from lutetia.patient import Patient
from lutetia.prescription import Infusion, Regimen
from lutetia.sbml.notes import notes_of
from lutetia.sbml.writer import libsbml, write_document
from lutetia.sweeping import described
from lutetia.units import Quantity, to_internal


def export_sbml(
    model: str | _core.Model,
    patient: str | Patient,
    regimen: str | Regimen | Infusion | Sequence[Infusion],
    path: str | Path,
    *,
    modules: Sequence[str] = (),
    end: Quantity = None,
    parameters: Mapping[str, Quantity] | None = None,
    observables: bool = True,
    library: _core.Library | None = None,
) -> Path:
    """Write what `simulate` would integrate as SBML Level 3 Version 2.

    Time in h, amounts in nmol, volumes in L, activity in MBq. A species is an amount of one form of a
    ligand in one compartment (``dotatate_Lu_177__kidney_vascular``), every process of the model is one
    reaction, its constants are parameters named as in the model (``kidney_flow``), computed ones as
    numbers. Administrations, voids and changes of parameters are events. The clock of SBML starts at
    the first of them, or at zero when none is earlier: the parameter ``clock_start`` is the time of the
    course at SBML time zero.

    Parameters
    ----------
    model, patient, regimen, modules, parameters, library
        As in `simulate`.
    path
        The file to write.
    end
        Until when compartments are voided and parameters change; as in `simulate`.
    observables
        Write the activity of every region as a parameter with a rule (``activity__kidney``, in MBq).
        Without them other simulators have less to evaluate.

    Returns
    -------
    pathlib.Path
        `path`.

    Raises
    ------
    ModelError
        If the descriptions do not fit together.
    ImportError
        If python-libsbml is not installed.
    InternalError
        If libSBML finds the document inconsistent.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from lutetia import Infusion
    >>> cycle = Infusion("dotatate", nuclide="Lu-177", activity="7.4 GBq", amount="100 nmol",
    ...                  duration="30 min")
    >>> with TemporaryDirectory() as folder:
    ...     file = export_sbml("sstr2_whole_body", "reference_male", cycle, folder + "/course.xml")
    ...     "dotatate_Lu_177__kidney_bound" in file.read_text()
    True
    """
    library = library or shipped()
    core_model, patient, regimen = described(model, patient, regimen, library, modules)
    if parameters:
        patient = patient.with_values(parameters)
    request = _core.RunRequest()
    if end is not None:
        request.end = float(end) if isinstance(end, int | float) else to_internal(end, "h", "end")
    text = document_text(
        library, core_model, patient.core, regimen.core, request, observables=observables
    )
    Path(path).write_text(text, encoding="utf-8")
    return Path(path)


def export_case(
    case: str | _core.Case, *, observables: bool = True, library: _core.Library | None = None
) -> Iterator[tuple[str, str]]:
    """Yield name and SBML text of every patient of a case.

    Parameters
    ----------
    case
        A case, its name or its path.
    observables
        As in `export_sbml`.

    Yields
    ------
    tuple of str
        Name of the patient and the document.

    Examples
    --------
    >>> patient, text = next(export_case("golden"))
    >>> patient
    'reference_male'
    """
    library = library or shipped()
    core = _core.read_case(library, case) if isinstance(case, str) else case
    for patient in core.patients:
        yield (
            patient.name,
            document_text(
                library, core.model, patient, core.regimen, core.request, observables=observables
            ),
        )


def document_text(
    library: _core.Library,
    model: _core.Model,
    patient: _core.Patient,
    regimen: _core.Regimen,
    request: _core.RunRequest,
    *,
    observables: bool,
) -> str:
    """Return the checked SBML text of a run."""
    sbml = libsbml()
    network = _core.reaction_network(library, model, patient, regimen, request)
    notes = notes_of(network, model, patient, regimen, _core.citations(library))
    document = write_document(network, model.name, notes, observables=observables)
    check(document, sbml)
    return str(sbml.writeSBMLToString(document))


def check(document: Any, sbml: Any) -> None:
    """Refuse a document in which libSBML finds anything, warnings included."""
    document.checkConsistency()
    found = [document.getError(i) for i in range(document.getNumErrors())]
    messages = [f"line {e.getLine()}: {e.getMessage().strip()}" for e in found]
    if messages:
        raise InternalError(
            f"libSBML finds {len(messages)} problems in the exported document, first: {messages[0]}"
        )
