#include "causal/io/joint_table.hpp"

#include <algorithm>

#include "causal/io/file.hpp"
#include "causal/run/error.hpp"

namespace causal::io {
namespace {

constexpr std::string_view kProbability = "p";

bool has_column(const Dataset& data, std::string_view name) {
  return std::any_of(data.columns().begin(), data.columns().end(), [&](const Column& c) { return c.name == name; });
}

}  // namespace

JointTable parse_joint_table(std::string_view text, const CsvOptions& options, const std::string& name) {
  const Dataset guessed = parse_csv(text, options, name).data;
  // Types are guessed from few rows here: what is listed are levels, and `p` is a number even when it has two values.
  CsvOptions declared = options;
  const bool lists_probabilities = has_column(guessed, kProbability);
  for (const Column& column : guessed.columns()) {
    const auto given = [&](const auto& type) { return type.first == column.name; };
    if (std::any_of(options.types.begin(), options.types.end(), given)) continue;
    if (lists_probabilities) {
      declared.types.emplace_back(column.name,
                                  column.name == kProbability ? VariableType::Continuous : VariableType::Discrete);
    }
  }
  try {
    return lists_probabilities
               ? joint_from_probabilities(parse_csv(text, declared, name).data, std::string(kProbability))
               : joint_from_rows(guessed);
  } catch (const ParseError&) {
    throw;
  } catch (const DataError& error) {
    throw DataError(error.message(), error.where().empty() ? name : name + ", " + error.where(), error.hint());
  }
}

JointTable read_joint_table(const std::string& path, const CsvOptions& options) {
  const MappedFile file(path);
  return parse_joint_table(file.bytes(), options, path == "-" ? "<stdin>" : path);
}

}  // namespace causal::io
