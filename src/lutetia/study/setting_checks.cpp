#include "lutetia/study/setting_checks.hpp"

#include <algorithm>
#include <charconv>

#include "lutetia/core/text.hpp"

namespace lutetia {

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

void check_numbers(Fields& fields, const std::string& key, const Dimension& dimension,
                   Problems& problems) {
  if (const Node* node = fields.find(key))
    for (const Node* item : one_or_more(*node))
      if (const auto read = read_sourced(*item, key, dimension, problems))
        (void)check_sign(*item, *read, key, false, problems);
}

double check_share(Fields& fields, const std::string& key, Problems& problems, double usual) {
  const Node* node = fields.find(key);
  if (!node) return usual;
  const auto read = read_sourced(*node, key, dimension::none, problems);
  if (read && !(read->quantity.value > 0.0 && read->quantity.value < 1.0))
    problems.add({.what = text(quote(key), " is out of range"),
                  .where = node->where,
                  .found = node->described(),
                  .expected = "a number between 0 and 1"});
  return read ? read->quantity.value : usual;
}

std::optional<int> check_count(const Node& node, const std::string& key, int least,
                               Problems& problems) {
  int value = 0;
  const std::string& s = node.scalar;
  const auto [end, error] = std::from_chars(s.data(), s.data() + s.size(), value);
  if (node.is_scalar() && error == std::errc{} && end == s.data() + s.size() && value >= least)
    return value;
  problems.add({.what = text(quote(key), " must be a whole number of at least ", least),
                .where = node.where,
                .found = node.described()});
  return std::nullopt;
}

}  // namespace lutetia
