#pragma once
// Tables as files without further description: CSV and npy by extension.

#include <string>
#include <string_view>

#include "causal/data/dataset.hpp"

namespace causal::cli {

[[nodiscard]] bool is_npy(const std::string& path);
/// Errors: IoError, ParseError, DataError.
[[nodiscard]] Dataset read_table_file(const std::string& path);
/// The bytes of the file: npy for .npy, tab-separated for .tsv, else CSV.
[[nodiscard]] std::string table_text(const Dataset& table, const std::string& path);

/// A cell of a CSV file, quoted where it must be.
[[nodiscard]] std::string csv_cell(std::string_view text);

}  // namespace causal::cli
