#include "lutetia/study/plan_limits.hpp"

#include <algorithm>

#include "lutetia/core/text.hpp"
#include "lutetia/radiobiology/response_data.hpp"
#include "lutetia/study/setting_checks.hpp"

namespace lutetia {
namespace {

namespace dim = dimension;

const Words quantities{"absorbed_dose", "BED", "EQD2"};

/// Numbers of a cell line that replace those of the library.
void check_cell_line_values(const Node& node, Problems& problems) {
  Fields values(node, "values", problems);
  if (!values.valid()) return;
  check_numbers(values, "baseline", dim::none / dim::volume, problems);
  check_numbers(values, "transit_time", dim::time, problems);
  check_numbers(values, "alpha", dim::none / dim::absorbed_dose, problems);
  for (const char* key : {"transits", "feedback"}) check_numbers(values, key, dim::none, problems);
  if (const Node* loss = values.find("reserve_loss"))
    if (const auto read = read_sourced(*loss, "reserve_loss", dim::none, problems))
      (void)check_sign(*loss, *read, "reserve_loss", true, problems);
  values.finish();
}

/// The lowest count a line of blood cells may reach.
LimitPlace check_count_limit(const Node& node, Problems& problems) {
  Fields fields(node, "a limit of a count", problems);
  LimitPlace out;
  out.place = {fields.required_text("count", "platelets"), node.where};
  if (const Node* line = node.find("count")) out.place.where = line->where;
  (void)fields.require("least", "75e9 1/L");
  check_numbers(fields, "least", dim::none / dim::volume, problems);
  if (const Node* values = fields.find("values")) check_cell_line_values(*values, problems);
  if (fields.has("risk")) out.risk = check_share(fields, "risk", problems);
  fields.finish();
  return out;
}

}  // namespace

std::vector<DoseLimit> read_limits(const Node& node, Problems& problems,
                                   std::vector<LimitPlace>* counts) {
  std::vector<DoseLimit> out;
  const auto* items = read_list(node, "limits", problems);
  for (const Node& item : items ? *items : std::vector<Node>{}) {
    if (counts && item.is_map() && item.find("count")) {
      counts->push_back(check_count_limit(item, problems));
      continue;
    }
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
    if (fields.has("risk")) limit.risk = check_share(fields, "risk", problems);
    fields.finish();
    out.push_back(std::move(limit));
  }
  return out;
}

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

void check_limit_name(const Library& library, const Node& settings, Problems& problems) {
  const Node* limits = settings.find("limits");
  if (limits && limits->is_scalar()) try {
      (void)library.find("dose_limits", limits->scalar);
    } catch (const FileError& error) {
      problems.add({.what = error.what(), .where = limits->where});
    }
}

void check_counts(const Library& library, const std::vector<LimitPlace>& counts,
                  Problems& problems) {
  if (counts.empty()) return;
  std::vector<std::string> lines;
  Problems of_file;
  for (const auto& line :
       read_normal_tissue(library.read("normal_tissue", "default"), of_file).lines)
    lines.push_back(line.first);
  for (const LimitPlace& count : counts)
    if (std::find(lines.begin(), lines.end(), count.place.name) == lines.end())
      problems.add({.what = text("there is no cell line ", quote(count.place.name)),
                    .where = count.place.where,
                    .expected = join(lines, " or "),
                    .hint = suggestion(count.place.name, lines)});
}

}  // namespace lutetia
