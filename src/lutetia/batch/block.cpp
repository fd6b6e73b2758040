#include "lutetia/batch/block.hpp"

#include <algorithm>
#include <stdexcept>

#include "lutetia/core/text.hpp"

namespace lutetia {

BlockRun::BlockRun(std::shared_ptr<const Batch> batch, Rows rows, unsigned threads)
    : batch_(std::move(batch)),
      rows_(std::move(rows)),
      result_(*batch_, rows_.count),
      working_(threads),
      threads_{stop_} {
  if (threads < 1) throw std::invalid_argument("threads must be at least 1, found 0");
  for (const Course& course : batch_->courses)
    if (rows_.values.size() != rows_.count * course.given.size())
      throw std::invalid_argument(text("a block of ", rows_.count, " rows of ", course.given.size(),
                                       " given parameters cannot hold ", rows_.values.size(),
                                       " values"));
  for (unsigned t = 0; t < threads; ++t) threads_.all.emplace_back([this] { work(); });
}

void BlockRun::work() {
  try {
    take_chunks();
  } catch (...) {
    const std::lock_guard lock(mutex_);
    if (!failure_) failure_ = std::current_exception();
    stop_.request_stop();
  }
  const std::lock_guard lock(mutex_);
  if (--working_ == 0) all_done_.notify_all();
}

void BlockRun::take_chunks() {
  const std::stop_token stop = stop_.get_token();
  const std::size_t chunks = chunk_count(*batch_, rows_.count), courses = batch_->courses.size();
  while (!stop.stop_requested()) {
    const std::size_t chunk = next_chunk_++;
    if (chunk >= chunks) return;
    run_chunk(*batch_, rows_, chunk, stop, result_);
    const std::size_t first = chunk / courses * together_at_most;
    finished_ += std::min(together_at_most, rows_.count - first);
  }
}

bool BlockRun::wait(std::chrono::duration<double> patience) {
  std::unique_lock lock(mutex_);
  return all_done_.wait_for(lock, patience, [this] { return working_ == 0; });
}

const BlockResult& BlockRun::result() {
  std::unique_lock lock(mutex_);
  all_done_.wait(lock, [this] { return working_ == 0; });
  if (failure_) std::rethrow_exception(failure_);
  const auto& status = result_.status;
  if (std::find(status.begin(), status.end(), MemberStatus::not_run) != status.end())
    throw std::runtime_error("the block was stopped before all its members had run");
  return result_;
}

unsigned all_threads() { return std::max(1u, std::thread::hardware_concurrency()); }

BlockResult simulate_many(std::shared_ptr<const Batch> batch, Rows rows, unsigned threads) {
  BlockRun run(std::move(batch), std::move(rows), threads);
  return run.result();
}

}  // namespace lutetia
