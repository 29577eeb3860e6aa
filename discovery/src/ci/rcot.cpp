#include "causal/discovery/ci/rcot.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <mutex>
#include <optional>

#include "bounded_cache.hpp"
#include "causal/run/random.hpp"
#include "feature_fit.hpp"
#include "residual_null.hpp"

// Deviations from Strobl, Zhang and Visweswaran 2019:
// - Every block of features has its own random stream, where the authors' program restarts one seed for all of them.
// - The estimated null covariance is multiplied by n / (n - 1 - degrees of freedom of the fit): with M the projection
//   on the residuals, E S is proportional to tr M = n - 1 - dof, but the products of residuals average (tr M)^2 / n.
//   Without this the test rejects too often as soon as features are not few against rows.
// - With S empty the null covariance is the Kronecker product of those of x and y, which independence implies.
// - The features of S are never more than a quarter of the rows.
// - Weights enter through traces of powers of the covariance matrix; no eigenvalues are computed.

namespace causal::discovery {
namespace {

constexpr std::int64_t kLeastRows = 30;
constexpr double kLeastUnexplained = 1e-6;
constexpr int kMaxProducts = 500;  // wider pairs of residuals are projected on random directions

using Key = std::vector<NodeId>;
using Columns = std::shared_ptr<const NodeColumns>;
using Map = std::shared_ptr<const FeatureMap>;

CiResult degenerate() {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  return {.statistic = 0, .p_value = nan, .effect = nan, .dof = 0, .status = Status::Degenerate};
}

CiResult mixture_result(double statistic, const MixturePowers& powers, MixtureApproximation approximation) {
  const double p = weighted_chi_square_upper_p(statistic, powers, approximation);
  return {.statistic = statistic,
          .p_value = p,
          .effect = std::numeric_limits<double>::quiet_NaN(),
          .dof = powers.sums[0] * powers.sums[0] / powers.sums[1]};
}

MixtureApproximation approximation_of(RandomFeatureNull null) {
  if (null == RandomFeatureNull::Sw) return MixtureApproximation::Sw;
  return null == RandomFeatureNull::Lpb4 ? MixtureApproximation::Lpb4 : MixtureApproximation::Hbe;
}

// Orthonormal random directions (features x directions).
RowMajorMatrix random_directions(int features, int directions, std::uint64_t seed) {
  RandomStream stream(seed, RandomDomain::Features, static_cast<std::uint32_t>(features),
                      static_cast<std::uint32_t>(directions));
  RowMajorMatrix basis(features, directions);
  for (int k = 0; k < directions; ++k) {
    Eigen::VectorXd direction(features);
    for (double& value : direction) value = stream.normal();
    for (int before = 0; before < k; ++before) direction -= basis.col(before).dot(direction) * basis.col(before);
    basis.col(k) = direction.normalized();
  }
  return basis;
}

// At most kMaxProducts pairs of residuals: the wider side, or both, on fewer directions. Empty: as it is.
struct Rotation {
  RowMajorMatrix x, y;

  Rotation(int a, int b, std::uint64_t seed) {
    if (a * b <= kMaxProducts) return;
    const int side = static_cast<int>(std::sqrt(kMaxProducts));
    const int short_a = a <= side ? a : std::max(side, std::min(a, kMaxProducts / b));
    const int short_b = std::min(b, kMaxProducts / short_a);
    if (short_a < a) x = random_directions(a, short_a, seed);
    if (short_b < b) y = random_directions(b, short_b, seed);
  }
};

}  // namespace

class Rcot::Work {
 public:
  Work(NodeTable table, const RcotOptions& given, const RunOptions& given_run)
      : nodes(std::move(table)),
        options(given),
        run(given_run),
        budget_(std::min(given.cache_bytes, given_run.memory_limit_bytes / 2)),
        columns_(static_cast<std::size_t>(nodes.size())),
        maps_(static_cast<std::size_t>(nodes.size())),
        sets_(budget_ / 4),
        targets_(budget_ / 4 * 3) {}

  [[nodiscard]] CiResult test(NodeId x, NodeId y, std::span<const NodeId> S);

