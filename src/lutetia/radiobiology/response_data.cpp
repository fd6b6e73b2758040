#include "lutetia/radiobiology/response_data.hpp"

#include "lutetia/core/text.hpp"

namespace lutetia {
namespace {

/// A number a file must have.
struct Key {
  const char* name;
  const char* example;  ///< its unit is that of the dimension
  Dimension dimension;
  bool zero_allowed = false;
};

constexpr Dimension pressure = dimension::mass / dimension::length / power(dimension::time, 2);
constexpr Dimension number_density = dimension::none / dimension::volume;
constexpr Dimension per_dose = dimension::none / dimension::absorbed_dose;

const std::vector<Key> tumor_keys{
    {"alpha", "0.0172 1/Gy", per_dose, true},
    {"volume_doubling_time", "200 day", dimension::time},
    {"clearance_half_time", "30 day", dimension::time, true},
    {"receptor_loss", "0 1/Gy", per_dose, true},
    {"receptor_recovery_rate", "0 1/day", dimension::rate, true},
    {"heterogeneity", "0", dimension::none, true},
    {"clonogen_density", "1e7 1/g", dimension::none / dimension::mass},
    {"alpha_cv", "49 %", dimension::none, true},
    {"cell_cycle_time", "3 day", dimension::time},
    {"cell_loss", "85 %", dimension::none, true},
    {"oer_maximum", "3", dimension::none},
    {"oer_half_effect", "3 mmHg", pressure}};

const std::vector<Key> recist_keys{{"partial_response", "0.70", dimension::none},
                                   {"progression", "1.20", dimension::none},
                                   {"progression_difference", "5 mm", dimension::length, true},
                                   {"measurable_diameter", "10 mm", dimension::length, true}};

const std::vector<Key> kidney_keys{{"bed_50", "50.4 Gy", dimension::absorbed_dose},
                                   {"lyman_slope", "0.10", dimension::none},
                                   {"logistic_exponent", "16", dimension::none},
                                   {"gfr_aging", "0.01 1/year", dimension::rate, true},
                                   {"gfr_largest_loss", "0.10 1/year", dimension::rate, true},
                                   {"gfr_loss_exponent", "3", dimension::none}};

const std::vector<Key> line_keys{
    {"baseline", "250e9 1/L", number_density},    {"transit_time", "250 h", dimension::time},
    {"transits", "3", dimension::none},           {"feedback", "0.2", dimension::none, true},
    {"alpha", "0.7 1/Gy", per_dose, true},        {"blood_alpha", "0 1/Gy", per_dose, true},
    {"reserve_loss", "0", dimension::none, true}, {"grade_1", "150e9 1/L", number_density},
    {"grade_2", "75e9 1/L", number_density},      {"grade_3", "50e9 1/L", number_density},
    {"grade_4", "25e9 1/L", number_density}};

/// The numbers of a map that has exactly these keys, or these among others.
NamedNumbers read_keys(Fields& fields, const std::vector<Key>& keys, Problems& problems) {
  NamedNumbers out;
  for (const Key& key : keys) {
    const Node* node = fields.require(key.name, key.example);
    if (!node) continue;
    const auto read = read_sourced(*node, key.name, key.dimension, problems);
    if (read && check_sign(*node, *read, key.name, key.zero_allowed, problems))
      out.emplace_back(key.name, *read);
  }
  return out;
}

NamedNumbers read_section(Fields& file, const std::string& name, const std::vector<Key>& keys,
                          Problems& problems) {
  const Node* node = file.require(name, text('{', keys.front().name, ": …}"));
  if (!node) return {};
  Fields fields(*node, name, problems);
  if (!fields.valid()) return {};
  NamedNumbers out = read_keys(fields, keys, problems);
  fields.finish();
  return out;
}

/// Positive factors under any names.
NamedNumbers read_factors(Fields& file, const std::string& name, Problems& problems) {
  const Node* node = file.find(name);
  NamedNumbers out;
  if (!node) return out;
  if (!node->is_map()) {
    problems.add({.what = text(quote(name), " must be a map of names to factors"),
                  .where = node->where,
                  .found = node->described()});
    return out;
  }
  for (const auto& [drug, factor] : node->entries)
    if (const auto read = read_sourced(factor, drug, dimension::none, problems);
        read && check_sign(factor, *read, drug, false, problems))
      out.emplace_back(drug, *read);
  return out;
}

}  // namespace

TumorResponseData read_tumor_response(const Node& node, Problems& problems) {
  TumorResponseData out;
  Fields fields(node, "a file of tumor response", problems);
  if (!fields.valid()) return out;
  fields.schema_version();
  out.name = fields.required_text("tumor_response", "default");
  (void)fields.text_or("description", "");
  out.caution = fields.required_text("caution", "\"fitted to another tumor\"");
  out.values = read_section(fields, "values", tumor_keys, problems);
  out.sensitizers = read_factors(fields, "sensitizers", problems);
  out.recist = read_section(fields, "recist", recist_keys, problems);
  fields.finish();
  return out;
}

NormalTissueData read_normal_tissue(const Node& node, Problems& problems) {
  NormalTissueData out;
  Fields fields(node, "a file of normal tissue", problems);
  if (!fields.valid()) return out;
  fields.schema_version();
  out.name = fields.required_text("normal_tissue", "default");
  (void)fields.text_or("description", "");
  if (const Node* kidney = fields.require("kidney", "{caution: …, values: …}")) {
    Fields section(*kidney, "kidney", problems);
    if (section.valid()) {
      out.kidney_caution = section.required_text("caution", "\"from external beams\"");
      out.kidney = read_section(section, "values", kidney_keys, problems);
      section.finish();
    }
  }
  if (const Node* blood = fields.require("blood", "{caution: …, lines: …}")) {
    Fields section(*blood, "blood", problems);
    if (section.valid()) {
      out.blood_caution = section.required_text("caution", "\"assumed radiosensitivities\"");
      const Node* lines = section.require("lines", "{platelets: …}");
      if (lines && !lines->is_map())
        problems.add({.what = "'lines' must be a map of cell lines",
                      .where = lines->where,
                      .found = lines->described()});
      else if (lines)
        for (const auto& [line, numbers] : lines->entries) {
          Fields of_line(numbers, text("cell line ", quote(line)), problems);
          if (!of_line.valid()) continue;
          out.lines.emplace_back(line, read_keys(of_line, line_keys, problems));
          of_line.finish();
        }
      section.finish();
    }
  }
  fields.finish();
  return out;
}

}  // namespace lutetia
