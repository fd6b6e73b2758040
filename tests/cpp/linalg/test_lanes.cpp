#include "lutetia/linalg/lanes.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cstdint>
#include <limits>

namespace lutetia {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

Lanes lanes_of(const std::array<double, lane_count>& values) {
  Lanes out;
  for (int l = 0; l < lane_count; ++l) out.set(l, values[l]);
  return out;
}

/// Every lane of `found` is f of the same lane of a and b, to the bit.
template <class F>
void check_lane_by_lane(const Lanes& found, const F& f, const Lanes& a, const Lanes& b) {
  for (int l = 0; l < lane_count; ++l) {
    CAPTURE(l);
    CHECK(found[l] == f(a[l], b[l]));
  }
}

std::uintptr_t address(const void* p) { return reinterpret_cast<std::uintptr_t>(p); }

}  // namespace

TEST_CASE("lanes compute as four numbers would") {
  const Lanes a = lanes_of({1.0, -2.0, 0.3, 1e300}), b = lanes_of({3.0, 0.7, -0.3, 1e-3});
  check_lane_by_lane(
      a + b, [](double x, double y) { return x + y; }, a, b);
  check_lane_by_lane(
      a - b, [](double x, double y) { return x - y; }, a, b);
  check_lane_by_lane(
      a * b, [](double x, double y) { return x * y; }, a, b);
  check_lane_by_lane(
      a / b, [](double x, double y) { return x / y; }, a, b);
  check_lane_by_lane(
      -a, [](double x, double) { return -x; }, a, b);
  check_lane_by_lane(
      2.0 * a, [](double x, double) { return 2.0 * x; }, a, b);
  check_lane_by_lane(
      1.0 / a, [](double x, double) { return 1.0 / x; }, a, b);
  check_lane_by_lane(
      magnitude(a), [](double x, double) { return std::abs(x); }, a, b);
  check_lane_by_lane(
      larger(a, b), [](double x, double y) { return std::max(x, y); }, a, b);
  check_lane_by_lane(
      smaller(a, b), [](double x, double y) { return std::min(x, y); }, a, b);
  // Every argument is taken from the lane of the result.
  const auto four = [](double w, double x, double y, double z) { return w / x - y / z; };
  check_lane_by_lane(
      lanewise(four, a, b, -b, a), [&](double x, double y) { return four(x, y, -y, x); }, a, b);
  Lanes c = a;
  c += b;
  c -= 2.0;
  c *= b;
  check_lane_by_lane(
      c, [](double x, double y) { return (x + y - 2.0) * y; }, a, b);
}

TEST_CASE("the largest and the smallest are found in any lane, and what is no number stays") {
  for (int l = 0; l < lane_count; ++l) {
    CAPTURE(l);
    Lanes x = lanes_of({-1.0, 2.0, -3.0, 4.0});
    x.set(l, 5.0);
    CHECK(largest(x) == 5.0);
    x.set(l, -5.0);
    CHECK(smallest(x) == -5.0);
    x.set(l, infinity);
    CHECK(largest(x) == infinity);
    x.set(l, nan);
    CHECK(std::isnan(largest(x)));
    CHECK(std::isnan(smallest(x)));
  }
}

TEST_CASE("one lane that is not finite is enough") {
  CHECK(all_finite(lanes_of({-1e300, 0.0, 1e-300, 1e300})));
  for (int l = 0; l < lane_count; ++l)
    for (const double bad : {infinity, -infinity, nan}) {
      CAPTURE(l);
      CAPTURE(bad);
      Lanes x = lanes_of({1.0, -2.0, 3.0, 0.0});
      x.set(l, bad);
      CHECK_FALSE(all_finite(x));
      x.set((l + 1) % lane_count, -bad);  // opposite infinities do not cancel
      CHECK_FALSE(all_finite(x));
    }
}

// What an allocator returns by chance is aligned to 16 bytes: many sizes do not fall right by luck.
TEST_CASE("lanes are aligned as their instructions want, wherever they are kept") {
  CHECK(sizeof(Lanes) == 32);
  CHECK(alignof(Lanes) == 32);
  std::vector<std::vector<Lanes>> plain;
  std::vector<AlignedVector<Lanes>> aligned;
  std::vector<AlignedVector<double>> numbers;
  std::vector<std::vector<char>> between;
  for (std::size_t size = 1; size <= 40; ++size) {
    plain.emplace_back(size);
    between.emplace_back(16 * size + 1);
    aligned.emplace_back(size);
    numbers.emplace_back(size);
    CAPTURE(size);
    CHECK(address(plain.back().data()) % 32 == 0);
    CHECK(address(aligned.back().data()) % 64 == 0);
    CHECK(address(numbers.back().data()) % 64 == 0);
  }
}

}  // namespace lutetia
