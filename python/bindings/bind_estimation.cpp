/// @file Fits of anything that predicts: priors, error models, objectives, searches.
#include <pybind11/eigen.h>
#include <pybind11/functional.h>
#include <pybind11/native_enum.h>
#include <pybind11/stl.h>

#include <future>

#include "bindings.hpp"
#include "lutetia/estimation/minimize.hpp"

namespace lutetia::python {
namespace {

using Eigen::VectorXd;

/// predict(phi, derivatives) of Python returns values, (values, jacobian), or None when there is no
/// prediction.
Predictor predictor_of(py::function predict, int measurements, int coordinates) {
  // The last copy may die on a thread of a search.
  const std::shared_ptr<py::function> call(new py::function(std::move(predict)),
                                           [](py::function* f) {
                                             const py::gil_scoped_acquire acquire;
                                             delete f;
                                           });
  return {
      measurements, coordinates,
      [call](const VectorXd& phi, bool derivatives, Prediction& out) -> std::optional<std::string> {
        const py::gil_scoped_acquire acquire;
        const py::object got = (*call)(phi, derivatives);
        if (got.is_none()) return "the model gave no prediction";
        if (derivatives)
          std::tie(out.values, out.jacobian) = got.cast<std::pair<VectorXd, Eigen::MatrixXd>>();
        else
          out.values = got.cast<VectorXd>();
        return std::nullopt;
      }};
}

std::shared_ptr<Objective> objective_of(const Predictor& predictor,
                                        const std::vector<Measurement>& measurements,
                                        const std::vector<ErrorModel>& groups, int series,
                                        const Prior& prior, double prior_weight) {
  auto out = std::make_shared<Objective>(
      Objective{predictor, measurements, groups, series, prior, prior_weight});
  out->check();
  return out;
}

py::object value_dict(const Objective& objective, const VectorXd& z, bool derivatives) {
  std::optional<ObjectiveValue> at;
  std::string why;
  Eigen::MatrixXd info;
  {
    const py::gil_scoped_release release;
    at = evaluate(objective, z, derivatives, &why);
    if (at && derivatives) info = information(objective, z, *at);
  }
  py::dict out;
  out["why"] = why;
  if (!at) return out;
  out["likelihood"] = at->likelihood;
  out["prior"] = at->prior;
  out["predictions"] = at->predictions;
  if (!derivatives) return out;
  out["jacobian"] = at->jacobian;
  out["gradient"] = at->gradient;
  out["information"] = info;
  return out;
}

/// Searches on threads of their own, from construction on. Its end cancels them and waits.
class Search {
 public:
  Search(std::shared_ptr<const Objective> objective, std::vector<VectorXd> starts, int threads,
         const MinimizeOptions& options)
      : objective_(std::move(objective)),
        result_(
            std::async(std::launch::async, [this, starts = std::move(starts), threads, options] {
              return minimize_from(*objective_, starts, threads, options, &cancel_, &finished_);
            })) {}
  ~Search() {
    cancel_ = true;
    const py::gil_scoped_release release;
    if (result_.valid()) result_.wait();
  }
  int finished() const { return finished_; }
  void stop() { cancel_ = true; }
  bool wait(double seconds) {
    const py::gil_scoped_release release;
    return !result_.valid() ||
           result_.wait_for(std::chrono::duration<double>(seconds)) == std::future_status::ready;
  }
  std::vector<Minimum> result() {
    const py::gil_scoped_release release;
    return result_.get();
  }

