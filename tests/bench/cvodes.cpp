#include <cvodes/cvodes.h>
#include <nvector/nvector_serial.h>
#include <sunlinsol/sunlinsol_klu.h>
#include <sunmatrix/sunmatrix_sparse.h>

#include <algorithm>
#include <optional>
#include <span>
#include <stdexcept>
#include <sundials/sundials_context.hpp>

#include "cvodes_sensitivities.hpp"
#include "lutetia/core/text.hpp"
#include "sundials_operations.hpp"

namespace lutetia::bench {
namespace {

void check(int flag, const char* what) {
  if (flag < 0) throw std::runtime_error(text("CVODES: ", what, " failed with ", flag));
}

std::span<const double> view(N_Vector v) {
  return {N_VGetArrayPointer(v), static_cast<std::size_t>(N_VGetLength(v))};
}
std::span<double> view_mutable(N_Vector v) {
  return {N_VGetArrayPointer(v), static_cast<std::size_t>(N_VGetLength(v))};
}

/// One run: the sparse matrix is kept by columns as KLU wants it, `order` maps it to the rows of
/// the system.
class CvodesRun {
 public:
  CvodesRun(const Workload& work, const CvodesOptions& options)
      : work_(work),
        rates_(work.phase().rates),
        jacobian_(work.system->pattern().nonzeros()),
        shipped_(options.shipped_operations),
        integrals_(options.integrals),
        method_(options.corrector == Corrector::staggered ? CV_STAGGERED : CV_SIMULTANEOUS) {
    const int n = work.system->size();
    x_ = N_VNew_Serial(n, context_);
    integral_ = N_VNew_Serial(static_cast<sunindextype>(work.regions.size()), context_);
    for (N_Vector v : {x_, integral_}) {
      if (!options.shipped_operations) use_fast_operations(v);
      N_VConst(0.0, v);
    }
    tolerance_ = N_VClone(x_);
    for (int i = 0; i < n; ++i)
      view_mutable(tolerance_)[i] = options.rtol * options.atol_fraction * work.scale[i];
    matrix_ = SUNSparseMatrix(n, n, work.system->pattern().nonzeros(), CSC_MAT, context_);
    order_by_columns();
    if (!options.shipped_operations) use_fast_operations(matrix_);
    solver_ = SUNLinSol_KLU(x_, matrix_, context_);
    memory_ = CVodeCreate(CV_BDF, context_);
    check(CVodeInit(memory_, rhs, work.schedule.events.front().time, x_), "CVodeInit");
    check(CVodeSVtolerances(memory_, options.rtol, tolerance_), "CVodeSVtolerances");
    check(CVodeSetUserData(memory_, this), "CVodeSetUserData");
    check(CVodeSetLinearSolver(memory_, solver_, matrix_), "CVodeSetLinearSolver");
    check(CVodeSetJacFn(memory_, jacobian), "CVodeSetJacFn");
    check(CVodeSetErrFile(memory_, nullptr),
          "CVodeSetErrFile");  // it warns of its own first step at tight tolerances
    check(CVodeSetMaxNumSteps(memory_, 1000000), "CVodeSetMaxNumSteps");
    if (integrals_) check(CVodeQuadInit(memory_, integrand, integral_), "CVodeQuadInit");
    if (!options.parameters.empty()) differentiate(options.parameters);
  }
  ~CvodesRun() {
    CVodeFree(&memory_);
    SUNLinSolFree(solver_);
    SUNMatDestroy(matrix_);
    for (N_Vector v : {x_, tolerance_, integral_}) N_VDestroy(v);
  }
  CvodesRun(const CvodesRun&) = delete;
  CvodesRun& operator=(const CvodesRun&) = delete;

