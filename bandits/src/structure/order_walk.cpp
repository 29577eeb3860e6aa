#include "order_walk.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace causal::bandits {

OrderWalk::OrderWalk(std::vector<int> order, std::span<const ParentSetTable> tables)
    : order_(std::move(order)),
      position_(order_.size()),
      allowed_(tables.size()),
      score_(tables.size()),
      remembered_(tables.size() * kRemembered),
      places_(order_.size()),
      after_(order_.size()) {
  for (std::size_t q = 0; q < order_.size(); ++q) {
    position_[static_cast<std::size_t>(order_[q])] = static_cast<int>(q);
  }
  for (std::size_t slot = 0; slot < tables.size(); ++slot) rescore(tables, slot);
}

double OrderWalk::sum(std::span<const ParentSetTable> tables, std::size_t slot, std::uint32_t allowed) {
  // The high bits of a product with an odd constant depend on all bits of the mask (multiplicative hashing).
  static_assert(kRemembered == 1 << 8);
  Remembered& entry = remembered_[slot * kRemembered + (allowed * std::uint32_t{2654435769U} >> 24)];
  if (!entry.valid || entry.allowed != allowed) entry = {allowed, true, tables[slot].log_sum(allowed)};
  return entry.sum;
}

std::uint32_t OrderWalk::predecessors(const ParentSetTable& table, int node) const {
  const int mine = position_[static_cast<std::size_t>(node)];
  const std::vector<int>& candidates = table.candidates();
  std::uint32_t mask = 0;
  for (std::size_t k = 0; k < candidates.size(); ++k) {
    mask |= std::uint32_t{position_[static_cast<std::size_t>(candidates[k])] < mine} << k;
  }
  return mask;
}

void OrderWalk::rescore(std::span<const ParentSetTable> tables, std::size_t slot) {
  for (std::size_t k = slot * kRemembered; k < (slot + 1) * kRemembered; ++k) remembered_[k].valid = false;
  allowed_[slot] = predecessors(tables[slot], static_cast<int>(slot / 2));
  score_[slot] = sum(tables, slot, allowed_[slot]);
}

double OrderWalk::log_score() const { return std::accumulate(score_.begin(), score_.end(), 0.0); }

double OrderWalk::rescore_range(std::span<const ParentSetTable> tables, std::size_t first, std::size_t last) {
  undo_.clear();
  double change = 0;
  for (std::size_t q = first; q <= last; ++q) {
    const int node = order_[q];
    for (const std::size_t bit : {0U, 1U}) {
      const std::size_t slot = 2 * static_cast<std::size_t>(node) + bit;
      const std::uint32_t mask = predecessors(tables[slot], node);
      if (mask == allowed_[slot]) continue;
      undo_.push_back({slot, allowed_[slot], score_[slot]});
      allowed_[slot] = mask;
      score_[slot] = sum(tables, slot, mask);
      change += score_[slot] - undo_.back().score;
    }
  }
  return change;
}

void OrderWalk::exchange(std::size_t a, std::size_t b) {
  std::swap(order_[a], order_[b]);
  position_[static_cast<std::size_t>(order_[a])] = static_cast<int>(a);
  position_[static_cast<std::size_t>(order_[b])] = static_cast<int>(b);
}

void OrderWalk::move(std::span<const ParentSetTable> tables, RandomStream& stream) {
  const auto n = static_cast<std::uint64_t>(order_.size());
  if (n < 2) return;
  const std::uint64_t kind = stream.below(4);
  if (kind == 3) return relocate(tables, stream);
  if (kind == 2) {
    const std::uint64_t a = stream.below(n), b = (a + 1 + stream.below(n - 1)) % n;
    return swap(tables, std::min(a, b), std::max(a, b), stream);
  }
  const std::uint64_t a = stream.below(n - 1);
  swap(tables, a, a + 1, stream);
}

// Both ways have the same probability of being proposed, so the ratio of scores decides.
void OrderWalk::swap(std::span<const ParentSetTable> tables, std::size_t a, std::size_t b, RandomStream& stream) {
  ++proposed;
  exchange(a, b);
  const double change = rescore_range(tables, a, b);
  if (change >= 0 || std::log(stream.uniform()) < change) {
    ++accepted;
    return;
  }
  exchange(a, b);
  for (const Before& was : undo_) {
    allowed_[was.slot] = was.allowed;
    score_[was.slot] = was.score;
  }
}

// A Gibbs step: the place is drawn from its exact conditional given the order of the rest.
void OrderWalk::relocate(std::span<const ParentSetTable> tables, RandomStream& stream) {
  const auto from = static_cast<std::size_t>(stream.below(order_.size()));
  const int node = order_[from];
  weigh_places(tables, node);
  const double top = *std::max_element(places_.begin(), places_.end());
  double total = 0;
  for (double& place : places_) {
    place = std::exp(place - top);
    total += place;
  }
  double left = stream.uniform() * total;
  std::size_t to = from;
  for (std::size_t q = 0; q < places_.size() && left > 0; ++q) {
    if (places_[q] <= 0) continue;
    to = q;
    left -= places_[q];
  }
  if (to == from) return;
  rest_.insert(rest_.begin() + static_cast<std::ptrdiff_t>(to), node);
  order_.swap(rest_);
  const std::size_t first = std::min(from, to), last = std::max(from, to);
  for (std::size_t q = first; q <= last; ++q) {
    position_[static_cast<std::size_t>(order_[q])] = static_cast<int>(q);
  }
  (void)rescore_range(tables, first, last);
}

// At place q the nodes rest[0..q-1] stand before it and cannot have it as a parent, the others can. Mechanisms without
// it among their candidates are the same everywhere.
void OrderWalk::weigh_places(std::span<const ParentSetTable> tables, int node) {
  rest_.clear();
  for (const int other : order_) {
    if (other != node) rest_.push_back(other);
  }
  const std::size_t slots = 2 * static_cast<std::size_t>(node);
  std::uint32_t own[2] = {0, 0};
  double mine[2] = {sum(tables, slots, 0), sum(tables, slots + 1, 0)};
  std::fill(after_.begin(), after_.end(), 0.0);
  double before = 0;
  places_[0] = mine[0] + mine[1];
  for (std::size_t q = 0; q < rest_.size(); ++q) {
    const int other = rest_[q];
    for (const std::size_t bit : {0U, 1U}) {
      const std::size_t slot = 2 * static_cast<std::size_t>(other) + bit;
      if (const int place = tables[slot].place(node); place >= 0) {
        const std::uint32_t with = allowed_[slot] | std::uint32_t{1} << place;
        const std::uint32_t without = with & ~(std::uint32_t{1} << place);
        after_[q] += with == allowed_[slot] ? score_[slot] : sum(tables, slot, with);
        before += without == allowed_[slot] ? score_[slot] : sum(tables, slot, without);
      }
      if (const int place = tables[slots + bit].place(other); place >= 0) {
        own[bit] |= std::uint32_t{1} << place;
        mine[bit] = sum(tables, slots + bit, own[bit]);
      }
    }
    places_[q + 1] = mine[0] + mine[1] + before;
  }
  double after = 0;
  for (std::size_t q = rest_.size(); q-- > 0;) {
    after += after_[q];
    places_[q] += after;
  }
}

}  // namespace causal::bandits
