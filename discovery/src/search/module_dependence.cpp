#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "causal/run/error.hpp"
#include "module_embedding.hpp"

namespace causal::discovery {
namespace {

// Distances below this share of the largest squared norm are rounding.
constexpr double kRounding = 1e-10;

double median_of(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2 == 1) return *middle;
  return 0.5 * (*middle + *std::max_element(values.begin(), middle));
}

// Squared distances below the diagonal, column by column.
std::vector<double> squared_distances(const Eigen::Ref<const Eigen::MatrixXd>& M) {
  const Eigen::Index m = M.rows();
  std::vector<double> distances;
  distances.reserve(static_cast<std::size_t>(m * (m - 1) / 2));
  for (Eigen::Index j = 0; j < m; ++j) {
    for (Eigen::Index i = j + 1; i < m; ++i) distances.push_back(std::max(0.0, M(i, i) + M(j, j) - 2 * M(i, j)));
  }
  return distances;
}

}  // namespace

Eigen::MatrixXd mechanism_gram(const NodeTable& table, NodeId c, std::span<const NodeId> nodes,
                               std::span<const NodeId> parents, const ModuleOptions& options, int threads) {
  validate(options, "mechanism_gram");
  detail::check_mechanism(table, c, nodes, parents);
  std::vector<NodeId> all(nodes.begin(), nodes.end());
  all.insert(all.end(), parents.begin(), parents.end());
  return detail::MechanismRows(table, c, options)
      .on(all, [&](const NodeTable&, const detail::Embedding& embedding, const std::vector<std::int64_t>&) {
        return embedding.gram(nodes, parents, threads);
      });
}

Eigen::MatrixXd embedding_kernel(const Eigen::Ref<const Eigen::MatrixXd>& gram) {
  const Eigen::Index m = gram.rows();
  Eigen::MatrixXd G = Eigen::MatrixXd::Ones(m, m);
  if (m < 2) return G;
  const std::vector<double> distances = squared_distances(gram);
  const double floor = kRounding * gram.diagonal().maxCoeff();
  double scale = median_of(distances);
  if (scale <= floor) {
    double sum = 0;
    double count = 0;
    for (const double d : distances) {
      sum += d > floor ? d : 0;
      count += d > floor ? 1 : 0;
    }
    if (count == 0) return G;
    scale = sum / count;
  }
  std::size_t at = 0;
  for (Eigen::Index j = 0; j < m; ++j) {
    for (Eigen::Index i = j + 1; i < m; ++i) G(i, j) = std::exp(-distances[at++] / (2 * scale));
  }
  G.triangularView<Eigen::StrictlyUpper>() = G.transpose();
  return G;
}

double module_dependence(const Eigen::Ref<const Eigen::MatrixXd>& first,
                         const Eigen::Ref<const Eigen::MatrixXd>& second, ModuleDependence measure) {
  const auto m = static_cast<double>(first.rows());
  const Eigen::MatrixXd A = detail::double_centred(first);
  const Eigen::MatrixXd B = detail::double_centred(second);
  const double together = std::max(0.0, A.cwiseProduct(B).sum());
  if (measure == ModuleDependence::Raw) return together / (m * m);
  const double apart = A.trace() * B.trace();
  return A.trace() > kRounding && B.trace() > kRounding ? together / apart : 0;
}

ModuleScore module_score(const NodeTable& table, NodeId c, NodeId node, const NodeSet& parents,
                         const ModuleOptions& options, int threads) {
  validate(options, "module_score");
  const NodeId nodes[] = {node};
  detail::check_mechanism(table, c, nodes, parents);
  if (parents.empty()) throw InvalidArgument("module_score: the parents are empty");
  return detail::score_module(detail::MechanismRows(table, c, options), node, parents, options.dependence, threads);
}

}  // namespace causal::discovery