  const NodeTable nodes;
  const RcotOptions options;
  const RunOptions run;

 private:
  // What one test looks at. `rows` is null when no cell is missing; then fits are kept for other tests.
  struct Question {
    NodeId x, y;
    std::vector<NodeId> S;
    const std::vector<std::int64_t>* rows;
    std::int64_t n;
    Columns x_columns = {};
    Columns y_columns = {};
    std::vector<Columns> S_columns = {};
  };
  struct Fits {
    std::shared_ptr<const SetFit> set;
    std::array<std::shared_ptr<const TargetFit>, 2> targets;  // x, y
  };

  [[nodiscard]] Columns columns(NodeId v, const std::vector<std::int64_t>* rows);
  [[nodiscard]] FeatureOptions feature_options() const {
    return {.seed = run.seed,
            .features_z = options.features_z,
            .features_xy = options.features_xy,
            .surrogate_features = options.surrogate_features,
            .surrogate_width = options.surrogate_width};
  }
  [[nodiscard]] bool joins(const Question& q, int which) const;
  [[nodiscard]] Map target_map(const Question& q, int which);
  [[nodiscard]] Key target_key(const Question& q, int which) const;
  [[nodiscard]] std::optional<Fits> fit(const Question& q);
  [[nodiscard]] CiResult unconditional(const Question& q);
  [[nodiscard]] CiResult conditional(const Question& q);
  [[nodiscard]] CiResult permuted(const Question& q, const Fits& fits) const;

