#include "lutetia/study/sensitivity.hpp"

#include <algorithm>
#include <charconv>

#include "lutetia/core/text.hpp"

namespace lutetia {
namespace {

namespace dim = dimension;

const std::vector<std::string> fields{
    "activity", "amino_acids.duration", "amino_acids.start", "amount", "at", "duration"};

/// What one administration gives: its doses, and the amino acids around it.
struct Doses {
  std::vector<int> own, amino_acids;
  const Administration* administration = nullptr;
};

Doses doses_of(int number, const Schedule& schedule, const Regimen& regimen) {
  Doses out;
  for (std::size_t g = 0; g < schedule.given.size(); ++g)
    if (const GivenDose& dose = schedule.given[g]; dose.administration == number)
      (dose.protects ? out.amino_acids : out.own).push_back(static_cast<int>(g));
  for (const Administration& a : regimen.administrations)
    if (a.number == number && !a.protects) out.administration = &a;
  return out;
}

/// Per MBq of the label. Peptide that is its own dose makes room for the label, so that all peptide
/// stays; a molar activity scales it.
DoseDirection by_activity(const Doses& doses, const Schedule& schedule) {
  const GivenDose& label = schedule.given[doses.own.front()];
  const double per_activity = label.labeled_amount / label.activity;
  const bool scales = doses.administration->peptide.molar_activity.has_value();
  const bool apart = !doses.administration->unlabeled_as.empty();
  DoseDirection out;
  for (const int g : doses.own) {
    const GivenDose& dose = schedule.given[g];
    DoseChange change{.dose = g};
    if (dose.block >= 0) {
      change.labeled_amount = per_activity;
      change.amount = scales ? dose.amount / label.activity : apart ? per_activity : 0.0;
    } else {
      change.amount = scales ? dose.amount / label.activity : -per_activity;
    }
    out.push_back(change);
  }
  return out;
}

/// Per nmol of all peptide: what carries no label changes.
DoseDirection by_amount(const Doses& doses) { return {{.dose = doses.own.back(), .amount = 1.0}}; }

DoseDirection with_all(const std::vector<int>& doses, double start, double duration) {
  DoseDirection out;
  for (const int g : doses) out.push_back({.dose = g, .start = start, .duration = duration});
  return out;
}

/// A field of an administration as direction and value; nothing when it has none such.
std::optional<std::pair<DoseDirection, Quantity>> field_direction(const std::string& field,
                                                                  const Doses& doses,
                                                                  const Schedule& schedule) {
  if (!doses.administration || doses.own.empty()) return std::nullopt;
  const GivenDose& first = schedule.given[doses.own.front()];
  const bool protects = !doses.amino_acids.empty();
  if (field == "activity" && first.block >= 0)
    return std::pair(by_activity(doses, schedule), Quantity{first.activity, dim::activity});
  if (field == "amount" && (doses.administration->unlabeled_as.empty() || doses.own.size() > 1)) {
    double amount = 0.0;
    for (const int g : doses.own) amount += schedule.given[g].amount;
    return std::pair(by_amount(doses), Quantity{amount, dim::amount});
  }
  if (field == "at") {
    std::vector<int> all = doses.own;
    all.insert(all.end(), doses.amino_acids.begin(), doses.amino_acids.end());
    return std::pair(with_all(all, 1.0, 0.0), Quantity{first.time, dim::time});
  }
  if (field == "duration" && first.duration > 0.0)
    return std::pair(with_all(doses.own, 0.0, 1.0), Quantity{first.duration, dim::time});
  if (field == "amino_acids.start" && protects)
    return std::pair(
        with_all(doses.amino_acids, 1.0, 0.0),
        Quantity{schedule.given[doses.amino_acids.front()].time - first.time, dim::time});
  if (field == "amino_acids.duration" && protects)
    return std::pair(with_all(doses.amino_acids, 0.0, 1.0),
                     Quantity{schedule.given[doses.amino_acids.front()].duration, dim::time});
  return std::nullopt;
}

}  // namespace

NamedDirections named_directions(const std::vector<std::string>& names, const System& system,
                                 const Schedule& schedule, const Regimen& regimen) {
  const auto& parameters = system.network().parameters;
  std::vector<NamedDirection> of_doses;
  NamedDirections out;
  Problems problems;
  const std::string prefix = "administration_";
  for (const std::string& name : names) {
    if (!name.starts_with(prefix)) {
      const auto at = std::find_if(parameters.begin(), parameters.end(),
                                   [&](const NetworkParameter& p) { return p.name == name; });
      std::vector<std::string> known;
      for (const NetworkParameter& p : parameters) known.push_back(p.name);
      if (at == parameters.end()) {
        problems.add({.what = text("no parameter ", quote(name), " to differentiate by"),
                      .hint = suggestion(name, known)});
        continue;
      }
      out.names.push_back({name, {at->value, at->dimension}});
      out.directions.parameters.push_back(static_cast<int>(at - parameters.begin()));
      continue;
    }
    int number = 0;
    const std::size_t dot = std::min(name.find('.'), name.size());
    std::from_chars(name.data() + prefix.size(), name.data() + dot, number);
    const std::string field = name.substr(std::min(dot + 1, name.size()));
    auto found = field_direction(field, doses_of(number, schedule, regimen), schedule);
    if (!found) {
      problems.add({.what = text("this run has no ", quote(name), " to differentiate by"),
                    .hint = text("write the number of an administration and one of ", join(fields),
                                 " that it has, as in administration_1.at")});
      continue;
    }
    of_doses.push_back({name, found->second});
    out.directions.doses.push_back(std::move(found->first));
  }
  problems.throw_if_any();
  out.names.insert(out.names.end(), of_doses.begin(), of_doses.end());
  return out;
}

DifferentiatedRun run_with_sensitivities(const Model& model, const Patient& patient,
                                         const Regimen& regimen, const Substances& substances,
                                         const std::vector<std::string>& names,
                                         const RunRequest& request) {
  const PreparedRun r = prepare_run(model, patient, regimen, substances, request);
  NamedDirections named = named_directions(names, *r.system, r.schedule, regimen);
  auto [run, sensitivities] = simulate_with_sensitivities(
      r.system, r.phases, named.directions, r.schedule, r.times, r.end, request.options);
  return {std::move(run), std::move(sensitivities), std::move(named.names)};
}

std::vector<double> dose_derivative_of(const Library& library, const Trajectory& run,
                                       const Sensitivities& sensitivities,
                                       const Substances& substances, const std::string& sex,
                                       DoseConvention convention, Tail tail) {
  const auto tia = time_integrated_activity(run, tail);
  const DoseData data = dose_data(library, tia, substances, convention);
  return dose_derivative(run, sensitivities, target_regions(run), tia,
                         tia_derivatives(run, sensitivities, tail), data.nuclides, data.s_values,
                         sex, convention);
}

std::vector<Damage> damage_derivative_of(const Library& library, const Trajectory& run,
                                         const Sensitivities& sensitivities,
                                         const Substances& substances, const std::string& sex,
                                         DoseConvention convention, Tail tail,
                                         const Tissues& tissues) {
  const auto tia = time_integrated_activity(run, tail);
  const DoseData data = dose_data(library, tia, substances, convention);
  const auto targets = target_regions(run);
  const SourceTerms terms =
      source_terms(targets, tia, data.nuclides, data.s_values, sex, convention);
  std::vector<std::string> names;
  std::vector<Repair> repair;
  for (const TargetRegion& target : targets) {
    names.push_back(target.name);
    repair.push_back(tissues.of(target.name, target.lesion).repair);
  }
  const DoseRates rates = dose_rates(run.curves, names, terms, tia);
  return damage_derivatives_by_cycle(
      rates,
      dose_rate_derivatives(run, sensitivities, rates, targets, terms, tia,
                            tia_derivatives(run, sensitivities, tail)),
      repair, run.schedule.cycle_starts);
}

}  // namespace lutetia