namespace causal::discovery::detail {
namespace {

constexpr std::size_t kStretches = 20;
constexpr std::size_t kRowsOfStretch = 20;

// Offsets into the sorted rows of what is compared: domains, or stretches of a time.
std::vector<std::size_t> stretches(const PointGrid& grid) {
  std::vector<std::size_t> offsets;
  if (!grid.points.domains.empty()) {
    offsets.push_back(0);
    for (std::size_t c = 1; c < grid.points.domains.size(); ++c) {
      if (grid.points.domains[c] != grid.points.domains[c - 1])
        offsets.push_back(static_cast<std::size_t>(grid.begin[c]));
    }
    offsets.push_back(grid.rows.size());
    return offsets;
  }
  const std::size_t parts = std::clamp<std::size_t>(grid.rows.size() / kRowsOfStretch, 2, kStretches);
  for (std::size_t k = 0; k <= parts; ++k) offsets.push_back(k * grid.rows.size() / parts);
  return offsets;
}

// Share of all values between the 5 % and 95 % quantiles of values[from, to).
double share_inside(const std::vector<double>& values, std::size_t from, std::size_t to) {
  if (from == to) return 1;
  std::vector<double> here(values.begin() + static_cast<std::ptrdiff_t>(from),
                           values.begin() + static_cast<std::ptrdiff_t>(to));
  std::sort(here.begin(), here.end());
  const auto quantile = [&](double q) {
    const double at = q * static_cast<double>(here.size() - 1);
    const auto low = static_cast<std::size_t>(at);
    const std::size_t high = std::min(low + 1, here.size() - 1);
    return here[low] + (at - static_cast<double>(low)) * (here[high] - here[low]);
  };
  const double low = quantile(0.05);
  const double high = quantile(0.95);
  const auto inside = std::count_if(values.begin(), values.end(), [&](double v) { return low <= v && v <= high; });
  return static_cast<double>(inside) / static_cast<double>(values.size());
}

double share_of_codes(const std::vector<double>& codes, std::size_t from, std::size_t to) {
  if (from == to) return 1;
  const std::set<double> here(codes.begin() + static_cast<std::ptrdiff_t>(from),
                              codes.begin() + static_cast<std::ptrdiff_t>(to));
  const auto inside = std::count_if(codes.begin(), codes.end(), [&](double v) { return here.contains(v); });
  return static_cast<double>(inside) / static_cast<double>(codes.size());
}

}  // namespace

void check_mechanism(const NodeTable& table, NodeId c, std::span<const NodeId> nodes, std::span<const NodeId> parents) {
  std::set<NodeId> seen{c};
  if (c < 0 || c >= table.size()) throw InvalidArgument("the surrogate is no node of the table");
  if (nodes.empty()) throw InvalidArgument("a mechanism needs a node");
  for (const std::span<const NodeId> part : {nodes, parents}) {
    for (const NodeId v : part) {
      if (v < 0 || v >= table.size()) throw InvalidArgument("a mechanism names a node that the table does not have");
      if (!seen.insert(v).second) throw InvalidArgument("'" + table.node(v).name + "' stands twice in a mechanism");
    }
  }
}

Eigen::MatrixXd double_centred(const Eigen::Ref<const Eigen::MatrixXd>& G) {
  const Eigen::VectorXd means = G.colwise().mean();
  const double mean = means.mean();
  Eigen::MatrixXd centred = G;
  centred.rowwise() -= means.transpose();
  centred.colwise() -= means;
  centred.array() += mean;
  return centred;
}

double parent_overlap(const NodeTable& table, const PointGrid& grid, std::span<const NodeId> parents) {
  const std::vector<std::size_t> offsets = stretches(grid);
  std::vector<double> values(grid.rows.size());
  double overlap = 1;
  const auto shrink = [&](const Eigen::MatrixXd& columns, auto&& share) {
    for (Eigen::Index j = 0; j < columns.cols(); ++j) {
      for (std::size_t i = 0; i < values.size(); ++i) values[i] = columns(grid.rows[i], j);
      for (std::size_t k = 0; k + 1 < offsets.size(); ++k) {
        overlap = std::min(overlap, share(values, offsets[k], offsets[k + 1]));
      }
    }
  };
  for (const NodeId v : parents) {
    shrink(table.node(v).numeric, share_inside);
    shrink(table.node(v).nominal, share_of_codes);
  }
  return overlap;
}

MechanismRows::MechanismRows(const NodeTable& table, NodeId c, const ModuleOptions& options)
    : table_(table), c_(c), options_(options), whole_(make_embedding(table, c, options)) {}

ModuleScore score_module(const MechanismRows& rows, NodeId node, const NodeSet& parents, ModuleDependence measure,
                         int threads) {
  std::vector<NodeId> all = parents;
  all.push_back(node);
  const NodeId nodes[] = {node};
  ModuleScore out{.node = node, .parents = parents};
  rows.on(all, [&](const NodeTable& table, const Embedding& embedding, const std::vector<std::int64_t>&) {
    const Eigen::MatrixXd effect = embedding_kernel(embedding.gram(nodes, parents, threads));
    const Eigen::MatrixXd cause = embedding_kernel(embedding.gram(parents, {}, threads));
    out.dependence = module_dependence(effect, cause, measure);
    out.overlap = parent_overlap(table, embedding.grid(), parents);
    return 0;
  });
  return out;
}

}  // namespace causal::discovery::detail
