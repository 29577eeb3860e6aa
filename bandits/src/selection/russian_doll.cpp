#include "russian_doll.hpp"

#include <bit>
#include <cmath>
#include <utility>

namespace causal::bandits {
namespace {

constexpr double kTie = 1e-12;

std::uint64_t mask_of(int node) { return std::uint64_t{1} << (63 - node % 64); }
std::size_t word_of(int node) { return static_cast<std::size_t>(node) / 64; }

}  // namespace

RussianDoll::RussianDoll(const LinearArms& arms, const ArmSpace& space, std::int64_t node_budget,
                         std::int64_t total_budget)
    : space_(space),
      node_budget_(node_budget),
      total_budget_(total_budget),
      words_((static_cast<std::size_t>(arms.n()) + 63) / 64) {
  place(arms);
  mark_needed();
  const std::size_t positions = node_at_.size();
  for (std::vector<Extreme>& extremes : extremes_) extremes.resize(positions);
  coefficient_.assign(positions, 0.0);
  open_.assign((positions + 63) / 64, 0);
  bits_.assign(words_, 0);
  scratch_.assign(words_, 0);
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
    NodeBits& reach = reach_.emplace_back(words_, 0);
    if (space_.free[s] != 0) reach[word_of(j)] |= mask_of(j);
    for (const int bit : {0, 1}) {
      if (bit == 1 && space_.free[s] == 0) continue;
      Mechanism& one = mechanism[static_cast<std::size_t>(bit)];
      one.offset = arms.offset(bit, j);
      for (const WeightedParent& parent : arms.parents(bit, j)) {
        const int p = position[static_cast<std::size_t>(parent.node)];
        one.parents.push_back({p, parent.weight});
        for (std::size_t w = 0; w < words_; ++w) reach[w] |= reach_[static_cast<std::size_t>(p)][w];
      }
    }
  }
}

void RussianDoll::mark_needed() {
  const std::size_t positions = node_at_.size();
  for (std::vector<char>& needed : needed_) needed.assign(positions, 0);
  needed_[1][positions - 1] = 1;
  for (std::size_t q = positions; q-- > 0;) {
    for (const std::size_t sign : {0, 1}) {
      if (needed_[sign][q] == 0) continue;
      for (const Mechanism& mechanism : mechanisms_[q]) {
        for (const Parent& parent : mechanism.parents) {
          needed_[parent.weight > 0 ? sign : 1 - sign][static_cast<std::size_t>(parent.position)] = 1;
        }
      }
    }
  }
}

double RussianDoll::slack() const { return kTie * (1 + std::abs(best_.value)); }

Extreme RussianDoll::maximise_reward(const Action& first, double first_value) {
  const int last = static_cast<int>(node_at_.size()) - 1;
  for (int q = 0; q < last; ++q) {
    for (const int sign : {0, 1}) {
      if (needed_[static_cast<std::size_t>(sign)][static_cast<std::size_t>(q)] == 0) continue;
      best_ = {};
      extremes_[static_cast<std::size_t>(sign)][static_cast<std::size_t>(q)] = solve(q, sign);
    }
  }
  best_ = {};
  // A little less than it is worth, so that the search meets this arm, or an equal and smaller one, again.
  best_.value = first_value - 4 * kTie * (1 + std::abs(first_value));
  best_.arm.assign(words_, 0);
  for (int j = 0; j < static_cast<int>(first.size()); ++j) {
    if (first[static_cast<std::size_t>(j)] != 0) best_.arm[word_of(j)] |= mask_of(j);
  }
  return solve(last, 1);
}

Extreme RussianDoll::solve(int position, int sign_index) {
  spent_ = 0;
  // The first branching gives the bound that holds whatever happens after it.
  const double coefficient = sign_index == 1 ? 1 : -1;
  double bound = -std::numeric_limits<double>::infinity();
  const auto q = static_cast<std::size_t>(position);
  const int bits = space_.free[static_cast<std::size_t>(node_at_[q])] != 0 ? 2 : 1;
  for (int bit = 0; bit < bits; ++bit) {
    const Mechanism& mechanism = mechanisms_[q][static_cast<std::size_t>(bit)];
    double value = coefficient * mechanism.offset;
    for (const Parent& parent : mechanism.parents) value += share(parent.position, coefficient * parent.weight);
    bound = std::max(bound, value);
  }
  coefficient_[q] = coefficient;
  expand(position, 0, 0, 0, 0);
  coefficient_[q] = 0;
  best_.exact = spent_ <= node_budget_ && total_ <= total_budget_;
  best_.bound = best_.exact ? best_.value : bound;
  return std::move(best_);
}

bool RussianDoll::offer(double value, const NodeBits& arm, int interventions, double cost) {
  if (value < best_.value - slack()) return false;
  if (value <= best_.value + slack() && !best_.arm.empty() && !(arm < best_.arm)) return false;
  best_.value = value;
  best_.arm = arm;
  best_.interventions = interventions;
  best_.cost = cost;
  return true;
}

