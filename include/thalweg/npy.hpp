// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// NumPy's files: .npy holds one array, .npz several under names. What is read and written, and within which
// limits, is in docs/files.md.
//
// Common to all:
// threads  any of it may run in several threads at once, each on objects of its own; const members on shared
//          ones. Of two that save to one path, the later one's file stays, whole
// throws   std::bad_alloc, beside what each says
// source   NumPy's NEP 1 (.npy, versions 1.0 to 3.0) and numpy.savez; PKWARE's APPNOTE (zip)
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "thalweg/abi.hpp"
#include "thalweg/matrix.hpp"

THALWEG_BEGIN_PUBLIC
namespace thalweg {

/// Element types that arrays in files have here.
enum class DType : std::uint8_t {
    kBool,
    kInt8,
    kInt16,
    kInt32,
    kInt64,
    kUint8,
    kUint16,
    kUint32,
    kUint64,
    kFloat32,
    kFloat64,
};

/// NumPy's name: "float32", "uint8", "bool".
std::string_view name(DType dtype) noexcept;

namespace detail {
template <class T>
concept Element = std::is_same_v<T, bool> || std::is_same_v<T, float> || std::is_same_v<T, double> ||
    std::is_same_v<T, signed char> || std::is_same_v<T, unsigned char> || std::is_same_v<T, short> ||
    std::is_same_v<T, unsigned short> || std::is_same_v<T, int> || std::is_same_v<T, unsigned> ||
    std::is_same_v<T, long> || std::is_same_v<T, unsigned long> || std::is_same_v<T, long long> ||
    std::is_same_v<T, unsigned long long>;

template <Element T>
constexpr DType dtype_of() noexcept {
    if constexpr (std::is_same_v<T, bool>) {
        return DType::kBool;
    } else if constexpr (std::is_floating_point_v<T>) {
        return sizeof(T) == 4 ? DType::kFloat32 : DType::kFloat64;
    } else {
        const int power = sizeof(T) == 1 ? 0 : sizeof(T) == 2 ? 1 : sizeof(T) == 4 ? 2 : 3;
        return static_cast<DType>(static_cast<int>(std::is_signed_v<T> ? DType::kInt8 : DType::kUint8) +
                                  power);
    }
}

// What has elements side by side: std::vector, std::array, std::span. Not Matrix, which has a shape.
template <class Range>
concept ElementRange = Element<typename Range::value_type> && !requires(const Range& range) {
    range.rows();
}
&&requires(const Range& range) {
    { range.data() } -> std::convertible_to<const typename Range::value_type*>;
    { range.size() } -> std::convertible_to<std::size_t>;
};

// What is refused with a reason: other numbers, ranges of them or not side by side, text.
template <class T>
concept OtherNumber = std::is_arithmetic_v<T> && !Element<T>;
template <class T>
concept Text = std::is_convertible_v<const T&, std::string_view>;
template <class Range>
concept OtherRange = std::is_arithmetic_v<typename Range::value_type> && !ElementRange<Range> &&
                     !Text<Range> && !requires(const Range& range) {
    range.rows();
};

template <class T>
inline constexpr bool kIsMatrix = false;
template <class T>
inline constexpr bool kIsMatrix<Matrix<T>> = true;
template <class T>
inline constexpr bool kIsVector = false;
template <class T>
inline constexpr bool kIsVector<std::vector<T>> = true;
}  // namespace detail

/// An array as files hold it: an element type, a shape of 0 to 2 dimensions, the bytes. A regular type. It is
/// made from a matrix, a range of numbers or one number wherever one is expected, and turned back by as<>().
///
///     const NpyArray losses = std::vector<double>{2.3, 1.9};
///     losses.shape().size();                // 1
///     losses.as<std::vector<double>>()[1];  // 1.9
///     NpyArray::text("avx2").as<std::string>();  // "avx2"
///
/// shape    shape(): 0 to 2 dimensions
/// error    none: elements are kept as they are, but for what as<>() says
class NpyArray {
public:
    /// No elements: float64 of shape (0,).
    NpyArray() = default;
    /// All zeros.
    /// throws   ShapeError for more than 2 dimensions or a size that no memory holds
    NpyArray(DType dtype, std::vector<std::size_t> shape);
    /// From the elements' bytes in C order and the machine's byte order.
    /// throws   ShapeError unless there are as many of them as the shape takes, and each bool is 0 or 1
    NpyArray(DType dtype, std::vector<std::size_t> shape, std::vector<std::uint8_t> bytes);
    // NOLINTBEGIN(google-explicit-constructor): an array is a parameter type
    /// A copy of a matrix's elements.
    /// shape    (rows, cols), for one row too; reshaped() makes it (cols,)
    NpyArray(MatrixView<const float> values);
    NpyArray(MatrixView<const double> values);
    NpyArray(const Matrix<float>& values) : NpyArray(values.view()) {}
    NpyArray(const Matrix<double>& values) : NpyArray(values.view()) {}
    /// Labels, losses: a std::vector, std::array or std::span of numbers.
    /// shape    (values.size(),)
    template <detail::ElementRange Range>
    NpyArray(const Range& values)
        : NpyArray(detail::dtype_of<typename Range::value_type>(), {values.size()}, values.data()) {}
    /// One number, without dimensions.
    template <detail::Element T>
    NpyArray(T value) : NpyArray(detail::dtype_of<T>(), {}, &value) {}
    /// Refused: long double, characters.
    template <detail::OtherNumber T>
    NpyArray(T) = delete;  // no such element type in files
    /// Refused: ranges of them, and what has no elements side by side, such as std::vector<bool>.
    template <detail::OtherRange R>
    NpyArray(const R&) = delete;  // no such element type in files, or not side by side
    /// Refused: whether text is an array of bytes is for the caller to say.
    template <detail::Text T>
    NpyArray(const T&) = delete;  // text is NpyArray::text(...)
    // NOLINTEND(google-explicit-constructor)
    /// Text as NumPy loads it without pickle: its bytes as uint8; bytes(a).decode() in Python.
    static NpyArray text(std::string_view text);

