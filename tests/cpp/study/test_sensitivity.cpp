// Derivatives by name: what the names mean, and that activity, time-integrated activity and
// absorbed dose follow their differences and dual numbers.
#include "lutetia/study/sensitivity.hpp"

#include "lutetia/study/derivative_check.hpp"
#include "support/repeatable.hpp"

namespace lutetia {
namespace {

using namespace testing;

NamedDirections named(const std::string& administrations, const std::vector<std::string>& names,
                      Schedule* schedule = nullptr) {
  const Setup setup = reference_setup(administrations);
  const PreparedRun run =
      prepare_run(setup.model, setup.patient, setup.regimen, setup.substances, {});
  if (schedule) *schedule = run.schedule;
  return named_directions(names, *run.system, run.schedule, setup.regimen);
}

void check_all(const Setup& setup, const std::vector<std::string>& names, const RunRequest& request,
               DoseConvention convention) {
  const auto report = check_derivatives(library(), setup.model, setup.patient, setup.regimen,
                                        setup.substances, names, request, convention);
  CHECK(report.size() == 3 * names.size());
  WorstError dual, difference;
  for (const DerivativeCheck& row : report) {
    const std::string what = text(row.observable, " of ", row.where, " by ", row.direction);
    CHECK_MESSAGE(row.passed, what);
    dual.add(row.dual_error, 0.0, 1.0, what);
    difference.add(row.difference_error, 0.0, 1.0, what);
  }
  CHECK_WORST(dual, 1e-10);
  CHECK_WORST(difference, 1e-6);
}

}  // namespace

TEST_CASE("fields of an administration are directions of its doses") {
  Schedule schedule;
  const auto out =
      named(protected_therapy,
            {"administration_1.activity", "gfr", "administration_1.amount", "administration_1.at",
             "administration_1.duration", "administration_1.amino_acids.start",
             "administration_1.amino_acids.duration"},
            &schedule);
  REQUIRE(out.names.size() == 7);
  CHECK(out.names[0].name == "gfr");  // parameters come first
  CHECK(out.names[1].name == "administration_1.activity");
  CHECK_NEAR(out.names[1].value.value, 7400.0, 1e-14, 0.0);
  CHECK_NEAR(out.names[2].value.value, 100.0, 1e-14, 0.0);
  CHECK(out.names[3].value.value == 0.0);
  CHECK_NEAR(out.names[4].value.value, 0.5, 1e-14, 0.0);
  CHECK_NEAR(out.names[5].value.value, -0.5, 1e-14, 0.0);
  CHECK_NEAR(out.names[6].value.value, 4.0, 1e-14, 0.0);
  const auto& doses = out.directions.doses;
  CHECK_NEAR(doses[0].at(0).labeled_amount * 7400.0,
             schedule.given[therapy_of(schedule)].labeled_amount, 1e-14, 0.0);
  CHECK(doses[0].at(0).amount == 0.0);
  CHECK(doses[1].at(0).amount == 1.0);
  CHECK(doses[2].size() == 3);  // amino acids move along
  CHECK(doses[3].size() == 1);
  CHECK(doses[4].size() == 2);
}

TEST_CASE("an activity takes peptide along where a molar activity says so") {
  Schedule schedule;
  const std::string infusion =
      "{infusion: dotatate, nuclide: Lu-177, activity: 7.4 GBq, duration: 30 min, ";
  auto change = [&](const std::string& more, std::size_t dose) {
    return named(infusion + more + "}", {"administration_1.activity"}, &schedule)
        .directions.doses.at(0)
        .at(dose);
  };
  CHECK_NEAR(change("molar_activity: 74 MBq/nmol", 0).amount, 1.0 / 74.0, 1e-14, 0.0);
  // Unlabeled peptide of its own makes room for the label, or grows with it.
  const DoseChange label = change("amount: 100 nmol, unlabeled_as: dotatoc", 0);
  CHECK(label.amount == label.labeled_amount);
  CHECK(change("amount: 100 nmol, unlabeled_as: dotatoc", 1).amount == -label.labeled_amount);
  CHECK_NEAR(change("molar_activity: 74 MBq/nmol, unlabeled_as: dotatoc", 1).amount,
             1.0 / 74.0 - label.labeled_amount, 1e-13, 0.0);
  CHECK(named(infusion + "amount: 100 nmol, unlabeled_as: dotatoc}", {"administration_1.amount"})
            .directions.doses.at(0)
            .at(0)
            .dose == 1);
}

TEST_CASE("names that are none are listed together") {
  const std::string message = message_of<ModelError>([] {
    (void)named("{bolus: dotatate, amount: 1 nmol}",
                {"kidney.receptor_densty", "administration_2.amount", "administration_1.activity",
                 "administration_1.duration", "administration_1.route"});
  });
  CHECK_CONTAINS(message,
                 "no parameter 'kidney.receptor_densty' to differentiate by; did you mean "
                 "'kidney.receptor_density'?");
  for (const char* name : {"administration_2.amount", "administration_1.activity",
                           "administration_1.duration", "administration_1.route"})
    CHECK_CONTAINS(message,
                   text("this run has no '", name,
                        "' to differentiate by; write the number of an administration and one of "
                        "activity, amino_acids.duration, amino_acids.start, amount, at, duration "
                        "that it has, as in administration_1.at"));
}

TEST_CASE("activity, time-integrated activity and dose follow parameters and the administration") {
  const Setup setup = reference_setup(protected_therapy);
  RunRequest request;
  request.end = 60.0;
  request.times_per_cycle = 12;
  // Sizes of regions change S values; in the tail receptors and rates count.
  check_all(
      setup,
      {"kidney.receptor_density", "k_release_normal", "dotatate.k_on", "kidney.volume",
       "tumor.volume", "weight", "administration_1.activity", "administration_1.amount",
       "administration_1.at", "administration_1.duration", "administration_1.amino_acids.start"},
      request, DoseConvention::s_values);
  check_all(setup, {"spleen.volume", "tumor.volume"}, request, DoseConvention::local_electrons);
}

TEST_CASE("the dose of each cycle follows its own mass and start") {
  Setup setup = reference_setup(one_therapy.substr(0, one_therapy.size() - 1) +
                                ", repeat: {every: 150 h, count: 2}}");
  setup.patient.cycle_effects = parsed(
      "[{parameter: tumor.volume, term: free_per_cycle, factors: [1, 0.7]}]",
      [](const Node& node, Problems& problems) { return read_cycle_effects(&node, problems); });
  RunRequest request;
  request.end = 400.0;
  request.times_per_cycle = 8;
  check_all(setup, {"tumor.volume", "administration_2.at", "administration_1.at"}, request,
            DoseConvention::s_values);
}

TEST_CASE("tails differ by their kind, and so do their derivatives") {
  const Setup setup = reference_setup(one_therapy);
  RunRequest request;
  request.end = 100.0;
  request.times.emplace();
  const auto [run, s, names] =
      run_with_sensitivities(setup.model, setup.patient, setup.regimen, setup.substances,
                             {"administration_1.activity"}, request);
  // All label scales with the activity; peptide stays, so time-integrated activity is linear in it.
  for (const Tail tail : {Tail::none, Tail::physical, Tail::linear}) {
    const auto tia = time_integrated_activity(run, tail);
    const auto derivative = tia_derivatives(run, s, tail);
    REQUIRE(derivative.size() == 1);
    WorstError linear;
    for (std::size_t r = 0; r < tia[0].regions.size(); ++r)
      if (tia[0].values[r] > 0.0) {
        linear.add(7400.0 * derivative[0].values[r], tia[0].values[r], tia[0].values[r],
                   tia[0].regions[r]);
        linear.add(7400.0 * derivative[0].tail[r], tia[0].tail[r], tia[0].values[r],
                   tia[0].regions[r]);
      }
    CHECK_WORST(linear, 1e-12);
  }
}

}  // namespace lutetia
