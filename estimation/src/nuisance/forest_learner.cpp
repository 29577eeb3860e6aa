#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "causal/estimation/nuisance/learners.hpp"
#include "causal/estimation/nuisance/tree.hpp"
#include "causal/run/parallel.hpp"
#include "training_data.hpp"

// Breiman (2001). Differences: columns are binned; a node that drew only columns which are constant in it goes on
// drawing; forests of probabilities average the leaves' means and not their votes. Honest trees follow Wager and Athey
// (2018), procedure 1; a leaf that got no rows of the second half takes the value of the node above.

namespace causal::estimation {
namespace {

class ForestPredictor final : public Predictor {
 public:
  ForestPredictor(std::vector<std::vector<double>> cuts, std::vector<Tree> trees, double mean, Target target,
                  int threads)
      : cuts_(std::move(cuts)), trees_(std::move(trees)), mean_(mean), target_(target), threads_(threads) {}

  [[nodiscard]] Eigen::VectorXd predict(const Eigen::Ref<const Eigen::MatrixXd>& X) const override {
    const std::vector<std::uint8_t> codes = encode_rows(cuts_, X, threads_);
    Eigen::VectorXd prediction = Eigen::VectorXd::Zero(X.rows());
    parallel_chunks(
        X.rows(), shared_grain(X.rows(), 1024, 2), threads_, [&](std::int64_t begin, std::int64_t end, int) {
          add_predictions(trees_, codes.data(), static_cast<int>(X.cols()), begin, end, 1, prediction.data());
        });
    prediction = (prediction / static_cast<double>(trees_.size())).array() + mean_;
    // Means of 0s and 1s leave the interval by rounding only.
    if (target_ == Target::Probability) prediction = prediction.cwiseMax(0).cwiseMin(1);
    return prediction;
  }

 private:
  std::vector<std::vector<double>> cuts_;
  std::vector<Tree> trees_;
  double mean_;
  Target target_;
  int threads_;
};

/// The rows of one tree, each once, and how often it was drawn.
struct Sample {
  std::vector<std::int32_t> rows;
  std::vector<std::int32_t> times;
};

Sample draw(const std::vector<std::int32_t>& pool, const LearnerOptions& options, RandomStream& stream) {
  const auto size = static_cast<std::int64_t>(pool.size());
  const auto wanted = std::max<std::int64_t>(1, std::llround(options.row_share * static_cast<double>(size)));
  Sample sample;
  if (!options.bootstrap) {
    sample.rows = pool;
    if (wanted < size) {
      // The first `wanted` of a shuffle, in the order of rows.
      for (std::size_t k = 0; k < static_cast<std::size_t>(wanted); ++k) {
        std::swap(sample.rows[k], sample.rows[k + stream.below(sample.rows.size() - k)]);
      }
      sample.rows.resize(static_cast<std::size_t>(wanted));
      std::sort(sample.rows.begin(), sample.rows.end());
    }
    sample.times.assign(sample.rows.size(), 1);
    return sample;
  }
  std::vector<std::int32_t> times(pool.size(), 0);
  for (std::int64_t k = 0; k < wanted; ++k) ++times[stream.below(pool.size())];
  for (std::size_t k = 0; k < pool.size(); ++k) {
    if (times[k] == 0) continue;
    sample.rows.push_back(pool[k]);
    sample.times.push_back(times[k]);
  }
  return sample;
}

std::int32_t leaf_in_columns(const Tree& tree, const BinnedColumns& columns, std::int32_t row) {
  std::int32_t at = 0;
  while (!tree.is_leaf(at)) {
    const TreeNode node = tree.nodes[static_cast<std::size_t>(at)];
    at = node.left + (columns.column(static_cast<int>(node.column()))[row] > node.cut() ? 1 : 0);
  }
  return at;
}

class ForestFit {
 public:
  ForestFit(const detail::TrainingData& data, const LearnerOptions& options, const FitContext& context)
      : data_(data), options_(options), context_(context), columns_(data.X, context.threads), mean_(data.mean()) {
    const int p = columns_.cols();
    const double usual = context.target == Target::Mean ? p / 3.0 : std::sqrt(p);
    tree_options_ = {.max_depth = options.max_depth,
                     .min_leaf = options.min_leaf,
                     .mtry = options.mtry > 0 ? std::min(options.mtry, p) : static_cast<int>(std::ceil(usual))};
    all_.resize(static_cast<std::size_t>(data.n()));
    std::iota(all_.begin(), all_.end(), 0);
  }

