#include "causal/identify/ida.hpp"

#include <Eigen/Dense>
#include <algorithm>
#include <optional>

#include "causal/graph/orientation.hpp"
#include "causal/identify/adjustment.hpp"
#include "causal/run/stop.hpp"
#include "graph/node_sets.hpp"

namespace causal {
namespace {

using Covariance = Eigen::Ref<const Eigen::MatrixXd>;

void check_covariance(const char* function, const Covariance& covariance, int n) {
  const std::string size = std::to_string(covariance.rows()) + " x " + std::to_string(covariance.cols());
  if (covariance.rows() != n || covariance.cols() != n) {
    throw InvalidArgument(function, "covariance", size,
                          "have a row and a column for each of " + std::to_string(n) + " nodes");
  }
  if (!covariance.allFinite()) throw InvalidArgument(function, "covariance", size, "be finite");
}

// The coefficient of x in the regression of y on x and z; nothing when that is singular.
std::optional<double> coefficient(const Covariance& covariance, NodeId x, NodeId y, const NodeSet& z) {
  // Smallest pivot of a correlation matrix that still stands for a variance: below it nothing but rounding is left.
  constexpr double kSmallestPivot = 1e-12;
  NodeSet on{x};
  on.insert(on.end(), z.begin(), z.end());
  const Eigen::MatrixXd block = covariance(on, on);
  if (block.diagonal().minCoeff() <= 0) return std::nullopt;
  const Eigen::VectorXd scale = block.diagonal().cwiseSqrt().cwiseInverse();
  const Eigen::MatrixXd correlation = scale.asDiagonal() * block * scale.asDiagonal();
  const Eigen::LDLT<Eigen::MatrixXd> factors(correlation);
  if (factors.info() != Eigen::Success || factors.vectorD().minCoeff() < kSmallestPivot) return std::nullopt;
  const Eigen::VectorXd cross = covariance(on, y);
  const Eigen::VectorXd solution = factors.solve(scale.cwiseProduct(cross));
  return scale(0) * solution(0);
}

bool contains(std::span<const NodeId> set, NodeId v) { return std::binary_search(set.begin(), set.end(), v); }

// Calls use(S) for every set S of undirected neighbours of x that some DAG of the class makes parents of x: the cliques
// among them, smaller ids first. Stops when use says so.
template <class Adjacent, class Use>
bool for_each_clique(const NodeSet& neighbours, const Adjacent& adjacent, const Use& use) {
  NodeSet clique;
  std::vector<std::size_t> next_at{0};  // per level the neighbour to try next
  if (!use(clique)) return false;
  while (!next_at.empty()) {
    if (next_at.back() == neighbours.size()) {
      next_at.pop_back();
      if (!clique.empty()) clique.pop_back();
      continue;
    }
    const std::size_t i = next_at.back()++;
    const NodeId v = neighbours[i];
    if (!std::all_of(clique.begin(), clique.end(), [&](NodeId u) { return adjacent(u, v); })) continue;
    clique.push_back(v);
    if (!use(clique)) return false;
    next_at.push_back(i + 1);
  }
  return true;
}

// Directs the undirected edges at x: from `parents`, and to the others; then what follows.
MeekResult orient_around(DenseMarks& marks, NodeId x, const NodeSet& neighbours, const NodeSet& parents) {
  for (const NodeId v : neighbours) contains(parents, v) ? marks.orient(v, x) : marks.orient(x, v);
  return meek_closure(marks);
}

NodeSet united(std::span<const NodeId> a, const NodeSet& b) {
  NodeSet set(a.begin(), a.end());
  set.insert(set.end(), b.begin(), b.end());
  std::sort(set.begin(), set.end());
  return set;
}

// The set that a regression of y on x must hold besides x in the DAGs with these parents; nothing when x has no effect.
std::optional<NodeSet> optimal_set(const Cpdag& cpdag, NodeId x, NodeId y, const NodeSet& turned) {
  DenseMarks marks(cpdag.graph());
  const auto around = cpdag.graph().undirected_neighbours(x);
  const MeekResult closure = orient_around(marks, x, {around.begin(), around.end()}, turned);
  CAUSAL_ASSERT(closure.conflicts.empty());
  const Mpdag oriented(Pdag(marks.graph(cpdag.graph().names())));
  return optimal_adjustment(oriented, {x}, {y}).set;
}

// Ok while one more result may be kept.
Status room(std::size_t kept, const IdaOptions& options, const StopSignal& signal) {
  if (static_cast<std::int64_t>(kept) >= options.max_results) return Status::BudgetExceeded;
  return signal.status();
}

// One joint query: the nodes of x get their parents one after another.
class JointSearch {
 public:
  JointSearch(const Cpdag& cpdag, const Covariance& covariance, const NodeSet& x, NodeId y, const IdaOptions& options)
      : covariance_(covariance), names_(cpdag.graph().names()), x_(x), y_(y), options_(options), signal_(options.run) {}

  JointIdaResult run(const DenseMarks& marks) {
    extend(marks, 0);
    if (result_.status == Status::Ok && !result_.singular.empty()) result_.status = Status::Degenerate;
    return std::move(result_);
  }

