#include "lutetia/simulate/together.hpp"

#include <doctest/doctest.h>

#include "lutetia/simulate/problem.hpp"
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
  members.all[3] = members.all[1];
  members.all[3].schedule.cycle_starts = {0.5};  // marks are written where a cycle begins
  CHECK(message() == "members that run together must stop at the same times");
  members.all.clear();
  CHECK(simulate_together(members.system, members.all, {}, 20.0).empty());
}

/// What members of one course may differ in.
struct Person {
  double gfr, receptors, amount, lysine, voided, shrinks;
};
const std::vector<Person> four_people{{6.0, 40.0, 100.0, 171.0, 0.9, 0.8},
                                      {3.0, 90.0, 200.0, 80.0, 0.8, 0.9},
                                      {7.5, 10.0, 50.0, 250.0, 1.0, 0.5},
                                      {4.0, 60.0, 150.0, 20.0, 0.7, 1.1}};

/// Two cycles with amino acids, a bladder that is voided, a lesion that changes from cycle to cycle
/// and a bolus of another ligand.
class CourseOfFour {
 public:
  explicit CourseOfFour(const std::vector<Person>& people) {
    for (const Person& person : people) {
      const Setup setup = setup_for(person);
      if (!system) system = std::make_shared<const System>(setup.compiled());
      std::vector<double> values = system->parameter_values();
      values[system->parameter_index("gfr")] = person.gfr;
      values[system->parameter_index("tumor.receptor_density")] = person.receptors;
      values[system->parameter_index("voided_fraction")] = person.voided;
      const Rates rates = system->rates<double>(values);
      Schedule schedule = expand(setup.regimen, *system, rates);
      add_voids(schedule, *system, rates, end);
      auto phases = rate_phases(setup.patient.cycle_effects, {}, *system, values, end, schedule);
      members.push_back({std::move(phases), std::move(schedule)});
    }
  }

  std::vector<Trajectory> together(const SimulationOptions& options = {}) const {
    return simulate_together(system, members, times, end, options);
  }
  Trajectory alone(std::size_t m, const SimulationOptions& options = {}) const {
    return simulate(system, members[m].phases, members[m].schedule, times, end, options);
  }

  std::shared_ptr<const System> system;
  std::vector<TogetherMember> members;
  double end = 300.0;  ///< [h]
  /// The end of an infusion, a bolus, a void and the second cycle are events.
  std::vector<double> times{0.25, 0.5, 1.0, 2.0, 5.0, 24.0, 100.0, 168.0, 168.5, 200.0, 300.0};

 private:
  static Setup setup_for(const Person& person) {
    Setup out = reference_setup(
        text("{infusion: dotatate, nuclide: Lu-177, activity: 7.4 GBq, amount: ", person.amount,
             " nmol, duration: 30 min, amino_acids: {start: 0 min, duration: 4 h, amounts: "
             "{lysine: ",
             person.lysine,
             " mmol, arginine: 144 mmol}}, repeat: {every: 168 h, count: 2}}, "
             "{bolus: octreotide, amount: 20 nmol, at: 2 h}"),
        "reference_male", {"bladder"});
    out.patient.cycle_effects = parsed(
        text("[{parameter: tumor.volume, term: per_cycle_factor, factor: ", person.shrinks, "}]"),
        [](const Node& node, Problems& problems) { return read_cycle_effects(&node, problems); });
    return out;
  }
};

std::vector<Person> first(std::size_t count) {
  return {four_people.begin(), four_people.begin() + static_cast<std::ptrdiff_t>(count)};
}

/// Largest difference of states, integrals and last state, in what the error of a step is measured
/// in: a CHECK against rtol allows the tolerance of one step.
WorstError difference(const Trajectory& found, const Trajectory& expected, std::size_t member) {
  const std::vector<double> scale =
      state_scales(*expected.system, expected.schedule, expected.rates());
  WorstError out;
  auto compare = [&](const std::vector<double>& a, const std::vector<double>& b, double factor,
                     const char* what) {
    REQUIRE(a.size() == b.size());
    for (std::size_t i = 0; i < a.size(); ++i) {
      const std::size_t state = i % scale.size();
      const double unit = factor * SimulationOptions{}.atol_fraction * scale[state];
      out.add(a[i], b[i], unit + std::abs(b[i]),
              text("member ", member, ' ', what, ' ', expected.system->state_names()[state]));
    }
  };
  compare(found.states, expected.states, 1.0, "state");
  compare(found.integrals, expected.integrals, expected.end, "integral");
  compare(found.last_state, expected.last_state, 1.0, "last state");
  return out;
}

