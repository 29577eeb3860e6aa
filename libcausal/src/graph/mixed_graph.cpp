#include "causal/graph/mixed_graph.hpp"

#include <algorithm>
#include <numeric>
#include <unordered_map>

#include "causal/run/nearest_name.hpp"

namespace causal {
namespace {

std::vector<std::string> numbered_names(int n) {
  std::vector<std::string> names;
  names.reserve(static_cast<std::size_t>(n));
  for (int i = 1; i <= n; ++i) names.push_back("X" + std::to_string(i));
  return names;
}

void check_names(const std::vector<std::string>& names) {
  std::unordered_map<std::string_view, std::size_t> seen;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i].empty()) throw InvalidArgument("MixedGraph", "names[" + std::to_string(i) + "]", "''", "not be empty");
    if (!seen.emplace(names[i], i).second) {
      throw InvalidArgument("MixedGraph", "names[" + std::to_string(i) + "]", "'" + names[i] + "'",
                            "not repeat a name");
    }
  }
}

bool edge_order(const Edge& a, const Edge& b) {
  if (a.from != b.from) return a.from < b.from;
  if (a.to != b.to) return a.to < b.to;
  return a.is_directed() && !b.is_directed();
}

// Edge ends are counted in 32 bits.
constexpr std::size_t kMaxEdges = (std::size_t{1} << 31) - 1;

}  // namespace

Edge canonical(Edge edge) {
  const bool reversed = edge.mark_from == Mark::Arrow && edge.mark_to == Mark::Tail;
  const bool directed_as_is = edge.is_directed();
  if (reversed || (!directed_as_is && edge.from > edge.to)) {
    std::swap(edge.from, edge.to);
    std::swap(edge.mark_from, edge.mark_to);
  }
  return edge;
}

std::string edge_text(const Edge& edge, std::span<const std::string> names) {
  constexpr std::string_view kFrom = "-<o";
  constexpr std::string_view kTo = "->o";
  std::string arrow{kFrom[static_cast<std::size_t>(edge.mark_from)]};
  if (edge.mark_from != Mark::Tail && edge.mark_to != Mark::Tail) arrow += '-';
  arrow += kTo[static_cast<std::size_t>(edge.mark_to)];
  return names[static_cast<std::size_t>(edge.from)] + ' ' + arrow + ' ' + names[static_cast<std::size_t>(edge.to)];
}

MixedGraph::MixedGraph(int n, std::vector<Edge> edges) : MixedGraph(numbered_names(n), std::move(edges)) {}

MixedGraph::MixedGraph(std::vector<std::string> names, std::vector<Edge> edges)
    : names_(std::move(names)), edges_(std::move(edges)) {
  check_names(names_);
  if (edges_.size() > kMaxEdges) throw GraphError("a graph holds at most 2^31 - 1 edges");
  for (Edge& edge : edges_) {
    if (edge.from < 0 || edge.to < 0 || edge.from >= n() || edge.to >= n()) {
      throw GraphError("edge (" + std::to_string(edge.from) + ", " + std::to_string(edge.to) +
                       ") has an endpoint outside 0.." + std::to_string(n() - 1));
    }
    if (edge.from == edge.to) throw GraphError("edge from '" + name(edge.from) + "' to itself");
    edge = canonical(edge);
  }
  if (!std::is_sorted(edges_.begin(), edges_.end(), edge_order)) std::sort(edges_.begin(), edges_.end(), edge_order);
  build_rows();
  check_pairs();
}

// Counts the ends of every (node, group), then fills; edges come in order, so most groups fill in ascending order.
void MixedGraph::build_rows() {
  const std::size_t rows = names_.size() * kGroups;
  offsets_.assign(rows + 1, 0);
  const auto row_of = [](NodeId v, Mark at_v, Mark at_w) { return slot(v) * kGroups + group(at_v, at_w); };
  for (const Edge& e : edges_) {
    ++offsets_[row_of(e.from, e.mark_from, e.mark_to) + 1];
    ++offsets_[row_of(e.to, e.mark_to, e.mark_from) + 1];
  }
  std::partial_sum(offsets_.begin(), offsets_.end(), offsets_.begin());
  targets_.resize(edges_.size() * 2);
  std::vector<std::uint32_t> next(offsets_.begin(), offsets_.end() - 1);
  for (const Edge& e : edges_) {
    targets_[next[row_of(e.from, e.mark_from, e.mark_to)]++] = e.to;
    targets_[next[row_of(e.to, e.mark_to, e.mark_from)]++] = e.from;
  }
  for (std::size_t row = 0; row < rows; ++row) {
    const auto begin = targets_.begin() + static_cast<std::ptrdiff_t>(offsets_[row]);
    const auto end = targets_.begin() + static_cast<std::ptrdiff_t>(offsets_[row + 1]);
    if (!std::is_sorted(begin, end)) std::sort(begin, end);
  }
}

