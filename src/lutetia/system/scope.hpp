/// @file Names to tape slots: looks a symbol up in organ, model and ligand, builds formulas once.
#pragma once

#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "lutetia/system/network.hpp"

namespace lutetia {

/// An organ or lesion of this patient with everything inherited from its types.
struct OrganInstance {
  std::string name;
  bool lesion = false;
  std::vector<std::string> groups;
  std::map<std::string, Place> connections;
  std::vector<Parameter> parameters;
  std::vector<Compartment> compartments;
  std::vector<Process> processes;
  std::vector<Effect> effects;
  std::vector<ContentShare> contains;
  Location where;

  const Parameter* find(const std::string& name) const;
  bool in_group(const std::string& group) const;
};

/// Resolves symbols of formulas. A problem is reported once; the slot is then −1.
class Scope {
 public:
  static constexpr int no_ligand = -1;

  /// @param templates  organs and lesion types this patient lacks; they give an empty group its
  /// dimension
  Scope(const Model& model, const Patient& patient, const std::vector<OrganInstance>& organs,
        const std::vector<OrganInstance>& templates, const std::vector<Ligand>& ligands,
        Network& network, Problems& problems);

  /// Slot of a formula in the scope of an organ (nullptr: the model) and a ligand.
  Tape::Slot formula(const Formula& formula, const OrganInstance* organ, int ligand = no_ligand);
  /// Same, with a required dimension.
  Tape::Slot formula(const Formula& formula, const OrganInstance* organ, int ligand,
                     const Dimension& expected, const std::string& what);

  /// Slot of a parameter by name.
  Tape::Slot parameter(const std::string& symbol, const OrganInstance* organ, int ligand,
                       const Location& where);

  /// The ligand organ parameters are tried with; no_ligand when no peptide is given.
  int first_peptide() const;

  /// Add an input that is not a model parameter (a decay constant).
  Tape::Slot input(NetworkParameter parameter);

  /// Values of the patient whose names no parameter has.
  void report_unknown_values();

 private:
  using Key = std::tuple<std::string, std::string, int>;  // owner, name, ligand

  Tape::Slot build(const Expression& e, const OrganInstance* organ, int ligand,
                   const Formula& whole);
  Tape::Slot sum(const std::string& symbol, int ligand, const Location& where);
  Tape::Slot empty_sum(const std::string& group, const std::string& name, int ligand,
                       const Location& where);
  Tape::Slot resolve(const Parameter& parameter, const std::string& owner,
                     const OrganInstance* organ, int ligand);
  Tape::Slot leaf(const Parameter& parameter, const std::string& owner);
  Tape::Slot referred(const Parameter& parameter, const std::string& full_name, const Place& to,
                      int ligand);
  Tape::Slot overridden(const Parameter& parameter, const std::string& full_name,
                        const SourcedQuantity& given, const OrganInstance* organ);
  const OrganInstance* find_organ(const std::string& name) const;
  std::vector<std::string> known_names(const OrganInstance* organ) const;
  void problem(const std::string& what, const Location& where, const std::string& hint = "");

  const Model& model_;
  const Patient& patient_;
  const std::vector<OrganInstance>& organs_;
  const std::vector<OrganInstance>& templates_;
  const std::vector<Ligand>& ligands_;
  Network& network_;
  Problems& problems_;
  std::map<Key, Tape::Slot> done_;
  std::vector<Key> open_;  ///< being built, outermost first
  bool touched_ligand_ = false;
  bool dimensions_only_ = false;  ///< building a formula only to learn its dimension
};

}  // namespace lutetia
