/// @file Table of contents of the extension, in dependency order, and the translation of errors.
#include "bindings.hpp"
#include "lutetia/core/error.hpp"

namespace lutetia::python {
namespace {

py::dict as_dict(const Problem& p) {
  py::dict out;
  out["what"] = p.what;
  out["file"] = p.where.file();
  out["line"] = p.where.line;
  out["column"] = p.where.column;
  out["path"] = p.where.path;
  out["found"] = p.found;
  out["expected"] = p.expected;
  out["hint"] = p.hint;
  out["message"] = p.message();
  return out;
}

/// Raise a class of lutetia.errors, which are defined once, in Python.
void raise(const char* type, const char* message, const py::dict& attributes) {
  const py::object error = py::module_::import("lutetia.errors").attr(type)(message);
  for (const auto& [name, value] : attributes) py::setattr(error, name, value);
  PyErr_SetObject(py::type::of(error).ptr(), error.ptr());
}

}  // namespace

void register_errors(py::module_&) {
  py::register_exception_translator([](std::exception_ptr p) {
    try {
      if (p) std::rethrow_exception(p);
    } catch (const ModelError& e) {
      py::list problems;
      for (const Problem& problem : e.problems()) problems.append(as_dict(problem));
      raise("ModelError", e.what(), py::dict(py::arg("problems") = problems));
    } catch (const SolverError& e) {
      raise("SolverError", e.what(),
            py::dict(py::arg("reason") = to_string(e.reason()), py::arg("time") = e.time(),
                     py::arg("step") = e.step(), py::arg("state") = e.state(),
                     py::arg("nearest_event") = e.nearest_event(),
                     py::arg("accepted_steps") = e.accepted_steps()));
    } catch (const UnitError& e) {
      raise("UnitError", e.what(), {});
    } catch (const DataError& e) {
      raise("DataError", e.what(), {});
    } catch (const InternalError& e) {
      raise("InternalError", e.what(), {});
    }
  });
}

}  // namespace lutetia::python

PYBIND11_MODULE(_core, m) {
  m.doc() = "Compiled core of lutetia; use the functions of the package instead.";
  m.attr("__version__") = LUTETIA_VERSION;
  lutetia::python::register_errors(m);
  lutetia::python::register_document(m);
  lutetia::python::register_model(m);
  lutetia::python::register_structure(m);
  lutetia::python::register_simulate(m);
  lutetia::python::register_reactions(m);
  lutetia::python::register_dosimetry(m);
  lutetia::python::register_chains(m);
  lutetia::python::register_radiobiology(m);
  lutetia::python::register_sensitivity(m);
  lutetia::python::register_response(m);
  lutetia::python::register_batch(m);
  lutetia::python::register_estimation(m);
  lutetia::python::register_fit(m);
  lutetia::python::register_plan(m);
}