// Two edges may share a pair only as one directed and one bidirected edge.
void MixedGraph::check_pairs() const {
  constexpr NodeId kNobody = -1;
  constexpr std::uint8_t kDirected = 1, kBidirected = 2, kOther = 4;
  std::vector<NodeId> seen_from(names_.size(), kNobody);  // the node at which the neighbour was last seen
  std::vector<std::uint8_t> seen_kind(names_.size(), 0);
  for (NodeId v = 0; v < n(); ++v) {
    for (std::size_t g = 0; g < kGroups; ++g) {
      const std::uint8_t kind = g <= 1 ? kDirected : g == 2 ? kBidirected : kOther;
      for (const NodeId w : group_neighbours(v, g)) {
        std::uint8_t& kinds = seen_kind[slot(w)];
        if (seen_from[slot(w)] != v) kinds = 0;
        seen_from[slot(w)] = v;
        if ((kinds & kind) != 0 || ((kinds | kind) != (kDirected | kBidirected) && kinds != 0)) {
          throw GraphError("two edges between '" + name(std::min(v, w)) + "' and '" + name(std::max(v, w)) + "'");
        }
        kinds |= kind;
      }
    }
  }
}

NodeId MixedGraph::id(std::string_view wanted) const {
  const auto found = std::find(names_.begin(), names_.end(), wanted);
  if (found != names_.end()) return static_cast<NodeId>(found - names_.begin());
  throw InvalidArgument("unknown variable '" + std::string(wanted) + "'", {}, nearest_name_hint(wanted, names_));
}

std::optional<std::pair<Mark, Mark>> MixedGraph::marks(NodeId a, NodeId b) const {
  constexpr std::array<Mark, 3> kMarks{Mark::Tail, Mark::Arrow, Mark::Circle};
  std::optional<std::pair<Mark, Mark>> found;
  for (const Mark at_a : kMarks) {
    for (const Mark at_b : kMarks) {
      const auto group_nodes = neighbours(a, at_a, at_b);
      if (!std::binary_search(group_nodes.begin(), group_nodes.end(), b)) continue;
      const bool both_arrows = at_a == Mark::Arrow && at_b == Mark::Arrow;
      if (!found || !both_arrows) found = {at_a, at_b};
    }
  }
  return found;
}

bool MixedGraph::adjacent(NodeId a, NodeId b) const { return marks(a, b).has_value(); }

bool MixedGraph::has_directed_edge(NodeId from, NodeId to) const {
  const auto out = children(from);
  return std::binary_search(out.begin(), out.end(), to);
}

std::optional<std::vector<NodeId>> MixedGraph::directed_cycle() const {
  enum class Colour : std::uint8_t { White, Grey, Black };
  std::vector<Colour> colour(names_.size(), Colour::White);
  std::vector<std::pair<NodeId, std::size_t>> stack;  // node, next child
  for (NodeId root = 0; root < n(); ++root) {
    if (colour[static_cast<std::size_t>(root)] != Colour::White) continue;
    stack.assign(1, {root, 0});
    colour[static_cast<std::size_t>(root)] = Colour::Grey;
    while (!stack.empty()) {
      const NodeId v = stack.back().first;
      const auto out = children(v);
      if (stack.back().second == out.size()) {
        colour[static_cast<std::size_t>(v)] = Colour::Black;
        stack.pop_back();
        continue;
      }
      const NodeId w = out[stack.back().second++];
      if (colour[static_cast<std::size_t>(w)] == Colour::White) {
        colour[static_cast<std::size_t>(w)] = Colour::Grey;
        stack.emplace_back(w, 0);
      } else if (colour[static_cast<std::size_t>(w)] == Colour::Grey) {
        std::vector<NodeId> cycle;
        auto start = std::find_if(stack.begin(), stack.end(), [w](const auto& entry) { return entry.first == w; });
        for (; start != stack.end(); ++start) cycle.push_back(start->first);
        cycle.push_back(w);
        return cycle;
      }
    }
  }
  return std::nullopt;
}

}  // namespace causal
