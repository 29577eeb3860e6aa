// Comb disintegration of a table. Context, treatment, mediator and outcome are flattened to one index each: cell
// (k, a, b, c) is at ((k |A| + a) |B| + b) |C| + c.
#include <algorithm>
#include <cmath>

#include "causal/diagram/comb.hpp"
#include "causal/run/error.hpp"

namespace causal {

namespace {

std::vector<VariableId> joined(std::initializer_list<const std::vector<VariableId>*> lists) {
  std::vector<VariableId> all;
  for (const auto* list : lists) all.insert(all.end(), list->begin(), list->end());
  return all;
}

class Disintegration {
 public:
  Disintegration(const Factor& joint, const std::vector<VariableId>& a, const std::vector<VariableId>& b,
                 const std::vector<VariableId>& c, const CombOptions& options)
      : options_(options), scope_a_(a), scope_b_(b), scope_c_(c), scope_k_(options.context) {
    if (a.empty() || b.empty() || c.empty()) {
      throw InvalidArgument("comb_disintegrate: treatment, mediator and outcome must not be empty");
    }
    validate(options, "comb_disintegrate");
    table_ = joint.marginal(joined({&scope_k_, &a, &b, &c}));
    nk_ = size_of(scope_k_);
    na_ = size_of(a);
    nb_ = size_of(b);
    nc_ = size_of(c);
    normalise();
    sum_up();
  }

  std::variant<CombDisintegration, CombZeroSupport> run() {
    find_zero_support();
    if (options_.policy == SupportPolicy::Strict) {
      CombZeroSupport wanted = zero_support(asked());
      if (!wanted.empty()) return wanted;
    }
    CombDisintegration result;
    result.context = factor({&scope_k_}, p_k_);
    result.g = factor({&scope_k_, &scope_a_, &scope_b_}, g_);
    fill_f(result);
    fill_effect(result);
    result.zero = zero_support(std::vector<bool>(na_, true));
    result.smoothing = options_.policy == SupportPolicy::Smooth ? options_.alpha : 0;
    return result;
  }

 private:
  [[nodiscard]] std::size_t size_of(const std::vector<VariableId>& scope) const {
    std::size_t size = 1;
    for (const VariableId v : scope) size *= static_cast<std::size_t>(table_.cardinality(v));
    return size;
  }
  [[nodiscard]] Factor factor(std::initializer_list<const std::vector<VariableId>*> lists,
                              std::vector<double> values) const {
    std::vector<VariableId> scope = joined(lists);
    std::vector<int> cardinalities;
    for (const VariableId v : scope) cardinalities.push_back(table_.cardinality(v));
    return {std::move(scope), std::move(cardinalities), std::move(values)};
  }
  [[nodiscard]] std::size_t ka(std::size_t k, std::size_t a) const { return k * na_ + a; }
  [[nodiscard]] std::size_t kab(std::size_t k, std::size_t a, std::size_t b) const { return ka(k, a) * nb_ + b; }
  [[nodiscard]] bool present(double mass) const { return mass > options_.tau; }

  void normalise() {
    w_ = table_.values();
    double total = 0;
    for (double& v : w_) {
      if (v < 0) throw InvalidArgument("comb_disintegrate: the table has a negative cell");
      if (options_.policy == SupportPolicy::Smooth) v += options_.alpha;
      total += v;
    }
    if (total <= 0) throw InvalidArgument("comb_disintegrate: the table has no mass");
    for (double& v : w_) v /= total;
  }

  void sum_up() {
    p_k_.assign(nk_, 0.0);
    p_ka_.assign(nk_ * na_, 0.0);
    p_kab_.assign(nk_ * na_ * nb_, 0.0);
    for (std::size_t cell = 0; cell < w_.size(); ++cell) p_kab_[cell / nc_] += w_[cell];
    for (std::size_t cell = 0; cell < p_kab_.size(); ++cell) p_ka_[cell / nb_] += p_kab_[cell];
    for (std::size_t cell = 0; cell < p_ka_.size(); ++cell) p_k_[cell / na_] += p_ka_[cell];
    g_.assign(p_kab_.size(), 0.0);
    for (std::size_t cell = 0; cell < g_.size(); ++cell) {
      if (present(p_ka_[cell / nb_])) g_[cell] = p_kab_[cell] / p_ka_[cell / nb_];
    }
  }

  /// Does the treatment a need f(. | k, b) at the tooth value a'? Not where it is defined.
  [[nodiscard]] bool missing(std::size_t k, std::size_t a, std::size_t other, std::size_t b) const {
    return g_[kab(k, a, b)] > 0 && present(p_ka_[ka(k, other)]) && !present(p_kab_[kab(k, other, b)]);
  }

  void find_zero_support() {
    undefined_.assign(nk_ * na_, false);
    needs_.assign(p_kab_.size(), std::vector<bool>());
    for (std::size_t k = 0; k < nk_; ++k) {
      for (std::size_t a = 0; a < na_; ++a) {
        if (!present(p_ka_[ka(k, a)])) {
          undefined_[ka(k, a)] = true;
          continue;
        }
        for (std::size_t other = 0; other < na_; ++other) {
          for (std::size_t b = 0; b < nb_; ++b) {
            if (!missing(k, a, other, b)) continue;
            auto& by = needs_[kab(k, other, b)];
            by.resize(na_, false);
            by[a] = true;
            if (options_.policy != SupportPolicy::Bounds) undefined_[ka(k, a)] = true;
          }
        }
      }
    }
  }

