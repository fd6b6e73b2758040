#include "lutetia/study/case.hpp"

#include <algorithm>
#include <functional>
#include <map>

#include "lutetia/core/text.hpp"
#include "lutetia/document/yaml.hpp"

namespace lutetia {
namespace {

namespace fs = std::filesystem;

template <class T>
T choice(Fields& fields, const std::string& key, const std::map<std::string, T>& options, T otherwise, Problems& problems) {
  const Node* node = fields.find(key);
  if (!node) return otherwise;
  const std::string word = read_word(*node, key, problems);
  if (const auto found = options.find(word); found != options.end()) return found->second;
  std::vector<std::string> names;
  for (const auto& [name, value] : options) names.push_back(name);
  problems.add({.what = text("unknown ", key), .where = node->where, .found = node->described(), .expected = join(names, " or ")});
  return otherwise;
}

class CaseReader {
 public:
  CaseReader(const Library& library, const fs::path& file) : library_(library), file_(file) {}

  Case read(const Node& node) {
    Fields fields(node, "a case", problems_);
    (void)fields.require("lutetia", "1");
    out_.name = fields.required_text("case", "netter1_reference");
    out_.description = fields.text_or("description", "");
    (void)fields.provenance();
    resolve(fields, "model", [&](const Node& n) { out_.model = read_model(n, problems_); });
    resolve(fields, "patient", [&](const Node& n) { out_.patients = read_patients(n, problems_); });
    resolve(fields, "regimen", [&](const Node& n) { out_.regimen = read_regimen(n, problems_); });
    if (const Node* parameters = fields.find("parameters")) read_parameters(*parameters);
    if (const Node* simulation = fields.find("simulation")) read_simulation(*simulation);
    if (const Node* output = fields.find("output")) read_output(*output);
    if (const Node* dose = fields.find("dose")) {
      Fields f(*dose, "dose", problems_);
      out_.convention = choice<DoseConvention>(f, "convention", {{"s_values", DoseConvention::s_values}, {"local_electrons", DoseConvention::local_electrons}},
                                               DoseConvention::s_values, problems_);
      out_.tail = choice<Tail>(f, "tail", {{"none", Tail::none}, {"physical", Tail::physical}, {"linear", Tail::linear}}, Tail::linear, problems_);
      f.finish();
    }
    fields.finish();
    try {
      out_.substances = read_substances(library_, out_.regimen);
    } catch (const ModelError& error) {
      for (const Problem& p : error.problems()) problems_.add(p);
    }
    out_.hash = text(out_.model.hash);
    return std::move(out_);
  }

  Problems& problems() { return problems_; }

 private:
  /// A part given in place, by path (relative to the case file) or by library name.
  void resolve(Fields& fields, const std::string& kind, const std::function<void(const Node&)>& read_part) {
    const Node* node = fields.require(kind, kind == "model" ? "sstr2_whole_body" : "netter1");
    if (!node) return;
    if (!node->is_scalar()) return read_part(*node);
    try {
      fs::path path = library_.find(kind, node->scalar);
      if (path.is_relative() && !fs::exists(path)) path = file_.parent_path() / path;
      read_part(read_yaml(path));
    } catch (const FileError& error) {
      problems_.add({.what = error.what(), .where = node->where});
    } catch (const ModelError& error) {
      for (const Problem& p : error.problems()) problems_.add(p);
    }
  }

  void read_parameters(const Node& node) {
    if (!node.is_map()) problems_.add({.what = "'parameters' must be a map", .where = node.where, .found = node.described()});
    for (const auto& [name, value] : node.entries)
      if (const auto read = read_sourced(value, name, problems_))
        for (Patient& patient : out_.patients) patient.values[name] = *read;
  }

