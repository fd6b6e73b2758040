#include "lutetia/radiobiology/kidney_effect.hpp"

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

GfrCourse gfr_course(const Exposure& kidney, const Radiosensitivity& tissue, double rbe_max,
                     const GfrLoss& loss, double start, const std::vector<double>& times,
                     double tolerance) {
  check_times(start, times);
  enum { unrepaired, bed, log_gfr };
  const UnrepairedDose repair{tissue.alpha_beta, tissue.repair_half_time};
  const auto slopes = [&](const std::vector<double>& x, std::vector<double>& out, double t) {
    const double low = kidney.low_let.at(t);
    const double high = kidney.has_alpha_particles() ? kidney.alpha_particles.at(t) : 0.0;
    out[unrepaired] = repair.slope(x[unrepaired], low);
    out[bed] = repair.bed_rate(x[unrepaired], low) + rbe_max * high;
    out[log_gfr] = -loss.rate(x[bed]);
  };
  GfrCourse out{times, std::vector<double>(times.size()), std::vector<double>(times.size())};
  Stops stops(start);
  stops.add(kidney);
  std::vector<double> x(3, 0.0);
  integrate_course(slopes, x, {"unrepaired dose", "BED", "GFR"}, stops.until(start, times), times,
                   tolerance, [&](std::size_t i, const std::vector<double>& state) {
                     out.bed[i] = state[bed];
                     out.factor[i] = std::exp(state[log_gfr]);
                   });
  return out;
}

}  // namespace lutetia
