#include "causal/probability/factor.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "causal/run/error.hpp"

namespace causal {

namespace {

std::size_t cell_count(const std::vector<int>& cardinalities) {
  std::size_t count = 1;
  for (const int c : cardinalities) {
    if (count > std::numeric_limits<std::size_t>::max() / 8 / static_cast<std::size_t>(c)) {
      throw InvalidArgument("Factor: the table has more cells than memory has bytes");
    }
    count *= static_cast<std::size_t>(c);
  }
  return count;
}

void check_scope(const std::vector<VariableId>& scope, const std::vector<int>& cardinalities) {
  if (scope.size() != cardinalities.size()) {
    throw InvalidArgument("Factor", "cardinalities", std::to_string(cardinalities.size()) + " numbers",
                          "one per variable of the scope (" + std::to_string(scope.size()) + ")");
  }
  for (std::size_t i = 0; i < scope.size(); ++i) {
    if (scope[i] < 0) throw InvalidArgument("Factor", "scope", std::to_string(scope[i]), "non-negative");
    if (cardinalities[i] < 1) {
      throw InvalidArgument("Factor", "cardinality of variable " + std::to_string(scope[i]),
                            std::to_string(cardinalities[i]), "at least 1");
    }
    if (std::find(scope.begin(), scope.begin() + static_cast<std::ptrdiff_t>(i), scope[i]) !=
        scope.begin() + static_cast<std::ptrdiff_t>(i)) {
      throw InvalidArgument("Factor", "scope", std::to_string(scope[i]), "given once");
    }
  }
}

std::vector<std::size_t> strides_of(const std::vector<int>& cardinalities) {
  std::vector<std::size_t> strides(cardinalities.size(), 1);
  for (std::size_t i = cardinalities.size(); i-- > 1;) {
    strides[i - 1] = strides[i] * static_cast<std::size_t>(cardinalities[i]);
  }
  return strides;
}

/// Per variable of `scope` its stride in `factor`; 0 where the factor does not depend on it.
std::vector<std::size_t> strides_in(const std::vector<VariableId>& scope, const Factor& factor) {
  const std::vector<std::size_t> own = strides_of(factor.cardinalities());
  std::vector<std::size_t> strides(scope.size(), 0);
  for (std::size_t i = 0; i < scope.size(); ++i) {
    const int place = factor.position(scope[i]);
    if (place >= 0) strides[i] = own[static_cast<std::size_t>(place)];
  }
  return strides;
}

/// Counts through the cells of a table in order and keeps the offset of the same assignment in another table.
class Odometer {
 public:
  Odometer(const std::vector<int>& cardinalities, std::vector<std::size_t> strides)
      : cardinalities_(cardinalities), strides_(std::move(strides)), digits_(cardinalities.size(), 0) {}
  [[nodiscard]] std::size_t offset() const { return offset_; }
  void advance() {
    for (std::size_t i = digits_.size(); i-- > 0;) {
      offset_ += strides_[i];
      if (++digits_[i] < cardinalities_[i]) return;
      offset_ -= strides_[i] * static_cast<std::size_t>(cardinalities_[i]);
      digits_[i] = 0;
    }
  }

