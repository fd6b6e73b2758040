#include <doctest/doctest.h>

#include "lutetia/document/library.hpp"
#include "lutetia/document/writing.hpp"
#include "lutetia/dosing/regimen_writer.hpp"
#include "lutetia/model/patient_writer.hpp"

using namespace lutetia;

namespace {

const Library& library() {
  static const Library shipped(LUTETIA_MODELS);
  return shipped;
}

bool same(const Node& a, const Node& b) {
  if (a.kind != b.kind || a.scalar != b.scalar || a.items.size() != b.items.size() ||
      a.entries.size() != b.entries.size())
    return false;
  for (std::size_t i = 0; i < a.items.size(); ++i)
    if (!same(a.items[i], b.items[i])) return false;
  for (std::size_t i = 0; i < a.entries.size(); ++i)
    if (a.entries[i].first != b.entries[i].first || !same(a.entries[i].second, b.entries[i].second))
      return false;
  return true;
}

}  // namespace

TEST_CASE("numbers of any dimension are written to the last digit") {
  for (const char* unit :
       {"1", "h", "cm", "m^2", "mL", "nmol/L/min", "mL/min/g", "L/h/m^2", "kg/m^2"})
    for (const double value : {0.1, 1.0 / 3.0, 1.9, 7.2414e-5, 6.02e23}) {
      const Quantity quantity{value, parse_unit(unit).dimension};
      const Quantity read = parse_quantity(quantity_node(quantity).scalar);
      CHECK(read.value == value);
      CHECK(read.dimension == quantity.dimension);
    }
}

TEST_CASE("every patient of the library is read back from the document written of him") {
  int count = 0;
  for (const std::string& name : library().names("patient")) {
    Problems problems;
    for (const Patient& patient : read_patients(library().read("patient", name), problems)) {
      const Node written = document_of(patient);
      const Patient again = read_patient(written, problems);
      problems.throw_if_any();
      CHECK(same(document_of(again), written));
      CHECK(again.values.size() == patient.values.size());
      for (const auto& [key, value] : patient.values) {
        CHECK(again.values.at(key).quantity.value == value.quantity.value);
        CHECK(again.values.at(key).provenance.sources == value.provenance.sources);
      }
      ++count;
    }
  }
  CHECK(count > 10);
}

TEST_CASE("a parameter of a lesion that was replaced is written once") {
  Patient patient;
  patient.name = "p";
  patient.sex = "male";
  const auto milliliters = [](double v) {
    return SourcedQuantity{{v / 1000.0, dimension::volume}, {}, {}, {}};
  };
  patient.lesions = {{.name = "liver_1", .parameters = {{"volume", milliliters(50.0)}}}};
  patient.values["liver_1.volume"] = milliliters(40.0);
  patient.references["gfr"] = {"gfr_mag3", {}};
  patient.values["gfr"] = {{6.0, dimension::flow}, {}, {}, {}};
  Problems problems;
  const Patient again = read_patient(document_of(patient), problems);
  problems.throw_if_any();
  CHECK(again.lesions.at(0).parameters.at("volume").quantity.value == 0.04);
  CHECK(again.values.at("gfr").quantity.value == 6.0);
  CHECK(again.references.empty());
}

TEST_CASE("every regimen of the library is read back from the document written of it") {
  for (const std::string& name : library().names("regimen")) {
    Problems problems;
    const Regimen regimen = read_regimen(library().read("regimen", name), problems);
    const Node written = document_of(regimen);
    const Regimen again = read_regimen(written, problems);
    problems.throw_if_any();
    CHECK(same(document_of(again), written));
    REQUIRE(again.administrations.size() == regimen.administrations.size());
    for (std::size_t i = 0; i < again.administrations.size(); ++i) {
      CHECK(again.administrations[i].time == regimen.administrations[i].time);
      CHECK(again.administrations[i].amino_acids.has_value() ==
            regimen.administrations[i].amino_acids.has_value());
    }
  }
}
