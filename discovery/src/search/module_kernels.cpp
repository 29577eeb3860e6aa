#include "module_kernels.hpp"

#include <algorithm>
#include <cmath>

namespace causal::discovery::detail {
namespace {

constexpr double kExactTolerance = 1e-13;

struct Growth {
  KernelFactor factor;
  bool converged = false;
};

// `hopeless(k, largest)` is asked after k steps with the largest remaining diagonal entry.
template <class Hopeless>
Growth grow_factor(const KernelColumns& columns, double tolerance, Eigen::Index max_rank, Hopeless&& hopeless) {
  const Eigen::Index n = columns.rows();
  max_rank = std::min(max_rank, n);
  Growth out;
  Eigen::MatrixXd features(max_rank, n);
  Eigen::VectorXd left = Eigen::VectorXd::Ones(n);
  Eigen::VectorXd row(n);
  Eigen::Index k = 0;
  for (;; ++k) {
    Eigen::Index pivot = 0;
    const double largest = left.maxCoeff(&pivot);
    out.converged = largest <= tolerance;
    if (out.converged || k == max_rank || hopeless(k, largest)) break;
    columns.kernel(pivot, 0, row);
    if (k > 0) row.noalias() -= features.topRows(k).transpose() * features.col(pivot).head(k);
    row /= std::sqrt(largest);
    for (const Eigen::Index done : out.factor.pivots) row[done] = 0;
    features.row(k) = row.transpose();
    left -= row.cwiseAbs2();
    left[pivot] = 0;
    out.factor.pivots.push_back(pivot);
  }
  out.factor.features = features.topRows(k);
  return out;
}

}  // namespace

bool KernelColumns::constant() const {
  const auto same = [](const Eigen::MatrixXd& values) {
    return values.size() == 0 || (values.colwise() - values.col(0)).cwiseAbs().maxCoeff() == 0;
  };
  return same(numeric) && same(nominal);
}

void KernelColumns::kernel(const KernelColumns& other, Eigen::Index row, Eigen::Index from,
                           Eigen::Ref<Eigen::VectorXd> out) const {
  const Eigen::Index size = out.size();
  if (numeric.rows() == 1) {
    const double at = other.numeric(0, row);
    const double* const values = numeric.data() + from;
    for (Eigen::Index j = 0; j < size; ++j) out[j] = std::exp(-0.5 * (values[j] - at) * (values[j] - at));
  } else if (numeric.rows() == 0) {
    out.setOnes();
  } else {
    for (Eigen::Index j = 0; j < size; ++j) {
      out[j] = std::exp(-0.5 * (numeric.col(from + j) - other.numeric.col(row)).squaredNorm());
    }
  }
  for (Eigen::Index k = 0; k < nominal.rows(); ++k) {
    const double code = other.nominal(k, row);
    for (Eigen::Index j = 0; j < size; ++j) {
      if (nominal(k, from + j) != code) out[j] = 0;
    }
  }
}

void KernelColumns::kernel(Eigen::Index row, Eigen::Index from, Eigen::Ref<Eigen::VectorXd> out) const {
  kernel(*this, row, from, out);
}

Eigen::MatrixXd KernelColumns::gram() const {
  const Eigen::Index n = rows();
  Eigen::MatrixXd gram(n, n);
  for (Eigen::Index j = 0; j < n; ++j) kernel(j, j, gram.col(j).tail(n - j));
  gram.triangularView<Eigen::StrictlyUpper>() = gram.transpose();
  return gram;
}

KernelColumns KernelColumns::select(std::span<const Eigen::Index> which) const {
  const auto size = static_cast<Eigen::Index>(which.size());
  KernelColumns out{Eigen::MatrixXd(numeric.rows(), size), Eigen::MatrixXd(nominal.rows(), size)};
  for (Eigen::Index i = 0; i < size; ++i) {
    out.numeric.col(i) = numeric.col(which[static_cast<std::size_t>(i)]);
    out.nominal.col(i) = nominal.col(which[static_cast<std::size_t>(i)]);
  }
  return out;
}

Eigen::VectorXd standardised(const Eigen::Ref<const Eigen::VectorXd>& column) {
  const Eigen::Index n = column.size();
  if (n < 2 || column.minCoeff() == column.maxCoeff()) return Eigen::VectorXd::Zero(n);
  const Eigen::VectorXd centred = column.array() - column.mean();
  const double sd = std::sqrt(centred.squaredNorm() / static_cast<double>(n - 1));
  if (!(sd > 0)) return Eigen::VectorXd::Zero(n);
  return centred / sd;
}

KernelColumns kernel_columns(const NodeTable& table, std::span<const NodeId> nodes, double width,
                             std::span<const Eigen::Index> rows) {
  Eigen::Index numeric = 0;
  Eigen::Index nominal = 0;
  for (const NodeId v : nodes) {
    numeric += table.node(v).numeric.cols();
    nominal += table.node(v).nominal.cols();
  }
  const auto n = static_cast<Eigen::Index>(rows.size());
  KernelColumns out{Eigen::MatrixXd(numeric, n), Eigen::MatrixXd(nominal, n)};
  Eigen::Index q = 0;
  Eigen::Index k = 0;
  for (const NodeId v : nodes) {
    const Node& node = table.node(v);
    for (Eigen::Index j = 0; j < node.numeric.cols(); ++j, ++q) {
      const Eigen::VectorXd scaled = standardised(node.numeric.col(j)) / width;
      for (Eigen::Index i = 0; i < n; ++i) out.numeric(q, i) = scaled[rows[static_cast<std::size_t>(i)]];
    }
    for (Eigen::Index j = 0; j < node.nominal.cols(); ++j, ++k) {
      for (Eigen::Index i = 0; i < n; ++i) out.nominal(k, i) = node.nominal(rows[static_cast<std::size_t>(i)], j);
    }
  }
  return out;
}

KernelFactor pivoted_factor(const KernelColumns& columns, double tolerance, Eigen::Index max_rank) {
  return grow_factor(columns, tolerance, max_rank, [](Eigen::Index, double) { return false; }).factor;
}

std::optional<KernelFactor> exact_factor(const KernelColumns& columns) {
  const Eigen::Index n = columns.rows();
  // The products with a factor cost about r / n of those with the full matrix, making it r^2 / n^2 at a slower rate.
  // Kernels of high rank show early: after some pivots there are still rows that resemble none of them.
  const Eigen::Index look = std::max<Eigen::Index>(64, n / 8);
  Growth growth = grow_factor(columns, kExactTolerance, std::max<Eigen::Index>(n / 2, std::min<Eigen::Index>(n, 128)),
                              [look](Eigen::Index k, double largest) { return k == look && largest > 0.1; });
  if (!growth.converged) return std::nullopt;
  return std::move(growth.factor);
}

}  // namespace causal::discovery::detail
