#pragma once
// Combs: diagrams with holes, through which the effect of an intervention can be read off observed distributions.
//
// A 2-comb is a channel f: B -> A x C whose output A does not depend on its input B: A comes out of the first tooth
// before B goes into the hole. Filling the hole with g: A -> B gives w(a,b,c) = f(a,c|b) g(b|a). Where w has full
// support on (a,b), f and g are determined by w, and cutting A open is P(c | do a) = sum_b g(b|a) sum_a' f(a',c|b).
// Source: Jacobs, Kissinger, Zanasi, "Causal inference by string diagram surgery", FoSSaCS 2019, sections 6 and 7.

#include <array>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "causal/diagram/diagram.hpp"
#include "causal/graph/admg.hpp"
#include "causal/probability/factor.hpp"
#include "causal/probability/gaussian.hpp"
#include "causal/run/options.hpp"

namespace causal {

/// How the joint state of the ancestors of y is a comb with the treatment x inside: the comb f holds the district of x
/// with its hidden roots, everything else fills the holes.
struct CombWitness {
  std::vector<NodeId> order;   ///< The ancestors of y, y included, in topological order.
  NodeSet f_boxes;             ///< The district of x among them; empty when x is no ancestor of y, hence has no effect.
  NodeSet g_boxes;             ///< The others.
  std::vector<NodeSet> teeth;  ///< f_boxes in topological order, a new tooth wherever g_boxes come between.
  std::vector<NodeSet> holes;  ///< g_boxes before (first), between and after (last) the teeth: one more than teeth.
};

/// Why there is no such comb: a child of x shares hidden causes with x, so x reaches its own comb without a hole.
struct CombObstruction {
  std::vector<NodeId> path;  ///< x -> child <-> ... <-> x: first and last are x, the second is the child.
  std::string reason;        ///< The path in words and arrows.
};

/// The comb for the effect of x on y, or what is in its way: exists iff no child of x lies in the district of x, all
/// among the ancestors of y. Obstructed effects may still be identified by repeated surgery. O(n + m).
/// Errors: InvalidArgument for an unknown node, empty y, x in y.
/// Source: the single-treatment criterion of Tian and Pearl, "A general identification condition for causal effects",
/// AAAI 2002, read as a comb.
[[nodiscard]] std::variant<CombWitness, CombObstruction> find_comb(const Admg& admg, NodeId x, const NodeSet& y);

/// The two regions as open diagrams; plug(f, g) is the joint state of witness.order.
struct CombRegions {
  Diagram f;
  Diagram g;
};
[[nodiscard]] CombRegions comb_regions(const Admg& admg, const CombWitness& witness);

/// Assignments to which a distribution gives no mass though an answer depends on what happens there.
struct CombZeroSupport {
  std::vector<VariableId> scope;
  std::vector<std::vector<int>> cells;  ///< Values in the order of `scope`, ascending.
  [[nodiscard]] bool empty() const { return cells.empty(); }
};

/// P(y | do x) by a comb.
struct CombEffect {
  Factor effect;                ///< Scope (x, y...); 0 where undefined.
  std::vector<bool> undefined;  ///< Per value of x.
  std::vector<CombZeroSupport>
      zero;  ///< Per node of the order with such cells: histories that are needed and have mass 0.
};

/// P(v - x | do x) = prod of P(v_i | v_1..v_i-1) over g_boxes, times the sum over x' of the same product over f_boxes
/// at x', summed to y. `joint` is over (at least) witness.order by node ids. Effects of values of x that need what
/// happens after histories without mass are undefined. O(|table of order| * nodes). Errors: InvalidArgument for a joint
/// without mass, with negative cells, or without x or one of the nodes.
[[nodiscard]] CombEffect comb_effect(const CombWitness& witness, const Factor& joint, NodeId x, const NodeSet& y);

/// What to do where f(.|b) is needed at (a', b) and w(a', b) has no mass.
enum class SupportPolicy {
  Strict,     ///< Answer with the cells, and nothing else.
  PartialOk,  ///< Answer for treatments that need no such cell; the others are undefined.
  Bounds,     ///< Take f(a', .|b) for any distribution: an interval.
  Smooth      ///< Add `alpha` to every cell of the table beforehand; recorded in the result.
};

template <>
struct EnumNames<SupportPolicy> {
  static constexpr std::array<std::pair<SupportPolicy, std::string_view>, 4> names{
      {{SupportPolicy::Strict, "strict"},
       {SupportPolicy::PartialOk, "partial_ok"},
       {SupportPolicy::Bounds, "bounds"},
       {SupportPolicy::Smooth, "smooth"}}};
};

struct CombOptions {
  SupportPolicy policy = SupportPolicy::Strict;
  double tau = 0;    ///< Probabilities up to this count as 0: 0 for exact tables, about 1e-12 for computed ones.
  double alpha = 1;  ///< Of Smooth, in units of the table: a pseudo-count where the table holds counts.
  std::vector<VariableId> context = {};           ///< Variables before the treatment on which all is conditioned.
  std::vector<std::vector<int>> treatments = {};  ///< Values of A that must be answered under Strict; empty: all.

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor&& visitor) {
    visitor(Field{"policy", "what to do where needed cells have no mass"}, self.policy);
    visitor(Field{"tau", "probabilities up to this count as zero", {0, 1, false, true}}, self.tau);
    visitor(
        Field{"alpha", "added to every cell under smooth", {0, std::numeric_limits<double>::infinity(), true, true}},
        self.alpha);
  }
};

