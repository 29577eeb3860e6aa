#pragma once
// Contingency-table tests for discrete variables.

#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "causal/data/contingency.hpp"
#include "causal/data/dataset.hpp"
#include "causal/discovery/ci/ci_test.hpp"
#include "causal/run/options.hpp"

namespace causal::discovery {

enum class TableStatistic {
  GSquare,   ///< The likelihood ratio, 2 sum o log(o / e).
  ChiSquare  ///< Pearson's sum (o - e)^2 / e.
};

/// What a test answers when the counts are too small for the chi-square approximation.
enum class SmallSample {
  Keep,         ///< Degenerate: evidence of nothing, the edge stays and the case is counted.
  Independent,  ///< Independent, with p-value 1.
  Test          ///< The test, as if the counts were large enough.
};

}  // namespace causal::discovery

template <>
struct causal::EnumNames<causal::discovery::TableStatistic> {
  static constexpr std::array<std::pair<discovery::TableStatistic, std::string_view>, 2> names{
      {{discovery::TableStatistic::GSquare, "g_square"}, {discovery::TableStatistic::ChiSquare, "chi_square"}}};
};

template <>
struct causal::EnumNames<causal::discovery::SmallSample> {
  static constexpr std::array<std::pair<discovery::SmallSample, std::string_view>, 3> names{
      {{discovery::SmallSample::Keep, "keep"},
       {discovery::SmallSample::Independent, "independent"},
       {discovery::SmallSample::Test, "test"}}};
};

namespace causal::discovery {

struct GSquareOptions {
  TableStatistic statistic = TableStatistic::GSquare;
  SmallSample small_sample = SmallSample::Keep;

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor&& visitor) {
    visitor(Field{"statistic", "the likelihood ratio or Pearson's statistic"}, self.statistic);
    visitor(Field{"small_sample", "what to answer when there are fewer than 5 rows per degree of freedom"},
            self.small_sample);
  }
};

/// Tests x independent of y given S for discrete and binary variables: in every stratum of S the counts of x by y are
/// compared with the product of their margins, and the sum is referred to the chi-square distribution.
///
/// A stratum with r non-empty rows and c non-empty columns contributes (r-1)(c-1) degrees of freedom, so levels that do
/// not occur there cost nothing. Counts are too small when the rows in strata that contribute are fewer than 5 times
/// the degrees of freedom (see SmallSample). Degenerate also when no stratum contributes. Rows with a missing cell in
/// x, y or S are left out of the test, which is valid when cells are missing completely at random.
///
/// Assumes independent rows. Cost per test: O(n (|S| + 1)) and memory O(n) or less; the number of strata does not
/// matter. For numeric variables use FisherZ. Source: Spirtes, Glymour and Scheines 2000, 5.5; Agresti 2013, 3.2.
class GSquare final : public CiTest {
 public:
  /// All columns of `data` without a role.
  /// Errors: DataError naming a column that is not discrete or binary, has more than 255 levels, or less than two
  /// levels that occur.
  explicit GSquare(const Dataset& data, const GSquareOptions& options = {});

  /// "g_square" or "chi_square".
  [[nodiscard]] std::string_view name() const override { return enum_name(options_.statistic); }
  [[nodiscard]] const std::vector<std::string>& names() const override { return names_; }
  [[nodiscard]] std::int64_t sample_size() const override { return codes_.rows(); }
  [[nodiscard]] CiResult test(NodeId x, NodeId y, std::span<const NodeId> S) const override;

 private:
  GSquareOptions options_;
  std::vector<std::string> names_;
  LevelCodes codes_;
};

}  // namespace causal::discovery
