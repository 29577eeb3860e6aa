#pragma once
// The generalised covariance measure: are the residuals of x and y given S correlated?

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

enum class GcmRegression {
  Ridge,       ///< Linear in the columns of S.
  KernelRidge  ///< Any smooth function of S, by a Gaussian kernel.
};

}  // namespace causal::discovery

template <>
struct causal::EnumNames<causal::discovery::GcmRegression> {
  static constexpr std::array<std::pair<discovery::GcmRegression, std::string_view>, 2> names{
      {{discovery::GcmRegression::Ridge, "ridge"}, {discovery::GcmRegression::KernelRidge, "kernel_ridge"}}};
};

namespace causal::discovery {

struct GcmOptions {
  /// How x and y are regressed on S.
  GcmRegression regression = GcmRegression::KernelRidge;
  /// Standard deviation of the kernel on a time-like surrogate in S, in standard deviations of the time. Narrower than
  /// the median distance, because what changes may change more than once.
  double surrogate_width = 0.3;
  /// A time-like surrogate as x or y (or in S under `ridge`) is its cosines of 1, 2, ... half waves over the ranks of
  /// the time: its values alone would show trends only. 0: its values.
  int surrogate_waves = 10;
  /// Columns of the low-rank factor of the kernel. More fit rougher functions at quadratic cost.
  int max_rank = 100;
  /// Draws of the null distribution of the largest of several statistics.
  int draws = 1000;
  /// What residuals and factorisations may take up between tests.
  std::int64_t cache_bytes = std::int64_t{256} << 20;

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor&& visitor) {
    visitor(Field{"regression", "how x and y are regressed on S: linearly or by a kernel"}, self.regression);
    visitor(Field{"surrogate_width",
                  "width of the kernel on the time in S, in standard deviations of the time",
                  {0, 1e6, true, false}},
            self.surrogate_width);
    visitor(Field{"surrogate_waves", "cosines that stand for the time as x or y; 0: the time itself",
                  closed_interval(0, 1000)},
            self.surrogate_waves);
    visitor(Field{"max_rank", "columns of the low-rank factor of the kernel", closed_interval(1, 5000)}, self.max_rank);
    visitor(Field{"draws", "draws of the null distribution of a maximum", closed_interval(100, 1e6)}, self.draws);
    visitor(Field{"cache_bytes", "memory for residuals and factorisations between tests", at_least(0)},
            self.cache_bytes);
  }
};

/// Tests x independent of y given S by the correlation of what S leaves unexplained: with residuals r and s of x and y
/// after regression on S, T = sqrt(n) mean(r s) / sd(r s) is standard normal under independence.
///
/// A node of several columns (also: one 0/1 column a level, cosines of a time-like surrogate) is tested by the largest
/// |T| over pairs of columns, against the largest of as many normals with the covariance of the products r s, which is
/// the distribution of the Gaussian multiplier bootstrap. Its p-value is never above the Bonferroni bound, which alone
/// is used above 400 pairs. S empty: the centred columns themselves.
///
/// Kernel ridge: on the quantities in S half the weight on a Gaussian kernel of all nodes together and half on one of
/// each node, all of median width; a Gaussian of width `surrogate_width` on a time-like surrogate, a delta kernel on
/// each nominal column; and the products of these blocks. The penalty is the one of least leave-one-out error, in
/// closed form, for each column of x and y. T is divided by the root of n tr(M^2 N^2) / (tr M^2 tr N^2), M and N the
/// matrices that map x and y to their residuals: what the degrees of freedom of the fits add to its variance.
///
/// Assumes that rows are independent and that the regressions are good: the product of their root mean squared errors
/// must vanish faster than 1/sqrt(n). Blind to dependence that leaves the residuals uncorrelated, such as y = x^2 + e
/// with symmetric x, or a variance that depends on x; tests of the whole distribution, such as Hsic for S empty, see
/// that.
///
/// effect: correlation of the two residuals (of the pair with the largest |T|). Degenerate: fewer than 30 rows with x,
/// y and S observed; x or y constant; x or y a function of S (residual variance below 1e-6 of the variance). Rows with
/// a missing cell in x, y or S are left out of the test.
///
/// Cost: O(n r^2) for each new S, r the rank (at most max_rank), O(n r) for each new pair of a column and S, O(n) a
/// test. The caches make no difference to results. Thread-safe.
/// Source: Shah and Peters, "The hardness of conditional independence testing and the generalised covariance measure",
/// Annals of Statistics 48 (2020), sections 3.1 and 3.2.
class Gcm final : public CiTest {
 public:
  /// Errors: InvalidArgument for an option out of range.
  explicit Gcm(NodeTable nodes, const GcmOptions& options = {}, const RunOptions& run = {});
  /// Every column of `data` without a role as a node.
  explicit Gcm(const Dataset& data, const GcmOptions& options = {}, const RunOptions& run = {});
  ~Gcm() override;

  [[nodiscard]] std::string_view name() const override { return "gcm"; }
  [[nodiscard]] const std::vector<std::string>& names() const override { return nodes_.names(); }
  [[nodiscard]] std::int64_t sample_size() const override { return nodes_.rows(); }
  [[nodiscard]] CiResult test(NodeId x, NodeId y, std::span<const NodeId> S) const override;

 private:
  class Regressions;  // residuals and factorisations, cached

  NodeTable nodes_;
  GcmOptions options_;
  RunOptions run_;
  std::unique_ptr<Regressions> regressions_;
};

}  // namespace causal::discovery