  [[nodiscard]] std::unique_ptr<Predictor> run() const {
    std::vector<Tree> trees(static_cast<std::size_t>(options_.trees));
    std::vector<std::unique_ptr<TreeGrower>> growers(static_cast<std::size_t>(resolve_threads(context_.threads)));
    parallel_chunks(options_.trees, 1, context_.threads, [&](std::int64_t t, std::int64_t, int worker) {
      std::unique_ptr<TreeGrower>& grower = growers[static_cast<std::size_t>(worker)];
      if (!grower) grower = std::make_unique<TreeGrower>(columns_, tree_options_);
      RandomStream stream(context_.seed, RandomDomain::Trees, context_.stream, static_cast<std::uint32_t>(t));
      trees[static_cast<std::size_t>(t)] =
          options_.honest ? honest_tree(*grower, stream) : grow(*grower, draw(all_, options_, stream), stream);
    });
    return std::make_unique<ForestPredictor>(columns_.cuts(), std::move(trees), mean_, context_.target,
                                             context_.threads);
  }

 private:
  [[nodiscard]] WeightedResponse response(std::int32_t row, std::int32_t times) const {
    const double weight = data_.weights(row) * times;
    return {weight * (data_.y(row) - mean_), weight};
  }

  [[nodiscard]] Tree grow(TreeGrower& grower, const Sample& sample, RandomStream& stream) const {
    std::vector<WeightedResponse> responses(sample.rows.size());
    for (std::size_t k = 0; k < responses.size(); ++k) responses[k] = response(sample.rows[k], sample.times[k]);
    return grower.grow(sample.rows, responses, stream);
  }

  [[nodiscard]] Tree honest_tree(TreeGrower& grower, RandomStream& stream) const {
    const std::vector<int> shuffled = stream.permutation(static_cast<int>(all_.size()));
    const auto middle = shuffled.begin() + std::ssize(shuffled) / 2;
    std::vector<std::int32_t> for_splits(shuffled.begin(), middle);
    std::vector<std::int32_t> for_values(middle, shuffled.end());
    std::sort(for_splits.begin(), for_splits.end());
    std::sort(for_values.begin(), for_values.end());
    Tree tree = grow(grower, draw(for_splits, options_, stream), stream);
    revalue(tree, draw(for_values, options_, stream));
    return tree;
  }

  void revalue(Tree& tree, const Sample& sample) const {
    std::vector<WeightedResponse> sums(tree.nodes.size());
    for (std::size_t k = 0; k < sample.rows.size(); ++k) {
      const WeightedResponse part = response(sample.rows[k], sample.times[k]);
      WeightedResponse& leaf = sums[static_cast<std::size_t>(leaf_in_columns(tree, columns_, sample.rows[k]))];
      leaf.sum += part.sum;
      leaf.weight += part.weight;
    }
    for (std::size_t node = tree.nodes.size(); node-- > 0;) {
      if (tree.is_leaf(static_cast<std::int32_t>(node))) continue;
      const auto left = static_cast<std::size_t>(tree.nodes[node].left);
      sums[node] = {sums[left].sum + sums[left + 1].sum, sums[left].weight + sums[left + 1].weight};
    }
    tree.values[0] = sums[0].sum / sums[0].weight;
    for (std::size_t node = 0; node < tree.nodes.size(); ++node) {
      if (tree.is_leaf(static_cast<std::int32_t>(node))) continue;
      const auto left = static_cast<std::size_t>(tree.nodes[node].left);
      for (std::size_t child = left; child < left + 2; ++child) {
        const WeightedResponse& sum = sums[child];
        tree.values[child] = sum.weight > 0 ? sum.sum / sum.weight : tree.values[node];
      }
    }
  }

  const detail::TrainingData& data_;
  const LearnerOptions& options_;
  const FitContext& context_;
  BinnedColumns columns_;
  double mean_;
  TreeOptions tree_options_;
  std::vector<std::int32_t> all_;
};

class ForestLearner final : public Learner {
 public:
  explicit ForestLearner(LearnerOptions options) : options_(std::move(options)) {}
  [[nodiscard]] std::string_view name() const override { return "forest"; }
  [[nodiscard]] std::unique_ptr<Predictor> fit(const Eigen::Ref<const Eigen::MatrixXd>& X,
                                               const Eigen::Ref<const Eigen::VectorXd>& y,
                                               const Eigen::Ref<const Eigen::VectorXd>& weights,
                                               const FitContext& context) const override {
    const detail::TrainingData data = detail::training_data(name(), X, y, weights, context.target);
    if (data.X.cols() == 0) return detail::constant_predictor(data.mean(), {});
    return ForestFit(data, options_, context).run();
  }

 private:
  LearnerOptions options_;
};

}  // namespace

std::unique_ptr<Learner> forest_learner(const LearnerOptions& options) {
  validate(options, "forest_learner");
  return std::make_unique<ForestLearner>(options);
}

}  // namespace causal::estimation
