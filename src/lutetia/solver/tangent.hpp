/// @file The exact derivative of a Rosenbrock step, several columns at a time with the step's own
/// LU.
///
/// Differentiating the right-hand sides of tableau.hpp at fixed h, with S = ∂x/∂θ, K_i = ∂k_i/∂θ
/// and D_i = Σ a_ij K_j:
///   W K_i = (M 1)_i ∂f₀/∂θ + Σ_{j<i} (M (C + a/γ))_ij K_j/h + Σ_{j≤i} M_ij ∂ρ(Δ_j)/∂θ
///           + (∂J/∂θ) k_i,  ∂y₁/∂θ = S + D_s + K_s.
/// The size of the step is not differentiated: it follows the values alone.
#pragma once

#include <algorithm>
#include <array>
#include <span>
#include <utility>
#include <vector>

#include "lutetia/linalg/lane_group.hpp"
#include "lutetia/solver/column_groups.hpp"
#include "lutetia/solver/rosenbrock.hpp"

namespace lutetia {

/// What a step's derivative needs of a problem for the chunks from c that are in T, Lanes or a
/// LaneGroup, besides solve().
template <class P, class T = Lanes>
concept TangentProblem = requires(P& p, std::span<const double> v, std::span<const T> s,
                                  std::span<T> out) {
  p.begin_tangent(0, v, s, out);      // out = df(x)/dθ; (c, x, S, out)
  p.remainder_tangent(v, s, out);     // out = dρ/dθ; (Δ, D, out)
  p.add_jacobian_tangent(v, s, out);  // out += dJ/dθ k and scattered remainders; (k, ρ, out)
  p.solve(out);
};

/// @tparam Widest  groups of this many chunks and less are compiled
template <const auto& Tableau, int Widest = ColumnGroups::widest>
class RosenbrockTangent {
 public:
  static constexpr std::size_t stages = Tableau.stages;

  /// @param remainder_states  those whose increments the remainders depend on
  /// @param chunks            of lane_count columns
  /// @param limit             no group is wider
  RosenbrockTangent(int size, int remainder_size, std::vector<int> remainder_states, int chunks,
                    int limit)
      : size_(size),
        remainder_size_(remainder_size),
        remainder_states_(std::move(remainder_states)),
        columns_(size, chunks, std::min(limit, Widest)),
        k_(stages * columns_.size()),
        before_(columns_.size()),
        f0_(columns_.size()),
        delta_(size * Widest),
        rho_(stages * remainder_size * Widest),
        rho_sum_(remainder_size * Widest),
        values_(stages * columns_.rows()) {}

  /// How all arrays of columns lie in memory.
  const ColumnGroups& columns() const { return columns_; }

  /// Differentiate the step `base` has just made with this problem.
  /// @param s         columns before the step; after it on return
  /// @param integral  grows by ∫ S dt over the step
  template <TangentProblem P>
  void step(const Rosenbrock<Tableau>& base, P& problem, AlignedVector<Lanes>& s,
            std::span<Lanes> integral) {
    constexpr std::make_index_sequence<stages> all;
    h_ = base.step_size();
    before_.swap(s);
    stage_values(base, all);
    for (const Group& group : columns_.groups()) {
      const auto compute = [&]<class T>(const T&) {
        if constexpr (width<T> <= Widest * lane_count) all_stages<T>(base, problem, group, all);
      };
      switch (group.width) {
        case 1:
          compute(Lanes{});
          break;
        case 2:
          compute(LaneGroup<2>{});
          break;
        case 3:
          compute(LaneGroup<3>{});
          break;
        case 4:
          compute(LaneGroup<4>{});
          break;
        case 5:
          compute(LaneGroup<5>{});
          break;
      }
      finish(group, s, integral, all);
    }
  }

  /// Columns at t + θh of the last step.
  /// @param after  as step() left them
  void interpolate(double theta, std::span<const Lanes> after, std::span<Lanes> out) const {
    for (const Group& group : columns_.groups())
      interpolate(theta, group, after, out, std::make_index_sequence<stages>{});
  }

 private:
  using Group = ColumnGroups::Group;
  using Values = std::span<const double>;
  static_assert(Widest <= 5, "the cases of step()");

  /// Plain numbers of a group in one array of columns.
  std::size_t count(const Group& group) const { return columns_.rows() * group.width * lane_count; }
  /// Stages of a group, one after the other.
  std::size_t stages_begin(const Group& group) const { return stages * columns_.begin(group); }

  /// Δ_i of every stage; the base keeps only the last one.
  template <std::size_t... I>
  void stage_values(const Rosenbrock<Tableau>& base, std::index_sequence<I...>) {
    (stage_value<I + 1>(base, std::make_index_sequence<I + 1>{}), ...);
  }
  template <std::size_t I, std::size_t... J>
  void stage_value(const Rosenbrock<Tableau>& base, std::index_sequence<J...>) {
    if constexpr (I < stages) {
      double* const delta = values_.data() + I * columns_.rows();
      const std::array<const double*, I> k{base.stage_values(J).data()...};
#pragma GCC ivdep
      for (int n = 0; n < size_; ++n) delta[n] = (... + (Tableau.a[I][J] * k[J][n]));
    }
  }

