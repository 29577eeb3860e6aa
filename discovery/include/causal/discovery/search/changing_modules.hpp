#pragma once
// Mechanisms that change with a surrogate: their embedding, how much two of them depend on each other, and the
// directions that follow when mechanisms change independently.

#include <Eigen/Core>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "causal/discovery/ci/node_table.hpp"
#include "causal/graph/dense_marks.hpp"
#include "causal/graph/knowledge.hpp"
#include "causal/graph/mechanism_changes.hpp"
#include "causal/run/options.hpp"
#include "causal/run/status.hpp"
#include "causal/run/stop.hpp"

namespace causal::discovery {

/// The unit of `ModuleOptions::width_c` on the numeric columns of the surrogate.
enum class SurrogateScale {
  Rank,   ///< Steps from one distinct value to the next (of bins: from bin to bin); gaps in time do not count.
  ZScore  ///< Standard deviations of the column over the rows.
};

/// How the dependence of two mechanisms is measured, from their centred Gram matrices A and B over m points.
enum class ModuleDependence {
  Normalised,  ///< tr(AB) / (tr(A) tr(B)).
  Raw          ///< tr(AB) / m^2.
};

/// The defaults find directions. Narrow widths matter: with wide ones a mechanism whose slope changes inherits the
/// changes of its cause wherever the ranges of the cause overlap little, and the wrong direction wins.
struct ModuleOptions {
  double width_x = 0.1;
  double width_c = 1;
  SurrogateScale c_scale = SurrogateScale::Rank;
  double lambda = 2;
  ModuleDependence dependence = ModuleDependence::Normalised;
  int exact_rows = 2000;
  int bins = 500;
  int max_features = 100;

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor&& visitor) {
    visitor(Field{"width_x", "Gaussian kernel width on standardised variables", at_least(1e-3)}, self.width_x);
    visitor(Field{"width_c", "Gaussian kernel width on a time-like surrogate", at_least(1e-3)}, self.width_c);
    visitor(Field{"c_scale", "unit of width_c: steps between values, or standard deviations"}, self.c_scale);
    visitor(Field{"lambda", "ridge of the regressions behind each mechanism", at_least(1e-6)}, self.lambda);
    visitor(Field{"dependence", "measure of the dependence of two mechanisms"}, self.dependence);
    visitor(Field{"exact_rows", "above this many rows, features and bins replace the exact form", at_least(0)},
            self.exact_rows);
    visitor(Field{"bins", "above exact_rows, compare mechanisms at this many times", closed_interval(4, 2000)},
            self.bins);
    visitor(Field{"max_features", "above exact_rows, features for each set of variables", closed_interval(2, 2000)},
            self.max_features);
  }
};

/// Where mechanisms are compared: the distinct values of the surrogate, or bins of them above `exact_rows` rows.
struct SurrogatePoints {
  /// Of the first numeric column, or of the codes of a nominal one; of a bin its mean. Ascending; with both kinds of
  /// columns ascending inside each domain.
  std::vector<double> values;
  std::vector<std::string> domains;  ///< The label of each point of a nominal surrogate; else empty.
  std::vector<std::int32_t> of_row;  ///< The point of each row.
  [[nodiscard]] int size() const { return static_cast<int>(values.size()); }
};

/// `c` must have no missing cells. Errors: InvalidArgument. O(n log n).
[[nodiscard]] SurrogatePoints surrogate_points(const NodeTable& table, NodeId c, const ModuleOptions& options = {});

/// Inner products M(i, j) = <mu_i, mu_j> of the embeddings of P(nodes | parents, C = point i), m x m and positive
/// semidefinite. With parents the conditional is averaged over their pooled distribution, so that only the mechanism
/// differs between points: with row kernels Kx, Ky, Kc (delta for nominal columns) and W = (Kx o Kc + lambda I)^-1,
///     M = Kc [ Kx^3 o (W Ky W) ] Kc / n^2,  and  M = Kc W Ky W Kc, W = (Kc + lambda I)^-1, without parents.
/// Rows with a missing cell are left out.
///
/// Above `exact_rows` rows kernels become products of at most `max_features` features, and a time-like surrogate with
/// more values than `bins` is looked at in the middle of each of `bins` equal bins. On the Rank scale M is otherwise the
/// same there; on the ZScore scale, and for domains, the regression is fitted point by point with rows weighted by Kc,
/// which over domains is the same matrix again.
///
/// Cost for single columns: exact about n^2 r, r <= 200 the numerical rank of a kernel, and 4 n^2 doubles; n^3 when Kx
/// has no low rank (several parents). Features: n D^2 + m D^3 + m^2 D^2 and 3 m D^2 doubles, D = max_features.
/// Errors: InvalidArgument for options out of range, a node that is `c` or in both sets, no complete row.
/// Source: Huang et al., "Causal discovery from heterogeneous/nonstationary data", JMLR 21(89), 2020, section 4.
[[nodiscard]] Eigen::MatrixXd mechanism_gram(const NodeTable& table, NodeId c, std::span<const NodeId> nodes,
                                             std::span<const NodeId> parents, const ModuleOptions& options = {},
                                             int threads = 1);