// Both ways of running err by their tolerance in every step, but errors of early steps decay and
// steps in company are at most as long as those of the member that needs the shortest.
TEST_CASE("members of unlike courses are what they are alone, however many go along") {
  for (std::size_t count = 1; count <= together_at_most; ++count) {
    CAPTURE(count);
    const CourseOfFour course(first(count));
    const SimulationOptions options;
    const auto runs = course.together(options);
    REQUIRE(runs.size() == count);
    for (std::size_t m = 0; m < count; ++m) {
      const WorstError worst = difference(runs[m], course.alone(m, options), m);
      CHECK_WORST(worst, options.rtol);
      CHECK(runs[m].mass_balance.total <= 1e-11);
      CHECK(runs[m].mass_balance.labeled <= 1e-11);
      CHECK(runs[m].marks == course.alone(m, options).marks);
    }
    for (std::size_t m = 1; m < count; ++m)  // they do differ
      CHECK_FALSE(difference(runs[m], runs[0], m).within(1e-3));
  }
}

// What is no member repeats the last, so it asks for no other steps.
TEST_CASE("lanes that are left change nothing") {
  const CourseOfFour two(first(2)),
      filled({four_people[0], four_people[1], four_people[1], four_people[1]});
  const auto expected = two.together(), found = filled.together();
  CHECK(found[0].counters.accepted == expected[0].counters.accepted);
  for (std::size_t m = 0; m < 4; ++m) {
    CAPTURE(m);
    const Trajectory& same = expected[std::min<std::size_t>(m, 1)];
    CHECK(found[m].states == same.states);
    CHECK(found[m].integrals == same.integrals);
    CHECK(found[m].last_state == same.last_state);
    CHECK(found[m].mass_balance.labeled == same.mass_balance.labeled);
  }
}

TEST_CASE("it does not matter which lane a member takes") {
  const CourseOfFour ahead(four_people), back({four_people.rbegin(), four_people.rend()});
  const auto a = ahead.together(), b = back.together();
  CHECK(a[0].counters.accepted == b[0].counters.accepted);
  for (std::size_t m = 0; m < 4; ++m) {
    CAPTURE(m);
    const WorstError worst = difference(b[3 - m], a[m], m);
    CHECK_WORST(worst, 0.0);
  }
}

TEST_CASE("an output at an event shows the wanted side of its jump, for each member") {
  for (const AtEvent side : {AtEvent::before, AtEvent::after}) {
    const CourseOfFour course(four_people);
    const auto runs = course.together({.at_event = side});
    const std::size_t bolus = 3, second = 7;
    REQUIRE((course.times[bolus] == 2.0 && course.times[second] == 168.0));
    for (std::size_t m = 0; m < 4; ++m) {
      CAPTURE(m);
      const bool after = side == AtEvent::after;
      double octreotide = 0.0;
      for (const int s :
           course.system->blocks()[course.system->block_index("octreotide")].amounts())
        octreotide += runs[m].states[bolus * course.system->size() + s];
      CHECK_NEAR(octreotide, after ? 20.0 : 0.0, 1e-14, 0.0);
      const Block& label = course.system->blocks()[course.system->block_index("dotatate")];
      double waiting = 0.0;
      for (const int s : label.reservoirs)
        waiting += runs[m].states[second * course.system->size() + s];
      CHECK_NEAR(waiting, after ? four_people[m].amount : 0.0, 1e-12, 1e-11);
    }
  }
}

TEST_CASE("one member that fails fails them all, in any lane") {
  for (std::size_t bad = 0; bad < 4; ++bad) {
    CAPTURE(bad);
    std::vector<Person> people = four_people;
    people[bad].amount = 1e200;  // its products with receptors overflow
    const CourseOfFour course(people);
    for (std::size_t m = 0; m < 4; ++m)
      if (m != bad && bad == 0) CHECK(course.alone(m).last_state.size() > 0);
    CHECK_THROWS_AS((void)course.alone(bad), SolverError);
    CHECK_THROWS_AS((void)course.together(), SolverError);
  }
}

}  // namespace
}  // namespace lutetia
