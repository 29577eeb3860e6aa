#include <algorithm>
#include <array>
#include <cmath>

#include "causal/io/amat.hpp"
#include "csv_record.hpp"
#include "graph_builder.hpp"

namespace causal::io {
namespace {

std::optional<double> entry_from(std::string_view text) {
  if (text == "TRUE") return 1.0;
  if (text == "FALSE") return 0.0;
  if (!text.empty() && text.front() == '+') text.remove_prefix(1);
  return number_from(text);
}

class AmatReader {
 public:
  AmatReader(std::string_view text, AmatLayout layout, const std::string& file)
      : scanner_(text, file), layout_(layout) {
    const std::string_view first_line = text.substr(0, text.find('\n'));
    delimiter_ = first_line.find('\t') == std::string_view::npos ? ',' : '\t';
  }

  LearnedGraph read() {
    while (true) {
      std::vector<CsvCell> record = read_csv_record(scanner_, delimiter_);
      if (record.empty()) break;
      records_.push_back(std::move(record));
    }
    if (records_.empty()) scanner_.fail("this matrix is empty");
    read_frame();
    read_entries();
    for (std::size_t i = 0; i < p_; ++i) {
      for (std::size_t j = i; j < p_; ++j) read_pair(i, j);
    }
    LearnedGraph graph = builder_.take();
    graph.kind = guess_kind_in_time(graph);
    return graph;
  }

 private:
  /// Tells header and row names from entries: p_, first_row_, first_column_, names.
  void read_frame() {
    const std::vector<CsvCell>& first = records_[0];
    const std::size_t rows = records_.size();
    // As many cells as rows: a bare matrix, or one with both a header and row names, whose corner is no number.
    const bool is_bare = first.size() == rows && entry_from(first[0].text);
    first_row_ = is_bare ? 0 : 1;
    p_ = rows - first_row_;
    // A header may lack the corner, as R's write.table leaves it out.
    const std::size_t width = p_ == 0 ? first.size() : records_.back().size();
    first_column_ = is_bare || (width == p_ && p_ > 0) ? 0 : 1;
    for (std::size_t i = first_row_; i < rows; ++i) {
      if (records_[i].size() == p_ + first_column_) continue;
      scanner_.fail_at(records_[i][0].position, "this row has " + std::to_string(records_[i].size()) + " cells for " +
                                                    std::to_string(p_) + " variables");
    }
    if (is_bare) {
      for (std::size_t i = 1; i <= p_; ++i) static_cast<void>(builder_.node("X" + std::to_string(i)));
    } else {
      read_names();
    }
  }

  void read_names() {
    const std::vector<CsvCell>& header = records_[0];
    const bool has_corner = first_column_ == 1 && header.size() == p_ + 1;
    if (header.size() != p_ + (has_corner ? 1 : 0)) {
      scanner_.fail_at(
          0, "the header has " + std::to_string(header.size()) + " cells for " + std::to_string(p_) + " rows");
    }
    if (has_corner) check_corner(header[0]);
    for (std::size_t j = has_corner ? 1 : 0; j < header.size(); ++j) {
      if (const auto complaint = builder_.add_node({header[j].text})) scanner_.fail_at(header[j].position, *complaint);
    }
    if (first_column_ == 0) return;
    for (std::size_t i = 0; i < p_; ++i) {
      const CsvCell& cell = records_[i + 1][0];
      const bool is_name = cell.text == builder_.name(static_cast<NodeId>(i));
      const bool is_count = cell.text == std::to_string(i) || cell.text == std::to_string(i + 1);
      if (!is_name && !is_count) {
        scanner_.fail_at(cell.position, "row '" + cell.text + "' stands where the header has '" +
                                            builder_.name(static_cast<NodeId>(i)) + "'");
      }
    }
  }

  void check_corner(const CsvCell& corner) {
    constexpr std::array<std::pair<std::string_view, AmatLayout>, 5> kCorners = {
        {{"amat.cpdag", AmatLayout::Pcalg},
         {"amat.pag", AmatLayout::Pcalg},
         {"amat.causal-learn", AmatLayout::CausalLearn},
         {"amat.gadjid", AmatLayout::Gadjid},
         {"amat.lingam", AmatLayout::Lingam}}};
    for (const auto& [text, layout] : kCorners) {
      if (corner.text == text && layout != layout_) {
        scanner_.fail_at(corner.position, "this matrix says it is " + corner.text + ", which is another layout");
      }
    }
    has_pag_corner_ = corner.text == "amat.pag";
    has_cpdag_corner_ = corner.text == "amat.cpdag";
  }

