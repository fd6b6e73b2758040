#include "lutetia/system/network.hpp"

#include <algorithm>

#include "lutetia/core/text.hpp"
#include "lutetia/model/names.hpp"
#include "lutetia/system/organs.hpp"
#include "lutetia/system/processes.hpp"
#include "lutetia/system/scope.hpp"

namespace lutetia {
namespace {

namespace dim = dimension;

/// Lesion values are looked up like every other value of the patient, as "lesion.parameter".
/// An override of the same name, which a case may add, wins.
Patient with_lesion_values(const Patient& patient) {
  Patient out = patient;
  for (const Lesion& lesion : patient.lesions)
    for (const auto& [name, given] : lesion.parameters)
      out.values.try_emplace(lesion.name + "." + name, given);
  return out;
}

class Expander {
 public:
  Expander(const Model& model, const Patient& patient, const std::vector<Ligand>& ligands)
      : model_(model),
        patient_(with_lesion_values(patient)),
        ligands_(ligands),
        organs_(organs_of(model_, patient_, problems_)),
        scope_(model_, patient_, organs_.present, organs_.templates, ligands_, network_,
               problems_) {}

  Network expand(const std::vector<Nuclide>& nuclides) {
    if (patient_.sex != "male" && patient_.sex != "female")
      throw ModelError({.what = "sex must be male or female",
                        .where = patient_.where,
                        .found = quote(patient_.sex)});
    for (const Ligand& ligand : ligands_) {
      network_.ligands.push_back(ligand.name);
      network_.substances.push_back(ligand.substance);
    }
    check_substances();
    for (const Nuclide& nuclide : nuclides) {
      network_.decay_constants.push_back(nuclide_number(
          nuclide, "decay_constant", nuclide.decay_constant(), dim::rate, nuclide.half_life));
      // All or none decides which forms of the daughter exist; only a share between is a number.
      const double freed = nuclide.freed_share.quantity.value;
      network_.freed_shares.push_back(
          freed == 0.0 || freed == 1.0
              ? network_.tape.constant(freed)
              : nuclide_number(nuclide, "freed_share", freed, dim::none, nuclide.freed_share));
    }
    // No formula of a model needs to ask for the molar mass, but an amount given as a mass does.
    for (std::size_t l = 0; l < ligands_.size(); ++l)
      if (const Parameter* p = ligands_[l].find("molar_mass"))
        scope_.parameter("ligand.molar_mass", nullptr, static_cast<int>(l), p->where);
    for (const Compartment& c : model_.compartments) add_compartment(c, nullptr);
    for (const OrganInstance& organ : organs_.present)
      for (const Compartment& c : organ.compartments) add_compartment(c, &organ);
    for (const OrganInstance& organ : organs_.present)
      for (const Parameter& p : organ.parameters)
        scope_.parameter(p.name, &organ, scope_.first_peptide(), p.where);
    scope_.report_unknown_values();
    problems_.throw_if_any();  // processes of a half-known network would only repeat the problem

    for (const Effect& effect : model_.effects)
      add_effect(effect, nullptr, network_, scope_, problems_);
    for (const Process& process : model_.processes)
      add_process(process, nullptr, network_, scope_, problems_);
    for (const OrganInstance& organ : organs_.present) {
      for (const std::string& group : organ.groups) network_.groups[group].push_back(organ.name);
      for (const Effect& effect : organ.effects)
        add_effect(effect, &organ, network_, scope_, problems_);
      for (const Process& process : organ.processes)
        add_process(process, &organ, network_, scope_, problems_);
      add_organ_region(organ);
    }
    for (const Observable& observable : model_.observables) add_observable(observable);
    for (const auto& [name, route] : model_.routes) add_route(name, route);
    for (const Voiding& voiding : model_.voiding) add_voiding(voiding);
    for (const DaughterRelease& release : model_.daughter_release) add_release(release);
    problems_.throw_if_any();
    for (const Parameter& p : model_.parameters)
      if (!network_.slots.count(p.name)) network_.unused.push_back(p.name);
    return std::move(network_);
  }

 private:
  int place(const Place& named, const OrganInstance* organ) {
    return find_place(network_, named, organ, problems_);
  }

  /// A number of a nuclide, or what the patient gives in its place.
  Tape::Slot nuclide_number(const Nuclide& nuclide, const char* of, double value,
                            const Dimension& dimension, const SourcedQuantity& read) {
    const std::string name = text(nuclide.name, '.', of);
    const auto given = patient_.values.find(name);
    NetworkParameter p{name, value, dimension, read.provenance, false, {}, read.where};
    if (given != patient_.values.end()) {
      if (given->second.quantity.dimension != dimension)
        problems_.add({.what = text("unit of ", quote(name)),
                       .where = given->second.where,
                       .found = to_string(given->second.quantity.dimension),
                       .expected = internal_unit(dimension)});
      p.value = given->second.quantity.value;
      p.provenance = given->second.provenance;
      p.from_patient = true;
      patient_.values.erase(given);
    }
    return scope_.input(std::move(p));
  }

