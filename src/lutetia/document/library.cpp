#include "lutetia/document/library.hpp"

#include <algorithm>
#include <cctype>
#include <map>

#include "lutetia/core/text.hpp"
#include "lutetia/document/yaml.hpp"

namespace lutetia {
namespace {

namespace fs = std::filesystem;

const std::map<std::string, std::string> folders{{"model", "."},
                                                 {"nuclide", "nuclides"},
                                                 {"ligand", "ligands"},
                                                 {"s_values", "s_values"},
                                                 {"regimen", "regimens"},
                                                 {"patient", "patients"},
                                                 {"case", "cases"},
                                                 {"amino_acids", "amino_acids"},
                                                 {"fit_assumptions", "fit_assumptions"},
                                                 {"normal_tissue", "normal_tissue"},
                                                 {"radiobiology", "radiobiology"},
                                                 {"population_half_lives", "population_half_lives"},
                                                 {"tumor_response", "tumor_response"},
                                                 {"dose_limits", "dose_limits"},
                                                 {"policy", "policies"},
                                                 {"planning_assumptions", "planning_assumptions"}};

/// File stem of a name: "Lu-177" → "lu177"; other names keep their underscores.
std::string stem_of(const std::string& kind, const std::string& name) {
  if (kind != "nuclide") return name;
  std::string stem;
  for (const char c : name)
    if (std::isalnum(static_cast<unsigned char>(c))) stem += static_cast<char>(std::tolower(c));
  return stem;
}

/// The name a file gives its entry; `otherwise` when it cannot be read.
std::string name_in(const fs::path& file, const std::string& key,
                    const std::string& otherwise) try {
  const Node node = read_yaml(file);
  const Node* name = node.find(key);
  return name ? name->scalar : otherwise;
} catch (const Error&) {
  return otherwise;
}

/// Names of the YAML files in a folder, sorted.
std::vector<std::string> stems_in(const fs::path& folder) {
  std::vector<std::string> out;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error))
    if (entry.path().extension() == ".yaml") out.push_back(entry.path().stem().string());
  std::sort(out.begin(), out.end());
  return out;
}

bool looks_like_path(const std::string& name) {
  return name.find('/') != std::string::npos || name.ends_with(".yaml") || name.ends_with(".yml");
}

}  // namespace

fs::path Library::find(const std::string& kind, const std::string& name) const {
  if (looks_like_path(name)) return name;
  const fs::path folder = root_ / folders.at(kind);
  const fs::path file =
      kind == "model" ? folder / name / "model.yaml" : folder / (stem_of(kind, name) + ".yaml");
  std::error_code error;
  if (!name.empty() && fs::is_regular_file(file, error)) return file.lexically_normal();
  std::vector<std::string> known = names(kind);
  if (kind == "nuclide")  // files are called lu177, nuclides Lu-177
    for (std::string& stem : known) stem = name_in(folder / (stem + ".yaml"), kind, stem);
  throw FileError(text("unknown ", kind, ' ', quote(name), " in ", root_.string(), "; ",
                       suggestion(name, known)));
}

fs::path Library::find_module(const std::string& model, const std::string& name) const {
  if (looks_like_path(name)) return name;
  const fs::path file = root_ / model / "modules" / (name + ".yaml");
  std::error_code error;
  if (!name.empty() && fs::is_regular_file(file, error)) return file.lexically_normal();
  throw FileError(text("model ", quote(model), " has no module ", quote(name), "; ",
                       suggestion(name, module_names(model))));
}

std::vector<std::string> Library::module_names(const std::string& model) const {
  return stems_in(root_ / model / "modules");
}

Node Library::read(const std::string& kind, const std::string& name) const {
  return read_yaml(find(kind, name));
}

std::vector<std::string> Library::names(const std::string& kind) const {
  if (kind != "model") return stems_in(root_ / folders.at(kind));
  std::vector<std::string> out;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(root_, error))
    if (fs::exists(entry.path() / "model.yaml")) out.push_back(entry.path().filename().string());
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace lutetia
