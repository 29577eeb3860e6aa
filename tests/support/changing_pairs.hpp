#pragma once
// Small systems whose mechanisms change with time or between domains.

#include <Eigen/Core>
#include <cmath>
#include <string>
#include <vector>

#include "causal/discovery/ci/node_table.hpp"
#include "causal/run/random.hpp"

namespace causal::test {

/// A smooth curve through about `changes` independent standard normal levels, of variance about 1.
inline Eigen::VectorXd smooth_driver(Eigen::Index n, int changes, RandomStream& stream) {
  Eigen::VectorXd knots(changes + 4);
  for (Eigen::Index k = 0; k < knots.size(); ++k) knots[k] = stream.normal();
  Eigen::VectorXd h(n);
  for (Eigen::Index t = 0; t < n; ++t) {
    const double at = 1.5 + static_cast<double>(t) * changes / static_cast<double>(n);
    double sum = 0;
    double squares = 0;
    for (Eigen::Index k = 0; k < knots.size(); ++k) {
      const double weight = std::exp(-2 * (at - static_cast<double>(k)) * (at - static_cast<double>(k)));
      sum += weight * knots[k];
      squares += weight * weight;
    }
    h[t] = sum / std::sqrt(squares);
  }
  return h;
}

enum class Change { Additive, Slope };

/// Nodes 0 -> 1 with independent drivers h1, h2: x = e + h1, y = x + h2 + .3 e, or x = .5 e + h1, y = (1.5 + h2) x + .3
/// e.
inline std::vector<discovery::Node> driven_pair(const Eigen::VectorXd& h1, const Eigen::VectorXd& h2, Change change,
                                                RandomStream& stream) {
  const Eigen::Index n = h1.size();
  discovery::Node x{.name = "x", .numeric = Eigen::MatrixXd(n, 1)};
  discovery::Node y{.name = "y", .numeric = Eigen::MatrixXd(n, 1)};
  for (Eigen::Index t = 0; t < n; ++t) {
    const bool slope = change == Change::Slope;
    x.numeric(t, 0) = (slope ? 0.5 : 1.0) * stream.normal() + h1[t];
    y.numeric(t, 0) = (slope ? (1.5 + h2[t]) * x.numeric(t, 0) : x.numeric(t, 0) + h2[t]) + 0.3 * stream.normal();
  }
  return {x, y};
}

inline discovery::Node time_node(Eigen::Index n) {
  return {.name = "time", .numeric = Eigen::VectorXd::LinSpaced(n, 1, static_cast<double>(n)), .surrogate = true};
}

/// Domains of the given sizes, one after the other.
inline discovery::Node domain_node(const std::vector<int>& sizes) {
  discovery::Node out{.name = "site", .surrogate = true};
  Eigen::Index n = 0;
  for (const int size : sizes) n += size;
  out.nominal.resize(n, 1);
  Eigen::Index at = 0;
  for (std::size_t c = 0; c < sizes.size(); ++c) {
    out.nominal.col(0).segment(at, sizes[c]).setConstant(static_cast<double>(c));
    at += sizes[c];
    out.levels.push_back("site " + std::to_string(c));
  }
  return out;
}

/// Tables with nodes x (0), y (1) and the surrogate (2); about 30 independent changes over the rows.
inline discovery::NodeTable timed_pair(Eigen::Index n, Change change, std::uint32_t seed, int changes = 30) {
  RandomStream stream(101, RandomDomain::Test, seed, static_cast<std::uint32_t>(change));
  const Eigen::VectorXd h1 = smooth_driver(n, changes, stream);
  const Eigen::VectorXd h2 = smooth_driver(n, changes, stream);
  std::vector<discovery::Node> nodes = driven_pair(h1, h2, change, stream);
  nodes.push_back(time_node(n));
  return discovery::NodeTable(std::move(nodes));
}

inline discovery::NodeTable domain_pair(const std::vector<int>& sizes, Change change, std::uint32_t seed) {
  RandomStream stream(102, RandomDomain::Test, seed, static_cast<std::uint32_t>(change));
  discovery::Node site = domain_node(sizes);
  const Eigen::Index n = site.nominal.rows();
  Eigen::VectorXd h1(n);
  Eigen::VectorXd h2(n);
  Eigen::Index at = 0;
  for (const int size : sizes) {
    h1.segment(at, size).setConstant(stream.normal());
    h2.segment(at, size).setConstant(stream.normal());
    at += size;
  }
  std::vector<discovery::Node> nodes = driven_pair(h1, h2, change, stream);
  nodes.push_back(std::move(site));
  return discovery::NodeTable(std::move(nodes));
}

}  // namespace causal::test