  void add_compartment(const Compartment& c, const OrganInstance* organ) {
    NetworkCompartment out{organ ? organ->name + "." + c.name : c.name,
                           organ ? organ->name : "",
                           -1,
                           c.outside,
                           c.substance,
                           c.where};
    if (network_.find_compartment(out.name) >= 0)
      problems_.add(
          {.what = text("compartment ", quote(out.name), " is defined twice"), .where = c.where});
    if (c.volume) {
      out.volume = scope_.formula(*c.volume, organ, Scope::no_ligand, dim::volume,
                                  "the volume of " + quote(out.name));
      if (out.volume >= 0) network_.volumes.emplace_back(out.name, out.volume);
    }
    network_.compartments.push_back(std::move(out));
  }

  /// A group some organ, type or site belongs to, whether or not this patient has one of it.
  bool known_group(const Place& group) {
    std::vector<std::string> names;
    for (const auto* organs : {&organs_.present, &organs_.templates})
      for (const OrganInstance& organ : *organs)
        names.insert(names.end(), organ.groups.begin(), organ.groups.end());
    for (const Site& site : model_.sites)
      names.insert(names.end(), site.groups.begin(), site.groups.end());
    if (std::find(names.begin(), names.end(), group.name) != names.end()) return true;
    problems_.add({.what = text("unknown group ", quote(group.name), " of organs"),
                   .where = group.where,
                   .hint = suggestion(group.name, names)});
    return false;
  }

  void add_route(const std::string& name, const Route& route) {
    Tape& tape = network_.tape;
    std::vector<RouteTarget>& out = network_.routes[name];
    network_.route_remainders[name] = -1;
    if (route.group.name.empty()) {
      for (const Place& into : route.into)
        if (const int c = place(into, nullptr); c >= 0) out.push_back({c, tape.constant(1.0)});
      return;
    }
    if (!known_group(route.group)) return;
    network_.route_compartments[name] = route.compartment.name;
    network_.route_remainders[name] = place(route.remainder, nullptr);
    Tape::Slot total = -1;
    for (const OrganInstance& organ : organs_.present) {
      if (!organ.in_group(route.group.name)) continue;
      const int c = place(route.compartment, &organ);
      const Tape::Slot weight = scope_.formula(*route.in_proportion_to, &organ, Scope::no_ligand);
      if (c < 0 || weight < 0) continue;
      out.push_back({c, weight});
      total = total < 0 ? weight : tape.add(total, weight);
    }
    for (RouteTarget& target : out) target.share = tape.divide(target.share, total);
  }

  void add_voiding(const Voiding& v) {
    auto number = [&](const Formula& formula, const Dimension& dimension, const char* what) {
      return scope_.formula(formula, nullptr, Scope::no_ligand, dimension, what);
    };
    NetworkVoiding out{place(v.from, nullptr),
                       place(v.to, nullptr),
                       number(v.fraction, dim::none, "the voided fraction"),
                       number(v.first, dim::time, "the time of the first void"),
                       number(v.interval, dim::time, "the interval of voids"),
                       v.where};
    if (out.from < 0 || out.to < 0) return;
    const std::string &from = network_.compartments[out.from].substance,
                      &to = network_.compartments[out.to].substance;
    if (from != to)
      problems_.add({.what = "a voiding joins different substances",
                     .where = v.where,
                     .found = text("from ", from, " to ", to)});
    network_.voiding.push_back(out);
  }

  void add_release(const DaughterRelease& release) {
    const int to = place(release.to, nullptr);
    const Tape::Slot share = scope_.formula(release.share, nullptr, Scope::no_ligand, dim::none,
                                            "the share of a daughter release");
    if (to < 0 || share < 0) return;
    for (const Place& named : release.from)
      for (const int c : compartments_of(named)) {
        const std::string& substance = network_.compartments[c].substance;
        if (substance != network_.compartments[to].substance)
          network_.daughter_releases[c] = {to, share};
        else if (named.name == network_.compartments[c].name)
          problems_.add({.what = text("daughters are released from ", quote(named.name), " to ",
                                      quote(release.to.name), ", which holds the same substance"),
                         .where = named.where,
                         .found = substance,
                         .hint = "free daughters need a substance of their own"});
      }
  }

  /// Every ligand must find a compartment of its substance.
  void check_substances() {
    std::vector<std::string> known;
    auto note = [&](const std::vector<Compartment>& compartments) {
      for (const Compartment& c : compartments)
        if (c.substance != receptor) known.push_back(c.substance);
    };
    note(model_.compartments);
    for (const OrganInstance& organ : organs_.present) note(organ.compartments);
    for (const Ligand& ligand : ligands_) {
      if (const auto reason = model_.refuses.find(ligand.substance); reason != model_.refuses.end())
        problems_.add({.what = text(quote(ligand.name), " cannot be given in this model"),
                       .where = ligand.where,
                       .hint = reason->second});
      else if (std::find(known.begin(), known.end(), ligand.substance) == known.end())
        problems_.add({.what = text("ligand ", quote(ligand.name), " is of substance ",
                                    quote(ligand.substance), ", which model ", quote(model_.name),
                                    " does not hold"),
                       .where = ligand.where,
                       .hint = suggestion(ligand.substance, known)});
    }
  }

