#include <algorithm>

#include "lutetia/core/text.hpp"
#include "lutetia/dosimetry/s_values.hpp"

namespace lutetia {
namespace {

/// A map from name to number, each positive.
std::map<std::string, double> read_numbers(const Node& node, const std::string& what,
                                           const Dimension& dimension, Problems& problems) {
  std::map<std::string, double> out;
  if (!node.is_map())
    problems.add({.what = text(quote(what), " must be a map from name to number"),
                  .where = node.where,
                  .found = node.described()});
  for (const auto& [name, value] : node.entries)
    if (const auto read = read_sourced(value, name, dimension, problems);
        read && check_sign(value, *read, name, false, problems))
      out[name] = read->quantity.value;
  return out;
}

void read_value(const Node& item, PhantomSValues& phantom, Problems& problems) {
  Fields entry(item, "an S value", problems);
  const std::string target = entry.required_text("target", "kidney");
  const std::string source = entry.required_text("source_region", "liver");
  const Node* given = entry.require("value", "7.7e-5 mGy/(MBq*s)");
  const auto value =
      given ? read_sourced(*given, "value", dimension::s_value, problems) : std::nullopt;
  (void)entry.provenance();
  entry.finish();
  if (!target.empty() && !phantom.masses.count(target)) {
    std::vector<std::string> known;
    for (const auto& [name, mass] : phantom.masses) known.push_back(name);
    entry.problem_at("target", text("target ", quote(target), " has no reference mass"),
                     suggestion(target, known));
  }
  if (!value || !check_sign(*given, *value, "value", true, problems)) return;
  if (!phantom.s_values.emplace(std::pair(target, source), value->quantity.value).second)
    entry.problem(text("S value ", target, " <- ", source, " is given twice"),
                  "remove one of them");
}

PhantomSValues read_phantom(const Node& node, Problems& problems) {
  PhantomSValues out;
  Fields fields(node, "a phantom", problems);
  if (const Node* masses = fields.require("masses", "{kidney: 310 g}"))
    out.masses = read_numbers(*masses, "masses", dimension::mass, problems);
  if (const Node* values = fields.require(
          "values", "[{target: kidney, source_region: kidney, value: 7.7e-5 mGy/(MBq*s)}]"))
    if (const auto* items = read_list(*values, "values", problems))
      for (const Node& item : *items) read_value(item, out, problems);
  fields.finish();
  return out;
}

/// Reads positive numbers of one map and keeps each of them for the list of assumptions.
class Numbers {
 public:
  /// @param what  the map, for messages  @param name  what comes before the key in the list
  Numbers(const Node& node, const std::string& what, std::string name, SphereParameters& out,
          Problems& problems)
      : fields_(node, what, problems), name_(std::move(name)), out_(out), problems_(problems) {}

  double operator()(const char* key, const Dimension& dimension, const char* example) {
    const Node* given = fields_.require(key, example);
    return given ? keep(*given, key, dimension).value_or(0.0) : 0.0;
  }
  /// Numbers by any name, as for nuclides.
  std::map<std::string, double> named(const char* key, const Dimension& dimension) {
    std::map<std::string, double> out;
    if (const Node* given = fields_.find(key))
      for (const auto& [name, value] : given->entries)
        if (const auto number = keep(value, text(key, ".", name), dimension)) out[name] = *number;
    return out;
  }
  Fields& fields() { return fields_; }

 private:
  std::optional<double> keep(const Node& given, const std::string& key,
                             const Dimension& dimension) {
    const auto read = read_sourced(given, key, dimension, problems_);
    if (!read || !check_sign(given, *read, key, false, problems_)) return std::nullopt;
    out_.values.emplace_back(text(name_, ".", key), *read);
    return read->quantity.value;
  }

