#pragma once
// The DAGs of a Markov equivalence class: how many, one at random, all of them.

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "causal/graph/dag.hpp"
#include "causal/graph/pdag.hpp"
#include "causal/run/options.hpp"
#include "causal/run/random.hpp"
#include "causal/run/status.hpp"

namespace causal {

/// Number of DAGs in a Markov equivalence class; it may have thousands of digits.
struct MecSize {
  std::string digits;  ///< Decimal, exact; empty unless status is Ok.
  double log10 = 0;    ///< Of the number, to double precision.
  Status status = Status::Ok;
};

/// How many DAGs the class of `cpdag` holds, exactly and in polynomial time: the product over the undirected components
/// of the numbers of their orientations, by Clique-Picking.
///
/// With c maximal cliques in a component of n nodes: at most 2c - 1 subproblems, of up to c cliques each, so O(c^2)
/// multiplications of numbers below n!; usually far fewer. Memory O(c n) bits and 2c such numbers, besides the size of
/// the subproblems. Listens to run.stop and run.time_limit_s; nothing else of `run` is used.
/// Source: Wienobst, Bannach and Liskiewicz, "Polynomial-time algorithms for counting and sampling Markov equivalent
/// DAGs with applications", JMLR 24, 2023.
[[nodiscard]] MecSize mec_size(const Cpdag& cpdag, const RunOptions& run = {});

/// Draws DAGs of a Markov equivalence class, each with the same probability, exactly: by integer draws, no rounding.
///
/// Construction costs what mec_size costs, and keeps a number per subproblem and clique; a draw costs little more than
/// building the Dag. Thread-safe; copies share the tables. Source: as mec_size; the order inside a clique is drawn by
/// rejection, with at least every second draw accepted.
class MecSampler {
 public:
  explicit MecSampler(const Cpdag& cpdag);

  [[nodiscard]] const MecSize& size() const;
  /// The next DAG of the stream.
  [[nodiscard]] Dag sample(RandomStream& stream) const;
  /// DAG number `index` of `seed`, a function of the class and these two alone.
  [[nodiscard]] Dag sample(std::uint64_t seed, std::uint32_t index) const;

 private:
  struct Tables;
  std::shared_ptr<const Tables> tables_;
};

/// What came of an enumeration: Ok when no DAG is missing, Cancelled also when the visitor asked to stop.
struct MecEnumeration {
  std::uint64_t visited = 0;
  Status status = Status::Ok;
};

/// Calls visit(dag) for every DAG of the class, each once, until it returns false, or run.stop or run.time_limit_s
/// says so. The order depends on the graph alone.
///
/// Delay O(n + m log n) from one DAG to the next, memory O(n^2) at worst. Look at mec_size first: classes are large.
/// Source: Wienobst, Luttermann, Bannach and Liskiewicz, "Efficient enumeration of Markov equivalent DAGs", AAAI 2023.
MecEnumeration for_each_member(const Cpdag& cpdag, const std::function<bool(const Dag&)>& visit,
                               const RunOptions& run = {});

struct EnumerateOptions {
  std::int64_t max_results = 1000;  ///< Stop after this many.
  RunOptions run = {};

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor&& visitor) {
    visitor(Field{"max_results", "stop after this many graphs", at_least(1)}, self.max_results);
  }
};

/// The first DAGs of the class, in the order of for_each_member.
struct MecMembers {
  std::vector<Dag> dags;
  Status status = Status::Ok;  ///< BudgetExceeded: there are more than max_results.
};

/// Errors: InvalidArgument for options out of range. Cost: as for_each_member.
[[nodiscard]] MecMembers enumerate_mec(const Cpdag& cpdag, const EnumerateOptions& options = {});

}  // namespace causal