  Answer run() {
    Answer out;
    if (s_) out.activity_by.resize(work_.regions.size() * work_.times.size() * s_->count());
    out.activity.resize(work_.regions.size() * work_.times.size());
    if (integrals_) out.tia.resize(work_.regions.size() * work_.schedule.cycle_starts.size());
    for (const Event& event : work_.schedule.events) {
      advance(event.time, out);
      for (const Jump& jump : event.jumps) {
        if (s_) s_->jump(jump, view(x_));
        apply(jump, rates_, view_mutable(x_));
      }
      check(CVodeReInit(memory_, event.time, x_), "CVodeReInit");
      if (integrals_) check(CVodeQuadReInit(memory_, integral_), "CVodeQuadReInit");
      if (s_) check(CVodeSensReInit(memory_, method_, s_->vectors()), "CVodeSensReInit");
      t_ = event.time;
    }
    advance(work_.end, out);
    return out;
  }

 private:
  /// Derivatives take no part in the control of steps, as in this package.
  void differentiate(const std::vector<int>& parameters) {
    s_.emplace(work_, parameters, x_);
    check(CVodeSensInit(memory_, s_->count(), method_, sensitivity_rhs, s_->vectors()),
          "CVodeSensInit");
    check(CVodeSetSensParams(memory_, nullptr, s_->scales(), nullptr), "CVodeSetSensParams");
    check(CVodeSensEEtolerances(memory_), "CVodeSensEEtolerances");
    check(CVodeSetSensErrCon(memory_, SUNFALSE), "CVodeSetSensErrCon");
  }

  static int rhs(double, N_Vector x, N_Vector out, void* self) {
    const CvodesRun& run = *static_cast<CvodesRun*>(self);
    with_instructions(run.instructions_, [&] {
      run.work_.system->rhs<double>(run.rates_, view(x), view_mutable(out));
    });
    return 0;
  }
  static int sensitivity_rhs(int, double, N_Vector x, N_Vector, N_Vector* s, N_Vector* out,
                             void* self, N_Vector, N_Vector) {
    static_cast<CvodesRun*>(self)->s_->rhs(view(x), s, out);
    return 0;
  }
  static int jacobian(double, N_Vector x, N_Vector, SUNMatrix matrix, void* self, N_Vector,
                      N_Vector, N_Vector) {
    CvodesRun& run = *static_cast<CvodesRun*>(self);
    run.work_.system->jacobian(run.rates_, view(x), run.jacobian_);
    if (run.shipped_) run.write_indices(matrix);  // its operation to clear it forgets them
    double* const values = SUNSparseMatrix_Data(matrix);
    for (std::size_t q = 0; q < run.order_.size(); ++q) values[q] = run.jacobian_[run.order_[q]];
    return 0;
  }
  static int integrand(double, N_Vector x, N_Vector out, void* self) {
    static_cast<CvodesRun*>(self)->sum_regions(view(x), view_mutable(out));
    return 0;
  }

  void sum_regions(std::span<const double> x, std::span<double> out) const {
    for (std::size_t r = 0; r < out.size(); ++r) {
      out[r] = 0.0;
      for (const int s : work_.regions[r].states) out[r] += work_.to_activity * x[s];
    }
  }

  void order_by_columns() {
    const Pattern& p = work_.system->pattern();
    column_start_.assign(p.size() + 1, 0);
    for (const int column : p.columns) ++column_start_[column + 1];
    for (int c = 0; c < p.size(); ++c) column_start_[c + 1] += column_start_[c];
    rows_.resize(p.nonzeros());
    order_.resize(p.nonzeros());
    std::vector<sunindextype> next(column_start_.begin(), column_start_.end() - 1);
    for (int row = 0; row < p.size(); ++row)
      for (int k = p.row_start[row]; k < p.row_start[row + 1]; ++k) {
        const sunindextype at = next[p.columns[k]]++;
        rows_[at] = row;
        order_[at] = k;
      }
    write_indices(matrix_);
  }
  void write_indices(SUNMatrix matrix) const {
    std::copy(column_start_.begin(), column_start_.end(), SUNSparseMatrix_IndexPointers(matrix));
    std::copy(rows_.begin(), rows_.end(), SUNSparseMatrix_IndexValues(matrix));
  }

