/// @file What a labeled block does after the end of a run, linearized there.
#pragma once

#include <Eigen/SparseLU>
#include <vector>

#include "lutetia/simulate/sensitivity.hpp"

namespace lutetia {

/// x' = Kx with K the Jacobian of the block at the end of the run, so ∫x dt = −K⁻¹x.
class LinearTail {
 public:
  LinearTail(const Trajectory& run, const Block& block);

  /// ∫_end^∞ of every compartment, shape (compartments) [nmol·h].
  std::vector<double> integrals() const;

  /// Their derivatives, shape (compartments, directions): with y = −K⁻¹x, y' = −K⁻¹(x' + K'y). K
  /// follows the rates and, through free receptors, the state.
  std::vector<double> derivatives(const Sensitivities& sensitivities) const;

 private:
  Eigen::VectorXd solve(const Eigen::VectorXd& x) const;

  const Trajectory& run_;
  const Block& block_;
  std::vector<int> compartments_;                    ///< that the block can be in
  Eigen::SparseLU<Eigen::SparseMatrix<double>> lu_;  ///< of −K
};

}  // namespace lutetia
