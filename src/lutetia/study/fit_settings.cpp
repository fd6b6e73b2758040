#include "lutetia/study/fit_settings.hpp"

#include <algorithm>
#include <charconv>

#include "lutetia/core/text.hpp"
#include "lutetia/dosing/changes.hpp"

namespace lutetia {
namespace {

namespace dim = dimension;

const std::vector<std::string> cycle_terms{"per_cycle_factor", "after_first", "free_per_cycle"};

/// Entries of a map; a problem when it is none.
const std::vector<std::pair<std::string, Node>>& entries_of(const Node& node,
                                                            const std::string& what,
                                                            const std::string& example,
                                                            Problems& problems) {
  if (!node.is_map())
    problems.add({.what = text(quote(what), " must be a map"),
                  .where = node.where,
                  .found = node.described(),
                  .hint = text("write for example ", what, ": ", example)});
  return node.entries;
}

std::vector<Place> read_places(const Node& node, const std::string& what, Problems& problems) {
  std::vector<Place> out;
  if (node.is_map())
    problems.add({.what = text(quote(what), " must be a name or a list of names"),
                  .where = node.where,
                  .found = node.described()});
  else if (node.is_sequence())
    for (const Node& item : node.items)
      out.push_back({read_word(item, what, problems), item.where});
  else
    out.push_back({read_word(node, what, problems), node.where});
  std::erase_if(out, [](const Place& place) { return place.name.empty(); });
  return out;
}

/// A positive number without unit.
std::optional<SourcedQuantity> read_share(const Node& node, const std::string& what,
                                          Problems& problems) {
  auto read = read_sourced(node, what, dim::none, problems);
  if (read && !check_sign(node, *read, what, false, problems)) return std::nullopt;
  return read;
}

std::optional<int> read_seed(const Node& node, Problems& problems) {
  int value = 0;
  const std::string& s = node.scalar;
  const auto [end, error] = std::from_chars(s.data(), s.data() + s.size(), value);
  if (node.is_scalar() && error == std::errc{} && end == s.data() + s.size() && value >= 0)
    return value;
  problems.add({.what = "'seed' must be a whole number of at least 0",
                .where = node.where,
                .found = node.described()});
  return std::nullopt;
}

ErrorSettings read_error(const Node& node, const std::string& group, Problems& problems) {
  ErrorSettings out;
  Fields fields(node, text("the error model of ", quote(group)), problems);
  if (!fields.valid()) return out;
  if (const Node* kind = fields.find("kind")) {
    const std::string word = read_word(*kind, "kind", problems);
    std::vector<std::string> words;
    for (const auto& [name, value] : error_kinds()) {
      words.push_back(name);
      if (name == word) out.model.kind = value;
    }
    if (!word.empty() && std::find(words.begin(), words.end(), word) == words.end())
      problems.add({.what = "unknown kind of error model",
                    .where = kind->where,
                    .found = kind->described(),
                    .expected = join(words, " or "),
                    .hint = nearest(word, words).empty() ? "" : suggestion(word, words)});
  }
  const auto number = [&](const char* key, const Dimension& dimension, double otherwise) {
    const Node* given = fields.find(key);
    if (!given) return otherwise;
    const auto read = read_sourced(*given, key, dimension, problems);
    if (!read || !check_sign(*given, *read, key, false, problems)) return otherwise;
    return read->quantity.value;
  };
  out.model.b = number("cv", dim::none, 0.0);
  out.model.a = number("sd", dim::activity, 0.0);
  out.model.degrees = number("degrees", dim::none, out.model.degrees);
  out.model.estimated = fields.flag_or("estimated", false);
  if (fields.has("scale_spread")) out.scale_spread = number("scale_spread", dim::none, 1.0);
  if (out.model.kind != ErrorKind::fixed && !fields.has("cv") && !fields.has("sd"))
    fields.problem("an error model needs a 'cv'", "write for example {cv: 10 %}");
  fields.finish();
  return out;
}

void read_calibration(const Node& node, FitSettings& out, Problems& problems) {
  if (node.is_scalar() && (node.scalar == "true" || node.scalar == "false")) {
    out.calibration = node.scalar == "true";
  } else if (node.is_map()) {
    for (const auto& [series, value] : node.entries)
      if (const auto read = read_share(value, series, problems))
        out.calibration_spreads[series] = read->quantity.value;
  } else {
    problems.add({.what = "'calibration' must be true, false or a map from series to spread",
                  .where = node.where,
                  .found = node.described(),
                  .hint = "write for example calibration: {kidney SPECT: 5 %}"});
  }
}

/// Parameters of the run a name of the settings stands for.
std::vector<const NetworkParameter*> named(const std::string& name, const Network& network) {
  std::vector<const NetworkParameter*> out;
  const std::size_t dot = std::min(name.find('.'), name.size());
  const auto group = network.groups.find(name.substr(0, dot));
  for (const NetworkParameter& p : network.parameters) {
    const std::size_t own = std::min(p.name.find('.'), p.name.size());
    const bool member =
        group != network.groups.end() && p.name.substr(own) == name.substr(dot) &&
        std::count(group->second.begin(), group->second.end(), p.name.substr(0, own)) > 0;
    if (p.name == name || member) out.push_back(&p);
  }
  return out;
}

/// A prior needs a spread: that of the model, or one of the settings.
void check_spread(const Place& place, const FitSettings& settings, const Network& network,
                  Problems& problems) {
  for (const NetworkParameter* p : named(place.name, network))
    if (!p->variation && !settings.cv.count(place.name) && !settings.cv.count(p->name)) {
      problems.add({.what = text(quote(place.name), " has no published spread"),
                    .where = place.where,
                    .hint = text("give one, for example cv: {", place.name, ": 30 %}")});
      return;
    }
}

}  // namespace

FitSettings read_fit_settings(const Node& node, Problems& problems) {
  FitSettings out;
  Fields fields(node, "fit", problems);
  if (!fields.valid()) return out;
  if (const Node* free = fields.find("free")) out.free = read_places(*free, "free", problems);
  if (const Node* shared = fields.find("shared"))
    out.shared = read_places(*shared, "shared", problems);
  if (const Node* cv = fields.find("cv"))
    for (const auto& [name, value] :
         entries_of(*cv, "cv", "{kidney.receptor_density: 30 %}", problems))
      if (const auto read = read_share(value, name, problems)) {
        out.cv[name] = *read;
        out.cv[name].where = value.key_place();
      }
  if (const Node* effects = fields.find("cycle_effect"))
    for (const auto& [name, value] : entries_of(
             *effects, "cycle_effect", "{lesions.receptor_density: per_cycle_factor}", problems)) {
      const std::string term = read_word(value, name, problems);
      if (!term.empty() &&
          std::find(cycle_terms.begin(), cycle_terms.end(), term) == cycle_terms.end())
        problems.add({.what = "unknown term of a cycle effect",
                      .where = value.where,
                      .found = value.described(),
                      .expected = join(cycle_terms, " or ")});
      out.cycle_effect.push_back({{name, value.key_place()}, term});
    }
  if (const Node* between = fields.find("between_cycles"))
    out.between_cycles = read_places(*between, "between_cycles", problems);
  if (const Node* logit = fields.find("logit")) out.logit = read_places(*logit, "logit", problems);
  if (const Node* errors = fields.find("errors"))
    for (const auto& [group, value] :
         entries_of(*errors, "errors", "{organ SPECT Lu-177: {cv: 10 %}}", problems))
      out.errors[group] = read_error(value, group, problems);
  if (const Node* calibration = fields.find("calibration"))
    read_calibration(*calibration, out, problems);
  if (fields.has("starts")) out.starts = fields.count_or("starts", 1);
  if (const Node* seed = fields.find("seed")) out.seed = read_seed(*seed, problems);
  if (const Node* rtol = fields.find("rtol"))
    if (const auto read = read_sourced(*rtol, "rtol", dim::none, problems)) {
      out.rtol = read->quantity.value;
      if (!(*out.rtol >= 1e-13 && *out.rtol <= 0.1))
        problems.add({.what = "'rtol' is out of range",
                      .where = rtol->where,
                      .found = rtol->described(),
                      .expected = "a number from 1e-13 to 0.1"});
    }
  fields.finish();
  return out;
}

void check_fit_settings(const FitSettings& settings, const System& system, Problems& problems) {
  std::vector<CycleEffect> changes;
  const auto add = [&](const Place& place) {
    changes.push_back({.parameter = place.name, .where = place.where});
  };
  for (const auto* places : {&settings.free, &settings.shared})
    if (*places)
      for (const Place& place : **places) {
        add(place);
        check_spread(place, settings, system.network(), problems);
      }
  for (const CycleTerm& effect : settings.cycle_effect) add(effect.parameter);
  for (const Place& place : settings.between_cycles) add(place);
  for (const Place& place : settings.logit) add(place);
  // "lesions.k_release, cycle_effect" is the spread of a factor, not of the parameter.
  for (const auto& [name, given] : settings.cv) add({name.substr(0, name.find(", ")), given.where});
  check_changes(changes, {}, system, problems);
}

}  // namespace lutetia
