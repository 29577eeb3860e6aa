#include "russian_doll.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "causal/run/error.hpp"

namespace causal::bandits {
namespace {

constexpr double kTie = 1e-12;
constexpr std::size_t kMaxParts = 48;

std::uint64_t mask_of(int node) { return std::uint64_t{1} << (63 - node % 64); }
std::size_t word_of(int node) { return static_cast<std::size_t>(node) / 64; }

// Sums that share no node: disjoint sets of ancestors whose bits matter.
struct Parts {
  std::size_t count = 0;
  std::array<NodeBits, kMaxParts> reach;
  std::array<double, kMaxParts> bound;
  std::array<int, kMaxParts> size;
};

}  // namespace

RussianDoll::RussianDoll(const LinearArms& arms, const ArmSpace& space, std::int64_t node_budget,
                         std::int64_t total_budget)
    : space_(space),
      node_budget_(node_budget),
      total_budget_(total_budget),
      constrained_(space.max_interventions < arms.n() || std::isfinite(space.cost_budget)),
      words_((static_cast<std::size_t>(arms.n()) + 63) / 64) {
  CAUSAL_ASSERT(arms.n() <= kMaxSearchNodes);
  place(arms);
  mark_needed();
}

void RussianDoll::place(const LinearArms& arms) {
  const auto n = static_cast<std::size_t>(arms.n());
  std::vector<char> ancestor(n, 0);
  ancestor[static_cast<std::size_t>(arms.reward())] = 1;
  for (std::size_t k = n; k-- > 0;) {
    const int j = arms.order()[k];
    if (ancestor[static_cast<std::size_t>(j)] == 0) continue;
    for (const int bit : {0, 1}) {
      if (bit == 1 && space_.free[static_cast<std::size_t>(j)] == 0) continue;
      for (const WeightedParent& parent : arms.parents(bit, j)) ancestor[static_cast<std::size_t>(parent.node)] = 1;
    }
  }
  std::vector<int> position(n, -1);
  for (const int j : arms.order()) {
    const auto s = static_cast<std::size_t>(j);
    if (ancestor[s] == 0) continue;
    position[s] = static_cast<int>(node_at_.size());
    node_at_.push_back(j);
    std::array<Mechanism, 2>& mechanism = mechanisms_.emplace_back();
    NodeBits reach{};
    if (space_.free[s] != 0) reach[word_of(j)] |= mask_of(j);
    double mean = arms.offset(0, j);
    for (const int bit : {0, 1}) {
      if (bit == 1 && space_.free[s] == 0) continue;
      Mechanism& one = mechanism[static_cast<std::size_t>(bit)];
      one.offset = arms.offset(bit, j);
      for (const WeightedParent& parent : arms.parents(bit, j)) {
        const int p = position[static_cast<std::size_t>(parent.node)];
        one.parents.push_back({p, parent.weight});
        for (std::size_t w = 0; w < words_; ++w) reach[w] |= reach_[static_cast<std::size_t>(p)][w];
        if (bit == 0) mean += parent.weight * extremes_[1][static_cast<std::size_t>(p)].bound;
      }
    }
    reach_.push_back(reach);
    constant_.push_back(reach == NodeBits{} ? 1 : 0);
    for (const std::size_t sign : {0U, 1U}) {
      Extreme& extreme = extremes_[sign].emplace_back();
      if (constant_.back() == 0) continue;
      extreme.best.value = extreme.bound = sign == 1 ? mean : -mean;
      extreme.exact = true;
    }
  }
  coefficient_.assign(node_at_.size(), 0.0);
}

void RussianDoll::mark_needed() {
  const std::size_t positions = node_at_.size();
  for (std::vector<char>& needed : needed_) needed.assign(positions, 0);
  needed_[1][positions - 1] = 1;
  for (std::size_t q = positions; q-- > 0;) {
    for (const std::size_t sign : {0U, 1U}) {
      if (needed_[sign][q] == 0) continue;
      for (const Mechanism& mechanism : mechanisms_[q]) {
        for (const Parent& parent : mechanism.parents) {
          needed_[parent.weight > 0 ? sign : 1 - sign][static_cast<std::size_t>(parent.position)] = 1;
        }
      }
    }
  }
}

Extreme RussianDoll::maximise_reward(const Action& first, double first_value) {
  const int last = static_cast<int>(node_at_.size()) - 1;
  for (int q = 0; q < last; ++q) {
    for (const int sign : {0, 1}) {
      const auto s = static_cast<std::size_t>(sign);
      if (needed_[s][static_cast<std::size_t>(q)] == 0 || constant_[static_cast<std::size_t>(q)] != 0) continue;
      extremes_[s][static_cast<std::size_t>(q)] = solve(q, sign, -std::numeric_limits<double>::infinity());
    }
  }
  // A little less than the arm is worth, so that the search meets it, or an equal and smaller one, again.
  Extreme result = solve(last, 1, first_value - 4 * kTie * (1 + std::abs(first_value)));
  if (!result.best.any()) {
    result.best.value = first_value;
    for (int j = 0; j < static_cast<int>(first.size()); ++j) {
      if (first[static_cast<std::size_t>(j)] != 0) result.best.arm[word_of(j)] |= mask_of(j);
    }
  }
  return result;
}

Extreme RussianDoll::solve(int position, int sign, double limit) {
  spent_ = 0;
  aborted_ = false;
  coefficient_[static_cast<std::size_t>(position)] = sign == 1 ? 1 : -1;
  // The first branching gives a bound that holds whatever happens after it.
  int count = 0;
  const std::array<Branch, 2> first = branches(position, 0, {}, count);
  Extreme extreme;
  extreme.bound = first[0].bound;
  slack_ = kTie * (1 + std::abs(extreme.bound));
  stack_.assign(1, position);
  extreme.best = branch({0, 1}, limit, {});
  coefficient_[static_cast<std::size_t>(position)] = 0;
  extreme.exact = !aborted_;
  if (extreme.exact && extreme.best.any()) extreme.bound = extreme.best.value;
  return extreme;
}

// The mechanisms that the open position may take, the one of the larger bound first; `others` bounds what else is open.
std::array<RussianDoll::Branch, 2> RussianDoll::branches(int position, double others, Used used, int& count) const {
  const auto q = static_cast<std::size_t>(position);
  const double own = coefficient_[q];
  std::array<Branch, 2> result{};
  count = 0;
  for (const int bit : {0, 1}) {
    if (bit == 1 &&
        (!is_free(position) ||
         !space_.fits(used.interventions + 1, used.cost + space_.cost[static_cast<std::size_t>(node_at_[q])]))) {
      continue;
    }
    const Mechanism& mechanism = mechanisms_[q][static_cast<std::size_t>(bit)];
    Branch branch{bit, own * mechanism.offset, others};
    for (const Parent& parent : mechanism.parents) {
      const auto p = static_cast<std::size_t>(parent.position);
      const double before = coefficient_[p];
      if (constant_[p] != 0) {
        branch.constant += share(parent.position, own * parent.weight);
      } else {
        branch.bound += share(parent.position, before + own * parent.weight) - share(parent.position, before);
      }
    }
    branch.bound += branch.constant;
    result[static_cast<std::size_t>(count++)] = branch;
  }
  if (count == 2 && result[1].bound > result[0].bound) std::swap(result[0], result[1]);
  return result;
}

// The best value of the combination of the open means, if it reaches the limit. Parts of the sum that share no ancestor
// whose bit matters are maximised apart; a part of one position is at its extreme already.
Found RussianDoll::solve_open(Open open, double limit, Used used) {
  Parts parts;
  std::array<std::uint8_t, kMaxSearchNodes> part_of;
  double bound = 0;
  for (std::size_t k = open.begin; k < open.end; ++k) {
    const int position = stack_[k];
    const double own = open_share(position);
    bound += own;
    NodeBits reach = reach_[static_cast<std::size_t>(position)];
    std::size_t mine = parts.count;
    for (std::size_t c = 0; c < parts.count; ++c) {
      if (parts.size[c] == 0) continue;
      std::uint64_t shared = 0;
      for (std::size_t w = 0; w < words_; ++w) shared |= reach[w] & parts.reach[c][w];
      if (shared == 0) continue;
      if (mine == parts.count) {
        mine = c;
      } else {  // the position joins two parts
        for (std::size_t i = open.begin; i < k; ++i) {
          if (part_of[i - open.begin] == c) part_of[i - open.begin] = static_cast<std::uint8_t>(mine);
        }
        parts.bound[mine] += parts.bound[c];
        parts.size[mine] += parts.size[c];
        for (std::size_t w = 0; w < words_; ++w) parts.reach[mine][w] |= parts.reach[c][w];
        parts.size[c] = 0;
      }
    }
    if (mine == kMaxParts) {  // too many to tell apart: any part may take it in
      mine = 0;
      while (parts.size[mine] == 0) ++mine;
    } else if (mine == parts.count) {
      ++parts.count;
      parts.bound[mine] = 0;
      parts.size[mine] = 0;
      parts.reach[mine] = {};
    }
    part_of[k - open.begin] = static_cast<std::uint8_t>(mine);
    parts.bound[mine] += own;
    ++parts.size[mine];
    for (std::size_t w = 0; w < words_; ++w) parts.reach[mine][w] |= reach[w];
  }
  if (bound < limit - slack_) return {};

  // Positions at their extremes first: they cost nothing and leave the least room to the others.
  Found sum;
  sum.value = 0;
  double rest = bound;
  std::size_t live = 0, solved = 0;
  for (std::size_t c = 0; c < parts.count; ++c) live += parts.size[c] > 0 ? 1U : 0U;
  for (std::size_t k = open.begin; k < open.end; ++k) {
    const std::size_t c = part_of[k - open.begin];
    if (parts.size[c] != 1) continue;
    const Extreme& one = extreme(stack_[k]);
    if (!one.exact) continue;
    sum.value += parts.bound[c];
    rest -= parts.bound[c];
    for (std::size_t w = 0; w < words_; ++w) sum.arm[w] |= one.best.arm[w];
    sum.interventions += one.best.interventions;
    sum.cost += one.best.cost;
    parts.size[c] = 0;
    ++solved;
  }
  if (constrained_) {
    const bool fits = space_.fits(used.interventions + sum.interventions, used.cost + sum.cost);
    return solved == live && fits ? sum : branch(open, limit, used);
  }
  while (solved < live) {  // the smallest part next
    std::size_t next = parts.count;
    for (std::size_t c = 0; c < parts.count; ++c) {
      if (parts.size[c] > 0 && (next == parts.count || parts.size[c] < parts.size[next])) next = c;
    }
    const std::size_t begin = stack_.size();
    for (std::size_t k = open.begin; k < open.end; ++k) {
      if (part_of[k - open.begin] == next) stack_.push_back(stack_[k]);
    }
    rest -= parts.bound[next];
    const Found found = branch({begin, stack_.size()}, limit - sum.value - rest, used);
    stack_.resize(begin);
    if (!found.any()) return {};
    sum.value += found.value;
    for (std::size_t w = 0; w < words_; ++w) sum.arm[w] |= found.arm[w];
    sum.interventions += found.interventions;
    sum.cost += found.cost;
    parts.size[next] = 0;
    ++solved;
  }
  return sum;
}

// Replaces the mean at the last open position by each of its mechanisms in turn.
Found RussianDoll::branch(Open open, double limit, Used used) {
  std::size_t top = open.begin;
  double others = 0;
  for (std::size_t k = open.begin; k < open.end; ++k) {
    if (stack_[k] > stack_[top]) top = k;
    others += open_share(stack_[k]);
  }
  std::swap(stack_[top], stack_[open.end - 1]);
  const int position = stack_[open.end - 1];
  others -= open_share(position);
  int count = 0;
  const std::array<Branch, 2> choices = branches(position, others, used, count);
  Found best;
  for (int k = 0; k < count && !aborted_; ++k) {
    const Branch& choice = choices[static_cast<std::size_t>(k)];
    // Rounding moves a bound by far less than a tie is wide.
    if (choice.bound < limit - 2 * slack_) break;
    ++spent_;
    ++total_;
    if (spent_ > node_budget_ || total_ > total_budget_) {
      aborted_ = true;
      break;
    }
    const Found found = take(choice, position, {open.begin, open.end - 1}, limit, used);
    if (!found.any() || found.value < limit - 2 * slack_) continue;
    const bool better = !best.any() || found.value > best.value + slack_ ||
                        (found.value >= best.value - slack_ && found.arm < best.arm);
    if (better) best = found;
    limit = std::max(limit, best.value);
  }
  return best;
}

Found RussianDoll::take(const Branch& choice, int position, Open others, double limit, Used used) {
  const auto q = static_cast<std::size_t>(position);
  const int node = node_at_[q];
  const double own = coefficient_[q];
  const std::vector<Parent>& parents = mechanisms_[q][static_cast<std::size_t>(choice.bit)].parents;
  coefficient_[q] = 0;
  std::array<double, kMaxSearchNodes> before;
  const std::size_t begin = stack_.size();
  for (std::size_t i = 0; i < parents.size(); ++i) {
    const auto p = static_cast<std::size_t>(parents[i].position);
    before[i] = coefficient_[p];
    if (constant_[p] != 0) continue;
    coefficient_[p] += own * parents[i].weight;
    if (before[i] == 0 && coefficient_[p] != 0) stack_.push_back(parents[i].position);
  }
  for (std::size_t k = others.begin; k < others.end; ++k) {
    if (coefficient_[static_cast<std::size_t>(stack_[k])] != 0) stack_.push_back(stack_[k]);
  }
  if (choice.bit == 1) {
    ++used.interventions;
    used.cost += space_.cost[static_cast<std::size_t>(node)];
  }
  Found found = solve_open({begin, stack_.size()}, limit - choice.constant, used);
  stack_.resize(begin);
  for (std::size_t i = 0; i < parents.size(); ++i)
    coefficient_[static_cast<std::size_t>(parents[i].position)] = before[i];
  coefficient_[q] = own;
  if (!found.any()) return found;
  found.value += choice.constant;
  if (choice.bit == 1) {
    found.arm[word_of(node)] |= mask_of(node);
    ++found.interventions;
    found.cost += space_.cost[static_cast<std::size_t>(node)];
  }
  return found;
}

}  // namespace causal::bandits
