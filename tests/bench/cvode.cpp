#include <cvodes/cvodes.h>
#include <nvector/nvector_serial.h>
#include <sunlinsol/sunlinsol_klu.h>
#include <sunmatrix/sunmatrix_sparse.h>

#include <algorithm>
#include <span>
#include <stdexcept>
#include <sundials/sundials_context.hpp>

#include "lutetia/core/text.hpp"
#include "workload.hpp"

namespace lutetia::bench {
namespace {

void check(int flag, const char* what) {
  if (flag < 0) throw std::runtime_error(text("CVODE: ", what, " failed with ", flag));
}

std::span<const double> view(N_Vector v) {
  return {N_VGetArrayPointer(v), static_cast<std::size_t>(N_VGetLength(v))};
}
std::span<double> view_mutable(N_Vector v) {
  return {N_VGetArrayPointer(v), static_cast<std::size_t>(N_VGetLength(v))};
}

/// One run: the sparse matrix is kept by columns as KLU wants it, `order` maps it to the rows of
/// the system.
class CvodeRun {
 public:
  CvodeRun(const Workload& work, double rtol, double atol_fraction)
      : work_(work), jacobian_(work.system->pattern().nonzeros()) {
    const int n = work.system->size();
    x_ = N_VNew_Serial(n, context_);
    tolerance_ = N_VNew_Serial(n, context_);
    integral_ = N_VNew_Serial(static_cast<sunindextype>(work.regions.size()), context_);
    N_VConst(0.0, x_);
    N_VConst(0.0, integral_);
    for (int i = 0; i < n; ++i) view_mutable(tolerance_)[i] = rtol * atol_fraction * work.scale[i];
    matrix_ = SUNSparseMatrix(n, n, work.system->pattern().nonzeros(), CSC_MAT, context_);
    order_by_columns();
    solver_ = SUNLinSol_KLU(x_, matrix_, context_);
    memory_ = CVodeCreate(CV_BDF, context_);
    check(CVodeInit(memory_, rhs, work.schedule.events.front().time, x_), "CVodeInit");
    check(CVodeSVtolerances(memory_, rtol, tolerance_), "CVodeSVtolerances");
    check(CVodeSetUserData(memory_, this), "CVodeSetUserData");
    check(CVodeSetLinearSolver(memory_, solver_, matrix_), "CVodeSetLinearSolver");
    check(CVodeSetJacFn(memory_, jacobian), "CVodeSetJacFn");
    check(CVodeSetErrFile(memory_, nullptr),
          "CVodeSetErrFile");  // it warns of its own first step at tight tolerances
    check(CVodeSetMaxNumSteps(memory_, 1000000), "CVodeSetMaxNumSteps");
    check(CVodeQuadInit(memory_, integrand, integral_), "CVodeQuadInit");
  }
  ~CvodeRun() {
    CVodeFree(&memory_);
    SUNLinSolFree(solver_);
    SUNMatDestroy(matrix_);
    for (N_Vector v : {x_, tolerance_, integral_}) N_VDestroy(v);
  }
  CvodeRun(const CvodeRun&) = delete;
  CvodeRun& operator=(const CvodeRun&) = delete;

  Answer run() {
    Answer out;
    out.activity.resize(work_.regions.size() * work_.times.size());
    out.tia.resize(work_.regions.size() * work_.schedule.cycle_starts.size());
    for (const Event& event : work_.schedule.events) {
      advance(event.time, out);
      for (const Jump& jump : event.jumps) apply(jump, work_.rates, view_mutable(x_));
      check(CVodeReInit(memory_, event.time, x_), "CVodeReInit");
      check(CVodeQuadReInit(memory_, integral_), "CVodeQuadReInit");
      t_ = event.time;
    }
    advance(work_.end, out);
    return out;
  }

 private:
  static int rhs(double, N_Vector x, N_Vector out, void* self) {
    const Workload& work = static_cast<CvodeRun*>(self)->work_;
    work.system->rhs<double>(work.rates, view(x), view_mutable(out));
    return 0;
  }
  static int jacobian(double, N_Vector x, N_Vector, SUNMatrix matrix, void* self, N_Vector,
                      N_Vector, N_Vector) {
    CvodeRun& run = *static_cast<CvodeRun*>(self);
    run.work_.system->jacobian(run.work_.rates, view(x), run.jacobian_);
    // CVODE copies its own matrices over this one: indices must be written each time.
    std::copy(run.column_start_.begin(), run.column_start_.end(),
              SUNSparseMatrix_IndexPointers(matrix));
    std::copy(run.rows_.begin(), run.rows_.end(), SUNSparseMatrix_IndexValues(matrix));
    double* const values = SUNSparseMatrix_Data(matrix);
    for (std::size_t q = 0; q < run.order_.size(); ++q) values[q] = run.jacobian_[run.order_[q]];
    return 0;
  }
  static int integrand(double, N_Vector x, N_Vector out, void* self) {
    static_cast<CvodeRun*>(self)->sum_regions(view(x), view_mutable(out));
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
  }

  void advance(double stop, Answer& out) {
    integrate_to(stop, out);
    close_cycles(stop, out);
    count(out.counters);
  }

  /// Advance to a time that must be hit exactly; outputs on the way are interpolated by CVODE.
  void integrate_to(double stop, Answer& out) {
    if (stop > t_) check(CVodeSetStopTime(memory_, stop), "CVodeSetStopTime");
    while (next_output_ < work_.times.size() && work_.times[next_output_] <= stop) {
      const double t = work_.times[next_output_];
      if (t > t_) check(CVode(memory_, t, x_, &t_, CV_NORMAL), "CVode");
      store(out);
      ++next_output_;
    }
    if (t_ < stop) check(CVode(memory_, stop, x_, &t_, CV_NORMAL), "CVode");
  }

  void store(Answer& out) const {
    std::vector<double> activity(work_.regions.size());
    sum_regions(view(x_), activity);
    for (std::size_t r = 0; r < activity.size(); ++r)
      out.activity[r * work_.times.size() + next_output_] = activity[r];
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

  /// CVODE starts its counters anew with every CVodeReInit, so they are collected before it.
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
  sundials::Context context_;
  N_Vector x_, tolerance_, integral_;
  SUNMatrix matrix_;
  SUNLinearSolver solver_;
  void* memory_;
  std::vector<double> jacobian_;
  std::vector<sunindextype> column_start_, rows_;
  std::vector<int> order_;
  std::vector<double> closed_;
  std::size_t next_output_ = 0, cycle_ = 0;
  double t_ = 0.0;
};

}  // namespace

Answer solve_with_cvode(const Workload& work, double rtol, double atol_fraction) {
  return CvodeRun(work, rtol, atol_fraction).run();
}

}  // namespace lutetia::bench
