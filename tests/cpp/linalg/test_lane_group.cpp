#include "lutetia/linalg/lane_group.hpp"

#include <doctest/doctest.h>

#include <vector>

namespace lutetia {
namespace {

/// Numbers first, first + step, …
template <int Count>
LaneGroup<Count> counted(double first, double step) {
  LaneGroup<Count> out;
  for (int n = 0; n < width<LaneGroup<Count>>; ++n)
    out.parts[n / lane_count].set(n % lane_count, first + step * n);
  return out;
}

/// Every number of `found` is f of the same numbers of a and b, to the bit.
template <int Count, class F>
void check_each(const LaneGroup<Count>& found, const F& f, const LaneGroup<Count>& a,
                const LaneGroup<Count>& b) {
  for (int p = 0; p < Count; ++p)
    for (int l = 0; l < lane_count; ++l) {
      CAPTURE(p);
      CAPTURE(l);
      CHECK(found.parts[p][l] == f(a.parts[p][l], b.parts[p][l]));
    }
}

}  // namespace

TEST_CASE_TEMPLATE("groups compute as their numbers would", Group, LaneGroup<2>, LaneGroup<3>,
                   LaneGroup<5>) {
  constexpr int count = width<Group> / lane_count;
  CHECK(sizeof(Group) == width<Group> * sizeof(double));
  const Group a = counted<count>(0.3, 1.7), b = counted<count>(5.0, -0.9);
  check_each(
      a + b, [](double x, double y) { return x + y; }, a, b);
  check_each(
      a - b, [](double x, double y) { return x - y; }, a, b);
  check_each(
      2.5 * a, [](double x, double) { return 2.5 * x; }, a, b);
  check_each(
      a * 2.5, [](double x, double) { return 2.5 * x; }, a, b);
  Group c = a;
  c += b;
  c -= 3.0 * a;
  check_each(
      c, [](double x, double y) { return (x + y) - 3.0 * x; }, a, b);
  CHECK_FALSE(any_nonzero(a - a));
}

TEST_CASE("one number that is not zero is found anywhere") {
  for (int n = 0; n < width<LaneGroup<3>>; ++n) {
    CAPTURE(n);
    LaneGroup<3> x{};
    CHECK_FALSE(any_nonzero(x));
    part(x, n / lane_count).set(n % lane_count, -1e-300);
    CHECK(any_nonzero(x));
  }
}

TEST_CASE("an array of lanes is one of groups and of numbers") {
  std::vector<Lanes> lanes(6);
  for (int n = 0; n < 24; ++n) lanes[n / lane_count].set(n % lane_count, n);
  const double* const all = numbers(lanes.data());
  const LaneGroup<3>* const groups = grouped<LaneGroup<3>>(lanes.data());
  for (int n = 0; n < 24; ++n) {
    CAPTURE(n);
    CHECK(all[n] == n);
    CHECK(groups[n / 12].parts[n % 12 / lane_count][n % lane_count] == n);
  }
  CHECK(&part(lanes[1], 0) == &lanes[1]);
}

}  // namespace lutetia
