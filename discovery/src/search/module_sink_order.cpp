#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "causal/discovery/search/changing_modules.hpp"
#include "causal/graph/orientation.hpp"
#include "causal/run/parallel.hpp"
#include "module_embedding.hpp"

namespace causal::discovery {
namespace {

constexpr int kFewestPoints = 4;
constexpr int kEnoughPoints = 15;

class SinkOrder {
 public:
  SinkOrder(const ModuleScoreFn& score, NodeId c, DenseMarks& marks, const KnowledgeIndex& knowledge,
            std::span<const std::string> names, const SinkOptions& options, int threads, const StopSignal& stop)
      : score_(score),
        c_(c),
        marks_(marks),
        knowledge_(knowledge),
        names_(names),
        options_(options),
        threads_(threads),
        stop_(stop) {}

  SinkSearch run() {
    for (std::vector<NodeId> candidates = next_part(); !candidates.empty(); candidates = next_part()) {
      std::optional<SinkRound> round = play(candidates);
      if (!round) {
        out_.status = stop_.status();
        break;
      }
      if (round->sink < 0) settled_.insert(candidates.begin(), candidates.end());
      out_.rounds.push_back(std::move(*round));
    }
    return std::move(out_);
  }

 private:
  [[nodiscard]] std::vector<NodeId> lines(NodeId v) const {
    std::vector<NodeId> out;
    for (NodeId u = 0; u < marks_.n(); ++u) {
      if (u != c_ && u != v && marks_.adjacent(u, v) && marks_.is_undirected(u, v)) out.push_back(u);
    }
    return out;
  }
  [[nodiscard]] std::vector<NodeId> directed_parents(NodeId v) const {
    std::vector<NodeId> out;
    for (NodeId u = 0; u < marks_.n(); ++u) {
      if (u != c_ && u != v && marks_.adjacent(u, v) && marks_.is_directed(u, v)) out.push_back(u);
    }
    return out;
  }

  // The candidates of the first part that is not settled: nodes that undirected edges connect.
  [[nodiscard]] std::vector<NodeId> next_part() const {
    std::vector<bool> seen(slot(marks_.n()), false);
    for (NodeId start = 0; start < marks_.n(); ++start) {
      if (seen[slot(start)] || start == c_) continue;
      std::vector<NodeId> part{start};
      seen[slot(start)] = true;
      for (std::size_t at = 0; at < part.size(); ++at) {
        for (const NodeId u : lines(part[at])) {
          if (!seen[slot(u)]) part.push_back(u);
          seen[slot(u)] = true;
        }
      }
      if (part.size() < 2) continue;
      std::erase_if(part, [&](NodeId v) { return !marks_.adjacent(v, c_) || settled_.contains(v); });
      std::sort(part.begin(), part.end());
      if (!part.empty()) return part;
    }
    return {};
  }

  // Scores of the candidates, or nothing when the work was stopped.
  [[nodiscard]] std::optional<std::vector<ModuleScore>> score_all(const std::vector<NodeId>& candidates) {
    std::vector<std::pair<NodeId, NodeSet>> missing;
    std::vector<std::pair<NodeId, NodeSet>> wanted;
    for (const NodeId v : candidates) {
      NodeSet causes = lines(v);
      const std::vector<NodeId> known = directed_parents(v);
      causes.insert(causes.end(), known.begin(), known.end());
      std::sort(causes.begin(), causes.end());
      wanted.emplace_back(v, std::move(causes));
      if (!known_.contains(wanted.back())) missing.push_back(wanted.back());
    }
    std::vector<std::optional<ModuleScore>> scores(missing.size());
    parallel_for(static_cast<std::int64_t>(missing.size()), threads_, [&](std::int64_t i) {
      const auto& [node, causes] = missing[static_cast<std::size_t>(i)];
      if (!stop_.reached()) scores[static_cast<std::size_t>(i)] = score_(node, causes);
    });
    for (std::size_t i = 0; i < missing.size(); ++i) {
      if (!scores[i]) return std::nullopt;
      known_.emplace(missing[i], *scores[i]);
    }
    std::vector<ModuleScore> out;
    for (const auto& key : wanted) out.push_back(known_.at(key));
    return out;
  }

