#include "causal/data/resample.hpp"

#include "causal/run/random.hpp"

namespace causal {
namespace {

std::vector<std::int32_t> bootstrap(std::int64_t n, RandomStream& stream) {
  std::vector<std::int32_t> weights(static_cast<std::size_t>(n), 0);
  for (std::int64_t draw = 0; draw < n; ++draw) ++weights[stream.below(static_cast<std::uint64_t>(n))];
  return weights;
}

// Selection sampling (Fan, Muller and Rezucha 1962): each row is taken with probability wanted / left.
std::vector<std::int32_t> half_subsample(std::int64_t n, RandomStream& stream) {
  std::vector<std::int32_t> weights(static_cast<std::size_t>(n), 0);
  auto wanted = static_cast<std::uint64_t>(n / 2);
  auto left = static_cast<std::uint64_t>(n);
  for (std::int32_t& weight : weights) {
    weight = stream.below(left--) < wanted ? 1 : 0;
    wanted -= static_cast<std::uint64_t>(weight);
  }
  return weights;
}

}  // namespace

std::vector<std::int32_t> resample_weights(std::int64_t n, Resampling kind, std::uint64_t seed,
                                           std::uint32_t replicate) {
  RandomStream stream(seed, RandomDomain::Resample, replicate, static_cast<std::uint32_t>(kind));
  return kind == Resampling::Bootstrap ? bootstrap(n, stream) : half_subsample(n, stream);
}

}  // namespace causal
