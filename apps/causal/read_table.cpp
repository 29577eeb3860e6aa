// Files to tables and sufficient statistics, as the input flags say.

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "causal/io/csv.hpp"
#include "causal/io/file.hpp"
#include "causal/io/json.hpp"
#include "causal/io/npy.hpp"
#include "causal/io/sha256.hpp"
#include "causal/io/stats_json.hpp"
#include "causal/run/nearest_name.hpp"
#include "file_errors.hpp"
#include "input_flags.hpp"

namespace causal::cli {
namespace {

using TypeList = std::vector<std::pair<std::string, VariableType>>;

char delimiter_from(const std::string& text) {
  if (text == "auto") return '\0';
  if (text == "tab" || text == "\\t") return '\t';
  if (text == "blank" || text == "space") return ' ';
  if (text == "comma") return ',';
  if (text == "semicolon") return ';';
  if (text.size() == 1) return text[0];
  throw InvalidArgument(fmt::format("--delimiter = {} must be one character, tab, blank or auto", text),
                        "the command line");
}

char one_character(const std::string& flag, const std::string& text) {
  if (text.empty()) return '\0';
  if (text.size() == 1) return text[0];
  throw InvalidArgument(fmt::format("{} = {} must be one character", flag, text), "the command line");
}

VariableType type_from(const std::string& word) {
  if (word == "cont") return VariableType::Continuous;
  if (word == "disc") return VariableType::Discrete;
  if (word == "bin") return VariableType::Binary;
  if (const std::optional<VariableType> type = enum_from_name<VariableType>(word)) return *type;
  throw InvalidArgument(fmt::format("--types: '{}' is no type", word), "the command line",
                        "Types: cont, disc, count, bin.");
}

TypeList types_from(const std::string& text) {
  TypeList types;
  if (text.empty()) return types;
  if (text.find('=') == std::string::npos) {
    const io::MappedFile file(text);
    const io::Json json = io::Json::parse(file.bytes(), text);
    for (const auto& [name, word] : json.as_object()) types.emplace_back(name, type_from(word.as_string()));
    return types;
  }
  for (const std::string& item : split_list(text)) {
    const std::size_t equals = item.rfind('=');
    if (equals == std::string::npos) {
      throw InvalidArgument(fmt::format("--types: '{}' has no type", item), "the command line", "Write NAME=TYPE.");
    }
    types.emplace_back(item.substr(0, equals), type_from(item.substr(equals + 1)));
  }
  return types;
}

io::CsvOptions csv_options(const InputFlags& flags) {
  io::CsvOptions options;
  options.delimiter = delimiter_from(flags.delimiter);
  options.header = !flags.no_header;
  options.quote = one_character("--quote", flags.quote);
  options.comment = one_character("--comment", flags.comment);
  if (!flags.na.empty()) options.na = split_list(flags.na);
  options.columns = flags.columns;
  options.exclude = flags.exclude;
  options.types = types_from(flags.types);
  return options;
}

/// Every column that --types leaves open gets the one type of --data-type.
void fill_types(io::CsvOptions& options, const Dataset& guessed, DataType type) {
  for (const Column& column : guessed.columns()) {
    const bool given = std::any_of(options.types.begin(), options.types.end(),
                                   [&](const auto& entry) { return entry.first == column.name; });
    if (!given) {
      options.types.emplace_back(column.name,
                                 type == DataType::Continuous ? VariableType::Continuous : VariableType::Discrete);
    }
  }
}

std::string extension_of(const std::string& path) { return std::filesystem::path(path).extension().string(); }

std::string shown_name(const std::string& path) { return path == "-" ? "<stdin>" : path; }

Dataset with_roles(Dataset data, const InputFlags& flags) {
  Roles roles;
  const auto set = [&](const std::string& name, std::optional<int>& role) {
    if (!name.empty()) role = data.index_of(name);
  };
  set(flags.time, roles.time);
  set(flags.env, roles.environment);
  set(flags.unit, roles.unit);
  set(flags.weights, roles.weight);
  if (!roles.time && !roles.environment && !roles.unit && !roles.weight) return data;
  return Dataset(data.values(), data.columns(), roles);
}

/// "column 'age' has 12 missing cells (first: line 57)" for the first such column, and how many others.
std::string missing_text(const Dataset& data, const std::vector<std::int64_t>& first_lines) {
  std::string text;
  int others = -1;
  for (std::size_t j = 0; j < data.columns().size(); ++j) {
    const std::int64_t count = data.missing_counts()[j];
    if (count == 0) continue;
    if (++others > 0) continue;
    text =
        fmt::format("column '{}' has {} missing cell{}", data.columns()[j].name, grouped(count), count == 1 ? "" : "s");
    if (j < first_lines.size() && first_lines[j] > 0) text += fmt::format(" (first: line {})", first_lines[j]);
  }
  if (others < 1) return text;
  return fmt::format("{}, and {} other column{} some", text, others, others == 1 ? " has" : "s have");
}

Dataset without_missing(Dataset data, const std::vector<std::int64_t>& first_lines, const std::string& where,
                        MissingCells policy, const RunFlags& run) {
  if (policy == MissingCells::Pairwise || !data.has_missing()) return data;
  for (std::size_t j = 0; j < data.columns().size(); ++j) {
    if (data.missing_counts()[j] < data.rows()) continue;
    throw DataError(fmt::format("column '{}' is all missing", data.columns()[j].name), where,
                    "Leave it out with --exclude, or see --na if its cells are values.");
  }
  if (policy == MissingCells::Error) {
    throw DataError(missing_text(data, first_lines), where,
                    "Use --missing drop, or --missing pairwise to keep the rows, or --na if they are values.");
  }
  const std::int64_t before = data.rows();
  Dataset kept = data.drop_missing_rows();
  run.warn(fmt::format("dropped {} of {} rows with missing cells", grouped(before - kept.rows()), grouped(before)));
  return kept;
}

/// Indices of the columns that --columns and --exclude leave, for inputs whose reader does not choose columns.
std::vector<int> chosen_columns(const std::vector<std::string>& names, const InputFlags& flags) {
  const auto index_of = [&](const std::string& name) {
    const auto at = std::find(names.begin(), names.end(), name);
    if (at != names.end()) return static_cast<int>(at - names.begin());
    throw InvalidArgument(fmt::format("no column is called '{}'", name), "--columns, --exclude",
                          nearest_name_hint(name, names));
  };
  std::vector<int> excluded;
  for (const std::string& name : flags.exclude) excluded.push_back(index_of(name));
  std::vector<int> kept;
  for (const std::string& name : flags.columns.empty() ? names : flags.columns) kept.push_back(index_of(name));
  std::erase_if(kept, [&](int j) { return std::find(excluded.begin(), excluded.end(), j) != excluded.end(); });
  return kept;
}

Moments with_chosen_columns(const Moments& moments, const InputFlags& flags) {
  const std::vector<int> kept = chosen_columns(moments.names, flags);
  Moments part{.n = moments.n, .mean = moments.mean(kept), .scatter = moments.scatter(kept, kept), .names = {}};
  for (const int j : kept) part.names.push_back(moments.names[static_cast<std::size_t>(j)]);
  return part;
}

}  // namespace

Input InputFlags::load_table(const RunFlags& run) const {
  Input input;
  input.path = data;
  const io::MappedFile file(data);
  input.sha256 = io::sha256(file.bytes());
  const std::string extension = extension_of(data);
  if (extension == ".json") {
    input.moments = with_chosen_columns(io::moments_from_json(io::Json::parse(file.bytes(), data)), *this);
    return input;
  }
  Dataset table;
  std::vector<std::int64_t> first_lines;
  if (extension == ".npy") {
    table = io::parse_npy(file.bytes(), data);
    table = table.select_columns(chosen_columns(table.names(), *this));
  } else {
    io::CsvOptions options = csv_options(*this);
    io::CsvResult read = io::parse_csv(file.bytes(), options, shown_name(data));
    if (data_type != DataType::Mixed) {
      fill_types(options, read.data, data_type);
      read = io::parse_csv(file.bytes(), options, shown_name(data));
    }
    for (const std::string& note : read.notes) run.say(note);
    table = std::move(read.data);
    first_lines = std::move(read.first_missing_line);
  }
  input.data = with_roles(without_missing(std::move(table), first_lines, shown_name(data), missing, run), *this);
  return input;
}

Input InputFlags::load_covariance() const {
  if (n_samples == 0) {
    throw InvalidArgument("--cov needs --n-samples", "the command line", "Say how many rows the covariance is from.");
  }
  Input input;
  input.path = cov;
  const io::MappedFile file(cov);
  input.sha256 = io::sha256(file.bytes());
  const Moments moments = reading(cov, [&] {
    if (extension_of(cov) != ".npy") return io::read_covariance_csv(file.bytes(), n_samples, cov);
    const Dataset matrix = io::parse_npy(file.bytes(), cov);
    return moments_from_covariance(matrix.values(), n_samples, matrix.names());
  });
  input.moments = with_chosen_columns(moments, *this);
  return input;
}

}  // namespace causal::cli
