#include "lutetia/estimation/objective.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "lutetia/core/text.hpp"

namespace lutetia {
namespace {

/// Coordinate of the scale of a group, −1 when it is fixed.
std::vector<int> scale_coordinates(const Objective& o) {
  std::vector<int> out;
  int next = o.predictor.coordinates + o.series;
  for (const ErrorModel& group : o.groups) out.push_back(group.estimated ? next++ : -1);
  return out;
}

double scale_of(int coordinate, const Eigen::VectorXd& phi) {
  return coordinate < 0 ? 1.0 : std::exp(phi(coordinate));
}

constexpr const char* not_finite = "the likelihood is not finite";

Eigen::VectorXd coordinates_at(const Objective& o, const Eigen::VectorXd& z) {
  if (z.size() != o.coordinates())
    throw std::invalid_argument(
        text("an objective of ", o.coordinates(), " coordinates, found ", z.size()));
  return o.prior.coordinates(z);
}

bool needs_positive(const ErrorModel& group) { return group.kind != ErrorKind::fixed; }

bool has_spread(const ErrorModel& group, const Measurement& y) {
  switch (group.kind) {
    case ErrorKind::fixed:
      return y.standard_deviation > 0.0;
    case ErrorKind::combined_sd:
    case ErrorKind::combined_variance:
      return group.a >= 0.0 && group.b >= 0.0 && group.a + group.b > 0.0;
    default:
      return group.b > 0.0;
  }
}

/// Predictions with calibration; nothing when a number is missing or cannot be.
std::optional<Prediction> predict(const Objective& o, const Eigen::VectorXd& phi, bool derivatives,
                                  std::string* why) {
  auto fail = [&](std::string reason) {
    if (why) *why = std::move(reason);
    return std::nullopt;
  };
  if (!phi.allFinite()) return fail("a coordinate is not finite");
  const int own = o.predictor.coordinates;
  Prediction p;
  if (auto reason = o.predictor.predict(phi.head(own), derivatives, p)) return fail(*reason);
  const Eigen::Index n = static_cast<Eigen::Index>(o.measurements.size());
  if (p.values.size() != n || (derivatives && (p.jacobian.rows() != n || p.jacobian.cols() != own)))
    throw std::invalid_argument(text("a predictor of ", n, " measurements and ", own,
                                     " coordinates gave ", p.values.size(), " values and a ",
                                     p.jacobian.rows(), " x ", p.jacobian.cols(), " Jacobian"));
  if (derivatives) p.jacobian.conservativeResize(n, o.coordinates());
  if (derivatives) p.jacobian.rightCols(o.coordinates() - own).setZero();
  for (Eigen::Index j = 0; j < n; ++j) {
    const Measurement& y = o.measurements[j];
    if (y.series >= 0) {
      const double factor = std::exp(phi(own + y.series));
      p.values(j) *= factor;
      if (derivatives) {
        p.jacobian.row(j) *= factor;
        p.jacobian(j, own + y.series) = p.values(j);
      }
    }
    if (!std::isfinite(p.values(j)) || (derivatives && !p.jacobian.row(j).allFinite()))
      return fail(text("prediction ", j + 1, " is not finite"));
    if (needs_positive(o.groups[y.group]) && !(p.values(j) > 0.0))
      return fail(text("prediction ", j + 1, " is not positive: ", p.values(j)));
  }
  return p;
}

}  // namespace

bool Objective::least_squares() const {
  return std::all_of(measurements.begin(), measurements.end(),
                     [&](const Measurement& y) { return is_least_squares(groups[y.group], y); });
}

void Objective::check() const {
  const auto scales = std::count_if(groups.begin(), groups.end(),
                                    [](const ErrorModel& group) { return group.estimated; });
  if (static_cast<int>(measurements.size()) != predictor.measurements)
    throw std::invalid_argument(text("the predictor is of ", predictor.measurements,
                                     " measurements, found ", measurements.size()));
  if (prior.size() != predictor.coordinates + series + scales)
    throw std::invalid_argument(text("the prior must have ", predictor.coordinates, " + ", series,
                                     " + ", scales, " coordinates, found ", prior.size()));
  if (pull && pull->gradient.size() != prior.size())
    throw std::invalid_argument(text("a pull needs a derivative by each of ", prior.size(),
                                     " coordinates, found ", pull->gradient.size()));
  bool any = false;
  for (std::size_t j = 0; j < measurements.size(); ++j) {
    const Measurement& y = measurements[j];
    auto refuse = [&](const auto&... what) {
      throw std::invalid_argument(text("measurement ", j + 1, " ", what...));
    };
    if (y.group < 0 || y.group >= static_cast<int>(groups.size()) || y.series >= series)
      refuse("has no such group or series");
    const ErrorModel& group = groups[y.group];
    if (y.censored ? !(y.limit > 0.0)
                   : !(needs_positive(group) ? y.value > 0.0 : std::isfinite(y.value)))
      refuse(y.censored ? "needs a positive limit of detection" : "must be positive");
    if (!has_spread(group, y)) refuse("needs a positive standard deviation");
    if (group.kind == ErrorKind::student_t && !(group.degrees > 0.0))
      refuse("needs positive degrees of freedom, found ", group.degrees);
    any |= !y.censored;
  }
  if (!any) throw std::invalid_argument("no measurement is above its limit of detection");
}

std::optional<ObjectiveValue> evaluate(const Objective& o, const Eigen::VectorXd& z,
                                       bool derivatives, std::string* why) {
  const Eigen::VectorXd phi = coordinates_at(o, z);
  auto p = predict(o, phi, derivatives, why);
  if (!p) return std::nullopt;
  ObjectiveValue out;
  out.prior = o.prior_weight * z.squaredNorm();
  if (derivatives) out.gradient.setZero(o.coordinates());
  const std::vector<int> scales = scale_coordinates(o);
  for (std::size_t j = 0; j < o.measurements.size(); ++j) {
    const Measurement& y = o.measurements[j];
    const int scale = scales[y.group];
    const Deviance d = deviance(o.groups[y.group], y, p->values(j), scale_of(scale, phi));
    out.likelihood += d.value;
    if (!derivatives) continue;
    out.gradient += d.by_prediction * p->jacobian.row(j).transpose();
    if (scale >= 0) out.gradient(scale) += d.by_scale;
  }
  if (o.pull) {
    const double off = o.pull->gradient.dot(phi) - o.pull->target;
    out.likelihood += o.pull->weight * off * off;
    if (derivatives) out.gradient += 2.0 * o.pull->weight * off * o.pull->gradient;
  }
  if (!std::isfinite(out.likelihood) || (derivatives && !out.gradient.allFinite())) {
    if (why) *why = not_finite;
    return std::nullopt;
  }
  out.predictions = std::move(p->values);
  if (derivatives) out.jacobian = std::move(p->jacobian);
  return out;
}

Eigen::VectorXd half_gradient(const Objective& o, const Eigen::VectorXd& z,
                              const ObjectiveValue& at) {
  return 0.5 * o.prior.factor().transpose() * at.gradient + o.prior_weight * z;
}

std::optional<Residuals> residuals(const Objective& o, const Eigen::VectorXd& z, bool derivatives,
                                   std::string* why) {
  const Eigen::VectorXd phi = coordinates_at(o, z);
  const auto p = predict(o, phi, derivatives, why);
  if (!p) return std::nullopt;
  const Eigen::Index n = static_cast<Eigen::Index>(o.measurements.size()), q = o.coordinates();
  const Eigen::MatrixXd& factor = o.prior.factor();
  Residuals out;
  out.values.resize(n + q + (o.pull ? 1 : 0));
  if (derivatives) out.jacobian.setZero(out.values.size(), q);
  for (Eigen::Index j = 0; j < n; ++j) {
    const Measurement& y = o.measurements[j];
    const Residual r = residual(o.groups[y.group], y, p->values(j));
    out.values(j) = r.value;
    if (derivatives) out.jacobian.row(j) = r.by_prediction * p->jacobian.row(j) * factor;
  }
  const double weight = std::sqrt(o.prior_weight);
  out.values.segment(n, q) = weight * z;
  if (derivatives) out.jacobian.block(n, 0, q, q).diagonal().setConstant(weight);
  if (o.pull) {
    const double w = std::sqrt(o.pull->weight);
    out.values(n + q) = w * (o.pull->gradient.dot(phi) - o.pull->target);
    if (derivatives) out.jacobian.row(n + q) = w * o.pull->gradient.transpose() * factor;
  }
  if (!std::isfinite(out.values.squaredNorm()) || !out.jacobian.allFinite()) {
    if (why) *why = not_finite;
    return std::nullopt;
  }
  return out;
}

Eigen::MatrixXd information(const Objective& o, const Eigen::VectorXd& z,
                            const ObjectiveValue& at) {
  const Eigen::VectorXd phi = o.prior.coordinates(z);
  const std::vector<int> scales = scale_coordinates(o);
  Eigen::MatrixXd out = Eigen::MatrixXd::Zero(o.coordinates(), o.coordinates());
  for (std::size_t j = 0; j < o.measurements.size(); ++j) {
    const Measurement& y = o.measurements[j];
    const int scale = scales[y.group];
    const auto i = information(o.groups[y.group], y, at.predictions(j), scale_of(scale, phi));
    const Eigen::RowVectorXd g = at.jacobian.row(j);
    out += i.prediction * g.transpose() * g;
    if (scale < 0) continue;
    out.col(scale) += i.cross * g.transpose();
    out.row(scale) += i.cross * g;
    out(scale, scale) += i.scale;
  }
  return out;
}

Objective simplified(const Objective& o) {
  Objective out = o;
  out.groups.clear();
  out.measurements.clear();
  std::vector<int> kept;
  for (std::size_t j = 0; j < o.measurements.size(); ++j) {
    if (o.measurements[j].censored) continue;
    Measurement y = o.measurements[j];
    ErrorModel group = o.groups[y.group];
    simplify(group, y);
    y.group = static_cast<int>(out.groups.size());
    out.groups.push_back(group);
    out.measurements.push_back(y);
    kept.push_back(static_cast<int>(j));
  }
  out.predictor.measurements = static_cast<int>(kept.size());
  out.predictor.predict = [all = o.predictor.predict, kept](const Eigen::VectorXd& phi,
                                                            bool derivatives, Prediction& p) {
    Prediction every;
    auto why = all(phi, derivatives, every);
    if (why) return why;
    p.values = every.values(kept);
    if (derivatives) p.jacobian = every.jacobian(kept, Eigen::all);
    return why;
  };
  return out;
}

}  // namespace lutetia
