#pragma once
// What a diagram means: functors to stochastic matrices, to possibilities and to Gaussian channels.

#include <optional>
#include <unordered_map>

#include "causal/diagram/contraction.hpp"
#include "causal/diagram/diagram.hpp"
#include "causal/probability/finite_map.hpp"
#include "causal/probability/gaussian.hpp"

namespace causal {

/// A functor from diagrams to non-negative matrices over finite sets: a cardinality per type, a matrix per label. Copy
/// is the diagonal, discard the sum, uniform states are uniform.
class FiniteFunctor {
 public:
  /// Errors: InvalidArgument for a cardinality below 1, an empty name.
  void set_type(Name type, int cardinality);
  /// A later matrix for the same label takes the place of the earlier one. Errors: InvalidArgument for an empty label.
  void set_box(Name label, FiniteMap map);
  [[nodiscard]] int cardinality(Name type) const;

  /// The diagram as tensors over its wires: wire w is index w, its inputs and then its outputs are open.
  /// Errors: InvalidArgument for a type or label without a meaning; a matrix that has not the shape of its box, whose
  /// columns do not sum to 1 within 1e-12 |rows| unless the box is partial, or that is not a function (entries 0 and 1)
  /// though the box is deterministic; a point or observed value that is no value of its type. O(size + tables).
  [[nodiscard]] TensorNetwork network(const Diagram& diagram) const;

  /// The functor to possibilities, matrices over ({0, 1}, or, and): 1 where this functor has a positive entry.
  /// Evaluated in numbers, so an entry of a result counts the ways in which it is possible; `possible` makes them 0
  /// and 1.
  [[nodiscard]] FiniteFunctor possibility() const;

 private:
  [[nodiscard]] Factor tensor_of(const Diagram& diagram, BoxId box) const;
  void check(const BoxHead& head, const FiniteMap& map, const std::vector<int>& in, const std::vector<int>& out) const;

  std::unordered_map<Name, int> cardinalities_;
  std::unordered_map<Name, FiniteMap> maps_;
  bool possibilities_ = false;
};

/// 1 where the entry is positive, else 0.
[[nodiscard]] FiniteMap possible(const FiniteMap& map);

/// A table over the open indices of FiniteFunctor::network(diagram) as matrix from inputs to outputs.
[[nodiscard]] FiniteMap as_map(const Factor& table, std::size_t inputs);

/// The meaning of a diagram, or why it was not computed.
struct DiagramEvaluation {
  Status status = Status::Ok;         ///< As of the contraction.
  std::optional<FiniteMap> map = {};  ///< From inputs to outputs, unless status is not Ok.
  std::int64_t exponent = 0;          ///< The true matrix is map * 2^exponent; 0 unless the mass is below 1e-290.
  ContractionPlan plan = {};
};
/// Prunes the diagram and contracts its tensors. A wire that is output twice gives the diagonal. Cost: see
/// contraction.hpp. Errors: as FiniteFunctor::network.
[[nodiscard]] DiagramEvaluation evaluate(const FiniteFunctor& functor, const Diagram& diagram,
                                         const ContractionOptions& options = {});

/// A functor from diagrams to Gaussian channels: a dimension per type, a channel per label.
class GaussianFunctor {
 public:
  /// Errors: InvalidArgument for a negative dimension, an empty name.
  void set_type(Name type, int dimension);
  void set_box(Name label, GaussianMap map);
  /// There is no uniform Gaussian state. With this, uniform boxes mean N(mean, variance) per coordinate: a reference
  /// state, on which channels P(rest | do(x)) do not depend once the result is conditioned on x.
  void set_reference(double mean, double variance);

  /// The channel of the diagram, by propagating means and covariances of all wires in order. O(D^2 (boxes + inputs))
  /// for wires of D coordinates in all. Errors: InvalidArgument for a type or label without a meaning, a channel of
  /// another shape than its box, a deterministic box with noise, a partial box (observe by `condition` afterwards), a
  /// uniform box without `set_reference`, a point state on a type of dimension other than 1.
  [[nodiscard]] GaussianMap apply(const Diagram& diagram) const;

 private:
  [[nodiscard]] int dimension(Name type) const;
  [[nodiscard]] GaussianMap map_of(const Diagram& diagram, BoxId box, int in, int out) const;

  std::unordered_map<Name, int> dimensions_;
  std::unordered_map<Name, GaussianMap> maps_;
  std::optional<std::pair<double, double>> reference_;
};

}  // namespace causal
