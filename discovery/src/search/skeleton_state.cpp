#include "skeleton_state.hpp"

#include <algorithm>

#include "causal/run/error.hpp"

namespace causal::discovery::detail {
namespace {

bool by_pair(const Sepset& a, const Sepset& b) { return std::pair(a.x, a.y) < std::pair(b.x, b.y); }

}  // namespace

SkeletonState::SkeletonState(int n, const KnowledgeIndex& knowledge)
    : n_(n),
      knowledge_(knowledge),
      links_(static_cast<std::size_t>(n)),
      is_degenerate_(static_cast<std::size_t>(n), false) {}

std::vector<NodeId> SkeletonState::candidates(NodeId x) const {
  std::vector<NodeId> nodes;
  nodes.reserve(links(x).size());
  for (const Link& link : links(x)) {
    const bool never_a_cause =
        !knowledge_.empty() && (knowledge_.is_forbidden(link.node, x) || knowledge_.is_required(x, link.node));
    if (!never_a_cause) nodes.push_back(link.node);
  }
  return nodes;
}

std::vector<NodeId> SkeletonState::centres(int level) const {
  // Without knowledge a pair needs `level` neighbours besides itself; with it, y need not be a candidate.
  const auto enough = static_cast<std::size_t>(knowledge_.empty() ? level + 1 : level);
  std::vector<NodeId> nodes;
  for (NodeId x = 0; x < n_; ++x) {
    if (links(x).size() >= enough) nodes.push_back(x);
  }
  return nodes;
}

bool SkeletonState::has_candidates(int level) const {
  for (const NodeId x : centres(level)) {
    if (knowledge_.empty()) return true;
    const std::vector<NodeId> nodes = candidates(x);
    for (const Link& link : links(x)) {
      if (link.required) continue;
      const bool itself = std::binary_search(nodes.begin(), nodes.end(), link.node);
      if (nodes.size() - (itself ? 1 : 0) >= static_cast<std::size_t>(level)) return true;
    }
  }
  return false;
}

std::int64_t SkeletonState::forbidden_pairs() const {
  if (knowledge_.empty()) return 0;
  std::int64_t pairs = 0;
  for (NodeId x = 0; x < n_; ++x) {
    for (NodeId y = x + 1; y < n_; ++y) pairs += knowledge_.is_adjacency_forbidden(x, y) ? 1 : 0;
  }
  return pairs;
}

void SkeletonState::set_forward_links(NodeId x, std::vector<Link> larger) {
  std::sort(larger.begin(), larger.end(), [](const Link& a, const Link& b) { return a.node < b.node; });
  links_[static_cast<std::size_t>(x)] = std::move(larger);
}

void SkeletonState::mirror_links() {
  std::vector<std::vector<Link>> smaller(links_.size());
  for (NodeId x = 0; x < n_; ++x) {
    for (const Link& link : links(x)) {
      Link back = link;
      back.node = x;
      smaller[static_cast<std::size_t>(link.node)].push_back(back);
    }
  }
  for (std::size_t x = 0; x < links_.size(); ++x) {
    smaller[x].insert(smaller[x].end(), links_[x].begin(), links_[x].end());
    links_[x] = std::move(smaller[x]);
  }
}

void SkeletonState::count(int level, const SeparatorSearch& search) {
  const auto index = static_cast<std::size_t>(level);
  if (stats_.tests_by_level.size() <= index) stats_.tests_by_level.resize(index + 1, 0);
  stats_.tests_by_level[index] += search.tests;
  stats_.degenerate_tests += search.degenerate;
  for (const NodeId v : search.degenerate_nodes) is_degenerate_[static_cast<std::size_t>(v)] = true;
}

void SkeletonState::absorb(NodeId x, const std::vector<std::size_t>& positions, const SeparatorSearch& search,
                           int level) {
  count(level, search);
  std::size_t next = 0;
  for (std::size_t i = 0; i < positions.size(); ++i) {
    Link& here = links_[static_cast<std::size_t>(x)][positions[i]];
    Link& there = *find(here.node, x);
    if (next < search.found.size() && search.found[next] == static_cast<int>(i)) {
      here.separated = there.separated = true;
      if (level > 0) {
        const auto set = search.set(next, level);
        add_sepset({std::min(x, here.node), std::max(x, here.node), {set.begin(), set.end()}, search.p_values[next]});
      }
      ++next;
    } else if (search.max_p_value[i] > here.max_p_value) {
      here.max_p_value = there.max_p_value = search.max_p_value[i];
      here.effect = there.effect = search.effect[i];
    }
  }
}

void SkeletonState::add_sepset(Sepset sepset) {
  if (!sepset.given.empty()) sepsets_.push_back(std::move(sepset));
}

void SkeletonState::drop_separated() {
  for (auto& row : links_) std::erase_if(row, [](const Link& link) { return link.separated; });
}

void SkeletonState::remove(NodeId x, NodeId y) {
  const auto erase = [this](NodeId from, NodeId node) {
    std::erase_if(links_[static_cast<std::size_t>(from)], [node](const Link& link) { return link.node == node; });
  };
  erase(x, y);
  erase(y, x);
}

Link* SkeletonState::find(NodeId x, NodeId y) {
  auto& row = links_[static_cast<std::size_t>(x)];
  const auto found =
      std::lower_bound(row.begin(), row.end(), y, [](const Link& link, NodeId node) { return link.node < node; });
  CAUSAL_ASSERT(found != row.end() && found->node == y);
  return &*found;
}

Skeleton SkeletonState::finish(Status status, const std::vector<std::string>& names) && {
  Skeleton out;
  out.neighbours.resize(links_.size());
  for (NodeId x = 0; x < n_; ++x) {
    for (const Link& link : links(x)) {
      out.neighbours[static_cast<std::size_t>(x)].push_back(link.node);
      if (link.node > x) out.edges.push_back({x, link.node, link.max_p_value, link.effect, link.required});
    }
  }
  std::sort(sepsets_.begin(), sepsets_.end(), by_pair);
  out.sepsets = std::move(sepsets_);
  if (stats_.degenerate_tests > 0) {
    std::string text =
        std::to_string(stats_.degenerate_tests) + " tests were degenerate and removed no edge; variables:";
    int named = 0;
    for (std::size_t v = 0; v < is_degenerate_.size(); ++v) {
      if (is_degenerate_[v] && ++named <= 10) text += (named > 1 ? ", " : " ") + names[v];
    }
    if (named > 10) text += " and " + std::to_string(named - 10) + " more";
    warnings_.push_back(std::move(text));
  }
  out.status = status;
  out.warnings = std::move(warnings_);
  out.stats = std::move(stats_);
  return out;
}

}  // namespace causal::discovery::detail
