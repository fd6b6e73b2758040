#include "lutetia/dosing/regimen_writer.hpp"

#include "lutetia/document/writing.hpp"

namespace lutetia {
namespace {

namespace dim = dimension;

Node amount_node(const PeptideAmount& peptide, const Provenance& provenance = {}) {
  const Quantity quantity = peptide.mass ? Quantity{*peptide.mass, dim::mass}
                                         : Quantity{peptide.amount.value_or(0.0), dim::amount};
  return sourced_node({quantity, provenance, {}, {}});
}

Node amino_acids_node(const AminoAcids& given) {
  if (!given.start && !given.duration && given.given.empty()) return word_node(given.mix);
  Node out = map_node();
  put_word(out, "mix", given.mix);
  if (given.start) put(out, "start", quantity_node(*given.start, dim::time));
  if (given.duration) put(out, "duration", quantity_node(*given.duration, dim::time));
  if (given.given.empty()) return out;
  Node amounts = map_node();
  for (const auto& [ligand, amount] : given.given) put(amounts, ligand, amount_node(amount));
  put(out, "amounts", std::move(amounts));
  return out;
}

void put_activity(Node& out, const Administration& a) {
  if (a.activity && a.activity->time == 0.0) {
    put(out, "activity", quantity_node(a.activity->activity, dim::activity));
  } else if (a.activity) {
    put(out, "calibrated_activity", quantity_node(a.activity->activity, dim::activity));
    put(out, "calibration_time", quantity_node(a.activity->time, dim::time));
  }
  if (a.residual) {
    put(out, "residual_activity", quantity_node(a.residual->activity, dim::activity));
    put(out, "residual_time", quantity_node(a.residual->time, dim::time));
  }
}

Node administration_node(const Administration& a) {
  Node out = map_node();
  put(out, a.duration > 0.0 ? "infusion" : "bolus", word_node(a.ligand));
  put(out, "at", quantity_node(a.time, dim::time));
  if (a.duration > 0.0) put(out, "duration", quantity_node(a.duration, dim::time));
  put_word(out, "nuclide", a.nuclide);
  put_activity(out, a);
  if (a.peptide.molar_activity)
    put(out, "molar_activity", quantity_node(*a.peptide.molar_activity, dim::molar_activity));
  else
    put(out, "amount", amount_node(a.peptide, a.amount_provenance));
  put(out, "route", word_node(a.route));
  put_word(out, "unlabeled_as", a.unlabeled_as);
  if (!a.split.empty()) {
    Node split = map_node();
    for (const SplitShare& share : a.split)
      put(split, share.to.name, quantity_node(share.share, dim::none));
    put(out, "split", std::move(split));
  }
  if (!a.impurities.empty()) {
    Node impurities = map_node();
    for (const Impurity& impurity : a.impurities)
      put(impurities, impurity.nuclide, quantity_node(impurity.fraction, dim::none));
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
  put(out, "factor", quantity_node(window.factor, dim::none));
  put(out, "from", quantity_node(window.from, dim::time));
  put(out, "to", quantity_node(window.to, dim::time));
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
