#include "lutetia/study/case.hpp"

#include <algorithm>
#include <functional>
#include <map>

#include "lutetia/core/text.hpp"
#include "lutetia/document/yaml.hpp"
#include "lutetia/model/names.hpp"

namespace lutetia {
namespace {

namespace fs = std::filesystem;

template <class T>
T choice(Fields& fields, const std::string& key, const std::map<std::string, T>& options,
         T otherwise, Problems& problems) {
  const Node* node = fields.find(key);
  if (!node) return otherwise;
  const std::string word = read_word(*node, key, problems);
  if (const auto found = options.find(word); found != options.end()) return found->second;
  std::vector<std::string> names;
  for (const auto& [name, value] : options) names.push_back(name);
  problems.add({.what = text("unknown ", key),
                .where = node->where,
                .found = node->described(),
                .expected = join(names, " or ")});
  return otherwise;
}

class CaseReader {
 public:
  CaseReader(const Library& library, const fs::path& file) : library_(library), file_(file) {}

  Case read(const Node& node) {
    Fields fields(node, "a case", problems_);
    if (!fields.valid()) return std::move(out_);
    require_schema_version(node, problems_);
    fields.schema_version();
    out_.name = fields.required_text("case", "netter1_reference");
    if (const Node* name = node.find("case")) check_name(*name, "a case", problems_);
    out_.description = fields.text_or("description", "");
    const Provenance of_case = fields.provenance();
    const Node* modules = fields.find("modules");
    resolve(fields, "model", [&](const Node& n) { read_model_part(n, modules); });
    resolve(fields, "patient", [&](const Node& n) { out_.patients = read_patients(n, problems_); });
    resolve(fields, "regimen", [&](const Node& n) { out_.regimen = read_regimen(n, problems_); });
    if (const Node* parameters = fields.find("parameters")) read_parameters(*parameters);
    for (const CycleEffect& effect :
         read_cycle_effects(fields.find("cycle_effects"), problems_, of_case))
      for (Patient& patient : out_.patients) patient.cycle_effects.push_back(effect);
    if (const Node* simulation = fields.find("simulation")) read_simulation(*simulation);
    if (const Node* output = fields.find("output")) read_output(*output);
    if (const Node* dose = fields.find("dose")) {
      Fields f(*dose, "dose", problems_);
      out_.convention =
          choice<DoseConvention>(f, "convention",
                                 {{"s_values", DoseConvention::s_values},
                                  {"local_electrons", DoseConvention::local_electrons}},
                                 DoseConvention::s_values, problems_);
      out_.tail = choice<Tail>(
          f, "tail", {{"none", Tail::none}, {"physical", Tail::physical}, {"linear", Tail::linear}},
          Tail::linear, problems_);
      f.finish();
    }
    if (const Node* observations = fields.find("observations")) read_observations(*observations);
    if (const Node* fit = fields.find("fit")) out_.fit = read_fit_settings(*fit, problems_);
    if (const Node* plan = fields.find("plan")) out_.plan = read_plan_settings(*plan, problems_);
    fields.finish();
    out_.prescribed = out_.regimen;
    out_.regimen = with_amino_acids(library_, std::move(out_.regimen), problems_);
    try {
      out_.substances = read_substances(library_, out_.regimen);
    } catch (const ModelError& error) {
      for (const Problem& p : error.problems()) problems_.add(p);
    }
    hash_.add(node);
    for (const std::string& ligand : out_.substances.structure.ligands) add_entry("ligand", ligand);
    for (const Nuclide& nuclide : out_.substances.nuclides) add_entry("nuclide", nuclide.name);
    for (const std::string& table : library_.names("s_values")) add_entry("s_values", table);
    out_.hash = hash_.hex();
    return std::move(out_);
  }

  Problems& problems() { return problems_; }

 private:
  void add_entry(const std::string& kind, const std::string& name) {
    if (problems_.empty()) hash_.add(library_.read(kind, name));
  }