 private:
  const std::vector<int>& cardinalities_;
  std::vector<std::size_t> strides_;
  std::vector<int> digits_;
  std::size_t offset_ = 0;
};

}  // namespace

Factor::Factor(std::vector<VariableId> scope, std::vector<int> cardinalities, std::vector<double> values)
    : scope_(std::move(scope)), cardinalities_(std::move(cardinalities)), values_(std::move(values)) {
  check_scope(scope_, cardinalities_);
  const std::size_t cells = cell_count(cardinalities_);
  if (values_.size() != cells) {
    throw InvalidArgument("Factor", "values", std::to_string(values_.size()) + " numbers",
                          "one per cell (" + std::to_string(cells) + ")");
  }
  const auto bad = std::find_if(values_.begin(), values_.end(), [](double v) { return !std::isfinite(v); });
  if (bad != values_.end()) throw InvalidArgument("Factor", "values", std::to_string(*bad), "finite");
}

Factor Factor::constant(std::vector<VariableId> scope, std::vector<int> cardinalities, double value) {
  check_scope(scope, cardinalities);
  std::vector<double> values(cell_count(cardinalities), value);
  return {std::move(scope), std::move(cardinalities), std::move(values)};
}

int Factor::position(VariableId v) const {
  const auto found = std::find(scope_.begin(), scope_.end(), v);
  return found == scope_.end() ? -1 : static_cast<int>(found - scope_.begin());
}

int Factor::cardinality(VariableId v) const {
  const int place = position(v);
  if (place < 0) throw InvalidArgument("Factor", "variable", std::to_string(v), "in the scope");
  return cardinalities_[static_cast<std::size_t>(place)];
}

std::size_t Factor::cell(std::span<const int> assignment) const {
  if (assignment.size() != scope_.size()) {
    throw InvalidArgument("Factor", "assignment", std::to_string(assignment.size()) + " values", "one per variable");
  }
  std::size_t cell = 0;
  for (std::size_t i = 0; i < scope_.size(); ++i) {
    if (assignment[i] < 0 || assignment[i] >= cardinalities_[i]) {
      throw InvalidArgument("Factor", "value of variable " + std::to_string(scope_[i]), std::to_string(assignment[i]),
                            "in 0.." + std::to_string(cardinalities_[i] - 1));
    }
    cell = cell * static_cast<std::size_t>(cardinalities_[i]) + static_cast<std::size_t>(assignment[i]);
  }
  return cell;
}

std::vector<int> Factor::assignment(std::size_t cell) const {
  std::vector<int> digits(scope_.size());
  for (std::size_t i = scope_.size(); i-- > 0;) {
    const auto cardinality = static_cast<std::size_t>(cardinalities_[i]);
    digits[i] = static_cast<int>(cell % cardinality);
    cell /= cardinality;
  }
  return digits;
}

double Factor::total() const {
  double sum = 0;
  for (const double v : values_) sum += v;
  return sum;
}

Factor Factor::marginal(std::span<const VariableId> keep) const {
  std::vector<VariableId> scope(keep.begin(), keep.end());
  std::vector<int> cardinalities;
  for (const VariableId v : scope) cardinalities.push_back(cardinality(v));
  Factor result = constant(std::move(scope), std::move(cardinalities), 0.0);
  Odometer target(cardinalities_, strides_in(scope_, result));
  for (const double v : values_) {
    result.values_[target.offset()] += v;
    target.advance();
  }
  return result;
}

Factor Factor::sum_out(std::span<const VariableId> variables) const {
  std::vector<VariableId> keep;
  for (const VariableId v : scope_) {
    if (std::find(variables.begin(), variables.end(), v) == variables.end()) keep.push_back(v);
  }
  return keep.size() == scope_.size() ? *this : marginal(keep);
}

Factor Factor::slice(VariableId v, int value) const {
  const int cards = cardinality(v);
  if (value < 0 || value >= cards) {
    throw InvalidArgument("Factor::slice", "value of variable " + std::to_string(v), std::to_string(value),
                          "in 0.." + std::to_string(cards - 1));
  }
  const auto place = static_cast<std::size_t>(position(v));
  Factor result;
  result.scope_ = scope_;
  result.cardinalities_ = cardinalities_;
  result.scope_.erase(result.scope_.begin() + static_cast<std::ptrdiff_t>(place));
  result.cardinalities_.erase(result.cardinalities_.begin() + static_cast<std::ptrdiff_t>(place));
  const std::size_t inner = strides_of(cardinalities_)[place];
  const std::size_t block = inner * static_cast<std::size_t>(cards);
  result.values_.clear();
  result.values_.reserve(values_.size() / static_cast<std::size_t>(cards));
  for (std::size_t start = inner * static_cast<std::size_t>(value); start < values_.size(); start += block) {
    const auto first = values_.begin() + static_cast<std::ptrdiff_t>(start);
    result.values_.insert(result.values_.end(), first, first + static_cast<std::ptrdiff_t>(inner));
  }
  return result;
}

Factor Factor::renamed(std::vector<VariableId> names) const {
  check_scope(names, cardinalities_);
  Factor result = *this;
  result.scope_ = std::move(names);
  return result;
}

Factor Factor::scaled(double factor) const {
  Factor result = *this;
  for (double& v : result.values_) v *= factor;
  return result;
}

Factor product(const Factor& a, const Factor& b) {
  std::vector<VariableId> scope = a.scope();
  std::vector<int> cardinalities = a.cardinalities();
  for (std::size_t i = 0; i < b.scope().size(); ++i) {
    const VariableId v = b.scope()[i];
    if (!a.contains(v)) {
      scope.push_back(v);
      cardinalities.push_back(b.cardinalities()[i]);
    } else if (a.cardinality(v) != b.cardinalities()[i]) {
      throw InvalidArgument("product", "cardinality of variable " + std::to_string(v),
                            std::to_string(b.cardinalities()[i]), "the same in both factors");
    }
  }
  std::vector<double> values(cell_count(cardinalities));
  Odometer in_a(cardinalities, strides_in(scope, a));
  Odometer in_b(cardinalities, strides_in(scope, b));
  for (double& value : values) {
    value = a.values()[in_a.offset()] * b.values()[in_b.offset()];
    in_a.advance();
    in_b.advance();
  }
  return {std::move(scope), std::move(cardinalities), std::move(values)};
}

Quotient quotient(const Factor& a, const Factor& b) {
  for (const VariableId v : b.scope()) {
    if (a.cardinality(v) != b.cardinality(v)) {
      throw InvalidArgument("quotient", "cardinality of variable " + std::to_string(v),
                            std::to_string(b.cardinality(v)), "the same in both factors");
    }
  }
  Quotient result;
  std::vector<double> values(a.size());
  Odometer divisor(a.cardinalities(), strides_in(a.scope(), b));
  for (std::size_t i = 0; i < values.size(); ++i, divisor.advance()) {
    const double d = b.values()[divisor.offset()];
    if (d == 0) {
      result.zero_divide.push_back(i);
    } else {
      values[i] = a.values()[i] / d;
    }
  }
  result.value = Factor(a.scope(), a.cardinalities(), std::move(values));
  return result;
}

double max_difference(const Factor& a, const Factor& b) {
  const Factor aligned = b.permuted(a.scope());
  if (aligned.size() != a.size() || b.scope().size() != a.scope().size()) {
    throw InvalidArgument("max_difference: the factors are over different variables");
  }
  double largest = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    largest = std::max(largest, std::abs(a.values()[i] - aligned.values()[i]));
  }
  return largest;
}

}  // namespace causal
