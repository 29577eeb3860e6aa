#pragma once
// The generalised adjustment criterion: whether a set of covariates gives the effect of X on Y, in one DAG or in every
// DAG of a class.

#include <memory>
#include <string>

#include "causal/graph/admg.hpp"
#include "causal/graph/dag.hpp"
#include "causal/graph/mpdag.hpp"
#include "causal/graph/pdag.hpp"
#include "causal/graph/reachability.hpp"

namespace causal {

/// A graph that adjustment is asked of. Refers to the graph it is made of, which must outlive it; the conversions are
/// implicit, so that every function below takes any of the four.
///
/// A Dag may hold variables nobody measured: leave them out of `allowed` where a set is looked for. A Cpdag or Mpdag
/// stands for all its DAGs, and what is said of it holds in each of them. Made of one of these two, this computes one
/// of those DAGs (see extend_to_dag for the cost): make it once when many questions are asked.
class AdjustmentGraph {
 public:
  AdjustmentGraph(const Dag& dag)
      : graph_(&dag.graph()), member_(&dag.graph()) {}  // NOLINT(google-explicit-constructor)
  AdjustmentGraph(const Admg& admg)
      : graph_(&admg.graph()), member_(&admg.graph()) {}  // NOLINT(google-explicit-constructor)
  AdjustmentGraph(const Cpdag& cpdag);                    // NOLINT(google-explicit-constructor)
  AdjustmentGraph(const Mpdag& mpdag);                    // NOLINT(google-explicit-constructor)

  /// The graph as given.
  [[nodiscard]] const MixedGraph& graph() const { return *graph_; }
  /// A DAG of the class; the graph itself when it is a Dag or Admg.
  [[nodiscard]] const MixedGraph& member() const { return *member_; }
  /// Whether it stands for several graphs.
  [[nodiscard]] bool is_class() const { return extension_ != nullptr; }
  /// Whether orientations may come from background knowledge.
  [[nodiscard]] bool is_mpdag() const { return is_mpdag_; }

 private:
  const MixedGraph* graph_;
  std::shared_ptr<const Dag> extension_;
  const MixedGraph* member_;
  bool is_mpdag_ = false;
};

/// What an intervention on X passes through on its way to Y.
struct CausalRegion {
  /// Nodes outside X on proper causal paths from X to Y, Y itself included when there are any. A path is proper when it
  /// leaves X at once. In a class: on possibly causal paths; in an Mpdag only when the query is amenable.
  NodeSet causal;
  /// The (possible) descendants of `causal`: never adjusted for.
  NodeSet forbidden;
  /// Nodes of Y that are no (possible) descendants of X: the effect on them is zero.
  NodeSet unaffected;
  /// In a class: a proper possibly causal walk from X to Y that starts with an undirected edge. Some DAGs of the class
  /// then have an effect through it and others none, so no set is valid. Otherwise empty: the query is amenable.
  Walk not_amenable;
};

/// O(n + m); on an Mpdag with k undirected edges at X O(k) runs of meek_closure and O(m d) beside, d the degree.
/// Errors: InvalidArgument for an unknown node, empty x or y, or sets that overlap.
[[nodiscard]] CausalRegion causal_region(const AdjustmentGraph& graph, const NodeSet& x, const NodeSet& y);

/// Whether a set is valid for adjustment and, when it is not, why.
struct AdjustmentReport {
  bool valid = false;
  bool amenable = true;
  NodeSet forbidden;   ///< The nodes of z that may not be adjusted for.
  NodeSet unaffected;  ///< Nodes of y on which x has no effect, whatever z is.
  /// Not amenable: the possibly causal walk that starts undirected. Otherwise a non-causal walk from x to y that is
  /// open given z. Empty when neither exists.
  Walk witness;
  std::string reason;  ///< Empty when valid; else a sentence for each condition that fails.
};

/// Does P(y | do x) = sum_z P(y | x, z) P(z) hold in every model of the graph (or of every DAG of the class)?
///
/// Valid exactly when (1) the query is amenable, (2) z holds no forbidden node and (3) z blocks every proper walk from
/// x to y that is not causal. Sound and complete. Cost O(n + m) beside causal_region. Errors: as causal_region. Source:
/// Perkovic, Textor, Kalisch and Maathuis, "Complete graphical characterization and construction of adjustment sets in
/// Markov equivalence classes of ancestral graphs", JMLR 18, 2018; for Mpdags Perkovic, Kalisch and Maathuis,
/// "Interpreting and using CPDAGs with background knowledge", UAI 2017.
[[nodiscard]] AdjustmentReport check_adjustment(const AdjustmentGraph& graph, const NodeSet& x, const NodeSet& y,
                                                const NodeSet& z);

}  // namespace causal
