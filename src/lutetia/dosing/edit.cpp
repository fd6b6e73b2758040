#include "lutetia/dosing/edit.hpp"

#include <algorithm>
#include <charconv>

#include "lutetia/core/text.hpp"

namespace lutetia {
namespace {

namespace dim = dimension;

struct Target {
  std::string field;
  std::size_t administration = 0;  ///< from 1; 0 for all
};

/// "administration_2.amount" → {"amount", 2}.
Target target_of(const std::string& name, std::size_t administrations, const Location& where) {
  Target out{name};
  const std::string prefix = "administration_";
  if (name.starts_with(prefix)) {
    const std::size_t dot = std::min(name.find('.'), name.size());
    std::from_chars(name.data() + prefix.size(), name.data() + dot, out.administration);
    out.field = name.substr(std::min(dot + 1, name.size()));
  }
  static const std::vector<std::string> fields{
      "activity", "amino_acids", "amino_acids.duration", "amino_acids.start", "amount",
      "at",       "duration",    "infusate_decays",      "molar_activity",    "nuclide",
      "route",    "unlabeled_as"};
  const bool numbered = !name.starts_with(prefix) ||
                        (out.administration >= 1 && out.administration <= administrations);
  if (!numbered || std::find(fields.begin(), fields.end(), out.field) == fields.end())
    throw ModelError(
        {.what = text("a regimen of ", administrations, " administrations has no ", quote(name)),
         .where = where,
         .hint = text("write one of ", join(fields),
                      ", or that of one administration as in administration_1.", fields.front())});
  if (out.field == "at" && out.administration == 0)
    throw ModelError({.what = "'at' is the start of one administration",
                      .where = where,
                      .hint = "write for example administration_2.at"});
  return out;
}

double positive(const Node& value, const std::string& field, const Dimension& dimension,
                Provenance& provenance, Problems& problems) {
  const auto read = read_sourced(value, field, dimension, problems);
  if (!read || !check_sign(value, *read, field, false, problems)) return 1.0;
  provenance = read->provenance;
  return read->quantity.value;
}

void replace_timing(Administration& a, const std::string& field, const Node& value,
                    Problems& problems) {
  if (!a.amino_acids) {
    problems.add({.what = text(quote(field), " of an administration without amino acids"),
                  .where = value.where,
                  .hint = "give it amino_acids first"});
  } else if (field == "amino_acids.duration") {
    a.amino_acids->duration =
        positive(value, field, dim::time, a.amino_acids->provenance["duration"], problems);
  } else if (const auto start = read_sourced(value, field, dim::time, problems)) {
    a.amino_acids->start = start->quantity.value;
    a.amino_acids->provenance["start"] = start->provenance;
  }
}

void replace_molar_activity(Administration& a, const Node& value, Problems& problems) {
  if (!a.activity)
    problems.add({.what = "'molar_activity' needs an activity", .where = value.where});
  a.peptide = {.where = value.where};
  Provenance& provenance = a.provenance["molar_activity"];
  a.peptide.molar_activity =
      positive(value, "molar_activity", dim::molar_activity, provenance, problems);
}

/// Fields that hold a word.
bool replace_word(Administration& a, const std::string& field, const Node& value,
                  Problems& problems) {
  if (field != "route" && field != "nuclide" && field != "unlabeled_as" &&
      field != "infusate_decays")
    return false;
  const std::string word = read_word(value, field, problems);
  if (field == "route") a.route = word;
  if (field == "nuclide" && !a.nuclide.empty()) a.nuclide = word;
  if (field == "unlabeled_as") a.unlabeled_as = word == "none" ? "" : word;
  if (field != "infusate_decays") return true;
  a.infusate_decays = word == "true";
  if (word != "true" && word != "false")
    problems.add({.what = "'infusate_decays' must be true or false",
                  .where = value.where,
                  .found = value.described()});
  return true;
}

void replace(Administration& a, const std::string& field, const Node& value, Problems& problems) {
  if (replace_word(a, field, value, problems)) return;
  if (field == "molar_activity") return replace_molar_activity(a, value, problems);
  if (field == "amount") {
    a.peptide = read_amount(value, field, a.provenance[field], problems);
  } else if (field == "activity") {
    if (a.nuclide.empty())
      problems.add({.what = "an unlabeled administration has no activity", .where = value.where});
    const double activity = positive(value, field, dim::activity, a.provenance[field], problems);
    a.activity = MeasuredActivity{activity, 0.0, value.where};
    a.residual.reset();
  } else if (field == "duration") {
    if (a.duration == 0.0) problems.add({.what = "a bolus has no duration", .where = value.where});
    a.duration = positive(value, field, dim::time, a.provenance[field], problems);
  } else if (field == "at") {
    const auto read = read_sourced(value, field, dim::time, problems);
    if (read && check_sign(value, *read, field, true, problems)) {
      a.time = read->quantity.value;
      a.provenance[field] = read->provenance;
    }
  } else if (field.starts_with("amino_acids.")) {
    replace_timing(a, field, value, problems);
  } else if (value.is_scalar() && value.scalar == "none") {
    a.amino_acids.reset();
  } else {
    a.amino_acids = read_amino_acids(value, problems);
  }
}

}  // namespace

Regimen with_value(Regimen regimen, const std::string& name, const Node& value) {
  const Target target = target_of(name, regimen.administrations.size(), value.where);
  Problems problems;
  std::size_t number = 0;
  for (Administration& a : regimen.administrations) {
    ++number;
    const bool of_labels = target.field == "activity" || target.field == "molar_activity" ||
                           target.field == "unlabeled_as";
    const bool meant = target.administration == 0 ? !of_labels || !a.nuclide.empty()
                                                  : target.administration == number;
    if (meant) replace(a, target.field, value, problems);
  }
  problems.throw_if_any();
  std::stable_sort(
      regimen.administrations.begin(), regimen.administrations.end(),
      [](const Administration& a, const Administration& b) { return a.time < b.time; });
  return regimen;
}

}  // namespace lutetia
