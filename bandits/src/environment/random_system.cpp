#include "causal/bandits/environment/random_system.hpp"

#include <cmath>
#include <string>
#include <utility>

#include "causal/run/error.hpp"
#include "causal/run/random.hpp"

namespace causal::bandits {
namespace {

constexpr int kTries = 100;
// Streams of environments with these first indices belong to no episode and to no generator.
constexpr std::uint32_t kRedraw = 0xfffe0001U;
constexpr std::uint32_t kSpread = 0xfffe0002U;

void check(int n, const RandomSystemOptions& options) {
  validate(options, "random_system");
  if (options.system_sd_high != 0 && options.system_sd_high < options.system_sd) {
    throw InvalidArgument("random_system", "system_sd_high", std::to_string(options.system_sd_high),
                          "be at least system_sd, or 0");
  }
  if (options.system_sd_high > options.system_sd && options.system_sd == 0) {
    throw InvalidArgument("random_system", "system_sd", "0", "be positive for sds between it and system_sd_high");
  }
  if (options.systems == SystemFamily::Hierarchical && (n - 1) % options.layers != 0) {
    throw InvalidArgument("random_system", "layers", std::to_string(options.layers),
                          "divide the number of nodes less the reward, " + std::to_string(n - 1));
  }
  if (options.change_at == 0) return;
  if (n > 20) throw InvalidArgument("random_system", "nodes", std::to_string(n), "be at most 20 for a change");
  if (is_layered(options.systems)) {
    throw InvalidArgument("random_system", "change_at", std::to_string(options.change_at), "be 0 for a layered family");
  }
}

LinearArms arms_of(int n, const RandomSystemOptions& options, std::uint64_t seed) {
  switch (options.systems) {
    case SystemFamily::ErdosRenyi:
      return random_arms_er(n, options.arms, seed);
    case SystemFamily::ScaleFree:
      return random_arms_scale_free(n, options.edges_per_node, options.arms, seed);
    case SystemFamily::Hierarchical:
      return hierarchical_arms((n - 1) / options.layers, options.layers, options.layered, seed);
    case SystemFamily::EnhancedParallel:
      return enhanced_parallel_arms(n, options.layered, seed);
  }
  return {};
}

LinearNoise noise_of(int n, const RandomSystemOptions& options, std::uint64_t seed) {
  LinearNoise noise{.shape = options.system_noise};
  RandomStream stream(seed, RandomDomain::Environment, kSpread);
  std::vector<double> sd(static_cast<std::size_t>(n), options.system_sd);
  if (options.system_sd_high > options.system_sd) {
    for (double& one : sd) one *= std::pow(options.system_sd_high / options.system_sd, stream.uniform());
  }
  noise.sd = {sd, sd};
  return noise;
}

}  // namespace

RandomSystem random_system(int n, const RandomSystemOptions& options, std::uint64_t seed) {
  check(n, options);
  LinearNoise noise = noise_of(n, options, seed);
  if (options.change_at == 0) {
    LinearArms arms = arms_of(n, options, seed);
    return {arms, LinearEnvironment(arms, std::move(noise)), {}};
  }
  std::uint64_t mine = seed;
  for (std::uint32_t attempt = 0; attempt < kTries; ++attempt) {
    const LinearArms arms = arms_of(n, options, mine);
    ChangedArms changed = change_graph(arms, options.change_columns, options.arms, mine);
    if (changed.arms) {
      std::vector<LinearPiece> pieces{{0, arms}, {options.change_at, *std::move(changed.arms)}};
      return {arms, LinearEnvironment(std::move(pieces), std::move(noise)), std::move(changed.columns)};
    }
    mine = RandomStream(seed, RandomDomain::Environment, kRedraw, attempt).bits();
  }
  throw InvalidArgument("random_system: in none of " + std::to_string(kTries) +
                        " systems could a change make the best arms lose their place");
}

}  // namespace causal::bandits