    /// Type of the elements.
    DType dtype() const noexcept { return dtype_; }
    /// One entry a dimension, 0 to 2 of them.
    const std::vector<std::size_t>& shape() const noexcept { return shape_; }
    /// Number of elements; 1 without dimensions.
    std::size_t size() const noexcept;
    /// The elements in C order (row by row) and the machine's byte order.
    std::span<const std::uint8_t> bytes() const noexcept { return bytes_; }

    /// The same elements in another shape.
    /// throws   ShapeError unless there are as many of them, or for more than 2 dimensions
    NpyArray reshaped(std::vector<std::size_t> shape) const&;
    NpyArray reshaped(std::vector<std::size_t> shape) &&;

    /// The elements as something to compute with. Out is
    ///   Matrix<float>, Matrix<double>: (n,) becomes one row, no dimensions 1 x 1
    ///   std::vector of numbers: 1 dimension
    ///   a number: 1 element, whatever the dimensions
    ///   std::string: the uint8 of text()
    /// Into integers go integers and bool; into bool only bool.
    /// error    into float and double every number is rounded to nearest
    /// throws   ShapeError with the shape or the element that does not fit: no fraction and no value out of
    ///          range is ever cut off, nor does a finite number become infinite
    template <class Out>
    Out as() const {
        if constexpr (detail::kIsMatrix<Out>) {
            const std::pair<std::size_t, std::size_t> size = matrix_shape();
            Out out(size.first, size.second);
            convert(detail::dtype_of<typename Out::value_type>(), out.data());
            return out;
        } else if constexpr (detail::kIsVector<Out>) {
            static_assert(detail::Element<typename Out::value_type>,
                          "as<std::vector<T>>(): T is bool or a number");
            check_vector();
            Out out(size());
            convert(detail::dtype_of<typename Out::value_type>(), out.data());
            return out;
        } else if constexpr (std::is_same_v<Out, std::string>) {
            return as_text();
        } else {
            static_assert(detail::Element<Out>, "as<Out>(): a Matrix, vector, number or string");
            check_scalar();
            Out out{};
            convert(detail::dtype_of<Out>(), &out);
            return out;
        }
    }

    /// Same type, shape and bytes: a NaN equals itself here, and -0 does not equal +0.
    friend bool operator==(const NpyArray& a, const NpyArray& b) = default;

private:
    NpyArray(DType dtype, std::vector<std::size_t> shape, const void* values);

