#pragma once
// NumPy arrays (.npy) to Dataset and back.

#include <iosfwd>
#include <string>
#include <string_view>

#include "causal/data/dataset.hpp"

namespace causal::io {

/// Reads a .npy file of format version 1, 2 or 3: one- or two-dimensional, in C or Fortran order, of either byte order,
/// with elements bool, int8 to int64, uint8 to uint64, float32 or float64. The path "-" is standard input.
///
/// Columns are named X1..Xp; a one-dimensional array is one column. Columns of bools are binary with the levels 0 and
/// 1, all others continuous; NaN is a missing cell. Errors: IoError; DataError whose `where` is `file:byte N` for a
/// broken header, another type or shape, a file of the wrong length, an integer that no double holds, an infinite cell;
/// an array without cells.
[[nodiscard]] Dataset read_npy(const std::string& path);
/// The same on bytes in memory; `name` stands for the file in errors.
[[nodiscard]] Dataset parse_npy(std::string_view bytes, const std::string& name = "<npy>");

/// Writes the values as float64 in Fortran order, format version 1; names, types and levels are lost (a discrete cell
/// is written as its code). Failures are left in the state of `out`.
void write_npy(std::ostream& out, const Dataset& data);

}  // namespace causal::io
