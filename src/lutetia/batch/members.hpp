/// @file Members of a batch: their values in, their results and how they went out.
///
/// A block holds rows of given values. Every row stands for one member of each course; members are
/// numbered by row, then by course.
#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "lutetia/batch/course.hpp"
#include "lutetia/simulate/together.hpp"

namespace lutetia {

/// How a member went; its results are numbers only if it went well.
enum class MemberStatus : unsigned char {
  not_run,
  ok,
  model_error,
  data_error,
  solver_error,
  internal_error
};

std::string to_string(MemberStatus status);

/// Values of the given parameters, internal units.
struct Rows {
  std::size_t count = 0;
  std::vector<double> values;  ///< shape (rows, given parameters)
};

/// Results of the members of one block.
struct BlockResult {
  BlockResult() = default;
  BlockResult(const Batch& batch, std::size_t rows);

  std::size_t members() const { return status.size(); }

  std::vector<std::vector<double>> values;  ///< per outcome, shape (members, rows, columns);
                                            ///< NaN where it failed or has no such region or cycle
  std::vector<MemberStatus> status;         ///< shape (members)
  std::vector<std::string> messages;        ///< shape (members); "" where it went well
};

/// Chunks of a block; chunks can run in any order and at the same time.
std::size_t chunk_count(const Batch& batch, std::size_t rows);

/// Run up to four members of one course, together where they can share steps. Failures become the
/// status of the member that failed and disturb no other.
/// @param stop  asked for between runs; what has not begun then stays `not_run`
/// @throws std::invalid_argument when times, end or options are wrong for every member
void run_chunk(const Batch& batch, const Rows& rows, std::size_t chunk, const std::stop_token& stop,
               BlockResult& out);

}  // namespace lutetia
