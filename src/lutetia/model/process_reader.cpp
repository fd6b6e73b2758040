#include "lutetia/model/process_reader.hpp"

#include <algorithm>
#include <string_view>

#include "lutetia/core/text.hpp"
#include "lutetia/document/fields.hpp"

namespace lutetia {
namespace {

Formula required_formula(Fields& fields, const std::string& key, const std::string& example,
                         Problems& problems) {
  if (const Node* node = fields.require(key, example))
    if (auto formula = read_formula(*node, key, problems)) return *formula;
  return {};
}

std::optional<Process> read_process(const Node& node, Problems& problems) {
  static const std::vector<std::string> kinds{"perfusion", "clearance", "exchange", "transfer",
                                              "binding"};
  if (!node.is_map() || node.entries.size() != 1) {
    const std::string found =
        node.is_map() ? text("a map of ", node.entries.size(), " keys") : node.described();
    problems.add({.what = "a process is one key naming its kind",
                  .where = node.where,
                  .found = found,
                  .hint = "write for example - transfer: {from: bound, to: internalized, rate: "
                          "k_internalization}"});
    return std::nullopt;
  }
  const auto& [kind, body] = node.entries.front();
  if (std::find(kinds.begin(), kinds.end(), kind) == kinds.end()) {
    problems.add({.what = text("unknown process ", quote(kind)),
                  .where = body.key_place(),
                  .hint = suggestion(kind, kinds)});
    return std::nullopt;
  }
  Process out{.name = kind, .kind = {}, .where = body.key_place()};
  Fields fields(body, text(kind == "exchange" ? "an " : "a ", kind, " process"), problems);
  if (!fields.valid()) return std::nullopt;
  out.name = fields.text_or("name", kind);
  auto formula = [&](const char* key, const char* example) {
    return required_formula(fields, key, example, problems);
  };
  auto place = [&](const char* key) {
    Place found{fields.required_text(key, "vascular"), body.where};
    if (const Node* node_of_key = body.find(key)) found.where = node_of_key->where;
    return found;
  };
  auto optional_place = [&](const char* key) {
    const Node* given = fields.find(key);
    return given ? Place{read_word(*given, key, problems), given->where} : Place{};
  };
  auto influence = [&] {
    return Influence{optional_place("driven_by"),
                     read_places(fields.find("effects"), "effects", problems)};
  };
  if (kind == "perfusion") {
    out.kind = Perfusion{place("from"), place("to"), formula("flow", "flow")};
  } else if (kind == "clearance") {
    out.kind = Clearance{place("from"), place("to"), formula("clearance", "gfr"), influence()};
  } else if (kind == "exchange") {
    const auto between = read_places(fields.find("between"), "between", problems);
    if (between.size() != 2)
      fields.problem_at("between", "an exchange is between two compartments",
                        "write between: [vascular, interstitial]");
    const Formula surface = formula("permeability_surface", "permeability_surface");
    if (between.size() == 2) out.kind = Exchange{between[0], between[1], surface};
  } else if (kind == "transfer") {
    // Which ends may be absent depends on the substance; the network knows it (network.cpp).
    Transfer transfer{optional_place("from"), optional_place("to"), formula("rate", "k_release"),
                      influence()};
    if (transfer.from.name.empty() && transfer.to.name.empty())
      fields.problem("a transfer has neither 'from' nor 'to'",
                     "write for example from: bound, to: internalized");
    else if (transfer.from.name.empty() && transfer.influence.driven_by.name.empty())
      fields.problem("a transfer without 'from' needs 'driven_by'",
                     "name the compartment its rate is proportional to");
    out.kind = std::move(transfer);
  } else {
    out.kind = Binding{place("from"),
                       place("to"),
                       formula("receptors", "receptor_density * volume"),
                       formula("k_on", "ligand.k_on"),
                       formula("k_off", "ligand.k_on * ligand.k_d"),
                       read_places(fields.find("unavailable"), "unavailable", problems)};
  }
  fields.finish();
  return out;
}

}  // namespace

std::optional<Formula> read_formula(const Node& node, const std::string& what, Problems& problems) {
  if (!node.is_scalar()) {
    problems.add({.what = text(quote(what), " must be a formula"),
                  .where = node.where,
                  .found = node.described()});
    return std::nullopt;
  }
  try {
    return Formula{node.scalar, parse_expression(node.scalar), node.where};
  } catch (const ExpressionError& error) {
    const Formula unread{node.scalar, {}, node.where};
    problems.add({.what = text("formula of ", quote(what), ": ", error.what()),
                  .where = unread.at(error.position())});
    return std::nullopt;
  }
}

Location Formula::at(std::size_t position) const {
  if (!where.source || where.line < 1 ||
      static_cast<std::size_t>(where.line) > where.source->lines.size())
    return where;
  const std::string_view line = where.source->lines[where.line - 1];
  std::size_t start = first_characters(line, where.column - 1).size();
  if (start < line.size() && (line[start] == '"' || line[start] == '\'')) ++start;
  // A formula folded over lines or written with escapes cannot be followed: then its start has to
  // do.
  if (line.substr(start, position) != std::string_view(text).substr(0, position)) return where;
  Location out = where;
  out.column = static_cast<int>(character_count(line.substr(0, start + position))) + 1;
  return out;
}

std::vector<Place> read_places(const Node* node, const std::string& what, Problems& problems) {
  std::vector<Place> out;
  if (!node) return out;
  if (!node->is_sequence()) return {{read_word(*node, what, problems), node->where}};
  for (const Node& item : node->items) out.push_back({read_word(item, what, problems), item.where});
  return out;
}

std::vector<Process> read_processes(const Node* node, Problems& problems) {
  std::vector<Process> out;
  if (!node) return out;
  if (!node->is_sequence())
    problems.add({.what = "'processes' must be a list",
                  .where = node->where,
                  .found = node->described(),
                  .hint = "write each process on a line that begins with '- '"});
  for (const Node& item : node->items)
    if (auto process = read_process(item, problems)) out.push_back(std::move(*process));
  return out;
}

}  // namespace lutetia
