#include "lutetia/dosing/regimen_numbers.hpp"

#include <algorithm>

#include "lutetia/core/text.hpp"

namespace lutetia {
namespace {

namespace dim = dimension;

using Numbers = std::vector<std::pair<std::string, SourcedQuantity>>;

/// Adds numbers of one owner under its name.
class Adding {
 public:
  Adding(Numbers& out, std::string owner, const Provenances& provenance)
      : out_(out), owner_(std::move(owner)), provenance_(provenance) {}

  void add(const std::string& key, double value, const Dimension& dimension) {
    add(key, value, dimension, key);
  }
  /// @param from  key of the number it comes with, when it has no provenance of its own
  void add(const std::string& name, double value, const Dimension& dimension,
           const std::string& from) {
    const auto found = provenance_.find(from);
    const Provenance none;
    out_.emplace_back(
        text(owner_, " ", name),
        SourcedQuantity{
            {value, dimension}, found == provenance_.end() ? none : found->second, {}, {}});
  }

 private:
  Numbers& out_;
  std::string owner_;
  const Provenances& provenance_;
};

/// An activity with the time it was measured at, when that is not the start.
void add_activities(Adding& to, const Administration& a) {
  if (a.activity && a.activity->time == 0.0)
    to.add("activity", a.activity->activity, dim::activity);
  else if (a.activity) {
    to.add("calibrated_activity", a.activity->activity, dim::activity);
    to.add("calibration_time", a.activity->time, dim::time, "calibrated_activity");
  }
  if (a.residual) {
    to.add("residual_activity", a.residual->activity, dim::activity);
    if (a.residual->time != 0.0)
      to.add("residual_time", a.residual->time, dim::time, "residual_activity");
  }
  for (const Impurity& impurity : a.impurities)
    to.add(text("impurity ", impurity.nuclide), impurity.fraction, dim::none, impurity.nuclide);
}

void add_peptide(Adding& to, const PeptideAmount& peptide) {
  if (peptide.amount) to.add("amount", *peptide.amount, dim::amount);
  if (peptide.mass) to.add("amount", *peptide.mass, dim::mass);
  if (peptide.molar_activity)
    to.add("molar_activity", *peptide.molar_activity, dim::molar_activity);
}

/// Start of the administration amino acids protect; 0 when it is not there.
double start_protected(const Regimen& regimen, int number) {
  const auto& all = regimen.administrations;
  const auto found = std::find_if(all.begin(), all.end(), [&](const Administration& a) {
    return !a.protects && a.number == number;
  });
  return found == all.end() ? 0.0 : found->time;
}

void add_administration(Numbers& out, const Regimen& regimen, const Administration& a, int number) {
  const std::string owner =
      a.protects ? text("administration ", number, " ", a.ligand) : text("administration ", number);
  Adding to(out, owner, a.provenance);
  add_activities(to, a);
  add_peptide(to, a.peptide);
  if (a.duration > 0.0) to.add("duration", a.duration, dim::time);
  const double start = a.protects ? a.time - start_protected(regimen, number) : a.time;
  if (start != 0.0) to.add("at", start, dim::time);
  for (const SplitShare& share : a.split) to.add(share.to.name, share.share, dim::none);
}

}  // namespace

Numbers numbers_of(const Regimen& regimen) {
  Numbers out;
  int number = 0;
  for (const Administration& a : regimen.administrations)
    add_administration(out, regimen, a, a.number > 0 ? a.number : ++number);
  for (const Window& window : regimen.windows) {
    Adding to(out, window.name, window.provenance);
    to.add("factor", window.factor, dim::none);
    to.add("from", window.from, dim::time);
    to.add("to", window.to, dim::time);
  }
  return out;
}

}  // namespace lutetia
