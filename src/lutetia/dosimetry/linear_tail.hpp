/// @file What a labeled block does after the end of a run, linearized there.
#pragma once

#include <Eigen/SparseLU>
#include <vector>

#include "lutetia/simulate/sensitivity.hpp"

namespace lutetia {

/// x' = Kx with K the Jacobian of the block at the end of the run, so ∫x dt = −K⁻¹x. A daughter of
/// a decay chain is solved together with all it descends from.
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
  Eigen::VectorXd all_integrals() const;  ///< of states_

  const Trajectory& run_;
  std::vector<int> states_;  ///< of the block and its ancestors
  std::vector<int> row_;  ///< of each compartment of the block among them, −1 where it cannot be
  Eigen::SparseLU<Eigen::SparseMatrix<double>> lu_;  ///< of −K
};

}  // namespace lutetia
