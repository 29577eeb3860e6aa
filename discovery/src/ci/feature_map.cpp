#include "feature_map.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

#include "causal/math/cosine.hpp"
#include "causal/run/random.hpp"

namespace causal::discovery {
namespace {

constexpr int kBandwidthRows = 500;
constexpr int kMaxIndicators = 100;  // of a node as x or y; random signs stand for more levels

using Nodes = std::vector<std::shared_ptr<const NodeColumns>>;

// Streams are keyed by names, not positions, so that the order of the columns does not matter: 64 bits of FNV-1a,
// scrambled as in splitmix64.
RandomStream stream_of(std::uint64_t seed, std::string_view role, const Nodes& nodes) {
  std::uint64_t hash = 0xcbf29ce484222325;
  const auto mix = [&hash](std::string_view text) {
    for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
    hash = (hash ^ 0xff) * 0x100000001b3;
  };
  mix(role);
  for (const auto& node : nodes) mix(node->name);
  hash = (hash ^ (hash >> 30)) * 0xbf58476d1ce4e5b9;
  hash = (hash ^ (hash >> 27)) * 0x94d049bb133111eb;
  hash ^= hash >> 31;
  return {seed, RandomDomain::Features, static_cast<std::uint32_t>(hash), static_cast<std::uint32_t>(hash >> 32)};
}

// The median of the distances, other than 0, between some rows of the z-scores.
double median_distance(const std::vector<const NumericColumn*>& columns, std::int64_t n, RandomStream& stream) {
  std::vector<int> rows(static_cast<std::size_t>(std::min<std::int64_t>(n, kBandwidthRows)));
  if (n > kBandwidthRows) {
    rows = stream.choice(static_cast<int>(n), kBandwidthRows);
  } else {
    std::iota(rows.begin(), rows.end(), 0);
  }
  const auto m = static_cast<Eigen::Index>(rows.size());
  const auto q = static_cast<Eigen::Index>(columns.size());
  Eigen::MatrixXd z(q, m);
  for (Eigen::Index i = 0; i < m; ++i) {
    for (Eigen::Index j = 0; j < q; ++j) {
      z(j, i) = columns[static_cast<std::size_t>(j)]->z(rows[static_cast<std::size_t>(i)]);
    }
  }
  std::vector<double> squares;
  squares.reserve(static_cast<std::size_t>(m * (m - 1) / 2));
  for (Eigen::Index a = 0; a < m; ++a) {
    for (Eigen::Index b = 0; b < a; ++b) {
      double square = 0;
      for (Eigen::Index j = 0; j < q; ++j) square += (z(j, a) - z(j, b)) * (z(j, a) - z(j, b));
      if (square > 0) squares.push_back(square);
    }
  }
  if (squares.empty()) return 1;
  const auto middle = squares.begin() + static_cast<std::ptrdiff_t>(squares.size() / 2);
  std::nth_element(squares.begin(), middle, squares.end());
  return std::sqrt(*middle);
}

// Columns that random features are made of. Each has its own width: distances add up over columns.
struct CosineColumns {
  std::vector<const NumericColumn*> numeric = {};
  std::vector<const NumericColumn*> time = {};
  std::vector<const CodedColumn*> nominal = {};
};

// Random features of the product of a Gaussian kernel in the numbers, one in time, and equality of levels: the mean of
// sign(a) sign(b) over random signs is 1 for a = b and else 0.
CosineBlock random_block(const CosineColumns& columns, int size, std::int64_t n, double time_width,
                         RandomStream& stream) {
  const double width = columns.numeric.empty() ? 1 : median_distance(columns.numeric, n, stream);
  CosineBlock block{.numeric = columns.numeric, .nominal = columns.nominal};
  block.numeric.insert(block.numeric.end(), columns.time.begin(), columns.time.end());
  const auto q = static_cast<Eigen::Index>(block.numeric.size());
  block.weights.resize(q, size);
  block.phases.resize(size);
  block.amplitudes = Eigen::VectorXd::Constant(size, std::numbers::sqrt2);
  for (int k = 0; k < size; ++k) {
    for (Eigen::Index j = 0; j < q; ++j) {
      const bool is_time = j >= static_cast<Eigen::Index>(columns.numeric.size());
      block.weights(j, k) = stream.normal() / (is_time ? time_width : width);
    }
  }
  // Phases in random order, one in each of `size` equal parts of the circle: few features drawn independently may all
  // be nearly odd functions, which miss a change of variance, or nearly even ones, which miss a shift.
  const std::vector<int> part = stream.permutation(size);
  for (int k = 0; k < size; ++k) {
    block.phases[k] = 2 * std::numbers::pi * (part[static_cast<std::size_t>(k)] + stream.uniform()) / size;
  }
  if (q == 0) {  // signs alone
    block.phases.setZero();
    block.amplitudes.setOnes();
  }
  for (const CodedColumn* column : columns.nominal) {
    Eigen::MatrixXd signs(column->levels(), size);
    for (Eigen::Index level = 0; level < signs.rows(); ++level) {
      for (int k = 0; k < size; ++k) signs(level, k) = stream.uniform() < 0.5 ? -1 : 1;
    }
    block.signs.push_back(std::move(signs));
  }
  return block;
}

// cos(pi k u), k = 1, 2, ..., for u the time from 0 to 1: from half a cycle to size / 2 cycles over the rows. They are
// orthogonal for evenly spaced times and, unlike sines, follow a trend. A pure kernel of this width would give k the
// variance exp(-(width w)^2 / 2) at angular frequency w, and could never see a change faster than the width; here the
// variance falls off as 1 / w, the same for every octave, so that fast changes are seen in larger samples.
CosineBlock harmonics(const NumericColumn& time, int size, double width) {
  CosineBlock block{.numeric = {&time}};
  const double step = std::numbers::pi / (time.largest_z() - time.smallest_z());
  const Eigen::VectorXd frequency = step * Eigen::VectorXd::LinSpaced(size, 1, size);
  block.weights = frequency.transpose();
  block.phases = -time.smallest_z() * frequency;
  block.amplitudes = std::numbers::sqrt2 * (1 + (width * frequency.array()).square()).pow(-0.25);
  return block;
}

void append(FeatureMap& map, CosineBlock block, bool standardise) {
  map.standardise.insert(map.standardise.end(), static_cast<std::size_t>(block.size()), standardise);
  if (block.size() > 0) map.cosines.push_back(std::move(block));
}

void append(FeatureMap& map, const CodedColumn& column, int levels, bool standardise) {
  IndicatorBlock block{.column = &column, .heights = Eigen::VectorXd(levels)};
  // Of variance 1 - share: the statistic of two nominal nodes is then Pearson's.
  for (int k = 0; k < levels; ++k) block.heights[k] = 1 / std::sqrt(column.share[static_cast<std::size_t>(k)]);
  map.standardise.insert(map.standardise.end(), static_cast<std::size_t>(levels), standardise);
  map.indicators.push_back(std::move(block));
}

CosineColumns columns_of(const Nodes& nodes) {
  CosineColumns columns;
  for (const auto& node : nodes) {
    for (const NumericColumn& column : node->numeric) {
      (node->surrogate ? columns.time : columns.numeric).push_back(&column);
    }
    for (const CodedColumn& column : node->nominal) columns.nominal.push_back(&column);
  }
  return columns;
}

void evaluate_block(const CosineBlock& block, std::int64_t first, int count, Tile& out, int at) {
  const int q = static_cast<int>(block.numeric.size());
  Tile z(q);
  for (int j = 0; j < q; ++j) {
    const NumericColumn& column = *block.numeric[static_cast<std::size_t>(j)];
    for (int i = 0; i < count; ++i) z.column(j)[i] = column.z(first + i);
  }
  for (int k = 0; k < block.size(); ++k) {
    double* const feature = out.column(at + k);
    combine_columns(z, {block.weights.col(k).data(), static_cast<std::size_t>(q)}, block.phases[k], feature);
    cosines_in_place({feature, static_cast<std::size_t>(count)});
    for (int i = 0; i < count; ++i) feature[i] *= block.amplitudes[k];
    for (std::size_t c = 0; c < block.nominal.size(); ++c) {
      const std::int32_t* codes = block.nominal[c]->codes.data() + first;
      const double* signs = block.signs[c].col(k).data();
      for (int i = 0; i < count; ++i) feature[i] *= signs[codes[i]];
    }
    std::fill(feature + count, feature + kTileRows, 0.0);
  }
}

void evaluate_block(const IndicatorBlock& block, std::int64_t first, int count, Tile& out, int at) {
  for (int k = 0; k < block.size(); ++k) std::fill_n(out.column(at + k), kTileRows, 0.0);
  const std::int32_t* codes = block.column->codes.data() + first;
  for (int i = 0; i < count; ++i) {
    if (codes[i] < block.size()) out.column(at + codes[i])[i] = block.heights[codes[i]];
  }
}

}  // namespace

void FeatureMap::evaluate(std::int64_t first, int count, Tile& out, int at) const {
  for (const CosineBlock& block : cosines) {
    evaluate_block(block, first, count, out, at);
    at += block.size();
  }
  for (const IndicatorBlock& block : indicators) {
    evaluate_block(block, first, count, out, at);
    at += block.size();
  }
}

FeatureMap target_features(std::shared_ptr<const NodeColumns> node, Nodes joined, std::int64_t n,
                           const FeatureOptions& options) {
  FeatureMap map;
  map.nodes = {node};
  if (!joined.empty()) {
    // The node together with others: random features of all columns at once.
    RandomStream stream = stream_of(options.seed, "joined target " + node->name, joined);
    map.nodes.insert(map.nodes.end(), joined.begin(), joined.end());
    int size = options.features_xy;
    for (const CodedColumn& column : node->nominal) size = std::max(size, std::min(column.levels(), kMaxIndicators));
    append(map, random_block(columns_of(map.nodes), size, n, options.surrogate_width, stream), true);
    return map;
  }
  RandomStream stream = stream_of(options.seed, "target", map.nodes);
  const CosineColumns columns = columns_of(map.nodes);
  if (!columns.numeric.empty()) {
    append(map, random_block({.numeric = columns.numeric}, options.features_xy, n, 1, stream), true);
  }
  for (const NumericColumn* time : columns.time) {
    const int size = std::max(1, options.surrogate_features / static_cast<int>(columns.time.size()));
    append(map, harmonics(*time, size, options.surrogate_width), false);
  }
  // Cosine blocks stand before indicators in the order of features.
  for (const CodedColumn* column : columns.nominal) {
    if (column->levels() > kMaxIndicators) {
      append(map, random_block({.nominal = {column}}, kMaxIndicators, n, 1, stream), false);
    }
  }
  for (const CodedColumn* column : columns.nominal) {
    if (column->levels() <= kMaxIndicators) append(map, *column, column->levels(), false);
  }
  return map;
}

FeatureMap conditioning_features(Nodes nodes, std::int64_t n, int limit, const FeatureOptions& options) {
  FeatureMap map;
  RandomStream stream = stream_of(options.seed, "conditioning", nodes);
  map.nodes = std::move(nodes);
  CosineColumns columns = columns_of(map.nodes);
  bool interact = false;
  std::vector<const CodedColumn*> indicated = columns.nominal;
  if (columns.nominal.size() > 1) {
    // All combinations of levels where they are few, else every column on its own and products of random signs.
    auto combined = std::make_shared<const CodedColumn>(combined_levels(columns.nominal));
    if (combined->levels() - 1 <= std::min(options.features_z, limit / 2)) {
      map.cells.push_back(combined);
      indicated = {combined.get()};
      columns.nominal = indicated;
    } else {
      interact = true;
    }
  }
  int taken = 0;
  for (const CodedColumn* column : indicated) taken += column->levels() - 1;
  const int kinds = (columns.numeric.empty() ? 0 : 1) + (columns.time.empty() ? 0 : 1) + (indicated.empty() ? 0 : 1);
  interact = interact || kinds > 1;
  const int times = static_cast<int>(columns.time.size());
  const int wanted = (columns.numeric.empty() ? 0 : options.features_z) + (interact ? options.features_z : 0) +
                     (times > 0 ? options.surrogate_features : 0);
  if (taken > limit || (wanted > 0 && limit - taken < kinds)) return {};
  const double part = wanted > 0 ? std::min(1.0, static_cast<double>(limit - taken) / wanted) : 0;
  const auto share = [part](int size) { return static_cast<int>(part * size); };
  if (!columns.numeric.empty()) {
    append(map, random_block({.numeric = columns.numeric}, share(options.features_z), n, 1, stream), false);
  }
  for (const NumericColumn* time : columns.time) {
    append(map, harmonics(*time, share(options.surrogate_features) / times, options.surrogate_width), false);
  }
  if (interact) {
    append(map, random_block(columns, share(options.features_z), n, options.surrogate_width, stream), false);
  }
  for (const CodedColumn* column : indicated) append(map, *column, column->levels() - 1, false);
  return map;
}

}  // namespace causal::discovery
