#include "identify/current_distribution.hpp"

#include <algorithm>

namespace causal::identification {
namespace {

bool mentions(const Expression& e, const SymbolSet& symbols) {
  return std::any_of(symbols.begin(), symbols.end(),
                     [&](Symbol s) { return std::binary_search(e.free().begin(), e.free().end(), s); });
}

}  // namespace

CurrentDistribution::CurrentDistribution(ExpressionPool& pool, int n, std::vector<NodeId> order, SymbolSet intervened,
                                         int domain)
    : pool_(&pool), order_(std::move(order)), kept_(n), intervened_(std::move(intervened)), domain_(domain) {
  for (const NodeId v : order_) kept_.insert(v);
}

CurrentDistribution CurrentDistribution::marginal(const NodeBits& keep) const {
  CurrentDistribution result = *this;
  result.kept_ &= keep;
  const auto is_kept = [&](NodeId v) { return result.kept_.contains(v); };
  if (is_given()) {
    std::erase_if(result.order_, [&](NodeId v) { return !is_kept(v); });
    return result;
  }
  // Conditionals after the last variable kept sum to one.
  while (!result.order_.empty() && !is_kept(result.order_.back())) {
    result.order_.pop_back();
    result.factors_.pop_back();
  }
  return result;
}

Expression CurrentDistribution::marginal_expression(const NodeBits& keep) const {
  const CurrentDistribution result = marginal(keep);
  SymbolSet kept, summed;
  for (const NodeId v : result.order_) (result.kept_.contains(v) ? kept : summed).push_back({v, 0});
  if (is_given()) return pool_->probability(std::move(kept), {}, intervened_, domain_);
  return pool_->sum(std::move(summed), pool_->product(result.factors_));
}

Expression CurrentDistribution::conditional(NodeId v) const {
  SymbolSet before, summed;
  std::size_t position = 0;
  for (; order_[position] != v; ++position) {
    (kept_.contains(order_[position]) ? before : summed).push_back({order_[position], 0});
  }
  if (is_given()) return pool_->probability({{v, 0}}, std::move(before), intervened_, domain_);
  if (summed.empty() || !mentions(factors_[position], summed)) return factors_[position];
  // Factors without a summed variable stand above and below the line and cancel.
  std::vector<Expression> below;
  for (std::size_t i = 0; i < position; ++i) {
    if (mentions(factors_[i], summed)) below.push_back(factors_[i]);
  }
  std::vector<Expression> above = below;
  above.push_back(factors_[position]);
  return pool_->fraction(pool_->sum(summed, pool_->product(std::move(above))),
                         pool_->sum(summed, pool_->product(std::move(below))));
}

CurrentDistribution CurrentDistribution::district_product(const NodeBits& district) const {
  CurrentDistribution result = *this;
  result.order_.clear();
  result.factors_.clear();
  for (const NodeId v : order_) {
    if (!district.contains(v) || !kept_.contains(v)) continue;
    result.order_.push_back(v);
    result.factors_.push_back(conditional(v));
  }
  result.kept_ = district;
  return result;
}

}  // namespace causal::identification
