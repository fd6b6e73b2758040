#include "lutetia/dosimetry/linear_tail.hpp"

namespace lutetia {

LinearTail::LinearTail(const Trajectory& run, const Block& block)
    : run_(run), row_(block.states.size(), -1) {
  const System& system = *run.system;
  std::vector<double> jacobian(system.pattern().nonzeros());
  system.jacobian(run.rates(), run.last_state, jacobian);
  std::vector<int> local(system.size(), -1);
  for (const int b : system.ancestry(system.block_index(block.name)))
    for (const int state : system.blocks()[b].states)
      if (state >= 0) {
        local[state] = static_cast<int>(states_.size());
        states_.push_back(state);
      }
  for (std::size_t c = 0; c < row_.size(); ++c)
    if (block.states[c] >= 0) row_[c] = local[block.states[c]];
  const int n = static_cast<int>(states_.size());
  std::vector<Eigen::Triplet<double>> entries;
  for (int r = 0; r < n; ++r)
    for (int p = system.pattern().row_start[states_[r]];
         p < system.pattern().row_start[states_[r] + 1]; ++p)
      if (const int column = local[system.pattern().columns[p]]; column >= 0)
        entries.emplace_back(r, column, -jacobian[p]);
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

Eigen::VectorXd LinearTail::all_integrals() const {
  Eigen::VectorXd x(states_.size());
  for (Eigen::Index r = 0; r < x.size(); ++r) x[r] = run_.last_state[states_[r]];
  return solve(x);
}

std::vector<double> LinearTail::integrals() const {
  const Eigen::VectorXd tail = all_integrals();
  std::vector<double> out(row_.size(), 0.0);
  for (std::size_t c = 0; c < out.size(); ++c)
    if (row_[c] >= 0) out[c] = tail[row_[c]];
  return out;
}

std::vector<double> LinearTail::derivatives(const Sensitivities& s) const {
  const std::size_t size = run_.system->size(), directions = s.directions;
  const Eigen::VectorXd tail = all_integrals();
  std::vector<double> y(size, 0.0);
  for (std::size_t r = 0; r < states_.size(); ++r) y[states_[r]] = tail[static_cast<long>(r)];
  std::vector<Lanes> last(size), k_y(size);
  const std::vector<Lanes> no_remainders(run_.system->remainder_size());
  std::vector<double> out(row_.size() * directions, 0.0);
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
      Eigen::VectorXd b(states_.size());
      for (Eigen::Index r = 0; r < b.size(); ++r) b[r] = last[states_[r]][l] + k_y[states_[r]][l];
      const Eigen::VectorXd solved = solve(b);
      for (std::size_t c = 0; c < row_.size(); ++c)
        if (row_[c] >= 0) out[c * directions + first + l] = solved[row_[c]];
    }
  }
  return out;
}

}  // namespace lutetia
