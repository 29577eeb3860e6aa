#pragma once
// The forces that drive changing mechanisms, as functions of the surrogate.

#include <string>
#include <vector>

#include "causal/discovery/search/changing_modules.hpp"

namespace causal::discovery {

/// What the components are principal components of.
enum class ForceKernel {
  Gaussian,  ///< Of a Gaussian kernel between embeddings: nonlinear in the mechanism.
  Linear     ///< Of their inner products.
};

/// Wider kernels than for directions: a force is looked at closely, its mechanism only has to be recognised.
struct DrivingForceOptions {
  ModuleOptions module = {.width_x = 0.5, .width_c = 0.1, .c_scale = SurrogateScale::ZScore, .lambda = 1, .bins = 200};
  int components = 3;
  ForceKernel kernel = ForceKernel::Gaussian;
  double min_evidence = 10;

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor&& visitor) {
    ModuleOptions::visit(self.module, visitor);
    visitor(Field{"components", "components of each driving force", closed_interval(1, 100)}, self.components);
    visitor(Field{"kernel", "kernel between mechanisms: gaussian or linear"}, self.kernel);
    visitor(Field{"min_evidence",
                  "report change points when jumps beat every smooth curve by this much in BIC; more is stricter",
                  at_least(0)},
            self.min_evidence);
  }
};

/// Status other than Ok: `forces` holds those that were finished, ascending by node.
struct DrivingForces {
  std::vector<DrivingForce> forces;
  Status status = Status::Ok;
  std::vector<std::string> warnings;
};

/// The driving force of each node in `changing` (ascending) given its `parents` (one set for each, without `c`).
///
/// Component k over the m points of `surrogate_points(table, c, options.module)` is sqrt(e_k) u_k for the k-th largest
/// eigenvalue of the centred kernel matrix between the embeddings of P(node | parents, C); its share is e_k over their
/// sum. A mechanism that does not change at all has zeros. NaN at points all of whose rows miss a variable.
///
/// Change points stand where a piecewise constant curve jumps that describes the first component of a single time-like
/// surrogate better than every smooth curve, by `min_evidence` in the Bayesian information criterion; a force that only
/// bends, or waves, has none. The kernel blurs them by about `width_c` on either side.
///
/// Cost: that of mechanism_gram and O(50 m^2) for each node. Errors: as mechanism_gram; InvalidArgument when `parents`
/// has another length. BudgetExceeded when one evaluation needs more than run.memory_limit_bytes. Same result at any
/// thread count. Source: Huang et al., JMLR 21(89), 2020, section 5.
[[nodiscard]] DrivingForces driving_forces(const NodeTable& table, NodeId c, const std::vector<NodeId>& changing,
                                           const std::vector<NodeSet>& parents, const DrivingForceOptions& options,
                                           const RunOptions& run, const StopSignal& stop);

}  // namespace causal::discovery

namespace causal {

template <>
struct EnumNames<discovery::ForceKernel> {
  static constexpr std::array<std::pair<discovery::ForceKernel, std::string_view>, 2> names{
      {{discovery::ForceKernel::Gaussian, "gaussian"}, {discovery::ForceKernel::Linear, "linear"}}};
};

}  // namespace causal