  void read_entries() {
    entries_.resize(p_ * p_);
    for (std::size_t i = 0; i < p_; ++i) {
      for (std::size_t j = 0; j < p_; ++j) {
        const auto value = entry_from(cell(i, j).text);
        if (!value) scanner_.fail_at(cell(i, j).position, "entry '" + cell(i, j).text + "' is no number");
        entries_[i * p_ + j] = *value;
        is_pag_ = is_pag_ || *value == 2 || *value == 3;
      }
    }
    is_pag_ = has_pag_corner_ || (is_pag_ && !has_cpdag_corner_);
  }

  [[nodiscard]] const CsvCell& cell(std::size_t i, std::size_t j) const {
    return records_[i + first_row_][j + first_column_];
  }

  void read_pair(std::size_t i, std::size_t j) {
    const double ij = entries_[i * p_ + j];
    const double ji = entries_[j * p_ + i];
    if (ij == 0 && ji == 0) return;
    if (i == j) scanner_.fail_at(cell(i, j).position, "an edge from '" + name(i) + "' to itself");
    LearnedEdge edge;
    edge.edge = {static_cast<NodeId>(i), static_cast<NodeId>(j)};
    if (layout_ == AmatLayout::Lingam) {
      read_weight(i, j, edge);
    } else {
      const auto marks = marks_of(ij, ji);
      if (!marks) {
        scanner_.fail_at(cell(i, j).position, "entries '" + cell(i, j).text + "' and '" + cell(j, i).text + "' at ('" +
                                                  name(i) + "', '" + name(j) + "') and back make no edge");
      }
      std::tie(edge.edge.mark_from, edge.edge.mark_to) = *marks;
    }
    if (const auto complaint = builder_.add_edge(edge)) scanner_.fail_at(cell(i, j).position, *complaint);
  }

  void read_weight(std::size_t i, std::size_t j, LearnedEdge& edge) const {
    const bool goes_down = entries_[i * p_ + j] != 0;  // from column j to row i
    if (goes_down && entries_[j * p_ + i] != 0) {
      scanner_.fail_at(cell(i, j).position, "'" + name(i) + "' and '" + name(j) + "' point at each other");
    }
    if (goes_down) std::swap(edge.edge.from, edge.edge.to);
    const CsvCell& weight = goes_down ? cell(i, j) : cell(j, i);
    if (weight.text != "1" && weight.text != "TRUE")
      edge.strength = goes_down ? entries_[i * p_ + j] : entries_[j * p_ + i];
  }

  /// Marks at i and j from the entries (i, j) and (j, i).
  [[nodiscard]] std::optional<std::pair<Mark, Mark>> marks_of(double ij, double ji) const {
    const auto both = [](std::optional<Mark> i, std::optional<Mark> j) {
      return i && j ? std::optional(std::pair(*i, *j)) : std::nullopt;
    };
    const auto is = [&](double a, double b) { return ij == a && ji == b; };
    switch (layout_) {
      case AmatLayout::Pcalg:
        if (is_pag_) return both(pag_mark(ji), pag_mark(ij));
        if (is(0, 1)) return std::pair(Mark::Tail, Mark::Arrow);
        if (is(1, 0)) return std::pair(Mark::Arrow, Mark::Tail);
        if (is(1, 1)) return std::pair(Mark::Tail, Mark::Tail);
        return std::nullopt;
      case AmatLayout::CausalLearn:
        return both(causal_learn_mark(ij), causal_learn_mark(ji));
      case AmatLayout::Gadjid:
        if (is(1, 0)) return std::pair(Mark::Tail, Mark::Arrow);
        if (is(0, 1)) return std::pair(Mark::Arrow, Mark::Tail);
        if (is(2, 2) || is(2, 0) || is(0, 2)) return std::pair(Mark::Tail, Mark::Tail);
        return std::nullopt;
      case AmatLayout::Lingam:
        break;
    }
    return std::nullopt;
  }
  static std::optional<Mark> pag_mark(double code) {
    if (code == 1) return Mark::Circle;
    if (code == 2) return Mark::Arrow;
    return code == 3 ? std::optional(Mark::Tail) : std::nullopt;
  }
  static std::optional<Mark> causal_learn_mark(double code) {
    if (code == -1) return Mark::Tail;
    if (code == 1) return Mark::Arrow;
    return code == 2 ? std::optional(Mark::Circle) : std::nullopt;
  }

  [[nodiscard]] const std::string& name(std::size_t i) const { return builder_.name(static_cast<NodeId>(i)); }

  Scanner scanner_;
  AmatLayout layout_;
  char delimiter_ = ',';
  GraphBuilder builder_;
  std::vector<std::vector<CsvCell>> records_;
  std::vector<double> entries_;
  std::size_t p_ = 0;
  std::size_t first_row_ = 0;
  std::size_t first_column_ = 0;
  bool has_pag_corner_ = false;
  bool has_cpdag_corner_ = false;
  bool is_pag_ = false;
};

}  // namespace

LearnedGraph read_amat(std::string_view text, AmatLayout layout, const std::string& name) {
  return AmatReader(text, layout, name).read();
}

}  // namespace causal::io
