/// @file What the clinic writes: administrations with activity, peptide amount, duration and time.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lutetia/document/fields.hpp"

namespace lutetia {

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
};

/// One infusion or bolus.
struct Administration {
  std::string ligand;
  std::string nuclide;  ///< "" for unlabeled peptide
  std::string route = "intravenous";
  double time = 0.0;      ///< start, after the start of the regimen [h]
  double duration = 0.0;  ///< [h]; 0 for a bolus
  std::optional<MeasuredActivity> activity;
  std::optional<MeasuredActivity> residual;  ///< left in vial and lines
  PeptideAmount peptide;
  bool infusate_decays =
      true;  ///< false: label enters at a constant rate, as published models assume
  Provenance amount_provenance;
  Location where;
  Location ligand_where, nuclide_where, route_where,
      amount_where;  ///< of these values, as far as given
};

struct Regimen {
  std::string name;
  std::string description;
  std::vector<Administration> administrations;  ///< by time, repeats expanded
};

/// Read a regimen; problems are collected, the result is then incomplete.
Regimen read_regimen(const Node& node, Problems& problems);

/// Hours since 1970 of "2026-03-01 09:30" or "2026-03-01T09:30"; nullopt when it is no such text.
std::optional<double> parse_clock(const std::string& text);

}  // namespace lutetia
