#include "lutetia/radiobiology/kidney_effect.hpp"

#include <cmath>
#include <numbers>

namespace lutetia {

double ntcp_lyman(double bed, double bed_50, double slope) {
  const double deviate = (bed - bed_50) / (slope * bed_50);
  return 0.5 * std::erfc(-deviate / std::numbers::sqrt2);
}

double ntcp_logistic(double bed, double bed_50, double exponent) {
  return 1.0 / (1.0 + std::pow(bed_50 / bed, exponent));
}

double GfrLoss::rate(double bed) const {
  return aging + (bed > 0.0 ? maximum * ntcp_logistic(bed, bed_50, exponent) : 0.0);
}

GfrCourse gfr_course(const Exposure& kidney, const Tissue& tissue, const GfrLoss& loss,
                     double start, const std::vector<double>& times, double tolerance) {
  check_tissue(tissue);
  check_times(start, times);
  enum { bed, log_gfr, repair };
  const EffectRate effect{tissue};
  const auto slopes = [&](const std::vector<double>& x, std::vector<double>& out, double t) {
    const std::span<const double> y(x.data() + repair, effect.states());
    const double low = kidney.low_let.at(t);
    const double high = kidney.has_alpha_particles() ? kidney.alpha_particles.at(t) : 0.0;
    out[bed] = effect.low_let(effect.unrepaired(y), low) + effect.alpha_particles(high);
    out[log_gfr] = -loss.rate(x[bed]);
    effect.slopes(y, {out.data() + repair, effect.states()}, low);
  };
  GfrCourse out{times, std::vector<double>(times.size()), std::vector<double>(times.size())};
  Stops stops(start);
  stops.add(kidney);
  std::vector<double> x(repair + effect.states(), 0.0);
  std::vector<std::string> names{"BED", "GFR"};
  names.insert(names.end(), effect.states(), "unrepaired dose");
  integrate_course(slopes, x, names, stops.until(start, times), times, tolerance,
                   [&](std::size_t i, const std::vector<double>& state) {
                     out.bed[i] = state[bed];
                     out.factor[i] = std::exp(state[log_gfr]);
                   });
  return out;
}

}  // namespace lutetia
