#pragma once
// Logs of bandit rounds as the parts of causal bandit read them, with the graph and the reward that go with them.

#include <Eigen/Core>
#include <optional>
#include <string>
#include <vector>

#include "causal/bandits/run/bandit_log.hpp"
#include "causal/bandits/run/off_policy.hpp"
#include "causal/io/json.hpp"
#include "command_line.hpp"
#include "run_flags.hpp"

namespace causal::cli {

/// What was read.
struct LogInput {
  bandits::NamedLog log;
  std::string sha256;
  int reward = -1;                       ///< A node of the log; -1: none was asked for.
  std::optional<Eigen::MatrixXi> edges;  ///< n x n, (i, j) is 1 where i is a parent of j; as --graph says.

  /// The graph of both bits: a node without a bit has no second mechanism, so nothing to learn under bit 1.
  /// Without --graph there are no edges.
  [[nodiscard]] std::array<Eigen::MatrixXi, 2> graphs() const;
  /// Per node 1 where the bit can matter to the mean reward: it has one and, as far as --graph says, is the reward or
  /// an ancestor of it.
  [[nodiscard]] std::vector<std::uint8_t> relevant() const;
};

struct LogFlags {
  std::string path;
  std::string reward;
  std::string graph;
  bandits::LogFormat format;

  /// Declares the operand LOG, --reward where `with_reward`, and the flags, under the heading "Log".
  void add_to(CommandLine& line, bool with_reward);
  /// Reads log and graph; with a graph the columns must be its nodes. Says which nodes are never intervened on.
  /// Errors: InvalidArgument (no log, no reward, unknown names), IoError, ParseError, DataError, GraphError.
  [[nodiscard]] LogInput load(const CommandLine& line, const RunFlags& run) const;

 private:
  bool needs_reward_ = false;
};

/// The log with a node more that always is 1 and a parent of every node: its weight is what the offset of a node is,
/// estimated. The new node stands last, its own offset must be 1.
[[nodiscard]] LogInput with_constant(LogInput input);

/// A finite number, else null.
[[nodiscard]] io::Json finite_json(double value);
/// The block "log" of records: path, sha256, rounds, nodes, and those with a bit.
[[nodiscard]] io::Json log_json(const LogFlags& flags, const LogInput& input);

}  // namespace causal::cli