/// A joint distribution taken apart as a 2-comb, and the effect of the treatment. K is the context.
struct CombDisintegration {
  Factor context;                   ///< Scope K: P(k).
  Factor g;                         ///< Scope (K, A, B): P(b | k, a); 0 where P(k, a) is.
  Factor f;                         ///< Scope (K, B, A, C): P(a | k) P(c | k, a, b); 0 where undefined.
  Factor effect;                    ///< Scope (K, A, C): P(c | k, do a); 0 where undefined; under Bounds the lower end.
  Factor upper;                     ///< The same; under Bounds the upper end.
  std::vector<bool> undefined;      ///< Per cell of (K, A).
  CombZeroSupport zero;             ///< Cells of (K, A, B) that some treatment needs and that have no mass.
  double reconstruction_error = 0;  ///< max |f g - w|.
  double no_signalling_residual = 0;  ///< max |sum_c f(a,c|k,b) - P(a|k)| over defined cells.
  double smoothing = 0;               ///< The alpha added.
};

/// Takes w(k,a,b,c) apart as f(a,c|k,b) g(b|k,a) and computes P(c | k, do a) = sum_b g(b|k,a) sum_a' f(a',c|k,b).
/// `joint` is any non-negative table of positive mass over K, A, B, C (others are summed out); it is normalised. A
/// cell (k,a',b) is needed when P(k) > 0 and g(b|k,a) P(a'|k) > 0 for a treatment a asked for. A treatment with
/// P(k,a) = 0 is undefined and never filled in; under Strict it is zero support if asked for. The answer is the causal
/// effect when find_comb says so. O(|A| |table|).
/// Errors: InvalidArgument for unknown or repeated variables, empty A, B or C, an option out of range, a negative cell
/// or no mass at all.
[[nodiscard]] std::variant<CombDisintegration, CombZeroSupport> comb_disintegrate(const Factor& joint,
                                                                                  const std::vector<VariableId>& a,
                                                                                  const std::vector<VariableId>& b,
                                                                                  const std::vector<VariableId>& c,
                                                                                  const CombOptions& options = {});

/// The effect averaged over the context: sum_k P(k) P(c | k, do a).
struct AveragedEffect {
  Factor effect;                ///< Scope (A, C).
  Factor upper;                 ///< Equal to `effect` unless the policy was Bounds.
  std::vector<bool> undefined;  ///< Per cell of A: undefined for some k of positive probability.
};
[[nodiscard]] AveragedEffect average_over_context(const CombDisintegration& comb);

/// The effect of a treatment through a Gaussian comb.
struct GaussianComb {
  GaussianMap effect;             ///< From the treatment a to C under do(a).
  GaussianConditional mediators;  ///< B given A; `mediators.contains(a)` says whether a is in the support of A.
  bool supported = false;  ///< The support of (A, B) is the product of those of A and B. Otherwise the effect is the
                           ///< one of the pseudo-inverse, one of many that fit.
};

/// With regressions B = G a + g0 and C = K_A a + K_B b + k of the joint state:
/// C | do(a) ~ N(K_A mu_A + K_B (G a + g0) + k, K_A S_AA K_A' + K_B S_B|A K_B' + S_C|AB).
/// Coordinates are 0-based. Errors: InvalidArgument as `disintegrate`.
[[nodiscard]] GaussianComb gaussian_comb(const GaussianMap& joint, const std::vector<int>& a, const std::vector<int>& b,
                                         const std::vector<int>& c);

}  // namespace causal
