#include "causal/bandits/run/bandit_log.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <ostream>

#include "causal/data/level_numbers.hpp"
#include "causal/io/csv.hpp"
#include "causal/io/csv_places.hpp"
#include "causal/run/error.hpp"
#include "causal/run/nearest_name.hpp"

namespace causal::bandits {
namespace {

// Streams of policies have small first indices (the instance): one far above them is the log's.
constexpr std::uint32_t kLoggedBits = 0x80000000U;

// A cell that cannot be used: what is wrong and where.
struct BadCell {
  std::string message;
  std::int64_t row = 0;  // 0: the first
  std::string column;
  std::string hint = {};
};

struct LogColumns {
  std::vector<int> values;      // of the nodes
  std::vector<int> bits;        // -1: none
  std::vector<int> propensity;  // -1: none
};

void check_prefixes(const LogFormat& format) {
  const std::string &a = format.action_prefix, &p = format.propensity_prefix;
  if (a.empty() || p.empty() || a.starts_with(p) || p.starts_with(a)) {
    throw InvalidArgument("bandit log", "prefixes", fmt::format("'{}' and '{}'", a, p),
                          "not be empty, and neither may begin with the other");
  }
}

std::string hint_for(const std::string& name, const std::vector<std::string>& names) {
  return names.empty() ? std::string() : nearest_name_hint(name, names);
}

LogColumns columns_of(const Dataset& table, const LogFormat& format, NamedLog& log) {
  check_prefixes(format);
  const std::vector<std::string> names = table.names();
  const auto is_one = [](const std::vector<std::string>& list, const std::string& name) {
    return std::find(list.begin(), list.end(), name) != list.end();
  };
  for (const std::string& name : format.ignore) (void)table.index_of(name);
  for (const std::string& name : format.nodes) (void)table.index_of(name);
  const auto prefixed = [&](const std::string& name) {
    return name.starts_with(format.action_prefix) || name.starts_with(format.propensity_prefix);
  };

  LogColumns columns;
  for (int j = 0; j < table.cols(); ++j) {
    const std::string& name = names[static_cast<std::size_t>(j)];
    if (is_one(format.ignore, name) || prefixed(name)) continue;
    if (!format.nodes.empty() && !is_one(format.nodes, name)) {
      throw DataError(fmt::format("column '{}' is neither a node nor the bit of one", name), {},
                      fmt::format("Leave it out: --ignore {}.", name));
    }
    log.names.push_back(name);
    columns.values.push_back(j);
  }
  columns.bits.assign(log.names.size(), -1);
  columns.propensity = columns.bits;
  for (int j = 0; j < table.cols(); ++j) {
    const std::string& name = names[static_cast<std::size_t>(j)];
    if (is_one(format.ignore, name) || !prefixed(name)) continue;
    const bool is_bit = name.starts_with(format.action_prefix);
    const std::string node = name.substr((is_bit ? format.action_prefix : format.propensity_prefix).size());
    const auto at = std::find(log.names.begin(), log.names.end(), node);
    if (at == log.names.end()) {
      throw DataError(fmt::format("column '{}' belongs to no node: there is no column '{}'", name, node), {},
                      hint_for(node, log.names));
    }
    (is_bit ? columns.bits : columns.propensity)[static_cast<std::size_t>(at - log.names.begin())] = j;
  }
  bool any_bit = false, any_propensity = false;
  for (std::size_t k = 0; k < log.names.size(); ++k) {
    any_bit = any_bit || columns.bits[k] >= 0;
    any_propensity = any_propensity || columns.propensity[k] >= 0;
  }
  if (!any_bit) {
    throw DataError("no column holds the bit of a node", {},
                    fmt::format("Name it '{}' and the node, or give --action-prefix.", format.action_prefix));
  }
  for (std::size_t k = 0; k < log.names.size(); ++k) {
    const bool bit = columns.bits[k] >= 0, propensity = columns.propensity[k] >= 0;
    if (propensity && !bit) {
      throw DataError(fmt::format("node '{}' has a propensity but no bit", log.names[k]), {},
                      fmt::format("Add the column '{}{}'.", format.action_prefix, log.names[k]));
    }
    if (any_propensity && bit && !propensity) {
      throw DataError(
          fmt::format("node '{}' has a bit but no propensity, unlike others", log.names[k]), {},
          fmt::format("Add the column '{}{}', or ignore the others.", format.propensity_prefix, log.names[k]));
    }
  }
  return columns;
}

// The numbers of one column, or the first cell that `rule` does not accept.
template <class Rule>
Eigen::VectorXd checked(const Dataset& table, int column, std::optional<BadCell>& bad, const Rule& rule) {
  NumericCells cells = numeric_cells(table, column);
  const std::string& name = table.column(column).name;
  if (cells.text_level) {
    throw DataError(fmt::format("column '{}' holds '{}', which is no number", name, *cells.text_level), {},
                    fmt::format("Leave it out: --ignore {}.", name));
  }
  for (Eigen::Index t = 0; t < cells.values.size(); ++t) {
    const std::optional<std::string> problem = rule(cells.values(t));
    if (!problem) continue;
    if (!bad || t < bad->row) bad = BadCell{fmt::format("column '{}': {}", name, *problem), t, name, {}};
    break;
  }
  return std::move(cells.values);
}

std::optional<std::string> value_problem(double value) {
  if (std::isfinite(value)) return std::nullopt;
  return "the value is missing";
}

std::optional<std::string> bit_problem(double value) {
  if (value == 0 || value == 1) return std::nullopt;
  return std::isnan(value) ? "the bit is missing" : fmt::format("the bit is {}, and must be 0 or 1", value);
}

std::optional<std::string> propensity_problem(double value) {
  if (value > 0 && value < 1) return std::nullopt;
  return std::isnan(value) ? "the propensity is missing"
                           : fmt::format("the propensity is {}, and must lie between 0 and 1", value);
}

NamedLog read_log(const Dataset& table, const LogFormat& format, std::optional<BadCell>& bad) {
  NamedLog log;
  const LogColumns columns = columns_of(table, format, log);
  const auto rounds = static_cast<std::size_t>(table.rows());
  const std::size_t n = log.names.size();
  if (rounds == 0) throw DataError("the log has no rounds");
  log.log.actions.assign(rounds, Action(n, 0));
  log.log.rows.assign(rounds, std::vector<double>(n));
  for (std::size_t k = 0; k < n; ++k) log.has_bit.push_back(columns.bits[k] >= 0 ? 1 : 0);
  if (std::any_of(columns.propensity.begin(), columns.propensity.end(), [](int j) { return j >= 0; })) {
    log.propensity.assign(rounds, std::vector<double>(n, 0.0));
  }
  for (std::size_t k = 0; k < n; ++k) {
    const Eigen::VectorXd values = checked(table, columns.values[k], bad, value_problem);
    for (std::size_t t = 0; t < rounds; ++t) log.log.rows[t][k] = values(static_cast<Eigen::Index>(t));
    if (columns.bits[k] >= 0) {
      const Eigen::VectorXd bits = checked(table, columns.bits[k], bad, bit_problem);
      for (std::size_t t = 0; t < rounds; ++t) log.log.actions[t][k] = bits(static_cast<Eigen::Index>(t)) == 1 ? 1 : 0;
    }
    if (columns.propensity[k] >= 0) {
      const Eigen::VectorXd probabilities = checked(table, columns.propensity[k], bad, propensity_problem);
      for (std::size_t t = 0; t < rounds; ++t) log.propensity[t][k] = probabilities(static_cast<Eigen::Index>(t));
    }
  }
  return log;
}

}  // namespace

int NamedLog::index_of(std::string_view name) const {
  const auto at = std::find(names.begin(), names.end(), name);
  if (at != names.end()) return static_cast<int>(at - names.begin());
  throw InvalidArgument(fmt::format("no node of the log is called '{}'", name), {},
                        nearest_name_hint(std::string(name), names));
}

std::vector<std::vector<double>> NamedLog::propensity_or(double probability) const {
  if (!(probability > 0 && probability < 1)) {
    throw InvalidArgument("propensity_or", "probability", fmt::format("{}", probability), "lie in (0, 1)");
  }
  if (!propensity.empty()) return propensity;
  std::vector<double> row;
  for (const std::uint8_t bit : has_bit) row.push_back(bit != 0 ? probability : 0.0);
  return {row};
}

std::vector<std::string> NamedLog::uniformity_warnings() const {
  std::vector<std::string> warnings;
  const double rounds_played = static_cast<double>(rounds());
  for (std::size_t k = 0; k < names.size(); ++k) {
    if (has_bit[k] == 0) continue;
    double ones = 0;
    bool stated = false;
    for (std::size_t t = 0; t < rounds(); ++t) {
      ones += log.actions[t][k];
      stated = stated || (!propensity.empty() && propensity[t][k] != 0.5);
    }
    const double share = ones / rounds_played;
    if (stated) {
      warnings.push_back(
          fmt::format("the bit of '{}' was not 1 with probability 1/2: its propensities say so", names[k]));
    } else if (std::abs(share - 0.5) > 4 * 0.5 / std::sqrt(rounds_played)) {
      warnings.push_back(
          fmt::format("the bit of '{}' was 1 in {:.1f} % of the rounds, not in half of them", names[k], 100 * share));
    }
  }
  return warnings;
}

NamedLog read_bandit_log(const Dataset& table, const LogFormat& format) {
  std::optional<BadCell> bad;
  NamedLog log = read_log(table, format, bad);
  if (bad) throw DataError(bad->message, fmt::format("row {}", bad->row + 1), bad->hint);
  return log;
}

NamedLog parse_bandit_log(std::string_view text, const LogFormat& format, const std::string& file) {
  // The header and one row tell the names; then every column that is read is one of numbers.
  const std::size_t head = io::CsvPlaces(text, ',').record(1).end;
  const io::CsvResult first = io::parse_csv(text.substr(0, std::min(head + 1, text.size())), {}, file);
  io::CsvOptions options;
  options.delimiter = first.delimiter;
  options.exclude = format.ignore;
  const std::vector<std::string> names = first.data.names();
  for (const std::string& name : names) {
    if (std::find(format.ignore.begin(), format.ignore.end(), name) != format.ignore.end()) continue;
    options.types.emplace_back(name, VariableType::Continuous);
  }
  const io::CsvResult read = io::parse_csv(text, options, file);
  LogFormat rest = format;
  rest.ignore.clear();
  std::optional<BadCell> bad;
  NamedLog log;
  try {
    log = read_log(read.data, rest, bad);
  } catch (const ParseError&) {
    throw;
  } catch (const DataError& error) {
    throw DataError(error.message(), file, error.hint());
  }
  if (!bad) return log;
  const io::CsvPlaces places(text, first.delimiter);
  const io::CsvPlaces::Record record = places.record(bad->row + 1);
  const auto field = static_cast<std::size_t>(std::find(names.begin(), names.end(), bad->column) - names.begin());
  throw ParseError(bad->message, file, record.line, places.field_column(record, field), bad->hint);
}

void write_bandit_log(std::ostream& out, const NamedLog& log, const LogFormat& format) {
  check_prefixes(format);
  const std::size_t n = log.names.size(), rounds = log.log.rows.size();
  const bool fits = log.has_bit.size() == n && log.log.actions.size() == rounds &&
                    (log.propensity.empty() || log.propensity.size() == rounds);
  if (!fits) throw InvalidArgument("write_bandit_log: names, bits, rows and propensities do not fit together");
  std::vector<std::string> names;
  for (const std::string& name : log.names) {
    if (name.starts_with(format.action_prefix) || name.starts_with(format.propensity_prefix)) {
      throw InvalidArgument("write_bandit_log", "node", name, "not begin with a prefix of the log's columns");
    }
    names.push_back(name);
  }
  std::vector<std::size_t> intervened;
  for (std::size_t k = 0; k < n; ++k) {
    if (log.has_bit[k] != 0) intervened.push_back(k);
  }
  for (const std::size_t k : intervened) names.push_back(format.action_prefix + log.names[k]);
  if (!log.propensity.empty()) {
    for (const std::size_t k : intervened) names.push_back(format.propensity_prefix + log.names[k]);
  }
  Eigen::MatrixXd cells(static_cast<Eigen::Index>(rounds), static_cast<Eigen::Index>(names.size()));
  for (std::size_t t = 0; t < rounds; ++t) {
    if (log.log.rows[t].size() != n || log.log.actions[t].size() != n ||
        (!log.propensity.empty() && log.propensity[t].size() != n)) {
      throw InvalidArgument("write_bandit_log", "round", std::to_string(t), "have one entry a node");
    }
    const auto row = static_cast<Eigen::Index>(t);
    Eigen::Index column = 0;
    for (const double value : log.log.rows[t]) cells(row, column++) = value;
    for (const std::size_t k : intervened) cells(row, column++) = log.log.actions[t][k];
    if (log.propensity.empty()) continue;
    for (const std::size_t k : intervened) cells(row, column++) = log.propensity[t][k];
  }
  io::write_csv(out, Dataset::continuous(std::move(cells), std::move(names)));
}

NamedLog random_log(const Environment& environment, std::vector<std::string> names, std::int64_t rounds,
                    double probability, std::uint64_t seed) {
  const auto n = static_cast<std::size_t>(environment.n());
  if (!(probability > 0 && probability < 1)) {
    throw InvalidArgument("random_log", "probability", fmt::format("{}", probability), "lie in (0, 1)");
  }
  if (rounds < 1 || rounds > 0xffffffffLL) {
    throw InvalidArgument("random_log", "rounds", std::to_string(rounds), "be between 1 and 2^32 - 1");
  }
  if (names.size() != n) {
    throw InvalidArgument("random_log", "names", std::to_string(names.size()), "be as many as the nodes");
  }
  NamedLog log{.names = std::move(names), .log = {}, .has_bit = std::vector<std::uint8_t>(n, 1), .propensity = {}};
  log.log.actions.assign(static_cast<std::size_t>(rounds), Action(n));
  log.log.rows.assign(static_cast<std::size_t>(rounds), std::vector<double>(n));
  if (probability != 0.5) {
    log.propensity.assign(static_cast<std::size_t>(rounds), std::vector<double>(n, probability));
  }
  for (std::int64_t t = 0; t < rounds; ++t) {
    RandomStream stream(seed, RandomDomain::Policy, kLoggedBits, static_cast<std::uint32_t>(t));
    Action& action = log.log.actions[static_cast<std::size_t>(t)];
    for (auto& bit : action) bit = stream.uniform() < probability ? 1 : 0;
    environment.observe(action, {seed, 0}, t, log.log.rows[static_cast<std::size_t>(t)]);
  }
  return log;
}

}  // namespace causal::bandits
