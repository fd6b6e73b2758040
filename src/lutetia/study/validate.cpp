#include <algorithm>
#include <functional>

#include "lutetia/core/text.hpp"
#include "lutetia/document/yaml.hpp"
#include "lutetia/model/fit_assumptions.hpp"
#include "lutetia/model/modules.hpp"
#include "lutetia/nuclide/half_lives.hpp"
#include "lutetia/radiobiology/response_data.hpp"
#include "lutetia/radiobiology/tissues.hpp"
#include "lutetia/study/case.hpp"
#include "lutetia/study/citations.hpp"
#include "lutetia/study/trial_patient.hpp"

namespace lutetia {
namespace {

namespace fs = std::filesystem;

constexpr const char* default_model = "sstr2_whole_body";

void add_all(const ModelError& error, Problems& problems) {
  for (const Problem& p : error.problems()) problems.add(p);
}

/// Ligands or nuclides of the library that can be read; a broken one is the problem of its own
/// file.
template <class T>
std::vector<T> readable(const Library& library, const std::string& kind,
                        T (*read)(const Node&, Problems&)) {
  std::vector<T> out;
  for (const std::string& name : library.names(kind)) try {
      Problems problems;
      T entry = read(library.read(kind, name), problems);
      if (problems.empty()) out.push_back(std::move(entry));
    } catch (const Error&) {
    }
  return out;
}

/// The model of a library that has just one; a patient or regimen can then be tried in it.
std::optional<Model> model_for(const Library& library, const Node& file) {
  const auto names = library.names("model");
  const Node* asked = file.find("model");
  const std::string name = asked && asked->is_scalar() ? asked->scalar
                           : names.size() == 1         ? names.front()
                                                       : default_model;
  try {
    return read_model(library, name);
  } catch (const Error&) {
    return std::nullopt;
  }
}

void check_model(const Library& library, const Node& node, Problems& problems) {
  const Model model = read_model(node, problems);
  if (!problems.empty()) return;
  auto ligands = readable<Ligand>(library, "ligand", read_ligand);
  std::erase_if(ligands, [](const Ligand& ligand) { return ligand.substance != peptide; });
  if (ligands.size() > 1) ligands.resize(1);  // one is enough for the names a model asks for
  for (const char* sex : {"male", "female"}) try {
      (void)expand_network(model, patient_of_ones(model, sex), ligands, {});
    } catch (const ModelError& error) {
      add_all(error, problems);
    }
}

/// A module is tried in the first model it names.
void check_module(const Library& library, const fs::path& file, const Node& node,
                  Problems& problems) {
  Fields fields(node, "a module", problems);
  const Node* extends = fields.require("extends", default_model);
  if (!extends) return;
  const auto models = read_words(*extends, "extends", problems);
  if (models.empty()) return;
  try {
    ContentHash hash;
    const Node merged = with_modules(library, library.read("model", models.front()),
                                     {file.string()}, hash, problems);
    check_model(library, merged, problems);
  } catch (const FileError& error) {
    problems.add({.what = error.what(), .where = extends->where});
  }
}

/// Half-lives are those of a nuclide of the library.
void check_half_lives(const Library& library, const Node& node, Problems& problems) {
  const PopulationHalfLives table = read_population_half_lives(node, problems);
  if (table.nuclide.empty()) return;
  try {
    (void)library.find("nuclide", table.nuclide);
  } catch (const FileError& error) {
    problems.add({.what = error.what(), .where = node.find("nuclide")->where});
  }
}

/// A mix of amino acids is one that could be given.
void check_amino_acids(const Library& library, const Node& node, Problems& problems) {
  Administration protected_one;
  protected_one.amino_acids = read_amino_acids(node, problems);
  Regimen regimen;
  regimen.administrations = given_amino_acids(protected_one, {});
  try {
    (void)read_substances(library, regimen);
  } catch (const ModelError& error) {
    add_all(error, problems);
  }
}

/// True when a model has a place for a substance and no reason to refuse it.
bool takes(const Model& model, const std::string& substance) {
  const auto holds = [&](const std::vector<Compartment>& all) {
    return std::any_of(all.begin(), all.end(),
                       [&](const Compartment& c) { return c.substance == substance; });
  };
  return !model.refuses.count(substance) &&
         (holds(model.compartments) ||
          std::any_of(model.organ_types.begin(), model.organ_types.end(),
                      [&](const OrganType& type) { return holds(type.compartments); }));
}

void check_patients(const Library& library, const Node& node, Problems& problems) {
  const std::vector<Patient> patients = read_patients(node, problems);
  const auto model = model_for(library, node);
  if (!model) return;
  Substances substances;
  substances.ligands = readable<Ligand>(library, "ligand", read_ligand);
  std::erase_if(substances.ligands,
                [&](const Ligand& ligand) { return !takes(*model, ligand.substance); });
  substances.nuclides = readable<Nuclide>(library, "nuclide", read_nuclide);
  for (const Ligand& ligand : substances.ligands)
    substances.structure.ligands.push_back(ligand.name);
  const bool good = problems.empty();
  const Node* cohort = node.find("patients");
  for (std::size_t i = 0; i < patients.size(); ++i) try {
      const Patient& patient = patients[i];
      if (good)
        check_run(*model, patient, {}, substances, problems);
      else if (patient.sex == "male" || patient.sex == "female")
        (void)expand_network(*model, completed(patient, *model, cohort ? cohort->items[i] : node),
                             substances.ligands, substances.nuclides);
    } catch (const ModelError& error) {
      add_all(error, problems);
    }
}

/// What is wrong with giving a regimen in a model.
Problems problems_in(const Model& model, const Regimen& regimen, const Substances& substances) {
  Problems problems;
  try {
    const System system = compile(model, patient_of_ones(model, "male"), substances.ligands,
                                  substances.nuclides, substances.structure);
    (void)expand(regimen, system, system.rates());
    check_changes({}, regimen.windows, system, problems);
  } catch (const ModelError& error) {
    add_all(error, problems);
  }
  return problems;
}

/// A regimen may need one of the model's modules: a place of its split, a parameter of a window.
bool fits_a_module(const Library& library, const Model& model, const Regimen& regimen,
                   const Substances& substances) {
  const auto modules = library.module_names(model.name);
  return std::any_of(modules.begin(), modules.end(), [&](const std::string& module) {
    try {
      return problems_in(read_model(library, model.name, {module}), regimen, substances).empty();
    } catch (const Error&) {
      return false;  // the problem of the module
    }
  });
}

void check_regimen(const Library& library, const Node& node, Problems& problems) {
  Regimen regimen = read_regimen(node, problems);
  const bool readable_regimen = problems.empty();
  Substances substances;
  regimen = with_amino_acids(library, std::move(regimen), problems);
  try {
    substances = read_substances(library, regimen);
  } catch (const ModelError& error) {
    add_all(error, problems);
  }
  const auto model = model_for(library, node);
  if (!readable_regimen || !problems.empty() || !model) return;
  const Problems found = problems_in(*model, regimen, substances);
  if (found.empty() || fits_a_module(library, *model, regimen, substances)) return;
  for (const Problem& p : found.sorted()) problems.add(p);
}

/// The key that says what a file describes, and how such a file is checked. Cases and policies also
/// have the keys of their parts.
struct FileKind {
  std::string key;
  std::function<void(const Library&, const fs::path&, const Node&, Problems&)> check;
};

const std::vector<FileKind> file_kinds{
    {"case", [](const Library& l, const fs::path& file, const Node& n,
                Problems&) { (void)read_case(l, file, n); }},
    {"policy", [](const Library& l, const fs::path&, const Node& n,
                  Problems& p) { check_policy(l, read_policy(n, p), p); }},
    {"module", [](const Library& l, const fs::path& file, const Node& n,
                  Problems& p) { check_module(l, file, n, p); }},
    {"patient", [](const Library& l, const fs::path&, const Node& n,
                   Problems& p) { check_patients(l, n, p); }},
    {"cohort", [](const Library& l, const fs::path&, const Node& n,
                  Problems& p) { check_patients(l, n, p); }},
    {"regimen",
     [](const Library& l, const fs::path&, const Node& n, Problems& p) { check_regimen(l, n, p); }},
    {"model",
     [](const Library& l, const fs::path&, const Node& n, Problems& p) { check_model(l, n, p); }},
    {"amino_acids", [](const Library& l, const fs::path&, const Node& n,
                       Problems& p) { check_amino_acids(l, n, p); }},
    {"ligand",
     [](const Library&, const fs::path&, const Node& n, Problems& p) { (void)read_ligand(n, p); }},
    {"s_values", [](const Library&, const fs::path&, const Node& n,
                    Problems& p) { (void)read_s_values(n, p); }},
    {"fit_assumptions", [](const Library&, const fs::path&, const Node& n,
                           Problems& p) { (void)read_fit_assumptions(n, p); }},
    {"radiobiology",
     [](const Library&, const fs::path&, const Node& n, Problems& p) { (void)read_tissues(n, p); }},
    {"population_half_lives", [](const Library& l, const fs::path&, const Node& n,
                                 Problems& p) { check_half_lives(l, n, p); }},
    {"tumor_response", [](const Library&, const fs::path&, const Node& n,
                          Problems& p) { (void)read_tumor_response(n, p); }},
    {"normal_tissue", [](const Library&, const fs::path&, const Node& n,
                         Problems& p) { (void)read_normal_tissue(n, p); }},
    {"dose_limits", [](const Library&, const fs::path&, const Node& n,
                       Problems& p) { (void)read_dose_limits(n, p); }},
    {"planning_assumptions", [](const Library&, const fs::path&, const Node& n,
                                Problems& p) { (void)read_planning_assumptions(n, p); }},
    {"nuclide",
     [](const Library&, const fs::path&, const Node& n, Problems& p) { (void)read_nuclide(n, p); }},
    {"sources",
     [](const Library&, const fs::path&, const Node& n, Problems& p) { check_source_list(n, p); }},
};

void check_file(const Library& library, const fs::path& file, const Node& node,
                Problems& problems) {
  if (!node.is_map()) {
    problems.add(
        {.what = "a file must be a map of keys",
         .where = node.where,
         .found = node.described(),
         .hint = "begin it with the lines lutetia: 1 and, for example, patient: my_patient"});
    return;
  }
  require_schema_version(node, problems);
  for (const FileKind& kind : file_kinds)
    if (node.find(kind.key)) return kind.check(library, file, node, problems);
  std::vector<std::string> kinds;
  for (const FileKind& kind : file_kinds) kinds.push_back(kind.key);
  std::string meant;
  Location where = node.where;
  for (const auto& [key, value] : node.entries)
    if (const std::string near = nearest(key, kinds);
        meant.empty() && key != "lutetia" && !near.empty()) {
      meant = text("did you mean ", quote(near), " instead of ", quote(key), "?");
      where = value.key_place();
    }
  problems.add({.what = "the file does not say what it describes",
                .where = where,
                .expected = "one of the keys " + join(kinds),
                .hint = meant});
}

}  // namespace

std::vector<Problem> validate(const Library& library, const fs::path& file) {
  Problems problems;
  try {
    const Node node = read_yaml(file);
    try {
      check_file(library, file, node, problems);
    } catch (const ModelError& error) {
      add_all(error, problems);
    }
    check_citations(library, file, node, problems);
  } catch (const ModelError& error) {
    add_all(error, problems);
  } catch (const FileError& error) {
    problems.add({.what = error.what()});
  }
  return problems.sorted();
}

}  // namespace lutetia