// Replaces the mean at `position`, which has a coefficient, by its mechanism; `others` bounds what else is open.
void RussianDoll::expand(int position, double constant, double others, int interventions, double cost) {
  const auto q = static_cast<std::size_t>(position);
  const int node = node_at_[q];
  const double own = coefficient_[q];
  std::array<Branch, 2> branches;
  int count = 0;
  for (const int bit : {0, 1}) {
    if (bit == 1 && (space_.free[static_cast<std::size_t>(node)] == 0 ||
                     !space_.fits(interventions + 1, cost + space_.cost[static_cast<std::size_t>(node)]))) {
      continue;
    }
    const Mechanism& mechanism = mechanisms_[q][static_cast<std::size_t>(bit)];
    Branch branch{bit, constant + own * mechanism.offset, 0};
    double rest = others;
    for (const Parent& parent : mechanism.parents) {
      const double before = coefficient_[static_cast<std::size_t>(parent.position)];
      rest += share(parent.position, before + own * parent.weight) - share(parent.position, before);
    }
    branch.bound = branch.constant + rest;
    branches[static_cast<std::size_t>(count++)] = branch;
  }
  if (count == 2 && branches[1].bound > branches[0].bound) std::swap(branches[0], branches[1]);

  coefficient_[q] = 0;
  open_[q / 64] &= ~(std::uint64_t{1} << (q % 64));
  for (int k = 0; k < count; ++k) {
    const Branch& branch = branches[static_cast<std::size_t>(k)];
    // Rounding moves a bound by far less than a tie is wide.
    if (branch.bound < best_.value - 2 * slack()) break;
    ++spent_;
    ++total_;
    if (spent_ > node_budget_ || total_ > total_budget_) break;
    const std::vector<Parent>& parents = mechanisms_[q][static_cast<std::size_t>(branch.bit)].parents;
    std::array<double, 32> few;
    std::vector<double> many(parents.size() > few.size() ? parents.size() : 0);
    double* const before = many.empty() ? few.data() : many.data();
    for (std::size_t i = 0; i < parents.size(); ++i) {
      const auto p = static_cast<std::size_t>(parents[i].position);
      before[i] = coefficient_[p];
      coefficient_[p] += own * parents[i].weight;
      open_[p / 64] |= std::uint64_t{1} << (p % 64);
    }
    if (branch.bit == 1) bits_[word_of(node)] |= mask_of(node);
    descend(branch.constant, interventions + branch.bit,
            cost + (branch.bit == 1 ? space_.cost[static_cast<std::size_t>(node)] : 0.0));
    if (branch.bit == 1) bits_[word_of(node)] &= ~mask_of(node);
    for (std::size_t i = 0; i < parents.size(); ++i) {
      const auto p = static_cast<std::size_t>(parents[i].position);
      coefficient_[p] = before[i];
      if (before[i] == 0) open_[p / 64] &= ~(std::uint64_t{1} << (p % 64));
    }
  }
  coefficient_[q] = own;
  open_[q / 64] |= std::uint64_t{1} << (q % 64);
}

// Closes the branch when its bound is attained, and branches at the last open node otherwise.
void RussianDoll::descend(double constant, int interventions, double cost) {
  double rest = 0;
  int top = -1;
  bool attained = true;
  scratch_.assign(words_, 0);
  for (std::size_t w = 0; w < open_.size(); ++w) {
    for (std::uint64_t left = open_[w]; left != 0; left &= left - 1) {
      const int position = static_cast<int>(64 * w) + std::countr_zero(left);
      const auto p = static_cast<std::size_t>(position);
      const double own = coefficient_[p];
      if (own == 0) continue;
      top = position;
      rest += share(position, own);
      attained = attained && extremes_[own > 0 ? 1 : 0][p].exact;
      for (std::size_t v = 0; attained && v < words_; ++v) {
        attained = (scratch_[v] & reach_[p][v]) == 0;
        scratch_[v] |= reach_[p][v];
      }
    }
  }
  if (top < 0) {
    offer(constant, bits_, interventions, cost);
    return;
  }
  if (constant + rest < best_.value - 2 * slack()) return;
  if (attained) {
    NodeBits& arm = scratch_;
    arm = bits_;
    int used = interventions;
    double total = cost;
    for (std::size_t w = 0; w < open_.size(); ++w) {
      for (std::uint64_t left = open_[w]; left != 0; left &= left - 1) {
        const std::size_t p = 64 * w + static_cast<std::size_t>(std::countr_zero(left));
        if (coefficient_[p] == 0) continue;
        const Extreme& extreme = extremes_[coefficient_[p] > 0 ? 1 : 0][p];
        used += extreme.interventions;
        total += extreme.cost;
        for (std::size_t v = 0; v < words_; ++v) arm[v] |= extreme.arm[v];
      }
    }
    if (space_.fits(used, total)) {
      offer(constant + rest, arm, used, total);
      return;
    }
  }
  const auto t = static_cast<std::size_t>(top);
  expand(top, constant, rest - share(top, coefficient_[t]), interventions, cost);
}

}  // namespace causal::bandits
