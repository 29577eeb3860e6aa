#include "graph/clique_picking.hpp"

#include <algorithm>
#include <map>
#include <numeric>
#include <unordered_map>

namespace causal::detail {

// A separator on the way from the first clique of a flower to another one that holds it. Such separators are nested;
// the first clique contains them, so an orientation that begins with one belongs to a clique nearer to the first.
struct CliquePicking::ChainLink {
  int edge;
  std::size_t size;     // without the separator of the flower
  int below;            // the next smaller one, or -1
  BigInt permutations;  // of its nodes that begin with none of the smaller ones
};

CliquePicking::CliquePicking(CliqueTree tree) : tree_(std::move(tree)), edges_out_(tree_.cliques.size()) {
  std::map<NodeId, std::size_t> number;
  std::size_t largest = 0;
  for (const NodeSet& clique : tree_.cliques) {
    for (const NodeId v : clique) number.emplace(v, number.size());
    largest = std::max(largest, clique.size());
  }
  constexpr std::size_t kFewNodes = 4096;  // more would make the bits take too much memory
  if (number.size() <= kFewNodes) separator_bits_.assign(tree_.cliques.size(), Bits((number.size() + 63) / 64, 0));
  for (std::size_t c = 1; c < tree_.cliques.size(); ++c) {
    if (!separator_bits_.empty()) {
      for (const NodeId v : tree_.separators[c]) {
        separator_bits_[c][number.at(v) / 64] |= std::uint64_t{1} << (number.at(v) % 64);
      }
    }
    const int down = static_cast<int>(2 * c);
    edges_out_[slot(tree_.parents[c])].push_back(down);
    edges_out_[c].push_back(down + 1);
  }
  factorials_.assign(1, 1);
  for (std::size_t k = 1; k <= largest; ++k) factorials_.push_back(factorials_.back() * k);
  number_separators();
}

void CliquePicking::number_separators() {
  std::map<NodeSet, int> ids;
  for (const NodeSet& separator : tree_.separators) {
    separator_id_.push_back(ids.emplace(separator, static_cast<int>(ids.size())).first->second);
  }
}

bool CliquePicking::separator_within(int inner, int outer) const {
  if (separator_bits_.empty()) {
    const NodeSet& in = tree_.separators[clique_of(inner)];
    const NodeSet& out = tree_.separators[clique_of(outer)];
    return std::includes(out.begin(), out.end(), in.begin(), in.end());
  }
  const Bits& a = separator_bits_[clique_of(inner)];
  const Bits& b = separator_bits_[clique_of(outer)];
  for (std::size_t i = 0; i < a.size(); ++i) {
    if ((a[i] & ~b[i]) != 0) return false;
  }
  return true;
}

// Whether an edge that starts in the flower stays in it.
bool CliquePicking::inside(const Flower& flower, int edge) const {
  return flower.entry < 0 || (separator_size(edge) > flower.separator_size && separator_within(flower.entry, edge));
}

Flower CliquePicking::open_flower(int entry) const {
  Flower flower;
  flower.entry = entry;
  flower.separator_size = entry < 0 ? 0 : separator_size(entry);
  flower.members.push_back({entry < 0 ? 0 : head(entry), -1, -1});
  for (std::size_t next = 0; next < flower.members.size(); ++next) {
    const Flower::Member member = flower.members[next];
    for (const int edge : edges_out_[slot(member.clique)]) {
      if (member.edge >= 0 && edge == (member.edge ^ 1)) continue;
      if (inside(flower, edge)) {
        flower.members.push_back({head(edge), edge, static_cast<int>(next)});
      } else {
        flower.boundary.push_back(edge);
      }
    }
  }
  return flower;
}

bool CliquePicking::run(const StopSignal& stop, bool keep_first) {
  flowers_.clear();
  flower_beyond_.assign(2 * tree_.cliques.size(), 0);
  beyond_.assign(2 * tree_.cliques.size(), 0);
  std::vector<int> edges(2 * tree_.cliques.size() - 2);
  std::iota(edges.begin(), edges.end(), 2);
  // A flower consists of larger separators, so that all that it is made of is counted before it.
  std::stable_sort(edges.begin(), edges.end(), [this](int a, int b) { return separator_size(a) > separator_size(b); });
  // The same flower may open at many edges. It is known by its separator and its least clique; by the clique that an
  // edge leads to, often without opening it again.
  std::map<std::pair<int, int>, std::size_t> known, known_at_head;
  for (const int edge : edges) {
    const int separator = separator_id_[clique_of(edge)];
    const auto [at_head, is_new_head] = known_at_head.emplace(std::pair(separator, head(edge)), flowers_.size());
    if (is_new_head) {
      Flower flower = open_flower(edge);
      int least = flower.members.front().clique;
      for (const Flower::Member& member : flower.members) least = std::min(least, member.clique);
      const auto [at, is_new] = known.emplace(std::pair(separator, least), flowers_.size());
      at_head->second = at->second;
      if (is_new) {
        if (!count_flower(flower, keep_first, stop)) return false;
        flowers_.push_back(std::move(flower));
      }
    }
    flower_beyond_[slot(edge)] = at_head->second;
  }
  Flower whole = open_flower(-1);
  if (!count_flower(whole, keep_first, stop)) return false;
  flowers_.push_back(std::move(whole));
  beyond_ = {};
  return true;
}

// The sum over its cliques K of the ways to order K first, times those to orient all that then is left.
bool CliquePicking::count_flower(Flower& flower, bool keep_first, const StopSignal& stop) {
  if (!count_beyond(flower, stop)) return false;
  const auto& members = flower.members;
  std::vector<ChainLink> links;
  const std::vector<int> chain = chains(flower, links);
  flower.count = 0;
  for (std::size_t i = 0; i < members.size(); ++i) {
    if (stop.reached()) return false;
    const std::size_t clique = slot(members[i].clique);
    BigInt ways = permutations(tree_.cliques[clique].size() - flower.separator_size, chain[i], links);
    for (const int edge : edges_out_[clique]) {
      if (inside(flower, edge)) ways *= beyond_[slot(edge)];
    }
    flower.count += ways;
    if (keep_first) flower.first.push_back(flower.count);
  }
  return true;
}

// For every edge inside the flower the orientations of the part beyond it, when all before the edge comes earlier: of
// the flower that opens at the edge, times those of what lies beyond each edge by which that one is left. First the
// edges away from the first member, from the last on; then those towards it, from the first on.
bool CliquePicking::count_beyond(const Flower& flower, const StopSignal& stop) {
  const auto& members = flower.members;
  for (std::size_t i = members.size(); i-- > 1;) {
    if (stop.reached()) return false;
    const int edge = members[i].edge;
    const Flower& opened = flowers_[flower_beyond_[slot(edge)]];
    beyond_[slot(edge)] = opened.count * product_beyond(flower, opened, edge ^ 1);
  }
  // Edges towards the first member may open one flower again and again, that of a hub: all but the edge back is then
  // quicker found by division.
  std::unordered_map<std::size_t, BigInt> products;
  for (std::size_t i = 1; i < members.size(); ++i) {
    if (stop.reached()) return false;
    const int edge = members[i].edge ^ 1;
    const std::size_t at = flower_beyond_[slot(edge)];
    const Flower& opened = flowers_[at];
    constexpr std::size_t kLong = 16;
    if (opened.boundary.size() < kLong) {
      beyond_[slot(edge)] = opened.count * product_beyond(flower, opened, edge ^ 1);
      continue;
    }
    const auto [product, is_new] = products.try_emplace(at);
    if (is_new) product->second = opened.count * product_beyond(flower, opened, -1);
    beyond_[slot(edge)] = product->second / beyond_[slot(edge ^ 1)];
  }
  return true;
}

// Of what lies beyond the edges by which `opened` is left inside the flower, `but` for one.
BigInt CliquePicking::product_beyond(const Flower& flower, const Flower& opened, int but) const {
  BigInt product = 1;
  for (const int next : opened.boundary) {
    if (next != but && inside(flower, next)) product *= beyond_[slot(next)];
  }
  return product;
}

// Per member its largest chain link, or -1.
std::vector<int> CliquePicking::chains(const Flower& flower, std::vector<ChainLink>& links) const {
  std::vector<int> chain{-1};
  for (std::size_t i = 1; i < flower.members.size(); ++i) {
    const int edge = flower.members[i].edge;
    const std::size_t size = separator_size(edge) - flower.separator_size;
    int link = chain[slot(flower.members[i].parent)];
    while (link >= 0 && !separator_within(links[slot(link)].edge, edge)) link = links[slot(link)].below;
    if (link < 0 || links[slot(link)].size != size) {
      links.push_back({edge, size, link, permutations(size, link, links)});
      link = static_cast<int>(links.size()) - 1;
    }
    chain.push_back(link);
  }
  return chain;
}

// Permutations of a set that begin with none of the nested subsets of the chain: all of them, less those that begin
// with the subset of size x_i and with no smaller one.
BigInt CliquePicking::permutations(std::size_t size, int link, const std::vector<ChainLink>& links) const {
  BigInt ways = factorials_[size];
  for (; link >= 0; link = links[slot(link)].below) {
    ways -= factorials_[size - links[slot(link)].size] * links[slot(link)].permutations;
  }
  return ways;
}

BigInt draw_below(const BigInt& bound, RandomStream& stream) {
  if (bound <= std::numeric_limits<std::uint64_t>::max()) return stream.below(static_cast<std::uint64_t>(bound));
  const std::size_t bits = msb(bound) + 1;
  for (;;) {
    BigInt value = 0;
    for (std::size_t have = 0; have < bits; have += 64) value = (value << 64) | stream.bits();
    value >>= (64 - bits % 64) % 64;
    if (value < bound) return value;
  }
}

void CliquePicking::sample_order(RandomStream& stream, std::vector<NodeId>& order) const {
  sample_flower(flowers_.back(), stream, order);
}

void CliquePicking::sample_flower(const Flower& flower, RandomStream& stream, std::vector<NodeId>& order) const {
  const BigInt drawn = draw_below(flower.count, stream);
  const auto picked = std::upper_bound(flower.first.begin(), flower.first.end(), drawn);
  const auto at = static_cast<std::size_t>(picked - flower.first.begin());
  sample_clique(flower, at, stream, order);
  std::vector<int> open;
  for (const int edge : edges_out_[slot(flower.members[at].clique)]) {
    if (inside(flower, edge)) open.push_back(edge);
  }
  while (!open.empty()) {
    const int edge = open.back();
    open.pop_back();
    const Flower& opened = flowers_[flower_beyond_[slot(edge)]];
    sample_flower(opened, stream, order);
    for (const int next : opened.boundary) {
      if (next != (edge ^ 1) && inside(flower, next)) open.push_back(next);
    }
  }
}

// Draws permutations until one begins with no separator of the chain. At least half of them do: already of those that
// begin with no {1..i} whatever, i < size, there are size!/2 or more.
void CliquePicking::sample_clique(const Flower& flower, std::size_t at, RandomStream& stream,
                                  std::vector<NodeId>& order) const {
  const NodeSet& clique = tree_.cliques[slot(flower.members[at].clique)];
  NodeSet nodes;
  if (flower.entry < 0) {
    nodes = clique;
  } else {
    const NodeSet& placed = tree_.separators[clique_of(flower.entry)];
    std::set_difference(clique.begin(), clique.end(), placed.begin(), placed.end(), std::back_inserter(nodes));
  }
  // Forbidden: for each i the nodes whose level is at most i, of which there are prefix[i]. Largest separator first.
  std::vector<int> chain;
  for (int member = static_cast<int>(at); flower.members[slot(member)].parent >= 0;
       member = flower.members[slot(member)].parent) {
    const int edge = flower.members[slot(member)].edge;
    if (chain.empty() ||
        (separator_size(edge) < separator_size(chain.back()) && separator_within(edge, chain.back()))) {
      chain.push_back(edge);
    }
  }
  std::vector<std::size_t> level(nodes.size(), 0);  // in how many separators of the chain the node is missing
  for (const int edge : chain) {
    const NodeSet& separator = tree_.separators[clique_of(edge)];
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      level[i] += std::binary_search(separator.begin(), separator.end(), nodes[i]) ? 0 : 1;
    }
  }
  for (;;) {
    for (std::size_t i = nodes.size(); i > 1; --i) {
      const auto j = static_cast<std::size_t>(stream.below(i));
      std::swap(nodes[i - 1], nodes[j]);
      std::swap(level[i - 1], level[j]);
    }
    bool allowed = true;
    std::size_t highest = 0;
    for (std::size_t i = 0; i < nodes.size() && allowed; ++i) {
      highest = std::max(highest, level[i]);
      if (highest == chain.size()) break;
      allowed = i + 1 != separator_size(chain[chain.size() - 1 - highest]) - flower.separator_size;
    }
    if (allowed) break;
  }
  order.insert(order.end(), nodes.begin(), nodes.end());
}

}  // namespace causal::detail
