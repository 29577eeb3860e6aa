#include "causal/discovery/ci/kci.hpp"

#include <fmt/format.h>

#include <Eigen/Cholesky>
#include <Eigen/QR>
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>

#include "bounded_cache.hpp"
#include "causal/math/optimize.hpp"
#include "causal/math/product.hpp"
#include "causal/run/error.hpp"
#include "causal/run/parallel.hpp"
#include "gp_widths.hpp"
#include "kci_null.hpp"
#include "kernel_columns.hpp"

namespace causal::discovery {
namespace {

using detail::KernelColumns;
using detail::StandardisedNode;

constexpr std::int64_t kFewestRows = 30;
constexpr std::int64_t kMostExactRows = 2000;
constexpr double kExactTolerance = 1e-10;   // residual diagonal: what is left out changes p in the eighth digit
constexpr double kGivenTolerance = 1e-12;   // of what is given, whose errors the ridge magnifies
constexpr double kLowRankTolerance = 1e-6;  // the same where the rank is bounded
constexpr double kThinExact = 1e-7;         // share of the squares left out where only their sum is wanted
constexpr double kThinLowRank = 5e-3;
constexpr double kLinear = 1e-10;        // residual variance of a column that is a linear function of others
constexpr double kLeastResidual = 1e-4;  // share of a kernel's trace: with less left, it is a function of S

using CacheKey = std::vector<std::int32_t>;

// A kernel ridge regression on S: what it leaves of other factors.
struct Regression {
  Eigen::MatrixXd F;  // n x r, centred factor of the kernel of S
  Eigen::LLT<Eigen::MatrixXd> normal;

  [[nodiscard]] Eigen::MatrixXd residuals(const Eigen::MatrixXd& G, int threads) const {
    if (F.cols() == 0) return G;
    return G - product(F, normal.solve(cross_product(F, G, threads)), threads);
  }
};

struct Factor {
  detail::KernelSide side;
  double kept_share = 1;  // of the trace before the regression on S
};

std::int64_t bytes_of(const Eigen::MatrixXd& matrix) { return matrix.size() * std::int64_t{sizeof(double)}; }

void append_columns(Eigen::MatrixXd& to, const Eigen::MatrixXd& more) {
  if (more.cols() == 0) return;
  to.conservativeResize(more.rows(), to.cols() + more.cols());
  to.rightCols(more.cols()) = more;
}

Eigen::MatrixXd centred(Eigen::MatrixXd F) {
  F.rowwise() -= F.colwise().mean().eval();
  return F;
}

double width_by_n(std::int64_t n, double small, double medium, double large) {
  return n < 200 ? small : n < 1200 ? medium : large;
}

}  // namespace

class Kci::Impl {
 public:
  Impl(NodeTable nodes, const KciOptions& options, const RunOptions& run)
      : table_(std::move(nodes)),
        options_(options),
        run_(run),
        regressions_(cache_bytes(0.2)),
        factors_(cache_bytes(0.8)) {
    validate(options, "kci");
    check_learning();
    check_nodes();
    check_memory();
    for (NodeId v = 0; v < table_.size(); ++v) {
      nodes_.push_back(table_.has_missing(v) ? StandardisedNode{} : detail::standardised(table_.node(v)));
    }
  }

  [[nodiscard]] const NodeTable& table() const { return table_; }

  [[nodiscard]] CiResult test(NodeId x, NodeId y, std::span<const NodeId> S) const {
    if (!comes_first(x, y)) std::swap(x, y);
    std::vector<NodeId> all(S.begin(), S.end());
    all.insert(all.end(), {x, y});
    if (std::none_of(all.begin(), all.end(), [&](NodeId v) { return table_.has_missing(v); })) {
      return test_complete(x, y, S);
    }
    return test_observed(S.size(), all);
  }

 private:
  // Whose kernel S is part of.
  [[nodiscard]] bool comes_first(NodeId x, NodeId y) const {
    if (table_.node(x).surrogate != table_.node(y).surrogate) return table_.node(y).surrogate;
    return table_.names()[slot(x)] < table_.names()[slot(y)];
  }

  [[nodiscard]] std::int64_t cache_bytes(double share) const {
    const std::int64_t most = std::min(options_.cache_bytes, run_.memory_limit_bytes / 4);
    return static_cast<std::int64_t>(share * static_cast<double>(most));
  }

  [[nodiscard]] bool is_exact() const {
    return options_.form == KciForm::Exact || (options_.form == KciForm::Auto && table_.rows() <= kMostExactRows);
  }

  void check_learning() const {
    if (options_.width != KernelWidth::Gp) return;
    if (!is_exact()) {
      throw InvalidArgument("kci", "width", "gp",
                            fmt::format("come with form = exact, for up to about {} rows", kMostExactRows));
    }
    if (!optimizer_available()) throw InvalidArgument("kci", "width", "gp", "come with a build that has Ceres");
  }

