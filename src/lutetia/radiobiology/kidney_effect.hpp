/// @file What the BED of the kidneys means for them: complication probability and filtration.
///
/// The curves come from external beams and from few patients; see the caution in
/// models/normal_tissue.
#pragma once

#include <vector>

#include "lutetia/radiobiology/course.hpp"

namespace lutetia {

/// NTCP = Φ((BED − BED₅₀)/(m·BED₅₀)) (Lyman 1985).
double ntcp_lyman(double bed, double bed_50, double slope);

/// NTCP = 1/(1 + (BED₅₀/BED)^k).
double ntcp_logistic(double bed, double bed_50, double exponent);

/// How fast filtration is lost: (k_age + k_max/(1 + (BED₅₀/BED)^n))·GFR.
struct GfrLoss {
  double aging;    ///< k_age [1/h]
  double maximum;  ///< k_max [1/h]
  double bed_50;   ///< [Gy]
  double exponent;

  double rate(double bed) const;  ///< [1/h]
};

/// Filtration over time relative to that at the start; each vector has the length of `times`.
struct GfrCourse {
  std::vector<double> times;   ///< [h]
  std::vector<double> bed;     ///< of the kidneys until then [Gy]
  std::vector<double> factor;  ///< GFR over GFR at the start
};

/// GFR' = −loss.rate(BED(t))·GFR.
/// @param tissue  α/β, repair and RBE of the kidneys
GfrCourse gfr_course(const Exposure& kidney, const Tissue& tissue, const GfrLoss& loss,
                     double start, const std::vector<double>& times, double tolerance = 1e-9);

}  // namespace lutetia
