#pragma once
// Structural causal models: a DAG, a mechanism per node, and the noise behind them.

#include <Eigen/Core>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "causal/data/dataset.hpp"
#include "causal/graph/dag.hpp"
#include "causal/probability/factor.hpp"
#include "causal/run/options.hpp"
#include "causal/scm/linear_sem.hpp"
#include "causal/scm/mechanism.hpp"

namespace causal {

/// Gaussian noise terms that are correlated: the standardised noise of `nodes` has this correlation matrix.
struct NoiseBlock {
  NodeSet nodes;
  Eigen::MatrixXd correlation;
};

/// What a model needs beside its graph and mechanisms.
struct ScmParts {
  /// Level texts per node, empty for a continuous node; no list at all: those the mechanisms fix, named 0, 1, ...
  std::vector<std::vector<std::string>> levels = {};
  NodeSet latent = {};                  ///< Nodes that are never observed.
  std::vector<NoiseBlock> blocks = {};  ///< Disjoint; noise outside them is independent.
};

/// An immutable structural causal model. Surgery (scm/intervention.hpp) makes new models that share the mechanisms.
class Scm {
 public:
  Scm() = default;
  /// mechanisms[v] computes node v from its parents in ascending order of their ids.
  /// Errors: InvalidArgument naming the node for a number of parents, a cardinality or a level that does not fit, an
  /// unknown latent, a block that is not a correlation matrix of Gaussian noise terms.
  Scm(Dag dag, std::vector<MechanismPtr> mechanisms, ScmParts parts = {});
  /// The same model as `sem`; the samples differ (other streams).
  static Scm linear(const LinearSem& sem);

  [[nodiscard]] const Dag& dag() const { return dag_; }
  [[nodiscard]] int n() const { return dag_.n(); }
  [[nodiscard]] const std::string& name(NodeId v) const { return dag_.graph().name(v); }
  [[nodiscard]] NodeId id(std::string_view name) const { return dag_.graph().id(name); }
  [[nodiscard]] const Mechanism& mechanism(NodeId v) const { return *mechanisms_[slot(v)]; }
  [[nodiscard]] const MechanismPtr& mechanism_ptr(NodeId v) const { return mechanisms_[slot(v)]; }
  [[nodiscard]] const std::vector<NoiseBlock>& blocks() const { return parts_.blocks; }
  [[nodiscard]] const std::vector<std::string>& levels(NodeId v) const { return parts_.levels[slot(v)]; }
  /// Number of levels; 0 for a continuous node.
  [[nodiscard]] int cardinality(NodeId v) const { return static_cast<int>(levels(v).size()); }
  [[nodiscard]] bool is_discrete(NodeId v) const { return cardinality(v) > 0; }
  /// Whether every node is discrete.
  [[nodiscard]] bool is_discrete() const;
  [[nodiscard]] const NodeSet& latent() const { return parts_.latent; }
  [[nodiscard]] bool is_latent(NodeId v) const;
  [[nodiscard]] NodeSet observed() const;
  /// Whether an intervention gave v noise of its own, independent of the noise it had in the original model.
  [[nodiscard]] bool has_fresh_noise(NodeId v) const { return fresh_[slot(v)]; }

  /// The value named by a text: the code of that level, or the number of a continuous node.
  /// Errors: InvalidArgument that lists the levels.
  [[nodiscard]] double value_of(NodeId v, std::string_view text) const;
  /// Errors: InvalidArgument unless v is a node and `value` one it can have.
  void require_value(const char* function, NodeId v, double value) const;

  /// n x p values of all nodes. The noise of node v in row i depends on (run.seed, v, i) only: a row keeps its noise
  /// under interventions, when n changes and at any thread count. Cost O(n (p + m)).
  [[nodiscard]] Eigen::MatrixXd sample_values(std::int64_t n, const RunOptions& run = {}) const;
  /// The observed columns of sample_values, with names, types and levels.
  [[nodiscard]] Dataset sample(std::int64_t n, const RunOptions& run = {}) const;
  /// The values of all nodes under the noise given (one entry per node).
  [[nodiscard]] std::vector<double> values_under(std::span<const double> noise) const;

  /// P(v | parents) with scope (parents..., v). Errors: InvalidArgument naming the node unless v and its parents are
  /// discrete with a finite table.
  [[nodiscard]] Factor table(NodeId v) const;
  /// M, c and Omega when every mechanism is linear; else nothing.
  [[nodiscard]] std::optional<LinearForm> linear_form() const;
  /// "y := 2 x + u_y,  u_y ~ N(0, 1)" per node, in topological order, one a line. LaTeX: an `aligned` environment.
  [[nodiscard]] std::string equations(EquationStyle style = EquationStyle::Text) const;

  /// The same model with another mechanism and other parents at v. `fresh_noise`: the new noise is independent of the
  /// old. Errors: GraphError for a cycle; those of the constructor. O(n + m).
  [[nodiscard]] Scm with_mechanism(NodeId v, const NodeSet& parents, MechanismPtr mechanism, bool fresh_noise) const;

 private:
  void check() const;
  void check_blocks() const;
  void fill_levels();

  Dag dag_;
  std::vector<MechanismPtr> mechanisms_;
  ScmParts parts_;
  std::vector<bool> fresh_;
};

}  // namespace causal
