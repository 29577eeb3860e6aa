#include "causal/io/npy_stream.hpp"

#include <algorithm>
#include <cstring>
#include <ostream>
#include <vector>

#include "causal/io/file.hpp"
#include "causal/run/error.hpp"
#include "io/npy_header.hpp"

namespace causal::io {
namespace {

template <class T>
void copy_elements(const char* from, std::size_t stride, bool swapped, std::span<double> out) {
  for (double& value : out) {
    char raw[sizeof(T)];
    std::memcpy(raw, from, sizeof(T));
    if (swapped) std::reverse(raw, raw + sizeof(T));
    T element;
    std::memcpy(&element, raw, sizeof(T));
    value = static_cast<double>(element);
    from += stride;
  }
}

}  // namespace

struct NpyColumns::Impl {
  explicit Impl(const std::string& path) : file(path) {
    const std::string name = path == "-" ? "<stdin>" : path;
    NpyReader reader(file.bytes(), name);
    layout = read_npy_header(reader, file.bytes().size());
    check_npy_size(reader, layout, file.bytes().size() - reader.at());
    if (layout.kind != 'f') {
      reader.fail("the .npy elements are no floating-point numbers",
                  "Save them as float64: numpy.save(path, array.astype('float64')).");
    }
    elements = file.bytes().substr(reader.at());
  }

  MappedFile file;
  NpyLayout layout;
  std::string_view elements;
};

NpyColumns::NpyColumns(const std::string& path) : impl_(std::make_unique<Impl>(path)) {}
NpyColumns::~NpyColumns() = default;
NpyColumns::NpyColumns(NpyColumns&&) noexcept = default;

std::int64_t NpyColumns::rows() const { return impl_->layout.rows; }
int NpyColumns::cols() const { return static_cast<int>(impl_->layout.cols); }

void NpyColumns::read(int column, std::int64_t begin, std::span<double> out) const {
  const NpyLayout& layout = impl_->layout;
  if (column < 0 || column >= layout.cols || begin < 0 || std::ssize(out) > layout.rows - begin) {
    throw InvalidArgument("NpyColumns::read: the array has no such column or rows");
  }
  const auto row_step = static_cast<std::size_t>(layout.fortran ? 1 : layout.cols) * layout.size;
  const auto column_step = static_cast<std::size_t>(layout.fortran ? layout.rows : 1) * layout.size;
  const char* from = impl_->elements.data() + static_cast<std::size_t>(begin) * row_step +
                     static_cast<std::size_t>(column) * column_step;
  if (layout.size == 8) {
    copy_elements<double>(from, row_step, layout.swapped, out);
  } else {
    copy_elements<float>(from, row_step, layout.swapped, out);
  }
}

NpyRows::NpyRows(std::ostream& out, std::int64_t rows, int cols) : out_(out), left_(rows), cols_(cols) {
  write_npy_header(out, rows, cols, false);
}

void NpyRows::write(const Eigen::Ref<const Eigen::MatrixXd>& block) {
  if (block.cols() != cols_ || block.rows() > left_) {
    throw InvalidArgument("NpyRows::write: the block does not fit the array that was announced");
  }
  const Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor> rows = block;
  out_.write(reinterpret_cast<const char*>(rows.data()),
             static_cast<std::streamsize>(rows.size() * static_cast<Eigen::Index>(sizeof(double))));
  left_ -= block.rows();
}

}  // namespace causal::io
