#include "causal/bandits/structure/subgraph_learner.hpp"

#include <bit>
#include <cmath>
#include <limits>
#include <string>
#include <unordered_map>

#include "causal/run/error.hpp"
#include "small_matrix.hpp"
#include "state_io.hpp"

namespace causal::bandits {
namespace {

using Mask = std::uint64_t;

// Nodes that lie on a cycle or between cycles: what is left when sources and sinks are taken away, again and again.
Mask cyclic_core(const std::vector<Mask>& parents) {
  const std::size_t n = parents.size();
  Mask left = (Mask{1} << n) - 1;
  for (Mask before = 0; before != left;) {
    before = left;
    Mask has_child = 0;
    for (std::size_t j = 0; j < n; ++j) {
      if ((left >> j & 1) == 0) continue;
      if ((parents[j] & left) == 0) left &= ~(Mask{1} << j);
    }
    for (std::size_t j = 0; j < n; ++j) has_child |= (left >> j & 1) != 0 ? parents[j] : 0;
    left &= has_child;
  }
  return left;
}

// Whether `from` is reached from `to` along edges, so that from -> to closes a cycle.
bool closes_cycle(const std::vector<Mask>& parents, int from, int to) {
  Mask reached = Mask{1} << from, frontier = reached;  // walks backwards from `from`
  while (frontier != 0) {
    const int v = std::countr_zero(frontier);
    frontier &= frontier - 1;
    const Mask fresh = parents[static_cast<std::size_t>(v)] & ~reached;
    reached |= fresh;
    frontier |= fresh;
  }
  return (reached >> to & 1) != 0;
}

}  // namespace

class SubgraphLearner::Impl {
 public:
  struct Column {
    std::vector<double> rows;  // n values each, one row after another
    int count = 0;
    std::unordered_map<Mask, std::vector<double>> scores;  // per parent set, one a parent
  };

  Impl(std::array<Eigen::VectorXd, 2> given, const SubgraphOptions& chosen)
      : offsets(std::move(given)), options(chosen), n(static_cast<int>(offsets[0].size())) {
    validate(options, "SubgraphLearner");
    if (n < 1 || n > 63 || offsets[1].size() != n) {
      throw InvalidArgument("SubgraphLearner", "offsets", std::to_string(n) + " nodes",
                            "be given for 1 to 63 nodes, as many for bit 1 as for bit 0");
    }
    columns.resize(static_cast<std::size_t>(2 * n));
  }

  Column& column(int bit, int node) { return columns[static_cast<std::size_t>(2 * node + bit)]; }
  const std::vector<double>& scores(int bit, int node, Mask parents);
  std::vector<double> regress(const Column& column, int bit, int node, Mask parents) const;

