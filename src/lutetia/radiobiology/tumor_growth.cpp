#include "lutetia/radiobiology/tumor_growth.hpp"

#include <cmath>
#include <stdexcept>

#include "lutetia/core/text.hpp"
#include "lutetia/units/constants.hpp"

namespace lutetia {
namespace {

void require_positive(double value, const char* name) {
  if (!(value > 0.0)) throw std::invalid_argument(text(name, " must be positive, found ", value));
}

}  // namespace

double Growth::share(double mass) const {
  switch (law) {
    case GrowthLaw::exponential:
      return 1.0;
    case GrowthLaw::gompertz:
      return std::log(capacity / mass);
    case GrowthLaw::logistic:
      return 1.0 - mass / capacity;
  }
  return 1.0;
}

double growth_rate_of_doubling_time(double doubling_time) {
  require_positive(doubling_time, "doubling_time");
  return constants::ln2 / doubling_time;
}

double growth_rate_of_diameters(double first, double second, double interval) {
  require_positive(first, "first");
  require_positive(second, "second");
  require_positive(interval, "interval");
  return 3.0 * std::log(second / first) / interval;
}

double growth_within(double rate, double interval) { return std::expm1(rate * interval); }

double doubling_time_of_ki67(double ki67, double cycle_time, double cell_loss) {
  if (!(ki67 > 0.0 && ki67 <= 1.0))
    throw std::invalid_argument(text("ki67 must lie above 0 and not above 1, found ", ki67));
  if (!(cell_loss >= 0.0 && cell_loss < 1.0))
    throw std::invalid_argument(text("cell_loss must lie from 0 to below 1, found ", cell_loss));
  require_positive(cycle_time, "cycle_time");
  return cycle_time * constants::ln2 / std::log1p(ki67) / (1.0 - cell_loss);
}

}  // namespace lutetia