  // Why `s` cannot be the effect of all its undirected neighbours; empty when it can.
  [[nodiscard]] std::string obstacle(NodeId s) const {
    const std::vector<NodeId> arriving = lines(s);
    for (const NodeId u : arriving) {
      if (knowledge_.is_forbidden(u, s) || knowledge_.is_required(s, u)) {
        return fmt::format("the knowledge excludes {} -> {}", name(u), name(s));
      }
    }
    const std::vector<bool> below = descendants(s);
    for (const NodeId u : arriving) {
      if (below[slot(u)]) return fmt::format("{} -> {} would close a directed cycle", name(u), name(s));
    }
    for (const NodeId u : arriving) {
      for (NodeId w = 0; w < marks_.n(); ++w) {
        if (w == u || w == s || !marks_.adjacent(w, s) || marks_.adjacent(w, u)) continue;
        const bool arrow = marks_.mark_at(w, s) == Mark::Arrow;
        const bool arrives = std::binary_search(arriving.begin(), arriving.end(), w);
        if ((arrow || arrives) && !is_ambiguous(u, s, w)) {
          return fmt::format("{} -> {} <- {} would be a collider that the search did not find", name(u), name(s),
                             name(w));
        }
      }
    }
    return {};
  }

  [[nodiscard]] std::vector<bool> descendants(NodeId s) const {
    std::vector<bool> seen(slot(marks_.n()), false);
    std::vector<NodeId> stack{s};
    while (!stack.empty()) {
      const NodeId v = stack.back();
      stack.pop_back();
      for (NodeId w = 0; w < marks_.n(); ++w) {
        if (w == v || seen[slot(w)] || !marks_.adjacent(v, w) || !marks_.is_directed(v, w)) continue;
        seen[slot(w)] = true;
        stack.push_back(w);
      }
    }
    return seen;
  }

  [[nodiscard]] std::optional<SinkRound> play(const std::vector<NodeId>& candidates) {
    SinkRound round;
    if (candidates.size() == 1) {
      round.note =
          fmt::format("{} alone changes among its undirected neighbours: nothing to compare", name(candidates.front()));
      return round;
    }
    std::optional<std::vector<ModuleScore>> scores = score_all(candidates);
    if (!scores) return std::nullopt;
    round.scores = std::move(*scores);
    std::vector<const ModuleScore*> order;
    for (const ModuleScore& score : round.scores) order.push_back(&score);
    std::stable_sort(order.begin(), order.end(),
                     [](const ModuleScore* a, const ModuleScore* b) { return a->dependence < b->dependence; });
    std::vector<const ModuleScore*> possible;
    for (const ModuleScore* score : order) {
      const std::string reason = obstacle(score->node);
      if (reason.empty()) {
        possible.push_back(score);
      } else if (possible.empty()) {
        round.note += (round.note.empty() ? "" : "; ") + fmt::format("{} passed over: {}", name(score->node), reason);
      }
    }
    decide(possible, round);
    return round;
  }

  void decide(const std::vector<const ModuleScore*>& possible, SinkRound& round) {
    const auto abstain = [&](const std::string& why) { round.note += (round.note.empty() ? "" : "; ") + why; };
    if (possible.empty()) return abstain("no candidate can be a sink");
    if (possible.size() > 1) {
      const double best = possible[0]->dependence;
      const double next = possible[1]->dependence;
      round.margin = best + next > 0 ? (next - best) / (next + best) : 0;
      if (next == best) {
        return abstain(fmt::format("{} and {} score the same", name(possible[0]->node), name(possible[1]->node)));
      }
    }
    if (round.margin < options_.min_margin) {
      return abstain(fmt::format("the margin {:.3g} is below {:.3g}", round.margin, options_.min_margin));
    }
    round.sink = possible.front()->node;
    for (const NodeId u : lines(round.sink)) {
      marks_.orient(u, round.sink);
      round.oriented.push_back(directed(u, round.sink));
    }
    const MeekResult closure = meek_closure(marks_, knowledge_, names_, {.ambiguous = options_.ambiguous});
    for (const OrientationConflict& conflict : closure.conflicts) warn_once(conflict.reason);
  }

