#pragma once
// Independence tests with random features, for any kind of dependence in large samples.

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "causal/data/dataset.hpp"
#include "causal/discovery/ci/ci_test.hpp"
#include "causal/discovery/ci/node_table.hpp"
#include "causal/run/options.hpp"

namespace causal::discovery {

/// What is compared once the conditioning set is taken out.
enum class RandomFeatureTest {
  Rcot,  ///< Features of x with features of y.
  Rcit   ///< Features of x with features of y and S together; needs more rows, sees more.
};

/// Where the p-value comes from.
enum class RandomFeatureNull {
  Hbe,         ///< Weighted sum of chi-squares, three cumulants matched.
  Sw,          ///< The same, two moments matched.
  Lpb4,        ///< The same, eight moments matched.
  Permutation  ///< Residuals of x permuted against those of y; too often significant if S moves both variances.
};

}  // namespace causal::discovery

template <>
struct causal::EnumNames<causal::discovery::RandomFeatureTest> {
  static constexpr std::array<std::pair<discovery::RandomFeatureTest, std::string_view>, 2> names{
      {{discovery::RandomFeatureTest::Rcot, "rcot"}, {discovery::RandomFeatureTest::Rcit, "rcit"}}};
};

template <>
struct causal::EnumNames<causal::discovery::RandomFeatureNull> {
  static constexpr std::array<std::pair<discovery::RandomFeatureNull, std::string_view>, 4> names{
      {{discovery::RandomFeatureNull::Hbe, "hbe"},
       {discovery::RandomFeatureNull::Sw, "sw"},
       {discovery::RandomFeatureNull::Lpb4, "lpb4"},
       {discovery::RandomFeatureNull::Permutation, "permutation"}}};
};

namespace causal::discovery {

struct RcotOptions {
  RandomFeatureTest variant = RandomFeatureTest::Rcot;
  int features_z = 100;
  int features_xy = 5;
  int surrogate_features = 50;
  double surrogate_width = 0.3;
  RandomFeatureNull null = RandomFeatureNull::Hbe;
  int permutations = 1000;
  std::int64_t cache_bytes = std::int64_t{256} << 20;

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor&& visitor) {
    visitor(Field{"variant", "whether y is tested alone or together with the conditioning set"}, self.variant);
    visitor(Field{"features_z", "random features of the conditioning set; never more than a quarter of the rows",
                  closed_interval(1, 1000)},
            self.features_z);
    visitor(Field{"features_xy", "random features of x and of y", closed_interval(1, 20)}, self.features_xy);
    visitor(Field{"surrogate_features", "harmonics of a time that stands for what changes", closed_interval(1, 100)},
            self.surrogate_features);
    visitor(Field{"surrogate_width",
                  "standard deviations of time over which changes are expected; slower ones weigh most",
                  {0, std::numeric_limits<double>::infinity(), true, true}},
            self.surrogate_width);
    visitor(Field{"null", "the distribution that the statistic is compared with"}, self.null);
    visitor(Field{"permutations", "how many, when null is permutation", closed_interval(19, 1000000)},
            self.permutations);
    visitor(Field{"cache_bytes", "memory for residuals that are used again; what does not fit is computed again",
                  at_least(0)},
            self.cache_bytes);
  }
};

/// Tests x independent of y given S by random features (RCoT, RCIT, and RIT when S is empty).
///
/// Nodes become features of their z-scores: random cosines with the median distance as width for numbers, an indicator
/// for every level of nominal columns, harmonics for a time-like surrogate. The features of x and y are regressed on
/// those of S; the statistic is n times the squared norm of the covariance of the residuals, which under independence
/// is a weighted sum of chi-squares whose weights the residuals' own products estimate. S has random cosines of all
/// its numbers together; with nominal columns or a surrogate in S also these on their own, and random features of
/// their products, for mechanisms that differ between levels or over time.
///
/// Degenerate: fewer than 30 rows; x or y constant; x or y a function of S up to 1e-6 of its variance; S with more
/// levels than a quarter of the rows. Constant members of S are ignored. Rows with a missing cell in x, y or S are left
/// out of the test, which is valid when cells are missing completely at random.
///
/// Assumes independent rows. Prefer an exact kernel test below some 2,000 rows, FisherZ for linear relations. With
/// three and more numeric variables in S, random features can miss parts of E[x | S], and the level rises (see
/// docs/rcot.md). Features depend on the seed and on the names of nodes, not on their order; the order of rows enters
/// through the rows that the width is taken from. test(x, y, S) equals test(y, x, S).
///
/// Cost O(n D^2) with D features of S the first time a set is met, O(n D) when only x or y is new, O(n) afterwards;
/// memory O(D^2) beside the cache, however many rows. Loops over rows use RunOptions::threads.
/// Source: Strobl, Zhang and Visweswaran, Journal of Causal Inference 7 (2019), on features of Rahimi and Recht 2007.
class Rcot final : public CiTest {
 public:
  /// Errors: InvalidArgument for an option out of range.
  explicit Rcot(NodeTable nodes, const RcotOptions& options = {}, const RunOptions& run = {});
  /// Every column without a role is a node.
  explicit Rcot(const Dataset& data, const RcotOptions& options = {}, const RunOptions& run = {});
  ~Rcot() override;

  /// "rcot" or "rcit".
  [[nodiscard]] std::string_view name() const override;
  [[nodiscard]] const std::vector<std::string>& names() const override;
  [[nodiscard]] std::int64_t sample_size() const override;
  /// `effect` is NaN; `dof` is the mean of the null distribution squared over half its variance.
  [[nodiscard]] CiResult test(NodeId x, NodeId y, std::span<const NodeId> S) const override;

 private:
  class Work;
  std::unique_ptr<Work> work_;
};

}  // namespace causal::discovery