  void check_nodes() const {
    for (NodeId v = 0; v < table_.size(); ++v) {
      const std::vector<NodeId> one{v};
      const std::vector<std::int64_t> rows = table_.complete_rows(one);
      const std::string& name = table_.names()[slot(v)];
      if (std::ssize(rows) < kFewestRows) {
        throw DataError(
            fmt::format("'{}' is observed in {} rows: a kernel test needs {}", name, rows.size(), kFewestRows));
      }
      const Node node = table_.has_missing(v) ? table_.select_rows(rows).node(v) : table_.node(v);
      if (detail::standardised(node).is_constant()) {
        throw DataError(fmt::format("'{}' is constant", name), {}, fmt::format("Leave it out: --exclude {}", name));
      }
    }
  }

  void check_memory() const {
    const auto n = static_cast<double>(table_.rows());
    const double rank = is_exact() ? n : std::min<double>(n, options_.max_rank);
    const double bytes = resolve_threads(run_.threads) * 6 * n * rank * sizeof(double);
    if (bytes <= static_cast<double>(run_.memory_limit_bytes)) return;
    throw BudgetError(
        fmt::format("kernel tests on {} rows may need {:.3g} GiB, more than the limit of {:.3g} GiB", table_.rows(),
                    bytes / 1073741824.0, static_cast<double>(run_.memory_limit_bytes) / 1073741824.0),
        "kci", is_exact() ? "Use form = low_rank, or the test rcot." : "Use the test rcot.");
  }

  // Test-wise deletion: a table of its own, nothing shared.
  // `all` is S, then x and y.
  [[nodiscard]] CiResult test_observed(std::size_t given_count, const std::vector<NodeId>& all) const {
    const std::vector<std::int64_t> rows = table_.complete_rows(all);
    if (std::ssize(rows) < kFewestRows) return degenerate();
    std::vector<Node> nodes;
    for (const NodeId v : all) nodes.push_back(table_.node(v));
    const Impl observed(NodeTable(std::move(nodes)).select_rows(rows), options_, run_, Unchecked{});
    std::vector<NodeId> given(given_count);
    std::iota(given.begin(), given.end(), 0);
    const auto x = static_cast<NodeId>(given_count);
    if (observed.nodes_[slot(x)].is_constant() || observed.nodes_[slot(x + 1)].is_constant()) return degenerate();
    return observed.test_complete(x, x + 1, given);
  }

  struct Unchecked {};
  // A part of a table that was checked: constant nodes may only stand in S, where they say nothing.
  Impl(NodeTable nodes, const KciOptions& options, const RunOptions& run, Unchecked)
      : table_(std::move(nodes)), options_(options), run_(run), regressions_(0), factors_(0) {
    for (NodeId v = 0; v < table_.size(); ++v) nodes_.push_back(detail::standardised(table_.node(v)));
  }

  static CiResult degenerate() {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    return {.p_value = nan, .effect = nan, .status = Status::Degenerate};
  }

  // x comes first; every cell of the nodes is observed.
  [[nodiscard]] CiResult test_complete(NodeId x, NodeId y, std::span<const NodeId> S) const {
    std::vector<NodeId> given(S.begin(), S.end());
    std::erase_if(given, [&](NodeId v) { return nodes_[slot(v)].is_constant(); });
    std::sort(given.begin(), given.end());
    const detail::NullOptions null{options_.null, options_.null_draws, run_.seed, run_.threads};
    const auto fx = residual_factor(x, given, true);
    const auto fy = residual_factor(y, given, false);
    if (fx->kept_share < kLeastResidual || fy->kept_share < kLeastResidual) return degenerate();
    const detail::KernelPair pair{fx->side, fy->side};
    return given.empty() ? unconditional_result(pair, null) : conditional_result(pair, null);
  }

  // Numeric columns of the given variables, without the surrogate, which has a width of its own.
  [[nodiscard]] Eigen::Index numeric_columns(std::span<const NodeId> nodes) const {
    Eigen::Index count = 0;
    for (const NodeId v : nodes) count += nodes_[slot(v)].surrogate ? 0 : nodes_[slot(v)].numeric.cols();
    return count;
  }

