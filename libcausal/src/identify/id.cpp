#include "causal/identify/id.hpp"

#include <optional>

#include "causal/graph/district.hpp"
#include "causal/run/error.hpp"
#include "identify/conditional.hpp"
#include "identify/current_distribution.hpp"
#include "identify/query_check.hpp"

namespace causal {
namespace {

using identification::CurrentDistribution;
using identification::exchange_observations;
using identification::free_context;
using identification::united;

// The algorithm, line by line as in the paper. Node sets are of the whole graph; `nodes` is the current subgraph.
class Id {
 public:
  Id(const AdmgRows& graph, ExpressionPool& pool, bool record) : graph_(graph), pool_(pool), record_(record) {}

  // Nothing: not identifiable; then `hedge()` says why.
  std::optional<Expression> run(const NodeBits& y, NodeBits x, const CurrentDistribution& d, const NodeBits& nodes,
                                int depth) {
    if (x.empty()) {
      log(depth, 1, y, x, nodes);
      return d.marginal_expression(y);
    }
    const NodeBits above = graph_.ancestors(y, nodes);
    if (above != nodes) {
      log(depth, 2, y, x, nodes);
      return run(y, x & above, d.marginal(above), above, depth);
    }
    const NodeBits irrelevant = (nodes - x) - graph_.ancestors(y, nodes, x);
    if (!irrelevant.empty()) {
      if (DerivationStep* step = log(depth, 3, y, x, nodes)) step->moved = irrelevant.nodes();
      x |= irrelevant;
    }
    const std::vector<NodeBits> parts = graph_.districts(nodes - x);
    if (parts.size() > 1) return split(y, x, d, nodes, depth, parts);

    const NodeBits& part = parts.front();
    const NodeBits whole = graph_.district(part.first(), nodes);
    if (whole == nodes) {
      log_districts(depth, 5, y, x, nodes, parts);
      hedge_ = {nodes.nodes(), part.nodes()};
      return std::nullopt;
    }
    if (whole == part) {
      log_districts(depth, 6, y, x, nodes, parts);
      return d.district_product(part).marginal_expression(y);
    }
    if (DerivationStep* step = log_districts(depth, 7, y, x, nodes, parts)) step->moved = whole.nodes();
    return run(y, x & whole, d.district_product(whole), whole, depth);
  }

  [[nodiscard]] Hedge hedge() const { return hedge_; }
  std::vector<DerivationStep>& derivation() { return derivation_; }

 private:
  std::optional<Expression> split(const NodeBits& y, const NodeBits& x, const CurrentDistribution& d,
                                  const NodeBits& nodes, int depth, const std::vector<NodeBits>& parts) {
    log_districts(depth, 4, y, x, nodes, parts);
    std::vector<Expression> factors;
    for (const NodeBits& part : parts) {
      const std::optional<Expression> factor = run(part, nodes - part, d, nodes, depth + 1);
      if (!factor) return std::nullopt;
      factors.push_back(*factor);
    }
    return pool_.sum(symbols_of(((nodes - x) - y).nodes()), pool_.product(std::move(factors)));
  }

  DerivationStep* log(int depth, int line, const NodeBits& y, const NodeBits& x, const NodeBits& nodes) {
    if (!record_) return nullptr;
    derivation_.push_back({.depth = depth, .line = line, .y = y.nodes(), .x = x.nodes(), .nodes = nodes.nodes()});
    return &derivation_.back();
  }

  DerivationStep* log_districts(int depth, int line, const NodeBits& y, const NodeBits& x, const NodeBits& nodes,
                                const std::vector<NodeBits>& parts) {
    DerivationStep* step = log(depth, line, y, x, nodes);
    if (step == nullptr) return nullptr;
    for (const NodeBits& part : parts) step->districts.push_back(part.nodes());
    return step;
  }

  const AdmgRows& graph_;
  ExpressionPool& pool_;
  bool record_;
  Hedge hedge_;
  std::vector<DerivationStep> derivation_;
};

std::string list(const NodeSet& set, std::span<const std::string> names) {
  std::string out;
  for (const NodeId v : set) out += (out.empty() ? "" : ", ") + names[slot(v)];
  return out;
}

std::string sentence(const DerivationStep& step, std::span<const std::string> names) {
  const auto effect = [&](const NodeSet& y, const NodeSet& x) {
    return "P(" + list(y, names) + (x.empty() ? ")" : " | do(" + list(x, names) + "))");
  };
  const auto set = [&](const NodeSet& nodes) { return "{" + list(nodes, names) + "}"; };
  const std::string asked = effect(step.y, step.x);
  std::string parts;
  for (const NodeSet& part : step.districts) parts += " " + set(part);
  switch (step.line) {
    case 0:
      return "rule 2: observing " + set(step.moved) + " is as good as setting it, given the rest";
    case 1:
      return "line 1: " + asked + " has no action left: a marginal";
    case 2:
      return "line 2: in " + set(step.nodes) + ", " + asked + " needs the ancestors of " + set(step.y) + " only";
    case 3:
      return "line 3: setting " + set(step.moved) + " as well changes nothing (rule 3)";
    case 4:
      return "line 4: " + asked + " splits into the districts" + parts;
    case 5:
      return "line 5: " + set(step.nodes) + " is one district and so is" + parts + ": a hedge, not identifiable";
    case 6:
      return "line 6:" + parts + " is a district of " + set(step.nodes) + ": a product of conditionals";
    default:
      return "line 7:" + parts + " lies in the district " + set(step.moved) + " of " + set(step.nodes) +
             ": go on in that district";
  }
}

}  // namespace

IdResult identify(const Admg& admg, const EffectQuery& query, ExpressionPool& pool, const IdOptions& options) {
  EffectQuery asked = query;
  identification::check_query_sets("identify", admg.graph(), {{"y", &asked.y}, {"x", &asked.x}, {"z", &asked.z}});
  if (asked.y.empty()) throw InvalidArgument("identify", "y", "{}", "not be empty");

  std::vector<DerivationStep> steps = exchange_observations(admg, asked);
  if (!options.derivation) steps.clear();
  const AdmgRows rows(admg);
  const int n = admg.n();
  const NodeSet outcome = united(asked.y, asked.z);
  Id id(rows, pool, options.derivation);
  const CurrentDistribution observed(pool, n, rows.topological_order());
  std::optional<Expression> joint = id.run(NodeBits(n, outcome), NodeBits(n, asked.x), observed, NodeBits::all(n), 0);
  steps.insert(steps.end(), id.derivation().begin(), id.derivation().end());
  if (!joint) return NotIdentifiable{id.hedge(), outcome, asked.x, std::move(steps)};
  if (!asked.z.empty()) joint = pool.fraction(*joint, pool.sum(symbols_of(asked.y), *joint));
  NodeSet context = free_context(*joint, asked);
  return Identified{*std::move(joint), std::move(context), std::move(steps)};
}

IdResult identify(const Admg& admg, const EffectQuery& query, const IdOptions& options) {
  ExpressionPool pool;
  return identify(admg, query, pool, options);
}

std::vector<std::string> derivation_text(std::span<const DerivationStep> steps, std::span<const std::string> names) {
  std::vector<std::string> lines;
  for (const DerivationStep& step : steps) {
    lines.push_back(std::string(2 * static_cast<std::size_t>(step.depth), ' ') + sentence(step, names));
  }
  return lines;
}

}  // namespace causal
