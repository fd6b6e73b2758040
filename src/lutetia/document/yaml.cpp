#include "lutetia/document/yaml.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <fstream>
#include <sstream>

#include "lutetia/core/text.hpp"

namespace lutetia {
namespace {

constexpr std::size_t deepest = 32;
constexpr std::uintmax_t largest_file = 5'000'000;  // bytes; the largest model we ship has 40 kB

/// Builds the tree from parser events: events, unlike YAML::Node, keep duplicate keys visible.
class TreeBuilder : public YAML::EventHandler {
 public:
  explicit TreeBuilder(std::shared_ptr<const SourceText> source) : source_(std::move(source)) {}

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t) override { put(node(Node::Kind::null, mark)); }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    throw ModelError({.what = "YAML aliases (*name) are not supported", .where = at(mark),
                      .hint = "write the value out where it is used"});
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                const std::string& value) override {
    Node n = node(Node::Kind::scalar, mark);
    n.scalar = value;
    const bool plain = tag == "?";
    if (plain && (value.empty() || value == "~" || value == "null")) n.kind = Node::Kind::null;
    put(std::move(n));
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {
    push(node(Node::Kind::sequence, mark));
  }
  void OnSequenceEnd() override { pop(); }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {
    push(node(Node::Kind::map, mark));
  }
  void OnMapEnd() override { pop(); }

  Node take_root() { return std::move(root_); }
  void throw_if_any() const { problems_.throw_if_any(); }

 private:
  struct Open {
    Node node;
    bool has_key = false;
    std::string key;
  };

  Location at(const YAML::Mark& mark) const { return {source_, mark.line + 1, mark.column + 1, ""}; }
  Node node(Node::Kind kind, const YAML::Mark& mark) const {
    Node n;
    n.kind = kind;
    n.where = at(mark);
    return n;
  }
  void push(Node n) {
    if (open_.size() >= deepest)
      throw ModelError({.what = text("nesting is deeper than ", deepest, " levels"), .where = n.where});
    open_.push_back({std::move(n), false, ""});
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
        throw ModelError({.what = "a key must be a plain word", .where = n.where, .found = n.described()});
      if (parent.node.find(n.scalar))
        problems_.add({.what = text("key ", quote(n.scalar), " is given twice"), .where = n.where,
                       .hint = "remove one of them"});
      parent.key = n.scalar;
      parent.has_key = true;
    } else {
      parent.node.entries.emplace_back(parent.key, std::move(n));
      parent.has_key = false;
    }
  }

  std::shared_ptr<const SourceText> source_;
  std::vector<Open> open_;
  Node root_;
  Problems problems_;
};

std::shared_ptr<const SourceText> split_lines(const std::string& all, const std::string& name) {
  auto source = std::make_shared<SourceText>();
  source->file = name;
  std::istringstream in(all);
  for (std::string line; std::getline(in, line);) source->lines.push_back(line);
  return source;
}

}  // namespace

Node parse_yaml(const std::string& all, const std::string& name) {
  if (all.find('\0') != std::string::npos) {
    const auto nameless = std::make_shared<SourceText>(SourceText{name, {}});
    throw ModelError({.what = "not a text file", .where = {nameless, 0, 0, ""},
                      .found = "binary content", .expected = "YAML text"});
  }
  const auto source = split_lines(all, name);
  TreeBuilder builder(source);
  Node root;
  try {
    std::istringstream in(all);
    YAML::Parser parser(in);
    parser.HandleNextDocument(builder);
    root = builder.take_root();
    TreeBuilder second(source);
    if (parser.HandleNextDocument(second) && !second.take_root().is_null())
      throw ModelError({.what = "the file holds more than one YAML document", .where = {source, 1, 1, ""}});
  } catch (const YAML::Exception& error) {
    throw ModelError({.what = text("YAML syntax: ", error.msg),
                      .where = {source, error.mark.line + 1, error.mark.column + 1, ""}});
  }
  builder.throw_if_any();
  if (root.is_null())
    throw ModelError({.what = "the file is empty", .where = {source, 1, 1, ""}, .expected = "a map of keys"});
  set_paths(root, "");
  return root;
}

Node read_yaml(const std::filesystem::path& file) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(file, error))
    throw FileError(text(quote(file.string()), " is not a file that can be read"));
  const auto size = std::filesystem::file_size(file, error);
  if (size > largest_file)
    throw ModelError({.what = "the file is too large",
                      .where = {std::make_shared<SourceText>(SourceText{file.string(), {}}), 0, 0, ""},
                      .found = text(size, " bytes"), .expected = text("at most ", largest_file)});
  std::ifstream in(file, std::ios::binary);
  if (!in) throw FileError(text(quote(file.string()), " cannot be read"));
  std::ostringstream all;
  all << in.rdbuf();
  return parse_yaml(all.str(), file.string());
}

}  // namespace lutetia
