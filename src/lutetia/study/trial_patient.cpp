#include "lutetia/study/trial_patient.hpp"

#include <set>
#include <vector>

namespace lutetia {
namespace {

/// Every parameter a patient must give to an organ of a type, types it extends included.
std::vector<const Parameter*> required_of(const Model& model, const OrganType& type) {
  std::vector<const Parameter*> out;
  for (const OrganType* t = &type; t; t = model.find_type(t->extends))
    for (const Parameter& p : t->parameters)
      if (p.required) out.push_back(&p);
  return out;
}

}  // namespace

Patient patient_of_ones(const Model& model, const std::string& sex) {
  auto one = [](const Parameter& p) {
    const double value = p.between ? 0.5 * ((*p.between)[0] + (*p.between)[1]) : 1.0;
    return SourcedQuantity{{value, p.dimension}, {}, {}, p.where};
  };
  Patient out;
  out.name = "any";
  out.sex = sex;
  out.where = model.where;
  for (const Parameter& p : model.parameters)
    if (p.required) out.values[p.name] = one(p);
  for (const Organ& organ : model.organs) {
    if (!organ.only.empty() && organ.only != sex) continue;
    for (const Parameter& p : organ.parameters)
      if (p.required) out.values[organ.name + "." + p.name] = one(p);
    if (const OrganType* type = model.find_type(organ.type))
      for (const Parameter* p : required_of(model, *type))
        out.values[organ.name + "." + p->name] = one(*p);
  }
  for (const OrganType& type : model.organ_types) {
    if (!type.lesion) continue;
    Lesion lesion{.name = "any_" + type.name, .type = type.name, .where = type.where};
    for (const Parameter* p : required_of(model, type)) lesion.parameters[p->name] = one(*p);
    out.lesions.push_back(lesion);
    for (const Site& site : model.sites) {  // the same at every site
      lesion.name = "any_" + type.name + "_in_" + site.name;
      lesion.site = site.name;
      lesion.site_where = site.where;
      out.lesions.push_back(lesion);
    }
  }
  return out;
}

Patient completed(Patient patient, const Model& model, const Node& written) {
  const Patient ones = patient_of_ones(model, patient.sex);
  for (const auto& [name, one] : ones.values)
    if (written.find(name)) patient.values.try_emplace(name, one);
  std::set<std::string> names{""};
  std::erase_if(patient.lesions,
                [&](const Lesion& lesion) { return !names.insert(lesion.name).second; });
  for (Lesion& lesion : patient.lesions)
    for (const Lesion& like : ones.lesions)
      if (like.type == (lesion.type.empty() ? model.lesion_type : lesion.type))
        lesion.parameters.insert(like.parameters.begin(), like.parameters.end());
  return patient;
}

}  // namespace lutetia
