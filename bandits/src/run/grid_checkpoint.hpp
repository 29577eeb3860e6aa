#pragma once
// Finished runs of a grid in a file, so that a stopped grid can go on.

#include <string>
#include <vector>

#include "causal/bandits/run/grid.hpp"

namespace causal::bandits {

/// Takes the finished runs of the file into `runs` (already of the grid's size). A file that is absent has none.
/// Errors: DataError for a file that is no checkpoint, of another version, damaged, of a grid with another identity
/// (the first line that differs is named), or with runs that do not have the shape of `options`.
void load_grid_checkpoint(const std::string& path, const std::string& identity, const GridOptions& options,
                          std::vector<GridRun>& runs);

/// Replaces the file by one with all finished runs; a write that is interrupted leaves the old one. Errors: IoError.
void save_grid_checkpoint(const std::string& path, const std::string& identity, const std::vector<GridRun>& runs);

}  // namespace causal::bandits