  void read_simulation(const Node& node) {
    Fields f(node, "simulation", problems_);
    SimulationOptions& o = out_.request.options;
    o.rtol = f.number("rtol", dimension::none).value_or(o.rtol);
    if (!(o.rtol >= 1e-13 && o.rtol <= 0.1)) f.problem(text("rtol must be between 1e-13 and 0.1, found ", o.rtol));
    o.method = choice<Method>(f, "method", {{"rodas5p", Method::rodas5p}, {"rodas4p", Method::rodas4p}}, o.method, problems_);
    o.at_event = choice<AtEvent>(f, "at_event", {{"before", AtEvent::before}, {"after", AtEvent::after}}, o.at_event, problems_);
    if (const auto end = f.number("end", dimension::time)) {
      out_.request.end = *end;
      check_end(*end, node);
    }
    f.finish();
  }

  void check_end(double end, const Node& node) {
    const Node& at = *node.find("end");
    double last = 0.0;
    for (const Administration& a : out_.regimen.administrations) last = std::max(last, a.time + a.duration);
    if (end <= 0.0 || end < last)
      problems_.add({.what = "the run ends before the last administration", .where = at.where, .found = text(end, " h"),
                     .expected = text("at least ", last, " h")});
  }

  void read_output(const Node& node) {
    Fields f(node, "output", problems_);
    out_.request.times_per_cycle = f.count_or("times_per_cycle", out_.request.times_per_cycle);
    if (const Node* times = f.find("times")) {
      std::vector<double> read_times;
      if (!times->is_sequence()) problems_.add({.what = "'times' must be a list", .where = times->where, .found = times->described()});
      for (const Node& item : times->items)
        if (const auto t = read_sourced(item, "times", dimension::time, problems_)) {
          if (t->quantity.value < 0.0 || (!read_times.empty() && t->quantity.value < read_times.back()))
            problems_.add({.what = "output times must ascend from zero", .where = item.where, .found = item.described()});
          read_times.push_back(t->quantity.value);
        }
      out_.request.times = read_times;
    }
    f.finish();
  }

  const Library& library_;
  fs::path file_;
  Problems problems_;
  Case out_;
};

/// Compile a case for every patient and look at its numbers; adds what is wrong.
void check_case(const Case& c, Problems& problems) {
  for (const Patient& patient : c.patients) try {
      const System system = compile(c.model, patient, c.substances.ligands, c.substances.nuclides, c.substances.structure);
      const Rates rates = system.rates();
      system.check(rates);
      (void)expand(c.regimen, system, rates);
    } catch (const ModelError& error) {
      for (Problem p : error.problems()) {
        if (!p.where.source) p.where = patient.where;
        problems.add(std::move(p));
      }
    }
}

}  // namespace

Case read_case(const Library& library, const std::string& name_or_path) {
  const fs::path file = library.find("case", name_or_path);
  const Node node = read_yaml(file);
  CaseReader reader(library, file);
  Case out = reader.read(node);
  reader.problems().throw_if_any();
  Problems problems;
  check_case(out, problems);
  problems.throw_if_any();
  return out;
}

std::vector<Problem> validate(const Library& library, const fs::path& file) {
  Problems problems;
  try {
    const Node node = read_yaml(file);
    if (node.find("case")) {
      (void)read_case(library, file.string());
    } else if (node.find("model")) {
      (void)read_model(node, problems);
    } else if (node.find("patient") || node.find("cohort")) {
      (void)read_patients(node, problems);
    } else if (node.find("regimen")) {
      const Regimen regimen = read_regimen(node, problems);
      if (problems.empty()) (void)read_substances(library, regimen);
    } else if (node.find("ligand")) {
      (void)read_ligand(node, problems);
    } else if (node.find("nuclide")) {
      (void)read_nuclide(node, problems);
    } else if (node.find("s_values") || node.find("sources")) {
      // Tables are checked when a dose is asked for; here it is enough that they parse.
    } else {
      problems.add({.what = "the file does not say what it describes", .where = node.where,
                    .expected = "one of the keys case, model, patient, cohort, regimen, ligand, nuclide, s_values"});
    }
  } catch (const ModelError& error) {
    for (const Problem& p : error.problems()) problems.add(p);
  } catch (const FileError& error) {
    problems.add({.what = error.what()});
  }
  return problems.sorted();
}

}  // namespace lutetia
