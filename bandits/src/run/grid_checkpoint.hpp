#pragma once
// Finished runs of a grid in a file, so that a stopped grid can go on.

#include <chrono>
#include <mutex>
#include <string>
#include <vector>

#include "causal/bandits/run/grid.hpp"

namespace causal::bandits {

/// The file of options.checkpoint_path; without a path nothing is read or written. It holds a line with the version,
/// what the grid consists of as text, the finished runs, and a checksum. `options` must outlive it.
class GridCheckpoint {
 public:
  /// policies: their names, in the order of the grid.
  GridCheckpoint(const GridOptions& options, const std::vector<std::string>& policies);

  /// Takes the finished runs of the file into `runs` (already of the grid's size). A file that is absent has none.
  /// Errors: DataError for a file that is no checkpoint, of another version, damaged, of another grid (the first line
  /// that differs is named), or with runs that do not have the shape of the options.
  void load(std::vector<GridRun>& runs) const;

  /// Puts a run in its place, and writes all finished ones when five seconds have passed. From any thread.
  void finish(std::vector<GridRun>& runs, std::size_t k, GridRun run);

  /// Replaces the file by one with all finished runs; a write that is interrupted leaves the old one. Errors: IoError.
  void write(const std::vector<GridRun>& runs);

 private:
  const GridOptions& options_;
  std::string identity_;
  std::mutex mutex_;
  std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

}  // namespace causal::bandits
