/// @file What the clinic writes: administrations with activity, peptide amount, duration and time.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "lutetia/document/fields.hpp"
#include "lutetia/system/system.hpp"

namespace lutetia {

/// Where numbers come from, by their key.
using Provenances = std::map<std::string, Provenance>;

/// An activity measured at a time relative to the start of its administration.
struct MeasuredActivity {
  double activity;    ///< [MBq]
  double time = 0.0;  ///< [h], negative before the start
  Location where = {};
};

/// Peptide given: exactly one of the three.
struct PeptideAmount {
  std::optional<double> amount;          ///< [nmol]
  std::optional<double> mass;            ///< [kg]
  std::optional<double> molar_activity;  ///< at the start [MBq/nmol]
  Location where = {};
};

/// Amino acids given around an administration: a mix of the library, or amounts written out.
struct AminoAcids {
  std::string mix;  ///< name in the library; "" when every amount is written out
  std::optional<double> start, duration;       ///< start after that of the administration [h]
  std::map<std::string, PeptideAmount> given;  ///< ligand → amount
  Provenances provenance;                      ///< of `start`, `duration` and each ligand's amount
  Location where;
};

/// One infusion or bolus.
/// Another nuclide on the same ligand, such as 177mLu in 177Lu.
struct Impurity {
  std::string nuclide;
  double fraction;  ///< of the activity, at the time it refers to [1]
  Location where;
};

struct Administration {
  std::string ligand;
  std::string nuclide;  ///< "" for unlabeled peptide
  std::string route = "intravenous";
  double time = 0.0;      ///< start, after the start of the regimen [h]
  double duration = 0.0;  ///< [h]; 0 for a bolus
  std::optional<MeasuredActivity> activity;
  std::optional<MeasuredActivity> residual;  ///< left in vial and lines
  PeptideAmount peptide;
  std::string unlabeled_as;  ///< ligand the unlabeled part is; "" when it is the same
  std::vector<SplitShare> split;
  std::vector<Impurity> impurities;
  std::optional<AminoAcids> amino_acids;
  bool begins_cycle = true;  ///< false: a scan or the second label of a tandem
  bool infusate_decays =
      true;               ///< false: label enters at a constant rate, as published models assume
  bool protects = false;  ///< of the amino acids around another administration
  int number = 0;         ///< in the regimen as written, from 1; amino acids have that they protect
  Provenances provenance;  ///< of its numbers; of repeats, `at` has that of the interval
  Location where;
  Location ligand_where, nuclide_where, route_where, amount_where,
      unlabeled_where;  ///< of these values, as far as given
};

/// A factor on a parameter for some time, such as a drug that raises receptor density.
struct Window {
  std::string name;
  std::string parameter;  ///< as in a cycle effect; "lesions.volume" means every lesion
  double factor;
  double from, to;  ///< after the start of the regimen [h]
  Provenances provenance;
  Location where;
};

struct Regimen {
  std::string name;
  std::string description;
  std::vector<Administration> administrations;  ///< by time, repeats expanded
  std::vector<Window> windows;
};

/// Read a regimen; problems are collected, the result is then incomplete. Amino acids stay beside
/// their administration until given_amino_acids() makes administrations of them.
Regimen read_regimen(const Node& node, Problems& problems);

/// Numbers without a source of their own take that of what they belong to.
void inherit(Provenances& numbers, const Provenance& owner);

/// Read a mix of amino acids, the file of a library or the value of `amino_acids`.
AminoAcids read_amino_acids(const Node& node, Problems& problems);

/// Read an amount or a mass, both positive; nothing after a problem.
PeptideAmount read_amount(const Node& node, const std::string& what, Provenance& provenance,
                          Problems& problems);

/// The administrations amino acids stand for; `of` is the administration they protect.
/// @param mix  what the library says about the mix; what is written at the administration wins
std::vector<Administration> given_amino_acids(const Administration& of, const AminoAcids& mix);

/// Hours since 1970 of "2026-03-01 09:30" or "2026-03-01T09:30"; nullopt when it is no such text.
std::optional<double> parse_clock(const std::string& text);

}  // namespace lutetia
