#include "lutetia/system/scope.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "lutetia/core/text.hpp"

namespace lutetia {

const Parameter* OrganInstance::find(const std::string& wanted) const {
  for (const Parameter& p : parameters)
    if (p.name == wanted) return &p;
  return nullptr;
}

bool OrganInstance::in_group(const std::string& group) const {
  return std::find(groups.begin(), groups.end(), group) != groups.end();
}

Scope::Scope(const Model& model, const Patient& patient, const std::vector<OrganInstance>& organs,
             const std::vector<OrganInstance>& templates, const std::vector<Ligand>& ligands,
             Network& network, Problems& problems)
    : model_(model),
      patient_(patient),
      organs_(organs),
      templates_(templates),
      ligands_(ligands),
      network_(network),
      problems_(problems) {}

void Scope::problem(const std::string& what, const Location& where, const std::string& hint) {
  problems_.add({.what = what, .where = where, .hint = hint});
}

int Scope::first_peptide() const {
  for (std::size_t l = 0; l < ligands_.size(); ++l)
    if (ligands_[l].substance == peptide) return static_cast<int>(l);
  return no_ligand;
}

const OrganInstance* Scope::find_organ(const std::string& name) const {
  for (const OrganInstance& organ : organs_)
    if (organ.name == name) return &organ;
  return nullptr;
}

std::vector<std::string> Scope::known_names(const OrganInstance* organ) const {
  std::vector<std::string> out;
  if (organ)
    for (const Parameter& p : organ->parameters) out.push_back(p.name);
  for (const Parameter& p : model_.parameters) out.push_back(p.name);
  return out;
}

Tape::Slot Scope::input(NetworkParameter parameter) {
  const Tape::Slot slot = network_.tape.input(parameter.dimension);
  network_.slots[parameter.name] = slot;
  network_.parameters.push_back(std::move(parameter));
  return slot;
}

Tape::Slot Scope::formula(const Formula& formula, const OrganInstance* organ, int ligand) {
  return build(formula.expression, organ, ligand, formula);
}

Tape::Slot Scope::formula(const Formula& f, const OrganInstance* organ, int ligand,
                          const Dimension& expected, const std::string& what) {
  const Tape::Slot slot = formula(f, organ, ligand);
  if (slot >= 0 && network_.tape.dimension(slot) != expected) {
    problems_.add(
        {.what = text("unit of ", what),
         .where = f.where,
         .found = text(quote(f.text), " (", to_string(network_.tape.dimension(slot)), ")"),
         .expected = text(to_string(expected), ", e.g. ", internal_unit(expected))});
    return -1;
  }
  return slot;
}

Tape::Slot Scope::build(const Expression& e, const OrganInstance* organ, int ligand,
                        const Formula& whole) {
  using Op = Expression::Op;
  if (e.op == Op::number) return network_.tape.constant(e.number);
  if (e.op == Op::symbol) return parameter(e.symbol, organ, ligand, whole.at(e.position));
  if (e.op == Op::sum) return sum(e.symbol, ligand, whole.at(e.position));
  std::vector<Tape::Slot> args;
  for (const Expression& argument : e.arguments)
    args.push_back(build(argument, organ, ligand, whole));
  for (const Tape::Slot slot : args)
    if (slot < 0) return -1;
  static const std::map<Op, Tape::Op> ops{{Op::add, Tape::Op::add},
                                          {Op::subtract, Tape::Op::subtract},
                                          {Op::multiply, Tape::Op::multiply},
                                          {Op::divide, Tape::Op::divide},
                                          {Op::power, Tape::Op::power},
                                          {Op::negate, Tape::Op::negate},
                                          {Op::exp, Tape::Op::exp},
                                          {Op::log, Tape::Op::log},
                                          {Op::sqrt, Tape::Op::sqrt},
                                          {Op::min, Tape::Op::min},
                                          {Op::max, Tape::Op::max}};
  try {
    const Tape::Op op = ops.at(e.op);
    return args.size() == 1 ? network_.tape.unary(op, args[0])
                            : network_.tape.binary(op, args[0], args[1]);
  } catch (const UnitError& error) {
    problem(error.what(), whole.at(e.position));
    return -1;
  }
}

/// sum(group.name): over the organs of the group that this patient has.
Tape::Slot Scope::sum(const std::string& symbol, int ligand, const Location& where) {
  const std::size_t dot = symbol.find('.');
  const std::string group = symbol.substr(0, dot), name = symbol.substr(dot + 1);
  Tape::Slot total = -1;
  for (const OrganInstance& organ : organs_) {
    if (!organ.in_group(group)) continue;
    const Tape::Slot next = parameter(name, &organ, ligand, where);
    if (next < 0) return -1;
    total = total < 0 ? next : network_.tape.add(total, next);
  }
  return total >= 0 ? total : empty_sum(group, name, ligand, where);
}

/// Zero, in the dimension the parameter would have if the patient had an organ of the group.
Tape::Slot Scope::empty_sum(const std::string& group, const std::string& name, int ligand,
                            const Location& where) {
  std::vector<std::string> groups;
  for (const OrganInstance& absent : templates_) {
    groups.insert(groups.end(), absent.groups.begin(), absent.groups.end());
    if (!absent.in_group(group)) continue;
    const bool outer = std::exchange(dimensions_only_, true);
    const Tape::Slot slot = parameter(name, &absent, ligand, where);
    dimensions_only_ = outer;
    return slot < 0 ? -1 : network_.tape.constant(0.0, network_.tape.dimension(slot));
  }
  problem(text("unknown group ", quote(group)), where, suggestion(group, groups));
  return -1;
}

Tape::Slot Scope::parameter(const std::string& symbol, const OrganInstance* organ, int ligand,
                            const Location& where) {
  const std::size_t dot = symbol.find('.');
  if (dot != std::string::npos) {
    const std::string owner = symbol.substr(0, dot), name = symbol.substr(dot + 1);
    if (owner == "ligand") {
      touched_ligand_ = true;
      if (ligand == no_ligand) {
        problem(text(quote(symbol), " is not allowed here: the quantity is shared by all ligands"),
                where);
        return -1;
      }
      if (const Parameter* p = ligands_[ligand].find(name))
        return resolve(*p, ligands_[ligand].name, nullptr, ligand);
      std::vector<std::string> names;
      for (const Parameter& p : ligands_[ligand].parameters) names.push_back(p.name);
      problem(text("ligand ", quote(ligands_[ligand].name), " has no ", quote(name)), where,
              suggestion(name, names));
      return -1;
    }
    const OrganInstance* other = find_organ(owner);
    if (!other) {
      std::vector<std::string> names;
      for (const OrganInstance& o : organs_) names.push_back(o.name);
      problem(text("unknown or absent organ ", quote(owner), " in ", quote(symbol)), where,
              suggestion(owner, names));
      return -1;
    }
    if (const Parameter* p = other->find(name)) return resolve(*p, owner, other, ligand);
    problem(text("organ ", quote(owner), " has no parameter ", quote(name)), where,
            suggestion(name, known_names(other)));
    return -1;
  }
  if (organ)
    if (const Parameter* p = organ->find(symbol)) return resolve(*p, organ->name, organ, ligand);
  for (const Parameter& p : model_.parameters)
    if (p.name == symbol) return resolve(p, "", nullptr, ligand);
  problem(text("unknown parameter ", quote(symbol),
               organ ? text(" in organ ", quote(organ->name)) : ""),
          where, suggestion(symbol, known_names(organ)));
  return -1;
}

Tape::Slot Scope::resolve(const Parameter& p, const std::string& owner, const OrganInstance* organ,
                          int ligand) {
  for (const int l : {no_ligand, ligand})
    if (const auto known = done_.find({owner, p.name, l}); known != done_.end()) {
      touched_ligand_ = touched_ligand_ || l != no_ligand;
      return known->second;
    }
  const std::string full_name = owner.empty() ? p.name : owner + "." + p.name;
  const Key key{owner, p.name, ligand};
  if (const auto first = std::find(open_.begin(), open_.end(), key); first != open_.end()) {
    std::vector<std::string> circle;
    for (auto k = first; k != open_.end(); ++k) {
      const auto& [of, name, l] = *k;
      circle.push_back(of.empty() ? name : of + "." + name);
    }
    circle.push_back(full_name);
    const auto given = patient_.references.find(full_name);
    problem(text(given == patient_.references.end() ? "the formula of " : "", quote(full_name),
                 " depends on itself"),
            given != patient_.references.end() ? given->second.where
            : p.formula                        ? p.formula->where
                                               : p.where,
            join(circle, " needs "));
    return -1;
  }
  open_.push_back(key);
  const bool outer_touched = touched_ligand_;
  touched_ligand_ = false;
  Tape::Slot slot = -1;
  if (const auto given = patient_.values.find(full_name); given != patient_.values.end()) {
    slot = overridden(p, full_name, given->second, organ);
  } else if (const auto other = patient_.references.find(full_name);
             other != patient_.references.end()) {
    slot = referred(p, full_name, other->second, ligand);
  } else if (p.formula) {
    slot = formula(*p.formula, organ, ligand);
  } else {
    slot = leaf(p, owner);
  }
  open_.pop_back();
  const bool ligand_value = ligand != no_ligand && owner == ligands_[ligand].name && !organ;
  const int scope = touched_ligand_ && !ligand_value ? ligand : no_ligand;
  if (!dimensions_only_) {
    done_[{owner, p.name, scope}] = slot;
    if (slot >= 0 && scope == no_ligand) network_.slots[full_name] = slot;
    if (slot >= 0 && scope == no_ligand && p.formula && !patient_.values.count(full_name) &&
        !patient_.references.count(full_name))
      network_.formulas[full_name] = {p.formula->text, p.formula->where};
  }
  touched_ligand_ = touched_ligand_ || outer_touched;
  return slot;
}

Tape::Slot Scope::leaf(const Parameter& p, const std::string& owner) {
  const std::string full_name = owner.empty() ? p.name : owner + "." + p.name;
  std::optional<SourcedQuantity> value = p.value;
  if (!p.by_sex.empty()) value = p.by_sex.at(patient_.sex);
  if (!value) {
    if (dimensions_only_) return network_.tape.constant(1.0, p.dimension);
    const auto lesion = std::find_if(patient_.lesions.begin(), patient_.lesions.end(),
                                     [&](const Lesion& l) { return l.name == owner; });
    std::string needed;
    Location where = lesion == patient_.lesions.end() ? patient_.where : lesion->where;
    for (const auto& [of, symbol, l] : open_)
      if (const auto to = patient_.references.find(of.empty() ? symbol : of + "." + symbol);
          to != patient_.references.end() && to->first != full_name) {
        needed = text(", which ", quote(to->second.name), " needs");
        where = to->second.where;
      }
    problem(text("patient ", quote(patient_.name), " has no ", quote(full_name), needed), where,
            p.dimension.dimensionless()
                ? "give it as a number without unit"
                : text("give it with a unit such as ",
                       p.required_unit.empty() ? internal_unit(p.dimension) : p.required_unit));
    return -1;
  }
  if (dimensions_only_) return network_.tape.constant(1.0, value->quantity.dimension);
  return input({full_name, value->quantity.value, value->quantity.dimension, value->provenance,
                false, value->variation, value->where});
}

/// The patient gives the name of a parameter that computes the value: gfr: gfr_ckd_epi.
Tape::Slot Scope::referred(const Parameter& p, const std::string& full_name, const Place& to,
                           int ligand) {
  const auto named = [&](const Parameter& other) { return other.name == to.name; };
  if (std::none_of(model_.parameters.begin(), model_.parameters.end(), named)) {
    problem(text(quote(full_name),
                 " is neither a number nor a parameter of the model: ", quote(to.name)),
            to.where, suggestion(to.name, known_names(nullptr)));
    return -1;
  }
  const Tape::Slot slot = parameter(to.name, nullptr, ligand, to.where);
  if (slot < 0 || p.formula || network_.tape.dimension(slot) == p.dimension) return slot;
  problems_.add({.what = text("unit of ", quote(full_name)),
                 .where = to.where,
                 .found = text(quote(to.name), " (", to_string(network_.tape.dimension(slot)), ")"),
                 .expected = to_string(p.dimension)});
  return -1;
}

/// The patient's value replaces the model's; it must have the dimension the model gives the name.
Tape::Slot Scope::overridden(const Parameter& p, const std::string& full_name,
                             const SourcedQuantity& given, const OrganInstance* organ) {
  Dimension expected = p.dimension;
  if (p.formula) {
    const bool outer = std::exchange(dimensions_only_, true);
    const Tape::Slot slot = formula(*p.formula, organ, first_peptide());
    dimensions_only_ = outer;
    if (slot < 0) return -1;
    expected = network_.tape.dimension(slot);
  }
  if (given.quantity.dimension != expected) {
    problems_.add({.what = text("unit of ", quote(full_name)),
                   .where = given.where,
                   .found = text(std::isnan(given.quantity.value)  // each member brings its own
                                     ? "values in " + internal_unit(given.quantity.dimension)
                                     : to_string(given.quantity),
                                 " (",
                                 given.quantity.dimension.dimensionless()
                                     ? "dimensionless"
                                     : to_string(given.quantity.dimension),
                                 ")"),
                   .expected = text(to_string(expected), ", e.g. ", internal_unit(expected))});
    return -1;
  }
  std::optional<double> variation = given.variation;
  if (!variation && p.value) variation = p.value->variation;
  NetworkParameter parameter{full_name, given.quantity.value, expected, given.provenance, true,
                             variation, given.where,          p.between};
  if (auto problem = implausible(parameter, parameter.value)) problems_.add(*problem);
  if (dimensions_only_) return network_.tape.constant(1.0, expected);
  return input(std::move(parameter));
}

void Scope::report_unknown_values() {
  std::vector<std::string> names;
  for (const Parameter& p : model_.parameters) names.push_back(p.name);
  for (const OrganInstance& organ : organs_)
    for (const Parameter& p : organ.parameters) names.push_back(organ.name + "." + p.name);
  for (const Ligand& ligand : ligands_)
    for (const Parameter& p : ligand.parameters) names.push_back(ligand.name + "." + p.name);
  for (const NetworkParameter& p : network_.parameters) names.push_back(p.name);  // decay constants
  for (const auto& [name, other] : patient_.references)
    if (std::find(names.begin(), names.end(), name) == names.end())
      problem(text("model ", quote(model_.name), " has no parameter ", quote(name)), other.where,
              suggestion(name, names));
  for (const auto& [name, given] : patient_.values) {
    if (std::find(names.begin(), names.end(), name) != names.end()) continue;
    const std::string owner = name.substr(0, name.find('.'));
    auto named = [&](const auto& thing) { return thing.name == owner; };
    if (std::any_of(patient_.lesions.begin(), patient_.lesions.end(), [&](const Lesion& l) {
          return l.name == owner &&
                 l.parameters.count(name.substr(std::min(name.size(), owner.size() + 1)));
        }))
      continue;  // reported with its lesion
    if (owner != name && std::any_of(model_.organs.begin(), model_.organs.end(), named) &&
        !find_organ(owner))
      problem(text("patient ", quote(patient_.name), " has no ", quote(owner), " to give ",
                   quote(name), " to"),
              given.where, "the organ is absent or belongs to the other sex; remove the value");
    else
      problem(text("model ", quote(model_.name), " has no parameter ", quote(name)), given.where,
              suggestion(name, names));
  }
}

}  // namespace lutetia
