#include "lutetia/dosimetry/linear_tail.hpp"

namespace lutetia {

LinearTail::LinearTail(const Trajectory& run, const Block& block) : run_(run), block_(block) {
  const System& system = *run.system;
  std::vector<double> jacobian(system.pattern().nonzeros());
  system.jacobian(run.rates(), run.last_state, jacobian);
  std::vector<int> local(system.size(), -1);
  for (std::size_t c = 0; c < block.states.size(); ++c)
    if (block.states[c] >= 0) {
      local[block.states[c]] = static_cast<int>(compartments_.size());
      compartments_.push_back(static_cast<int>(c));
    }
  const int n = static_cast<int>(compartments_.size());
  std::vector<Eigen::Triplet<double>> entries;
  for (int c = 0; c < n; ++c) {
    const int row = block.states[compartments_[c]];
    for (int p = system.pattern().row_start[row]; p < system.pattern().row_start[row + 1]; ++p)
      if (const int column = local[system.pattern().columns[p]]; column >= 0)
        entries.emplace_back(c, column, -jacobian[p]);
  }
  Eigen::SparseMatrix<double> k(n, n);
  k.setFromTriplets(entries.begin(), entries.end());
  lu_.compute(k);
}

Eigen::VectorXd LinearTail::solve(const Eigen::VectorXd& x) const {
  Eigen::VectorXd out;
  if (lu_.info() == Eigen::Success) out = lu_.solve(x);
  if (lu_.info() != Eigen::Success || !out.allFinite())
    throw InternalError("the tail of a labeled block could not be solved");
  return out;
}

std::vector<double> LinearTail::integrals() const {
  Eigen::VectorXd x(compartments_.size());
  for (Eigen::Index c = 0; c < x.size(); ++c)
    x[c] = run_.last_state[block_.states[compartments_[c]]];
  const Eigen::VectorXd tail = solve(x);
  std::vector<double> out(block_.states.size(), 0.0);
  for (Eigen::Index c = 0; c < x.size(); ++c) out[compartments_[c]] = tail[c];
  return out;
}

std::vector<double> LinearTail::derivatives(const Sensitivities& s) const {
  const std::size_t size = run_.system->size(), directions = s.directions;
  const std::vector<double> tail = integrals();
  std::vector<double> y(size, 0.0);
  for (const int c : compartments_) y[block_.states[c]] = tail[c];
  std::vector<Lanes> last(size), k_y(size);
  const std::vector<Lanes> no_remainders(run_.system->remainder_size());
  std::vector<double> out(tail.size() * directions, 0.0);
  SystemTangent<Lanes> tangent(*run_.system);
  for (std::size_t chunk = 0; chunk < s.phases.back().size(); ++chunk) {
    const std::size_t first = chunk * lane_count;
    const std::size_t lanes = std::min<std::size_t>(lane_count, directions - first);
    for (std::size_t n = 0; n < size; ++n)
      for (std::size_t l = 0; l < lanes; ++l)
        last[n].set(static_cast<int>(l), s.last_state[n * directions + first + l]);
    std::fill(k_y.begin(), k_y.end(), Lanes());
    tangent.use(run_.rates(), {&s.phases.back()[chunk], 1});
    tangent.begin(run_.last_state, last);
    tangent.add_jacobian(y, no_remainders, k_y);
    for (std::size_t l = 0; l < lanes; ++l) {
      Eigen::VectorXd b(compartments_.size());
      for (Eigen::Index c = 0; c < b.size(); ++c) {
        const int state = block_.states[compartments_[c]];
        b[c] = last[state][l] + k_y[state][l];
      }
      const Eigen::VectorXd solved = solve(b);
      for (Eigen::Index c = 0; c < b.size(); ++c)
        out[compartments_[c] * directions + first + l] = solved[c];
    }
  }
  return out;
}

}  // namespace lutetia
