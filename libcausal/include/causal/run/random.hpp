#pragma once
// Counter-based random streams: the same numbers at any thread count and on any platform.

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace causal {

/// Which part of the library draws; keeps streams of different purposes apart under one seed. Never renumber.
enum class RandomDomain : std::uint32_t {
  Test = 1,              ///< Tests and examples.
  RandomGraph = 2,       ///< Random graphs.
  LinearSem = 3,         ///< Weights and noise of linear models.
  Resample = 4,          ///< Bootstrap and subsampling.
  Permutation = 5,       ///< Permutation tests.
  Ordering = 6,          ///< Random orders inside searches.
  Scm = 7,               ///< Noise of structural models.
  ScmFresh = 8,          ///< Noise that an intervention brings with it.
  Features = 9,          ///< Random features of kernels.
  ChangingProcess = 10,  ///< Processes whose mechanisms change.
  Folds = 11,            ///< Which rows are held out together.
  Trees = 12,            ///< Rows and columns that trees see.
  Starts = 13,           ///< Where a search for a minimum starts.
  Environment = 14,      ///< What an environment draws, round by round.
  Policy = 15,           ///< What a policy draws.
  OrderChain = 16        ///< Markov chains over orders.
};

/// A stream of pseudo-random numbers, keyed by (seed, domain, i, j): Philox4x32-10 (Salmon et al. 2011) in counter
/// mode. Two streams with different keys are independent; a stream is cheap to make, so make one per unit of work and
/// never share one between threads.
class RandomStream {
 public:
  RandomStream(std::uint64_t seed, RandomDomain domain, std::uint32_t i = 0, std::uint32_t j = 0);

  /// 64 uniform bits.
  [[nodiscard]] std::uint64_t bits();
  /// Uniform on the open interval (0, 1), 52 bits.
  [[nodiscard]] double uniform();
  /// Uniform on (low, high).
  [[nodiscard]] double uniform(double low, double high) { return low + (high - low) * uniform(); }
  /// Standard normal (Box-Muller on two uniforms).
  [[nodiscard]] double normal();
  /// Uniform on {0, ..., n-1}, without bias; n >= 1.
  [[nodiscard]] std::uint64_t below(std::uint64_t n);
  /// A uniform permutation of 0..n-1.
  [[nodiscard]] std::vector<int> permutation(int n);
  /// k distinct values of 0..n-1 in ascending order, every subset equally likely; 0 <= k <= n.
  [[nodiscard]] std::vector<int> choice(int n, int k);
  /// Fills with independent uniforms on (0, 1) / standard normals, in order.
  void fill_uniform(std::span<double> out);
  void fill_normal(std::span<double> out);

 private:
  void refill();
  std::array<std::uint32_t, 2> key_;
  std::array<std::uint32_t, 4> counter_;
  std::array<std::uint64_t, 2> buffer_{};
  int left_ = 0;
  double spare_normal_ = 0;
  bool has_spare_ = false;
};

}  // namespace causal
