// How fast is this package, and against what?
//
//   bench [result.json]
//
// All questions are about the standard course (4 cycles x 7.4 GBq of 177Lu-DOTATATE with amino
// acids, 6 lesions, 50 outputs per cycle in 20 regions and their time-integrated activities). Times
// are processor times of one core unless they say otherwise. Exit code 1: more work than its
// budget, an error above its limit, or a ratio within this run beyond its gate. Times themselves
// depend on the machine: they are compared with what was hoped for, not judged.

#include <cstdio>
#include <fstream>

#include "lutetia/core/text.hpp"
#include "questions.hpp"

namespace lutetia::bench {
namespace {

constexpr int repeats = 9;
constexpr double hoped_compile_ms = 20.0;

/// From model files to a system with its rates.
Section compilation() {
  const auto ms = turn_by_turn(repeats, {[] {
                                 const Case c = reference_case(LUTETIA_MODELS);
                                 const Substances& s = c.substances;
                                 const System system = compile(c.model, c.patients.front(),
                                                               s.ligands, s.nuclides, s.structure);
                                 system.check(system.rates());
                               }});
  const Timing time = summary(ms.front());
  std::printf("From files to a system: %.1f ms (%.1f to %.1f)\n", time.median, time.least,
              time.most);
  return {"compilation",
          {{"time", json(time)}},
          {{"compile the reference model from files [ms]", time.median, false, hoped_compile_ms,
            Gate::Kind::guidance}}};
}

int run(int argc, char** argv) {
  const Library library(LUTETIA_MODELS);
  const Case reference = reference_case(LUTETIA_MODELS);
  const Workload work = workload_of(reference);
  std::printf(
      "%d states, %d nonzeros, %d in L + U, %zu outputs of %zu regions, instructions %s\n\n",
      work.system->size(), work.system->pattern().nonzeros(), work.system->symbolic_lu().nonzeros(),
      work.times.size(), work.regions.size(), to_string(chosen_instructions()).c_str());
  Fields results{{"case", quoted(reference.name)},
                 {"instructions", quoted(to_string(chosen_instructions()))}};
  std::vector<Gate> gates;
  auto add = [&](Section section) {
    results.emplace_back(section.name, object(section.results));
    gates.insert(gates.end(), section.gates.begin(), section.gates.end());
    std::printf("\n");
    std::fflush(stdout);
  };
  add(one_patient(work));
  add(derivatives(work));
  add(fits(library, reference));
  add(many_patients(library, reference));
  add(many_lesions(reference));
  add(instruction_sets(work));
  add(compilation());
  std::printf("What is asked\n");
  print(gates);
  bool failed = false;
  std::vector<std::string> verdicts;
  for (const Gate& gate : gates) {
    failed = failed || (gate.kind == Gate::Kind::judged && !gate.held());
    verdicts.push_back(json(gate));
  }
  results.emplace_back("gates", array(verdicts));
  if (argc > 1) std::ofstream(argv[1]) << object(results) << '\n';
  return failed ? 1 : 0;
}

}  // namespace
}  // namespace lutetia::bench

int main(int argc, char** argv) { return lutetia::bench::run(argc, argv); }
