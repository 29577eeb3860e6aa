#pragma once
// Joint tables from delimited text.

#include <string>
#include <string_view>

#include "causal/io/csv.hpp"
#include "causal/probability/joint_table.hpp"

namespace causal::io {

/// Reads a joint distribution: with a column named `p` one combination a row and its probability, without one the rows
/// are observations and are counted. The columns are discrete: their types need not be declared.
///
/// Errors: those of read_csv and of joint_from_probabilities or joint_from_rows, with the file as place.
[[nodiscard]] JointTable read_joint_table(const std::string& path, const CsvOptions& options = {});
/// The same on text in memory; `name` stands for the file in errors.
[[nodiscard]] JointTable parse_joint_table(std::string_view text, const CsvOptions& options = {},
                                           const std::string& name = "<text>");

}  // namespace causal::io
