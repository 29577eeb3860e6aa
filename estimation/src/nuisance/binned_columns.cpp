#include "causal/estimation/nuisance/binned_columns.hpp"

#include <algorithm>

#include "causal/run/parallel.hpp"

namespace causal::estimation {
namespace {

constexpr std::size_t kBins = 256;

/// A number with low <= result < high, in the middle where that can be had.
double between(double low, double high) {
  const double middle = low + (high - low) / 2;
  return middle < high ? middle : low;
}

/// Cuts between all distinct values, or where equally many rows lie on either side when there are too many.
std::vector<double> cuts_of(std::vector<double> sorted) {
  std::sort(sorted.begin(), sorted.end());
  std::vector<double> cuts;
  std::size_t distinct = 0;
  for (std::size_t i = 0; i < sorted.size() && distinct <= kBins; ++i) {
    if (i == 0 || sorted[i] != sorted[i - 1]) ++distinct;
  }
  const bool all = distinct <= kBins;
  const auto n = static_cast<double>(sorted.size());
  for (std::size_t i = 1; i < sorted.size(); ++i) {
    if (sorted[i] == sorted[i - 1]) continue;
    // A bin ends at the first change of value at or past its share of the rows that earlier bins have left.
    const double due = n * static_cast<double>(cuts.size() + 1) / static_cast<double>(kBins);
    if (all || (static_cast<double>(i) >= due && cuts.size() + 1 < kBins)) {
      cuts.push_back(between(sorted[i - 1], sorted[i]));
    }
  }
  return cuts;
}

std::uint8_t code_of(const std::vector<double>& cuts, double value) {
  return static_cast<std::uint8_t>(std::lower_bound(cuts.begin(), cuts.end(), value) - cuts.begin());
}

}  // namespace

BinnedColumns::BinnedColumns(const Eigen::Ref<const Eigen::MatrixXd>& X, int threads)
    : rows_(X.rows()),
      codes_(static_cast<std::size_t>(X.rows() * X.cols())),
      cuts_(static_cast<std::size_t>(X.cols())) {
  parallel_for(X.cols(), threads, [&](std::int64_t j) {
    std::vector<double>& cuts = cuts_[static_cast<std::size_t>(j)];
    const double* const values = X.data() + j * X.outerStride();
    cuts = cuts_of(std::vector<double>(values, values + rows_));
    for (std::int64_t i = 0; i < rows_; ++i) codes_[static_cast<std::size_t>(j * rows_ + i)] = code_of(cuts, values[i]);
  });
}

std::vector<std::uint8_t> encode_rows(const std::vector<std::vector<double>>& cuts,
                                      const Eigen::Ref<const Eigen::MatrixXd>& X, int threads) {
  const Eigen::Index p = X.cols();
  std::vector<std::uint8_t> codes(static_cast<std::size_t>(X.rows() * p));
  parallel_chunks(X.rows(), 1024, threads, [&](std::int64_t begin, std::int64_t end, int) {
    for (Eigen::Index j = 0; j < p; ++j) {
      const std::vector<double>& column = cuts[static_cast<std::size_t>(j)];
      for (std::int64_t i = begin; i < end; ++i) codes[static_cast<std::size_t>(i * p + j)] = code_of(column, X(i, j));
    }
  });
  return codes;
}

}  // namespace causal::estimation
