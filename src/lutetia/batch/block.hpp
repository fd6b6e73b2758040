/// @file A block of members on several threads.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "lutetia/batch/members.hpp"

namespace lutetia {

/// Runs a block from its construction on. Each thread takes the next chunk when it is done with
/// one; a chunk writes only the results of its own members, so no result depends on the number of
/// threads. Its end stops it and waits for the runs that have begun.
class BlockRun {
 public:
  /// @param threads  at least one
  BlockRun(std::shared_ptr<const Batch> batch, Rows rows, unsigned threads);
  BlockRun(const BlockRun&) = delete;
  BlockRun& operator=(const BlockRun&) = delete;

  /// Members done so far.
  std::size_t finished() const { return finished_.load(std::memory_order_relaxed); }
  /// Begin no further run.
  void stop() { stop_.request_stop(); }
  /// True when all is done, at the latest after `patience`.
  bool wait(std::chrono::duration<double> patience);
  /// Wait for all results.
  /// @throws std::invalid_argument when times, end or options are wrong
  /// @throws std::runtime_error after stop()
  const BlockResult& result();

 private:
  void work();
  void take_chunks();

  std::shared_ptr<const Batch> batch_;
  Rows rows_;
  BlockResult result_;
  std::atomic<std::size_t> next_chunk_ = 0, finished_ = 0;
  std::stop_source stop_;
  std::mutex mutex_;
  std::condition_variable all_done_;
  unsigned working_;
  std::exception_ptr failure_;

  /// Declared last, so destroyed first: threads use all of the above.
  struct Threads {
    std::stop_source stop;
    std::vector<std::jthread> all = {};
    ~Threads() { stop.request_stop(); }
  } threads_;
};

/// Threads a machine runs at once, at least one.
unsigned all_threads();

/// Run a block and wait for it.
BlockResult simulate_many(std::shared_ptr<const Batch> batch, Rows rows,
                          unsigned threads = all_threads());

}  // namespace lutetia
