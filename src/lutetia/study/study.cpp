#include "lutetia/study/study.hpp"

#include <algorithm>

#include "lutetia/core/text.hpp"
#include "lutetia/system/daughters.hpp"

namespace lutetia {
namespace {

/// Read a library entry; an unknown name is the administration's problem, with its line.
template <class Read>
auto read_entry(const Library& library, const std::string& kind, const std::string& name,
                const Location& where, Problems& problems, const Read& read)
    -> std::optional<decltype(read(std::declval<Node>(), problems))> {
  try {
    const Node node = library.read(kind, name);
    Problems of_file;
    require_schema_version(node, of_file);
    auto out = read(node, of_file);
    for (const Problem& p : of_file.sorted()) problems.add(p);
    return out;
  } catch (const FileError& error) {
    problems.add({.what = error.what(), .where = where});
  } catch (const ModelError& error) {
    for (const Problem& p : error.problems()) problems.add(p);
  }
  return std::nullopt;
}

/// A chain whose head an administration names; what is wrong with its files is a problem.
std::optional<DecayChain> read_chain(const Library& library, const std::string& head,
                                     const Location& where, Problems& problems) {
  const std::size_t before = problems.size();
  DecayChain chain;
  try {
    chain = decay_chain(head, [&](const std::string& name) {
      auto nuclide = read_entry(library, "nuclide", name, where, problems, read_nuclide);
      if (!nuclide) return Nuclide{.name = name, .half_life = {}};
      if (nuclide->name != name)
        problems.add({.what = text("unknown nuclide ", quote(name)),
                      .where = where,
                      .hint = text("did you mean ", quote(nuclide->name), "?")});
      return *nuclide;
    });
  } catch (const ModelError& error) {
    for (const Problem& p : error.problems()) problems.add(p);
  }
  return problems.size() == before ? std::optional(std::move(chain)) : std::nullopt;
}

/// The nuclides of all tracers, in their order: that of time-integrated activities.
void add_nuclides(const std::vector<DecayChain>& chains, Substances& out) {
  for (const Tracer& tracer : out.structure.tracers)
    for (const DecayChain& chain : chains) {
      const int at = chain.index(tracer.nuclide);
      const auto same = [&](const Nuclide& n) { return n.name == tracer.nuclide; };
      if (at >= 0 && std::none_of(out.nuclides.begin(), out.nuclides.end(), same))
        out.nuclides.push_back(chain.members[static_cast<std::size_t>(at)]);
    }
  for (const DecayChain& chain : chains)
    out.left_out.insert(out.left_out.end(), chain.left_out.begin(), chain.left_out.end());
}

/// Peptides protect nobody, and the unlabeled part of a ligand is of its substance.
void check_substances(const Regimen& regimen, const std::vector<Ligand>& ligands,
                      Problems& problems) {
  auto substance = [&](const std::string& name) {
    const auto found = std::find_if(ligands.begin(), ligands.end(),
                                    [&](const Ligand& ligand) { return ligand.name == name; });
    return found == ligands.end() ? std::string() : found->substance;
  };
  for (const Administration& a : regimen.administrations) {
    const std::string own = substance(a.ligand), other = substance(a.unlabeled_as);
    if (a.protects && own == peptide)
      problems.add({.what = text(quote(a.ligand), " is no amino acid"),
                    .where = a.ligand_where,
                    .found = "a peptide",
                    .hint = "give it as an administration of its own"});
    if (!own.empty() && !other.empty() && own != other)
      problems.add({.what = text(quote(a.unlabeled_as), " cannot be the unlabeled part of ",
                                 quote(a.ligand)),
                    .where = a.unlabeled_where,
                    .found = other,
                    .expected = own});
  }
}

}  // namespace

Regimen with_amino_acids(const Library& library, Regimen regimen, Problems& problems) {
  std::vector<Administration> more;
  int number = 0;
  for (Administration& a : regimen.administrations) {
    a.number = ++number;
    if (!a.amino_acids) continue;
    AminoAcids mix;
    if (!a.amino_acids->mix.empty())
      mix = read_entry(library, "amino_acids", a.amino_acids->mix, a.amino_acids->where, problems,
                       read_amino_acids)
                .value_or(AminoAcids{});
    for (Administration& given : given_amino_acids(a, mix)) more.push_back(std::move(given));
    a.amino_acids.reset();
  }
  auto& all = regimen.administrations;
  all.insert(all.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
  std::stable_sort(all.begin(), all.end(), [](const Administration& a, const Administration& b) {
    return a.time < b.time;
  });
  return regimen;
}

Regimen with_amino_acids(const Library& library, Regimen regimen) {
  Problems problems;
  Regimen out = with_amino_acids(library, std::move(regimen), problems);
  problems.throw_if_any();
  return out;
}

Substances read_substances(const Library& library, const Regimen& regimen) {
  Substances out{structure_of(regimen), {}, {}, {}};
  Problems problems;
  auto place = [&](Location Administration::*of, const auto& asks) {
    const auto& all = regimen.administrations;
    const auto a = std::find_if(all.begin(), all.end(), asks);
    return a == all.end() ? Location{} : *a.*of;
  };
  auto read_ligands = [&](const std::vector<std::string>& names, const auto& place_of) {
    for (const std::string& name : names) {
      if (name.empty()) continue;  // reported by the reader of the regimen
      const Location given = place_of(name);
      if (auto ligand = read_entry(library, "ligand", name, given, problems, read_ligand)) {
        ligand->name = name;
        ligand->where = given;  // what is wrong with giving it is wrong where it is given
        out.ligands.push_back(std::move(*ligand));
      }
    }
  };
  read_ligands(out.structure.ligands, [&](const std::string& name) {
    const Location where = place(&Administration::ligand_where,
                                 [&](const Administration& a) { return a.ligand == name; });
    const Location unlabeled =
        place(&Administration::unlabeled_where,
              [&](const Administration& a) { return a.unlabeled_as == name; });
    return where.line || !where.path.empty() ? where : unlabeled;
  });
  check_substances(regimen, out.ligands, problems);
  std::vector<DecayChain> chains;
  auto nuclide_where = [&](const std::string& name) {
    for (const Administration& a : regimen.administrations)
      for (const Impurity& impurity : a.impurities)
        if (impurity.nuclide == name) return impurity.where;
    return place(&Administration::nuclide_where,
                 [&](const Administration& a) { return a.nuclide == name; });
  };
  for (const Tracer& tracer : out.structure.tracers) {
    const auto known = [&](const DecayChain& chain) {
      return chain.members.front().name == tracer.nuclide;
    };
    if (std::any_of(chains.begin(), chains.end(), known)) continue;
    if (auto chain = read_chain(library, tracer.nuclide, nuclide_where(tracer.nuclide), problems))
      chains.push_back(std::move(*chain));
  }
  problems.throw_if_any();
  add_daughters(out.structure, chains);
  add_nuclides(chains, out);
  read_ligands(out.structure.free_forms, [&](const std::string& form) {
    for (const Nuclide& nuclide : out.nuclides)
      if (nuclide.free_form == form)
        for (const DecayChain& chain : chains)
          if (chain.index(nuclide.name) >= 0) return nuclide_where(chain.members.front().name);
    return Location{};
  });
  problems.throw_if_any();
  return out;
}

void check_run(const Model& model, const Patient& patient, const Regimen& regimen,
               const Substances& substances, Problems& problems) {
  auto add = [&](Problem p) {
    if (!p.where.source && p.where.path.empty()) {
      p.what += " of patient " + quote(patient.name);
      p.where = patient.where;
    }
    problems.add(std::move(p));
  };
  try {
    const System system =
        compile(model, patient, substances.ligands, substances.nuclides, substances.structure);
    const Rates rates = system.rates();
    try {
      system.check(rates);
    } catch (const ModelError& error) {
      for (const Problem& p : error.problems()) add(p);
    }
    Schedule schedule = expand(regimen, system, rates);
    const double end = default_end(system, rates, schedule);
    (void)rate_phases(patient.cycle_effects, regimen.windows, system, system.parameter_values(),
                      end, schedule);
    if (problems.empty()) add_voids(schedule, system, rates, end);
  } catch (const ModelError& error) {
    for (const Problem& p : error.problems()) add(p);
  }
}

PreparedRun prepare_run(const Model& model, const Patient& patient, const Regimen& regimen,
                        const Substances& substances, const RunRequest& request) {
  auto system = std::make_shared<const System>(
      compile(model, patient, substances.ligands, substances.nuclides, substances.structure));
  const Rates rates = system->rates();
  system->check(rates);
  Schedule schedule = expand(regimen, *system, rates);
  double end = request.end.value_or(default_end(*system, rates, schedule));
  if (!request.end && request.times && !request.times->empty())
    end = std::max(end, request.times->back());
  std::vector<double> times =
      request.times ? *request.times : default_times(schedule, end, request.times_per_cycle);
  add_voids(schedule, *system, rates, end);
  auto phases = rate_phases(patient.cycle_effects, regimen.windows, *system,
                            system->parameter_values(), end, schedule);
  return {std::move(system), std::move(phases), std::move(schedule), std::move(times), end};
}

Trajectory run(const Model& model, const Patient& patient, const Regimen& regimen,
               const Substances& substances, const RunRequest& request) {
  const PreparedRun r = prepare_run(model, patient, regimen, substances, request);
  return simulate(r.system, r.phases, r.schedule, r.times, r.end, request.options);
}

DoseData dose_data(const Library& library, const std::vector<TimeIntegratedActivity>& tia,
                   const Substances& substances, DoseConvention convention) {
  DoseData out;
  for (const TimeIntegratedActivity& t : tia) {
    const auto found = std::find_if(substances.nuclides.begin(), substances.nuclides.end(),
                                    [&](const Nuclide& n) { return n.name == t.nuclide; });
    out.nuclides.push_back(*found);
    if (convention == DoseConvention::s_values)
      out.s_values.push_back(read_s_values(library, t.nuclide));
  }
  return out;
}

DoseTable dose_of(const Library& library, const Trajectory& run, const Substances& substances,
                  const std::string& sex, DoseConvention convention, Tail tail) {
  const auto tia = time_integrated_activity(run, tail);
  const DoseData data = dose_data(library, tia, substances, convention);
  return absorbed_dose(target_regions(run), tia, data.nuclides, data.s_values, sex, convention);
}

}  // namespace lutetia
