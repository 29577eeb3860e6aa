#pragma once
// The Hilbert-Schmidt independence criterion: any dependence between two variables, by kernels.

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "causal/data/dataset.hpp"
#include "causal/discovery/ci/ci_test.hpp"
#include "causal/discovery/ci/node_table.hpp"
#include "causal/run/options.hpp"

namespace causal::discovery {

enum class HsicNull {
  Gamma,       ///< A gamma distribution with the exact mean and variance over all permutations of the rows.
  Permutation  ///< Random permutations of the rows.
};

}  // namespace causal::discovery

template <>
struct causal::EnumNames<causal::discovery::HsicNull> {
  static constexpr std::array<std::pair<discovery::HsicNull, std::string_view>, 2> names{
      {{discovery::HsicNull::Gamma, "gamma"}, {discovery::HsicNull::Permutation, "permutation"}}};
};

namespace causal::discovery {

struct HsicOptions {
  /// Where the p-value comes from.
  HsicNull null = HsicNull::Gamma;
  /// Permutations of the permutation null; no p-value is below 1 / (permutations + 1).
  int permutations = 1000;
  /// Standard deviation of the kernel on a time-like surrogate, in standard deviations of the time.
  double surrogate_width = 0.3;
  /// Columns of the low-rank factors of the kernels.
  int max_rank = 256;
  /// Up to this many rows a kernel that max_rank columns do not reproduce is held in full, n x n.
  int full_rows = 3000;
  /// What factors of nodes may take up between tests.
  std::int64_t cache_bytes = std::int64_t{256} << 20;

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor&& visitor) {
    visitor(Field{"null", "where the p-value comes from: a gamma distribution or permutations"}, self.null);
    visitor(Field{"permutations", "permutations of the permutation null", closed_interval(20, 1e6)}, self.permutations);
    visitor(Field{"surrogate_width",
                  "width of the kernel on the time, in standard deviations of the time",
                  {0, 1e6, true, false}},
            self.surrogate_width);
    visitor(Field{"max_rank", "columns of the low-rank factors of the kernels", closed_interval(1, 5000)},
            self.max_rank);
    visitor(Field{"full_rows", "rows up to which a kernel of higher rank is held in full", closed_interval(0, 20000)},
            self.full_rows);
    visitor(Field{"cache_bytes", "memory for the factors of nodes between tests", at_least(0)}, self.cache_bytes);
  }
};

/// Tests x independent of y, unconditionally, by S = tr(K H L H) / n: K and L hold the kernels between rows of x and of
/// y, and H centres. Zero in the limit exactly when x and y are independent.
///
/// Kernels: Gaussian on the z-scored quantities of a node with the median distance as standard deviation (a time-like
/// surrogate: `surrogate_width`), delta on levels, the product where a node has both.
///
/// Kernels are written as F F' by pivoted incomplete Cholesky, exact to 1e-9 a diagonal entry. One that max_rank
/// columns do not reproduce is held in full up to `full_rows` rows; beyond, F F' is the kernel: the level stays right,
/// power is lost on what it leaves out.
///
/// The gamma null has the mean and the variance that S has over all n! permutations. The permutation null takes the
/// same permutations for every pair of nodes.
///
/// Assumes independent rows. No conditioning: max_cond_size() is 0, so that a search stops at level 0, and a test with
/// S non-empty is Degenerate. Degenerate also: fewer than 30 rows with x and y observed; x or y constant. Rows with a
/// missing cell in x or y are left out of the test. effect: NaN, dependence of this kind has no sign.
///
/// Cost a test: O(n r_x r_y), and O(n r^2) once a node; times `permutations` for the permutation null. Thread-safe.
/// Source: Gretton, Fukumizu, Teo, Song, Schoelkopf and Smola, "A kernel statistical test of independence", NIPS 2007;
/// moments over permutations: Kazi-Aoual, Hitier, Sabatier and Lebreton, Computational Statistics & Data Analysis 20
/// (1995).
class Hsic final : public CiTest {
 public:
  /// Errors: InvalidArgument for an option out of range.
  explicit Hsic(NodeTable nodes, const HsicOptions& options = {}, const RunOptions& run = {});
  /// Every column of `data` without a role as a node.
  explicit Hsic(const Dataset& data, const HsicOptions& options = {}, const RunOptions& run = {});
  ~Hsic() override;

  [[nodiscard]] std::string_view name() const override { return "hsic"; }
  [[nodiscard]] const std::vector<std::string>& names() const override { return nodes_.names(); }
  [[nodiscard]] std::int64_t sample_size() const override { return nodes_.rows(); }
  [[nodiscard]] int max_cond_size() const override { return 0; }
  [[nodiscard]] CiResult test(NodeId x, NodeId y, std::span<const NodeId> S) const override;

 private:
  class Kernels;  // of the nodes, cached

  NodeTable nodes_;
  HsicOptions options_;
  RunOptions run_;
  std::unique_ptr<Kernels> kernels_;
};

}  // namespace causal::discovery