  /// Treatments that must be answered.
  [[nodiscard]] std::vector<bool> asked() const {
    if (options_.treatments.empty()) return std::vector<bool>(na_, true);
    std::vector<bool> result(na_, false);
    const Factor shape = table_.marginal(scope_a_);
    for (const auto& values : options_.treatments) result[shape.cell(values)] = true;
    return result;
  }

  /// Cells (k, a', b) without mass that an asked treatment needs; a treatment itself without mass in a context that has
  /// some needs all of its own.
  [[nodiscard]] CombZeroSupport zero_support(const std::vector<bool>& treatments) const {
    const Factor shape = factor({&scope_k_, &scope_a_, &scope_b_}, p_kab_);
    CombZeroSupport zero{shape.scope(), {}};
    for (std::size_t cell = 0; cell < p_kab_.size(); ++cell) {
      const std::size_t a = cell / nb_ % na_, k = cell / nb_ / na_;
      bool wanted = present(p_k_[k]) && treatments[a] && !present(p_ka_[ka(k, a)]);
      for (std::size_t by = 0; by < needs_[cell].size(); ++by) wanted = wanted || (needs_[cell][by] && treatments[by]);
      if (wanted) zero.cells.push_back(shape.assignment(cell));
    }
    return zero;
  }

  /// f(a, c | k, b), its product with g against the table, and whether a is free of b.
  void fill_f(CombDisintegration& result) const {
    std::vector<double> f(w_.size(), 0.0);
    for (std::size_t k = 0; k < nk_; ++k) {
      for (std::size_t b = 0; b < nb_; ++b) {
        for (std::size_t a = 0; a < na_; ++a) {
          const std::size_t source = kab(k, a, b), target = ((k * nb_ + b) * na_ + a) * nc_;
          const bool defined = present(p_kab_[source]);
          const double share = defined ? p_ka_[ka(k, a)] / p_k_[k] : 0;
          double sum = 0;
          for (std::size_t c = 0; c < nc_; ++c) {
            const double w = w_[source * nc_ + c];
            const double value = defined ? share * w / p_kab_[source] : 0;
            f[target + c] = value;
            sum += value;
            result.reconstruction_error =
                std::max(result.reconstruction_error, std::abs(value * g_[source] * p_k_[k] - w));
          }
          if (defined) result.no_signalling_residual = std::max(result.no_signalling_residual, std::abs(sum - share));
        }
      }
    }
    result.f = factor({&scope_k_, &scope_b_, &scope_a_, &scope_c_}, std::move(f));
  }

  void fill_effect(CombDisintegration& result) const {
    std::vector<double> lower(nk_ * na_ * nc_, 0.0), upper(lower.size(), 0.0);
    for (std::size_t k = 0; k < nk_; ++k) {
      for (std::size_t a = 0; a < na_; ++a) {
        if (!undefined_[ka(k, a)]) add_effect(k, a, &lower[ka(k, a) * nc_], &upper[ka(k, a) * nc_]);
      }
    }
    result.effect = factor({&scope_k_, &scope_a_, &scope_c_}, std::move(lower));
    result.upper = factor({&scope_k_, &scope_a_, &scope_c_}, std::move(upper));
    result.undefined = undefined_;
  }

  void add_effect(std::size_t k, std::size_t a, double* lower, double* upper) const {
    for (std::size_t b = 0; b < nb_; ++b) {
      const double through = g_[kab(k, a, b)];
      if (through == 0) continue;
      for (std::size_t other = 0; other < na_; ++other) {
        const std::size_t source = kab(k, other, b);
        const double weight = through * p_ka_[ka(k, other)] / p_k_[k];
        for (std::size_t c = 0; c < nc_; ++c) {
          const double term = present(p_kab_[source]) ? weight * w_[source * nc_ + c] / p_kab_[source] : 0;
          lower[c] += term;
          upper[c] += missing(k, a, other, b) ? weight : term;
        }
      }
    }
  }

  const CombOptions& options_;
  std::vector<VariableId> scope_a_, scope_b_, scope_c_, scope_k_;
  Factor table_;
  std::size_t nk_ = 1, na_ = 1, nb_ = 1, nc_ = 1;
  std::vector<double> w_, p_k_, p_ka_, p_kab_, g_;
  std::vector<bool> undefined_;
  std::vector<std::vector<bool>> needs_;  // per (k, a', b): the treatments that need it, or empty
};

}  // namespace

std::variant<CombDisintegration, CombZeroSupport> comb_disintegrate(const Factor& joint,
                                                                    const std::vector<VariableId>& a,
                                                                    const std::vector<VariableId>& b,
                                                                    const std::vector<VariableId>& c,
                                                                    const CombOptions& options) {
  return Disintegration(joint, a, b, c, options).run();
}

AveragedEffect average_over_context(const CombDisintegration& comb) {
  const std::vector<VariableId>& context = comb.context.scope();
  AveragedEffect result{
      product(comb.effect, comb.context).sum_out(context), product(comb.upper, comb.context).sum_out(context), {}};
  const std::size_t contexts = comb.context.size(), treatments = comb.undefined.size() / contexts;
  result.undefined.assign(treatments, false);
  for (std::size_t i = 0; i < comb.undefined.size(); ++i) {
    if (comb.undefined[i] && comb.context.values()[i / treatments] > 0) result.undefined[i % treatments] = true;
  }
  const auto blanked = [&](const Factor& factor) {
    std::vector<double> values = factor.values();
    const std::size_t outcomes = values.size() / treatments;
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = result.undefined[i / outcomes] ? 0 : values[i];
    return Factor(factor.scope(), factor.cardinalities(), std::move(values));
  };
  result.effect = blanked(result.effect);
  result.upper = blanked(result.upper);
  return result;
}

}  // namespace causal
