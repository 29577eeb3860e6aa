#pragma once
// Whole random systems for comparisons: arms of a family, noise, and a change on the way.

#include <array>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "causal/bandits/environment/generators.hpp"
#include "causal/bandits/environment/linear_environment.hpp"
#include "causal/run/options.hpp"

namespace causal::bandits {

/// Where the graphs of random systems come from.
enum class SystemFamily {
  ErdosRenyi,       ///< random_arms_er.
  ScaleFree,        ///< random_arms_scale_free.
  Hierarchical,     ///< hierarchical_arms.
  EnhancedParallel  ///< enhanced_parallel_arms.
};

}  // namespace causal::bandits

template <>
struct causal::EnumNames<causal::bandits::SystemFamily> {
  static constexpr std::array<std::pair<bandits::SystemFamily, std::string_view>, 4> names{
      {{bandits::SystemFamily::ErdosRenyi, "er"},
       {bandits::SystemFamily::ScaleFree, "scale_free"},
       {bandits::SystemFamily::Hierarchical, "hierarchical"},
       {bandits::SystemFamily::EnhancedParallel, "enhanced_parallel"}}};
};

namespace causal::bandits {

/// Whether the family's weights follow LayeredArmsOptions.
[[nodiscard]] constexpr bool is_layered(SystemFamily family) {
  return family == SystemFamily::Hierarchical || family == SystemFamily::EnhancedParallel;
}

struct RandomSystemOptions {
  SystemFamily systems = SystemFamily::ErdosRenyi;
  int layers = 2;          ///< Hierarchical: n - 1 nodes in so many layers of equal width.
  int edges_per_node = 2;  ///< ScaleFree.
  NoiseShape system_noise = NoiseShape::Gaussian;
  double system_sd = 1;             ///< sd of the noise of every node.
  double system_sd_high = 0;        ///< Above system_sd: every node has an sd of its own, log-uniform between both.
  std::int64_t change_at = 0;       ///< Round from which change_graph's arms hold; 0: never.
  int change_columns = 1;           ///< Mechanisms that change_graph draws anew, at most.
  RandomArmsOptions arms = {};      ///< Of ErdosRenyi, ScaleFree, and of what changes.
  LayeredArmsOptions layered = {};  ///< Of the other two.

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor&& visitor) {
    visitor(Field{"systems", "family of the graphs"}, self.systems);
    visitor(Field{"layers", "layers of a hierarchical system", closed_interval(1, 255)}, self.layers);
    visitor(Field{"edges_per_node", "of a scale-free system", closed_interval(1, 255)}, self.edges_per_node);
    visitor(Field{"system_noise", "law of the noise"}, self.system_noise);
    visitor(Field{"system_sd", "sd of the noise of every node", closed_interval(0, 1e100)}, self.system_sd);
    visitor(Field{"system_sd_high", "above system_sd: sd log-uniform between both", closed_interval(0, 1e100)},
            self.system_sd_high);
    visitor(Field{"change_at", "round from which mechanisms of the best arm are others; 0: never", at_least(0)},
            self.change_at);
    visitor(Field{"change_columns", "mechanisms that change, at most", closed_interval(1, 20)}, self.change_columns);
  }
};

struct RandomSystem {
  LinearArms arms;  ///< In the first round: what policies are told of.
  LinearEnvironment environment;
  std::vector<ArmColumn> changed;  ///< Mechanisms that change_at changes.
};

/// A system of n nodes; a function of the arguments, in O(n^2), or O(2^n) a try when it changes. Where no change makes
/// the best arms lose their place, other arms are drawn, up to a hundred times. Errors: InvalidArgument for options out
/// of range, those of the generators, layers that do not divide n - 1, a change in a system of more than 20 nodes or of
/// a layered family, system_sd_high below system_sd but not 0, and when none of a hundred systems can change.
[[nodiscard]] RandomSystem random_system(int n, const RandomSystemOptions& options, std::uint64_t seed);

}  // namespace causal::bandits
