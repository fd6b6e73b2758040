#include "lutetia/model/cycle_effect.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include "lutetia/core/text.hpp"
#include "lutetia/model/provenance.hpp"

namespace lutetia {
namespace {

using Term = CycleEffect::Term;

/// What each term must be given: its key, and whether zero makes sense.
struct TermKey {
  Term term;
  const char* key;
  const char* example;
  bool zero_allowed;
};
const std::map<std::string, TermKey> terms{
    {"none", {Term::none, nullptr, "", false}},
    {"per_cycle_factor", {Term::per_cycle_factor, "factor", "0.94", true}},
    {"exponential", {Term::exponential, "decline", "0.06", true}},
    {"free_per_cycle", {Term::free_per_cycle, "factors", "[1, 0.9, 0.85, 0.8]", true}}};

void read_factor(const Node& node, const TermKey& of, const Provenance& outer, CycleEffect& out,
                 Problems& problems) {
  const auto read = read_sourced(node, of.key, dimension::none, problems);
  if (!read || !check_sign(node, *read, of.key, of.zero_allowed, problems)) return;
  out.numbers.push_back(read->quantity.value);
  out.provenance.push_back(own_or(read->provenance, outer));
}

void read_numbers(Fields& fields, const TermKey& of, const Provenance& outer, CycleEffect& out,
                  Problems& problems) {
  const Node* given = fields.require(of.key, of.example);
  if (!given) return;
  if (of.term != Term::free_per_cycle) {
    read_factor(*given, of, outer, out, problems);
    return;
  }
  const auto* items = read_list(*given, of.key, problems);
  for (const Node& item : items ? *items : std::vector<Node>{})
    read_factor(item, of, outer, out, problems);
  if (!out.numbers.empty() && out.numbers.front() != 1.0)
    problems.add({.what = "the factor of the first cycle must be 1",
                  .where = given->where,
                  .found = text(out.numbers.front()),
                  .hint = "the parameter itself is the value of the first cycle"});
}

}  // namespace

double CycleEffect::factor(int cycle) const {
  switch (term) {
    case Term::none:
      return 1.0;
    case Term::per_cycle_factor:
      return std::pow(numbers.front(), cycle - 1);
    case Term::exponential:
      return std::exp(-numbers.front() * (cycle - 1));
    case Term::free_per_cycle:
      return numbers[std::min<std::size_t>(cycle - 1, numbers.size() - 1)];
  }
  return 1.0;
}

std::vector<CycleEffect> read_cycle_effects(const Node* node, Problems& problems,
                                            const Provenance& of_owner) {
  std::vector<CycleEffect> out;
  if (!node) return out;
  const auto* items = read_list(*node, "cycle_effects", problems);
  for (const Node& item : items ? *items : std::vector<Node>{}) {
    Fields fields(item, "a cycle effect", problems);
    if (!fields.valid()) continue;
    CycleEffect effect{.parameter = fields.required_text("parameter", "lesions.receptor_density"),
                       .where = item.where};
    if (const Node* parameter = item.find("parameter")) effect.where = parameter->where;
    const std::string word = fields.required_text("term", "per_cycle_factor");
    const Provenance of_effect = own_or(fields.provenance(), of_owner);
    const auto term = terms.find(word);
    if (term != terms.end()) {
      effect.term = term->second.term;
      if (term->second.key) read_numbers(fields, term->second, of_effect, effect, problems);
    } else if (const Node* given = item.find("term"); given && !word.empty()) {
      std::vector<std::string> names;
      for (const auto& [name, key] : terms) names.push_back(name);
      problems.add({.what = text("unknown term ", quote(word), " of a cycle effect"),
                    .where = given->where,
                    .hint = suggestion(word, names)});
      continue;
    }
    fields.finish();
    if (effect.term == Term::none || !effect.numbers.empty()) out.push_back(std::move(effect));
  }
  return out;
}

std::vector<std::pair<std::string, SourcedQuantity>> numbers_of(
    const std::vector<CycleEffect>& effects) {
  std::vector<std::pair<std::string, SourcedQuantity>> out;
  for (const CycleEffect& effect : effects) {
    const bool list = effect.term == Term::free_per_cycle;
    const std::string owner = text("cycle effect ", effect.parameter);
    for (std::size_t i = list ? 1 : 0; i < effect.numbers.size(); ++i) {
      const std::string name =
          list ? text(owner, " factor of cycle ", i + 1)
               : text(owner, effect.term == Term::exponential ? " decline" : " factor");
      const Provenance none;
      out.emplace_back(name,
                       SourcedQuantity{{effect.numbers[i], dimension::none},
                                       i < effect.provenance.size() ? effect.provenance[i] : none,
                                       {},
                                       {}});
    }
  }
  return out;
}

}  // namespace lutetia
