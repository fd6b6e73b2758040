#include "lutetia/document/yaml.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <string_view>

#include "lutetia/core/text.hpp"

namespace lutetia {
namespace {

constexpr std::size_t deepest = 32;
constexpr std::uintmax_t largest_file = 5'000'000;  // bytes; the largest model we ship has 40 kB

/// A mark counts bytes, a column characters.
Location place(const std::shared_ptr<const SourceText>& source, const YAML::Mark& mark) {
  if (mark.line < 0 || mark.column < 0) return {source, 0, 0, ""};
  const auto line = static_cast<std::size_t>(mark.line);
  std::size_t column = mark.column;
  if (line < source->lines.size())
    column = character_count(std::string_view(source->lines[line]).substr(0, column));
  return {source, mark.line + 1, static_cast<int>(column) + 1, ""};
}

/// Builds the tree from parser events: events, unlike YAML::Node, keep duplicate keys visible.
class TreeBuilder : public YAML::EventHandler {
 public:
  explicit TreeBuilder(std::shared_ptr<const SourceText> source) : source_(std::move(source)) {}

  void OnDocumentStart(const YAML::Mark& mark) override { start_ = at(mark); }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t) override {
    put(node(Node::Kind::null, mark));
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    throw ModelError({.what = "YAML aliases (*name) are not supported",
                      .where = at(mark),
                      .hint = "write the value out where it is used"});
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                const std::string& value) override {
    refuse_tag(mark, tag);
    Node n = node(Node::Kind::scalar, mark);
    n.scalar = value;
    const bool plain = tag == "?";
    if (plain && (value.empty() || value == "~" || value == "null")) n.kind = Node::Kind::null;
    put(std::move(n));
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {
    refuse_tag(mark, tag);
    push(node(Node::Kind::sequence, mark));
  }
  void OnSequenceEnd() override { pop(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {
    refuse_tag(mark, tag);
    push(node(Node::Kind::map, mark));
  }
  void OnMapEnd() override { pop(); }

  Node take_root() { return std::move(root_); }
  const Location& start() const { return start_; }
  void throw_if_any() const { problems_.throw_if_any(); }

 private:
  struct Open {
    Node node;
    bool has_key = false;
    std::string key;
    Location key_where;
  };

  Location at(const YAML::Mark& mark) const { return place(source_, mark); }
  /// "?" and "!" mean plain and quoted; anything else was written by the user.
  void refuse_tag(const YAML::Mark& mark, const std::string& tag) const {
    if (tag.empty() || tag == "?" || tag == "!") return;
    throw ModelError({.what = "YAML tags (!name) are not supported",
                      .where = at(mark),
                      .hint = "remove the tag"});
  }
  Node node(Node::Kind kind, const YAML::Mark& mark) const {
    Node n;
    n.kind = kind;
    n.where = at(mark);
    return n;
  }
  void push(Node n) {
    if (open_.size() >= deepest)
      throw ModelError(
          {.what = text("nesting is deeper than ", deepest, " levels"), .where = n.where});
    open_.push_back({std::move(n), false, "", {}});
  }
  void pop() {
    Node done = std::move(open_.back().node);
    open_.pop_back();
    put(std::move(done));
  }
  void put(Node n) {
    if (open_.empty()) {
      root_ = std::move(n);
      return;
    }
    Open& parent = open_.back();
    if (parent.node.is_sequence()) {
      parent.node.items.push_back(std::move(n));
    } else if (!parent.has_key) {
      if (!n.is_scalar())
        throw ModelError(
            {.what = "a key must be a plain word", .where = n.where, .found = n.described()});
      if (const Node* first = parent.node.find(n.scalar))
        problems_.add({.what = text("key ", quote(n.scalar), " is given twice"),
                       .where = n.where,
                       .hint = text("it stands in line ", first->key_where.line,
                                    " already; remove one of them")});
      parent.key = n.scalar;
      parent.key_where = n.where;
      parent.has_key = true;
    } else {
      n.key_where = parent.key_where;
      if (n.is_null())
        n.where = parent.key_where;  // yaml-cpp notices only at the next key that there is no value
      parent.node.entries.emplace_back(parent.key, std::move(n));
      parent.has_key = false;
    }
  }

  std::shared_ptr<const SourceText> source_;
  std::vector<Open> open_;
  Node root_;
  Location start_;
  Problems problems_;
};

std::shared_ptr<const SourceText> split_lines(std::string_view all, const std::string& name) {
  auto source = std::make_shared<SourceText>();
  source->file = name;
  std::istringstream in{std::string(all)};
  for (std::string line; std::getline(in, line);) {
    if (line.ends_with('\r')) line.pop_back();
    source->lines.push_back(line);
  }
  return source;
}

/// Text that no terminal could show must not get as far as a message.
void refuse_binary(std::string_view all, const std::string& name) {
  const std::size_t bad = first_unprintable(all);
  if (bad == std::string_view::npos) return;
  const std::string_view before = all.substr(0, bad);
  const std::size_t line_start = before.rfind('\n') + 1;  // npos + 1 = 0
  const auto line = std::count(before.begin(), before.end(), '\n') + 1;
  const auto column = character_count(before.substr(line_start)) + 1;
  const auto nameless = std::make_shared<SourceText>(SourceText{name, {}});
  constexpr const char* digits = "0123456789abcdef";
  const auto byte = static_cast<unsigned char>(all[bad]);
  throw ModelError({.what = "not a text file",
                    .where = {nameless, static_cast<int>(line), static_cast<int>(column), ""},
                    .found = text("the byte 0x", digits[byte >> 4], digits[byte & 15]),
                    .expected = "YAML text in UTF-8"});
}

/// yaml-cpp says what its grammar missed; the user needs to know what to look for.
std::string syntax_hint(const std::string& message, const Location& where) {
  const auto& lines = where.source->lines;
  const auto line = static_cast<std::size_t>(where.line);
  for (std::size_t i = line < 2 ? 1 : line - 1; i <= line && i <= lines.size(); ++i)
    if (lines[i - 1].substr(0, lines[i - 1].find_first_not_of(" \t")).find('\t') !=
        std::string::npos)
      return text("line ", i, " is indented with a tab; use spaces");
  auto about = [&](const char* part) { return message.find(part) != std::string::npos; };
  if (about("flow"))
    return "a bracket [ or { opened above or here is not closed, or a comma is missing between two "
           "entries";
  if (about("illegal map value"))
    return "put text with ': ' in quotes, and write one 'key: value' per line";
  if (about("end of map") || about("end of sequence"))
    return "the entries of a map or list start in the same column";
  return "";
}

}  // namespace

Node parse_yaml(const std::string& with_mark, const std::string& name) {
  std::string_view all = with_mark;
  if (all.starts_with("\xEF\xBB\xBF")) all.remove_prefix(3);  // byte order mark
  refuse_binary(all, name);
  const auto source = split_lines(all, name);
  TreeBuilder builder(source);
  Node root;
  try {
    std::istringstream in{std::string(all)};
    YAML::Parser parser(in);
    parser.HandleNextDocument(builder);
    root = builder.take_root();
    TreeBuilder second(source);
    if (parser.HandleNextDocument(second))
      throw ModelError({.what = "the file holds more than one YAML document",
                        .where = second.start(),
                        .hint = "remove the line '---' or make two files"});
  } catch (const YAML::Exception& error) {
    const Location where = place(source, error.mark);
    throw ModelError({.what = text("YAML syntax: ", error.msg),
                      .where = where,
                      .hint = syntax_hint(error.msg, where)});
  }
  builder.throw_if_any();
  if (root.is_null())
    throw ModelError(
        {.what = "the file is empty", .where = {source, 1, 1, ""}, .expected = "a map of keys"});
  set_paths(root, "");
  return root;
}

Node read_yaml(const std::filesystem::path& file) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(file, error))
    throw FileError(text('\'', file.string(), "' is not a file that can be read"));
  const auto size = std::filesystem::file_size(file, error);
  if (size > largest_file)
    throw ModelError(
        {.what = "the file is too large",
         .where = {std::make_shared<SourceText>(SourceText{file.string(), {}}), 0, 0, ""},
         .found = text(size, " bytes"),
         .expected = text("at most ", largest_file, " bytes")});
  std::ifstream in(file, std::ios::binary);
  if (!in) throw FileError(text('\'', file.string(), "' cannot be read"));
  std::ostringstream all;
  all << in.rdbuf();
  return parse_yaml(all.str(), file.string());
}

}  // namespace lutetia
