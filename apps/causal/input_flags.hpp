#pragma once
// Where the data come from and how they are read.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "causal/data/dataset.hpp"
#include "causal/data/statistics.hpp"
#include "command_line.hpp"
#include "run_flags.hpp"

namespace causal::cli {

/// What to do about missing cells.
enum class MissingCells { Error, Drop, Pairwise };
/// Tetrad's word for the types of all columns; Mixed leaves them to the guess.
enum class DataType { Mixed, Continuous, Discrete };

}  // namespace causal::cli

template <>
struct causal::EnumNames<causal::cli::MissingCells> {
  static constexpr std::array<std::pair<cli::MissingCells, std::string_view>, 3> names{
      {{cli::MissingCells::Error, "error"},
       {cli::MissingCells::Drop, "drop"},
       {cli::MissingCells::Pairwise, "pairwise"}}};
};
template <>
struct causal::EnumNames<causal::cli::DataType> {
  static constexpr std::array<std::pair<cli::DataType, std::string_view>, 3> names{
      {{cli::DataType::Mixed, "mixed"},
       {cli::DataType::Continuous, "continuous"},
       {cli::DataType::Discrete, "discrete"}}};
};

namespace causal::cli {

/// What was read: a table, or the sufficient statistics of one.
struct Input {
  std::string path;
  std::string sha256;  ///< Of the bytes read.
  std::optional<Dataset> data;
  std::optional<Moments> moments;

  /// Rows behind the statistics or in the table.
  [[nodiscard]] std::int64_t n() const { return data ? data->rows() : moments->n; }
  /// Names of the variables of the model: columns without a role.
  [[nodiscard]] std::vector<std::string> variable_names() const;
};

struct InputFlags {
  std::string data;
  std::string cov;
  std::int64_t n_samples = 0;
  std::string delimiter = "auto";
  bool no_header = false;
  std::string na;
  std::string comment;
  std::string quote = "\"";
  std::vector<std::string> columns;
  std::vector<std::string> exclude;
  std::string types;
  DataType data_type = DataType::Mixed;
  MissingCells missing = MissingCells::Error;
  std::string time;
  std::string env;
  std::string unit;
  std::string weights;

  /// Declares the operand DATA and the flags, under the shared heading "Input".
  void add_to(CommandLine& line);
  /// Reads what the flags name; says on stderr what was guessed and dropped.
  /// Errors: InvalidArgument (no input, unknown columns), IoError, ParseError, DataError.
  [[nodiscard]] Input load(const RunFlags& run) const;

 private:
  [[nodiscard]] Input load_table(const RunFlags& run) const;
  [[nodiscard]] Input load_covariance() const;
};

}  // namespace causal::cli
