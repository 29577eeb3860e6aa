#include "small_matrix.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace causal::bandits {

bool cholesky_in_place(Eigen::MatrixXd& a, double least) {
  const Eigen::Index n = a.rows();
  for (Eigen::Index j = 0; j < n; ++j) {
    const double diagonal = a(j, j);
    double pivot = diagonal;
    for (Eigen::Index k = 0; k < j; ++k) pivot -= a(j, k) * a(j, k);
    if (!(pivot > 0) || !(pivot > least * diagonal)) return false;
    a(j, j) = std::sqrt(pivot);
    for (Eigen::Index i = j + 1; i < n; ++i) {
      double sum = a(i, j);
      for (Eigen::Index k = 0; k < j; ++k) sum -= a(i, k) * a(j, k);
      a(i, j) = sum / a(j, j);
    }
  }
  return true;
}

void solve_lower(const Eigen::MatrixXd& factor, Eigen::VectorXd& b) {
  for (Eigen::Index i = 0; i < b.size(); ++i) {
    double sum = b(i);
    for (Eigen::Index k = 0; k < i; ++k) sum -= factor(i, k) * b(k);
    b(i) = sum / factor(i, i);
  }
}

void solve_lower_transposed(const Eigen::MatrixXd& factor, Eigen::VectorXd& b) {
  for (Eigen::Index i = b.size(); i-- > 0;) {
    double sum = b(i);
    for (Eigen::Index k = i + 1; k < b.size(); ++k) sum -= factor(k, i) * b(k);
    b(i) = sum / factor(i, i);
  }
}

Eigen::MatrixXd inverse_from_cholesky(const Eigen::MatrixXd& factor) {
  const Eigen::Index n = factor.rows();
  Eigen::MatrixXd inverse(n, n);
  for (Eigen::Index j = 0; j < n; ++j) {
    Eigen::VectorXd column = Eigen::VectorXd::Zero(n);
    column(j) = 1;
    solve_lower(factor, column);
    solve_lower_transposed(factor, column);
    for (Eigen::Index i = 0; i < n; ++i) inverse(i, j) = column(i);
  }
  return inverse;
}

std::pair<double, double> eigenvalue_range(Eigen::MatrixXd a) {
  constexpr int kSweeps = 60;
  const Eigen::Index n = a.rows();
  double size = 0;
  for (Eigen::Index k = 0; k < a.size(); ++k) size += a.data()[k] * a.data()[k];
  for (int sweep = 0; sweep < kSweeps; ++sweep) {
    double off = 0;
    for (Eigen::Index j = 1; j < n; ++j) {
      for (Eigen::Index i = 0; i < j; ++i) off += a(i, j) * a(i, j);
    }
    if (off <= 1e-30 * size) break;
    for (Eigen::Index q = 1; q < n; ++q) {
      for (Eigen::Index p = 0; p < q; ++p) {
        if (a(p, q) == 0) continue;
        const double theta = (a(q, q) - a(p, p)) / (2 * a(p, q));
        const double t = std::copysign(1.0, theta) / (std::abs(theta) + std::sqrt(1 + theta * theta));
        const double c = 1 / std::sqrt(1 + t * t), s = t * c;
        for (Eigen::Index k = 0; k < n; ++k) {
          const double x = a(k, p), y = a(k, q);
          a(k, p) = c * x - s * y;
          a(k, q) = s * x + c * y;
        }
        for (Eigen::Index k = 0; k < n; ++k) {
          const double x = a(p, k), y = a(q, k);
          a(p, k) = c * x - s * y;
          a(q, k) = s * x + c * y;
        }
      }
    }
  }
  double low = a(0, 0), high = a(0, 0);
  for (Eigen::Index k = 1; k < n; ++k) {
    low = std::min(low, a(k, k));
    high = std::max(high, a(k, k));
  }
  return {low, high};
}

bool solve_both(const Eigen::MatrixXd& given, Eigen::VectorXd& b, Eigen::VectorXd& c) {
  const Eigen::Index n = given.rows();
  Eigen::MatrixXd a = given;
  std::vector<Eigen::Index> swapped(static_cast<std::size_t>(n));
  double largest = 0, smallest = std::numeric_limits<double>::infinity();
  for (Eigen::Index j = 0; j < n; ++j) {  // P a = L U
    Eigen::Index row = j;
    for (Eigen::Index i = j + 1; i < n; ++i) {
      if (std::abs(a(i, j)) > std::abs(a(row, j))) row = i;
    }
    const double pivot = std::abs(a(row, j));
    largest = std::max(largest, pivot);
    smallest = std::min(smallest, pivot);
    if (!(smallest > 1e-12 * largest)) return false;
    swapped[static_cast<std::size_t>(j)] = row;
    if (row != j) {
      for (Eigen::Index k = 0; k < n; ++k) std::swap(a(row, k), a(j, k));
      std::swap(b(row), b(j));
    }
    for (Eigen::Index i = j + 1; i < n; ++i) a(i, j) /= a(j, j);
    for (Eigen::Index k = j + 1; k < n; ++k) {
      for (Eigen::Index i = j + 1; i < n; ++i) a(i, k) -= a(i, j) * a(j, k);
    }
  }
  for (Eigen::Index i = 0; i < n; ++i) {  // L U b = P b
    for (Eigen::Index k = 0; k < i; ++k) b(i) -= a(i, k) * b(k);
  }
  for (Eigen::Index i = n; i-- > 0;) {
    for (Eigen::Index k = i + 1; k < n; ++k) b(i) -= a(i, k) * b(k);
    b(i) /= a(i, i);
  }
  for (Eigen::Index i = 0; i < n; ++i) {  // U^T L^T P c = c
    for (Eigen::Index k = 0; k < i; ++k) c(i) -= a(k, i) * c(k);
    c(i) /= a(i, i);
  }
  for (Eigen::Index i = n; i-- > 0;) {
    for (Eigen::Index k = i + 1; k < n; ++k) c(i) -= a(k, i) * c(k);
  }
  for (Eigen::Index j = n; j-- > 0;) std::swap(c(j), c(swapped[static_cast<std::size_t>(j)]));
  return true;
}

}  // namespace causal::bandits
