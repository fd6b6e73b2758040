#include "lutetia/study/plan_settings.hpp"

#include <algorithm>
#include <cmath>

#include "lutetia/core/text.hpp"
#include "lutetia/study/setting_checks.hpp"

namespace lutetia {
namespace {

namespace dim = dimension;

const Words objectives{"minimum_lesion_dose", "mean_lesion_dose", "minimum_lesion_bed",
                       "tumor_to_kidney",     "log_cell_kill",    "tcp",
                       "cumulative_activity"};
const Words ways{"equal", "front_loaded", "free", "prescribed"};
const Words chances{"scenarios", "lognormal", "cvar"};
const Words refinable{"amount", "interval"};
const Words draw_sources{"population", "fit"};
const Words targets{"mean", "minimum", "every"};
constexpr int usual_draws = 200;  // as the planner where nothing is said

/// A number of cycles, a list of them, or {from: 1, to: 6}.
void check_cycles(Fields& fields, Problems& problems) {
  const Node* node = fields.find("cycles");
  if (!node) return;
  if (!node->is_map()) {
    for (const Node* item : one_or_more(*node)) (void)check_count(*item, "cycles", 1, problems);
    return;
  }
  Fields range(*node, "cycles", problems);
  std::vector<std::optional<int>> ends;
  for (const char* key : {"from", "to"})
    if (const Node* end = range.require(key, "1"))
      ends.push_back(check_count(*end, key, 1, problems));
  range.finish();
  if (ends.size() == 2 && ends[0] && ends[1] && *ends[0] > *ends[1])
    problems.add({.what = "'cycles' must not end before they begin",
                  .where = node->where,
                  .found = text("from ", *ends[0], " to ", *ends[1]),
                  .hint = text("write {from: ", *ends[1], ", to: ", *ends[0], "}")});
}

/// Doses by region, zero allowed.
void check_doses(Fields& fields, const std::string& key, std::vector<Place>& regions,
                 Problems& problems) {
  const Node* node = fields.find(key);
  if (!node) return;
  if (!node->is_map())
    problems.add({.what = text(quote(key), " must be a map from region to dose"),
                  .where = node->where,
                  .found = node->described(),
                  .hint = text("write for example ", key, ": {kidney: 4.6 Gy}")});
  for (const auto& [region, dose] : node->entries) {
    regions.push_back({region, dose.key_place()});
    if (const auto read = read_sourced(dose, region, dim::absorbed_dose, problems))
      (void)check_sign(dose, *read, region, true, problems);
  }
}

void check_target(const Node& node, PlanSettings& out, Problems& problems) {
  Fields fields(node, "target", problems);
  if (!fields.valid()) return;
  check_numbers(fields, "least", dim::absorbed_dose, problems);
  check_numbers(fields, "most", dim::absorbed_dose, problems);
  const std::string of = fields.text_or("of", targets.front());
  if (std::find(targets.begin(), targets.end(), of) == targets.end())
    out.lesions.push_back({of, fields.find("of")->where});
  if (!fields.has("least") && !fields.has("most"))
    fields.problem("a target needs a least or a largest dose",
                   "write for example {least: 80 Gy, most: 120 Gy}");
  fields.finish();
}

void check_kill(const Node& node, Problems& problems) {
  Fields fields(node, "kill", problems);
  if (!fields.valid()) return;
  check_numbers(fields, "alpha", dim::none / dim::absorbed_dose, problems);
  check_numbers(fields, "doubling_time", dim::time, problems);
  check_numbers(fields, "clonogens", dim::none / dim::mass, problems);
  fields.finish();
}

/// Ranks of scenarios: the smallest risk needs a draw of its own.
void check_enough_draws(const Node& where, int draws, double risk, Problems& problems) {
  const double needed = std::ceil(1.0 / risk - 1.0 - 1e-9);
  if (draws < needed)
    problems.add({.what = "there are too few draws for the risk",
                  .where = where.where,
                  .found = text(draws, " draws, a risk of ", risk),
                  .expected = text("at least ", needed, " draws"),
                  .hint = "accept a larger risk or write a larger n"});
}

void check_draws(const Node& node, double risk, bool ranked, Problems& problems) {
  Fields fields(node, "draws", problems);
  if (!fields.valid()) return;
  if (const Node* from = fields.require("from", "population"))
    check_word(*from, "from", draw_sources, problems);
  const Node* n = fields.find("n");
  const auto draws = n ? check_count(*n, "n", 2, problems) : usual_draws;
  if (ranked && draws && risk > 0.0 && risk < 1.0)
    check_enough_draws(n ? *n : node, *draws, risk, problems);
  if (const Node* seed = fields.find("seed")) (void)check_count(*seed, "seed", 0, problems);
  if (const Node* cv = fields.find("cv"))
    for (const auto& [name, value] : cv->entries)
      if (const auto read = read_sourced(value, name, dim::none, problems))
        (void)check_sign(value, *read, name, true, problems);
  fields.finish();
}

void check_given(const Node& node, PlanSettings& out, Problems& problems) {
  Fields fields(node, "given", problems);
  if (!fields.valid()) return;
  if (const Node* cycles = fields.require("cycles", "1"))
    (void)check_count(*cycles, "cycles", 1, problems);
  (void)fields.require("absorbed_dose", "{kidney: 4.6 Gy}");
  check_doses(fields, "absorbed_dose", out.regions, problems);
  check_doses(fields, "BED", out.regions, problems);
  (void)check_share(fields, "cv", problems);
  fields.finish();
}

void check_status(const Node& node, Problems& problems) {
  Fields fields(node, "status", problems);
  if (!fields.valid()) return;
  const Dimension count = dim::none / dim::volume;
  check_numbers(fields, "platelets", count, problems);
  check_numbers(fields, "neutrophils", count, problems);
  check_numbers(fields, "gfr", dim::flow, problems);
  (void)fields.flag_or("progression", false);
  fields.finish();
}

}  // namespace

PlanSettings read_plan_settings(const Node& node, Problems& problems) {
  PlanSettings out{.document = node};
  Fields fields(node, "plan", problems);
  if (!fields.valid()) return out;
  std::vector<double> risks;
  if (const Node* limits = fields.require("limits", "kidney_23_gy"); limits && !limits->is_scalar())
    for (const DoseLimit& limit : read_limits(*limits, problems, &out.counts)) {
      out.regions.push_back(limit.region);
      if (limit.risk) risks.push_back(*limit.risk);
    }
  for (const LimitPlace& count : out.counts)
    if (count.risk) risks.push_back(*count.risk);
  check_words(fields, "objective", objectives, problems);
  if (const Node* target = fields.find("target")) check_target(*target, out, problems);
  if (const Node* lesions = fields.find("lesions")) {
    if (lesions->is_sequence() && lesions->items.empty())
      problems.add({.what = "'lesions' must name at least one",
                    .where = lesions->where,
                    .found = lesions->described(),
                    .hint = "leave the key out to count all lesions"});
    for (const Node* item : one_or_more(*lesions))
      out.lesions.push_back({read_word(*item, "lesions", problems), item->where});
  }
  check_cycles(fields, problems);
  check_numbers(fields, "interval", dim::time, problems);
  check_numbers(fields, "amount", dim::amount, problems);
  check_numbers(fields, "duration", dim::time, problems);
  for (const char* key : {"amino_acids", "route"})
    if (const Node* names = fields.find(key))
      for (const Node* item : one_or_more(*names)) (void)read_word(*item, key, problems);
  check_words(fields, "activities", ways, problems);
  check_numbers(fields, "front_loading", dim::none, problems);
  if (const Node* smallest = fields.find("smallest_activity"))
    if (const auto read = read_sourced(*smallest, "smallest_activity", dim::activity, problems))
      (void)check_sign(*smallest, *read, "smallest_activity", true, problems);
  check_numbers(fields, "first_activity", dim::activity, problems);
  check_numbers(fields, "largest_activity", dim::activity, problems);
  check_numbers(fields, "largest_molar_activity", dim::molar_activity, problems);
  check_numbers(fields, "unlabeled_amount", dim::amount, problems);
  check_words(fields, "refine", refinable, problems);
  check_words(fields, "chance", chances, problems);
  risks.push_back(check_share(fields, "risk", problems));
  if (const Node* draws = fields.find("draws"))
    check_draws(*draws, *std::min_element(risks.begin(), risks.end()),
                fields.text_or("chance", chances.front()) == chances.front(), problems);
  if (const Node* kill = fields.find("kill")) check_kill(*kill, problems);
  if (const Node* given = fields.find("given")) check_given(*given, out, problems);
  if (const Node* status = fields.find("status")) check_status(*status, problems);
  fields.finish();
  return out;
}

Policy read_policy(const Node& node, Problems& problems) {
  Policy out;
  Fields fields(node, "a policy", problems);
  if (!fields.valid()) return out;
  fields.schema_version();
  out.name = fields.required_text("policy", "kidney_23_gy");
  out.description = fields.text_or("description", "");
  out.provenance = fields.provenance();
  if (const Node* regimen = fields.require("regimen", "netter1")) {
    out.regimen = *regimen;
    if (regimen->is_map()) (void)read_regimen(*regimen, problems);
  }
  if (const Node* plan = fields.find("plan")) out.plan = read_plan_settings(*plan, problems);
  fields.finish();
  return out;
}

PlanningAssumptions read_planning_assumptions(const Node& node, Problems& problems) {
  PlanningAssumptions out;
  Fields fields(node, "a file of planning assumptions", problems);
  if (!fields.valid()) return out;
  fields.schema_version();
  out.name = fields.required_text("planning_assumptions", "default");
  (void)fields.text_or("description", "");
  const auto numbers = [&](const char* key, const std::map<std::string, Dimension>& known,
                           std::map<std::string, SourcedQuantity>& into) {
    const Node* part = fields.require(key, text("{", known.begin()->first, ": …}"));
    if (!part) return;
    Fields entries(*part, key, problems);
    for (const auto& [name, dimension] : known)
      if (const Node* number = entries.require(name))
        if (const auto read = read_sourced(*number, name, dimension, problems);
            read && check_sign(*number, *read, name, false, problems))
          into[name] = *read;
    entries.finish();
  };
  numbers("useful_cycle", {{"smallest_share", dim::none}}, out.useful_cycle);
  numbers("measured_dose_error", {{"one_scan", dim::none}, {"three_scans", dim::none}},
          out.measured_dose_error);
  const Dimension count = dim::none / dim::volume;
  numbers("stop", {{"platelets", count}, {"neutrophils", count}, {"gfr", dim::flow}}, out.stop);
  fields.finish();
  return out;
}

void check_plan_settings(const Library& library, const PlanSettings& settings, const System& system,
                         Problems& problems) {
  check_limit_name(library, settings.document, problems);
  std::vector<std::string> regions, lesions;
  for (const auto& region : system.network().regions) {
    if (region.mass >= 0) regions.push_back(region.name);
    if (region.lesion) lesions.push_back(region.name);
  }
  const auto check = [&](const std::vector<Place>& asked, const Words& known, const char* what) {
    for (const Place& place : asked)
      if (!place.name.empty() && std::find(known.begin(), known.end(), place.name) == known.end())
        problems.add({.what = text("the patient has no ", what, ' ', quote(place.name)),
                      .where = place.where,
                      .hint = suggestion(place.name, known)});
  };
  check(settings.regions, regions, "region with a dose");
  check(settings.lesions, lesions, "lesion");
  check_counts(library, settings.counts, problems);
}

void check_policy(const Library& library, const Policy& policy, Problems& problems) {
  if (policy.regimen.is_scalar()) try {
      (void)library.find("regimen", policy.regimen.scalar);
    } catch (const FileError& error) {
      problems.add({.what = error.what(), .where = policy.regimen.where});
    }
  check_limit_name(library, policy.plan.document, problems);
}

}  // namespace lutetia
