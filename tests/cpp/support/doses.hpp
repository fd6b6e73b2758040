/// @file Absorbed dose per activity in the convention of the published whole-body numbers.
#pragma once

#include <string>

#include "support/models.hpp"
#include "support/near.hpp"

namespace lutetia::testing {

/// Doses per activity of one run [Gy/GBq]: all electron energy where it is emitted, no tail.
class DosePerActivity {
 public:
  /// Runs to 60000 min, as the regression numbers of the published kidney do.
  explicit DosePerActivity(const Setup& setup, double end = 1000.0)
      : run_(setup.run(request_of({}, end, 1e-7))),
        table_(dose_of(library(), run_, setup.substances, setup.patient.sex,
                       DoseConvention::local_electrons, Tail::none)) {
    for (const double activity : table_.administered_activity) given_ += activity / 1000.0;
  }
  double operator()(const std::string& region) const {
    return table_.total(index_of(table_.regions, region)) / given_;
  }
  const Trajectory& run() const { return run_; }

 private:
  Trajectory run_;
  DoseTable table_;
  double given_ = 0.0;
};

/// 177Lu with the decay constant of the regression numbers, label at a constant rate.
inline std::string constant_rate_therapy(const std::string& amount, const std::string& more = "") {
  return "{infusion: dotatate, nuclide: Lu-177, activity: 0.1 GBq, amount: " + amount +
         ", duration: 30 min, infusate_decays: false" + more + "}";
}

/// The male reference patient in a model with modules, with the decay constant of the regression
/// numbers.
inline Setup regression_setup(const std::string& administrations,
                              const std::vector<std::string>& modules = {}) {
  Setup out = reference_setup(administrations, "reference_male", modules);
  give(out.patient, "Lu-177.decay_constant", "7.2414e-5 1/min");
  return out;
}

}  // namespace lutetia::testing
