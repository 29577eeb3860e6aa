#include <algorithm>
#include <atomic>
#include <cmath>

#include "causal/run/error.hpp"
#include "causal/run/parallel.hpp"
#include "causal/run/random.hpp"
#include "causal/run/stop.hpp"
#include "counterfactual_parts.hpp"

namespace causal {
namespace {

constexpr std::int64_t kBlockRows = 1024;
constexpr double kNever = -std::numeric_limits<double>::infinity();

// A draw of the noise from its law given the value it led to.
double draw_noise_given(const Mechanism& mechanism, double value, std::span<const double> parents, double uniform) {
  const NoiseOfValue found = mechanism.noise_of(value, parents);
  if (found.kind == NoiseOfValue::Kind::Unique) return found.noise;
  const Noise& noise = mechanism.noise();
  // Only finite noise leaves several; a table keeps its value and needs no noise.
  if (noise.kind() != Noise::Kind::Categorical) return 0;
  const std::vector<double>& p = noise.probabilities();
  double total = 0;
  double chosen = 0;
  for (std::size_t u = 0; u < p.size(); ++u) {
    if (p[u] <= 0 || mechanism.value(parents, static_cast<double>(u)) != value) continue;
    total += p[u];
    // Reservoir of one: the u-th fitting noise replaces the earlier ones with its share of the mass so far.
    const double share = p[u] / total;
    if (uniform < share) {
      chosen = static_cast<double>(u);
      uniform /= share;
    } else {
      uniform = (uniform - share) / (1 - share);
    }
  }
  return chosen;
}

class Sampler {
 public:
  Sampler(const Scm& model, const Scm& after, std::vector<std::optional<double>> seen, const std::vector<NodeId>& query,
          std::uint64_t seed)
      : model_(model),
        after_(after),
        seen_(std::move(seen)),
        query_(query),
        changed_(detail::changed_nodes(model, after)),
        needed_(detail::ancestors_of(after, query)),
        seed_(seed) {}

  // Why sampling cannot give this answer, before any draw.
  [[nodiscard]] std::optional<NoCounterfactual> refusal() const {
    if (!model_.blocks().empty()) {
      return NoCounterfactual{Refusal::NotDetermined, model_.blocks()[0].nodes[0],
                              "noise blocks are not sampled given evidence: make their common cause a latent node"};
    }
    for (NodeId v = 0; v < model_.n(); ++v) {
      const bool needs_function = changed_[slot(v)] && needed_[slot(v)] && !after_.has_fresh_noise(v);
      if (needs_function && !(model_.mechanism(v).is_function() && after_.mechanism(v).is_function())) {
        return NoCounterfactual{
            Refusal::NotIdentifiable, v,
            "the table of '" + model_.name(v) + "' does not say how its values under different parents go together"};
      }
    }
    return std::nullopt;
  }

  // Draws rows [first, first + rows); gives log weights. Returns the node that cannot be inverted, or -1.
  NodeId draw(std::int64_t block, std::int64_t first, std::int64_t rows, Eigen::MatrixXd& values,
              Eigen::VectorXd& log_weights) const {
    const std::size_t n = slot(model_.n());
    std::vector<RandomStream> streams;
    std::vector<RandomStream> fresh;
    for (std::size_t v = 0; v < n; ++v) {
      streams.emplace_back(seed_, RandomDomain::Scm, static_cast<std::uint32_t>(v), static_cast<std::uint32_t>(block));
      fresh.emplace_back(seed_, RandomDomain::ScmFresh, static_cast<std::uint32_t>(v),
                         static_cast<std::uint32_t>(block));
    }
    std::vector<double> factual(n), noise(n), other(n), parents;
    for (std::int64_t i = first; i < first + rows; ++i) {
      double log_weight = 0;
      for (const NodeId v : model_.dag().topological_order()) {
        const Mechanism& mechanism = model_.mechanism(v);
        parents.clear();
        for (const NodeId u : model_.dag().parents(v)) parents.push_back(factual[slot(u)]);
        const double uniform = streams[slot(v)].uniform();
        if (!seen_[slot(v)]) {
          noise[slot(v)] = mechanism.noise().quantile(uniform);
          factual[slot(v)] = mechanism.value(parents, noise[slot(v)]);
          continue;
        }
        factual[slot(v)] = *seen_[slot(v)];
        const auto density = mechanism.log_density(factual[slot(v)], parents);
        if (!density) return v;
        log_weight += *density;
        noise[slot(v)] = draw_noise_given(mechanism, factual[slot(v)], parents, uniform);
      }
      for (const NodeId v : after_.dag().topological_order()) {
        const double uniform = fresh[slot(v)].uniform();
        if (!needed_[slot(v)]) continue;
        if (!changed_[slot(v)]) {
          other[slot(v)] = factual[slot(v)];
          continue;
        }
        parents.clear();
        for (const NodeId u : after_.dag().parents(v)) parents.push_back(other[slot(u)]);
        const Mechanism& mechanism = after_.mechanism(v);
        const double u = after_.has_fresh_noise(v) ? mechanism.noise().quantile(uniform) : noise[slot(v)];
        other[slot(v)] = mechanism.value(parents, u);
      }
      log_weights[i] = std::isnan(log_weight) ? kNever : log_weight;
      for (std::size_t q = 0; q < query_.size(); ++q) values(i, static_cast<Eigen::Index>(q)) = other[slot(query_[q])];
    }
    return -1;
  }

