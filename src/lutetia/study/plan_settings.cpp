#include "lutetia/study/plan_settings.hpp"

#include <algorithm>
#include <charconv>

#include "lutetia/core/text.hpp"

namespace lutetia {
namespace {

namespace dim = dimension;

using Words = std::vector<std::string>;

const Words quantities{"absorbed_dose", "BED", "EQD2"};
const Words objectives{"minimum_lesion_dose", "mean_lesion_dose", "minimum_lesion_bed",
                       "tumor_to_kidney",     "log_cell_kill",    "tcp",
                       "cumulative_activity"};
const Words ways{"equal", "front_loaded", "free", "prescribed"};
const Words chances{"scenarios", "lognormal", "cvar"};
const Words refinable{"amount", "interval"};
const Words draw_sources{"population", "fit"};

/// The nodes of a list, or the node itself.
std::vector<const Node*> one_or_more(const Node& node) {
  std::vector<const Node*> out;
  if (!node.is_sequence()) return {&node};
  for (const Node& item : node.items) out.push_back(&item);
  return out;
}

void check_word(const Node& node, const std::string& key, const Words& known, Problems& problems) {
  const std::string word = read_word(node, key, problems);
  if (word.empty() || std::find(known.begin(), known.end(), word) != known.end()) return;
  problems.add({.what = text("unknown ", key),
                .where = node.where,
                .found = node.described(),
                .expected = join(known, " or "),
                .hint = nearest(word, known).empty() ? "" : suggestion(word, known)});
}

void check_words(Fields& fields, const std::string& key, const Words& known, Problems& problems) {
  if (const Node* node = fields.find(key))
    for (const Node* item : one_or_more(*node)) check_word(*item, key, known, problems);
}

/// One positive number of a dimension, or a list of them.
void check_numbers(Fields& fields, const std::string& key, const Dimension& dimension,
                   Problems& problems) {
  if (const Node* node = fields.find(key))
    for (const Node* item : one_or_more(*node))
      if (const auto read = read_sourced(*item, key, dimension, problems))
        (void)check_sign(*item, *read, key, false, problems);
}

void check_share(Fields& fields, const std::string& key, Problems& problems) {
  const Node* node = fields.find(key);
  if (!node) return;
  const auto read = read_sourced(*node, key, dim::none, problems);
  if (read && !(read->quantity.value > 0.0 && read->quantity.value < 1.0))
    problems.add({.what = text(quote(key), " is out of range"),
                  .where = node->where,
                  .found = node->described(),
                  .expected = "a number between 0 and 1"});
}

/// A whole number of at least `least`.
void check_count(const Node& node, const std::string& key, int least, Problems& problems) {
  int value = 0;
  const std::string& s = node.scalar;
  const auto [end, error] = std::from_chars(s.data(), s.data() + s.size(), value);
  if (node.is_scalar() && error == std::errc{} && end == s.data() + s.size() && value >= least)
    return;
  problems.add({.what = text(quote(key), " must be a whole number of at least ", least),
                .where = node.where,
                .found = node.described()});
}

/// A number of cycles, a list of them, or {from: 1, to: 6}.
void check_cycles(Fields& fields, Problems& problems) {
  const Node* node = fields.find("cycles");
  if (!node) return;
  if (!node->is_map()) {
    for (const Node* item : one_or_more(*node)) check_count(*item, "cycles", 1, problems);
    return;
  }
  Fields range(*node, "cycles", problems);
  for (const char* key : {"from", "to"})
    if (const Node* end = range.require(key, "1")) check_count(*end, key, 1, problems);
  range.finish();
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

std::vector<DoseLimit> read_limits(const Node& node, Problems& problems) {
  std::vector<DoseLimit> out;
  const auto* items = read_list(node, "limits", problems);
  for (const Node& item : items ? *items : std::vector<Node>{}) {
    Fields fields(item, "a limit", problems);
    if (!fields.valid()) continue;
    DoseLimit limit;
    limit.region = {fields.required_text("region", "kidney"), item.where};
    if (const Node* region = item.find("region")) limit.region.where = region->where;
    limit.quantity = fields.text_or("quantity", quantities.front());
    if (const Node* quantity = item.find("quantity"))
      check_word(*quantity, "quantity", quantities, problems);
    if (const Node* most = fields.require("most", "23 Gy"))
      if (const auto read = read_sourced(*most, "most", dim::absorbed_dose, problems);
          read && check_sign(*most, *read, "most", false, problems))
        limit.most = *read;
    check_share(fields, "risk", problems);
    fields.finish();
    out.push_back(std::move(limit));
  }
  return out;
}

void check_target(const Node& node, Problems& problems) {
  Fields fields(node, "target", problems);
  if (!fields.valid()) return;
  check_numbers(fields, "least", dim::absorbed_dose, problems);
  check_numbers(fields, "most", dim::absorbed_dose, problems);
  (void)fields.text_or("of", "mean");
  if (!fields.has("least") && !fields.has("most"))
    fields.problem("a target needs a least or a largest dose",
                   "write for example {least: 80 Gy, most: 120 Gy}");
  fields.finish();
}

void check_kill(const Node& node, Problems& problems) {
  Fields fields(node, "kill", problems);
  if (!fields.valid()) return;
  (void)fields.require("alpha", "0.0172 1/Gy");
  check_numbers(fields, "alpha", dim::none / dim::absorbed_dose, problems);
  check_numbers(fields, "doubling_time", dim::time, problems);
  check_numbers(fields, "clonogens", dim::none / dim::mass, problems);
  fields.finish();
}

void check_draws(const Node& node, Problems& problems) {
  Fields fields(node, "draws", problems);
  if (!fields.valid()) return;
  if (const Node* from = fields.require("from", "population"))
    check_word(*from, "from", draw_sources, problems);
  if (const Node* n = fields.find("n")) check_count(*n, "n", 2, problems);
  if (const Node* seed = fields.find("seed")) check_count(*seed, "seed", 0, problems);
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
    check_count(*cycles, "cycles", 1, problems);
  (void)fields.require("absorbed_dose", "{kidney: 4.6 Gy}");
  check_doses(fields, "absorbed_dose", out.regions, problems);
  check_doses(fields, "BED", out.regions, problems);
  check_share(fields, "cv", problems);
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

void check_limit_name(const Library& library, const PlanSettings& settings, Problems& problems) {
  const Node* limits = settings.document.find("limits");
  if (limits && limits->is_scalar()) try {
      (void)library.find("dose_limits", limits->scalar);
    } catch (const FileError& error) {
      problems.add({.what = error.what(), .where = limits->where});
    }
}

}  // namespace

DoseLimits read_dose_limits(const Node& node, Problems& problems) {
  DoseLimits out;
  Fields fields(node, "a file of dose limits", problems);
  if (!fields.valid()) return out;
  fields.schema_version();
  out.name = fields.required_text("dose_limits", "kidney_23_gy");
  out.description = fields.text_or("description", "");
  if (const Node* limits = fields.require("limits", "[{region: kidney, most: 23 Gy}]"))
    out.limits = read_limits(*limits, problems);
  fields.finish();
  return out;
}

PlanSettings read_plan_settings(const Node& node, Problems& problems) {
  PlanSettings out{.document = node};
  Fields fields(node, "plan", problems);
  if (!fields.valid()) return out;
  if (const Node* limits = fields.require("limits", "kidney_23_gy"); limits && !limits->is_scalar())
    for (const DoseLimit& limit : read_limits(*limits, problems))
      out.regions.push_back(limit.region);
  check_words(fields, "objective", objectives, problems);
  if (const Node* target = fields.find("target")) check_target(*target, problems);
  if (const Node* lesions = fields.find("lesions"))
    for (const Node* item : one_or_more(*lesions))
      out.lesions.push_back({read_word(*item, "lesions", problems), item->where});
  check_cycles(fields, problems);
  check_numbers(fields, "interval", dim::time, problems);
  check_numbers(fields, "amount", dim::amount, problems);
  check_numbers(fields, "duration", dim::time, problems);
  for (const char* key : {"amino_acids", "route"})
    if (const Node* names = fields.find(key))
      for (const Node* item : one_or_more(*names)) (void)read_word(*item, key, problems);
  check_words(fields, "activities", ways, problems);
  check_numbers(fields, "front_loading", dim::none, problems);
  check_numbers(fields, "smallest_activity", dim::activity, problems);
  check_numbers(fields, "largest_activity", dim::activity, problems);
  check_numbers(fields, "largest_molar_activity", dim::molar_activity, problems);
  check_numbers(fields, "unlabeled_amount", dim::amount, problems);
  check_words(fields, "refine", refinable, problems);
  if (const Node* draws = fields.find("draws")) check_draws(*draws, problems);
  check_words(fields, "chance", chances, problems);
  check_share(fields, "risk", problems);
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
  numbers("measured_dose_error", {{"one_scan", dim::none}, {"three_scans", dim::none}},
          out.measured_dose_error);
  const Dimension count = dim::none / dim::volume;
  numbers("stop", {{"platelets", count}, {"neutrophils", count}, {"gfr", dim::flow}}, out.stop);
  fields.finish();
  return out;
}

void check_plan_settings(const Library& library, const PlanSettings& settings, const System& system,
                         Problems& problems) {
  check_limit_name(library, settings, problems);
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
}

void check_policy(const Library& library, const Policy& policy, Problems& problems) {
  if (policy.regimen.is_scalar()) try {
      (void)library.find("regimen", policy.regimen.scalar);
    } catch (const FileError& error) {
      problems.add({.what = error.what(), .where = policy.regimen.where});
    }
  check_limit_name(library, policy.plan, problems);
}

}  // namespace lutetia
