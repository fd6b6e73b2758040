#include "lutetia/system/organs.hpp"

#include <algorithm>
#include <set>

#include "lutetia/core/text.hpp"

namespace lutetia {
namespace {

template <class T>
void append(std::vector<T>& to, const std::vector<T>& more) {
  to.insert(to.end(), more.begin(), more.end());
}

void override_parameters(std::vector<Parameter>& to, const std::vector<Parameter>& more) {
  for (const Parameter& p : more) {
    const auto same =
        std::find_if(to.begin(), to.end(), [&](const Parameter& q) { return q.name == p.name; });
    if (same == to.end())
      to.push_back(p);
    else
      *same = p;
  }
}

void override_contents(std::vector<ContentShare>& to, const std::vector<ContentShare>& more) {
  for (const ContentShare& share : more) {
    std::erase_if(to, [&](const ContentShare& other) {
      return other.compartment.name == share.compartment.name;
    });
    to.push_back(share);
  }
}

/// Parents first, so that a type overrides what it extends.
void inherit(const Model& model, const OrganType& type, OrganInstance& organ) {
  if (const OrganType* parent = model.find_type(type.extends)) inherit(model, *parent, organ);
  append(organ.groups, type.groups);
  for (const auto& [name, target] : type.connections) organ.connections[name] = target;
  override_parameters(organ.parameters, type.parameters);
  append(organ.compartments, type.compartments);
  append(organ.processes, type.processes);
  append(organ.effects, type.effects);
  override_contents(organ.contains, type.contains);
  organ.lesion = type.lesion;
}

OrganInstance of_type(const Model& model, const OrganType& type, const std::string& name,
                      const Location& where) {
  OrganInstance out;
  out.name = name;
  out.where = where;
  inherit(model, type, out);
  return out;
}

/// What the site of a lesion changes; a model without sites takes any.
void place_at(const Model& model, const Lesion& lesion, OrganInstance& organ, Problems& problems) {
  if (model.sites.empty() || lesion.site.empty()) return;
  std::vector<std::string> names;
  for (const Site& site : model.sites) {
    names.push_back(site.name);
    if (site.name != lesion.site) continue;
    std::vector<std::string> known;
    for (const auto& [name, target] : organ.connections) known.push_back(name);
    for (const auto& [name, target] : site.connections) {
      if (!organ.connections.count(name))
        problems.add({.what = text("site ", quote(site.name), " changes connection ", quote(name),
                                   ", which a lesion at it does not have"),
                      .where = target.where,
                      .hint = suggestion(name, known)});
      organ.connections[name] = target;
    }
    append(organ.groups, site.groups);
    return;
  }
  problems.add(
      {.what = text("lesion ", quote(lesion.name), " has unknown site ", quote(lesion.site)),
       .where = lesion.site_where,
       .hint = suggestion(lesion.site, names)});
}

OrganInstance lesion_instance(const Model& model, const Lesion& lesion, const OrganType& type,
                              Problems& problems) {
  OrganInstance out = of_type(model, type, lesion.name, lesion.where);
  place_at(model, lesion, out, problems);
  std::vector<std::string> names;
  for (const Parameter& p : out.parameters) names.push_back(p.name);
  for (const auto& [name, given] : lesion.parameters)
    if (std::find(names.begin(), names.end(), name) == names.end())
      problems.add({.what = text("lesion ", quote(lesion.name), " has no parameter ", quote(name)),
                    .where = given.where,
                    .hint = suggestion(name, names)});
  return out;
}

const OrganType* lesion_type(const Model& model, const Lesion& lesion, Problems& problems) {
  const std::string wanted = lesion.type.empty() ? model.lesion_type : lesion.type;
  const OrganType* type = model.find_type(wanted);
  if (type && type->lesion) return type;
  std::vector<std::string> names;
  for (const OrganType& t : model.organ_types)
    if (t.lesion) names.push_back(t.name);
  problems.add({.what = text("lesion ", quote(lesion.name), " has unknown type ", quote(wanted)),
                .where = lesion.type.empty() ? lesion.where : lesion.type_where,
                .hint = names.empty() ? text("model ", quote(model.name), " knows no lesions")
                                      : suggestion(wanted, names)});
  return nullptr;
}

}  // namespace

PatientOrgans organs_of(const Model& model, const Patient& patient, Problems& problems) {
  PatientOrgans out;
  std::vector<std::string> names;
  std::set<std::string> taken;
  for (const Compartment& c : model.compartments) taken.insert(c.name);
  for (const Observable& o : model.observables) taken.insert(o.name);
  for (const Organ& organ : model.organs) {
    names.push_back(organ.name);
    taken.insert(organ.name);
    const OrganType* type = model.find_type(organ.type);
    if (!type) continue;  // reported by the reader
    OrganInstance instance = of_type(model, *type, organ.name, organ.where);
    append(instance.groups, organ.groups);
    for (const auto& [name, target] : organ.connections) instance.connections[name] = target;
    override_parameters(instance.parameters, organ.parameters);
    const bool absent = std::any_of(patient.absent_organs.begin(), patient.absent_organs.end(),
                                    [&](const Place& p) { return p.name == organ.name; });
    const bool other_sex = !organ.only.empty() && organ.only != patient.sex;
    (absent || other_sex ? out.templates : out.present).push_back(std::move(instance));
  }
  for (const Place& absent : patient.absent_organs)
    if (std::find(names.begin(), names.end(), absent.name) == names.end())
      problems.add({.what = text("model ", quote(model.name), " has no organ ", quote(absent.name)),
                    .where = absent.where,
                    .hint = suggestion(absent.name, names)});
  for (const Lesion& lesion : patient.lesions) {
    if (taken.count(lesion.name)) {
      problems.add({.what = text("lesion ", quote(lesion.name),
                                 " has the name of an organ, compartment or observable"),
                    .where = lesion.where,
                    .hint = "give it a name of its own"});
      continue;
    }
    if (const OrganType* type = lesion_type(model, lesion, problems))
      out.present.push_back(lesion_instance(model, lesion, *type, problems));
  }
  for (const OrganType& type : model.organ_types)
    out.templates.push_back(of_type(model, type, type.name, type.where));
  return out;
}

}  // namespace lutetia
