#include "envelope_cholesky.hpp"

#include <Eigen/Cholesky>
#include <algorithm>

#include "causal/run/error.hpp"

namespace causal::discovery::detail {
namespace {

constexpr Eigen::Index kBlock = 64;

}  // namespace

EnvelopeCholesky::EnvelopeCholesky(Eigen::MatrixXd matrix, const std::vector<Eigen::Index>& first)
    : lower_(std::move(matrix)) {
  const Eigen::Index n = lower_.rows();
  // A row that starts left of a block's end can be filled in that block; the last such row bounds the panel.
  std::vector<Eigen::Index> last(static_cast<std::size_t>(n) + 1, 0);
  for (Eigen::Index i = 0; i < n; ++i) {
    Eigen::Index& at = last[static_cast<std::size_t>(first[static_cast<std::size_t>(i)] + 1)];
    at = std::max(at, i + 1);
  }
  for (std::size_t k = 1; k < last.size(); ++k) last[k] = std::max(last[k], last[k - 1]);

  for (Eigen::Index begin = 0; begin < n; begin += kBlock) {
    const Eigen::Index size = std::min(kBlock, n - begin);
    const Eigen::Index end = begin + size;
    const Eigen::Index below = std::max<Eigen::Index>(0, last[static_cast<std::size_t>(end)] - end);
    blocks_.push_back({begin, size, below});
    Eigen::Ref<Eigen::MatrixXd> diagonal = lower_.block(begin, begin, size, size);
    const Eigen::LLT<Eigen::Ref<Eigen::MatrixXd>> factor(diagonal);
    CAUSAL_ASSERT(factor.info() == Eigen::Success);
    if (below == 0) continue;
    Eigen::Ref<Eigen::MatrixXd> panel = lower_.block(end, begin, below, size);
    diagonal.triangularView<Eigen::Lower>().transpose().solveInPlace<Eigen::OnTheRight>(panel);
    lower_.block(end, end, below, below).selfadjointView<Eigen::Lower>().rankUpdate(panel, -1.0);
  }
}

void EnvelopeCholesky::solve_in_place(Eigen::Ref<Eigen::MatrixXd> B) const {
  for (const Block& k : blocks_) {
    Eigen::Ref<Eigen::MatrixXd> part = B.middleRows(k.begin, k.size);
    lower_.block(k.begin, k.begin, k.size, k.size).triangularView<Eigen::Lower>().solveInPlace(part);
    if (k.below == 0) continue;
    B.middleRows(k.begin + k.size, k.below).noalias() -=
        lower_.block(k.begin + k.size, k.begin, k.below, k.size) * part;
  }
  for (auto k = blocks_.rbegin(); k != blocks_.rend(); ++k) {
    Eigen::Ref<Eigen::MatrixXd> part = B.middleRows(k->begin, k->size);
    if (k->below > 0) {
      part.noalias() -= lower_.block(k->begin + k->size, k->begin, k->below, k->size).transpose() *
                        B.middleRows(k->begin + k->size, k->below);
    }
    lower_.block(k->begin, k->begin, k->size, k->size).triangularView<Eigen::Lower>().transpose().solveInPlace(part);
  }
}

}  // namespace causal::discovery::detail
