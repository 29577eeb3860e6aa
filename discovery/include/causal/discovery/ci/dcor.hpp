#pragma once
// Distance correlation: any dependence between two variables, by the distances between rows.

#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "causal/data/dataset.hpp"
#include "causal/discovery/ci/ci_test.hpp"
#include "causal/discovery/ci/node_table.hpp"
#include "causal/run/options.hpp"

namespace causal::discovery {

enum class DcorNull {
  ChiSquare,   ///< A chi-square bound, which needs no permutations: right or conservative for levels up to 0.05.
  Permutation  ///< Random permutations of the rows.
};

}  // namespace causal::discovery

template <>
struct causal::EnumNames<causal::discovery::DcorNull> {
  static constexpr std::array<std::pair<discovery::DcorNull, std::string_view>, 2> names{
      {{discovery::DcorNull::ChiSquare, "chi_square"}, {discovery::DcorNull::Permutation, "permutation"}}};
};

namespace causal::discovery {

struct DcorOptions {
  /// Where the p-value comes from.
  DcorNull null = DcorNull::ChiSquare;
  /// Permutations of the permutation null; no p-value is below 1 / (permutations + 1).
  int permutations = 1000;

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor&& visitor) {
    visitor(Field{"null", "where the p-value comes from: a chi-square bound or permutations"}, self.null);
    visitor(Field{"permutations", "permutations of the permutation null", closed_interval(20, 1e6)}, self.permutations);
  }
};

/// Tests x independent of y, unconditionally, by their bias-corrected distance correlation C. Zero in expectation under
/// independence, positive in the limit under any dependence.
///
/// Distances: Euclidean on the z-scored quantities of a node; levels are at distance 1 when they differ, a node with
/// several columns at the root of the sum of squares.
///
/// chi_square: p = P(X > n C + 1), X chi-square with one degree of freedom, which is at least the true p in large
/// samples for p up to 0.05; above, p orders results and is no more than that. permutation: the same permutations for
/// every pair of nodes.
///
/// Assumes independent rows and finite means. No conditioning: max_cond_size() is 0, so that a search stops at level 0,
/// and a test with S non-empty is Degenerate. Degenerate also: fewer than 30 rows with x and y observed; x or y
/// constant, or all its rows but one equal. Rows with a missing cell in x or y are left out of the test.
///
/// statistic: n C. effect: C, in (-1, 1], on the scale of a squared correlation.
///
/// Cost: nodes of a single column O(n log n), others O(n^2) time; times `permutations` for the permutation null. Memory
/// O(n), and O(n^2) up to 4,096 rows for permutations of nodes with several columns where `run.memory_limit_bytes`
/// allows. Thread-safe.
/// Source: Szekely and Rizzo, Annals of Statistics 42 (2014), bias-corrected statistic; Huo and Szekely, Technometrics
/// 58 (2016), and Chaudhuri and Hu, Computational Statistics & Data Analysis 135 (2019), O(n log n); Shen, Panda and
/// Vogelstein, Journal of Computational and Graphical Statistics 31 (2022), chi-square.
class Dcor final : public CiTest {
 public:
  /// Errors: InvalidArgument for an option out of range.
  explicit Dcor(NodeTable nodes, const DcorOptions& options = {}, const RunOptions& run = {});
  /// Every column of `data` without a role as a node.
  explicit Dcor(const Dataset& data, const DcorOptions& options = {}, const RunOptions& run = {});

  [[nodiscard]] std::string_view name() const override { return "dcor"; }
  [[nodiscard]] const std::vector<std::string>& names() const override { return nodes_.names(); }
  [[nodiscard]] std::int64_t sample_size() const override { return nodes_.rows(); }
  [[nodiscard]] int max_cond_size() const override { return 0; }
  [[nodiscard]] CiResult test(NodeId x, NodeId y, std::span<const NodeId> S) const override;

 private:
  NodeTable nodes_;
  DcorOptions options_;
  RunOptions run_;
};

}  // namespace causal::discovery
