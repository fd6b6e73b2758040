#include "lutetia/model/patient.hpp"

#include <algorithm>
#include <array>
#include <map>

#include "lutetia/core/text.hpp"
#include "lutetia/model/names.hpp"
#include "lutetia/model/provenance.hpp"

namespace lutetia {
namespace {

constexpr std::array<std::string_view, 13> structural_keys{
    "lutetia", "patient", "description", "source",    "tag",           "note", "sex",
    "organs",  "lesions", "parameters",  "published", "cycle_effects", "model"};

/// Results named in a cohort file ("serum: 20 min/L"); dimensions are checked where they are
/// compared.
std::map<std::string, SourcedQuantity> read_published(const Node& node, Problems& problems) {
  std::map<std::string, SourcedQuantity> out;
  if (!node.is_map())
    problems.add({.what = "'published' must be a map from name to number",
                  .where = node.where,
                  .found = node.described()});
  for (const auto& [name, value] : node.entries) {
    if (name == "source" || name == "tag" || name == "note") continue;
    if (const auto read = read_sourced(value, name, problems)) out[name] = *read;
  }
  return out;
}

/// Values a patient may give: a size is positive, no other number of a person is negative.
void add_value(const Node& node, const std::string& name,
               const std::optional<SourcedQuantity>& read, Patient& patient, Problems& problems) {
  if (!read) return;
  const bool size =
      name.ends_with("volume") || name.ends_with("mass") || name == "weight" || name == "height";
  if (!check_sign(node, *read, name, !size, problems)) return;
  if (const auto [first, added] = patient.values.try_emplace(name, *read); !added)
    problems.add({.what = text(quote(name), " is given twice"),
                  .where = read->where,
                  .hint = text("the other value stands in line ", first->second.where.line,
                               "; keep one of them")});
}

void read_organs(const Node& node, Patient& patient, Problems& problems) {
  if (!node.is_map()) {
    problems.add({.what = "'organs' must be a map from organ to its values",
                  .where = node.where,
                  .found = node.described(),
                  .hint = "write for example organs: {kidney: 310 mL}"});
    return;
  }
  for (const auto& [organ, value] : node.entries) {
    if (value.is_scalar() && value.scalar == "absent") {
      patient.absent_organs.push_back({organ, value.key_place()});
    } else if (value.is_map() && !value.find("value")) {
      for (const auto& [name, number] : value.entries)
        add_value(number, organ + "." + name, read_sourced(number, organ + "." + name, problems),
                  patient, problems);
    } else {
      add_value(value, organ + ".volume",
                read_sourced(value, organ + ".volume", dimension::volume, problems), patient,
                problems);
    }
  }
}

/// A number without a source of its own has the source of what it stands in.
void inherit(std::map<std::string, SourcedQuantity>& values, const Provenance& outer) {
  for (auto& [name, value] : values) value.provenance = own_or(value.provenance, outer);
}

Lesion read_lesion(const Node& node, const Provenance& of_patient, Problems& problems) {
  Lesion lesion;
  lesion.where = node.where;
  Fields fields(node, "a lesion", problems);
  if (!fields.valid()) return lesion;
  lesion.name = fields.required_text("name", "liver_1");
  if (const Node* name = node.find("name")) check_name(*name, "a lesion", problems);
  lesion.type = fields.text_or("type", "");
  if (const Node* type = node.find("type")) lesion.type_where = type->where;
  lesion.site = fields.text_or("site", "");
  if (const Node* site = node.find("site")) lesion.site_where = site->where;
  const Provenance of_lesion = own_or(fields.provenance(), of_patient);
  for (const auto& [key, value] : node.entries) {
    if (key == "name" || key == "type" || key == "site" || key == "source" || key == "tag" ||
        key == "note")
      continue;
    if (const auto read = read_sourced(value, key, problems);
        read && check_sign(value, *read, key, key != "volume", problems))
      lesion.parameters[key] = *read;
  }
  inherit(lesion.parameters, of_lesion);
  return lesion;
}

}  // namespace

Patient read_patient(const Node& node, Problems& problems, const Provenance& of_cohort) {
  Patient out;
  out.where = node.where;
  Fields fields(node, "a patient", problems);
  if (!fields.valid()) return out;
  fields.schema_version();
  (void)fields.text_or("model", "");  // the model the file was written for; validate looks at it
  out.name = fields.text_or("patient", "patient");
  if (const Node* name = node.find("patient")) {
    check_name(*name, "a patient", problems);  // results are written to a folder of this name
    out.where = name->where;
  }
  out.description = fields.text_or("description", "");
  out.sex = fields.required_text("sex", "male");
  if (const Node* sex = node.find("sex");
      sex && sex->is_scalar() && !out.sex.empty() && out.sex != "male" && out.sex != "female")
    problems.add({.what = "unknown sex",
                  .where = sex->where,
                  .found = sex->described(),
                  .expected = "male or female"});
  const Provenance of_patient = own_or(fields.provenance(), of_cohort);
  if (const Node* organs = fields.find("organs")) read_organs(*organs, out, problems);
  if (const Node* published = fields.find("published"))
    out.published = read_published(*published, problems);

  if (const Node* lesions = fields.find("lesions")) {
    if (!lesions->is_sequence())
      problems.add(
          {.what = "'lesions' must be a list",
           .where = lesions->where,
           .found = lesions->described(),
           .hint = "write each lesion on a line such as - {name: liver_1, volume: 50 mL}"});
    std::map<std::string, int> seen;
    for (const Node& item : lesions->items) {
      Lesion lesion = read_lesion(item, of_patient, problems);
      if (const auto [first, added] = seen.try_emplace(lesion.name, item.where.line);
          !added && !lesion.name.empty())
        problems.add({.what = text("lesion ", quote(lesion.name), " is given twice"),
                      .where = item.where,
                      .hint = text("the first stands in line ", first->second,
                                   "; give every lesion a name of its own")});
      out.lesions.push_back(std::move(lesion));
    }
  }
  if (const Node* parameters = fields.find("parameters")) {
    if (!parameters->is_map())
      problems.add({.what = "'parameters' must be a map",
                    .where = parameters->where,
                    .found = parameters->described(),
                    .hint = "write for example parameters: {kidney.receptor_density: 5 nmol/L}"});
    for (const auto& [name, value] : parameters->entries)
      add_value(value, name, read_sourced(value, name, problems), out, problems);
  }
  for (const Lesion& lesion : out.lesions)
    for (const auto& [name, given] : lesion.parameters)
      if (const auto twice = out.values.find(lesion.name + "." + name); twice != out.values.end())
        problems.add({.what = text(quote(twice->first), " is given twice"),
                      .where = twice->second.where,
                      .hint = text("the other value stands in line ", given.where.line,
                                   "; keep one of them")});
  out.cycle_effects = read_cycle_effects(fields.find("cycle_effects"), problems, of_patient);
  // Every other key is a covariate; the model says which ones it knows (system/network.cpp). It is
  // a number, or the name of a parameter of the model that computes it (gfr: gfr_ckd_epi).
  for (const auto& [key, value] : node.entries) {
    if (std::find(structural_keys.begin(), structural_keys.end(), key) != structural_keys.end())
      continue;
    if (value.is_scalar() && is_name(value.scalar))
      out.references[key] = {value.scalar, value.where};
    else
      add_value(value, key, read_sourced(value, key, problems), out, problems);
  }
  inherit(out.values, of_patient);
  return out;
}

std::vector<Patient> read_patients(const Node& node, Problems& problems) {
  if (!node.is_map() || !node.find("cohort")) return {read_patient(node, problems)};
  std::vector<Patient> out;
  Fields fields(node, "a cohort", problems);
  fields.schema_version();
  (void)fields.required_text("cohort", "k16");
  (void)fields.text_or("model", "");
  (void)fields.text_or("description", "");
  const Provenance of_cohort = fields.provenance();
  const Node* patients = fields.require("patients", "[{patient: first, sex: male, …}]");
  const auto* items = patients ? read_list(*patients, "patients", problems) : nullptr;
  std::map<std::string, int> names;
  for (const Node& item : items ? *items : std::vector<Node>{}) {
    out.push_back(read_patient(item, problems, of_cohort));
    const Patient& patient = out.back();
    if (item.is_map() && !item.find("patient"))
      problems.add({.what = "a patient of a cohort has no name",
                    .where = item.where,
                    .hint = "write for example patient: k16_1"});
    else if (const auto [first, added] = names.try_emplace(patient.name, patient.where.line);
             !added)
      problems.add({.what = text("patient ", quote(patient.name), " is given twice"),
                    .where = patient.where,
                    .hint = text("the first stands in line ", first->second,
                                 "; give every patient a name of his own")});
  }
  fields.finish();
  return out;
}

}  // namespace lutetia
