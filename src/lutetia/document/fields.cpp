#include "lutetia/document/fields.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "lutetia/core/text.hpp"

namespace lutetia {
namespace {

constexpr std::array<std::string_view, 6> provenance_tags{"R", "R2", "S", "C", "M", "A"};

/// "volume, e.g. L"; a plain number has no unit to give as an example.
std::string expected_unit(const Dimension& dimension) {
  if (dimension.dimensionless()) return "a number without unit (45 % is allowed)";
  return text(to_string(dimension), ", e.g. ", internal_unit(dimension));
}

std::string in_words(const Dimension& dimension) {
  return dimension.dimensionless() ? "dimensionless" : to_string(dimension);
}

/// cv, the spread between people, and rse, the uncertainty of the estimate, which is only shown.
void read_spread(Fields& fields, std::optional<double>& variation) {
  variation = fields.number("cv", dimension::none);
  if (variation && *variation < 0.0) fields.problem_at("cv", "'cv' must not be negative");
  if (const auto rse = fields.number("rse", dimension::none); rse && *rse < 0.0)
    fields.problem_at("rse", "'rse' must not be negative");
}

Provenance read_provenance(Fields& fields, Problems& problems) {
  Provenance p;
  p.sources = fields.words("source");
  p.note = fields.text_or("note", "");
  if (const Node* tag = fields.find("tag")) {
    p.tag = read_word(*tag, "tag", problems);
    if (std::find(provenance_tags.begin(), provenance_tags.end(), p.tag) == provenance_tags.end())
      problems.add({.what = "unknown provenance tag",
                    .where = tag->where,
                    .found = tag->described(),
                    .expected = "R, R2, S, C, M or A"});
  }
  return p;
}

}  // namespace

Fields::Fields(const Node& node, std::string what, Problems& problems)
    : node_(node), what_(std::move(what)), problems_(problems), valid_(node.is_map()) {
  if (!valid_)
    problems_.add(
        {.what = what_ + " must be a map of keys", .where = node.where, .found = node.described()});
}

bool Fields::has(const std::string& key) {
  known_.push_back(key);
  return node_.find(key) != nullptr;
}

const Node* Fields::find(const std::string& key) {
  known_.push_back(key);
  const Node* found = node_.find(key);
  if (found && found->is_null()) {
    problems_.add({.what = text("key ", quote(key), " of ", what_, " has no value"),
                   .where = found->key_place(),
                   .hint = "give it a value or remove the key"});
    return nullptr;
  }
  return found;
}

const Node* Fields::require(const std::string& key, const std::string& example) {
  known_.push_back(key);
  const Node* found = node_.find(key);
  if (found && !found->is_null()) return found;
  if (valid_)
    problems_.add({.what = text(what_, " has no ", quote(key)),
                   .where = found ? found->key_place() : node_.where,
                   .hint = example.empty() ? "" : text("write for example ", key, ": ", example)});
  return nullptr;
}

void Fields::schema_version() {
  known_.push_back("lutetia");
  const Node* version = node_.find("lutetia");
  if (version && (!version->is_scalar() || version->scalar != "1"))
    problems_.add({.what = "unknown schema version",
                   .where = version->where,
                   .found = version->described(),
                   .expected = "1",
                   .hint = "this program reads files that begin with lutetia: 1"});
}

std::string Fields::text_or(const std::string& key, const std::string& otherwise) {
  const Node* found = find(key);
  return found ? read_word(*found, key, problems_) : otherwise;
}

std::string Fields::required_text(const std::string& key, const std::string& example) {
  const Node* found = require(key, example);
  if (!found) return "";
  const std::string word = read_word(*found, key, problems_);
  if (found->is_scalar() && word.find_first_not_of(' ') == std::string::npos)
    problems_.add({.what = text(quote(key), " is an empty text"),
                   .where = found->where,
                   .hint = text("write for example ", key, ": ", example)});
  return word;
}

bool Fields::flag_or(const std::string& key, bool otherwise) {
  const Node* found = find(key);
  if (!found) return otherwise;
  if (found->is_scalar() && (found->scalar == "true" || found->scalar == "false"))
    return found->scalar == "true";
  problems_.add({.what = quote(key) + " must be true or false",
                 .where = found->where,
                 .found = found->described()});
  return otherwise;
}

int Fields::count_or(const std::string& key, int otherwise) {
  const Node* found = find(key);
  if (!found) return otherwise;
  int value = 0;
  const std::string& s = found->scalar;
  const auto [end, error] = std::from_chars(s.data(), s.data() + s.size(), value);
  if (found->is_scalar() && error == std::errc{} && end == s.data() + s.size() && value >= 1)
    return value;
  problems_.add({.what = quote(key) + " must be a whole number of at least 1",
                 .where = found->where,
                 .found = found->described()});
  return otherwise;
}

std::optional<double> Fields::number(const std::string& key, const Dimension& dimension) {
  const auto read = sourced(key, dimension);
  if (!read) return std::nullopt;
  return read->quantity.value;
}

std::optional<SourcedQuantity> Fields::sourced(const std::string& key, const Dimension& dimension) {
  const Node* found = find(key);
  return found ? read_sourced(*found, key, dimension, problems_) : std::nullopt;
}

std::vector<std::string> Fields::words(const std::string& key) {
  const Node* found = find(key);
  return found ? read_words(*found, key, problems_) : std::vector<std::string>{};
}

Provenance Fields::provenance() { return read_provenance(*this, problems_); }

void Fields::problem(const std::string& what, const std::string& hint) {
  problems_.add({.what = what, .where = node_.where, .hint = hint});
}

void Fields::problem_at(const std::string& key, const std::string& what, const std::string& hint) {
  const Node* found = node_.find(key);
  problems_.add({.what = what, .where = found ? found->key_place() : node_.where, .hint = hint});
}

void Fields::finish() {
  for (const auto& [key, value] : node_.entries)
    if (std::find(known_.begin(), known_.end(), key) == known_.end())
      problems_.add({.what = text("unknown key ", quote(key), " in ", what_),
                     .where = value.key_place(),
                     .hint = suggestion(key, known_)});
}

void require_schema_version(const Node& file, Problems& problems) {
  if (file.is_map() && file.where.source && !file.find("lutetia"))
    problems.add({.what = "the file has no schema version",
                  .where = file.where,
                  .hint = "begin the file with lutetia: 1"});
}

const std::vector<Node>* read_list(const Node& node, const std::string& what, Problems& problems) {
  if (node.is_sequence() && !node.items.empty()) return &node.items;
  problems.add({.what = text(quote(what), " must be a list with at least one entry"),
                .where = node.where,
                .found = node.is_sequence() ? "an empty list" : node.described(),
                .hint = text("write each entry of ", what, " on a line that begins with '- '")});
  return nullptr;
}

std::string read_word(const Node& node, const std::string& what, Problems& problems) {
  if (node.is_scalar()) return node.scalar;
  problems.add({.what = quote(what) + " must be a single word or text",
                .where = node.where,
                .found = node.described()});
  return "";
}

std::vector<std::string> read_words(const Node& node, const std::string& what, Problems& problems) {
  if (!node.is_sequence()) {
    const std::string word = read_word(node, what, problems);
    return word.empty() ? std::vector<std::string>{} : std::vector{word};
  }
  std::vector<std::string> out;
  for (const Node& item : node.items) out.push_back(read_word(item, what, problems));
  return out;
}

bool check_sign(const Node& node, const SourcedQuantity& read, const std::string& what,
                bool zero_allowed, Problems& problems) {
  const double value = read.quantity.value;
  if (value > 0.0 || (value == 0.0 && zero_allowed)) return true;
  problems.add(
      {.what = text(quote(what), zero_allowed ? " must not be negative" : " must be positive"),
       .where = read.where,
       .found = value_node(node).described()});
  return false;
}

const Node& value_node(const Node& node) {
  const Node* value = node.find("value");
  return value ? *value : node;
}

std::optional<SourcedQuantity> read_sourced(const Node& node, const std::string& what,
                                            Problems& problems) {
  SourcedQuantity out;
  const Node* value = &node;
  if (node.is_map()) {
    Fields fields(node, what, problems);
    value = fields.require("value", "<number> <unit>");
    out.provenance = read_provenance(fields, problems);
    read_spread(fields, out.variation);
    fields.finish();
    if (!value) return std::nullopt;
  }
  out.where = value->where;
  if (value->is_null()) {
    problems.add({.what = text(quote(what), " has no value"),
                  .where = value->where,
                  .hint = "give it a number with its unit or remove the key"});
    return std::nullopt;
  }
  if (!value->is_scalar()) {
    problems.add({.what = text(quote(what), " must be a number with its unit"),
                  .where = value->where,
                  .found = value->described()});
    return std::nullopt;
  }
  try {
    out.quantity = parse_quantity(value->scalar);
    out.written = value->scalar;
  } catch (const UnitError& error) {
    problems.add({.what = text(quote(what), ": ", error.what()), .where = value->where});
    return std::nullopt;
  }
  if (!std::isfinite(out.quantity.value)) {
    problems.add({.what = text(quote(what), " is too large"),
                  .where = value->where,
                  .found = value->described()});
    return std::nullopt;
  }
  return out;
}

std::optional<SourcedQuantity> read_sourced(const Node& node, const std::string& what,
                                            const Dimension& dimension, Problems& problems) {
  auto out = read_sourced(node, what, problems);
  if (!out || out->quantity.dimension == dimension) return out;
  problems.add(
      {.what = text("unit of ", quote(what)),
       .where = out->where,
       .found = text(quote(value_node(node).scalar), " (", in_words(out->quantity.dimension), ")"),
       .expected = expected_unit(dimension),
       .hint = out->quantity.dimension.dimensionless() ? "write the unit after the number" : ""});
  return std::nullopt;
}

}  // namespace lutetia