/// Gaussian kernel between embeddings, its squared width the median squared distance; all ones when the mechanism is
/// the same at all points. `gram` m x m, m >= 1.
[[nodiscard]] Eigen::MatrixXd embedding_kernel(const Eigen::Ref<const Eigen::MatrixXd>& gram);

/// Dependence of two mechanisms from their uncentred kernels over the same points; 0 when one of them is constant.
[[nodiscard]] double module_dependence(const Eigen::Ref<const Eigen::MatrixXd>& first,
                                       const Eigen::Ref<const Eigen::MatrixXd>& second,
                                       ModuleDependence measure = ModuleDependence::Normalised);

/// Dependence of P(node | parents, C) on P(parents | C), `parents` not empty, with the overlap of the parents' values
/// between domains or stretches of time.
[[nodiscard]] ModuleScore module_score(const NodeTable& table, NodeId c, NodeId node, const NodeSet& parents,
                                       const ModuleOptions& options = {}, int threads = 1);

/// Scores P(node | parents) when a search for sinks asks; called from several threads at once.
using ModuleScoreFn = std::function<ModuleScore(NodeId node, const NodeSet& parents)>;

struct SinkOptions {
  double min_margin = 0;
  /// Unshielded triples that may or may not be colliders. Any other one with an undirected edge is no collider.
  std::span<const AmbiguousTriple> ambiguous = {};

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor&& visitor) {
    visitor(Field{"min_margin", "decide nothing where the two best scores are closer than this", closed_interval(0, 1)},
            self.min_margin);
  }
};

/// What a search for sinks did. `status` other than Ok: the directions made until then are in the marks.
struct SinkSearch {
  std::vector<SinkRound> rounds;
  Status status = Status::Ok;
  std::vector<std::string> warnings;
};

/// Directs undirected edges between nodes whose mechanisms change, sink by sink. In every part of the graph that is
/// connected by undirected edges, each candidate (adjacent to `c`, with an undirected edge) is scored as the effect of
/// its undirected neighbours and its parents, and the one with the smallest score is made their effect; then Meek's
/// rules close the graph. A candidate is passed over when that would close a cycle, make an unshielded collider or
/// contradict `knowledge`. Nothing is decided in a part where the margin is below `min_margin`, where the two best
/// scores are equal, or with a single candidate; the round says so. Edges that are directed already stay.
/// Calls `score` on `threads` threads, once for each (node, parents). `names` as in meek_closure.
[[nodiscard]] SinkSearch orient_sinks(const ModuleScoreFn& score, NodeId c, DenseMarks& marks,
                                      const KnowledgeIndex& knowledge, std::span<const std::string> names,
                                      const SinkOptions& options, int threads, const StopSignal& stop);

/// orient_sinks with module_score.
///
/// Assumes that mechanisms change independently of each other: no two of them share a hidden driver. It takes about 30
/// independent changes for nine right directions in ten, and fewer than 15 are close to guessing: with fewer than 4
/// points nothing is decided, with fewer than 15 a warning says so.
/// Status BudgetExceeded when one evaluation needs more than run.memory_limit_bytes.
/// Same result at any thread count. Errors: as mechanism_gram.
[[nodiscard]] SinkSearch orient_by_independent_change(const NodeTable& table, NodeId c, DenseMarks& marks,
                                                      const KnowledgeIndex& knowledge, const ModuleOptions& options,
                                                      const SinkOptions& sinks, const RunOptions& run,
                                                      const StopSignal& stop);

}  // namespace causal::discovery

namespace causal {

template <>
struct EnumNames<discovery::SurrogateScale> {
  static constexpr std::array<std::pair<discovery::SurrogateScale, std::string_view>, 2> names{
      {{discovery::SurrogateScale::Rank, "rank"}, {discovery::SurrogateScale::ZScore, "z_score"}}};
};
template <>
struct EnumNames<discovery::ModuleDependence> {
  static constexpr std::array<std::pair<discovery::ModuleDependence, std::string_view>, 2> names{
      {{discovery::ModuleDependence::Normalised, "normalised"}, {discovery::ModuleDependence::Raw, "raw"}}};
};

}  // namespace causal