 private:
  const Scm& model_;
  const Scm& after_;
  std::vector<std::optional<double>> seen_;
  const std::vector<NodeId>& query_;
  std::vector<bool> changed_;
  std::vector<bool> needed_;
  std::uint64_t seed_;
};

}  // namespace

double WeightedSample::standard_error(int column) const {
  return (weights.array() * (values.col(column).array() - mean(column))).matrix().norm();
}

std::variant<WeightedSample, NoCounterfactual> counterfactual_sample(const Scm& model,
                                                                     const std::vector<Observation>& evidence,
                                                                     const std::vector<Intervention>& interventions,
                                                                     const std::vector<NodeId>& query,
                                                                     const SamplingOptions& options) {
  constexpr const char* kFunction = "counterfactual_sample";
  validate(options, kFunction);
  validate(options.run, kFunction);
  const StopSignal signal(options.run);
  const Scm after = intervene(model, interventions);
  const Sampler sampler(model, after, detail::observed_values(kFunction, model, evidence), query, options.run.seed);
  if (auto refusal = sampler.refusal()) return *refusal;

  const std::int64_t n = options.samples;
  WeightedSample sample;
  sample.values.resize(n, static_cast<Eigen::Index>(query.size()));
  Eigen::VectorXd log_weights(n);
  const std::int64_t blocks = (n + kBlockRows - 1) / kBlockRows;
  std::vector<NodeId> stuck(static_cast<std::size_t>(blocks), -1);
  std::atomic<bool> stopped = false;
  parallel_for(blocks, options.run.threads, [&](std::int64_t block) {
    if (stopped = stopped || signal.reached(); stopped) return;
    const std::int64_t first = block * kBlockRows;
    stuck[static_cast<std::size_t>(block)] =
        sampler.draw(block, first, std::min(kBlockRows, n - first), sample.values, log_weights);
  });
  if (stopped) return NoCounterfactual{Refusal::BudgetExceeded, -1, "sampling was stopped"};
  for (const NodeId v : stuck) {
    if (v >= 0) return detail::refuse_noise(model, v, NoiseOfValue::Kind::Unknown);
  }
  const double largest = log_weights.maxCoeff();
  if (largest == kNever) {
    return NoCounterfactual{Refusal::ZeroSupport, -1, "no draw of the noise fits the evidence"};
  }
  sample.weights = (log_weights.array() - largest).exp();
  sample.weights /= sample.weights.sum();
  sample.effective_sample_size = 1 / sample.weights.squaredNorm();
  if (sample.effective_sample_size < options.min_effective_sample_size) {
    return NoCounterfactual{Refusal::BudgetExceeded, -1,
                            "the effective sample size is " + std::to_string(sample.effective_sample_size) + " of " +
                                std::to_string(n) + " draws: draw more"};
  }
  return sample;
}

}  // namespace causal
