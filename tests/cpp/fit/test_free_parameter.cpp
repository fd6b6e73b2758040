// Free parameters: how a coordinate moves values, cycle by cycle, and what cannot be free.
#include "lutetia/fit/free_parameter.hpp"

#include "support/fits.hpp"
#include "support/repeatable.hpp"

namespace lutetia {
namespace {

using namespace testing;
using Transform = FreeParameter::Transform;

const std::string three_cycles =
    one_therapy.substr(0, one_therapy.size() - 1) + ", repeat: {every: 100 h, count: 3}}";

FreeParameter value(const std::string& name, Transform transform = Transform::log) {
  return {.name = name, .parameters = {name}, .transform = transform};
}

FreeParameter factor(const std::vector<std::string>& names, std::vector<double> exponents) {
  return {.name = "factor", .parameters = names, .factor = true, .exponents = std::move(exponents)};
}

std::string refusal(std::vector<FreeParameter> free) {
  static const System system = reference_setup(one_therapy).compiled();
  return message_of<ModelError>([&] { (void)FreeParameters(std::move(free), system, 1); });
}

/// Values of a parameter in every phase of three cycles.
std::vector<double> by_phase(const Repeatable& run, const FittedValues& fitted,
                             const std::string& name) {
  Course course = run.course(fitted.values);
  std::vector<double> out;
  for (const RatePhase& phase :
       rate_phases(fitted.effects, {}, *run.system, fitted.values, run.end, course.schedule))
    out.push_back(phase.values[run.system->parameter_index(name)]);
  return out;
}

}  // namespace

TEST_CASE("a coordinate is the logarithm or logit of its parameter") {
  const Transformed log = transformed(Transform::log, 0.7);
  CHECK(log.value == std::exp(0.7));
  CHECK(log.derivative == log.value);
  const Transformed logit = transformed(Transform::logit, 0.7);
  CHECK_NEAR(std::log(logit.value / (1.0 - logit.value)), 0.7, 1e-15, 0.0);
  auto share = [](double phi) { return transformed(Transform::logit, phi).value; };
  CHECK_NEAR(logit.derivative, slope_of(share, 0.7, 1e-3), 1e-11, 0.0);
}

TEST_CASE("values are set, factors multiply what is set") {
  const System system = reference_setup(one_therapy).compiled();
  const FreeParameters free(
      {value("kidney.receptor_density"), value("hematocrit", Transform::logit),
       factor({"kidney.receptor_density", "spleen.receptor_density"}, {1.0})},
      system, 1);
  const std::vector<double> phi{1.3, -0.2, 0.4};
  const FittedValues fitted = free.values(phi.data());
  const std::vector<double> given = system.parameter_values();
  auto at = [&](const std::string& name) { return fitted.values[system.parameter_index(name)]; };
  CHECK_NEAR(at("kidney.receptor_density"), std::exp(1.7), 1e-15, 0.0);
  CHECK_NEAR(at("hematocrit"), 1.0 / (1.0 + std::exp(0.2)), 1e-15, 0.0);
  CHECK_NEAR(at("spleen.receptor_density"),
             given[system.parameter_index("spleen.receptor_density")] * std::exp(0.4), 1e-15, 0.0);
  CHECK(at("gfr") == given[system.parameter_index("gfr")]);
  CHECK(fitted.effects.empty());  // nothing changes between cycles
}

TEST_CASE("exponents say in which cycles a factor acts") {
  const Repeatable run(reference_setup(three_cycles), {}, 300.0);
  const std::string name = "tumor.receptor_density";
  const double given = run.system->parameter_values()[run.system->parameter_index(name)], phi = 0.3;
  auto factors = [&](const std::vector<double>& exponents) {
    const FreeParameters free({factor({name}, exponents)}, *run.system, 3);
    std::vector<double> out = by_phase(run, free.values(&phi), name);
    for (double& v : out) v = std::log(v / given) / phi;
    return out;
  };
  auto check = [&](const std::vector<double>& exponents, const std::vector<double>& expected) {
    const std::vector<double> found = factors(exponents);
    REQUIRE(found.size() == expected.size());
    for (std::size_t c = 0; c < found.size(); ++c) CHECK_NEAR(found[c], expected[c], 0.0, 1e-13);
  };
  check({0.0, 1.0, 2.0}, {0.0, 1.0, 2.0});
  check({0.0, 1.0}, {0.0, 1.0, 1.0});  // the last holds on
  check({0.0, 1.0, 0.0}, {0.0, 1.0, 0.0});
  check({2.0, 1.0, 0.5}, {2.0, 1.0, 0.5});
  check({1.0, 1.0, 1.0}, {1.0});
  check({}, {0.0});
}

TEST_CASE("a factor of zero still has phases to differentiate by") {
  const Repeatable run(reference_setup(three_cycles), {}, 300.0);
  const FreeParameters free({factor({"tumor.receptor_density"}, {0.0, 1.0, 2.0})}, *run.system, 3);
  const double phi = 0.0;
  const FittedValues fitted = free.values(&phi);
  Course course = run.course();
  const auto phases =
      rate_phases(fitted.effects, {}, *run.system, fitted.values, run.end, course.schedule);
  REQUIRE(phases.size() == 3);
  const auto directions = free.directions(&phi, phases, course.schedule.cycle_starts);
  const double density = fitted.values[run.system->parameter_index("tumor.receptor_density")];
  REQUIRE(directions.size() == 1);
  CHECK(directions[0].at(0).by_phase == std::vector<double>{0.0, density, 2.0 * density});
}

TEST_CASE("directions are the derivatives of the values of every phase") {
  const Repeatable run(reference_setup(three_cycles), {}, 300.0);
  const std::vector<std::string> names{"tumor.receptor_density", "kidney.receptor_density",
                                       "hematocrit"};
  const FreeParameters free(
      {value(names[0]), value(names[2], Transform::logit), factor({names[0], names[1]}, {1.0, 3.0}),
       factor({names[0]}, {0.0, 1.0, 0.0})},
      *run.system, 3);
  const VectorXd phi{{1.1, -0.3, 0.2, -0.1}};
  auto phases_at = [&](const VectorXd& at) {
    const FittedValues fitted = free.values(at.data());
    Course course = run.course(fitted.values);
    return std::pair(
        rate_phases(fitted.effects, {}, *run.system, fitted.values, run.end, course.schedule),
        course.schedule.cycle_starts);
  };
  const auto [phases, starts] = phases_at(phi);
  REQUIRE(phases.size() == 3);
  const auto directions = free.directions(phi.data(), phases, starts);
  for (int d = 0; d < 4; ++d)
    for (const std::string& name : names)
      for (std::size_t k = 0; k < 3; ++k) {
        const int p = run.system->parameter_index(name);
        double found = 0.0;
        for (const ParameterChange& change : directions[d])
          if (change.parameter == p) found += change.by_phase[k];
        auto along = [&](double step) {
          return phases_at(phi + step * VectorXd::Unit(4, d)).first[k].values[p];
        };
        CHECK_NEAR(found, slope_of(along, 0.0, 1e-3), 1e-10, 1e-12);
      }
}

TEST_CASE("parameters that cannot be free are listed together") {
  const std::string message = refusal({value("kidney.receptor_densty"), value("serum_flow"),
                                       value("gfr_ckd_epi"), value("gfr"), value("gfr")});
  CHECK_CONTAINS(message,
                 "no parameter 'kidney.receptor_densty' to fit; did you mean "
                 "'kidney.receptor_density'?");
  CHECK_CONTAINS(message,
                 "'serum_flow' is computed; it cannot be fitted; fit what it is computed from");
  CHECK_CONTAINS(message, "nothing in this run depends on 'gfr_ckd_epi'; leave it out");
  CHECK_CONTAINS(message,
                 "'gfr' is fitted twice; one coordinate gives its value; others may be factors of "
                 "it");
}

TEST_CASE("only a share has a logit") {
  CHECK(refusal({value("hematocrit", Transform::logit)}) == "accepted");
  CHECK_CONTAINS(refusal({value("weight", Transform::logit)}),
                 "'weight' is no share between 0 and 1, found 71");
}

TEST_CASE("a value is of one parameter, a factor of one or more") {
  FreeParameter two = value("gfr");
  two.parameters.push_back("weight");
  CHECK_CONTAINS(refusal({two}),
                 "'gfr' gives values to 2 parameters; a value is of one, a factor may be of more");
  CHECK_CONTAINS(refusal({{.name = "none"}}), "'none' gives values to 0 parameters");
  CHECK_CONTAINS(refusal({{.name = "none", .factor = true}}), "'none' is a factor of nothing");
}

}  // namespace lutetia
