/// @file Blood counts under irradiation of the marrow: proliferating cells, a chain of maturing
/// ones, circulating cells and their feedback (Friberg 2002, doi:10.1200/JCO.2002.02.140).
///
///   P'  = k·P·(1 − f)·(C₀/C)^γ − k·P − h·P         k = (n + 1)/MTT
///   T₁' = k·(P − T₁), …, Tₙ' = k·(Tₙ₋₁ − Tₙ)        h = α·Ḋ·(1 + 2Y/(α/β)), Y' = Ḋ − μ·Y
///   C'  = k·(Tₙ − C) − α_b·(Ḋ + RBE·Ḋ_α)_blood·C   f' = k_s·h·(1 − f)
#pragma once

#include <vector>

#include "lutetia/radiobiology/course.hpp"

namespace lutetia {

/// One kind of blood cell.
struct CellLine {
  double baseline;            ///< C₀ [1/L]
  double transit_time;        ///< MTT, from proliferation to the blood [h]
  int transits;               ///< n
  double feedback;            ///< γ
  double alpha;               ///< of proliferating cells [1/Gy]
  Tissue marrow;              ///< its α/β, repair, RBE of alpha particles
  double blood_alpha = 0.0;   ///< of circulating cells, α_b [1/Gy]
  double blood_rbe = 1.0;     ///< of alpha particles on circulating cells
  double reserve_loss = 0.0;  ///< k_s: share of the stem cells lost per kill of proliferating ones
  std::vector<FactorWindow> alpha_windows = {};   ///< radiosensitizers: factors on α of the marrow
  std::vector<FactorWindow> repair_windows = {};  ///< factors on the repair half-time
};

/// Throws unless every number is possible.
void check_cell_line(const CellLine& line);

/// A cell line over time; each vector has the length of `times`.
struct BloodCourse {
  std::vector<double> times;          ///< [h]
  std::vector<double> count;          ///< circulating cells [1/L]
  std::vector<double> proliferating;  ///< relative to before treatment
  std::vector<double> reserve;        ///< stem cells left, 1 − f
};

/// Integrate a cell line from its steady state.
/// @param blood  dose rate to blood itself; without knots: none
BloodCourse blood_counts(const Exposure& marrow, const Exposure& blood, const CellLine& line,
                         double start, const std::vector<double>& times, double tolerance = 1e-9);

/// The lowest count of a cycle.
struct Nadir {
  double time;   ///< since the cycle began [h]
  double count;  ///< [1/L]
};

/// Lowest count from each start to the next, the last cycle to the end of the course. Between
/// three neighboring times the lowest one is that of a parabola.
std::vector<Nadir> nadirs(const BloodCourse& course, const std::vector<double>& cycle_starts);

/// CTCAE grade of a low count: how many of the limits it is below.
/// @param limits  of grades 1, 2, … , falling [1/L]
int toxicity_grade(double count, const std::vector<double>& limits);

}  // namespace lutetia