  std::array<Eigen::VectorXd, 2> offsets;
  SubgraphOptions options;
  int n;
  std::vector<Column> columns;
};

std::vector<double> SubgraphLearner::Impl::regress(const Column& column, int bit, int node, Mask parents) const {
  std::vector<int> nodes;
  for (Mask left = parents; left != 0; left &= left - 1) nodes.push_back(std::countr_zero(left));
  const auto k = static_cast<Eigen::Index>(nodes.size());
  const auto m = static_cast<std::size_t>(column.count);
  const auto width = static_cast<std::size_t>(n);
  std::vector<std::vector<double>> x(nodes.size(), std::vector<double>(m));
  std::vector<double> residual(m);
  for (std::size_t t = 0; t < m; ++t) {
    const double* const row = column.rows.data() + t * width;
    residual[t] = row[node] - offsets[static_cast<std::size_t>(bit)](node);
    for (std::size_t a = 0; a < nodes.size(); ++a) x[a][t] = row[nodes[a]];
  }
  Eigen::MatrixXd gram(k, k);
  Eigen::VectorXd weights(k);
  for (std::size_t a = 0; a < nodes.size(); ++a) {
    for (std::size_t b = 0; b <= a; ++b) {
      double sum = 0;
      for (std::size_t t = 0; t < m; ++t) sum += x[a][t] * x[b][t];
      gram(static_cast<Eigen::Index>(a), static_cast<Eigen::Index>(b)) = sum;
    }
    double sum = 0;
    for (std::size_t t = 0; t < m; ++t) sum += x[a][t] * residual[t];
    weights(static_cast<Eigen::Index>(a)) = sum;
  }
  // With fewer rows than parents, or collinear ones, a tiny ridge picks about the shortest solution.
  const double ridge = k > 0 ? 1e-10 * gram.diagonal().maxCoeff() + std::numeric_limits<double>::min() : 0.0;
  for (Eigen::Index a = 0; a < k; ++a) gram(a, a) += ridge;
  if (!cholesky_in_place(gram)) {
    weights.setZero();
  } else {
    solve_lower(gram, weights);
    solve_lower_transposed(gram, weights);
  }
  for (std::size_t a = 0; a < nodes.size(); ++a) {
    for (std::size_t t = 0; t < m; ++t) residual[t] -= weights(static_cast<Eigen::Index>(a)) * x[a][t];
  }
  std::vector<double> result;
  for (std::size_t a = 0; a < nodes.size(); ++a) {
    const double size = std::abs(weights(static_cast<Eigen::Index>(a)));
    double score = size > 0 ? -options.size_weight * std::log(size) : std::numeric_limits<double>::infinity();
    if (options.information_weight > 0 && m > static_cast<std::size_t>(options.neighbours)) {
      score += options.information_weight * ksg_mutual_information(residual, x[a], options.neighbours);
    }
    result.push_back(score);
  }
  return result;
}

const std::vector<double>& SubgraphLearner::Impl::scores(int bit, int node, Mask parents) {
  Column& mine = column(bit, node);
  const auto found = mine.scores.find(parents);
  if (found != mine.scores.end()) return found->second;
  return mine.scores.emplace(parents, regress(mine, bit, node, parents)).first->second;
}

SubgraphLearner::SubgraphLearner(std::array<Eigen::VectorXd, 2> offsets, const SubgraphOptions& options)
    : impl_(std::make_unique<Impl>(std::move(offsets), options)) {}
SubgraphLearner::~SubgraphLearner() = default;
SubgraphLearner::SubgraphLearner(SubgraphLearner&&) noexcept = default;

void SubgraphLearner::add(const Action& action, std::span<const double> row) {
  if (action.size() != static_cast<std::size_t>(impl_->n) || row.size() != action.size()) {
    throw InvalidArgument("SubgraphLearner::add", "row", std::to_string(row.size()) + " cells",
                          "have one for each node, as the action one bit");
  }
  for (std::size_t j = 0; j < row.size(); ++j) {
    Impl::Column& column = impl_->column(action[j], static_cast<int>(j));
    if (column.count >= impl_->options.max_rows) continue;
    column.rows.insert(column.rows.end(), row.begin(), row.end());
    ++column.count;
    column.scores.clear();
  }
}

void SubgraphLearner::reset(int bit, int node) { impl_->column(bit, node) = {}; }
int SubgraphLearner::rows(int bit, int node) const { return impl_->column(bit, node).count; }

Eigen::MatrixXi SubgraphLearner::learn(int bit) {
  const int n = impl_->n;
  const Mask all = (Mask{1} << n) - 1;
  std::vector<Mask> parents(static_cast<std::size_t>(n));
  for (int j = 0; j < n; ++j) parents[static_cast<std::size_t>(j)] = all & ~(Mask{1} << j);
  while (cyclic_core(parents) != 0) {
    double worst = -std::numeric_limits<double>::infinity();
    int from = -1, to = -1;
    for (int j = 0; j < n; ++j) {
      const Mask mine = parents[static_cast<std::size_t>(j)];
      if (mine == 0) continue;
      const std::vector<double>& scores = impl_->scores(bit, j, mine);
      std::size_t k = 0;
      for (Mask left = mine; left != 0; left &= left - 1, ++k) {
        const int i = std::countr_zero(left);
        if (scores[k] <= worst && from >= 0) continue;
        if (impl_->options.inside_cycles && !closes_cycle(parents, i, j)) continue;
        worst = scores[k];
        from = i;
        to = j;
      }
    }
    parents[static_cast<std::size_t>(to)] &= ~(Mask{1} << from);
  }
  Eigen::MatrixXi graph = Eigen::MatrixXi::Zero(n, n);
  for (int j = 0; j < n; ++j) {
    for (Mask left = parents[static_cast<std::size_t>(j)]; left != 0; left &= left - 1) {
      graph(std::countr_zero(left), j) = 1;
    }
  }
  return graph;
}

void SubgraphLearner::save(std::ostream& out) const {
  for (const Impl::Column& column : impl_->columns) {
    write_value(out, column.count);
    write_values(out, column.rows);
  }
}

void SubgraphLearner::load(std::istream& in) {
  for (Impl::Column& column : impl_->columns) {
    column = {};
    read_value(in, column.count);
    read_values(in, column.rows);
    if (column.count < 0 ||
        column.rows.size() != static_cast<std::size_t>(column.count) * static_cast<std::size_t>(impl_->n)) {
      throw DataError("a saved state belongs to another model");
    }
  }
}

GraphErrors graph_errors(const Eigen::MatrixXi& learned, const Eigen::MatrixXi& truth) {
  if (learned.rows() != truth.rows() || learned.cols() != truth.cols() || truth.rows() != truth.cols()) {
    throw InvalidArgument("graph_errors: both graphs must be n x n");
  }
  GraphErrors errors;
  for (Eigen::Index i = 0; i < truth.rows(); ++i) {
    for (Eigen::Index j = 0; j < truth.rows(); ++j) {
      if (truth(i, j) != 0) {
        ++errors.true_edges;
        if (learned(i, j) == 0) ++(learned(j, i) != 0 ? errors.reversed : errors.missing);
      } else if (learned(i, j) != 0 && truth(j, i) == 0) {
        ++errors.extra;
      }
    }
  }
  return errors;
}

}  // namespace causal::bandits