  /// Modules are named as in the library or by path (relative to the case file).
  void read_model_part(const Node& node, const Node* modules) {
    const Node* named = node.find("model");
    const std::string model = named && named->is_scalar() ? named->scalar : "";
    std::vector<std::string> found;
    const bool list = modules && modules->is_sequence();
    for (std::size_t i = 0; modules && i < (list ? modules->items.size() : 1); ++i) {
      const Node& item = list ? modules->items[i] : *modules;
      const std::string name = read_word(item, "modules", problems_);
      if (!name.empty()) try {
          const fs::path path = beside_case(library_.find_module(model, name));
          hash_.add(read_yaml(path));
          found.push_back(path == library_.find_module(model, name) ? name : path.string());
        } catch (const FileError& error) {
          problems_.add({.what = error.what(), .where = item.where});
        }
    }
    out_.model = read_model(library_, node, found, problems_);
  }

  /// A path of a case counts from where the program runs, else from the case file.
  fs::path beside_case(const fs::path& path) const {
    std::error_code ignored;
    return path.is_relative() && !fs::exists(path, ignored) ? file_.parent_path() / path : path;
  }

  /// A part given in place, by path (relative to the case file) or by library name.
  void resolve(Fields& fields, const std::string& kind,
               const std::function<void(const Node&)>& read_part) {
    const Node* node = fields.require(kind, kind == "model" ? "sstr2_whole_body" : "netter1");
    if (!node) return;
    if (!node->is_scalar()) return read_part(*node);
    try {
      const Node part = read_yaml(beside_case(library_.find(kind, node->scalar)));
      require_schema_version(part, problems_);
      hash_.add(part);
      read_part(part);
    } catch (const FileError& error) {
      problems_.add({.what = error.what(), .where = node->where});
    } catch (const ModelError& error) {
      for (const Problem& p : error.problems()) problems_.add(p);
    }
  }

  /// What the table says is checked where it is used.
  void read_observations(const Node& node) {
    out_.observations.emplace();
    if (node.is_scalar()) {
      std::error_code ignored;
      out_.observations->file = beside_case(node.scalar);
      if (!fs::is_regular_file(out_.observations->file, ignored))
        problems_.add({.what = "no table of measurements",
                       .where = node.where,
                       .found = node.described(),
                       .hint = "write a path that counts from the case file, or the rows"});
      return;
    }
    const auto* items = read_list(node, "observations", problems_);
    for (const Node& row : items ? *items : std::vector<Node>{}) {
      if (!row.is_map())
        problems_.add({.what = "a measurement must be a map from column to value",
                       .where = row.where,
                       .found = row.described()});
      for (const auto& [column, value] : row.entries)
        if (!value.is_null()) (void)read_word(value, column, problems_);
    }
    out_.observations->rows = node;
  }

  void read_parameters(const Node& node) {
    if (!node.is_map())
      problems_.add({.what = "'parameters' must be a map",
                     .where = node.where,
                     .found = node.described(),
                     .hint = "write for example parameters: {kidney.receptor_density: 5 nmol/L}"});
    for (const auto& [name, value] : node.entries)
      if (const auto read = read_sourced(value, name, problems_);
          read && check_sign(value, *read, name, true, problems_))
        for (Patient& patient : out_.patients) patient.values[name] = *read;
  }

  void read_simulation(const Node& node) {
    Fields f(node, "simulation", problems_);
    SimulationOptions& o = out_.request.options;
    o.rtol = f.number("rtol", dimension::none).value_or(o.rtol);
    if (const Node* rtol = node.find("rtol"); rtol && !(o.rtol >= 1e-13 && o.rtol <= 0.1))
      problems_.add({.what = "'rtol' is out of range",
                     .where = value_node(*rtol).where,
                     .found = value_node(*rtol).described(),
                     .expected = "a number from 1e-13 to 0.1"});
    o.method =
        choice<Method>(f, "method", {{"rodas5p", Method::rodas5p}, {"rodas4p", Method::rodas4p}},
                       o.method, problems_);
    o.at_event =
        choice<AtEvent>(f, "at_event", {{"before", AtEvent::before}, {"after", AtEvent::after}},
                        o.at_event, problems_);
    if (const auto end = f.number("end", dimension::time)) {
      out_.request.end = *end;
      check_end(*end, *node.find("end"));
    }
    f.finish();
  }

