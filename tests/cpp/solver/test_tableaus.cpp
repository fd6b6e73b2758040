// The coefficient tables satisfy the equations that define them.
//
// Transformed and original form (Hairer & Wanner II, IV.7): C = diag(1/γ) − Γ⁻¹, a = α Γ⁻¹, m = b
// Γ⁻¹, with Γ holding γ_ij and γ. With β = α + Γ, c_i = Σ α_ij and d_i = Σ γ_ij, the order
// conditions up to four are those of table IV.7.1, written with the diagonal included.
#include "lutetia/solver/tableaus.hpp"

#include "support/near.hpp"
#include "support/problems.hpp"

namespace lutetia {
namespace {

using namespace testing;

template <const auto& Tableau>
struct Method {
  static constexpr const auto& tableau = Tableau;
};
using Rodas5p = Method<rodas5p>;
using Rodas4p = Method<rodas4p>;

struct Coefficients {
  Matrix alpha, gamma, beta;
  Vector b, embedded;  ///< weights of the solution and of the embedded one
};

template <class T>
Coefficients original_form(const T& tableau) {
  constexpr int s = static_cast<int>(T::stages);
  Matrix a = Matrix::Zero(s, s), inverse = Matrix::Identity(s, s) / tableau.gamma;
  for (int i = 0; i < s; ++i)
    for (int j = 0; j < i; ++j) {
      a(i, j) = tableau.a[i][j];
      inverse(i, j) = -tableau.C[i][j];
    }
  Coefficients out;
  out.gamma = inverse.inverse();
  out.alpha = a * out.gamma;
  out.beta = out.alpha + out.gamma;
  Vector m = a.row(s - 1).transpose();
  out.embedded = out.gamma.transpose() * m;
  m[s - 1] = 1.0;
  out.b = out.gamma.transpose() * m;
  return out;
}

/// Largest defect of the conditions up to an order.
double defect(const Coefficients& k, const Vector& b, int order) {
  const Vector one = Vector::Ones(b.size()), c = k.alpha * one, bc = k.beta * one;
  const Vector c2 = c.cwiseProduct(c), c3 = c2.cwiseProduct(c);
  std::vector<std::pair<double, double>> pairs{{b.sum(), 1.0}};
  if (order >= 2) pairs.emplace_back(b.dot(bc), 1.0 / 2.0);
  if (order >= 3)
    pairs.insert(pairs.end(), {{b.dot(c2), 1.0 / 3.0}, {b.dot(k.beta * bc), 1.0 / 6.0}});
  if (order >= 4)
    pairs.insert(pairs.end(), {{b.dot(c3), 1.0 / 4.0},
                               {b.dot(c.cwiseProduct(k.alpha * bc)), 1.0 / 8.0},
                               {b.dot(k.beta * c2), 1.0 / 12.0},
                               {b.dot(k.beta * (k.beta * bc)), 1.0 / 24.0}});
  double worst = 0.0;
  for (const auto& [found, expected] : pairs) worst = std::max(worst, std::abs(found - expected));
  return worst;
}

// Coefficients are given to 16 digits and reach 150; products of two or three of them cancel to
// order one.
constexpr double rounding = 1e-11;

}  // namespace

TEST_CASE_TEMPLATE("the abscissas are the row sums of the stages", M, Rodas5p, Rodas4p) {
  const Coefficients k = original_form(M::tableau);
  for (std::size_t i = 0; i < M::tableau.stages; ++i) {
    CAPTURE(i);
    CHECK_NEAR(k.alpha.row(static_cast<int>(i)).sum(), M::tableau.c[i], 0.0, rounding);
    CHECK_NEAR(k.gamma.row(static_cast<int>(i)).sum(), M::tableau.d[i], 0.0, rounding);
  }
}

TEST_CASE_TEMPLATE("the weights satisfy the order conditions up to four", M, Rodas5p, Rodas4p) {
  const Coefficients k = original_form(M::tableau);
  CHECK_NEAR(defect(k, k.b, std::min(4, M::tableau.order)), 0.0, 0.0, rounding);
}

TEST_CASE_TEMPLATE("the embedded weights satisfy the conditions of their order and no more", M,
                   Rodas5p, Rodas4p) {
  const Coefficients k = original_form(M::tableau);
  CHECK_NEAR(defect(k, k.embedded, M::tableau.error_order), 0.0, 0.0, rounding);
  if (M::tableau.error_order < 4) CHECK(defect(k, k.embedded, M::tableau.error_order + 1) > 1e-4);
}

// The last two rows repeat each other but for one weight of 1: the solution is its own last stage.
TEST_CASE_TEMPLATE("the methods are stiffly accurate and damp at infinity", M, Rodas5p, Rodas4p) {
  constexpr std::size_t last = M::tableau.stages - 1;
  CHECK(M::tableau.c[last] == 1.0);
  CHECK(M::tableau.d[last] == 0.0);
  const Coefficients k = original_form(M::tableau);
  for (std::size_t j = 0; j <= last; ++j)
    CHECK_NEAR(k.b[static_cast<int>(j)], k.beta(static_cast<int>(last), static_cast<int>(j)), 0.0,
               rounding);
  // R(∞) = 1 − b β⁻¹ 1
  const Vector one = Vector::Ones(static_cast<int>(last) + 1);
  CHECK_NEAR(1.0 - k.b.dot(k.beta.inverse() * one), 0.0, 0.0,
             1e-9);  // β⁻¹ has entries of order 1e3
}

TEST_CASE_TEMPLATE("the weights of the integral are those of the interpolant", M, Rodas5p,
                   Rodas4p) {
  constexpr auto weights = M::tableau.integral_weights();
  for (std::size_t j = 0; j < weights.size(); ++j) {
    double expected = 0.0;
    for (std::size_t m = 0; m < M::tableau.H.size(); ++m)  // ∫θ^(m+1)(1−θ) dθ by its two parts
      expected += M::tableau.H[m][j] * (1.0 / (m + 2.0) - 1.0 / (m + 3.0));
    CHECK_NEAR(weights[j], expected, 1e-14, 1e-15);
  }
}

// (I + a) r = f₀ 1 + (C + a/γ) k/h + ρ + h d ∂f/∂t, solved for r by an elimination of its own.
TEST_CASE_TEMPLATE("the weights of a stage's right-hand side solve their triangular system", M,
                   Rodas5p, Rodas4p) {
  constexpr int s = static_cast<int>(M::tableau.stages);
  Matrix a = Matrix::Zero(s, s), c = Matrix::Zero(s, s), m(s, s), of_stages(s, s);
  Vector d(s), of_start(s), of_time(s);
  const auto m_table = M::tableau.of_remainders(), stages_table = M::tableau.of_stages();
  const auto start_table = M::tableau.of_start(), time_table = M::tableau.combined(M::tableau.d);
  for (int i = 0; i < s; ++i) {
    for (int j = 0; j < i; ++j) {
      a(i, j) = M::tableau.a[i][j];
      c(i, j) = M::tableau.C[i][j];
    }
    for (int j = 0; j < s; ++j) {
      m(i, j) = m_table[i][j];
      of_stages(i, j) = stages_table[i][j];
      if (j > i) CHECK(m(i, j) == 0.0);
      if (j >= i) CHECK(of_stages(i, j) == 0.0);
    }
    d[i] = M::tableau.d[i];
    of_start[i] = start_table[i];
    of_time[i] = time_table[i];
  }
  const Matrix unit = Matrix::Identity(s, s), left = unit + a;
  auto worst = [](const Matrix& difference) { return difference.cwiseAbs().maxCoeff(); };
  CHECK_NEAR(worst(left * m - unit), 0.0, 0.0, rounding);
  CHECK_NEAR(worst(m * left - unit), 0.0, 0.0, rounding);
  CHECK_NEAR(worst(left * of_start - Vector::Ones(s)), 0.0, 0.0, rounding);
  CHECK_NEAR(worst(left * of_time - d), 0.0, 0.0, rounding);
  CHECK_NEAR(worst(left * of_stages - (c + a / M::tableau.gamma)), 0.0, 0.0, rounding);
  // A stage that adds the one before it to its state takes a difference of two, without rounding.
  REQUIRE(M::tableau.row_extends_previous(s - 1));
  for (int i = 0; i < s; ++i)
    if (M::tableau.row_extends_previous(i))
      for (int j = 0; j < s; ++j) CHECK(m(i, j) == (j == i ? 1.0 : j == i - 1 ? -1.0 : 0.0));
}

}  // namespace lutetia
