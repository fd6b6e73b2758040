#include "lutetia/study/citations.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "lutetia/core/text.hpp"
#include "lutetia/document/fields.hpp"
#include "lutetia/document/yaml.hpp"

namespace lutetia {
namespace {

namespace fs = std::filesystem;

void check_citations(const Node& node, const std::vector<std::string>& keys, Problems& problems) {
  for (const Node& item : node.items) check_citations(item, keys, problems);
  for (const auto& [name, value] : node.entries) {
    if (name != "source") {
      check_citations(value, keys, problems);
      continue;
    }
    for (const Node& cited : value.is_sequence() ? value.items : std::vector<Node>{value})
      if (cited.is_scalar() && std::find(keys.begin(), keys.end(), cited.scalar) == keys.end())
        problems.add(
            {.what = text("unknown source ", quote(cited.scalar)),
             .where = cited.where,
             .hint = text(suggestion(cited.scalar, keys), " New sources go into sources.yaml")});
  }
}

}  // namespace

void check_source_list(const Node& node, Problems& problems) {
  Fields fields(node, "the list of sources", problems);
  fields.schema_version();
  const Node* sources = fields.require("sources", "{icrp89: {citation: …}}");
  fields.finish();
  if (!sources) return;
  if (!sources->is_map())
    problems.add({.what = "'sources' must be a map from key to citation",
                  .where = sources->where,
                  .found = sources->described()});
  for (const auto& [key, value] : sources->entries) {
    Fields source(value, text("source ", quote(key)), problems);
    (void)source.required_text("citation", "\"ICRP Publication 89. 2002.\"");
    (void)source.text_or("doi", "");
    (void)source.text_or("note", "");
    source.finish();
  }
}

void check_citations(const Library& library, const fs::path& file, const Node& node,
                     Problems& problems) {
  std::error_code error;
  const fs::path list = library.root() / "sources.yaml";
  const fs::path root = fs::weakly_canonical(library.root(), error),
                 inside = fs::weakly_canonical(file, error);
  const bool of_library =
      std::mismatch(root.begin(), root.end(), inside.begin(), inside.end()).first == root.end();
  if (!of_library || !fs::is_regular_file(list, error)) return;
  std::vector<std::string> keys;
  const Node sources = read_yaml(list);
  if (const Node* entries = sources.find("sources"))
    for (const auto& [key, value] : entries->entries) keys.push_back(key);
  check_citations(node, keys, problems);
}

}  // namespace lutetia
