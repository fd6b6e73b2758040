#include "lutetia/nuclide/half_lives.hpp"

#include "lutetia/core/text.hpp"

namespace lutetia {
namespace {

void read_region(const std::string& name, const Node& node, PopulationHalfLives& out,
                 Problems& problems) {
  const auto read = read_sourced(node, name, dimension::time, problems);
  if (!read || !check_sign(node, *read, name, false, problems)) return;
  if (!read->variation || !(*read->variation > 0.0))
    problems.add({.what = text(quote(name), " has no spread between patients"),
                  .where = node.where,
                  .hint = "write for example {value: 51 h, cv: 25 %, source: …, tag: …}"});
  else
    out.regions.emplace_back(name, *read);
}

}  // namespace

PopulationHalfLives read_population_half_lives(const Node& node, Problems& problems) {
  PopulationHalfLives out;
  Fields fields(node, "a table of half-lives", problems);
  if (!fields.valid()) return out;
  fields.schema_version();
  out.name = fields.required_text("population_half_lives", "lu177_dotatate");
  out.nuclide = fields.required_text("nuclide", "Lu-177");
  (void)fields.text_or("description", "");
  const Node* regions = fields.require("regions", "{kidney: {value: 51 h, cv: 25 %}}");
  if (regions && !regions->is_map())
    problems.add({.what = "'regions' must be a map of regions to half-lives",
                  .where = regions->where,
                  .found = regions->described()});
  else if (regions)
    for (const auto& [name, half_life] : regions->entries)
      read_region(name, half_life, out, problems);
  fields.finish();
  return out;
}

}  // namespace lutetia
