#pragma once
// The kernel conditional independence test.

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

/// What numeric columns a and b are compared by; w is the width.
enum class KernelShape {
  Gaussian,   ///< exp(-|a - b|^2 / (2 w^2)): sees every kind of dependence.
  Linear,     ///< a'b: sees what a regression on the columns sees.
  Polynomial  ///< (1 + a'b)^2.
};

/// Where Gaussian kernels get their width from. Columns are standardised first.
enum class KernelWidth {
  ByN,     ///< By the number of rows and of columns that are given (see KciOptions::width).
  Median,  ///< sqrt(2) times the median distance between rows, for each kernel.
  Manual,  ///< KciOptions::manual_width for every kernel.
  Gp       ///< Of the given columns: learned by Gaussian-process regression of the tested ones on them. Slow.
};

/// The distribution that the statistic is referred to.
enum class KciNull {
  Gamma,    ///< The gamma distribution with the mean and variance of the null distribution. Deterministic.
  Spectral  ///< Draws from the weighted sum of chi-squares whose weights are the eigenvalues of the null distribution.
};

/// How kernel matrices are held.
enum class KciForm {
  Auto,    ///< Exact up to 2,000 rows, low_rank above.
  Exact,   ///< To rounding: factors of as many columns as a kernel has noticeable eigenvalues.
  LowRank  ///< Factors of at most `max_rank` columns; see docs/kci.md for the size of the error.
};

}  // namespace causal::discovery

template <>
struct causal::EnumNames<causal::discovery::KernelShape> {
  static constexpr std::array<std::pair<discovery::KernelShape, std::string_view>, 3> names{
      {{discovery::KernelShape::Gaussian, "gaussian"},
       {discovery::KernelShape::Linear, "linear"},
       {discovery::KernelShape::Polynomial, "polynomial"}}};
};
template <>
struct causal::EnumNames<causal::discovery::KernelWidth> {
  static constexpr std::array<std::pair<discovery::KernelWidth, std::string_view>, 4> names{
      {{discovery::KernelWidth::ByN, "by_n"},
       {discovery::KernelWidth::Median, "median"},
       {discovery::KernelWidth::Manual, "manual"},
       {discovery::KernelWidth::Gp, "gp"}}};
};
template <>
struct causal::EnumNames<causal::discovery::KciNull> {
  static constexpr std::array<std::pair<discovery::KciNull, std::string_view>, 2> names{
      {{discovery::KciNull::Gamma, "gamma"}, {discovery::KciNull::Spectral, "spectral"}}};
};
template <>
struct causal::EnumNames<causal::discovery::KciForm> {
  static constexpr std::array<std::pair<discovery::KciForm, std::string_view>, 3> names{
      {{discovery::KciForm::Auto, "auto"},
       {discovery::KciForm::Exact, "exact"},
       {discovery::KciForm::LowRank, "low_rank"}}};
};

namespace causal::discovery {

struct KciOptions {
  KernelShape kernel = KernelShape::Gaussian;
  /// by_n: nothing given .8 (n < 200), .5 (n < 1200), .3; one column given 1.2, .7, .4; more columns given 1.2. The
  /// squared width is multiplied by the number of columns that set it: those given, else those of the kernel.
  KernelWidth width = KernelWidth::ByN;
  double manual_width = 1;
  double surrogate_width = 0.3;  ///< Of a numeric surrogate, standardised, in every kernel that it is part of.
  double ridge = 1e-3;           ///< Of the regression on what is given.
  KciNull null = KciNull::Gamma;
  int null_draws = 5000;
  KciForm form = KciForm::Auto;
  int max_rank = 200;
  std::int64_t cache_bytes = std::int64_t{1} << 30;

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor&& visitor) {
    visitor(Field{"kernel", "what numeric columns are compared by"}, self.kernel);
    visitor(Field{"width", "where kernel widths come from"}, self.width);
    visitor(Field{"manual_width", "width of every kernel with width = manual", {0, 1e6, true, false}},
            self.manual_width);
    visitor(Field{"surrogate_width", "width on a standardised time index", {0, 1e6, true, false}},
            self.surrogate_width);
    visitor(Field{"ridge", "ridge of the regression on what is given", {1e-10, 1e3, false, false}}, self.ridge);
    visitor(Field{"null", "gamma approximation, or draws from the spectrum"}, self.null);
    visitor(Field{"null_draws", "draws of the spectral null", closed_interval(100, 10000000)}, self.null_draws);
    visitor(Field{"form", "exact kernels, or factors of bounded rank"}, self.form);
    visitor(Field{"max_rank", "columns of a factor with form = low_rank", closed_interval(5, 2000)}, self.max_rank);
    visitor(Field{"cache_bytes", "memory for kernels that tests share", at_least(0)}, self.cache_bytes);
  }
};

/// Tests x independent of y given S by how similar the rows are in x, in y and in S: the kernel matrices of [x, S/2]
/// and of y, with what a kernel ridge regression on S explains removed from both, are multiplied entry by entry and
/// summed. With nothing given the statistic is that of HSIC.
///
/// Sees nonlinear dependence and dependence of variances. Numeric columns are standardised; nominal ones are compared
/// for equality; nodes of several columns by the product. S enters the kernel of one side only: of the two nodes that
/// whose name comes first in byte order, never a surrogate, so that p does not depend on the order of columns.
///
/// Assumes independent rows. The level is approximate: see docs/kci.md for measured levels, and use RCoT above some
/// thousand rows. Rows with a missing cell in x, y or S are left out of the test, which then shares nothing with
/// others.
///
/// `effect` is tr(A B) / (tr A tr B) in [0, 1], A and B being the two kernel matrices. Degenerate (evidence of
/// nothing): fewer than 30 rows, x or y constant on them, x or y (nearly) a function of S.
///
/// Cost of the exact form: n^2 (r + s) flops, r and s (20 to a few hundred) being the numbers of noticeable
/// eigenvalues; no n x n matrix is held. Factors are shared between tests through a cache of `cache_bytes`. Thread-safe.
/// Source: Zhang, Peters, Janzing and Schoelkopf, UAI 2011; Gretton et al., NIPS 2007. That the null distribution's
/// mean and variance are the sums of A_ii B_ii and of 2 (A_ij B_ij)^2 follows since U U' is the entrywise product of A
/// and B, U holding all products of their eigenvectors' scaled columns.
class Kci final : public CiTest {
 public:
  /// Errors: InvalidArgument for options out of range; DataError naming a constant node or one without 30 observed
  /// rows; BudgetError when the exact form may need more than run.memory_limit_bytes.
  explicit Kci(NodeTable nodes, const KciOptions& options = {}, const RunOptions& run = {});
  /// Over the columns without a role.
  explicit Kci(const Dataset& data, const KciOptions& options = {}, const RunOptions& run = {});
  ~Kci() override;

  [[nodiscard]] std::string_view name() const override { return "kci"; }
  [[nodiscard]] const std::vector<std::string>& names() const override;
  [[nodiscard]] std::int64_t sample_size() const override;
  [[nodiscard]] CiResult test(NodeId x, NodeId y, std::span<const NodeId> S) const override;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace causal::discovery
