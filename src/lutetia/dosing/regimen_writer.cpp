#include "lutetia/dosing/regimen_writer.hpp"

#include "lutetia/document/writing.hpp"

namespace lutetia {
namespace {

namespace dim = dimension;

/// A number with where it comes from, when that is known of its key.
Node number_node(const Quantity& quantity, const Provenances& provenance, const std::string& key) {
  const auto found = provenance.find(key);
  const Provenance none;
  return sourced_node({quantity, found == provenance.end() ? none : found->second, {}, {}});
}

Quantity quantity_of(const PeptideAmount& peptide) {
  return peptide.mass ? Quantity{*peptide.mass, dim::mass}
                      : Quantity{peptide.amount.value_or(0.0), dim::amount};
}

Node amino_acids_node(const AminoAcids& given) {
  if (!given.start && !given.duration && given.given.empty()) return word_node(given.mix);
  Node out = map_node();
  put_word(out, "mix", given.mix);
  auto put_number = [&](const char* key, double hours) {
    put(out, key, number_node({hours, dim::time}, given.provenance, key));
  };
  if (given.start) put_number("start", *given.start);
  if (given.duration) put_number("duration", *given.duration);
  if (given.given.empty()) return out;
  Node amounts = map_node();
  for (const auto& [ligand, amount] : given.given)
    put(amounts, ligand, number_node(quantity_of(amount), given.provenance, ligand));
  put(out, "amounts", std::move(amounts));
  return out;
}

void put_activity(Node& out, const Administration& a) {
  auto put_number = [&](const char* key, double activity) {
    put(out, key, number_node({activity, dim::activity}, a.provenance, key));
  };
  if (a.activity && a.activity->time == 0.0) {
    put_number("activity", a.activity->activity);
  } else if (a.activity) {
    put_number("calibrated_activity", a.activity->activity);
    put(out, "calibration_time", quantity_node(a.activity->time, dim::time));
  }
  if (a.residual) {
    put_number("residual_activity", a.residual->activity);
    put(out, "residual_time", quantity_node(a.residual->time, dim::time));
  }
}

Node administration_node(const Administration& a) {
  Node out = map_node();
  put(out, a.duration > 0.0 ? "infusion" : "bolus", word_node(a.ligand));
  auto put_number = [&](const char* key, double value, const Dimension& dimension) {
    put(out, key, number_node({value, dimension}, a.provenance, key));
  };
  put_number("at", a.time, dim::time);
  if (a.duration > 0.0) put_number("duration", a.duration, dim::time);
  put_word(out, "nuclide", a.nuclide);
  put_activity(out, a);
  if (a.peptide.molar_activity)
    put_number("molar_activity", *a.peptide.molar_activity, dim::molar_activity);
  else
    put(out, "amount", number_node(quantity_of(a.peptide), a.provenance, "amount"));
  put(out, "route", word_node(a.route));
  put_word(out, "unlabeled_as", a.unlabeled_as);
  if (!a.split.empty()) {
    Node split = map_node();
    for (const SplitShare& share : a.split)
      put(split, share.to.name, number_node({share.share, dim::none}, a.provenance, share.to.name));
    put(out, "split", std::move(split));
  }
  if (!a.impurities.empty()) {
    Node impurities = map_node();
    for (const Impurity& impurity : a.impurities)
      put(impurities, impurity.nuclide,
          number_node({impurity.fraction, dim::none}, a.provenance, impurity.nuclide));
    put(out, "impurities", std::move(impurities));
  }
  if (a.amino_acids) put(out, "amino_acids", amino_acids_node(*a.amino_acids));
  if (!a.begins_cycle) put(out, "begins_cycle", word_node("false"));
  if (!a.infusate_decays) put(out, "infusate_decays", word_node("false"));
  return out;
}

Node window_node(const Window& window) {
  Node out = map_node();
  put(out, "name", word_node(window.name));
  put(out, "parameter", word_node(window.parameter));
  auto put_number = [&](const char* key, double value, const Dimension& dimension) {
    put(out, key, number_node({value, dimension}, window.provenance, key));
  };
  put_number("factor", window.factor, dim::none);
  put_number("from", window.from, dim::time);
  put_number("to", window.to, dim::time);
  return out;
}

}  // namespace

Node document_of(const Regimen& regimen) {
  Node out = map_node();
  put(out, "regimen", word_node(regimen.name));
  put_word(out, "description", regimen.description);
  std::vector<Node> administrations, windows;
  for (const Administration& a : regimen.administrations)
    administrations.push_back(administration_node(a));
  put(out, "administrations", list_node(std::move(administrations)));
  for (const Window& window : regimen.windows) windows.push_back(window_node(window));
  if (!windows.empty()) put(out, "windows", list_node(std::move(windows)));
  return out;
}

}  // namespace lutetia
