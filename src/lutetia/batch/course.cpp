#include "lutetia/batch/course.hpp"

#include <algorithm>
#include <limits>
#include <map>

#include "lutetia/core/text.hpp"

namespace lutetia {
namespace {

/// The patient with every given parameter as an input of the model. Its value is not a number until
/// a member brings his own.
Patient opened(Patient patient, const std::vector<GivenParameter>& given, Problems& problems) {
  for (const GivenParameter& parameter : given) {
    const Location where{nullptr, 0, 0, "parameters." + parameter.name};
    try {
      SourcedQuantity value{};
      value.quantity = {std::numeric_limits<double>::quiet_NaN(),
                        parse_unit(parameter.unit).dimension};
      value.where = where;
      patient.values[parameter.name] = value;
    } catch (const UnitError& error) {
      problems.add({.what = error.what(), .where = where});
    }
  }
  return patient;
}

/// Nuclides in the order of time_integrated_activity() and their tables, read once per nuclide.
class Tables {
 public:
  explicit Tables(const Library& library) : library_(library) {}

  DosePlan plan(const System& system, const Substances& substances, const std::string& sex,
                DoseConvention convention) {
    std::vector<SValues> tables;
    for (const Nuclide& nuclide : substances.nuclides) {
      if (convention != DoseConvention::s_values) continue;
      const auto [at, added] = read_.try_emplace(nuclide.name);
      if (added) at->second = read_s_values(library_, nuclide.name);
      tables.push_back(at->second);
    }
    return {system, substances.nuclides, std::move(tables), sex, convention};
  }

 private:
  const Library& library_;
  std::map<std::string, SValues> read_;
};

Course make_course(const Model& model, const Patient& patient, const Regimen& regimen,
                   const Substances& substances, const std::vector<GivenParameter>& given) {
  Course out;
  out.patient = patient.name;
  out.regimen_name = regimen.name;
  out.system = std::make_shared<const System>(
      compile(model, patient, substances.ligands, substances.nuclides, substances.structure));
  out.regimen = regimen;
  out.cycle_effects = patient.cycle_effects;
  out.values = out.system->parameter_values();
  const auto& parameters = out.system->network().parameters;
  for (const GivenParameter& wanted : given) {
    const auto at = std::find_if(parameters.begin(), parameters.end(),
                                 [&](const auto& p) { return p.name == wanted.name; });
    out.given.push_back(at == parameters.end() ? -1 : static_cast<int>(at - parameters.begin()));
  }
  out.cycles = expand(regimen, *out.system, out.system->rates()).cycle_starts.size();
  return out;
}

/// Position of a region among the targets of the doses.
std::size_t target_of(const Course& course, const std::string& name) {
  std::vector<std::string> names;
  for (const int target : course.dose.targets())
    names.push_back(course.system->network().regions[target].name);
  const auto at = std::find(names.begin(), names.end(), name);
  if (at == names.end())
    throw DataError(text("patient ", quote(course.patient), " has no region ", quote(name),
                         " with an absorbed dose; regions: ", join(names, ", ")));
  return static_cast<std::size_t>(at - names.begin());
}

}  // namespace

bool Batch::observes(std::initializer_list<Outcome> any) const {
  const auto& all = options.observe;
  return std::find_first_of(all.begin(), all.end(), any.begin(), any.end()) != all.end();
}

std::size_t Batch::columns(Outcome outcome) const {
  switch (outcome) {
    case Outcome::absorbed_dose:
    case Outcome::time_integrated_activity:
    case Outcome::protraction:
    case Outcome::biologically_effective_dose:
      return cycles;
    case Outcome::activity:
    case Outcome::damage:
      return options.times.size();
    case Outcome::total_absorbed_dose:
    case Outcome::total_time_integrated_activity:
    case Outcome::total_protraction:
    case Outcome::total_biologically_effective_dose:
      return 1;
  }
  return 0;
}

std::size_t Batch::rows(Outcome outcome) const {
  return outcome == Outcome::damage ? damage_parts : regions.size();
}

Batch make_batch(const Library& library, const Model& model, const std::vector<Patient>& patients,
                 const std::vector<Regimen>& regimens, const std::vector<GivenParameter>& given,
                 BatchOptions options) {
  Batch out;
  out.options = std::move(options);
  if (out.observes({Outcome::protraction, Outcome::total_protraction,
                    Outcome::biologically_effective_dose,
                    Outcome::total_biologically_effective_dose, Outcome::damage})) {
    out.options.simulation.curves = true;
    if (!out.options.tissues) out.options.tissues = read_tissues(library);
  }
  Problems problems;
  Tables tables(library);
  std::vector<Regimen> complete;
  std::vector<Substances> substances;
  for (const Regimen& regimen : regimens) {
    complete.push_back(with_amino_acids(library, regimen));
    substances.push_back(read_substances(library, complete.back()));
  }
  for (const Patient& patient : patients) {
    const Patient open = opened(patient, given, problems);
    for (std::size_t r = 0; r < complete.size(); ++r) try {
        Course course = make_course(model, open, complete[r], substances[r], given);
        course.dose =
            tables.plan(*course.system, substances[r], patient.sex, out.options.convention);
        if (out.options.simulation.curves)
          for (const int target : course.dose.targets()) {
            const Region& region = course.system->network().regions[target];
            course.tissues.push_back(out.options.tissues->of(region.name, region.lesion));
          }
        if (out.observes({Outcome::damage}))
          course.damage_target = target_of(course, out.options.damage_region);
        for (const Region& region : course.system->network().regions) {
          auto at = std::find(out.regions.begin(), out.regions.end(), region.name);
          course.regions.push_back(static_cast<int>(at - out.regions.begin()));
          if (at == out.regions.end()) out.regions.push_back(region.name);
        }
        out.cycles = std::max(out.cycles, course.cycles);
        out.courses.push_back(std::move(course));
      } catch (const ModelError& error) {
        for (const Problem& problem : error.problems()) problems.add(problem);
      }
  }
  problems.throw_if_any();
  return out;
}

}  // namespace lutetia
