#pragma once
// The interface of every conditional independence test.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "causal/graph/mixed_graph.hpp"
#include "causal/run/status.hpp"
#include "causal/run/stop.hpp"

namespace causal::discovery {

/// The outcome of one test of x independent of y given S.
struct CiResult {
  double statistic = 0;  ///< In the test's own units; 0 when not Ok.
  double p_value = 1;    ///< In (0, 1]; NaN when not Ok.
  double effect = 0;     ///< Signed effect size where the test has one (partial correlation), else NaN.
  double dof = 0;        ///< Degrees of freedom where the test has them.
  /// Ok, or Degenerate when the data give no answer: too few rows, singular covariance. Evidence of nothing.
  Status status = Status::Ok;

  /// Not rejected at level alpha. A degenerate test is never taken as independence.
  [[nodiscard]] bool independent(double alpha) const { return status == Status::Ok && p_value > alpha; }
};

/// What CiTest::first_separators found around one centre. Flat arrays, so that it can be reused without allocation.
struct SeparatorSearch {
  std::vector<int> found;        ///< Positions in `ys` that were separated, ascending.
  std::vector<NodeId> sets;      ///< `level` nodes for each element of `found`, ascending.
  std::vector<double> p_values;  ///< One for each element of `found`; empty at level 0.
  std::vector<double>
      max_p_value;  ///< For each element of `ys` that was not separated: its largest p-value, 0 when untested.
  std::vector<double> effect;  ///< The effect size at that largest p-value.
  std::int64_t tests = 0;
  std::int64_t degenerate = 0;
  std::vector<NodeId> degenerate_nodes;  ///< Ascending; variables that made tests degenerate.

  /// Empties everything and makes room for `ys` candidates.
  void reset(std::size_t ys);
  [[nodiscard]] std::span<const NodeId> set(std::size_t index, int level) const {
    const auto size = static_cast<std::size_t>(level);
    return {sets.data() + index * size, size};
  }
};

/// A conditional independence test, built from data or from statistics of data.
///
/// Const and thread-safe: `test` may be called from several threads at once. Deterministic: the same arguments give the
/// same bits, and test(x, y, S) equals test(y, x, S) up to the sign convention of `effect`.
class CiTest {
 public:
  CiTest() = default;
  CiTest(const CiTest&) = delete;
  CiTest& operator=(const CiTest&) = delete;
  virtual ~CiTest() = default;

  /// The registry name, e.g. "fisher_z".
  [[nodiscard]] virtual std::string_view name() const = 0;
  /// Variable names; x, y and S are indices into it.
  [[nodiscard]] virtual const std::vector<std::string>& names() const = 0;
  /// Rows behind the test; 0 for an oracle.
  [[nodiscard]] virtual std::int64_t sample_size() const = 0;
  [[nodiscard]] int variables() const { return static_cast<int>(names().size()); }
  /// Largest |S| for which a test can be Ok.
  [[nodiscard]] virtual int max_cond_size() const { return variables() - 2; }

  /// Tests x independent of y given S. x, y and the members of S (ascending) are distinct.
  [[nodiscard]] virtual CiResult test(NodeId x, NodeId y, std::span<const NodeId> S) const = 0;

  /// For the centre x with candidates A (ascending, without x), searches for every y in `ys` (ascending, without x) the
  /// first S, in lexicographic order of the size-`level` subsets of A without y, given which x and y are independent at
  /// `alpha`. Tests on y stop at the first such S. Returns early, with what was found, when `stop` is reached.
  ///
  /// The default calls `test` subset by subset; a test with sufficient statistics overrides it with a kernel that
  /// shares work between subsets and must find the same sets. Thread-safe.
  virtual void first_separators(NodeId x, std::span<const NodeId> ys, std::span<const NodeId> A, int level,
                                double alpha, const StopSignal& stop, SeparatorSearch& out) const;
};

}  // namespace causal::discovery
