#include "lutetia/dosing/administration_reader.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>

#include "lutetia/core/text.hpp"

namespace lutetia {
namespace {

namespace dim = dimension;

/// A time as written: a delay in hours or a clock time in hours since 1970.
struct WrittenTime {
  double hours;
  bool clock;
  Provenance provenance = {};
};

std::optional<WrittenTime> read_time(const Node& node, const std::string& what,
                                     Problems& problems) {
  if (node.is_scalar())
    if (const auto clock = parse_clock(node.scalar)) return WrittenTime{*clock, true};
  if (node.is_scalar() && std::count(node.scalar.begin(), node.scalar.end(), '-') == 2 &&
      node.scalar.find(':') != std::string::npos) {
    problems.add({.what = text(quote(what), " is not a clock time"),
                  .where = node.where,
                  .found = node.described(),
                  .expected = "year-month-day hour:minute, e.g. 2026-03-01 09:30"});
    return std::nullopt;
  }
  const auto delay = read_sourced(node, what, dim::time, problems);
  if (!delay) return std::nullopt;
  return WrittenTime{delay->quantity.value, false, delay->provenance};
}

class AdministrationReader {
 public:
  AdministrationReader(const Node& node, Problems& problems)
      : fields_(node, "an administration", problems), problems_(problems) {
    out_.where = node.where;
  }

  /// The administration and its repeats; `clock` is set when its time is a clock time.
  std::vector<Administration> read(bool& clock) {
    if (!fields_.valid()) return {};
    read_kind();
    out_.nuclide = fields_.text_or("nuclide", "");
    out_.route = fields_.text_or("route", "intravenous");
    auto place_of = [&](const char* key) {
      return node_has(key) ? fields_.node().find(key)->where : out_.where;
    };
    out_.ligand_where = place_of(node_has("infusion") ? "infusion" : "bolus");
    out_.nuclide_where = place_of("nuclide");
    out_.route_where = place_of("route");
    out_.amount_where = place_of(node_has("amount") ? "amount" : "molar_activity");
    read_start(clock);
    read_activity();
    read_peptide();
    out_.infusate_decays = fields_.flag_or("infusate_decays", true);
    out_.begins_cycle = fields_.flag_or("begins_cycle", true);
    out_.unlabeled_as = fields_.text_or("unlabeled_as", "");
    out_.unlabeled_where = place_of("unlabeled_as");
    if (!out_.unlabeled_as.empty() && out_.nuclide.empty())
      fields_.problem_at("unlabeled_as", "'unlabeled_as' needs a labeled administration",
                         "name the ligand in 'infusion' or 'bolus' instead");
    read_split();
    read_impurities();
    if (const Node* amino = fields_.find("amino_acids"); amino && amino->scalar != "none")
      out_.amino_acids = read_amino_acids(*amino, problems_);
    auto repeats = read_repeats();
    const Provenance own = fields_.provenance();
    for (Administration& a : repeats) {
      inherit(a.provenance, own);
      if (a.amino_acids) inherit(a.amino_acids->provenance, own);
    }
    fields_.finish();
    return repeats;
  }

 private:
  void read_kind() {
    const Node* infusion = fields_.find("infusion");
    const Node* bolus = fields_.find("bolus");
    if (!infusion == !bolus) {
      fields_.problem(
          "an administration is either an infusion or a bolus",
          infusion ? "remove one of the two" : "write infusion: dotatate or bolus: dotatate");
      (void)fields_.find("duration");
      return;
    }
    out_.ligand =
        read_word(infusion ? *infusion : *bolus, infusion ? "infusion" : "bolus", problems_);
    if (bolus && fields_.has("duration"))
      fields_.problem_at("duration", "a bolus has no duration",
                         "write infusion instead of bolus, or remove the duration");
    if (!infusion) return;
    const auto duration = positive("duration", dim::time, "30 min");
    out_.duration = duration.value_or(0.0);
  }

  void read_start(bool& clock) {
    clock = false;
    if (const Node* at = fields_.find("at"))
      if (const auto time = read_time(*at, "at", problems_)) {
        out_.time = time->hours;
        out_.provenance["at"] = time->provenance;
        clock = time->clock;
        start_is_clock_ = clock;
        if (!clock && time->hours < 0.0)
          problems_.add(
              {.what = "'at' must not be negative",
               .where = at->where,
               .found = at->described(),
               .hint = "times count from the start of the regimen; let the others start later"});
      }
  }

