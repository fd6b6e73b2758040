/// @file Regimen → what happens to which state at which time.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "lutetia/dosing/regimen.hpp"
#include "lutetia/system/system.hpp"

namespace lutetia {

/// A state changes at once.
struct Jump {
  enum class Kind {
    add,  ///< x += value
    set,  ///< x = value
    move  ///< the share `value` of x goes to the state `to`
  };
  int state;
  double value;
  Kind kind;
  int to = -1;
  Tape::Slot share = -1;                           ///< times this quantity as it is then, if any
  std::vector<std::pair<int, double>> parts = {};  ///< what each dose contributes to the value
  std::vector<std::pair<int, double>> ended = {};  ///< what each dose that ends contributed before
  bool labeled = false;  ///< of the label of its doses, else of all peptide
  double decay = 0.0;    ///< at which what runs from the bags falls with time [1/h]

  double share_at(const Rates& rates) const { return share < 0 ? 1.0 : rates.slots[share]; }
};

/// Let a jump happen to the states x, with the rates of that time.
/// @return what it brought in from outside [nmol]
double apply(const Jump& jump, const Rates& rates, std::span<double> x);

/// Everything that happens at one time.
struct Event {
  double time;       ///< [h]
  std::string name;  ///< for messages: "start of administration 2"
  std::vector<Jump> jumps;
  int clock = -1;  ///< of a void: a dose from whose start its time counts
};

/// An administration in internal units after calibration, residual and molar mass.
struct GivenDose {
  double time;            ///< start [h]
  double duration;        ///< [h]
  int block;              ///< labeled block, −1 when unlabeled
  double activity;        ///< administered, at the start [MBq]
  double labeled_amount;  ///< [nmol]
  double amount;          ///< of peptide [nmol]
  bool infusate_decays;
  std::string ligand, nuclide;
  bool begins_cycle = true;
  int port = -1;           ///< index into SystemStructure::ports
  int administration = 0;  ///< number in the regimen as written, from 1; 0 when it has none
  bool protects = false;   ///< amino acids of that administration

  double end() const { return time + duration; }
};

struct Schedule {
  std::vector<Event> events;         ///< by time
  std::vector<GivenDose> given;      ///< by time
  std::vector<double> cycle_starts;  ///< distinct starts of what begins a cycle [h]
  double last_end = 0.0;             ///< end of the last administration [h]
};

/// Whether a dose begins a cycle: labeled ones do unless they say otherwise.
bool begins_cycle(const GivenDose& dose, const Schedule& schedule);

/// What a dose brings into a block: its label, its peptide, or nothing [nmol].
double amount_into(const GivenDose& dose, const System& system, int block);

/// States and ports a regimen needs.
SystemStructure structure_of(const Regimen& regimen);

/// Add the voids of a system's compartments until the end of a run. Their times count from the
/// start of every labeled administration anew.
/// @throws ModelError when they are more than a run can stop at
void add_voids(Schedule& schedule, const System& system, const Rates& rates, double end);

/// Turn a regimen into events on the states of a system.
/// @throws ModelError when an amount is impossible (more label than peptide, residual above
/// activity)
Schedule expand(const Regimen& regimen, const System& system, const Rates& rates);

/// The events of doses that are resolved already.
Schedule schedule_of(std::vector<GivenDose> given, const System& system, const Rates& rates);

}  // namespace lutetia
