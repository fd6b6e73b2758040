/// @file Derivatives of the states as CVODES wants them: one vector for each parameter.
#pragma once

#include <nvector/nvector_serial.h>

#include <span>
#include <vector>

#include "workload.hpp"

namespace lutetia::bench {

/// Owns the vectors; differentiates the right-hand side with the package's own (exact) code, four
/// parameters at a time, and the jumps at events.
class CvodesSensitivities {
 public:
  CvodesSensitivities(const Workload& work, const std::vector<int>& parameters, N_Vector like);
  ~CvodesSensitivities();
  CvodesSensitivities(const CvodesSensitivities&) = delete;
  CvodesSensitivities& operator=(const CvodesSensitivities&) = delete;

  int count() const { return count_; }
  N_Vector* vectors() { return vectors_; }
  double* scales() { return scales_.data(); }  ///< value of each parameter

  /// out = J s + ∂f/∂p at x.
  void rhs(std::span<const double> x, N_Vector* s, N_Vector* out);
  /// A jump of the states `x` that is about to happen.
  void jump(const Jump& jump, std::span<const double> x);
  /// Derivatives of the activities now, into shape (regions, times, parameters).
  void store(std::size_t time, std::vector<double>& out) const;

 private:
  const Workload& work_;
  const Instructions instructions_ = chosen_instructions();
  std::vector<RateTangents> tangents_;
  SystemTangent<Lanes> tangent_;
  int count_;
  N_Vector* vectors_;
  std::vector<double> scales_;
  std::vector<Lanes> s_, out_;  ///< shape (states)
};

}  // namespace lutetia::bench
