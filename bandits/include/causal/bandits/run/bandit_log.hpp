#pragma once
// Logs of bandit rounds as tables: one row a round, one column a node, and one column for the bit of each node that can
// be intervened on.

#include <cstdint>
#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

#include "causal/bandits/environment/environment.hpp"
#include "causal/bandits/run/play.hpp"
#include "causal/data/dataset.hpp"

namespace causal::bandits {

/// How the columns of a log are named.
struct LogFormat {
  std::string action_prefix = "do:";     ///< do:X holds the bit of node X, 0 or 1.
  std::string propensity_prefix = "p:";  ///< p:X holds the probability with which that bit was 1.
  std::vector<std::string> ignore = {};  ///< Columns that are not read.
  /// The nodes; any other column must be ignored by name. Empty: every column without one of the prefixes is a node.
  std::vector<std::string> nodes = {};
};

/// A log with names. n nodes, in the order of their columns.
struct NamedLog {
  std::vector<std::string> names;
  BanditLog log;
  /// Per node 1 when the log has a column of its bit. A node without one is never intervened on: its bit is 0.
  std::vector<std::uint8_t> has_bit;
  /// One row of n a round: the probability that the bit was 1, and 0 for nodes without a bit. Empty when the log has no
  /// propensity columns.
  std::vector<std::vector<double>> propensity;

  [[nodiscard]] int n() const { return static_cast<int>(names.size()); }
  [[nodiscard]] std::size_t rounds() const { return log.rows.size(); }
  /// Index of the named node. Errors: InvalidArgument that suggests the nearest name.
  [[nodiscard]] int index_of(std::string_view name) const;
  /// `propensity`, or else one row with `probability` for every node that has a bit and 0 for the others: what
  /// evaluate_off_policy takes. Errors: InvalidArgument unless 0 < probability < 1.
  [[nodiscard]] std::vector<std::vector<double>> propensity_or(double probability) const;
  /// What makes replay and the like doubtful: bits that were 1 in a share of rounds, or with a stated probability, that
  /// is not 1/2. Shares are told from 1/2 at four standard errors.
  [[nodiscard]] std::vector<std::string> uniformity_warnings() const;
};

/// The log in a table; levels of discrete columns are read as the numbers they are. O(cells).
/// Errors: InvalidArgument for prefixes that are empty or begin with one another, and names in `ignore` or `nodes` that
/// are no columns. DataError, with row (1 is the first) and column, for no rounds, no column of bits, a column that is
/// neither node nor prefixed nor ignored, a bit or propensity of no node, propensities of some but not all nodes with
/// bits, a missing or infinite value, a bit other than 0 and 1, a propensity outside (0, 1).
[[nodiscard]] NamedLog read_bandit_log(const Dataset& table, const LogFormat& format = {});

/// The log in delimited text (the delimiter is found); `file` stands for it in errors. Errors: ParseError with
/// `file:line:column` where read_bandit_log names a cell, and those of io::parse_csv.
[[nodiscard]] NamedLog parse_bandit_log(std::string_view text, const LogFormat& format = {},
                                        const std::string& file = "<text>");

/// Writes the log as CSV: nodes, then bits, then propensities if there are any. Numbers round trip, so reading it again
/// gives the same log. Errors: InvalidArgument for sizes that do not fit and a node whose name begins with a prefix.
void write_bandit_log(std::ostream& out, const NamedLog& log, const LogFormat& format = {});

/// `rounds` rounds of `environment` under bits that are 1 with probability `probability` each, independently of one
/// another and of the past. `names`: one a node. The noise of round t is that of Episode{seed, 0}; the bits have
/// streams of their own, which no policy uses. Errors: InvalidArgument unless 0 < probability < 1, rounds >= 1 and the
/// names fit.
[[nodiscard]] NamedLog random_log(const Environment& environment, std::vector<std::string> names, std::int64_t rounds,
                                  double probability, std::uint64_t seed);

}  // namespace causal::bandits
