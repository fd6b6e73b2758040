#include "lutetia/nuclide/nuclide.hpp"

#include <cmath>

#include "lutetia/core/text.hpp"
#include "lutetia/units/constants.hpp"

namespace lutetia {
namespace {

namespace dim = dimension;

/// Reads sourced numbers of one map and keeps each of them for the provenance list.
class Values {
 public:
  Values(Fields& fields, Nuclide& nuclide, Problems& problems)
      : fields_(fields), nuclide_(nuclide), problems_(problems) {}

  std::optional<double> operator()(const std::string& key, const Dimension& dimension,
                                   bool zero_allowed = true) {
    const Node* node = fields_.find(key);
    if (!node) return std::nullopt;
    const auto read = read_sourced(*node, key, dimension, problems_);
    if (!read) return std::nullopt;
    if (!check_sign(*node, *read, key, zero_allowed, problems_)) return std::nullopt;
    nuclide_.values.emplace_back(nuclide_.name + "." + key, *read);
    return read->quantity.value;
  }

 private:
  Fields& fields_;
  Nuclide& nuclide_;
  Problems& problems_;
};

void read_sphere_fit(const Node& node, Nuclide& nuclide, Problems& problems) {
  Fields fields(node, "sphere_fit", problems);
  Values values(fields, nuclide, problems);
  const auto radius = values("radius", dim::length, false);
  const auto exponent = values("exponent", dim::none, false);
  if (radius && exponent) nuclide.sphere_fit = SphereFit{*radius, *exponent};
  if (fields.valid() && !node.find("radius"))
    fields.problem("sphere_fit has no 'radius'", "write for example radius: 0.02569 cm");
  if (fields.valid() && !node.find("exponent"))
    fields.problem("sphere_fit has no 'exponent'", "write for example exponent: 1.1");
  fields.finish();
}

void read_daughters(const Node& node, Nuclide& nuclide, Problems& problems) {
  const auto* items = read_list(node, "daughters", problems);
  if (!items) return;
  double sum = 0.0;
  for (const Node& item : *items) {
    Fields fields(item, "a daughter", problems);
    const std::string name = fields.required_text("nuclide", "Lu-177");
    const Node* branch = fields.require("branch", "0.217");
    const auto share = branch ? read_sourced(*branch, "branch", dim::none, problems) : std::nullopt;
    if (share && !(share->quantity.value > 0.0 && share->quantity.value <= 1.0))
      problems.add({.what = "'branch' must be above 0 and at most 1",
                    .where = share->where,
                    .found = value_node(*branch).described()});
    else if (share)
      nuclide.daughters.push_back({name, share->quantity.value});
    if (!name.empty() && name == nuclide.name)
      fields.problem_at("nuclide", text("nuclide ", quote(name), " is its own daughter"));
    sum += share ? share->quantity.value : 0.0;
    (void)fields.text_or("note", "");
    fields.finish();
  }
  if (sum > 1.0 + 1e-9)
    problems.add({.what = "the branches of all daughters exceed 1",
                  .where = node.key_place(),
                  .found = text(sum)});
}

}  // namespace

double Nuclide::decay_constant() const { return constants::ln2 / half_life.quantity.value; }

Nuclide read_nuclide(const Node& node, Problems& problems) {
  Nuclide out;
  Fields fields(node, "a nuclide", problems);
  if (!fields.valid()) return out;
  fields.schema_version();
  out.name = fields.required_text("nuclide", "Lu-177");
  Values values(fields, out, problems);
  if (fields.require("half_life", "6.647 d") && values("half_life", dim::time, false))
    out.half_life = out.values.back().second;
  out.alpha_energy = values("alpha_energy", dim::energy).value_or(0.0);
  out.electron_energy = values("electron_energy", dim::energy).value_or(0.0);
  out.photon_energy = values("photon_energy", dim::energy).value_or(0.0);
  out.local_electron_energy = values("local_electron_energy", dim::energy);
  out.photon_absorption = values("photon_absorption", dim::mass_attenuation);
  if (const Node* fit = fields.find("sphere_fit")) read_sphere_fit(*fit, out, problems);
  if (const Node* daughters = fields.find("daughters")) read_daughters(*daughters, out, problems);
  if (values("freed_share", dim::none)) {
    out.freed_share = out.values.back().second;
    if (out.freed_share.quantity.value > 1.0)
      problems.add({.what = "'freed_share' must be at most 1",
                    .where = out.freed_share.where,
                    .found = value_node(*fields.find("freed_share")).described()});
  }
  out.free_form = fields.text_or("free_form", "");
  (void)fields.text_or("description", "");
  (void)fields.provenance();
  fields.finish();
  return out;
}

double activity(double amount, double decay_constant) {
  return decay_constant * amount * constants::activity_per_decay_rate;
}

double amount_of_activity(double activity, double decay_constant) {
  return activity / (decay_constant * constants::activity_per_decay_rate);
}

double impurity_ratio(const Nuclide& impurity, const Nuclide& principal, double fraction,
                      double time) {
  return fraction * std::exp(-(impurity.decay_constant() - principal.decay_constant()) * time);
}

}  // namespace lutetia