  // 1 / width of the kernel over `nodes`, S being given.
  [[nodiscard]] double scale(std::span<const NodeId> nodes, std::span<const NodeId> given, bool beside_given) const {
    const std::int64_t n = table_.rows();
    switch (options_.width) {
      case KernelWidth::Manual:
        return 1 / options_.manual_width;
      case KernelWidth::Median:
        return 1 / median_width(nodes, beside_given ? given : std::span<const NodeId>());
      case KernelWidth::ByN:
      case KernelWidth::Gp:
        break;
    }
    const Eigen::Index columns = numeric_columns(given.empty() ? nodes : given);
    const double many = std::sqrt(static_cast<double>(std::max<Eigen::Index>(1, columns)));
    if (given.empty()) return 1 / (width_by_n(n, 0.8, 0.5, 0.3) * many);
    return 1 / ((columns >= 2 ? 1.2 : width_by_n(n, 1.2, 0.7, 0.4)) * many);
  }

  [[nodiscard]] double median_width(std::span<const NodeId> nodes, std::span<const NodeId> beside) const {
    std::vector<Eigen::VectorXd> columns;
    const auto add = [&](std::span<const NodeId> some, double factor) {
      for (const NodeId v : some) {
        const StandardisedNode& node = nodes_[slot(v)];
        if (node.surrogate) continue;
        for (Eigen::Index j = 0; j < node.numeric.cols(); ++j) columns.push_back(factor * node.numeric.col(j));
      }
    };
    add(nodes, 1);
    add(beside, 0.5);
    const double median = detail::median_distance(columns);
    return median > 0 ? std::sqrt(2.0) * median : 1;
  }

  void add(KernelColumns& kernel, NodeId v, double variable_scale, double share) const {
    const StandardisedNode& node = nodes_[slot(v)];
    const bool own_width = node.surrogate && options_.kernel == KernelShape::Gaussian;
    kernel.add(node, share * (own_width ? 1 / options_.surrogate_width : variable_scale));
  }

  [[nodiscard]] Eigen::MatrixXd factor_of(const KernelColumns& kernel, double exact_tolerance) const {
    const bool exact = is_exact();
    const Eigen::Index most = exact ? table_.rows() : options_.max_rank;
    return centred(kernel.factor(exact ? exact_tolerance : kLowRankTolerance, most, run_.threads).F);
  }

  // What the regression on `given` leaves of the kernel of v, to which `given` is added when v comes first.
  [[nodiscard]] std::shared_ptr<const Factor> residual_factor(NodeId v, const std::vector<NodeId>& given,
                                                              bool comes_first) const {
    CacheKey key{v, comes_first && !given.empty() ? 1 : 0};
    key.insert(key.end(), given.begin(), given.end());
    return factors_.get(
        key, [&] { return make_factor(v, given, comes_first); },
        [](const Factor& f) { return bytes_of(f.side.F) + bytes_of(f.side.thin); });
  }

  // Some numeric column of v is, to rounding, a linear function of those given: the kernel regression would leave
  // rounding and the ridge to test.
  [[nodiscard]] bool is_linear_in(NodeId v, const std::vector<NodeId>& given) const {
    const Eigen::MatrixXd& columns = nodes_[slot(v)].numeric;
    Eigen::MatrixXd Z;
    for (const NodeId z : given) append_columns(Z, nodes_[slot(z)].numeric);
    if (Z.cols() == 0 || columns.cols() == 0) return false;
    const Eigen::MatrixXd residuals = columns - Z * Z.colPivHouseholderQr().solve(columns);
    return residuals.colwise().squaredNorm().minCoeff() <= kLinear * static_cast<double>(table_.rows());
  }

  [[nodiscard]] Factor make_factor(NodeId v, const std::vector<NodeId>& given, bool comes_first) const {
    if (is_linear_in(v, given)) return {{}, 0};
    const std::vector<NodeId> one{v};
    const double of_variables = gaussian_scale(one, given, comes_first);
    KernelColumns kernel(table_.rows(), options_.kernel);
    add(kernel, v, of_variables, 1);
    if (comes_first) {
      for (const NodeId z : given) add(kernel, z, of_variables, 0.5);
    }
    Factor out{{factor_of(kernel, kExactTolerance), {}}};
    if (given.empty()) return out;
    Eigen::MatrixXd& F = out.side.F;
    const double before = F.squaredNorm();
    const std::optional<Regression> learned = learned_regression(F, v, given, comes_first);
    F = (learned ? *learned : *regression(given)).residuals(F, run_.threads);
    out.kept_share = before > 0 ? F.squaredNorm() / before : 0;
    // Thinning takes an eigen-decomposition of the columns: worth it for tall factors.
    if (F.rows() > 6 * F.cols()) {
      out.side.thin = detail::leading_columns(F, is_exact() ? kThinExact : kThinLowRank, run_.threads);
    }
    return out;
  }

  [[nodiscard]] double gaussian_scale(std::span<const NodeId> nodes, std::span<const NodeId> given,
                                      bool beside_given) const {
    return options_.kernel == KernelShape::Gaussian ? scale(nodes, given, beside_given) : 1;
  }

