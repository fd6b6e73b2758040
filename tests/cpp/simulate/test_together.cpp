#include "lutetia/simulate/together.hpp"

#include <doctest/doctest.h>

#include "support/models.hpp"
#include "support/near.hpp"

namespace lutetia {
namespace {

using namespace testing;

/// Members of one system that clear at different rates.
struct Members {
  std::shared_ptr<const System> system;
  std::vector<TogetherMember> all;
};
Members members_of(const std::vector<double>& clearances) {
  const Setup setup =
      setup_of(one_compartment, "{infusion: dotatate, amount: 10 nmol, duration: 1 h}");
  Members out{std::make_shared<const System>(setup.compiled()), {}};
  for (const double clearance : clearances) {
    std::vector<double> values = out.system->parameter_values();
    values[out.system->parameter_index("clearance")] = clearance;
    Rates rates = out.system->rates<double>(values);
    Schedule schedule = expand(setup.regimen, *out.system, rates);
    out.all.push_back({{{-1e300, std::move(rates), {}, {}}}, std::move(schedule)});
  }
  return out;
}

TEST_CASE("together they are what they are alone") {
  const Members members = members_of({0.5, 1.0, 2.0, 4.0});
  const std::vector<double> times{0.5, 2.0, 10.0};
  const SimulationOptions options;
  const auto together = simulate_together(members.system, members.all, times, 20.0, options);
  REQUIRE(together.size() == 4);
  WorstError worst;
  for (std::size_t m = 0; m < 4; ++m) {
    const TogetherMember& member = members.all[m];
    const Trajectory alone =
        simulate(members.system, member.phases, member.schedule, times, 20.0, options);
    for (std::size_t i = 0; i < alone.states.size(); ++i)
      worst.add(together[m].states[i], alone.states[i], 10.0, text("member ", m));
    for (std::size_t i = 0; i < alone.integrals.size(); ++i)
      worst.add(together[m].integrals[i], alone.integrals[i], 100.0, text("integral of ", m));
  }
  CHECK_WORST(worst, options.rtol);
  CHECK(together[0].last_state != together[3].last_state);
}

TEST_CASE("who cannot run together is refused") {
  Members members = members_of({1.0, 1.0, 1.0, 1.0, 1.0});
  auto message = [&] {
    return message_of<std::invalid_argument>(
        [&] { (void)simulate_together(members.system, members.all, {}, 20.0); });
  };
  CHECK(message() == "at most 4 members can run together, found 5");
  members.all.pop_back();
  CHECK(message() == "accepted");
  members.all[2].schedule.events.back().time += 0.5;
  CHECK(message() == "members that run together must stop at the same times");
  members.all[2] = members.all[1];
  members.all[3].phases.front().start = 0.0;
  CHECK(message() == "members that run together must stop at the same times");
}

}  // namespace
}  // namespace lutetia
