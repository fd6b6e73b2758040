#include "cvodes_sensitivities.hpp"

#include <algorithm>

#include "lutetia/system/system_tangent.hpp"

namespace lutetia::bench {
namespace {

std::vector<ParameterSeeds> one_by_one(const std::vector<int>& parameters) {
  std::vector<ParameterSeeds> out;
  for (const int p : parameters) out.push_back({{p, 1.0}});
  return out;
}

}  // namespace

CvodesSensitivities::CvodesSensitivities(const Workload& work, const std::vector<int>& parameters,
                                         N_Vector like)
    : work_(work),
      tangents_(rate_tangents(*work.system, work.phase().values, one_by_one(parameters))),
      tangent_(*work.system),
      count_(static_cast<int>(parameters.size())),
      vectors_(N_VCloneVectorArray(count_, like)),
      s_(work.system->size()),
      out_(s_.size()) {
  for (int p = 0; p < count_; ++p) {
    N_VConst(0.0, vectors_[p]);
    scales_.push_back(work.phase().values[parameters[p]]);
  }
}

CvodesSensitivities::~CvodesSensitivities() { N_VDestroyVectorArray(vectors_, count_); }

void CvodesSensitivities::rhs(std::span<const double> x, N_Vector* s, N_Vector* out) {
  for (int first = 0; first < count_; first += lane_count) {
    const int lanes = std::min(lane_count, count_ - first);
    for (int l = 0; l < lanes; ++l)
      for (std::size_t i = 0; i < s_.size(); ++i) s_[i].set(l, NV_DATA_S(s[first + l])[i]);
    tangent_.use(work_.phase().rates, {&tangents_[first / lane_count], 1});
    with_instructions(instructions_, [&] {
      tangent_.begin(x, s_);
      tangent_.start(out_);
    });
    for (int l = 0; l < lanes; ++l)
      for (std::size_t i = 0; i < s_.size(); ++i) NV_DATA_S(out[first + l])[i] = out_[i][l];
  }
}

void CvodesSensitivities::jump(const Jump& jump, std::span<const double> x) {
  const double share = jump.value * jump.share_at(work_.phase().rates);
  for (int p = 0; p < count_; ++p) {
    const auto by_share = [&](Tape::Slot slot) {
      return jump.value * tangents_[p / lane_count].slots[slot][p % lane_count];
    };
    const double by_value = jump.share < 0 ? 0.0 : by_share(jump.share);
    double* const s = NV_DATA_S(vectors_[p]);
    switch (jump.kind) {
      case Jump::Kind::add:
        s[jump.state] += by_value;
        break;
      case Jump::Kind::set:
        s[jump.state] = by_value;
        break;
      case Jump::Kind::move:
        const double moved = share * s[jump.state] + by_value * x[jump.state];
        s[jump.state] -= moved;
        s[jump.to] += moved;
        break;
    }
  }
}

void CvodesSensitivities::store(std::size_t time, std::vector<double>& out) const {
  for (std::size_t r = 0; r < work_.regions.size(); ++r)
    for (int p = 0; p < count_; ++p) {
      double sum = 0.0;
      for (const int state : work_.regions[r].states) sum += NV_DATA_S(vectors_[p])[state];
      out[(r * work_.times.size() + time) * count_ + p] = work_.to_activity * sum;
    }
}

}  // namespace lutetia::bench
