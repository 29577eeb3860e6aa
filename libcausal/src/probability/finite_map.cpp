#include "causal/probability/finite_map.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "causal/run/error.hpp"

namespace causal {

namespace {

std::size_t product_of(const std::vector<int>& cardinalities) {
  std::size_t product = 1;
  for (const int c : cardinalities) {
    if (c < 1) throw InvalidArgument("FiniteMap", "cardinality", std::to_string(c), "at least 1");
    product *= static_cast<std::size_t>(c);
  }
  return product;
}

std::vector<int> joined(std::vector<int> a, const std::vector<int>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

}  // namespace

FiniteMap::FiniteMap(std::vector<int> in, std::vector<int> out, std::vector<double> values)
    : in_(std::move(in)), out_(std::move(out)), rows_(product_of(out_)), values_(std::move(values)) {
  const std::size_t cells = rows_ * product_of(in_);
  if (values_.size() != cells) {
    throw InvalidArgument("FiniteMap", "values", std::to_string(values_.size()) + " numbers",
                          "one per pair of output and input (" + std::to_string(cells) + ")");
  }
  const auto bad =
      std::find_if(values_.begin(), values_.end(), [](double v) { return !(v >= 0) || !std::isfinite(v); });
  if (bad != values_.end()) throw InvalidArgument("FiniteMap", "value", std::to_string(*bad), "finite and at least 0");
}

double FiniteMap::column_defect() const {
  double worst = 0;
  for (std::size_t a = 0; a < columns(); ++a) {
    double sum = 0;
    for (const double value : column(a)) sum += value;
    worst = std::max(worst, std::abs(1 - sum));
  }
  return worst;
}

FiniteMap then(const FiniteMap& f, const FiniteMap& g) {
  if (f.out() != g.in()) throw InvalidArgument("then: the sets between the two channels differ");
  const Eigen::MatrixXd product = g.matrix() * f.matrix();
  return {f.in(), g.out(), std::vector<double>(product.data(), product.data() + product.size())};
}

FiniteMap tensor(const FiniteMap& f, const FiniteMap& g) {
  std::vector<double> values;
  values.reserve(f.values().size() * g.values().size());
  for (std::size_t a = 0; a < f.columns(); ++a) {
    for (std::size_t c = 0; c < g.columns(); ++c) {
      for (const double left : f.column(a)) {
        for (const double right : g.column(c)) values.push_back(left * right);
      }
    }
  }
  return {joined(f.in(), g.in()), joined(f.out(), g.out()), std::move(values)};
}

bool PartialMap::total() const { return std::find(undefined.begin(), undefined.end(), true) == undefined.end(); }

PartialMap normalise(const FiniteMap& map) {
  std::vector<double> values = map.values();
  std::vector<bool> undefined(map.columns(), false);
  for (std::size_t a = 0; a < map.columns(); ++a) {
    const auto first = values.begin() + static_cast<std::ptrdiff_t>(a * map.rows());
    const auto last = first + static_cast<std::ptrdiff_t>(map.rows());
    double sum = 0;
    for (auto value = first; value != last; ++value) sum += *value;
    undefined[a] = sum == 0;
    if (sum == 0) continue;
    for (auto value = first; value != last; ++value) *value /= sum;
  }
  return {FiniteMap(map.in(), map.out(), std::move(values)), std::move(undefined)};
}

PartialMap disintegrate(const FiniteMap& map, std::size_t given) {
  if (given > map.out().size()) {
    throw InvalidArgument("disintegrate", "given", std::to_string(given),
                          "at most the number of outputs (" + std::to_string(map.out().size()) + ")");
  }
  // The layout does the work: the cells of one a are contiguous whatever side of the arrow a stands on.
  const auto split = map.out().begin() + static_cast<std::ptrdiff_t>(given);
  return normalise(FiniteMap(joined(map.in(), {map.out().begin(), split}), {split, map.out().end()}, map.values()));
}

PartialMap bayesian_inversion(const FiniteMap& prior, const FiniteMap& channel) {
  if (!prior.in().empty() || prior.out() != channel.in()) {
    throw InvalidArgument("bayesian_inversion: the prior is not a state on the inputs of the channel");
  }
  std::vector<double> values(channel.values().size());
  for (std::size_t a = 0; a < channel.columns(); ++a) {
    for (std::size_t b = 0; b < channel.rows(); ++b) {
      values[b * channel.columns() + a] = channel(b, a) * prior(a, 0);
    }
  }
  return normalise(FiniteMap(channel.out(), channel.in(), std::move(values)));
}

}  // namespace causal