  template <class T, class P, std::size_t... I>
  void all_stages(const Rosenbrock<Tableau>& base, P& problem, const Group& group,
                  std::index_sequence<I...>) {
    const std::size_t size = size_, rest = remainder_size_, stride = columns_.rows();
    const std::size_t begin = columns_.begin(group);
    T* const k = grouped<T>(k_.data() + stages_begin(group));
    T* const rho = grouped<T>(rho_.data());
    const std::span<T> rho_sum(grouped<T>(rho_sum_.data()), rest);
    const std::span<T> delta(grouped<T>(delta_.data()), size);
    problem.begin_tangent(group.first, base.before(),
                          std::span<const T>(grouped<T>(before_.data() + begin), size),
                          std::span<T>(grouped<T>(f0_.data() + begin), size));
    std::fill(rho_sum.begin(), rho_sum.end(), T{});
    std::fill(rho, rho + rest, T{});  // at the start there is no remainder
    for (std::size_t i = 0; i < stages; ++i) {
      ((i == I ? sums<I>(group) : void()), ...);
      if (i > 0) {
        ((i == I ? increments<I>(k, delta, std::make_index_sequence<I>{}) : void()), ...);
        problem.remainder_tangent(Values(values_.data() + i * stride, size),
                                  std::span<const T>(delta), std::span<T>(rho + i * rest, rest));
        ((i == I ? sums_of_remainders<I>(width<T> * rest) : void()), ...);
      }
      const std::span<T> r(k + i * stride, size);  // until it is solved in place
      problem.add_jacobian_tangent(base.stage_values(i), std::span<const T>(rho_sum), r);
      problem.solve(r);
    }
  }
  template <std::size_t I>
  void sums(const Group& group) {
    double* const k = numbers(k_.data() + stages_begin(group));
    if constexpr (I % 2 == 0)
      begin_two_sums<Tableau, I>(numbers(f0_.data() + columns_.begin(group)), k, h_, count(group),
                                 std::make_index_sequence<I>{});
    else
      finish_second_sum<Tableau, I>(k, h_, count(group));
  }
  /// D_I where remainders ask for it; `delta` still holds stage I − 1.
  template <std::size_t I, class T, std::size_t... J>
  void increments(const T* k, std::span<T> delta, std::index_sequence<J...>) const {
    if constexpr (I > 0) {
      const std::size_t stride = columns_.rows();
      for (const int n : remainder_states_) {
        if constexpr (Tableau.row_extends_previous(I))
          delta[n] += k[(I - 1) * stride + n];
        else
          delta[n] = (... + (Tableau.a[I][J] * k[J * stride + n]));
      }
    }
  }
  /// @param count  of plain numbers in the remainders of a stage
  template <std::size_t I>
  void sums_of_remainders(std::size_t count) {
    remainder_sums<Tableau, I>(numbers(rho_.data()), numbers(rho_sum_.data()), count,
                               std::make_index_sequence<I>{});
  }

  /// ∂y₁/∂θ and its integral, in one pass over the stages.
  template <std::size_t... J>
  void finish(const Group& group, std::span<Lanes> s, std::span<Lanes> integral,
              std::index_sequence<J...>) const {
    constexpr auto last = stages - 1;
    const std::size_t begin = columns_.begin(group), all = count(group);
    const double* const before = numbers(before_.data() + begin);
    const double* const k = numbers(k_.data() + stages_begin(group));
    double* const after = numbers(s.data() + begin);
    double* const sum = numbers(integral.data() + begin);
    const std::array<double, stages> weights = Tableau.integral_weights();
    const double h = h_;
#pragma GCC ivdep
    for (std::size_t n = 0; n < all; ++n) {
      const double moved =
          before[n] + (... + ((J < last ? Tableau.a[last][J] : 1.0) * k[J * all + n]));
      after[n] = moved;
      sum[n] += h * (0.5 * (before[n] + moved) + (... + (weights[J] * k[J * all + n])));
    }
  }
  template <std::size_t... J>
  void interpolate(double theta, const Group& group, std::span<const Lanes> s, std::span<Lanes> out,
                   std::index_sequence<J...>) const {
    const std::size_t begin = columns_.begin(group), all = count(group);
    const double* const before = numbers(before_.data() + begin);
    const double* const after = numbers(s.data() + begin);
    const double* const k = numbers(k_.data() + stages_begin(group));
    double* const to = numbers(out.data() + begin);
    const std::array<double, stages> weights = Tableau.dense_weights(theta);
#pragma GCC ivdep
    for (std::size_t n = 0; n < all; ++n)
      to[n] = (1.0 - theta) * before[n] + theta * after[n] + (... + (weights[J] * k[J * all + n]));
  }

  int size_, remainder_size_;
  std::vector<int> remainder_states_;
  ColumnGroups columns_;
  AlignedVector<Lanes> k_;  ///< arrays of columns: group by group, stage by stage
  AlignedVector<Lanes> before_, f0_;
  AlignedVector<Lanes> delta_;          ///< D_i of one group
  AlignedVector<Lanes> rho_, rho_sum_;  ///< of one group, the first of every stage
  AlignedVector<double> values_;        ///< Δ_i, shape (stages, rows)
  double h_ = 0.0;
};

}  // namespace lutetia
