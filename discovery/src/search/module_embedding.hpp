#pragma once
// Embeddings of mechanisms over the points of a surrogate: the exact form and the one by features.

#include <Eigen/Core>
#include <memory>
#include <span>
#include <vector>

#include "causal/discovery/search/changing_modules.hpp"
#include "module_points.hpp"

namespace causal::discovery::detail {

/// Thread-safe once built.
class Embedding {
 public:
  virtual ~Embedding() = default;
  /// As mechanism_gram; no cell of the nodes may be missing.
  [[nodiscard]] virtual Eigen::MatrixXd gram(std::span<const NodeId> nodes, std::span<const NodeId> parents,
                                             int threads) const = 0;
  [[nodiscard]] virtual const PointGrid& grid() const = 0;
};

/// `table` must outlive the result, which has no missing cells in what will be asked for.
[[nodiscard]] std::unique_ptr<Embedding> exact_embedding(const NodeTable& table, NodeId c,
                                                         const ModuleOptions& options);
[[nodiscard]] std::unique_ptr<Embedding> feature_embedding(const NodeTable& table, NodeId c,
                                                           const ModuleOptions& options);
/// Nothing when the kernel on the surrogate reaches over too many rows for it, or there are no bins.
[[nodiscard]] std::unique_ptr<Embedding> window_embedding(const NodeTable& table, NodeId c,
                                                          const ModuleOptions& options);
/// The one that the number of rows asks for.
[[nodiscard]] std::unique_ptr<Embedding> make_embedding(const NodeTable& table, NodeId c, const ModuleOptions& options);

/// Bytes that one evaluation needs beside the data.
[[nodiscard]] std::int64_t evaluation_bytes(std::int64_t rows, const SurrogatePoints& points,
                                            const ModuleOptions& options);
/// How many evaluations may run at once; 0 when not even one fits.
[[nodiscard]] int concurrent_evaluations(std::int64_t bytes, const RunOptions& run);

/// Embeddings on the rows that are complete in what is asked for: one for all where no cell is missing.
class MechanismRows {
 public:
  MechanismRows(const NodeTable& table, NodeId c, const ModuleOptions& options);
  /// Calls use(table of complete rows, embedding, indices of these rows or empty for all).
  template <class Use>
  auto on(std::span<const NodeId> nodes, Use&& use) const {
    for (const NodeId v : nodes) {
      if (!table_.has_missing(v)) continue;
      const std::vector<std::int64_t> rows = table_.complete_rows(nodes);
      const NodeTable complete = table_.select_rows(rows);
      return use(complete, *make_embedding(complete, c_, options_), rows);
    }
    return use(table_, *whole_, std::vector<std::int64_t>{});
  }
  [[nodiscard]] const PointGrid& grid() const { return whole_->grid(); }

 private:
  const NodeTable& table_;
  NodeId c_;
  ModuleOptions options_;
  std::unique_ptr<Embedding> whole_;
};

/// module_score on embeddings made before.
[[nodiscard]] ModuleScore score_module(const MechanismRows& rows, NodeId node, const NodeSet& parents,
                                       ModuleDependence measure, int threads);

/// Errors: InvalidArgument for a node that the table does not have, that is `c`, or that stands twice.
void check_mechanism(const NodeTable& table, NodeId c, std::span<const NodeId> nodes, std::span<const NodeId> parents);

/// See ModuleScore::overlap; `parents` not empty, without missing cells.
[[nodiscard]] double parent_overlap(const NodeTable& table, const PointGrid& grid, std::span<const NodeId> parents);

/// HGH, H = I - 11'/m.
[[nodiscard]] Eigen::MatrixXd double_centred(const Eigen::Ref<const Eigen::MatrixXd>& G);

}  // namespace causal::discovery::detail
