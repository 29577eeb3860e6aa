#pragma once
// Channels between finite sets as column-stochastic matrices; normalisation, conditioning, Bayesian inversion.

#include <Eigen/Core>
#include <span>
#include <vector>

namespace causal {

/// A matrix M(b, a) >= 0 from a product of finite sets to another: the probability of b given a. In a product the FIRST
/// set is the most significant digit of a row or column number. A channel when every column sums to 1; a state when
/// there is one column.
class FiniteMap {
 public:
  /// The number 1: the channel from the one-point set to itself.
  FiniteMap() : values_{1.0} {}
  /// `values` column after column: values[a * rows() + b] = M(b, a). Cardinalities of the input and output sets.
  /// Errors: InvalidArgument for a cardinality below 1, a wrong number of values, one that is negative or not finite.
  FiniteMap(std::vector<int> in, std::vector<int> out, std::vector<double> values);

  [[nodiscard]] const std::vector<int>& in() const { return in_; }
  [[nodiscard]] const std::vector<int>& out() const { return out_; }
  [[nodiscard]] std::size_t rows() const { return rows_; }
  [[nodiscard]] std::size_t columns() const { return values_.size() / rows_; }
  [[nodiscard]] double operator()(std::size_t b, std::size_t a) const { return values_[a * rows_ + b]; }
  [[nodiscard]] std::span<const double> column(std::size_t a) const { return {values_.data() + a * rows_, rows_}; }
  [[nodiscard]] const std::vector<double>& values() const { return values_; }
  /// rows() x columns(), a view.
  [[nodiscard]] Eigen::Map<const Eigen::MatrixXd> matrix() const {
    return {values_.data(), static_cast<Eigen::Index>(rows_), static_cast<Eigen::Index>(columns())};
  }
  /// The largest |1 - sum| of a column.
  [[nodiscard]] double column_defect() const;

  friend bool operator==(const FiniteMap&, const FiniteMap&) = default;

 private:
  std::vector<int> in_, out_;
  std::size_t rows_ = 1;
  std::vector<double> values_;
};

/// First f, then g: the matrix product g f. Errors: InvalidArgument when the sets between differ.
[[nodiscard]] FiniteMap then(const FiniteMap& f, const FiniteMap& g);
/// Side by side: the Kronecker product.
[[nodiscard]] FiniteMap tensor(const FiniteMap& f, const FiniteMap& g);

/// A channel that some inputs leave undefined: their columns are 0, never NaN and never filled.
struct PartialMap {
  FiniteMap map;
  std::vector<bool> undefined;  ///< Per column.
  [[nodiscard]] bool total() const;
};

/// Every column over its sum; a column without mass is undefined.
/// Source: Lorenz and Tull 2023, section 8, normalisation boxes.
[[nodiscard]] PartialMap normalise(const FiniteMap& map);

/// Of a map to A x B, where A is the first `given` output sets, the conditional in x A -> B. On a state this is its
/// disintegration; a cell of A without mass is undefined. Errors: InvalidArgument for `given` out of range.
[[nodiscard]] PartialMap disintegrate(const FiniteMap& map, std::size_t given);

/// The channel from outputs back to inputs when these are distributed as `prior`; an output of probability 0 is
/// undefined. Errors: InvalidArgument unless `prior` is a state on the inputs.
[[nodiscard]] PartialMap bayesian_inversion(const FiniteMap& prior, const FiniteMap& channel);

}  // namespace causal
