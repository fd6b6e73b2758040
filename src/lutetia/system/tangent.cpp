#include "lutetia/system/tangent.hpp"

#include <ceres/jet.h>

#include <algorithm>

namespace lutetia {
namespace {

using Jet = ceres::Jet<double, lane_count>;

Lanes lanes_of(const Jet& jet) {
  Lanes out{};
  for (int l = 0; l < lane_count; ++l) out.set(l, jet.v[l]);
  return out;
}
std::vector<Lanes> lanes_of(const std::vector<Jet>& jets) {
  std::vector<Lanes> out;
  for (const Jet& jet : jets) out.push_back(lanes_of(jet));
  return out;
}
bool moves(const Jet& jet) { return !jet.v.isZero(0.0); }

/// The rows in which a coefficient moves, the shortest first.
RateTangents::Linear moving_rows(const Pattern& pattern, const std::vector<Jet>& coefficients) {
  RateTangents::Linear out;
  struct Row {
    int index, first, length;
  };
  std::vector<Row> rows;
  for (int i = 0; i < pattern.size(); ++i) {
    const int first = static_cast<int>(out.values.size());
    for (int p = pattern.row_start[i]; p < pattern.row_start[i + 1]; ++p)
      if (moves(coefficients[p])) {
        out.columns.push_back(pattern.columns[p]);
        out.values.push_back(lanes_of(coefficients[p]));
      }
    if (const int length = static_cast<int>(out.values.size()) - first; length > 0)
      rows.push_back({i, first, length});
  }
  std::stable_sort(rows.begin(), rows.end(),
                   [](const Row& a, const Row& b) { return a.length < b.length; });
  for (const Row& row : rows) out.rows.add(row.index, row.first, row.length);
  return out;
}

}  // namespace

std::vector<RateTangents> rate_tangents(const System& system, std::span<const double> values,
                                        const std::vector<ParameterSeeds>& directions) {
  std::vector<RateTangents> out;
  for (std::size_t first = 0; first < directions.size(); first += lane_count) {
    std::vector<Jet> jets(values.begin(), values.end());
    const std::size_t last = std::min(directions.size(), first + lane_count);
    for (std::size_t d = first; d < last; ++d)
      for (const auto& [parameter, by] : directions[d]) jets[parameter].v[d - first] += by;
    const BasicRates<Jet> rates = system.rates<Jet>(jets);
    RateTangents chunk;
    chunk.linear = moving_rows(system.pattern(), rates.linear);
    for (std::size_t q = 0; q < rates.product.size(); ++q)
      if (moves(rates.product[q]))
        chunk.product.push_back({static_cast<int>(q), lanes_of(rates.product[q])});
    chunk.modulated = lanes_of(rates.modulated);
    chunk.effects = lanes_of(rates.effects);
    chunk.weights = lanes_of(rates.weights);
    chunk.slots = lanes_of(rates.slots);
    out.push_back(std::move(chunk));
  }
  return out;
}

}  // namespace lutetia
