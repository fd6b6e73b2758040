/// @file Viable and doomed cells of a lesion under an absorbed dose rate, and the receptors left on
/// them.
///
///   N' = k_g·F(N + M)·N − h·N          h = α·m(t)·[f·Ḋ·(1 + 2f·Y/(α/β)) + RBE·Ḋ_α]
///   M' = h·N − k_c·M                   Y' = Ḋ − μ·Y
///   χ' = k_ret·(1 − χ) − ε·(Ḋ + Ḋ_α)·χ
///
/// The integral of h is α·BED of the linear-quadratic model. With doomed cells cleared at once this
/// is N' = (k_g − h)·N as in Kletting 2019 (doi:10.2967/jnumed.118.210377).
#pragma once

#include <functional>
#include <vector>

#include "lutetia/radiobiology/course.hpp"
#include "lutetia/radiobiology/tumor_growth.hpp"

namespace lutetia {

/// S values at a mass over those at a reference mass, of what an exposure keeps apart.
struct MassFactors {
  double low_let, alpha;
};

/// What one source does to a lesion. The dose rate is that of its activity at a reference mass; at
/// any other mass it is multiplied by the factors of that mass.
struct LesionExposure {
  Exposure dose_rate;
  std::function<MassFactors(double)> mass_factors = {};  ///< of the mass [kg]; empty: always 1
};

/// A cycle and the mass of the lesion its activity was computed for. Uptake goes with the mass, so
/// the lesion that is there when the cycle starts takes up as much per mass.
struct CycleMass {
  double start;  ///< [h]
  double mass;   ///< [kg]
};

/// A part of the cells, or of a volume, with the dose it gets relative to the mean, or its BED.
struct DoseBin {
  double share;
  double value;
};

/// Equal steps of a standard normal deviate: a log-normal distribution of mean 1.
/// @param sigma  standard deviation of the logarithm; 0 gives one bin
std::vector<DoseBin> lognormal_bins(double sigma, int count = 41);

struct TumorParameters {
  double alpha;   ///< [1/Gy]
  Tissue tissue;  ///< α/β, repair, RBE of alpha particles
  Growth growth = {};
  double clearance_half_time = 0.0;               ///< of doomed cells [h]; 0: gone at once
  double receptor_loss = 0.0;                     ///< ε [1/Gy]
  double receptor_recovery_rate = 0.0;            ///< k_ret [1/h]
  double oxygen_factor = 1.0;                     ///< f on α, f² on β; none for alpha particles
  std::vector<FactorWindow> alpha_windows = {};   ///< radiosensitizers: factors on α
  std::vector<FactorWindow> repair_windows = {};  ///< factors on the repair half-time
  std::vector<DoseBin> dose_bins = {{1.0, 1.0}};  ///< heterogeneity: dose relative to the mean
};

/// A lesion over time; each vector has the length of `times`.
struct TumorCourse {
  std::vector<double> times;            ///< [h]
  std::vector<double> viable, doomed;   ///< [kg]
  std::vector<double> receptor_factor;  ///< χ, per viable cell, 1 before treatment
  std::vector<double> unrepaired_dose;  ///< Y [Gy]
  std::vector<double> absorbed_dose;    ///< mean, alpha particles included [Gy]
  std::vector<double> log_kill;         ///< −ln of the surviving share without growth

  double mass(std::size_t i) const { return viable[i] + doomed[i]; }
};

/// Integrate a lesion.
/// @param cycles     ascending; exposures with mass factors, which are those of the lesion's own
///                   activity, are multiplied by present mass over computed mass at each start,
///                   what is left of earlier cycles with them; empty: the activity is that of the
///                   lesion
/// @param mass       of viable cells at `start` [kg]
/// @param times      ascending [h]
/// @param tolerance  relative error per step
/// @throws std::invalid_argument  for parameters that make no sense
/// @throws SolverError
TumorCourse tumor_response(const std::vector<LesionExposure>& exposures,
                           const TumorParameters& parameters, double mass, double start,
                           const std::vector<double>& times, double tolerance = 1e-9,
                           const std::vector<CycleMass>& cycles = {});

/// The minimal form: V = V₀·exp(k_g·t − α·BED(t)), cells gone at once.
double minimal_volume(double volume, double growth_rate, double alpha, double time, double bed);

/// Factor on α by oxygen: OER(p)/OER_max with OER(p) = (OER_max·p + K)/(p + K)
/// (Alper and Howard-Flanders 1956, doi:10.1038/178978a0).
double oxygen_factor(double pressure, double oer_max, double half_effect);

}  // namespace lutetia