 private:
  std::shared_ptr<const Objective> objective_;
  std::atomic<bool> cancel_ = false;
  std::atomic<int> finished_ = 0;
  std::future<std::vector<Minimum>> result_;
};

void register_values(py::module_& m) {
  py::native_enum<ErrorKind> kinds(m, "ErrorKind", "enum.Enum");
  for (const auto& [name, kind] : error_kinds()) kinds.value(name.c_str(), kind);
  kinds.finalize();
  py::class_<ErrorModel>(m, "ErrorModel", "How the measurements of a group scatter.")
      .def(py::init([](ErrorKind kind, double a, double b, double degrees, bool estimated) {
             return ErrorModel{kind, a, b, degrees, estimated};
           }),
           py::arg("kind"), py::arg("a") = 0.0, py::arg("b") = 0.0, py::arg("degrees") = 4.0,
           py::arg("estimated") = false)
      .def_readonly("kind", &ErrorModel::kind)
      .def_readonly("a", &ErrorModel::a)
      .def_readonly("b", &ErrorModel::b)
      .def_readonly("estimated", &ErrorModel::estimated);
  py::class_<Measurement>(m, "Measurement", "A measured value and where it belongs.")
      .def(py::init([](double value, double standard_deviation, int group, bool censored,
                       double limit, int series) {
             return Measurement{value, standard_deviation, group, censored, limit, series};
           }),
           py::arg("value"), py::arg("standard_deviation") = 0.0, py::arg("group") = 0,
           py::arg("censored") = false, py::arg("limit") = 0.0, py::arg("series") = -1)
      .def_readwrite("value", &Measurement::value);
  m.def(
      "deviance",
      [](const ErrorModel& model, const Measurement& y, double prediction, double scale) {
        const Deviance d = deviance(model, y, prediction, scale);
        return std::tuple(d.value, d.by_prediction, d.by_scale);
      },
      py::arg("model"), py::arg("measurement"), py::arg("prediction"), py::arg("scale") = 1.0);
  py::class_<Prior>(m, "Prior", "A normal distribution of the coordinates.")
      .def(py::init<std::vector<std::string>, VectorXd, const Eigen::MatrixXd&>(), py::arg("names"),
           py::arg("mean"), py::arg("covariance"))
      .def_property_readonly("names", &Prior::names)
      .def_property_readonly("mean", &Prior::mean)
      .def_property_readonly("factor", &Prior::factor)
      .def("coordinates", &Prior::coordinates, py::arg("z"))
      .def("whitened", &Prior::whitened, py::arg("phi"));
  py::class_<Predictor>(m, "Predictor", "What predicts the measurements.")
      .def(py::init(&predictor_of), py::arg("predict"), py::arg("measurements"),
           py::arg("coordinates"))
      .def_readonly("measurements", &Predictor::measurements)
      .def_readonly("coordinates", &Predictor::coordinates);
}

}  // namespace

void register_estimation(py::module_& m) {
  register_values(m);
  py::class_<Objective, std::shared_ptr<Objective>>(m, "Objective", "−2 ln posterior.")
      .def(py::init(&objective_of), py::arg("predictor"), py::arg("measurements"),
           py::arg("groups"), py::arg("series"), py::arg("prior"), py::arg("prior_weight") = 1.0)
      .def_readonly("prior", &Objective::prior)
      .def_property_readonly("least_squares", &Objective::least_squares)
      .def("evaluate", &value_dict, py::arg("z"), py::arg("derivatives") = true)
      .def(
          "logp_and_gradient",
          [](const Objective& o, const VectorXd& z) {
            const py::gil_scoped_release release;
            const auto at = evaluate(o, z, true);
            if (!at)
              return std::pair<double, VectorXd>(-std::numeric_limits<double>::infinity(),
                                                 VectorXd::Zero(z.size()));
            return std::pair<double, VectorXd>(
                -0.5 * at->total(),
                -0.5 * o.prior.factor().transpose() * at->gradient - o.prior_weight * z);
          },
          py::arg("z"), "ln posterior density of z up to a constant, and its gradient.")
      .def(
          "with_values",
          [](const Objective& o, const VectorXd& values) {
            Objective out = o;
            if (values.size() != static_cast<Eigen::Index>(out.measurements.size()))
              throw py::value_error("as many values as measurements are needed");
            for (std::size_t j = 0; j < out.measurements.size(); ++j)
              out.measurements[j].value = values(static_cast<Eigen::Index>(j));
            out.check();
            return std::make_shared<Objective>(std::move(out));
          },
          py::arg("values"))
      .def(
          "with_prior_weight",
          [](const Objective& o, double weight) {
            Objective out = o;
            out.prior_weight = weight;
            return std::make_shared<Objective>(std::move(out));
          },
          py::arg("weight"))
      .def(
          "with_pull",
          [](const Objective& o, const VectorXd& gradient, double target, double weight) {
            Objective out = o;
            out.pull = Pull{gradient, target, weight};
            return std::make_shared<Objective>(std::move(out));
          },
          py::arg("gradient"), py::arg("target"), py::arg("weight"));
  py::native_enum<MinimizeStatus>(m, "MinimizeStatus", "enum.Enum")
      .value("converged", MinimizeStatus::converged)
      .value("not_converged", MinimizeStatus::not_converged)
      .value("start_infeasible", MinimizeStatus::start_infeasible)
      .value("cancelled", MinimizeStatus::cancelled)
      .finalize();
  py::class_<MinimizeOptions>(m, "MinimizeOptions", "When a search ends.")
      .def(py::init<>())
      .def_readwrite("max_iterations", &MinimizeOptions::max_iterations)
      .def_readwrite("function_tolerance", &MinimizeOptions::function_tolerance)
      .def_readwrite("gradient_tolerance", &MinimizeOptions::gradient_tolerance)
      .def_readwrite("parameter_tolerance", &MinimizeOptions::parameter_tolerance);
  py::class_<Minimum>(m, "Minimum", "Where a search ended.")
      .def_readonly("status", &Minimum::status)
      .def_readonly("message", &Minimum::message)
      .def_readonly("start", &Minimum::start)
      .def_readonly("z", &Minimum::z)
      .def_readonly("objective", &Minimum::objective)
      .def_readonly("gradient", &Minimum::gradient)
      .def_readonly("iterations", &Minimum::iterations)
      .def_readonly("evaluations", &Minimum::evaluations)
      .def_readonly("derivatives", &Minimum::derivatives)
      .def_readonly("failures", &Minimum::failures)
      .def_readonly("halvings", &Minimum::halvings);
  py::class_<Search>(m, "Search", "Searches from several starts, running from now on.")
      .def(py::init<std::shared_ptr<const Objective>, std::vector<VectorXd>, int,
                    const MinimizeOptions&>(),
           py::arg("objective"), py::arg("starts"), py::arg("threads"),
           py::arg("options") = MinimizeOptions{})
      .def_property_readonly("finished", &Search::finished)
      .def("stop", &Search::stop)
      .def("wait", &Search::wait, py::arg("seconds"))
      .def("result", &Search::result);
}

}  // namespace lutetia::python
