#pragma once
// numpy.random.RandomState: the draws that published test values of Python tools rest on.

#include <cmath>
#include <cstdint>
#include <random>

#include <Eigen/Core>

namespace causal::test {

/// The Mersenne twister of RandomState(seed) with its 53-bit uniforms, polar normals and -log(1 - u) exponentials.
class NumpyRandom {
 public:
  explicit NumpyRandom(std::uint32_t seed) : engine_(seed) {}

  [[nodiscard]] double uniform() {
    const auto high = static_cast<double>(engine_() >> 5);
    const auto low = static_cast<double>(engine_() >> 6);
    return (high * 67108864.0 + low) / 9007199254740992.0;
  }
  [[nodiscard]] double normal() {
    if (has_spare_) {
      has_spare_ = false;
      return spare_;
    }
    double first = 0;
    double second = 0;
    double squared = 0;
    do {
      first = 2 * uniform() - 1;
      second = 2 * uniform() - 1;
      squared = first * first + second * second;
    } while (squared >= 1 || squared == 0);
    const double factor = std::sqrt(-2 * std::log(squared) / squared);
    spare_ = factor * first;
    has_spare_ = true;
    return factor * second;
  }
  [[nodiscard]] double exponential() { return -std::log(1 - uniform()); }

  /// n draws of one kind: draws(300, &NumpyRandom::normal).
  [[nodiscard]] Eigen::VectorXd draws(Eigen::Index n, double (NumpyRandom::*kind)()) {
    Eigen::VectorXd out(n);
    for (Eigen::Index i = 0; i < n; ++i) out(i) = (this->*kind)();
    return out;
  }

 private:
  std::mt19937 engine_;
  double spare_ = 0;
  bool has_spare_ = false;
};

}  // namespace causal::test