 private:
  bool extend(const DenseMarks& marks, std::size_t i) {
    if (i == x_.size()) return add(marks.graph(names_));
    const MixedGraph graph = marks.graph(names_);
    const auto parents = graph.parents(x_[i]);
    const auto around = graph.undirected_neighbours(x_[i]);
    const NodeSet neighbours(around.begin(), around.end());
    const auto adjacent = [&graph](NodeId a, NodeId b) { return graph.adjacent(a, b); };
    return for_each_clique(neighbours, adjacent, [&](const NodeSet& turned) {
      const bool makes_collider = std::any_of(turned.begin(), turned.end(), [&](NodeId v) {
        return std::any_of(parents.begin(), parents.end(), [&](NodeId p) { return !graph.adjacent(p, v); });
      });
      if (makes_collider) return true;
      DenseMarks oriented = marks;
      const MeekResult closure = orient_around(oriented, x_[i], neighbours, turned);
      if (!closure.conflicts.empty() || oriented.graph(names_).directed_cycle()) return true;
      return extend(oriented, i + 1);
    });
  }

  // With T the total effects between the nodes of x and y, and D those along paths through no other of them,
  // I + T = (I - D)^-1.
  bool add(const MixedGraph& graph) {
    result_.status = room(result_.effects.size() + result_.singular.size(), options_, signal_);
    if (result_.status != Status::Ok) return false;
    PossibleJointEffect found;
    for (const NodeId v : x_) found.parents.emplace_back(graph.parents(v).begin(), graph.parents(v).end());
    const auto k = static_cast<Eigen::Index>(x_.size());
    Eigen::MatrixXd total = Eigen::MatrixXd::Identity(k + 1, k + 1);
    for (Eigen::Index a = 0; a < k; ++a) {
      const NodeId from = x_[static_cast<std::size_t>(a)];
      const NodeSet below = possible_descendants(graph, NodeSet{from});
      for (Eigen::Index b = 0; b <= k; ++b) {
        const NodeId to = b < k ? x_[static_cast<std::size_t>(b)] : y_;
        if (to == from || !contains(below, to)) continue;
        const auto effect = coefficient(covariance_, from, to, found.parents[static_cast<std::size_t>(a)]);
        if (!effect) {
          result_.singular.push_back(found.parents);
          return true;
        }
        total(a, b) = *effect;
      }
    }
    const Eigen::MatrixXd inverse = total.inverse();
    for (Eigen::Index a = 0; a < k; ++a) found.effects.push_back(-inverse(a, k));
    result_.effects.push_back(std::move(found));
    return true;
  }

  const Covariance& covariance_;
  const std::vector<std::string>& names_;
  const NodeSet& x_;
  NodeId y_;
  const IdaOptions& options_;
  StopSignal signal_;
  JointIdaResult result_;
};

}  // namespace

IdaResult ida(const Cpdag& cpdag, const Covariance& covariance, NodeId x, NodeId y, const IdaOptions& options) {
  validate(options, "ida");
  const MixedGraph& graph = cpdag.graph();
  detail::check_disjoint("ida", graph, {{"x", {x}}, {"y", {y}}});
  check_covariance("ida", covariance, graph.n());
  const StopSignal signal(options.run);
  const auto around = graph.undirected_neighbours(x);
  const auto adjacent = [&graph](NodeId a, NodeId b) { return graph.adjacent(a, b); };
  IdaResult result;
  for_each_clique({around.begin(), around.end()}, adjacent, [&](const NodeSet& turned) {
    result.status = room(result.effects.size() + result.singular.size(), options, signal);
    if (result.status != Status::Ok) return false;
    PossibleEffect found{united(graph.parents(x), turned), {}, 0};
    std::optional<NodeSet> adjusted;
    if (!contains(found.parents, y)) {
      adjusted = options.adjustment == IdaAdjustment::Parents ? found.parents : optimal_set(cpdag, x, y, turned);
    }
    if (adjusted) {
      const auto effect = coefficient(covariance, x, y, *adjusted);
      if (!effect) {
        result.singular.push_back(std::move(found.parents));
        return true;
      }
      found.adjusted = std::move(*adjusted);
      found.effect = *effect;
    }
    result.effects.push_back(std::move(found));
    return true;
  });
  if (result.status == Status::Ok && !result.singular.empty()) result.status = Status::Degenerate;
  return result;
}

JointIdaResult joint_ida(const Cpdag& cpdag, const Covariance& covariance, const NodeSet& x_given, NodeId y,
                         const IdaOptions& options) {
  validate(options, "joint_ida");
  detail::check_not_empty("joint_ida", {"x", x_given});
  detail::check_disjoint("joint_ida", cpdag.graph(), {{"x", x_given}, {"y", {y}}});
  check_covariance("joint_ida", covariance, cpdag.n());
  if (options.adjustment != IdaAdjustment::Parents) {
    throw InvalidArgument("joint_ida", "adjustment", std::string(enum_name(options.adjustment)), "be parents");
  }
  const NodeSet x = detail::joined({&x_given});
  return JointSearch(cpdag, covariance, x, y, options).run(DenseMarks(cpdag.graph()));
}

}  // namespace causal