    std::pair<std::size_t, std::size_t> matrix_shape() const;
    void check_vector() const;
    void check_scalar() const;
    std::string as_text() const;
    void convert(DType to, void* out) const;

    DType dtype_ = DType::kFloat64;
    std::vector<std::size_t> shape_ = {0};
    std::vector<std::uint8_t> bytes_;
};

/// An array of an .npz file.
struct NpzMember {
    std::string name;  ///< as NumPy shows it, without the .npy it has in the zip directory
    NpyArray array;    ///< what stands under it

    /// Same name and equal arrays.
    friend bool operator==(const NpzMember& a, const NpzMember& b) = default;
};

/// The arrays of an .npz file in the file's order.
/// error    none but that of NpyArray::as
class Npz {
public:
    /// No arrays.
    Npz() = default;
    /// Arrays, and the path that the messages of at() and as() begin with.
    Npz(std::string path, std::vector<NpzMember> members);

    /// The file they came from.
    const std::string& path() const noexcept { return path_; }
    /// All arrays with their names.
    std::span<const NpzMember> members() const noexcept { return members_; }
    /// The first member.
    auto begin() const noexcept { return members_.begin(); }
    /// Past the last member.
    auto end() const noexcept { return members_.end(); }
    /// Number of arrays.
    std::size_t size() const noexcept { return members_.size(); }

    /// The array of that name, or nullptr.
    const NpyArray* find(std::string_view name) const noexcept;
    /// The array of that name.
    /// shape    the array's own
    /// throws   IoError with the names that there are
    const NpyArray& at(std::string_view name) const;
    /// at(name).as<Out>().
    /// throws   IoError with path, name and what does not fit
    template <class Out>
    Out as(std::string_view name) const {
        const NpyArray& array = at(name);
        try {
            return array.as<Out>();
        } catch (const ShapeError& error) {
            fail(name, error.what());
        }
    }

private:
    [[noreturn]] void fail(std::string_view name, const char* what) const;

    std::string path_;
    std::vector<NpzMember> members_;
};

/// How members of an .npz file are stored.
struct NpzOptions {
    bool deflate = false;  ///< as np.savez_compressed does; needs zlib
};

/// Reads an .npy file of version 1.0 to 3.0, C or Fortran order, either byte order. Python objects (pickle)
/// are refused.
/// shape    the array's own, 0 to 2 dimensions
/// error    none: the elements that are there
/// throws   IoError with path, offset, expected and found. Memory follows what the file really holds
NpyArray load_npy(const std::string& path);

/// Writes the bytes that np.save writes. The file is there completely or as it was before: it is written
/// beside its place, synced, renamed. Devices and pipes are written directly.
/// shape    any
/// error    none: load_npy() gives back the same bits
/// throws   IoError when it cannot be written, a full disk included; no temporary file stays
void save_npy(const std::string& path, const NpyArray& array);

/// Reads an .npz file, stored or deflated (this needs zlib), ZIP64 or not; checksums are verified. A member's
/// name is a key and never a path that anything is written to.
/// error    none: the elements that are there
/// throws   IoError with path, member, offset, expected and found; nothing is allocated from a header's word
///          alone
Npz load_npz(const std::string& path);

/// Writes an .npz file whose bytes depend on nothing but the arrays (and zlib when deflated); whole or not at
/// all, like save_npy.
///
///     const Matrix<float> w{{1, 2}, {3, 4}};
///     save_npz("net.npz", {{"W1", w}, {"epochs", 17}});
///     const Npz net = load_npz("net.npz");
///     net.as<int>("epochs");             // 17
///     net.as<Matrix<float>>("W1") == w;  // true
///
/// shape    any
/// error    none: load_npz() gives back the same bits
/// throws   ShapeError for an empty, overlong or repeated name; IoError as save_npy
void save_npz(const std::string& path, std::span<const NpzMember> members, NpzOptions options = {});
/// The same for arrays that are listed in the call: save_npz("net.npz", {{"W1", w1}, {"b1", b1}}).
inline void save_npz(const std::string& path, const std::vector<NpzMember>& members,
                     NpzOptions options = {}) {
    save_npz(path, std::span<const NpzMember>(members), options);
}

}  // namespace thalweg
THALWEG_END_PUBLIC