  void advance(double stop, Answer& out) {
    integrate_to(stop, out);
    if (integrals_) close_cycles(stop, out);
    count(out.counters);
  }

  /// Advance to a time that must be hit exactly; outputs on the way are interpolated by CVODE.
  void integrate_to(double stop, Answer& out) {
    if (stop > t_) check(CVodeSetStopTime(memory_, stop), "CVodeSetStopTime");
    while (next_output_ < work_.times.size() && work_.times[next_output_] <= stop) {
      const double t = work_.times[next_output_];
      if (t > t_) run_to(t);
      store(out);
      ++next_output_;
    }
    if (t_ < stop) run_to(stop);
  }
  void run_to(double t) {
    check(CVode(memory_, t, x_, &t_, CV_NORMAL), "CVode");
    double reached = 0.0;
    if (s_) check(CVodeGetSens(memory_, &reached, s_->vectors()), "CVodeGetSens");
  }

  void store(Answer& out) const {
    std::vector<double> activity(work_.regions.size());
    sum_regions(view(x_), activity);
    for (std::size_t r = 0; r < activity.size(); ++r)
      out.activity[r * work_.times.size() + next_output_] = activity[r];
    if (s_) s_->store(next_output_, out.activity_by);
  }

  /// Write the integral of the cycle that ends at `time`, if one does.
  void close_cycles(double time, Answer& out) {
    const std::vector<double>& starts = work_.schedule.cycle_starts;
    if (time <= starts.front()) return;
    double reached = 0.0;
    check(CVodeGetQuad(memory_, &reached, integral_), "CVodeGetQuad");
    const double next = cycle_ + 1 < starts.size() ? starts[cycle_ + 1] : work_.end;
    if (time < next) return;
    const std::span<const double> sums = view(integral_);
    closed_.resize(sums.size(), 0.0);
    for (std::size_t r = 0; r < sums.size(); ++r) {
      out.tia[r * starts.size() + cycle_] = sums[r] - closed_[r];
      closed_[r] = sums[r];
    }
    ++cycle_;
  }

  /// CVODES starts its counters anew with every CVodeReInit, so they are collected before it.
  void count(StepCounters& out) const {
    long steps = 0, rejected = 0, set_ups = 0, rhs_calls = 0, iterations = 0;
    check(CVodeGetNumSteps(memory_, &steps), "CVodeGetNumSteps");
    check(CVodeGetNumErrTestFails(memory_, &rejected), "CVodeGetNumErrTestFails");
    check(CVodeGetNumLinSolvSetups(memory_, &set_ups), "CVodeGetNumLinSolvSetups");
    check(CVodeGetNumRhsEvals(memory_, &rhs_calls), "CVodeGetNumRhsEvals");
    check(CVodeGetNumNonlinSolvIters(memory_, &iterations), "CVodeGetNumNonlinSolvIters");
    out.accepted += steps;
    out.rejected += rejected;
    out.factorizations += set_ups;
    out.rhs_calls += rhs_calls;
    out.solves += iterations;
  }

  const Workload& work_;
  const Rates& rates_;
  const Instructions instructions_ = chosen_instructions();
  sundials::Context context_;
  N_Vector x_, tolerance_, integral_;
  SUNMatrix matrix_;
  SUNLinearSolver solver_;
  void* memory_;
  std::vector<double> jacobian_;
  std::vector<sunindextype> column_start_, rows_;
  std::vector<int> order_;
  const bool shipped_, integrals_;
  const int method_;
  std::optional<CvodesSensitivities> s_;
  std::vector<double> closed_;
  std::size_t next_output_ = 0, cycle_ = 0;
  double t_ = 0.0;
};

}  // namespace

Answer solve_with_cvodes(const Workload& work, const CvodesOptions& options) {
  return CvodesRun(work, options).run();
}

}  // namespace lutetia::bench