  void read_split() {
    const Node* split = fields_.find("split");
    if (!split) return;
    if (!split->is_map()) {
      problems_.add({.what = "'split' must be a map from place to share",
                     .where = split->where,
                     .found = split->described(),
                     .hint = "write for example split: {liver_1: 60 %}"});
      return;
    }
    double total = 0.0;
    for (const auto& [place, value] : split->entries) {
      const auto share = read_sourced(value, place, dim::none, problems_);
      if (!share || !check_sign(value, *share, place, false, problems_)) continue;
      out_.provenance[place] = share->provenance;
      total += share->quantity.value;
      out_.split.push_back({{place, value.key_place()}, share->quantity.value});
    }
    constexpr double rounding = 1e-12;
    if (total > 1.0 + rounding)
      problems_.add({.what = "the shares of 'split' are more than the whole",
                     .where = split->where,
                     .found = text(100.0 * total, " %"),
                     .expected = "at most 100 %; the rest takes the usual way of the route"});
  }

  void read_impurities() {
    const Node* impurities = fields_.find("impurities");
    if (!impurities) return;
    if (!impurities->is_map()) {
      problems_.add({.what = "'impurities' must be a map from nuclide to fraction",
                     .where = impurities->where,
                     .found = impurities->described(),
                     .hint = "write for example impurities: {Lu-177m: 1e-4}"});
      return;
    }
    if (out_.nuclide.empty())
      fields_.problem_at("impurities", "an impurity needs a labeled administration",
                         "its fraction is that of an activity");
    for (const auto& [nuclide, value] : impurities->entries) {
      const auto fraction = read_sourced(value, nuclide, dim::none, problems_);
      if (nuclide == out_.nuclide)
        problems_.add({.what = text(quote(nuclide), " is an impurity of itself"),
                       .where = value.key_place()});
      else if (fraction && check_sign(value, *fraction, nuclide, false, problems_)) {
        out_.impurities.push_back({nuclide, fraction->quantity.value, value.key_place()});
        out_.provenance[nuclide] = fraction->provenance;
      }
    }
  }

  /// A required positive number of a dimension.
  std::optional<double> positive(const std::string& key, const Dimension& dimension,
                                 const std::string& example) {
    const Node* node = fields_.require(key, example);
    return node ? positive(*node, key, dimension) : std::nullopt;
  }
  std::optional<double> positive(const Node& node, const std::string& key,
                                 const Dimension& dimension) {
    const auto read = read_sourced(node, key, dimension, problems_);
    if (!read || !check_sign(node, *read, key, false, problems_)) return std::nullopt;
    out_.provenance[key] = read->provenance;
    return read->quantity.value;
  }

  /// Time of a measurement relative to the start of the administration.
  double relative_time(const std::string& key, const std::string& of, const std::string& example) {
    const Node* node = fields_.find(key);
    if (!node) {
      if (!fields_.has(key))
        fields_.problem_at(of, text(quote(of), " has no ", quote(key)),
                           text("write for example ", key, ": ", example));
      return 0.0;
    }
    const auto time = read_time(*node, key, problems_);
    if (!time) return 0.0;
    if (!time->clock) return time->hours;
    if (!start_is_clock_)
      problems_.add(
          {.what = text(quote(key), " is a clock time, but the start of the administration is not"),
           .where = node->where,
           .hint = "give 'at' as a clock time too, or the time relative to the start, e.g. -3 h"});
    return time->hours - out_.time;
  }

