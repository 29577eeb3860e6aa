#include <Eigen/Eigenvalues>
#include <algorithm>

#include "causal/run/error.hpp"
#include "causal/run/parallel.hpp"
#include "causal/run/random.hpp"
#include "causal/scm/scm.hpp"

// Rows are drawn in blocks that stay in the cache; the noise of a node in a block is one stream, so neither the number
// of rows nor that of threads moves a draw.

namespace causal {
namespace {

constexpr std::int64_t kBlockRows = 1024;

// A square root of a positive semidefinite matrix.
Eigen::MatrixXd root_of(const Eigen::MatrixXd& R) {
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(R);
  return solver.eigenvectors() * solver.eigenvalues().cwiseMax(0).cwiseSqrt().asDiagonal();
}

class BlockSampler {
 public:
  BlockSampler(const Scm& model, std::uint64_t seed) : model_(model), seed_(seed), correlated_(slot(model.n()), false) {
    for (const NoiseBlock& block : model.blocks()) {
      roots_.push_back(root_of(block.correlation));
      for (const NodeId v : block.nodes) {
        const bool cut = model.has_fresh_noise(v) || model.mechanism(v).noise().kind() == Noise::Kind::None;
        correlated_[slot(v)] = !cut;
      }
    }
  }

  // Fills rows [first, first + rows) of `values`.
  void draw(std::int64_t block, Eigen::Index first, Eigen::Index rows, Eigen::MatrixXd& values) const {
    fill_correlated(block, first, rows, values);
    std::vector<const double*> parents;
    for (const NodeId v : model_.dag().topological_order()) {
      const std::span<double> column(&values(first, v), static_cast<std::size_t>(rows));
      if (!correlated_[slot(v)]) {
        RandomStream stream = stream_of(v, block, model_.has_fresh_noise(v));
        model_.mechanism(v).noise().fill(stream, column);
      }
      parents.clear();
      for (const NodeId u : model_.dag().parents(v)) parents.push_back(&values(first, u));
      model_.mechanism(v).evaluate(parents, column);
    }
  }

 private:
  [[nodiscard]] RandomStream stream_of(NodeId v, std::int64_t block, bool fresh) const {
    return {seed_, fresh ? RandomDomain::ScmFresh : RandomDomain::Scm, static_cast<std::uint32_t>(v),
            static_cast<std::uint32_t>(block)};
  }

  // The members' own standard normals are mixed by a root of the correlation, so a member that surgery has cut off
  // does not change the noise of the others.
  void fill_correlated(std::int64_t block, Eigen::Index first, Eigen::Index rows, Eigen::MatrixXd& values) const {
    for (std::size_t b = 0; b < roots_.size(); ++b) {
      const NodeSet& nodes = model_.blocks()[b].nodes;
      Eigen::MatrixXd normals(rows, static_cast<Eigen::Index>(nodes.size()));
      for (std::size_t i = 0; i < nodes.size(); ++i) {
        RandomStream stream = stream_of(nodes[i], block, false);
        Noise::gaussian().fill(stream,
                               {normals.col(static_cast<Eigen::Index>(i)).data(), static_cast<std::size_t>(rows)});
      }
      const Eigen::MatrixXd mixed = normals * roots_[b].transpose();
      for (std::size_t i = 0; i < nodes.size(); ++i) {
        if (!correlated_[slot(nodes[i])]) continue;
        const Noise& noise = model_.mechanism(nodes[i]).noise();
        values.col(nodes[i]).segment(first, rows) =
            (noise.sd() * mixed.col(static_cast<Eigen::Index>(i)).array() + noise.mean()).matrix();
      }
    }
  }

  const Scm& model_;
  std::uint64_t seed_;
  std::vector<bool> correlated_;
  std::vector<Eigen::MatrixXd> roots_;
};

}  // namespace

Eigen::MatrixXd Scm::sample_values(std::int64_t n, const RunOptions& run) const {
  validate(run, "Scm::sample");
  if (n < 0) throw InvalidArgument("Scm::sample", "n", std::to_string(n), "not be negative");
  Eigen::MatrixXd values(n, this->n());
  const BlockSampler sampler(*this, run.seed);
  parallel_for((n + kBlockRows - 1) / kBlockRows, run.threads, [&](std::int64_t block) {
    const std::int64_t first = block * kBlockRows;
    sampler.draw(block, first, std::min(kBlockRows, n - first), values);
  });
  return values;
}

Dataset Scm::sample(std::int64_t n, const RunOptions& run) const {
  Eigen::MatrixXd values = sample_values(n, run);
  const NodeSet kept = observed();
  std::vector<Column> columns;
  for (const NodeId v : kept) {
    const VariableType type = !is_discrete(v)       ? VariableType::Continuous
                              : cardinality(v) == 2 ? VariableType::Binary
                                                    : VariableType::Discrete;
    columns.push_back({name(v), type, levels(v)});
  }
  if (kept.size() == slot(this->n())) return {std::move(values), std::move(columns)};
  Eigen::MatrixXd observed_values(n, static_cast<Eigen::Index>(kept.size()));
  for (std::size_t j = 0; j < kept.size(); ++j) observed_values.col(static_cast<Eigen::Index>(j)) = values.col(kept[j]);
  return {std::move(observed_values), std::move(columns)};
}

}  // namespace causal