  std::int64_t budget_;
  std::mutex nodes_mutex_;
  std::vector<Columns> columns_;
  std::vector<Map> maps_;  // of nodes as x or y without others
  detail::BoundedCache<Key, SetFit> sets_;
  detail::BoundedCache<Key, TargetFit> targets_;
};

Columns Rcot::Work::columns(NodeId v, const std::vector<std::int64_t>* rows) {
  if (rows != nullptr) return std::make_shared<const NodeColumns>(node_columns(nodes.node(v), rows));
  {
    const std::scoped_lock lock(nodes_mutex_);
    if (const Columns& known = columns_[static_cast<std::size_t>(v)]) return known;
  }
  Columns made = std::make_shared<const NodeColumns>(node_columns(nodes.node(v), nullptr));
  const std::scoped_lock lock(nodes_mutex_);
  return columns_[static_cast<std::size_t>(v)] = std::move(made);
}

// RCIT joins S to the second of the two in the order of names, but never to the surrogate, so that exchanging x and y
// changes nothing.
bool Rcot::Work::joins(const Question& q, int which) const {
  return options.variant == RandomFeatureTest::Rcit && !q.S.empty() && which == (q.y_columns->surrogate ? 0 : 1);
}

Map Rcot::Work::target_map(const Question& q, int which) {
  const Columns& own = which == 0 ? q.x_columns : q.y_columns;
  const auto make = [&](std::vector<Columns> joined) {
    return std::make_shared<const FeatureMap>(target_features(own, std::move(joined), q.n, feature_options()));
  };
  if (joins(q, which)) return make(q.S_columns);
  if (q.rows != nullptr) return make({});
  Map& slot = maps_[static_cast<std::size_t>(which == 0 ? q.x : q.y)];
  {
    const std::scoped_lock lock(nodes_mutex_);
    if (slot) return slot;
  }
  Map made = make({});
  const std::scoped_lock lock(nodes_mutex_);
  return slot = std::move(made);
}

Key Rcot::Work::target_key(const Question& q, int which) const {
  Key key{which == 0 ? q.x : q.y, joins(q, which) ? 1 : 0};
  key.insert(key.end(), q.S.begin(), q.S.end());
  return key;
}

// Takes the fits from the caches, and makes those that are not there in one pass for the coefficients and, where
// residuals are small enough to keep, one for them. Nothing when S takes too many features.
std::optional<Rcot::Work::Fits> Rcot::Work::fit(const Question& q) {
  Fits fits;
  const bool cached = q.rows == nullptr;
  if (cached) {
    fits.set = sets_.find(q.S);
    for (int k = 0; k < 2; ++k) fits.targets[static_cast<std::size_t>(k)] = targets_.find(target_key(q, k));
  }
  if (fits.set && fits.targets[0] && fits.targets[1]) return fits;

  FeatureMap set_map;
  if (!fits.set) {
    const int limit = static_cast<int>(std::min<std::int64_t>(q.n / 4, 1 << 20));
    set_map = conditioning_features(q.S_columns, q.n, limit, feature_options());
    if (set_map.size() == 0) return std::nullopt;
  }
  std::vector<Map> maps;
  std::vector<int> missing;
  for (int k = 0; k < 2; ++k) {
    if (fits.targets[static_cast<std::size_t>(k)]) continue;
    missing.push_back(k);
    maps.push_back(target_map(q, k));
  }
  const bool with_set = !fits.set;
  const FeatureMoments moments =
      feature_moments(with_set ? &set_map : &fits.set->map, with_set, maps, q.n, run.threads);
  if (with_set) {
    auto set = std::make_shared<const SetFit>(fit_set(std::move(set_map), moments));
    if (set->factor.size() == 0) return std::nullopt;
    const std::int64_t bytes = 16 * set->map.size() * (set->map.size() + 64) + (set->map.cells.empty() ? 0 : 4 * q.n);
    if (cached) sets_.keep(q.S, set, bytes);
    fits.set = std::move(set);
  }

  std::vector<std::shared_ptr<TargetFit>> made;
  std::vector<TargetFit*> stored;
  int at = 0;
  for (const Map& map : maps) {
    const int size = map->size();
    made.push_back(std::make_shared<TargetFit>(fit_target(map, fits.set.get(), moments, at)));
    const Columns& own = missing[made.size() - 1] == 0 ? q.x_columns : q.y_columns;
    if (linear_function(*own, q.S_columns, q.n)) made.back()->unexplained = 0;
    const bool small = 8 * q.n * size <= budget_ / 4;
    if (small || options.null == RandomFeatureNull::Permutation) stored.push_back(made.back().get());
    at += size;
  }
  if (!stored.empty()) store_residuals(fits.set.get(), stored, q.n, run.threads);
  for (std::size_t k = 0; k < made.size(); ++k) {
    if (cached) targets_.keep(target_key(q, missing[k]), made[k], made[k]->bytes());
    fits.targets[static_cast<std::size_t>(missing[k])] = std::move(made[k]);
  }
  return fits;
}

CiResult Rcot::Work::unconditional(const Question& q) {
  const std::array<Map, 2> targets{target_map(q, 0), target_map(q, 1)};
  const FeatureMoments moments = feature_moments(nullptr, false, targets, q.n, run.threads);
  const int a = targets[0]->size();
  const int b = targets[1]->size();
  auto fit_x = std::make_shared<TargetFit>(fit_target(targets[0], nullptr, moments, 0));
  auto fit_y = std::make_shared<TargetFit>(fit_target(targets[1], nullptr, moments, a));
  if (fit_x->unexplained == 0 || fit_y->unexplained == 0) return degenerate();
  if (options.null == RandomFeatureNull::Permutation) {
    const std::array<TargetFit*, 2> both{fit_x.get(), fit_y.get()};
    store_residuals(nullptr, both, q.n, run.threads);
    return permuted(q, {.set = nullptr, .targets = {fit_x, fit_y}});
  }
  Eigen::VectorXd scale(a + b);
  scale << fit_x->scale, fit_y->scale;
  const Eigen::MatrixXd covariance = scale.asDiagonal() * moments.targets * scale.asDiagonal();
  const double n = static_cast<double>(q.n);
  const MixtureApproximation approximation = approximation_of(options.null);
  const MixturePowers powers = product_powers(covariance_powers(covariance.topLeftCorner(a, a), approximation),
                                              covariance_powers(covariance.bottomRightCorner(b, b), approximation));
  return mixture_result(n * covariance.topRightCorner(a, b).squaredNorm(), scaled_powers(powers, n / (n - 1)),
                        approximation);
}

CiResult Rcot::Work::conditional(const Question& q) {
  const std::optional<Fits> fits = fit(q);
  if (!fits) return degenerate();
  const TargetFit& x = *fits->targets[0];
  const TargetFit& y = *fits->targets[1];
  if (x.unexplained < kLeastUnexplained || y.unexplained < kLeastUnexplained) return degenerate();
  if (options.null == RandomFeatureNull::Permutation) return permuted(q, *fits);
  const Rotation rotation(x.map->size(), y.map->size(), run.seed);
  const ResidualMoments moments = residual_moments(fits->set.get(), x, y, rotation.x, rotation.y, q.n, run.threads);
  const double n = static_cast<double>(q.n);
  const MixtureApproximation approximation = approximation_of(options.null);
  const MixturePowers powers =
      scaled_powers(covariance_powers(moments.products, approximation), n / (n - 1 - fits->set->dof));
  return mixture_result(n * moments.cross.squaredNorm(), powers, approximation);
}

// The same correction as for the mixture: permuted residuals are independent, so their statistic is too small by the
// factor (n - 1 - dof) / (n - 1).
CiResult Rcot::Work::permuted(const Question& q, const Fits& fits) const {
  const RowMajorMatrix& x = fits.targets[0]->residuals;
  const RowMajorMatrix& y = fits.targets[1]->residuals;
  const double n = static_cast<double>(q.n);
  Eigen::MatrixXd cross = Eigen::MatrixXd::Zero(x.cols(), y.cols());
  for (Eigen::Index t = 0; t < x.rows(); ++t) cross += x.row(t).transpose() * y.row(t);
  const double statistic = cross.squaredNorm() / n;
  const double dof = fits.set ? fits.set->dof : 0;
  const double p =
      permutation_p(statistic * (n - 1 - dof) / (n - 1), x, y, options.permutations, run.seed, run.threads);
  return {.statistic = statistic, .p_value = p, .effect = std::numeric_limits<double>::quiet_NaN(), .dof = 0};
}

CiResult Rcot::Work::test(NodeId x, NodeId y, std::span<const NodeId> S) {
  // Everything follows the order of names, so that neither the order of columns nor that of x and y matters.
  const auto before = [this](NodeId a, NodeId b) { return nodes.node(a).name < nodes.node(b).name; };
  if (before(y, x)) std::swap(x, y);
  std::vector<NodeId> all(S.begin(), S.end());
  std::sort(all.begin(), all.end(), before);
  all.insert(all.begin(), {x, y});
  std::vector<std::int64_t> complete;
  Question q{.x = x, .y = y, .S = {}, .rows = nullptr, .n = nodes.rows()};
  if (std::any_of(all.begin(), all.end(), [this](NodeId v) { return nodes.has_missing(v); })) {
    complete = nodes.complete_rows(all);
    q.rows = &complete;
    q.n = static_cast<std::int64_t>(complete.size());
  }
  if (q.n < kLeastRows) return degenerate();
  q.x_columns = columns(x, q.rows);
  q.y_columns = columns(y, q.rows);
  if (q.x_columns->constant() || q.y_columns->constant()) return degenerate();
  for (const NodeId v : std::span(all).subspan(2)) {
    Columns member = columns(v, q.rows);
    if (member->constant()) continue;
    q.S.push_back(v);
    q.S_columns.push_back(std::move(member));
  }
  return q.S.empty() ? unconditional(q) : conditional(q);
}

Rcot::Rcot(NodeTable nodes, const RcotOptions& options, const RunOptions& run) {
  validate(options, "rcot");
  work_ = std::make_unique<Work>(std::move(nodes), options, run);
}

Rcot::Rcot(const Dataset& data, const RcotOptions& options, const RunOptions& run)
    : Rcot(nodes_of(data), options, run) {}

Rcot::~Rcot() = default;

std::string_view Rcot::name() const { return enum_name(work_->options.variant); }
const std::vector<std::string>& Rcot::names() const { return work_->nodes.names(); }
std::int64_t Rcot::sample_size() const { return work_->nodes.rows(); }
CiResult Rcot::test(NodeId x, NodeId y, std::span<const NodeId> S) const { return work_->test(x, y, S); }

}  // namespace causal::discovery
