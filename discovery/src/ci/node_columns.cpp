#include "node_columns.hpp"

#include <algorithm>
#include <cmath>
#include <unordered_map>

namespace causal::discovery {
namespace {

// Codes in order of first occurrence of keys that key(i) gives for i in [0, n).
template <class Key>
CodedColumn coded(std::int64_t n, const Key& key) {
  CodedColumn column;
  column.codes.reserve(static_cast<std::size_t>(n));
  std::unordered_map<std::int64_t, std::int32_t> code_of;
  for (std::int64_t i = 0; i < n; ++i) {
    const auto [at, fresh] = code_of.emplace(key(i), column.levels());
    if (fresh) column.share.push_back(0);
    column.share[static_cast<std::size_t>(at->second)] += 1;
    column.codes.push_back(at->second);
  }
  for (double& share : column.share) share /= static_cast<double>(n);
  return column;
}

}  // namespace

NumericColumn::NumericColumn(const double* cells, std::int64_t n) : cells_(cells) { standardise(n); }

NumericColumn::NumericColumn(std::vector<double> cells) : gathered_(std::move(cells)), cells_(gathered_.data()) {
  standardise(static_cast<std::int64_t>(gathered_.size()));
}

void NumericColumn::standardise(std::int64_t n) {
  if (n == 0) return;
  const auto [low, high] = std::minmax_element(cells_, cells_ + n);
  if (*low == *high) return;
  const double largest = std::max(std::abs(*low), std::abs(*high));
  unit_ = std::ldexp(1.0, std::clamp(-std::ilogb(largest), -1000, 1000));
  double sum = 0;
  for (std::int64_t i = 0; i < n; ++i) sum += cells_[i] * unit_;
  mean_ = sum / static_cast<double>(n);
  double squares = 0;
  for (std::int64_t i = 0; i < n; ++i) squares += (cells_[i] * unit_ - mean_) * (cells_[i] * unit_ - mean_);
  if (!(squares > 0)) return;  // differences of 1e-160 and less: as good as constant
  inverse_sd_ = std::sqrt(static_cast<double>(n - 1) / squares);
  smallest_z_ = z(low - cells_);
  largest_z_ = z(high - cells_);
}

NodeColumns node_columns(const Node& node, const std::vector<std::int64_t>* rows) {
  NodeColumns columns{.name = node.name, .surrogate = node.surrogate};
  const std::int64_t n =
      rows != nullptr ? static_cast<std::int64_t>(rows->size()) : std::max(node.numeric.rows(), node.nominal.rows());
  const auto row = [&](std::int64_t i) { return rows != nullptr ? (*rows)[static_cast<std::size_t>(i)] : i; };
  for (Eigen::Index j = 0; j < node.numeric.cols(); ++j) {
    const double* cells = node.numeric.col(j).data();
    std::vector<double> gathered;
    if (rows != nullptr) {
      for (const std::int64_t i : *rows) gathered.push_back(cells[i]);
    }
    NumericColumn column = rows != nullptr ? NumericColumn(std::move(gathered)) : NumericColumn(cells, n);
    if (!column.constant()) columns.numeric.push_back(std::move(column));
  }
  for (Eigen::Index j = 0; j < node.nominal.cols(); ++j) {
    const double* cells = node.nominal.col(j).data();
    CodedColumn column = coded(n, [&](std::int64_t i) { return static_cast<std::int64_t>(cells[row(i)]); });
    if (column.levels() > 1) columns.nominal.push_back(std::move(column));
  }
  return columns;
}

CodedColumn combined_levels(std::span<const CodedColumn* const> columns) {
  CodedColumn combined = *columns.front();
  for (const CodedColumn* next : columns.subspan(1)) {
    combined = coded(static_cast<std::int64_t>(next->codes.size()), [&](std::int64_t i) {
      const auto at = static_cast<std::size_t>(i);
      return std::int64_t{combined.codes[at]} * next->levels() + next->codes[at];
    });
  }
  return combined;
}

bool linear_function(const NodeColumns& target, std::span<const std::shared_ptr<const NodeColumns>> others,
                     std::int64_t n) {
  constexpr double kTolerance = 1e-10;
  std::vector<const NumericColumn*> columns;
  for (const auto& other : others) {
    for (const NumericColumn& column : other->numeric) columns.push_back(&column);
  }
  const auto q = static_cast<Eigen::Index>(columns.size());
  if (q == 0 || !target.nominal.empty()) return false;
  for (const NumericColumn& column : target.numeric) columns.push_back(&column);
  const auto all = static_cast<Eigen::Index>(columns.size());
  Eigen::MatrixXd S = Eigen::MatrixXd::Zero(all, all);
  Eigen::VectorXd row(all);
  for (std::int64_t i = 0; i < n; ++i) {
    for (Eigen::Index j = 0; j < all; ++j) row[j] = columns[static_cast<std::size_t>(j)]->z(i);
    for (Eigen::Index j = 0; j < all; ++j) {
      for (Eigen::Index k = 0; k < q; ++k) S(j, k) += row[j] * row[k];
      S(j, j) += j >= q ? row[j] * row[j] : 0;
    }
  }
  S /= static_cast<double>(n - 1);
  // Takes the others out one by one; what is left of one that others explain is rounding, and is passed over.
  for (Eigen::Index k = 0; k < q; ++k) {
    if (S(k, k) < kTolerance) continue;
    for (Eigen::Index j = k + 1; j < all; ++j) {
      const double factor = S(j, k) / S(k, k);
      for (Eigen::Index l = k + 1; l < std::min(j + 1, q); ++l) S(j, l) -= factor * S(l, k);
      if (j >= q) S(j, j) -= factor * S(j, k);
    }
  }
  for (Eigen::Index j = q; j < all; ++j) {
    if (!(S(j, j) < kTolerance)) return false;
  }
  return true;
}

}  // namespace causal::discovery