  void read_activity() {
    const Node* at_start = fields_.find("activity");
    const Node* calibrated = fields_.find("calibrated_activity");
    if (at_start && calibrated)
      fields_.problem_at("calibrated_activity",
                         "give either activity or calibrated_activity, not both");
    if (!calibrated && fields_.has("calibration_time"))
      fields_.problem_at("calibration_time", "'calibration_time' needs a calibrated_activity",
                         "write calibrated_activity instead of activity, or remove the time");
    if (!node_has("residual_activity") && fields_.has("residual_time"))
      fields_.problem_at("residual_time", "'residual_time' needs a residual_activity",
                         "give residual_activity too, or remove the time");
    if (at_start) {
      if (const auto a = positive(*at_start, "activity", dim::activity))
        out_.activity = MeasuredActivity{*a, 0.0, at_start->where};
    } else if (calibrated) {
      const auto a = positive(*calibrated, "calibrated_activity", dim::activity);
      const double time = relative_time("calibration_time", "calibrated_activity",
                                        "-3 h (three hours before the start)");
      if (a) out_.activity = MeasuredActivity{*a, time, calibrated->where};
    }
    if (const Node* residual = fields_.find("residual_activity")) {
      const auto a = positive(*residual, "residual_activity", dim::activity);
      const double time =
          relative_time("residual_time", "residual_activity", "1 h (one hour after the start)");
      if (a) out_.residual = MeasuredActivity{*a, time, residual->where};
      if (!at_start && !calibrated)
        fields_.problem_at("residual_activity", "'residual_activity' is given without an activity");
    }
    const bool active = at_start || calibrated;
    if (active && !node_has("nuclide"))
      fields_.problem_at(at_start ? "activity" : "calibrated_activity",
                         "an activity needs a nuclide", "write for example nuclide: Lu-177");
    if (!active && !out_.nuclide.empty())
      fields_.problem_at("nuclide",
                         text("nuclide ", quote(out_.nuclide), " is given without an activity"),
                         "write for example activity: 7.4 GBq");
  }

  bool node_has(const std::string& key) const { return fields_.node().find(key) != nullptr; }

  void read_peptide() {
    const Node* amount = fields_.find("amount");
    const Node* molar = fields_.find("molar_activity");
    if (amount && molar)
      fields_.problem_at("molar_activity", "give either amount or molar_activity, not both");
    if (molar && !node_has("activity") && !node_has("calibrated_activity"))
      fields_.problem_at("molar_activity", "'molar_activity' needs an activity",
                         "give the amount of unlabeled peptide as amount: 100 nmol");
    if (node_has("amount") || node_has("molar_activity")) {
      if (!amount && !molar) return;  // has no value: reported
    } else {
      fields_.problem(
          "the peptide amount is missing; it decides receptor saturation and is never assumed",
          "write amount: 100 nmol, amount: 180 ug or molar_activity: 74 GBq/umol");
      return;
    }
    if (molar) {
      out_.peptide.molar_activity = positive(*molar, "molar_activity", dim::molar_activity);
      return;
    }
    out_.peptide = read_amount(*amount, "amount", out_.provenance["amount"], problems_);
  }

  std::vector<Administration> read_repeats() {
    const Node* repeat = fields_.find("repeat");
    if (!repeat) return {out_};
    Fields fields(*repeat, "repeat", problems_);
    const Node* every = fields.require("every", "8 week");
    if (fields.valid() && !fields.has("count"))
      fields.problem("repeat has no 'count'",
                     "write for example count: 4 (the total number of administrations)");
    const int count = fields.count_or("count", 1);
    fields.finish();
    const auto interval = every ? positive(*every, "every", dim::time) : std::nullopt;
    constexpr int most = 1000;
    if (count > most)
      problems_.add({.what = "'count' is too large",
                     .where = repeat->find("count")->where,
                     .found = text(count),
                     .expected = text("at most ", most)});
    const Provenance of_interval = out_.provenance["every"];
    out_.provenance.erase("every");
    std::vector<Administration> all;
    for (int i = 0; i < std::min(count, most); ++i) {
      all.push_back(out_);
      all.back().time += i * interval.value_or(0.0);
      if (i > 0) all.back().provenance["at"] = of_interval;
    }
    return all;
  }

  Administration out_;
  Fields fields_;
  Problems& problems_;
  bool start_is_clock_ = false;
};

}  // namespace

std::vector<Administration> read_administration(const Node& node, bool& clock, Problems& problems) {
  return AdministrationReader(node, problems).read(clock);
}

std::optional<double> parse_clock(const std::string& text) {
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, read = 0;
  char separator = 0;
  if (std::sscanf(text.c_str(), "%4d-%2d-%2d%c%2d:%2d%n", &year, &month, &day, &separator, &hour,
                  &minute, &read) != 6 ||
      read != static_cast<int>(text.size()) || (separator != ' ' && separator != 'T'))
    return std::nullopt;
  namespace chrono = std::chrono;
  const chrono::year_month_day date{chrono::year(year), chrono::month(month), chrono::day(day)};
  if (!date.ok() || hour > 23 || minute > 59 || hour < 0 || minute < 0) return std::nullopt;
  const auto time = chrono::sys_days(date) + chrono::hours(hour) + chrono::minutes(minute);
  return chrono::duration<double, chrono::hours::period>(time.time_since_epoch()).count();
}

}  // namespace lutetia
