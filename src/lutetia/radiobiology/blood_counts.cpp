#include "lutetia/radiobiology/blood_counts.hpp"

#include <cmath>

#include "lutetia/radiobiology/cell_slopes.hpp"

namespace lutetia {
namespace {

/// Dose rate of electrons and photons that kills as many cells [Gy/h].
double effective(const Exposure& exposure, double rbe, double t) {
  double out = exposure.low_let.knots.empty() ? 0.0 : exposure.low_let.at(t);
  if (exposure.has_alpha_particles()) out += rbe * exposure.alpha_particles.at(t);
  return out;
}

/// The states of the cells, then the unrepaired doses.
struct Slopes {
  const Exposure& marrow;
  const Exposure& blood;
  const CellLine& line;

  std::size_t repair() const { return CellStates::first_transit + line.transits; }

  void operator()(const std::vector<double>& x, std::vector<double>& out, double t) const {
    const EffectRate effect{line.marrow};
    const std::span<const double> y(x.data() + repair(), effect.states());
    const double low = marrow.low_let.at(t);
    const double high = marrow.has_alpha_particles() ? marrow.alpha_particles.at(t) : 0.0;
    const double kill = line.alpha * factor_at(line.alpha_windows, t) *
                        (effect.low_let(effect.unrepaired(y), low) + effect.alpha_particles(high));
    cell_slopes(line, x.data(), out.data(), kill,
                line.blood_alpha * effective(blood, line.blood_rbe, t));
    effect.slopes(y, {out.data() + repair(), effect.states()}, low,
                  factor_at(line.repair_windows, t));
  }
};

}  // namespace

void check_cell_line(const CellLine& line) {
  const auto positive = [](double value, const char* name) {
    if (!(value > 0.0)) throw std::invalid_argument(text(name, " must be positive, found ", value));
  };
  positive(line.baseline, "baseline");
  positive(line.transit_time, "transit_time");
  positive(line.transits, "transits");
  check_tissue(line.marrow);
  for (const auto& [value, name] : {std::pair{line.alpha, "alpha"},
                                    {line.feedback, "feedback"},
                                    {line.blood_alpha, "blood_alpha"},
                                    {line.blood_rbe, "blood_rbe"},
                                    {line.reserve_loss, "reserve_loss"}})
    if (!(value >= 0.0))
      throw std::invalid_argument(text(name, " must not be negative, found ", value));
}

BloodCourse blood_counts(const Exposure& marrow, const Exposure& blood, const CellLine& line,
                         double start, const std::vector<double>& times, double tolerance) {
  check_cell_line(line);
  check_times(start, times);
  Stops stops(start);
  stops.add(marrow);
  stops.add(blood);
  stops.add(line.alpha_windows);
  stops.add(line.repair_windows);
  const Slopes slopes{marrow, blood, line};
  std::vector<std::string> names{"stem cells", "proliferating cells", "circulating cells"};
  names.insert(names.end(), line.transits, "maturing cells");
  names.insert(names.end(), line.marrow.repair.size(), "unrepaired dose");
  std::vector<double> x(names.size(), 0.0);
  std::fill_n(x.begin() + CellStates::first_transit, line.transits, 1.0);
  BloodCourse out{times, {}, {}, {}};
  for (auto* values : {&out.count, &out.proliferating, &out.reserve}) values->resize(times.size());
  integrate_course(slopes, x, names, stops.until(start, times), times, tolerance,
                   [&](std::size_t i, const std::vector<double>& state) {
                     out.count[i] = line.baseline * std::exp(state[CellStates::log_count]);
                     out.proliferating[i] = std::exp(state[CellStates::log_proliferating]);
                     out.reserve[i] = 1.0 - state[CellStates::lost_reserve];
                   });
  return out;
}

std::vector<Nadir> nadirs(const BloodCourse& course, const std::vector<double>& cycle_starts) {
  std::vector<Nadir> out;
  const std::vector<double>&t = course.times, &y = course.count;
  for (std::size_t c = 0; c < cycle_starts.size(); ++c) {
    const auto at = [&](double time) {
      return static_cast<std::size_t>(std::lower_bound(t.begin(), t.end(), time) - t.begin());
    };
    const std::size_t first = at(cycle_starts[c]);
    const std::size_t end = c + 1 < cycle_starts.size() ? at(cycle_starts[c + 1]) : t.size();
    if (first >= end) throw std::invalid_argument(text("no time lies in cycle ", c + 1));
    const auto lowest = std::min_element(y.begin() + static_cast<std::ptrdiff_t>(first),
                                         y.begin() + static_cast<std::ptrdiff_t>(end));
    const auto i = static_cast<std::size_t>(lowest - y.begin());
    Nadir nadir{t[i], y[i]};
    if (i > first && i + 1 < end) {
      const double left = t[i] - t[i - 1], right = t[i + 1] - t[i];
      const double down = (y[i] - y[i - 1]) / left, up = (y[i + 1] - y[i]) / right;
      const double bend = (up - down) / (left + right);
      const double slope = (down * right + up * left) / (left + right);
      if (bend > 0.0) nadir = {t[i] - 0.5 * slope / bend, y[i] - 0.25 * slope * slope / bend};
    }
    out.push_back({nadir.time - cycle_starts[c], nadir.count});
  }
  return out;
}

int toxicity_grade(double count, const std::vector<double>& limits) {
  int grade = 0;
  for (const double limit : limits) grade += count < limit;
  return grade;
}

}  // namespace lutetia