  void warn_once(const std::string& text) {
    if (std::find(out_.warnings.begin(), out_.warnings.end(), text) == out_.warnings.end()) {
      out_.warnings.push_back(text);
    }
  }
  [[nodiscard]] bool is_ambiguous(NodeId a, NodeId b, NodeId c) const {
    const AmbiguousTriple triple{std::min(a, c), b, std::max(a, c)};
    return std::find(options_.ambiguous.begin(), options_.ambiguous.end(), triple) != options_.ambiguous.end();
  }
  [[nodiscard]] std::string name(NodeId v) const {
    return names_.empty() ? "X" + std::to_string(v + 1) : names_[slot(v)];
  }

  const ModuleScoreFn& score_;
  NodeId c_;
  DenseMarks& marks_;
  const KnowledgeIndex& knowledge_;
  std::span<const std::string> names_;
  const SinkOptions& options_;
  int threads_;
  const StopSignal& stop_;
  std::map<std::pair<NodeId, NodeSet>, ModuleScore> known_;
  std::set<NodeId> settled_;
  SinkSearch out_;
};

// Whether two nodes that change are joined by an undirected edge.
bool has_open_pair(const DenseMarks& marks, NodeId c) {
  for (NodeId a = 0; a < marks.n(); ++a) {
    for (NodeId b = 0; b < a; ++b) {
      if (a == c || b == c || !marks.adjacent(a, b) || !marks.is_undirected(a, b)) continue;
      if (marks.adjacent(a, c) && marks.adjacent(b, c)) return true;
    }
  }
  return false;
}

std::int64_t incomplete_rows(const NodeTable& table) {
  std::vector<NodeId> all;
  for (NodeId v = 0; v < table.size(); ++v) all.push_back(v);
  return table.rows() - static_cast<std::int64_t>(table.complete_rows(all).size());
}

}  // namespace

SinkSearch orient_sinks(const ModuleScoreFn& score, NodeId c, DenseMarks& marks, const KnowledgeIndex& knowledge,
                        std::span<const std::string> names, const SinkOptions& options, int threads,
                        const StopSignal& stop) {
  validate(options, "orient_sinks");
  return SinkOrder(score, c, marks, knowledge, names, options, threads, stop).run();
}

SinkSearch orient_by_independent_change(const NodeTable& table, NodeId c, DenseMarks& marks,
                                        const KnowledgeIndex& knowledge, const ModuleOptions& options,
                                        const SinkOptions& sinks, const RunOptions& run, const StopSignal& stop) {
  validate(options, "orient_by_independent_change");
  validate(sinks, "orient_by_independent_change");
  SinkSearch out;
  if (!has_open_pair(marks, c)) return out;
  const SurrogatePoints points = surrogate_points(table, c, options);
  if (points.size() < kFewestPoints) {
    out.rounds.emplace_back().note =
        fmt::format("undetermined: {} has {} values, and independent changes show over {} or more", table.node(c).name,
                    points.size(), kFewestPoints);
    return out;
  }
  const std::int64_t bytes = detail::evaluation_bytes(table.rows(), points, options);
  const int workers = detail::concurrent_evaluations(bytes, run);
  if (workers < 1) {
    out.status = Status::BudgetExceeded;
    out.warnings.push_back(fmt::format(
        "directions by independent change need {} MiB, more than memory_limit_bytes allows", (bytes >> 20) + 1));
    return out;
  }
  const detail::MechanismRows rows(table, c, options);
  const ModuleScoreFn score = [&](NodeId node, const NodeSet& parents) {
    return detail::score_module(rows, node, parents, options.dependence, run.threads);
  };
  out = orient_sinks(score, c, marks, knowledge, table.names(), sinks, workers, stop);
  if (points.size() < kEnoughPoints) {
    out.warnings.push_back(
        fmt::format("{} has {} values: directions by independent change are close to guessing with fewer than {}",
                    table.node(c).name, points.size(), kEnoughPoints));
  }
  if (const std::int64_t left_out = incomplete_rows(table); left_out > 0) {
    out.warnings.push_back(fmt::format(
        "{} rows have missing cells; each mechanism leaves out those that miss one of its own variables", left_out));
  }
  return out;
}

}  // namespace causal::discovery
