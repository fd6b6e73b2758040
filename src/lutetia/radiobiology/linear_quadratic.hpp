/// @file The linear-quadratic model: what a dose and its protraction are worth.
///
/// −ln SF = αD + βGD² (Dale 1985, doi:10.1259/0007-1285-58-690-515); Q = GD² does not depend on
/// α/β.
#pragma once

#include <utility>
#include <vector>

namespace lutetia {

/// BED = RBE_max·D_α + D + Q/(α/β) [Gy]: alpha particles leave no damage that is repaired (Dale &
/// Jones 1999, doi:10.1016/S0360-3016(98)00364-2).
/// @param dose          of electrons and photons [Gy]
/// @param protraction   Q = GD² of electrons and photons [Gy²]
/// @param alpha_dose    of alpha particles [Gy]
/// @param rbe_max       RBE of alpha particles at low dose [1]
double biologically_effective_dose(double dose, double protraction, double alpha_beta,
                                   double alpha_dose = 0.0, double rbe_max = 1.0);

/// EQD2 = BED/(1 + 2 Gy/(α/β)): the dose in fractions of 2 Gy of the same effect [Gy].
double eqd2(double bed, double alpha_beta);

/// G = Q/D², from 0 to 1: 1 for a dose given at once; 0 where there is no dose.
double lea_catcheside(double dose, double protraction);

/// D_RBE = RBE·D_α + D [Gy]: a convention of protection, another quantity than BED.
double rbe_weighted_dose(double dose, double alpha_dose, double rbe);

/// BED lost to cells that divide: ln 2·(T − T_k)₊/(α·T_av) [Gy].
/// @param time      T, overall [h]. @param kick_off  T_k, before it nothing is lost [h]
/// @param alpha [1/Gy]. @param doubling_time  T_av, of the average clonogen [h]
double repopulation_loss(double time, double kick_off, double alpha, double doubling_time);

/// Time after which an exponentially falling dose rate kills no faster than cells divide, β
/// ignored: ln(Ḋ₀·α·T_av/ln 2)/λ [h]; 0 when it never does.
double critical_time(double dose_rate, double decay, double alpha, double doubling_time);

/// The uniform BED that leaves as many cells as a distribution: −ln(Σ v_i e^(−α·BED_i))/α [Gy].
/// @param parts  (share of the volume [1], BED [Gy]); shares add up to 1
double equivalent_uniform_bed(const std::vector<std::pair<double, double>>& parts, double alpha);

/// The same when the dose rate in a region is log-normal about its mean: every part has D·x and
/// Q·x², E[x] = 1. @param sigma  standard deviation of ln x
double equivalent_uniform_bed(double dose, double protraction, double alpha_beta, double alpha,
                              double sigma);

}  // namespace lutetia