  Fields fields_;
  std::string name_;
  SphereParameters& out_;
  Problems& problems_;
};

void read_alpha_fraction(const Node& node, SphereParameters& out, Problems& problems) {
  Numbers number(node, "alpha_fraction", "s_values.alpha_fraction", out, problems);
  out.alpha_escape = number("escape", dimension::none, "5.38");
  out.alpha_slope = number("slope", dimension::none / dimension::length, "6.84e4 1/m");
  out.smallest_alpha_radius = number("smallest_radius", dimension::length, "14 um");
  number.fields().finish();
}

void read_small_spheres(const Node& node, const std::string& nuclide, SphereParameters& out,
                        Problems& problems) {
  const auto* items = read_list(node, "small_spheres", problems);
  if (!items) return;
  std::vector<SmallSphere>& spheres = out.small_spheres[nuclide];
  for (const Node& item : *items) {
    Fields fields(item, "a small sphere", problems);
    const Node *mass = fields.require("mass", "0.1 mg"),
               *fraction = fields.require("electron_fraction", "0.512");
    const auto kilograms =
        mass ? read_sourced(*mass, "mass", dimension::mass, problems) : std::nullopt;
    auto absorbed = fraction
                        ? read_sourced(*fraction, "electron_fraction", dimension::none, problems)
                        : std::nullopt;
    const Provenance provenance = fields.provenance();
    fields.finish();
    if (!kilograms || !absorbed) continue;
    if (!(absorbed->quantity.value > 0.0 && absorbed->quantity.value <= 1.0))
      fields.problem_at("electron_fraction", "'electron_fraction' must be above 0 and at most 1");
    if (!(kilograms->quantity.value > (spheres.empty() ? 0.0 : spheres.back().mass)))
      fields.problem_at("mass", text("small_spheres of ", quote(nuclide), " must ascend in mass"));
    absorbed->provenance = provenance;
    out.values.emplace_back(text("s_values.small_spheres.", nuclide, ".", spheres.size() + 1),
                            *absorbed);
    spheres.push_back({kilograms->quantity.value, absorbed->quantity.value});
  }
  if (items->size() < 2)
    problems.add({.what = text("small_spheres of ", quote(nuclide), " needs two spheres or more"),
                  .where = node.key_place()});
}

void read_wall(const Node& node, SValues& out, Problems& problems) {
  Numbers number(node, "a wall", "s_values.walls", out.spheres, problems);
  const std::string wall = number.fields().required_text("wall", "bladder_wall"),
                    contents = number.fields().required_text("contents", "bladder_content");
  const double mass = number("contents_mass", dimension::mass, "200 g");
  number.fields().finish();
  if (!wall.empty() && !contents.empty() && mass > 0.0)
    out.body.walls.push_back({wall, contents, mass});
}

/// Numbers that only functions of a finished dose use: they are checked and listed here.
void read_derived_doses(Numbers& number, SphereParameters& out, Problems& problems) {
  if (const Node* node = number.fields().find("red_marrow")) {
    Numbers marrow(*node, "red_marrow", "s_values.red_marrow", out, problems);
    (void)marrow("extracellular_fraction", dimension::none, "0.19");
    (void)marrow("blood_ratio", dimension::none, "1");
    (void)marrow("blood_density", dimension::density, "1.06 g/mL");
    marrow.fields().finish();
  }
  if (const Node* node = number.fields().find("kidney_cortex")) {
    Numbers cortex(*node, "kidney_cortex", "s_values.kidney_cortex", out, problems);
    (void)cortex("mass_share", dimension::none, "0.7");
    (void)cortex("activity_share", dimension::none, "0.85");
    (void)cortex.named("smoothing", dimension::none);
    cortex.fields().finish();
  }
  if (const Node* node = number.fields().find("uncertainty")) {
    Numbers spread(*node, "uncertainty", "s_values.uncertainty", out, problems);
    (void)spread("organ_mass", dimension::none, "10 %");
    (void)spread("lesion_mass", dimension::none, "20 %");
    (void)spread("s_value", dimension::none, "5 %");
    spread.fields().finish();
  }
}

void read_general(const Node& node, SValues& out, Problems& problems) {
  SphereParameters& spheres = out.spheres;
  Numbers number(node, "general S-value parameters", "s_values", spheres, problems);
  Fields& fields = number.fields();
  if (!fields.valid()) return;
  require_schema_version(node, problems);
  fields.schema_version();
  (void)fields.required_text("s_values", "general");
  (void)fields.text_or("description", "");
  spheres.density = number("sphere_density", dimension::density, "1 g/mL");
  spheres.photon_path_fraction = number("photon_path_fraction", dimension::none, "0.75");
  spheres.smallest_mass = number("smallest_sphere", dimension::mass, "1 mg");
  spheres.micro_mass = number("micro_sphere", dimension::mass, "0.1 mg");
  if (const Node* alpha = fields.require("alpha_fraction", "{escape: 5.38, slope: 6.84e4 1/m, …}"))
    read_alpha_fraction(*alpha, spheres, problems);
  if (const Node* small = fields.find("small_spheres"))
    for (const auto& [nuclide, list] : small->entries)
      read_small_spheres(list, nuclide, spheres, problems);
  spheres.marrow_fraction = number.named("red_marrow_absorbed_fraction", dimension::none);
  spheres.paired_organs = fields.words("paired_organs");
  out.body.photon_fraction = number("body_photon_fraction", dimension::none, "0.33");
  out.body.masses = number.named("whole_body_mass", dimension::mass);
  out.body.surface_electron_share = number("surface_electron_share", dimension::none, "0.5");
  out.body.surface_photon_share = number("surface_photon_share", dimension::none, "0.667");
  if (const Node* walls = fields.find("walls"))
    if (const auto* items = read_list(*walls, "walls", problems))
      for (const Node& item : *items) read_wall(item, out, problems);
  read_derived_doses(number, spheres, problems);
  fields.finish();
}

/// Name, nuclide and phantoms of a table; the phantoms are read when `wanted` says so of the
/// nuclide.
template <class Wanted>
void read_table(const Node& node, SValues& out, Problems& problems, const Wanted& wanted) {
  Fields fields(node, "an S-value table", problems);
  if (!fields.valid()) return;
  require_schema_version(node, problems);
  fields.schema_version();
  const std::string title = fields.required_text("s_values", "opendose_lu177");
  (void)fields.text_or("description", "");
  (void)fields.provenance();
  const std::string nuclide = fields.required_text("nuclide", "Lu-177");
  const Node* phantoms = fields.require("phantoms", "{male: {masses: …, values: …}}");
  fields.finish();
  if (!phantoms || !wanted(nuclide)) return;
  out.name = title;
  if (!phantoms->is_map())
    problems.add({.what = "'phantoms' must be a map",
                  .where = phantoms->where,
                  .found = phantoms->described(),
                  .expected = "male and female"});
  for (const auto& [sex, phantom] : phantoms->entries) {
    if (sex != "male" && sex != "female")
      problems.add({.what = "unknown phantom",
                    .where = phantom.key_place(),
                    .found = quote(sex),
                    .expected = "male or female"});
    out.phantoms[sex] = read_phantom(phantom, problems);
  }
}

}  // namespace

SValues read_s_values(const Node& node, Problems& problems) {
  SValues out{"formulas", {}, {}, {}};
  const Node* name = node.find("s_values");
  if (name && name->scalar == "general")
    read_general(node, out, problems);
  else
    read_table(node, out, problems, [](const std::string&) { return true; });
  return out;
}

SValues read_s_values(const Library& library, const std::string& nuclide) {
  Problems problems;
  SValues out{"formulas", {}, {}, {}};
  read_general(library.read("s_values", "general"), out, problems);
  for (const std::string& name : library.names("s_values"))
    if (name != "general")
      read_table(library.read("s_values", name), out, problems,
                 [&](const std::string& of) { return of == nuclide; });
  problems.throw_if_any();
  return out;
}

}  // namespace lutetia
