/// @file How fast a tumor grows without treatment, and what is known of it.
#pragma once

namespace lutetia {

enum class GrowthLaw { exponential, gompertz, logistic };

/// N' = rate·F(m)·N with m the mass of all cells.
struct Growth {
  GrowthLaw law = GrowthLaw::exponential;
  double rate = 0.0;      ///< [1/h]
  double capacity = 0.0;  ///< largest mass of Gompertz and logistic growth [kg]

  /// F(m): 1 (exponential), ln(K/m) (Gompertz) or 1 − m/K (logistic).
  double share(double mass) const;
};

/// k_g = ln 2/T_D [1/h]; 0 for a tumor that does not grow (T_D infinite).
double growth_rate_of_doubling_time(double doubling_time);

/// TG = 3·ln(D₂/D₁)/Δt, the growth rate of the volume from two sums of diameters [1/h].
/// @param interval  between the two scans [h]
double growth_rate_of_diameters(double first, double second, double interval);

/// Relative growth within an interval, exp(rate·interval) − 1; the tumor growth rate TGR for one
/// month.
double growth_within(double rate, double interval);

/// Volume doubling time from the share of growing cells: T_pot = T_c·ln 2/ln(1 + Ki-67), of which
/// cell loss leaves T_D = T_pot/(1 − φ) [h] (Steel 1967).
/// @param ki67        growth fraction [1]
/// @param cycle_time  of a cell, T_c [h]
/// @param cell_loss   share of new cells that is lost, φ [1]
double doubling_time_of_ki67(double ki67, double cycle_time, double cell_loss);

}  // namespace lutetia