  [[nodiscard]] std::shared_ptr<const Regression> regression(const std::vector<NodeId>& given) const {
    const CacheKey key(given.begin(), given.end());
    return regressions_.get(
        key, [&] { return make_regression(given); },
        [](const Regression& r) { return bytes_of(r.F) + 2 * bytes_of(r.normal.matrixLLT()); });
  }

  // With width = gp: the kernel of S in which the features of F, the kernel of v, are predicted best. Nothing when
  // there are no numeric columns whose widths could be learned, or the likelihood tells nothing.
  [[nodiscard]] std::optional<Regression> learned_regression(const Eigen::MatrixXd& F, NodeId v,
                                                             const std::vector<NodeId>& given, bool comes_first) const {
    if (options_.width != KernelWidth::Gp) return std::nullopt;
    StandardisedNode Z;
    for (const NodeId z : given) {
      append_columns(Z.numeric, nodes_[slot(z)].numeric);
      append_columns(Z.nominal, nodes_[slot(z)].nominal);
    }
    if (Z.numeric.cols() == 0) return std::nullopt;
    KernelColumns labels(table_.rows(), KernelShape::Gaussian);
    StandardisedNode nominal_part;
    nominal_part.nominal = Z.nominal;
    labels.add(nominal_part, 1);
    const Eigen::MatrixXd L =
        Z.nominal.cols() > 0 ? labels.factor(kGivenTolerance, table_.rows(), run_.threads).F : Eigen::MatrixXd();
    const Eigen::MatrixXd equality = L * L.transpose();
    const detail::GpInputs inputs{Z.numeric, L.cols() > 0 ? &equality : nullptr};

    const auto of_z = static_cast<double>(Z.numeric.cols());
    const auto of_v = static_cast<double>(std::max<Eigen::Index>(1, nodes_[slot(v)].numeric.cols()));
    const std::vector<NodeId> one{v};
    const double start = std::sqrt(1 / (of_v + of_z)) / gaussian_scale(one, given, comes_first);
    const auto most = std::min<Eigen::Index>(400, table_.rows() / 4);
    const detail::GpFit fit = detail::fit_gp(inputs, detail::scaled_eigenvectors_of_factor(F, most, 1e-5),
                                             {.lengths = Eigen::VectorXd::Constant(Z.numeric.cols(), start)});
    if (fit.status == Status::Degenerate) return std::nullopt;
    for (Eigen::Index j = 0; j < Z.numeric.cols(); ++j) Z.numeric.col(j) /= fit.parameters.lengths(j);
    KernelColumns kernel(table_.rows(), KernelShape::Gaussian);
    kernel.add(Z, 1);
    Regression out{kernel.factor(kGivenTolerance, table_.rows(), run_.threads).F, {}};
    out.F *= std::sqrt(fit.parameters.signal_variance);
    solve_with(fit.parameters.noise_variance, out);
    return out;
  }

  [[nodiscard]] Regression make_regression(const std::vector<NodeId>& given) const {
    KernelColumns kernel(table_.rows(), options_.kernel);
    const double of_variables = gaussian_scale(given, given, false);
    for (const NodeId z : given) add(kernel, z, of_variables, 1);
    Regression out{factor_of(kernel, kGivenTolerance), {}};
    solve_with(options_.ridge, out);
    return out;
  }

  // The ridge makes the matrix positive definite; the ladder is for rounding in matrices of enormous size.
  void solve_with(double ridge, Regression& regression) const {
    const Eigen::MatrixXd gram = cross_product(regression.F, regression.F, run_.threads);
    for (int step = 0; step < 7; ++step, ridge *= 10) {
      regression.normal.compute(gram + ridge * Eigen::MatrixXd::Identity(gram.rows(), gram.cols()));
      if (regression.normal.info() == Eigen::Success) break;
    }
  }

  NodeTable table_;
  KciOptions options_;
  RunOptions run_;
  std::vector<StandardisedNode> nodes_;
  mutable detail::BoundedCache<CacheKey, Regression> regressions_;
  mutable detail::BoundedCache<CacheKey, Factor> factors_;
};

Kci::Kci(NodeTable nodes, const KciOptions& options, const RunOptions& run)
    : impl_(std::make_unique<Impl>(std::move(nodes), options, run)) {}
Kci::Kci(const Dataset& data, const KciOptions& options, const RunOptions& run) : Kci(nodes_of(data), options, run) {}
Kci::~Kci() = default;

const std::vector<std::string>& Kci::names() const { return impl_->table().names(); }
std::int64_t Kci::sample_size() const { return impl_->table().rows(); }

CiResult Kci::test(NodeId x, NodeId y, std::span<const NodeId> S) const { return impl_->test(x, y, S); }

}  // namespace causal::discovery
