#include "lutetia/model/patient.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "lutetia/core/text.hpp"
#include "lutetia/model/names.hpp"

namespace lutetia {
namespace {

constexpr std::array<std::string_view, 11> structural_keys{
    "lutetia", "patient", "description", "source", "tag", "note", "sex", "organs", "lesions", "parameters", "published"};

/// Results named in a cohort file ("serum: 20 min/L"); dimensions are checked where they are compared.
std::map<std::string, SourcedQuantity> read_published(const Node& node, Problems& problems) {
  std::map<std::string, SourcedQuantity> out;
  for (const auto& [name, value] : node.entries) {
    if (name == "source" || name == "tag" || name == "note") continue;
    if (const auto read = read_sourced(value, name, problems)) out[name] = *read;
  }
  return out;
}

void read_organs(const Node& node, Patient& patient, Problems& problems) {
  if (!node.is_map()) {
    problems.add({.what = "'organs' must be a map from organ to its values", .where = node.where,
                  .found = node.described(), .hint = "write for example organs: {kidney: 310 mL}"});
    return;
  }
  for (const auto& [organ, value] : node.entries) {
    if (value.is_scalar() && value.scalar == "absent") {
      patient.absent_organs.push_back(organ);
    } else if (value.is_map() && !value.find("value")) {
      for (const auto& [name, number] : value.entries)
        if (const auto read = read_sourced(number, organ + "." + name, problems))
          patient.values[organ + "." + name] = *read;
    } else if (const auto read = read_sourced(value, organ + ".volume", dimension::volume, problems)) {
      patient.values[organ + ".volume"] = *read;
    }
  }
}

Lesion read_lesion(const Node& node, Problems& problems) {
  Lesion lesion;
  lesion.where = node.where;
  Fields fields(node, "a lesion", problems);
  lesion.name = fields.required_text("name", "liver_1");
  if (const Node* name = node.find("name")) check_name(*name, "a lesion", problems);
  lesion.type = fields.text_or("type", "");
  lesion.site = fields.text_or("site", "");
  (void)fields.provenance();
  for (const auto& [key, value] : node.entries) {
    if (key == "name" || key == "type" || key == "site" || key == "source" || key == "tag" || key == "note") continue;
    if (const auto read = read_sourced(value, key, problems)) lesion.parameters[key] = *read;
  }
  return lesion;
}

}  // namespace

Patient read_patient(const Node& node, Problems& problems) {
  Patient out;
  out.where = node.where;
  Fields fields(node, "a patient", problems);
  if (!fields.valid()) return out;
  out.name = fields.text_or("patient", "patient");
  out.description = fields.text_or("description", "");
  out.sex = fields.required_text("sex", "male");
  if (const Node* sex = node.find("sex"); sex && out.sex != "male" && out.sex != "female")
    problems.add({.what = "sex must be male or female", .where = sex->where, .found = sex->described()});
  (void)fields.provenance();
  if (const Node* organs = fields.find("organs")) read_organs(*organs, out, problems);
  if (const Node* published = fields.find("published")) out.published = read_published(*published, problems);

  if (const Node* lesions = fields.find("lesions")) {
    if (!lesions->is_sequence())
      problems.add({.what = "'lesions' must be a list", .where = lesions->where, .found = lesions->described()});
    std::set<std::string> seen;
    for (const Node& item : lesions->items) {
      Lesion lesion = read_lesion(item, problems);
      if (!lesion.name.empty() && !seen.insert(lesion.name).second)
        problems.add({.what = text("lesion ", quote(lesion.name), " is given twice"), .where = item.where,
                      .hint = "give every lesion a name of its own"});
      out.lesions.push_back(std::move(lesion));
    }
  }
  if (const Node* parameters = fields.find("parameters")) {
    if (!parameters->is_map())
      problems.add({.what = "'parameters' must be a map", .where = parameters->where, .found = parameters->described()});
    for (const auto& [name, value] : parameters->entries)
      if (const auto read = read_sourced(value, name, problems)) out.values[name] = *read;
  }
  // Every other key is a covariate; the model says which ones it knows (system/network.cpp).
  for (const auto& [key, value] : node.entries)
    if (std::find(structural_keys.begin(), structural_keys.end(), key) == structural_keys.end())
      if (const auto read = read_sourced(value, key, problems)) out.values[key] = *read;
  return out;
}

std::vector<Patient> read_patients(const Node& node, Problems& problems) {
  if (!node.is_map() || !node.find("cohort")) return {read_patient(node, problems)};
  std::vector<Patient> out;
  Fields fields(node, "a cohort", problems);
  (void)fields.require("lutetia", "1");
  (void)fields.required_text("cohort", "k16");
  (void)fields.text_or("description", "");
  (void)fields.provenance();
  if (const Node* patients = fields.require("patients"))
    for (const Node& item : patients->items) out.push_back(read_patient(item, problems));
  fields.finish();
  std::set<std::string> names;
  for (const Patient& patient : out)
    if (!names.insert(patient.name).second)
      problems.add({.what = text("patient ", quote(patient.name), " is given twice"), .where = patient.where});
  return out;
}

}  // namespace lutetia