  Tape::Slot named_size(const OrganInstance& organ, const std::string& name,
                        const Dimension& dimension) {
    if (!organ.find(name)) return -1;
    const Tape::Slot slot = scope_.parameter(name, &organ, Scope::no_ligand, organ.where);
    if (slot < 0) return -1;
    if (network_.tape.dimension(slot) != dimension) {
      problems_.add({.what = text("unit of '", organ.name, '.', name, '\''),
                     .where = organ.where,
                     .found = to_string(network_.tape.dimension(slot)),
                     .expected = to_string(dimension)});
      return -1;
    }
    network_.volumes.emplace_back(organ.name + "." + name, slot);
    return slot;
  }

  void add_organ_region(const OrganInstance& organ) {
    Region region{organ.name,
                  {},
                  named_size(organ, "volume", dim::volume),
                  named_size(organ, "mass", dim::mass),
                  organ.lesion};
    for (int c = 0; c < static_cast<int>(network_.compartments.size()); ++c)
      if (network_.compartments[c].organ == organ.name && !network_.compartments[c].outside &&
          !network_.counts_receptors(c))
        region.parts.push_back({c});
    for (const ContentShare& content : organ.contains) add_content(content, organ, region);
    network_.regions.push_back(std::move(region));
  }

  /// A share of a compartment of the whole model, which counts to the organ.
  void add_content(const ContentShare& content, const OrganInstance& organ, Region& region) {
    const int c = place(content.compartment, nullptr);
    const Tape::Slot share =
        scope_.formula(content.share, &organ, Scope::no_ligand, dim::none,
                       text("the share of ", content.compartment.name, " in ", organ.name));
    if (c < 0 || share < 0) return;
    const NetworkCompartment& compartment = network_.compartments[c];
    if (!compartment.organ.empty() || compartment.outside || network_.counts_receptors(c))
      problems_.add(
          {.what = text(quote(organ.name), " cannot contain a share of ", quote(compartment.name)),
           .where = content.compartment.where,
           .expected = "a compartment of the model that is in the body and holds ligands"});
    region.parts.push_back({c, share});
  }

  /// A compartment by its name, or all inside that fit a pattern and hold ligands.
  std::vector<int> compartments_of(const Place& named) {
    std::vector<int> out;
    const bool wild = named.name.find('*') != std::string::npos;
    for (int c = 0; c < static_cast<int>(network_.compartments.size()); ++c) {
      const NetworkCompartment& compartment = network_.compartments[c];
      if (matches(named.name, compartment.name) &&
          !(wild && (compartment.outside || network_.counts_receptors(c))))
        out.push_back(c);
    }
    if (out.empty() && !wild) place(named, nullptr);
    return out;
  }

  void add_observable(const Observable& observable) {
    Region region{observable.name, {}, -1, -1, false};
    for (const Place& named : observable.compartments)
      for (const int c : compartments_of(named))
        if (std::none_of(region.parts.begin(), region.parts.end(),
                         [&](const RegionPart& part) { return part.compartment == c; }))
          region.parts.push_back({c});
    if (observable.volume) {
      region.volume = scope_.formula(*observable.volume, nullptr, Scope::no_ligand, dim::volume,
                                     "the volume of " + quote(observable.name));
      if (region.volume >= 0) network_.volumes.emplace_back(observable.name, region.volume);
    }
    network_.regions.push_back(std::move(region));
  }

  const Model& model_;
  Patient patient_;
  const std::vector<Ligand>& ligands_;
  Problems problems_;
  PatientOrgans organs_;
  Network network_;
  Scope scope_;
};

}  // namespace

std::optional<Problem> implausible(const NetworkParameter& parameter, double value) {
  const auto& between = parameter.between;
  if (!between || !(value < (*between)[0] || value > (*between)[1])) return std::nullopt;
  auto shown = [&](double number) { return to_string(Quantity{number, parameter.dimension}); };
  return Problem{.what = text(quote(parameter.name), " is not plausible"),
                 .where = parameter.where,
                 .found = shown(value),
                 .expected = text("between ", shown((*between)[0]), " and ", shown((*between)[1]))};
}

int Network::find_compartment(const std::string& name) const {
  for (int c = 0; c < static_cast<int>(compartments.size()); ++c)
    if (compartments[c].name == name) return c;
  return -1;
}

Network expand_network(const Model& model, const Patient& patient,
                       const std::vector<Ligand>& ligands, const std::vector<Nuclide>& nuclides) {
  return Expander(model, patient, ligands).expand(nuclides);
}

}  // namespace lutetia