  void check_end(double end, const Node& at) {
    double last = 0.0;
    for (const Administration& a : out_.regimen.administrations)
      last = std::max(last, a.time + a.duration);
    if (end <= 0.0 || end < last)
      problems_.add({.what = "the run ends before the last administration",
                     .where = at.where,
                     .found = at.described(),
                     .expected = text(last > 0.0 ? "at least " : "more than ", last, " h")});
  }

  void read_output(const Node& node) {
    Fields f(node, "output", problems_);
    out_.request.times_per_cycle = f.count_or("times_per_cycle", out_.request.times_per_cycle);
    constexpr int most = 100000;
    if (out_.request.times_per_cycle > most)
      problems_.add({.what = "'times_per_cycle' is too large",
                     .where = node.find("times_per_cycle")->where,
                     .found = node.find("times_per_cycle")->described(),
                     .expected = text("at most ", most)});
    if (const Node* times = f.find("times"))
      if (const auto* items = read_list(*times, "times", problems_)) read_times(*items);
    f.finish();
  }

  void read_times(const std::vector<Node>& items) {
    std::vector<double> read;
    for (const Node& item : items) {
      const auto t = read_sourced(item, "times", dimension::time, problems_);
      if (!t) continue;
      const double time = t->quantity.value;
      const std::string found = value_node(item).described();
      if (time < 0.0)
        problems_.add({.what = "an output time is negative", .where = item.where, .found = found});
      else if (!read.empty() && time < read.back())
        problems_.add({.what = "output times must ascend",
                       .where = item.where,
                       .found = text(found, " after ", read.back(), " h")});
      else if (out_.request.end && time > *out_.request.end)
        problems_.add({.what = "an output time lies after the end of the run",
                       .where = item.where,
                       .found = found,
                       .expected = text("at most ", *out_.request.end, " h")});
      read.push_back(time);
    }
    out_.request.times = read;
  }

  const Library& library_;
  fs::path file_;
  Problems problems_;
  ContentHash hash_;
  Case out_;
};

}  // namespace

Case read_case(const Library& library, const std::string& name_or_path) {
  const fs::path file = library.find("case", name_or_path);
  return read_case(library, file, read_yaml(file));
}

Case read_case(const Library& library, const fs::path& file, const Node& node) {
  CaseReader reader(library, file);
  Case out = reader.read(node);
  reader.problems().throw_if_any();
  Problems problems;
  for (const Administration& a : out.regimen.administrations) {
    std::vector<std::string> routes;
    for (const auto& [route, target] : out.model.routes) routes.push_back(route);
    if (!out.model.routes.count(a.route))
      problems.add({.what = text("model ", quote(out.model.name), " has no route ", quote(a.route)),
                    .where = a.route_where,
                    .hint = suggestion(a.route, routes)});
  }
  problems.throw_if_any();
  for (const Patient& patient : out.patients)
    check_run(out.model, patient, out.regimen, out.substances, problems);
  problems.throw_if_any();
  for (std::size_t i = 0; (out.fit || out.plan) && i < out.patients.size(); ++i) {
    const System system = compile(out.model, out.patients[i], out.substances.ligands,
                                  out.substances.nuclides, out.substances.structure);
    if (out.fit) check_fit_settings(*out.fit, system, problems);
    if (out.plan) check_plan_settings(library, *out.plan, system, problems);
  }
  problems.throw_if_any();
  return out;
}

}  // namespace lutetia
